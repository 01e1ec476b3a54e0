"""Zoph & Le's recurrent cells: how many, the paper's worked example, words, drawing, cost."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from workbench.records import ImageTask, TextTask
from workbench.spaces import RecurrentSpace
from workbench.spaces.recurrent import WORKED
from workbench.spaces.recurrent_network import RecurrentCell, RecurrentNetwork, TreeNode
from workbench.training import cost, cost_of

TASK = TextTask(vocabulary=7, context=5)
ADD, TIMES = TreeNode("add", "tanh"), TreeNode("multiply", "relu")


@pytest.mark.parametrize("base", [2, 3, 4, 8])
def test_a_tree_of_n_nodes_has_8_to_the_n_times_8_times_n_squared_cells(base: int) -> None:
    nodes = 2 * base - 1
    assert RecurrentSpace(base=base).size() == 8**nodes * 8 * nodes**2


def test_the_paper_s_base_gives_its_6e16_cells() -> None:
    size = RecurrentSpace(base=8).size()
    assert size == 8**15 * 8 * 15**2 == 63_331_869_759_897_600
    assert f"{size:.0e}" == "6e+16"


def test_the_tree_of_eight_leaves_is_balanced() -> None:
    cell = RecurrentCell((ADD,) * 15, ADD, 0, 0)
    assert cell.base == 8
    assert [cell.reads(i) for i in range(8)] == [None] * 8
    assert [cell.reads(i) for i in range(8, 15)] == [
        (0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (12, 13)
    ]  # fmt: skip
    # with three leaves every node but the last is read once, too
    three = RecurrentCell((ADD,) * 5, ADD, 0, 0)
    assert [three.reads(i) for i in range(5)] == [None, None, None, (0, 1), (2, 3)]


def worked_by_hand(network: RecurrentNetwork, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The formulas of the paper's example, with its own letters: logits, h, c."""
    w1, w3 = network.from_input.weight.split(network.units)
    w2, w4 = network.from_state.weight.split(network.units)
    h, c = torch.zeros(2, len(tokens), network.units)
    logits = []
    for t in range(tokens.shape[1]):
        x = network.embedding(tokens[:, t])
        a0 = torch.tanh(x @ w1.T + h @ w2.T)
        a1 = torch.relu((x @ w3.T) * (h @ w4.T))
        a0_new = torch.relu(a0 + c)
        c = (x @ w3.T) * (h @ w4.T)
        h = torch.sigmoid(a0_new * a1)
        logits.append(network.head(h))
    return torch.stack(logits, 1), h, c


def test_the_worked_cell_equals_its_formulas() -> None:
    torch.manual_seed(0)
    space = RecurrentSpace(units=6)
    network = space.build(space.published()["worked example"], TASK)
    assert isinstance(network, RecurrentNetwork)
    tokens = torch.randint(7, (3, 9))
    logits, h, c = worked_by_hand(network, tokens)
    torch.testing.assert_close(network(tokens), logits, atol=1e-6, rtol=0)
    _, (ours_h, ours_c) = network.unrolled(tokens, network.begin(3))
    torch.testing.assert_close(ours_h, h, atol=1e-6, rtol=0)
    torch.testing.assert_close(ours_c, c, atol=1e-6, rtol=0)
    assert c.abs().max() > 1e-3


def test_unrolled_in_two_pieces_is_unrolled_in_one() -> None:
    torch.manual_seed(1)
    network = RecurrentSpace(base=3, units=4).build(RecurrentCell((ADD,) * 5, TIMES, 4, 2), TASK)
    assert isinstance(network, RecurrentNetwork)
    tokens = torch.randint(7, (2, 10))
    first, state = network.unrolled(tokens[:, :4], network.begin(2))
    second, _ = network.unrolled(tokens[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), network(tokens))


def test_the_injection_at_the_root_changes_what_leaves_the_cell() -> None:
    """h_t is the injected value; c_t the root's before its activation, without c_{t−1}."""
    cell = RecurrentCell((ADD, ADD, TreeNode("add", "sigmoid")), TreeNode("add", "identity"), 2, 2)
    one, two, c = torch.tensor([[0.5]]), torch.tensor([[-1.0]]), torch.tensor([[2.0]])
    h, new = cell.step([one, two], [two, two], c)
    before = math.tanh(-0.5) + math.tanh(-2.0)
    assert new.item() == pytest.approx(before, abs=1e-6)
    assert h.item() == pytest.approx(1 / (1 + math.exp(-before)) + 2.0, abs=1e-6)


