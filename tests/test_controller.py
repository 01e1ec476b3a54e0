"""The controller: what it draws, how likely that was, its steps, its anchor points."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import pytest
import torch
from fakes import chains
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import Layers, Letters

from workbench.records import Decision
from workbench.spaces import BranchSpace, ChainSpace, DARTSSpace, NASNetSpace, TopologySpace
from workbench.strategies.anchor_attention import AnchorAttention
from workbench.strategies.controller import Controller
from workbench.strategies.independent_softmaxes import IndependentSoftmaxes
from workbench.strategies.policy_rows import unrolled
from workbench.strategies.readings import Reading
from workbench.strategies.recurrent_steps import Unrolling, walked

BRANCHES = BranchSpace(max_depth=4, kernel_heights=(1, 3), kernel_widths=(3,), always_chain=False)
SPACES = [chains(), TopologySpace(), DARTSSpace(nodes=2), NASNetSpace(blocks=2), BRANCHES]
every_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)


def free(decision: Decision) -> None:
    return None


def sampled(policy: Any, space: Any, *, seeds: range = range(20)) -> list[Unrolling[Any]]:
    ways = [Unrolling(policy.table, space.begin(), forced=free) for _ in seeds]
    policy.sample(ways, [random.Random(seed) for seed in seeds])
    return ways


def read(policy: Any, space: Any, archs: list[Any]) -> Reading:
    return policy.read([walked(policy.table, space, arch, depth=False) for arch in archs])


def everything(space: Any) -> list[Any]:
    def walks(taken: tuple[int, ...]) -> list[tuple[int, ...]]:
        decision = space.next_decision(taken)
        if decision is None:
            return [taken]
        return [walk for i in range(len(decision.options)) for walk in walks((*taken, i))]

    return [space.compose(taken) for taken in walks(())]


def policies(space: Any) -> list[Any]:
    wild = {"initial_range": 0.8, "hidden_size": 7}  # far from uniform
    return [
        Controller(space, **wild),
        Controller(space, **wild, lstm_layers=1, heads="a role", temperature=2.0),
        Controller(space, **wild, attention=False, tanh_constant=1.5),
        IndependentSoftmaxes(space),
    ]


# ------------------------------------------------------------------ probabilities


@pytest.mark.parametrize(
    "space",
    [
        TopologySpace(nodes=3, operations=("none", "skip_connect", "nor_conv_3x3")),
        chains(max_depth=1, filters=(4,)),
        Layers(3),
        Layers(1, deepest=3),
        Letters(2, 3, 4),
    ],
    ids=["cells", "chains", "anchors", "depths and anchors", "letters"],
)
def test_probabilities_over_a_whole_space_sum_to_1(space: Any) -> None:
    archs = everything(space)
    assert len(archs) == space.size()
    for policy in policies(space):
        reading = read(policy, space, archs)
        assert reading.log_probability.exp().sum().item() == pytest.approx(1, abs=1e-12)


def test_log_probability_and_entropy_are_those_of_the_enumerated_distribution() -> None:
    """The whole's entropy is the mean, over what is drawn, of the entropies met: chain rule."""
    space = Layers(1, deepest=3)
    archs = everything(space)
    for policy in policies(space):
        reading = read(policy, space, archs)
        p = reading.log_probability.exp()
        whole = -(p * p.log()).sum()
        assert (p * reading.entropy).sum().item() == pytest.approx(whole.item(), abs=1e-9)
        for at, arch in enumerate(archs):  # one by one, by the products of softmaxes
            likely = 1.0
            for met, shares in read(policy, space, [arch]).softmaxes():
                assert sum(share for _, share in shares) == pytest.approx(1, abs=1e-12)
                likely *= shares[met.columns.index(met.taken)][1]
            assert likely == pytest.approx(p[at].item(), rel=1e-9)


def test_what_is_drawn_is_drawn_as_often_as_it_is_likely() -> None:
    space = Layers(2, deepest=3)
    archs = everything(space)
    policy = Controller(space, hidden_size=5, initial_range=1.0)
    likely = read(policy, space, archs).log_probability.exp().tolist()
    ways = sampled(policy, space, seeds=range(4000))
    counts = [0] * len(archs)
    for way in ways:
        counts[archs.index(way.arch)] += 1
    expected = [4000 * p for p in likely]
    chi = sum((found - e) ** 2 / e for found, e in zip(counts, expected))
    assert chi < len(archs) + 4 * math.sqrt(2 * len(archs))


@every_space
def test_what_was_drawn_is_read_as_it_was_drawn(space: Any) -> None:
    """The same steps; and the softmaxes of one pass are those of a pass a step."""
    for policy in policies(space):
        for way in sampled(policy, space):
            again = walked(policy.table, space, way.arch, depth=False)
            assert again.steps == way.steps
            assert space.decisions(way.arch) == space.decisions(again.arch)


