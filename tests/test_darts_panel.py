"""``DARTSPanel``: hand-made events in, a cell, a heat map and curves out; then a real search."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import torch

from workbench import attach
from workbench.data import ImageData, Split
from workbench.data.images import assembled, numbered
from workbench.panels import DARTSPanel
from workbench.panels.darts.epochs_so_far import after_epochs
from workbench.panels.darts.supernet_settings import SupernetSettings
from workbench.records import Epoch, Mixture, Told
from workbench.spaces import ChainSpace, DARTSSpace, TopologySpace
from workbench.spaces.relaxed_cell import discrete_graph, relaxed_graph

SPACE = DARTSSpace(nodes=2, channels=2, cells=3)
SKIP = SPACE.operations.index("skip_connect")
CONVOLUTION = SPACE.operations.index("sep_conv_3x3")


def data() -> ImageData:
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (24, 1, 8, 8), dtype=torch.uint8, generator=rng)
    split = Split(images, torch.arange(24) % 2)
    return assembled("few", split, split, split, classes=numbered(2))


def tables(favoured: int, by: float) -> dict[str, tuple[tuple[float, ...], ...]]:
    row = tuple(by * (o == favoured) for o in range(len(SPACE.operations)))
    return {kind: (row,) * len(SPACE.edges()) for kind in SPACE.cell_kinds()}


def epoch(number: int, favoured: int, by: float, **more: float) -> tuple[Epoch, Mixture]:
    measures = {"supernet": 0.9, "held-out loss": 0.5, "entropy": 2.0, "skip connections": 4.0}
    score = 0.1 * number
    return (
        Epoch(None, number, 9, 1.0 / number, score, float(number), measures | more),
        Mixture(None, number, tables(favoured, by)),
    )


EPOCHS = (epoch(1, CONVOLUTION, 0.1), epoch(2, CONVOLUTION, 1.0), epoch(3, SKIP, 3.0))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., DARTSPanel]]:
    made: list[DARTSPanel] = []

    def panel(space: Any = SPACE, **more: Any) -> DARTSPanel:
        made.append(DARTSPanel(space, data(), **{"log": tmp_path, **more}))
        return made[-1]

    yield panel
    for each in made:
        each.close()


def shown(panel: DARTSPanel) -> dict[str, str]:
    return {name: re.sub(r"wb\d+-", "", each.value) for name, each in panel._sheets.items()}


def told(panel: DARTSPanel) -> DARTSPanel:
    for pair in EPOCHS:
        for event in pair:
            panel.show(event)
    panel._renew()
    return panel


def test_before_the_first_epoch_every_card_says_so(make: Callable[..., DARTSPanel]) -> None:
    panel = make()
    assert panel.epoch == 0
    assert all("nothing yet" in html for html in shown(panel).values())
    assert panel._time.widget.layout.display == "none"


def test_an_epoch_is_read_from_its_events(make: Callable[..., DARTSPanel]) -> None:
    panel = told(make())
    first, _, last = panel.epochs
    assert (first.number, first.epochs, last.number) == (1, 9, 3)
    assert (last.train_loss, last.held_out_loss) == (1 / 3, 0.5)
    assert (last.discrete, last.supernet, last.skips) == (pytest.approx(0.3), 0.9, 4.0)
    assert math.isnan(last.eigenvalue)
    assert last.weights == tables(SKIP, 3.0)
    assert after_epochs(panel.history) == panel.epochs


def test_the_present_epoch_is_shown(make: Callable[..., DARTSPanel]) -> None:
    panel = told(make())
    assert panel.epoch == 3
    views = shown(panel)
    share = math.exp(3) / (math.exp(3) + len(SPACE.operations) - 1)
    assert f">{share:.2f}<" in views["supernet"]
    assert "after epoch 3" in views["mixture"]
    assert f"most decided: skip on edge {' → '.join(SPACE.edges()[0])}" in views["mixture"]
    assert views["discrete"].count(">skip<") == 4
    assert "30.0 % with the supernet" in views["discrete"]
    assert "After 3 of 9 epochs" in views["curves"]
    assert "epoch 3 of 9 · training loss 0.333 · held-out loss 0.500" in panel._numbers.value
    assert "λ" not in panel._numbers.value


def test_the_slider_goes_back_and_nodes_keep_their_places(make: Callable[..., DARTSPanel]) -> None:
    panel = told(make())
    now = shown(panel)
    panel.epoch = 1
    then = shown(panel)
    assert panel.epoch == 1
    assert "after epoch 1 (3 ended)" in panel._time.words.value
    assert then["curves"] == now["curves"]
    assert "after epoch 1" in then["supernet"]
    assert then["discrete"].count(">sep 3×3<") == 4
    shape = re.compile(r'id="([np]\d+)".*?(?: d| points|rx)="([^"]+)"', re.DOTALL)
    places = [dict(shape.findall(views["supernet"])) for views in (now, then)]
    assert len(places[0]) == 5 + len(SPACE.edges())  # states, and a pill an edge
    assert places[0] == places[1]
    states = re.compile(r'id="(n\d+)".*?(?: d| points|rx)="([^"]+)"', re.DOTALL)
    cells = [dict(states.findall(views["discrete"])) for views in (now, then)]
    assert len(cells[0]) == 5
    assert cells[0] == cells[1]
    panel._time.slider.value = 3
    assert shown(panel) == now
    with pytest.raises(ValueError, match="epoch: expected one that ended"):
        panel.epoch = 8


def test_while_the_past_is_looked_at_the_run_does_not_change_it(
    make: Callable[..., DARTSPanel],
) -> None:
    panel = told(make())
    panel.epoch = 2
    before = shown(panel)
    for event in epoch(4, SKIP, 4.0):
        panel.show(event)
    panel._frames.flush()
    after = shown(panel)
    assert panel.epoch == 2
    assert after | {"curves": ""} == before | {"curves": ""}
    assert "After 4 of 9 epochs" in after["curves"]


def test_the_other_kind_of_cell(make: Callable[..., DARTSPanel]) -> None:
    panel = told(make())
    panel.kind = "reduction"
    assert "reduction cell" in shown(panel)["supernet"]
    assert "reduction cell" in shown(panel)["mixture"]
    with pytest.raises(ValueError, match="kind"):
        panel.kind = "other"


def test_an_eigenvalue_has_a_chart_and_a_number(make: Callable[..., DARTSPanel]) -> None:
    panel = make()
    for event in epoch(1, SKIP, 1.0, **{"dominant eigenvalue": 0.41}):
        panel.show(event)
    panel._renew()
    assert "λ_max 0.410" in panel._numbers.value
    assert "dominant eigenvalue from 0.41 to 0.41" in shown(panel)["curves"]


def test_the_twin_shows_the_first_and_the_present_mixture(make: Callable[..., DARTSPanel]) -> None:
    panel = told(make())
    twin = panel.twin()
    assert "Softmax of α after epoch 1" in twin
    assert "Softmax of α after epoch 3" in twin
    assert "Supernet after epoch 3" in twin
    assert "<svg" not in twin
    images = re.findall(r"<img [^>]*>", twin)
    assert len(images) == 3
    assert twin.count("<table aria-label") == 2
    assert all(re.search(r'alt="[^"]{20,}"', image) for image in images)
    assert "entropy 2.00 of 2.08 nats · 4 skip connections in the normal cell" in twin


def test_the_settings_that_the_paper_names_are_controls(make: Callable[..., DARTSPanel]) -> None:
    panel = make()
    named = [each.description for each in panel._search._form.top.children]
    assert named == ["order", "epochs", "alpha rate", "xi", "seed"]
    more = [each.description for each in panel._search._form.more.children]
    assert {"rate", "epsilon", "alpha decay", "relaxation", "stopping", "curvature"} <= set(more)
    assert panel._supernet.names == ("nodes", "cells", "channels", "operations")


def test_xi_is_a_number_or_none(make: Callable[..., DARTSPanel]) -> None:
    panel = make()
    (xi,) = [c for c in panel._search._form.top.children if c.description == "xi"]
    assert xi.value == "none"
    assert panel._search._settings.plan().parts["method"][1]["xi"] is None
    xi.value = "0.5"
    assert panel._search._settings.plan().parts["method"][1]["xi"] == 0.5
    xi.value = "much"
    assert "expected a number" in panel._search._arrangement.notice._words.value


def test_the_space_can_be_changed(make: Callable[..., DARTSPanel]) -> None:
    panel = make()
    before = panel.state
    panel._supernet.set("nodes", 3)
    assert panel.space.nodes == 3
    assert panel.state != before
    ticks = panel._supernet._form.controls["operations"]
    ticks._ticks["none"].value = False
    assert "none" not in panel.space.operations
    assert panel._search.space is panel.space


def test_settings_of_the_search_and_of_the_space_can_be_locked(
    make: Callable[..., DARTSPanel],
) -> None:
    panel = make(lock=["nodes", "epochs"])
    controls = panel._supernet._form.controls
    assert (controls["nodes"].disabled, controls["channels"].disabled) == (True, False)
    locked = [each.description for each in panel._search._form.top.children if each.disabled]
    assert locked == ["epochs"]


def test_a_space_that_cannot_be_is_refused_and_the_control_goes_back() -> None:
    supernet = SupernetSettings(DARTSSpace(operations=("none", "skip_connect")))
    ticks = supernet._form.controls["operations"]
    ticks._ticks["skip_connect"].value = False
    assert supernet.space.operations == ("none", "skip_connect")
    assert ticks.value == ("none", "skip_connect")
    assert "another than" in supernet._fault.value


def test_pictures_of_a_run_are_of_its_own_space(make: Callable[..., DARTSPanel]) -> None:
    panel = make(settings={"epochs": 1, "batch_size": 8})
    panel.run()
    panel.wait()
    panel._supernet.set("nodes", 3)
    panel._renew()
    assert "after epoch 1" in shown(panel)["supernet"]


def test_a_real_search_is_logged_shown_and_comes_back(
    make: Callable[..., DARTSPanel], tmp_path: Path
) -> None:
    panel = make(settings={"epochs": 2, "batch_size": 8, "order": 2}, seed=3)
    panel.run()
    outcome = panel.wait()
    assert outcome.state == "finished"
    assert [after.number for after in panel.epochs] == [1, 2]
    (last,) = panel.history.told
    assert SPACE.discretised(panel.epochs[-1].weights) == last.candidate.arch
    assert "after epoch 2" in shown(panel)["supernet"]
    (log,) = tmp_path.glob("*.jsonl")
    again = attach(log, data=data())
    assert isinstance(again, DARTSPanel)
    assert again.epochs == panel.epochs or repr(again.epochs) == repr(panel.epochs)
    assert again.state == panel.state
    again.epoch = 1
    assert "after epoch 1" in shown(again)["supernet"]
    again.close()


def test_stepped_by_epochs_and_reset(make: Callable[..., DARTSPanel]) -> None:
    panel = make(TopologySpace(channels=2, cells=1), settings={"epochs": 3, "batch_size": 8})
    assert panel._kinds.layout.display == "none"
    panel.step("epoch")
    assert panel.wait().state == "paused"
    panel.step("epoch")
    panel.wait()
    assert panel.epoch >= 1
    panel.stop()
    panel.reset()
    assert panel.epochs == ()
    assert "nothing yet" in shown(panel)["supernet"]


def test_a_space_without_edges_and_another_state_are_refused(
    make: Callable[..., DARTSPanel],
) -> None:
    with pytest.raises(ValueError, match="operation on each edge"):
        DARTSPanel(ChainSpace(), data())
    with pytest.raises(ValueError, match="colour"):
        make(settings={"colour": 1})


@pytest.mark.parametrize("space", [SPACE, DARTSSpace(), TopologySpace()])
def test_a_relaxed_cell_has_all_edges_and_says_which_would_stay(space: Any) -> None:
    shape = len(space.edges()), len(space.operations)
    weights = {kind: [[0.0] * shape[1]] * shape[0] for kind in space.cell_kinds()}
    for kind in space.cell_kinds():
        graph = relaxed_graph(space, weights, kind)
        mixed = [edge for edge in graph.edges if edge.mixture]
        assert [(e.tail.split("/")[1], e.head.split("/")[1]) for e in mixed] == [*space.edges()]
        for edge in mixed:
            assert [name for name, _ in edge.mixture] == [*space.operations]
            assert math.fsum(share for _, share in edge.mixture) == pytest.approx(1)
        chosen = space.chosen(space.discretised(weights))[kind]
        assert [e.kept for e in mixed] == [name not in (None, "none") for name in chosen]
        cell = discrete_graph(space, weights, kind)
        assert [node.id for node in cell.nodes] == [node.id for node in graph.nodes]
        pills = [edge for edge in cell.edges if edge.operation]
        assert [e.operation for e in pills if not e.hidden] == [
            e for e in chosen if e != "none" and e
        ]
        assert len(pills) == len(mixed)
    for drawn in (relaxed_graph, discrete_graph):
        with pytest.raises(ValueError, match="kind"):
            drawn(space, weights, "odd")
        with pytest.raises(ValueError, match="weights"):
            drawn(space, {}, space.cell_kinds()[0])


@pytest.mark.benchmark_slow
def test_a_move_of_the_slider_is_quick(make: Callable[..., DARTSPanel]) -> None:
    """Everything that a move draws, at the paper's four nodes; no browser."""
    space = DARTSSpace()
    panel = make(space)
    rng = torch.Generator().manual_seed(0)
    shape = len(space.edges()), len(space.operations)
    for number in range(1, 26):
        weights = {k: tuple(map(tuple, torch.randn(shape, generator=rng).tolist()))
                   for k in space.cell_kinds()}  # fmt: skip
        panel.show(epoch(number, 0, 0.0)[0])
        panel.show(Mixture(None, number, weights))
    taken = []
    for number in range(1, 25):
        start = time.perf_counter()
        panel.epoch = number
        taken.append(time.perf_counter() - start)
    print(f"a move of the slider over 25 epochs: median {1000 * median(taken):.0f} ms")
    assert median(taken) <= 0.15
    assert not any(isinstance(event, Told) for event in panel.history.events)
