"""The views of a SearchPanel: functions of a snapshot, declared once; faults stay in their card."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fakes import Guess, chains
from hypothesis import given
from hypothesis import strategies as st

from workbench.data import digits
from workbench.history import History
from workbench.panels import SearchPanel
from workbench.panels.parts.status_line import StatusLine
from workbench.panels.running.live_pace import Audience, Tempo
from workbench.panels.running.redraw_throttle import Frames
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.view_list import VIEWS, SearchViews
from workbench.protocols import Rows
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Told
from workbench.search import search
from workbench.strategies import RandomSearch

SPACE = chains()


def events(trials: int, **more: Any) -> tuple[Event[Any], ...]:
    """A small search without networks."""
    found = search(RandomSearch(SPACE), Guess(SPACE, **more), trials=trials)
    return tuple(event for event in found if not isinstance(event, Batch))


RUN = events(6)
FAILED = events(4, broken=(1,))


def words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", " ", html))


def alt(html: str) -> str:
    return unescape(re.search('alt="([^"]*)"', html)[1])


# ---------------------------------------------------------------- declared in one place


def test_each_view_is_declared_once_and_everything_else_follows() -> None:
    names = [view.name for view in VIEWS]
    assert len(set(names)) == len(names)
    assert SearchViews.names == tuple(names)
    kinds = {Asked, Epoch, Told}
    assert all(view.stale and set(view.stale) & kinds for view in VIEWS)
    assert {view.name for view in VIEWS if view.place == "tabs"} == {"curves", "inside"}


def test_a_view_that_is_left_out_makes_nothing(panel: Callable[..., SearchPanel]) -> None:
    one = panel(show=["trials", "curves"])
    one.run()
    one.wait()
    views = one._screen._views
    assert set(views.widgets) == set(views.drawers) == {"curves"}
    assert one._arrangement.choices == {}


@pytest.mark.parametrize("name", SearchViews.names)
def test_a_view_is_a_function_of_its_snapshot(name: str) -> None:
    """Whatever was drawn before leaves no trace: the time slider may jump."""
    views = SearchViews()
    late = Snapshot(SPACE, History(RUN), 6, earlier=(History(FAILED),), names=("seed 3",))
    early = replace(late, history=History(RUN[:7]), at_work=True)
    first = views.html(name, early, still=True)
    views.html(name, late, still=True)
    views.html(name, replace(early, axis="seconds"), still=True)
    assert views.html(name, early, still=True) == first


def test_until_gives_the_run_as_it_was() -> None:
    seen = Snapshot(SPACE, History(RUN), 6, inside={"population": [{"trial": 5}]})
    for trial in range(6):
        then = seen.until(trial)
        assert [told.trial for told in then.history.told] == list(range(trial + 1))
        assert then.last.trial == trial
        assert (then.open, then.inside, then.total) == (None, {}, 6)
    with pytest.raises(ValueError, match="trial 6 has not been told"):
        seen.until(6)


# ---------------------------------------------------------------- what is said


def test_what_stop_broke_off_stays_in_view() -> None:
    views = SearchViews()
    begun = tuple(event for event in RUN if event.trial == 0)
    asked, first = begun[0], begun[1]
    seen = Snapshot(SPACE, History((asked, first)), 6)
    assert (seen.broken, seen.current) == (0, None)
    assert "Broken off after epoch 1 (trial 0)" in words(views.html("tried", seen))
    assert "<svg" in views.html("tried", seen)
    assert "trial 0 was broken off after epoch 1" in alt(views.html("curves", seen))
    labels = [text.get_text() for text in views.drawers["curves"].ax.texts]
    assert labels == ["trial 0\nbroken off"]
    seen = Snapshot(SPACE, History((asked,)), 6)
    assert "Broken off in its first epoch (trial 0)" in words(views.html("tried", seen))
    seen = Snapshot(SPACE, History((asked,)), 6, at_work=True)
    assert "Being tried (trial 0)" in words(views.html("tried", seen))


def test_best_and_last_stand_beside_one_another_with_trial_and_score() -> None:
    views, seen = SearchViews(), Snapshot(SPACE, History(FAILED), 4)
    best, last = seen.best, seen.last
    said = words(views.html("champion", seen))
    assert f"Best, {100 * best.evaluation.score:.1f} % (trial {best.trial})" in said
    said = words(views.html("tried", seen))
    assert f"Tried last, {100 * last.evaluation.score:.1f} % (trial {last.trial})" in said
    assert "Tried last, failed (trial 1)" in words(views.html("tried", seen.until(1)))


def test_a_trial_has_one_number_in_text_table_and_axis() -> None:
    views, seen = SearchViews(), Snapshot(SPACE, History(RUN), 6)
    number = seen.best.trial
    views.html("best", seen)
    ax = views.drawers["best"].ax
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert list(diamond.get_xdata()) == [number]
    assert f"(trial {number})" in words(views.html("champion", seen))
    assert re.search(rf"font-weight:600.*?>{number}</td>", views.html("table", seen))


def test_earlier_runs_are_whole_and_named_beside_a_run_that_has_begun() -> None:
    views = SearchViews()
    seen = Snapshot(
        SPACE, History(RUN[:4]), 3, earlier=(History(RUN), History(FAILED)), names=("seed 0",)
    )
    said = alt(views.html("best", seen))
    assert "Pale steps: 2 earlier runs (seed 0, before)." in said
    ax = views.drawers["best"].ax
    assert ax.get_xlim() == (-0.5, 5.5)  # as long as the longest
    labels = {text.get_text().split(":")[0]: text for text in ax.texts}
    assert {"seed 0", "before"} < set(labels)
    own = next(text for name, text in labels.items() if name.startswith("best"))
    assert own.get_weight() == "bold"
    assert own.xy == (0, pytest.approx(100 * seen.best.evaluation.score))
    views.html("best", replace(seen, axis="seconds"))
    longest = max(run[-1]["seconds"] for run in seen.others.values())
    assert ax.get_xlim()[1] == pytest.approx(1.02 * longest)
    assert ax.get_xlabel() == "seconds"


def test_what_trains_before_the_first_trial_is_seen_and_said() -> None:
    shared = [Epoch(None, n, 3, 1.0, 0.1 * n, float(n)) for n in (1, 2, 3)]
    views, status = SearchViews(), StatusLine()
    seen = Snapshot(SPACE, History(tuple(shared[:2])), 5, at_work=True)
    assert alt(views.html("curves", seen)) == (
        "Learning curves of 0 trials and of the weights they share. No trial has ended yet."
    )
    assert [text.get_text() for text in views.drawers["curves"].ax.texts] == ["shared\nweights"]
    status.take(Batch(None, 1, 2, 7))
    assert status.line("running", 5)[1:] == ["preparing: epoch 1, batch 2/7", "0.0 s"]
    assert "searching: epoch 1" in status.html("running", 1, shared="searching")
    status.take(shared[1])
    assert status.line("running", 5)[1:] == ["preparing: epoch 2/3", "20.0 %", "2.0 s"]
    candidate = Candidate("net")
    status.take(Asked(0, candidate))
    assert status.line("running", 5)[1:] == ["0/5 done", "trial 0", "2.0 s"]
    status.take(Told(0, candidate, Evaluation(0.5, 1.0)))
    assert status.line("running", 5)[1:] == ["1/5 done", "best 50.0 %", "3.0 s"]


def test_the_line_says_what_was_broken_off() -> None:
    status = StatusLine()
    status.take(Asked(3, Candidate("net")))
    status.take(Epoch(3, 2, 8, 1.0, 0.4, 1.0))
    assert "trial 3, epoch 2/8" in status.line("running", 5)
    assert "trial 3 broken off at epoch 2/8" in status.line("stopped", 5)


# ---------------------------------------------------------------- a drawing does not end a search


class Unseen(RandomSearch[Any]):
    """Its inside cannot be shown."""

    def inside(self) -> dict[str, Rows]:
        raise RuntimeError("no <inside> today")


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def make(**more: Any) -> SearchPanel:
        space = more.pop("space", SPACE)

        def guess(space: Any, data: Any) -> Guess:
            return Guess(space)

        more = {"estimators": (guess,), "trials": 4, "log": tmp_path} | more
        made.append(SearchPanel(space, digits(), **more))
        return made[-1]

    yield make
    for each in made:
        each.close()


def shown(panel: SearchPanel, name: str) -> str:
    return words(panel._screen._views.widgets[name].value)


@pytest.mark.parametrize("broken", ["graph", "spell"])
def test_a_space_that_cannot_be_drawn_is_searched_all_the_same(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(arch: Any) -> Any:
        raise KeyError("no such <layer>")

    space = chains()
    monkeypatch.setattr(space, broken, fails, raising=False)
    views, seen = SearchViews(), Snapshot(space, History(RUN), 6)
    name = "champion" if broken == "graph" else "table"
    assert "no such <layer>" in words(views.html(name, seen))
    assert "in fails" in words(views.html(name, seen))  # the learner's own line
    assert "<svg" not in views.html(name, seen)
    if broken == "graph":
        assert "Best, " in words(views.html(name, seen))
    assert "<img" in views.html("best", seen)


def test_an_inside_that_raises_is_shown_and_the_search_goes_on(
    panel: Callable[..., SearchPanel],
) -> None:
    one = panel(strategies=(Unseen,))
    one.run()
    assert one.wait().state == "finished"
    assert len(one.history.told) == 4
    assert "no <inside> today" in shown(one, "inside")
    assert "cannot be drawn" in shown(one, "inside")
    assert "Best, " in shown(one, "champion")


def test_one_entry_of_the_inside_at_a_time(panel: Callable[..., SearchPanel]) -> None:
    class Two(RandomSearch[Any]):
        def inside(self) -> dict[str, Rows]:
            return {"apples": [{"weight": 3}], "pears": [{"length": 4}]}

    one = panel(strategies=(Two,))
    assert one._arrangement.choices["inside"].layout.display == "none"
    one.run()
    one.wait()
    assert one._arrangement.choices["inside"].options == ("apples", "pears")
    assert one._arrangement.choices["inside"].layout.display is None
    assert "weight" in shown(one, "inside")
    assert "length" not in shown(one, "inside")
    one._arrangement.choices["inside"].value = "pears"
    assert "length" in shown(one, "inside")
    assert "weight" not in shown(one, "inside")


def test_the_axis_of_best_so_far_turns_to_seconds_and_back(
    panel: Callable[..., SearchPanel],
) -> None:
    one = panel()
    one.run()
    one.wait()
    ax = one._screen._views.drawers["best"].ax
    assert ax.get_xlabel() == "trials"
    one._arrangement.choices["best"].value = "seconds"
    assert ax.get_xlabel() == "seconds"
    assert "over seconds of training" in alt(one._screen._views.widgets["best"].value)
    one._arrangement.choices["best"].value = "trials"
    assert ax.get_xlabel() == "trials"


def test_grey_runs_are_called_by_their_seeds(panel: Callable[..., SearchPanel]) -> None:
    one = panel()
    for seed in (3, 5, 5, 7):
        one._form._plain["seed"].value = seed
        one.run()
        one.wait()
    said = alt(one._screen._views.widgets["best"].value)
    assert "3 earlier runs (seed 3, run 1, seed 5, run 2, seed 5)" in said


# ---------------------------------------------------------------- pace


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@given(st.integers(1, 60), st.integers(2, 80))
def test_trials_that_answer_at_once_come_so_many_a_second(rate: int, trials: int) -> None:
    clock, idle = Clock(), [0]

    def look() -> None:
        idle[0] += 1

    tempo = Tempo(rate, clock=clock, sleep=clock.sleep)
    for _ in range(trials):
        tempo.hold(lambda: True, look)
    passed = clock.now - 100.0
    assert passed >= (trials - 1) / rate - 0.051  # one slice may be caught up
    assert passed <= trials / rate
    assert idle[0] > 0 or passed < 0.2


def test_300_trials_take_ten_seconds() -> None:
    clock = Clock()
    tempo = Tempo(clock=clock, sleep=clock.sleep)
    for _ in range(301):
        tempo.hold(lambda: True, lambda: None)
    assert clock.now - 100.0 == pytest.approx(10.0, abs=0.1)


def test_a_trial_that_trains_is_never_held() -> None:
    clock = Clock()
    tempo = Tempo(30, clock=clock, sleep=clock.sleep)
    for _ in range(10):
        tempo.hold(lambda: True, lambda: None)
        clock.now += 1.0
    assert clock.now == 110.0


def test_a_hold_ends_at_once_where_nobody_wants_it() -> None:
    clock = Clock()
    tempo = Tempo(1, clock=clock, sleep=clock.sleep)
    tempo.hold(lambda: True, lambda: None)
    looks = iter([True, True, False])
    tempo.hold(lambda: next(looks), lambda: None)
    assert clock.now == pytest.approx(100.1)
    tempo.rate = 0
    tempo.hold(lambda: True, lambda: None)
    assert clock.now == pytest.approx(100.1)


def test_only_a_living_page_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Audience().watching()  # a script, a test, nbclient
    monkeypatch.setattr(
        "workbench.panels.running.live_pace.current_cell", lambda: ("cell 1", "run 1")
    )
    assert Audience().watching()
    monkeypatch.setenv("WORKBENCH_RENDER", "1")
    assert not Audience().watching()


def test_a_panel_holds_new_trials_only_and_stop_is_felt(
    panel: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = list[int]()
    reached = threading.Event()

    def hold(self: Tempo, wanted: Callable[[], bool], idle: Callable[[], object]) -> None:
        held.append(len(one.history.told))
        idle()
        if len(held) == 2:
            reached.set()
            while wanted():
                pass

    monkeypatch.setattr(Tempo, "hold", hold)
    one = panel()
    one._arrangement.buttons.run.click()  # a press: somebody is there
    assert reached.wait(20)
    one.stop()
    assert one.wait().state == "stopped"
    assert held == [1, 2]
    one._arrangement.buttons.run.click()
    assert one.wait().state == "finished"
    assert held == [1, 2, 3, 4]  # what the log held was not played again
    again = panel()
    again.run()  # by code: nobody looks
    again.wait()
    assert held == [1, 2, 3, 4]


def test_frames_come_sooner_while_nobody_trains() -> None:
    clock, drawn = Clock(), list[float]()

    def draw() -> None:
        clock.now += 0.06
        drawn.append(clock.now)

    frames = Frames({"a": draw}, clock=clock, meter=clock)
    frames.touch("a")
    frames.beat()
    frames.touch("a")
    clock.now += 0.51
    assert not frames.beat()
    assert frames.beat(free=True)
    assert len(drawn) == 2


def test_random_events_in_any_prefix_can_be_drawn() -> None:
    views = SearchViews()
    rng = random.Random(0)
    for end in rng.sample(range(len(FAILED) + 1), 6):
        seen = Snapshot(SPACE, History(FAILED[:end]), 4, at_work=bool(end % 2))
        for name in SearchViews.names:
            assert "cannot be drawn" not in views.html(name, seen)