def test_a_read_state_is_the_drawn_state() -> None:
    space, seen = Layers(4), []
    policy = Controller(space, hidden_size=6, initial_range=0.7)
    logits = policy.logits

    def spy(states: Any, softmaxes: Any) -> Any:
        seen.append(states)
        return logits(states, softmaxes)

    policy.logits = spy  # type: ignore[method-assign]
    (way,) = sampled(policy, space, seeds=range(1))
    drawn = torch.cat(seen)
    seen.clear()
    policy.read([way])
    assert torch.allclose(seen[0], drawn, atol=1e-12)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), extra=st.integers(0, 5))
def test_how_likely_one_is_does_not_depend_on_the_others_read_with_it(
    seed: int, extra: int
) -> None:
    space = BRANCHES
    policy = Controller(space, hidden_size=5, initial_range=0.5)
    rng = random.Random(seed)
    archs = [space.sample(rng) for _ in range(1 + extra)]
    together = read(policy, space, archs)
    alone = read(policy, space, archs[:1])
    assert together.log_probability[0].item() == pytest.approx(alone.log_probability[0].item())
    assert together.entropy[0].item() == pytest.approx(alone.entropy[0].item())


def test_zero_weights_draw_each_triple_of_a_layer_once_in_64() -> None:
    """Zoph & Le's choices: heights, widths and numbers of filters, four of each."""
    space = Letters(4, 4, 4)
    for policy in (Controller(space, initial_range=0.0), IndependentSoftmaxes(space)):
        logs = read(policy, space, everything(space)).log_probability
        assert torch.allclose(logs, torch.tensor(-math.log(64), dtype=logs.dtype))


def test_the_same_seed_is_the_same_controller_and_nobody_else_s_draws_are_used() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, same, other = (Controller(TopologySpace(), seed=seed) for seed in (3, 3, 4))
    sampled(one, TopologySpace())
    assert torch.equal(before, torch.get_rng_state())
    for mine, twin, theirs in zip(one.parameters(), same.parameters(), other.parameters()):
        assert torch.equal(mine, twin)
        assert not torch.equal(mine, theirs)
        assert mine.abs().max() <= 0.08
    assert one.weight.dtype == torch.float64


# ------------------------------------------------------------------ sizes and steps


def test_the_nasnet_controller_has_2_times_5b_softmaxes() -> None:
    space = NASNetSpace(blocks=5)
    policy = Controller(space, lstm_layers=1, hidden_size=100, initial_range=0.1)
    assert policy.table.softmaxes == 2 * 5 * 5
    assert policy.lstm.weight_hh_l0.shape == (4 * 100, 100)
    assert policy.lstm.num_layers == 1
    assert max(p.abs().max().item() for p in policy.parameters()) <= 0.1
    for way in sampled(policy, space):
        assert len(way.steps) == 50
        assert len(list(way.met())) == 50
    # B + 1 hidden states for block B: as many open columns
    inputs = [d for d in space.menu() if d.kind == "input"]
    assert [len(d.options) for d in inputs] == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6] * 2
    shared = Controller(space, heads="a role")
    assert shared.table.softmaxes == 3  # inputs, operations, combinations
    (reading,) = [read(shared, space, [space.sample(random.Random(0))])]
    open_ = [len(shares) for met, shares in reading.softmaxes() if met.decision.kind == "input"]
    assert open_ == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6] * 2


def test_zoph_and_le_s_controller_is_two_layers_of_35() -> None:
    policy = Controller(TopologySpace())
    assert (policy.lstm.num_layers, policy.lstm.hidden_size) == (2, 35)
    assert policy.table.softmaxes == 6


def test_a_decision_with_fewer_options_leaves_columns_closed() -> None:
    space = ChainSpace(max_depth=3, strides=(1, 2), reductions=1)
    policy = Controller(space, initial_range=0.5)
    for way in sampled(policy, space):
        space.decisions(way.arch)  # it is in the space


def test_an_option_that_the_menu_does_not_know_is_named() -> None:
    policy = Controller(TopologySpace())
    with pytest.raises(ValueError, match=r"no softmax for 'edge 0→1' with 'dense'"):
        policy.table.place(Decision("edge 0→1", ("dense",)))


# ------------------------------------------------------------------ anchor points


def test_four_layers_by_hand() -> None:
    """h_j of layers 1 to 4 are 0.1, 0.2, 0.3, 0.4; W_prev = 1, W_curr = 2, v = 3.

    P(1 → 4) = sigmoid(3 tanh(0.1 + 0.8)) = sigmoid(2.1489) = 0.8956, and so on.
    """
    attention = AnchorAttention(1, 4)
    with torch.no_grad():
        attention.previous.fill_(1.0)
        attention.current.fill_(2.0)
        attention.v.fill_(3.0)
        attention.embedding.copy_(torch.tensor([[1.0], [0.0], [2.0], [4.0], [6.0], [8.0]]))
    h = torch.tensor([[0.1], [0.2], [0.3], [0.4]], dtype=torch.float64)
    pairs = [(j, i) for i in range(2, 5) for j in range(1, i)]
    logits = attention(h[[j - 1 for j, _ in pairs]], h[[i - 1 for _, i in pairs]])
    found = dict(zip(pairs, logits.sigmoid().tolist()))
    by_hand = {
        (1, 2): 0.8000, (1, 3): 0.8597, (2, 3): 0.8800,
        (1, 4): 0.8956, (2, 4): 0.9076, (3, 4): 0.9169,
    }  # fmt: skip
    assert found == pytest.approx(by_hand, abs=5e-5)
    # the next input: the mean of the point's own embedding and those of the layers it reads
    read_ = attention.inputs([[], [2], [1, 3]])[:, 0].tolist()
    assert read_ == pytest.approx([1.0, (1 + 4 - 0) / 2, (1 + 2 + 6) / 3])


