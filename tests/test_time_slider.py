"""Time travel and forks in a panel: the run as it was, and another one from there on."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from fakes import Climb, Guess, chains

from workbench import attach
from workbench.data import ImageData, digits
from workbench.history import History
from workbench.panels import SearchPanel
from workbench.panels.search.time_slider import TimeSlider
from workbench.panels.search.view_list import SearchViews
from workbench.records import Told
from workbench.store import header, load

SPACE = chains()


class Climbing(Climb):
    """A strategy that depends on all it was told, as a panel's class."""

    def __init__(self, space: Any, *, every: int = 4, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.every = every

    def ask(self) -> Any:
        return None if self.every < 1 else super().ask()


class Guessing(Guess):
    """Answers from the seed; ``gate`` holds every trial where a test wants to see it running."""

    gate: threading.Event | None = None

    def __init__(self, space: Any, data: ImageData, *, epochs: int = 2) -> None:
        super().__init__(space, epochs=epochs)
        self.data = data

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        if self.gate is not None and trial >= 4:
            self.gate.wait(20)
        return (yield from super().estimate(candidate, trial=trial, seed=seed))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def panel(**more: Any) -> SearchPanel:
        settings = {"strategies": (Climbing,), "estimators": (Guessing,), "trials": 8}
        made.append(SearchPanel(SPACE, digits(), **{"log": tmp_path, **settings, **more}))
        return made[-1]

    yield panel
    for each in made:
        each.close()


def run(panel: SearchPanel) -> SearchPanel:
    panel.run()
    panel.wait()
    return panel


def shown(panel: SearchPanel) -> dict[str, str]:
    """Every view's markup, without the numbers by which drawings tell one another apart."""
    widgets = panel._screen._views.widgets
    return {name: re.sub(r"wb\d+-", "", each.value) for name, each in widgets.items()}


def slide(panel: SearchPanel, place: int) -> None:
    panel._arrangement.time.slider.value = place


def words(history: History[Any]) -> list[str]:
    return [repr(event) for event in history.events]  # a loss may be NaN, which equals nothing


def told(panel: SearchPanel) -> list[tuple[Any, float]]:
    return [(each.candidate.arch, each.evaluation.score) for each in panel.history.told]


def test_the_run_is_shown_as_it_was(make: Callable[..., SearchPanel]) -> None:
    panel = run(make())
    now = shown(panel)
    short = run(make(trials=3))
    then = shown(short)
    slide(panel, 3)
    assert panel._arrangement.time.trial == 2
    past = shown(panel)
    for name in SearchViews.names:
        assert (past[name] == now[name]) == (then[name] == now[name]), name
    # what a run of three trials shows, on the axis of eight
    for name in ("inside", "tried", "champion", "table", "cost"):
        assert past[name] == then[name], name
    slide(panel, 8)
    assert panel._arrangement.time.trial is None
    assert shown(panel) == now


def test_what_the_strategy_showed_then_is_shown(make: Callable[..., SearchPanel]) -> None:
    panel = run(make())
    asked = [3, 7, 2, 8, 1]  # forwards and back
    for place in asked:
        slide(panel, place)
        seen = panel._screen._snapshot()
        assert len(seen.history.told) == place
        if place < 8:
            expected = Climbing(SPACE)
            for event in panel.history.told[:place]:
                expected.tell(event)
            assert seen.inside == expected.inside()


def test_a_run_at_work_goes_on_while_its_past_is_looked_at(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(Guessing, "gate", gate)
    panel = make()
    panel.run()
    while len(panel.history.told) < 4:
        time.sleep(0.01)
    panel._screen.say()
    slide(panel, 2)
    past = shown(panel)
    gate.set()
    assert panel.wait().state == "finished"
    assert len(panel.history.told) == 8
    assert panel._arrangement.time.trial == 1
    assert shown(panel)["table"] == past["table"]
    assert "8/8 done" in panel._arrangement.status.value
    slide(panel, 8)
    assert "trial 7" in shown(panel)["tried"]


def test_a_run_read_from_a_log_has_a_past_too(
    make: Callable[..., SearchPanel], tmp_path: Path
) -> None:
    panel = run(SearchPanel(SPACE, digits(), trials=4, log=tmp_path, settings={"epochs": 1}))
    panel.close()
    again = attach(next(tmp_path.glob("*.jsonl")))
    slide(again, 2)
    assert len(again._screen._snapshot().inside["draws"]) == 2
    again.close()


def test_there_is_nowhere_to_go_before_two_trials(make: Callable[..., SearchPanel]) -> None:
    panel = make(trials=1)
    assert panel._arrangement.time.widget.layout.display == "none"
    run(panel)
    assert panel._arrangement.time.widget.layout.display == "none"
    longer = run(make(trials=2))
    assert longer._arrangement.time.widget.layout.display is None
    longer.reset()
    assert longer._arrangement.time.widget.layout.display == "none"


def test_a_slider_over_epochs_has_no_fork() -> None:
    moves: list[int | None] = []
    slider = TimeSlider(moved=lambda: moves.append(slider.trial), fork=None, unit="epoch")
    slider.extend([1, 2, 3])
    assert slider.fork not in slider.widget.children
    assert slider.words.value == "now"
    slider.slider.value = 2
    assert moves == [2]
    assert slider.words.value == "after epoch 2 (3 ended)"
    slider.extend([1, 2, 3, 4])
    assert slider.trial == 2


@pytest.mark.parametrize("after", [0, 3, 6])
def test_a_fork_with_nothing_changed_goes_on_bit_for_bit(
    make: Callable[..., SearchPanel], tmp_path: Path, after: int
) -> None:
    panel = run(make())
    before, (old,) = words(panel.history), tmp_path.glob("*.jsonl")
    slide(panel, after + 1)
    panel._arrangement.time.fork.click()
    assert panel.wait().state == "finished"
    assert words(panel.history) == before
    (new,) = set(tmp_path.glob("*.jsonl")) - {old}
    assert header(new)["forked"] == {"from": old.name, "after": after, "asked": after + 1}
    assert words(load(new, SPACE)) == before
    assert [words(each) for each in panel.runs] == [before]
    assert panel._arrangement.time.trial is None


def test_settings_may_differ_from_the_fork_on(make: Callable[..., SearchPanel]) -> None:
    panel = run(make())
    before = told(panel)
    panel._form._plain["seed"].value = 5
    panel.fork(3)
    panel.wait()
    assert told(panel)[:4] == before[:4]
    assert told(panel)[4:] != before[4:]
    panel.stop()
    panel._form._plain["trials"].value = 12
    panel.fork(2)
    panel.wait()
    assert len(told(panel)) == 12
    assert told(panel)[:3] == before[:3]


def test_a_fork_that_cannot_be_says_why(make: Callable[..., SearchPanel]) -> None:
    panel = make()
    with pytest.raises(ValueError, match="no run yet"):
        panel.fork(0)
    run(panel)
    held = panel.history
    with pytest.raises(ValueError, match="99"):
        panel.fork(99)
    assert panel.history == held
    assert panel.runs == []
    panel._form._plain["seed"].widget.value = "many"
    slide(panel, 2)
    panel._arrangement.time.fork.click()
    assert "whole number" in panel._arrangement.notice._words.value


@pytest.mark.benchmark_slow
def test_sliding_over_three_hundred_trials_is_quick(make: Callable[..., SearchPanel]) -> None:
    panel = run(make(trials=300))
    taken = []
    for place in range(5, 300, 12):
        start = time.perf_counter()
        slide(panel, place)
        taken.append(time.perf_counter() - start)
    print(f"a move of the slider over 300 trials: median {1000 * median(taken):.0f} ms")
    assert median(taken) <= 0.15
    assert all(isinstance(event, Told) for event in panel.history.told)