def test_the_decisions_come_in_the_paper_s_order() -> None:
    space = RecurrentSpace()
    assert [decision.name for decision in space.menu()] == [
        "node 0 / combination", "node 0 / activation",
        "node 1 / combination", "node 1 / activation",
        "node 2 / combination", "node 2 / activation",
        "cell inject / combination", "cell inject / activation",
        "cell index / c[t] from node", "cell index / c[t-1] at node",
    ]  # fmt: skip
    options = [
        decision.options[index] for decision, index in space.trace(WORKED)
    ]  # the example's row of predictions
    assert options == [
        "add", "tanh", "multiply", "relu", "multiply", "sigmoid", "add", "relu", 1, 0
    ]  # fmt: skip


# ---------------------------------------------------------------- words, drawing, cost


def test_a_cell_is_spelled_as_functions_of_what_its_nodes_read() -> None:
    space = RecurrentSpace()
    text = "tanh(x+h) relu(x*h) sigmoid(0*1) | relu(0+c) | c=1"
    assert space.spell(WORKED) == text
    assert space.parse(text) == WORKED


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("tanh(x+h) relu(x*h) | relu(0+c) | c=1", "expected 3 nodes, spelled as in"),
        ("tanh(x+h) relu(x*h) sin(0*1) | relu(0+c) | c=1", "expected 3 nodes"),
        ("tanh(x+h) relu(x*h) sigmoid(1*0) | relu(0+c) | c=1", "reads as"),
        ("tanh(x+h) relu(x*h) sigmoid(0*1) | relu(3+c) | c=1", "inject_at must be 0 … 2"),
        ("tanh(x+h) relu(x*h) sigmoid(0*1) | relu(0+c) | c=3", "cell_from must be 0 … 2"),
        ("tanh(x+h) relu(x*h) sigmoid(0*1) | relu(0+c) | c=²", "expected 3 nodes"),
        ("tanh(x+h) relu(x*h) sigmoid(0*1) | relu(0+c) | c=01", "reads as"),
    ],
)
def test_parse_says_what_is_wrong(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        RecurrentSpace().parse(text)


def test_a_cell_of_another_space_is_refused_by_the_decision() -> None:
    with pytest.raises(ValueError, match="node 1 / activation"):
        RecurrentSpace(activations=("tanh", "sigmoid")).parse(RecurrentSpace().spell(WORKED))
    assert RecurrentSpace(base=3).published() == {}
    with pytest.raises(ValueError, match="not in this space"):
        RecurrentSpace(base=3).decisions(WORKED)


def test_the_drawing_says_what_every_node_does_and_where_c_goes() -> None:
    graph = RecurrentSpace().graph(WORKED)
    boxes = {node.id: (node.label, node.detail) for node in graph.nodes}
    assert boxes["node0"] == ("tanh", "W1 x + W2 h")
    assert boxes["node1"] == ("relu", "W3 x ⊙ W4 h")
    assert boxes["node2"] == ("sigmoid", "node 0 ⊙ node 1")
    assert boxes["inject"] == ("relu", "node 0 + c")
    edges = {(edge.tail, edge.head): edge.label for edge in graph.edges}
    assert edges == {
        ("x", "node0"): "", ("h", "node0"): "", ("x", "node1"): "", ("h", "node1"): "",
        ("node0", "inject"): "", ("c", "inject"): "", ("inject", "node2"): "",
        ("node1", "node2"): "", ("node2", "new h"): "", ("node1", "new c"): "before relu",
    }  # fmt: skip


def test_the_cost_of_a_token_is_counted_by_hand() -> None:
    found = cost_of(RecurrentSpace(units=6), WORKED, TASK)
    matrices = 4 * 6 * 6
    assert found.parameters == 7 * 6 + matrices + 6 * 7 + 7
    assert found.macs == matrices + 6 * 7
    # of a learner's own language model as well
    own = nn.Sequential(nn.Embedding(7, 5), nn.Linear(5, 7))
    assert cost(own, TASK).macs == 35


def test_images_are_refused() -> None:
    with pytest.raises(ValueError, match="expected TextTask, got ImageTask"):
        RecurrentSpace().build(WORKED, ImageTask(1, 8, 8, 10))


@pytest.mark.parametrize(
    ("nodes", "places", "wrong"),
    [
        ((ADD, ADD), (0, 0), "2n − 1 nodes"),
        ((ADD,), (0, 0), "2n − 1 nodes"),
        ((ADD,) * 3, (3, 0), "inject_at"),
        ((ADD,) * 3, (0, -1), "cell_from"),
    ],
)
def test_no_other_tree_can_be_written_down(
    nodes: tuple[TreeNode, ...], places: tuple[int, int], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        RecurrentCell(nodes, ADD, *places)
    with pytest.raises(ValueError, match="TreeNode: activation"):
        TreeNode("add", "sine")