def test_without_v_every_skip_is_as_likely_as_not() -> None:
    space = Layers(4)
    policy = Controller(space)
    with torch.no_grad():
        policy.anchors.v.zero_()
    for met, shares in read(policy, space, [space.sample(random.Random(1))]).softmaxes():
        if met.decision.kind == "anchor":
            assert shares == [(False, 0.5), (True, 0.5)]


@pytest.mark.parametrize("depth", [2, 4, 6])
def test_the_questions_of_a_layer_share_one_step(depth: int) -> None:
    """L(L − 1)/2 questions, L − 1 anchor points; layer 1 has one too, and nothing to ask."""
    space = Layers(depth)
    for way in sampled(Controller(space), space, seeds=range(5)):
        points = [step for step in way.steps if step.place == -1]
        assert [len(step.questions) for step in points] == list(range(depth))
        assert sum(len(step.questions) for step in points) == depth * (depth - 1) // 2
        assert len(way.steps) == 2 * depth
        assert way.points == {layer: 2 * layer - 1 for layer in range(1, depth + 1)}
        for layer, step in enumerate(points, start=1):
            asked = [(q.earlier, q.point) for q in step.questions]
            assert asked == [(j, 2 * j - 1) for j in range(1, layer)]


def test_a_skip_is_as_likely_as_attention_says() -> None:
    """Recomputed from the states of the LSTM, run by hand over what was decided."""
    space = Layers(4)
    policy = Controller(space, hidden_size=3, initial_range=0.9, lstm_layers=1)
    arch = space.sample(random.Random(5))
    way = walked(policy.table, space, arch, depth=False)
    x = policy.start[None]
    state = (torch.zeros(1, 3).double(), torch.zeros(1, 3).double())
    states = []
    with torch.no_grad():
        for step in way.steps:
            state = torch.lstm_cell(x, state, *policy.lstm.all_weights[0])
            states.append(state[0][0])
            if step.place == -1:
                chosen = [policy.anchors.embedding[0]]
                chosen += [policy.anchors.embedding[1 + q.earlier] for q in step.questions if q.yes]
                x = torch.stack(chosen).mean(0)[None]
            else:
                softmax = policy.table.at([step.place])[0].item()
                x = policy.embedding[softmax * policy.table.widest + step.column][None]
        reading = read(policy, space, [arch])
        shares = {m.decision.name: s[1][1] for m, s in reading.softmaxes() if m.decision.between}
        for j, i in [(1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4)]:
            h_j, h_i = states[2 * j - 1], states[2 * i - 1]
            score = policy.anchors.v @ torch.tanh(
                policy.anchors.previous @ h_j + policy.anchors.current @ h_i
            )
            found = shares[f"layer {i} / reads layer {j}"]
            assert found == pytest.approx(score.sigmoid().item(), abs=1e-12)


def test_without_attention_an_anchor_is_a_decision_like_others() -> None:
    space = Layers(4)
    policy = Controller(space, attention=False)
    assert policy.anchors is None
    (way,) = sampled(policy, space, seeds=range(1))
    assert len(way.steps) == 4 + 6


def test_an_unrolled_controller_is_rows_of_decisions() -> None:
    space = Layers(3)
    policy = Controller(space)
    arch = space.sample(random.Random(2))
    rows = unrolled(read(policy, space, [arch]))
    assert [row["step"] for row in rows] == [s for s in range(1, 7) for _ in range(2)]
    chosen = [(row["decision"], row["option"]) for row in rows if row["chosen"]]
    word = {True: "yes", False: "no"}
    assert [option for _, option in chosen] == [word.get(a, str(a)) for a in arch[1:]]
    assert [row["recurrent step"] for row in rows][::2] == [1, 3, 4, 5, 6, 6]


def test_two_numbers_are_no_yes_and_no() -> None:
    """0 == False, and 1 == True."""
    space = Letters(2)
    rows = unrolled(read(IndependentSoftmaxes(space), space, [(1,)]))
    assert [(row["option"], row["chosen"]) for row in rows] == [("0", False), ("1", True)]


def test_the_tanh_constant_bounds_how_sure_it_can_be() -> None:
    space = Letters(2)
    for constant, temperature in product((0.5, 2.5), (1.0, 5.0)):
        policy = Controller(
            space, initial_range=50.0, tanh_constant=constant, temperature=temperature
        )
        surest = read(policy, space, [(0,), (1,)]).log_probability.exp().max().item()
        assert surest <= 1 / (1 + math.exp(-2 * constant)) + 1e-12
