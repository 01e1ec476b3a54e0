"""A SearchPanel whose strategy is the learner: whose turn it is, answers, prompt, no hanging."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from workbench.data import digits
from workbench.data.images import ImageData
from workbench.panels import SearchPanel, SpacePanel
from workbench.panels.running.worker_thread import BusyError
from workbench.records import Batch, Epoch, Evaluation
from workbench.spaces import TopologySpace
from workbench.store import load
from workbench.strategies import ByHand, RandomSearch

CELLS = TopologySpace(nodes=3)
SPELLED = ("|none~0|+|none~0|none~1|", "|skip_connect~0|+|none~0|none~1|")
HELD = threading.Event()


class Quick:
    """Answers at once; the more edges are no *none*, the better. ``HELD`` holds it."""

    def __init__(self, space: Any, data: ImageData, *, epochs: int = 1) -> None:
        self.space, self.data, self.epochs = space, data, epochs

    def prepare(self, *, seed: int) -> Iterator[Any]:
        yield from ()

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        while HELD.is_set():
            yield Batch(trial, 1, 1, 1)
            time.sleep(0.01)
        score = sum(name != "none" for name in candidate.arch.operations) / 4
        yield Epoch(trial, 1, 1, 1.0, score, 0.1)
        return Evaluation(score, 0.1, (score,))


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


@pytest.fixture
def make(data: ImageData, tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def panel(**more: Any) -> SearchPanel:
        given = {"strategies": (ByHand,), "estimators": (Quick,), "trials": 3, "log": tmp_path}
        given |= more
        made.append(SearchPanel(given.pop("space", CELLS), data, **given))
        return made[-1]

    HELD.clear()
    yield panel
    HELD.clear()
    for each in made:
        each.close()


def said(panel: SearchPanel) -> str:
    return unescape(re.sub("<[^>]*>", "", panel._arrangement.status.value))


def notice(panel: SearchPanel) -> str:
    shown = panel._arrangement.notice
    return "" if shown.widget.layout.display == "none" else unescape(shown._words.value)


def seen(panel: SearchPanel) -> bool:
    return panel.by_hand.widget.layout.display != "none"


def spelled(panel: SearchPanel) -> list[str]:
    return [CELLS.spell(told.candidate.arch) for told in panel.history.told]


def until(ready: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_its_turn_pauses_the_run_and_waiting_for_the_panel_returns(make: Any) -> None:
    panel = make()
    panel.run()
    assert panel.wait().state == "paused"
    assert said(panel).startswith("✎ your turn: trial 0")
    panel.run()  # Continue, with nothing to go on with
    assert panel.wait().state == "paused"
    panel.by_hand.answer(SPELLED[0])
    panel.wait()
    assert said(panel).startswith("✎ your turn: trial 1 · 1/3 done")
    assert "your turn: trial 1" in panel.twin()
    assert spelled(panel) == [SPELLED[0]]


def test_an_answer_begins_the_search_and_the_last_one_ends_it(make: Any) -> None:
    panel = make(trials=2)
    for text in SPELLED:
        panel.by_hand.answer(f"Let us try {text}")
        panel.wait()
    assert panel._session.state == "finished"
    assert spelled(panel) == [*SPELLED]
    with pytest.raises(ValueError, match="all of its 2 trials: raise trials and fork"):
        panel.by_hand.answer(SPELLED[0])
    assert load(panel._session.now.path, CELLS).told == panel.history.told


def test_with_changed_settings_an_answer_is_the_first_of_the_new_run(make: Any) -> None:
    panel = make()
    panel.by_hand.answer(SPELLED[0])
    panel.wait()
    panel._form._plain["seed"].value = 5
    panel.by_hand.answer(SPELLED[1])
    panel.wait()
    assert (panel._session.now.plan.seed, spelled(panel)) == (5, [SPELLED[1]])
    assert said(panel).startswith("✎ your turn: trial 1 · 1/3 done")
    assert len(panel.runs) == 1


def test_the_button_asks_and_a_bad_spelling_is_said_with_its_cure(make: Any) -> None:
    panel = make()
    panel.by_hand.text.value = "|nor_conv3x3~0|+|none~0|none~1|"
    panel.by_hand.press.click()
    assert "perhaps nor_conv_3x3" in notice(panel)
    assert panel._session.state == "idle"
    panel.by_hand.text.value = SPELLED[1]
    panel.by_hand.press.click()
    panel.wait()
    assert notice(panel) == ""
    assert panel.by_hand.text.value == ""
    assert spelled(panel) == [SPELLED[1]]


def test_an_answer_given_while_a_trial_trains_waits_for_its_end(make: Any) -> None:
    HELD.set()
    panel = make()
    panel.by_hand.answer(SPELLED[0])
    until(lambda: panel._session.history.events)
    panel.by_hand.answer(SPELLED[1])
    assert "next: <code>|skip_connect~0|" in panel.by_hand.said.value
    HELD.clear()
    until(lambda: panel._session.state == "paused")
    assert spelled(panel) == [*SPELLED]
    assert panel.by_hand.said.value == ""


def test_stop_works_while_it_waits_and_continue_goes_on_from_the_log(make: Any) -> None:
    panel = make()
    panel.by_hand.answer(SPELLED[0])
    panel.wait()
    panel.stop()
    assert panel.wait().state == "stopped"
    assert said(panel).startswith("■ stopped · 1/3 done")
    panel.run()
    assert panel.wait().state == "paused"
    assert said(panel).startswith("✎ your turn: trial 1")
    panel.stop()
    panel.wait()
    panel.by_hand.answer(SPELLED[1])  # continues too
    panel.wait()
    assert spelled(panel) == [*SPELLED]
    assert len(panel.runs) == 0


def test_stop_works_in_the_middle_of_a_trial(make: Any) -> None:
    HELD.set()
    panel = make()
    panel.by_hand.answer(SPELLED[0])
    until(lambda: panel._session.history.events)
    panel.stop()
    assert panel.wait().state == "stopped"
    HELD.clear()
    panel.run()  # the trial that was asked about runs again
    panel.wait()
    assert spelled(panel) == [SPELLED[0]]


def test_a_run_restored_from_its_log_waits_for_the_next(make: Any, data: ImageData) -> None:
    first = make()
    first.by_hand.answer(SPELLED[0])
    first.wait()
    path, state = first._session.now.path, first.state
    first.close()
    again = SearchPanel.from_state(state, data=data, own=(Quick,))
    try:
        again.restore(path, load(path, CELLS))
        again.by_hand.answer(SPELLED[1])
        again.wait()
        assert spelled(again) == [*SPELLED]
    finally:
        again.close()


def test_the_row_is_there_for_by_hand_alone(make: Any) -> None:
    panel = make(strategies=(RandomSearch, ByHand))
    assert not seen(panel)
    with pytest.raises(ValueError, match="expected ByHand as the strategy, got random search"):
        panel.by_hand.answer(SPELLED[0])
    panel._form._plain["strategy"].value = "ByHand"
    assert seen(panel)


def test_yours_is_asked_about_before_anybody(make: Any) -> None:
    panel = make(yours=CELLS.parse(SPELLED[1]))
    panel.run()
    assert panel.wait().state == "paused"
    assert said(panel).startswith("✎ your turn: trial 1 · 1/4 done")


def test_what_a_space_panel_shows_stands_in_the_field(make: Any) -> None:
    built = SpacePanel(CELLS)
    try:
        panel = make(space=built)
        built.arch = CELLS.parse(SPELLED[1])
        assert panel.by_hand.text.value == SPELLED[1]
        panel.by_hand.press.click()
        panel.wait()
        built.arch = CELLS.parse(SPELLED[0])
        panel.by_hand.press.click()
        panel.wait()
        assert spelled(panel) == [SPELLED[1], SPELLED[0]]
        panel.close()
        built.random()  # nobody listens any more
        assert panel.by_hand.text.value == ""
    finally:
        built.close()


def test_the_prompt_is_made_when_it_is_looked_at_and_follows(make: Any) -> None:
    panel = make()
    assert panel.by_hand.prompt.value == ""
    panel.by_hand._open()
    assert "No trials so far" in panel.by_hand.prompt.value
    panel.by_hand.answer(SPELLED[1])
    panel.wait()
    assert f"trial 0: 0.2500  {SPELLED[1]}" in panel.by_hand.prompt.value


def test_another_panel_says_who_is_at_work_and_keeps_no_answer(make: Any) -> None:
    first, other = make(), make()
    first.run()
    first.wait()
    with pytest.raises(BusyError, match="by hand"):
        other.by_hand.answer(SPELLED[0])
    first.stop()
    first.wait()
    other.by_hand.answer(SPELLED[1])
    other.wait()
    assert spelled(other) == [SPELLED[1]]


def test_answers_from_the_page_never_leave_the_run_paused(make: Any) -> None:
    """Whenever an answer comes, at a pause or a moment before, the search goes on."""
    panel = make(trials=12)
    for number in range(12):
        if number % 3:
            until(lambda: panel._session.turn is not None or panel._session.state == "paused")
        panel.by_hand.answer(SPELLED[number % 2])
    until(lambda: panel._session.state == "finished")
    assert len(panel.history.told) == 12


def test_what_is_picked_elsewhere_stands_in_the_field(make: Any) -> None:
    """As of a map: ``map.observe(panel.by_hand.offer)``."""
    panel = make(strategies=(ByHand, RandomSearch))
    panel.by_hand.offer(CELLS.parse(SPELLED[1]))
    assert panel.by_hand.text.value == SPELLED[1]
    panel._form._plain["strategy"].value = "RandomSearch"
    panel.by_hand.offer(CELLS.parse(SPELLED[0]))  # nobody would see it
    assert panel.by_hand.text.value == SPELLED[1]
