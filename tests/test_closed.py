"""Closed is gone: no widget, figure, thread or panel is left of a panel whose cell runs again."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets.widgets.widget as ipywidgets_register
import pytest
from fakes import Guess, chains
from matplotlib.figure import Figure
from synthetic_table import synthetic
from test_darts_panel import data as few_images

from workbench.data import ImageData, digits
from workbench.estimators import Table
from workbench.exercises.step_ahead import StepAhead
from workbench.panels import (
    CellReader,
    ComparisonPanel,
    ControllerPanel,
    DARTSPanel,
    SearchPanel,
    SpacePanel,
    TableMap,
)
from workbench.panels.running import open_panels as live_panels
from workbench.panels.space.counts import Size
from workbench.spaces import DARTSSpace
from workbench.strategies import LocalSearch, Reinforce

SPACE = chains()


class Guessing(Guess):
    """Answers from the seed, as an estimator that a panel makes."""

    def __init__(self, space: Any, data: ImageData, *, epochs: int = 2) -> None:
        super().__init__(space, epochs=epochs)
        self.data = data


def searched(tmp_path: Path) -> SearchPanel:
    panel = SearchPanel(SPACE, digits(), estimators=(Guessing,), trials=3, log=tmp_path)
    panel.run()
    panel.wait()
    return panel


def built(tmp_path: Path) -> SpacePanel:
    panel = SpacePanel(SPACE, data=digits())
    panel.random()  # controls of other decisions are made
    panel._show_rest()
    return panel


def raced(tmp_path: Path) -> ComparisonPanel:
    panel = ComparisonPanel([LocalSearch], Guess(SPACE), seeds=2, trials=3, recorded=())
    panel.run()
    panel.wait()
    return panel


def read(tmp_path: Path) -> CellReader:
    panel = CellReader((("max_pool_3x3", 0), ("skip_connect", 1)))
    panel.switch.value = "DARTS"
    return panel


def mapped(tmp_path: Path) -> TableMap:
    if not (tmp_path / "table.npz").exists():
        synthetic().save(tmp_path / "table.npz")
    panel = TableMap(Table(path=tmp_path / "table.npz"), trials=3)
    panel.run()
    panel.wait()
    panel._views.look(True)
    panel.picked = panel.table.best
    return panel


def unrolled(tmp_path: Path) -> ControllerPanel:
    panel = ControllerPanel(Reinforce(SPACE, hidden_size=4))
    panel.step()
    panel.wait()
    return panel


def relaxed(tmp_path: Path) -> DARTSPanel:
    space = DARTSSpace(nodes=1, channels=1, cells=2, operations=("none", "skip_connect"))
    panel = DARTSPanel(space, few_images(), settings={"epochs": 2}, log=tmp_path)
    panel.run()
    panel.wait()
    panel.epoch = 1
    panel._supernet.set("nodes", 2)
    return panel


def dragged(tmp_path: Path) -> StepAhead:
    panel = StepAhead()
    panel.value = 0.5
    return panel


@pytest.fixture(autouse=True, scope="module")
def what_was_there_before() -> Iterator[None]:
    """Is not looked through each time: a million objects of the libraries, never garbage here."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def left() -> tuple[int, int, int, int]:
    """Widgets, figures, threads, live panels."""
    gc.collect()
    figures = sum(type(thing) is Figure for thing in gc.get_objects())
    widgets = len(ipywidgets_register._instances)
    return widgets, figures, threading.active_count(), len(live_panels._LIVE)


def again_and_again(
    make: Callable[[Path], Any], times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same cell, so many times; what there is after the first is all there ever is."""
    number = [0]
    monkeypatch.setattr(live_panels, "current_cell", lambda: ("the cell", f"run {number[0]}"))
    panel = make(tmp_path)
    panels, first = [], left()
    for number[0] in range(1, times):
        panels.append(weakref.ref(panel))
        panel = make(tmp_path)
    assert left() == first
    assert [ref() for ref in panels] == [None] * (times - 1)
    panel.close()
    shown = weakref.ref(panel)
    del panel
    gc.collect()
    assert shown() is None


@pytest.mark.parametrize(
    "make",
    [searched, built, read, mapped, raced, unrolled, relaxed, dragged],
    ids=lambda make: make.__name__,
)
def test_a_cell_that_runs_again_leaves_nothing_behind(
    make: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_and_again(make, 3, tmp_path, monkeypatch)


@pytest.mark.benchmark_slow
@pytest.mark.parametrize(
    "make",
    [searched, built, read, mapped, raced, unrolled, relaxed, dragged],
    ids=lambda make: make.__name__,
)
def test_a_hundred_times(
    make: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again_and_again(make, 100, tmp_path, monkeypatch)


def test_a_panel_that_another_one_holds_stays_open(tmp_path: Path) -> None:
    mine = built(tmp_path)
    duel = SearchPanel(mine, digits(), yours=mine, estimators=(Guessing,), log=tmp_path)
    duel.close()
    assert mine.widget.comm is not None
    mine.close()
    assert mine.widget.comm is None


class Slow:
    """A space that takes its time to be counted, or refuses to be."""

    def __init__(self, size: int, seconds: float = 0.4) -> None:
        self.answer, self.seconds = size, seconds

    def size(self) -> int:
        time.sleep(self.seconds)
        if self.answer < 0:
            raise ValueError("too many to count; say state")
        return self.answer


def test_one_thread_counts_however_fast_a_slider_moves() -> None:
    before, known = threading.active_count(), threading.Event()
    size = Size(known.set)
    for number in range(20):
        assert size.of(Slow(number, 0.3)) is None
        assert threading.active_count() <= before + 1
    last = Slow(7, 0.3)
    assert size.of(last) is None
    assert known.wait(5)
    assert size.of(last) == 7
    size.of(Slow(8))
    size.close()
    size.wait(0.0)
    deadline = time.monotonic() + 5
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_space_that_cannot_be_counted_says_why() -> None:
    size, uncounted = Size(lambda: None), Slow(-1, 0.0)
    size.of(uncounted)
    size.wait(5.0)
    assert "say state" in str(size.of(uncounted))
