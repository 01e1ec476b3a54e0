"""SearchPanel: what it shows, what it runs, and what it says when something is wrong."""

from __future__ import annotations

import errno
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.data import digits
from workbench.data.images import ImageData
from workbench.estimators import FullTraining
from workbench.history import History
from workbench.panels import SearchPanel, attach
from workbench.panels.parts.status_line import StatusLine, cure
from workbench.panels.running import open_panels as registry
from workbench.panels.running.redraw_throttle import CHEAP, Frames, Pace
from workbench.panels.running.run_result import RunResult
from workbench.panels.running.state_string import Recipe
from workbench.panels.running.worker_thread import BusyError
from workbench.panels.search.figures import place
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.settings_form import SettingsForm
from workbench.panels.search.view_list import SearchViews
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Failed, Told
from workbench.spaces import ChainSpace, MacroSpace, TopologySpace
from workbench.store import header, load

SPACE = ChainSpace(max_depth=2)


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


class Quick:
    """An estimator that answers at once: its curve rises to a score that the trial decides."""

    def __init__(
        self,
        space: Any,
        data: ImageData,
        *,
        epochs: int = 2,
        slope: float = 0.1,
        flip: bool = False,
    ) -> None:
        self.space, self.data, self.epochs, self.slope, self.flip = space, data, epochs, slope, flip
        if epochs > 50:
            raise ValueError(f"epochs: expected at most 50, got {epochs}; train for less")

    def prepare(self, *, seed: int) -> Iterator[Event[Any]]:
        yield from ()

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        top = random.Random(seed).uniform(0.5, 1.0)
        curve = []
        for epoch in range(1, self.epochs + 1):
            yield Batch(trial, epoch, 1, 1)
            self.halfway()
            curve.append(top * epoch / self.epochs)
            yield Epoch(trial, epoch, self.epochs, 1.0, curve[-1], 0.5 * epoch)
        return Evaluation(curve[-1], 1.0, tuple(curve), {"parameters": 1234.0})

    def halfway(self) -> None:
        """A test may hold, or break, the search here."""


@pytest.fixture
def make(data: ImageData, tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def panel(**more: Any) -> SearchPanel:
        settings = {"estimators": (Quick,), "trials": 5, "log": tmp_path} | more
        made.append(SearchPanel(settings.pop("space", SPACE), data, **settings))
        return made[-1]

    yield panel
    for each in made:
        each.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Holds every epoch until it is released once; opened for good at the end."""
    held, opened = threading.Semaphore(0), threading.Event()

    def halfway(self: Quick) -> None:
        while not opened.is_set() and not held.acquire(timeout=0.02):
            pass

    monkeypatch.setattr(Quick, "halfway", halfway)
    yield held
    opened.set()


def run(panel: SearchPanel) -> RunResult:
    panel.run()
    return panel.wait()


def text(panel: SearchPanel, name: str) -> str:
    return str(panel._screen._views.widgets[name].value)


def said(panel: SearchPanel) -> str:
    return re.sub("<[^>]*>", "", panel._arrangement.status.value)


def notice(panel: SearchPanel) -> str:
    shown = panel._arrangement.notice
    return "" if shown.widget.layout.display == "none" else shown._words.value


def described(panel: SearchPanel) -> list[str]:
    return [each.description for each in panel._form.top.children]


# ---------------------------------------------------------------- shown without a kernel or a run


def by_hand() -> list[Event[Any]]:
    good, bad = (Candidate(SPACE.sample(random.Random(i))) for i in range(2))
    return [
        Asked(0, good),
        Batch(0, 1, 1, 2),
        Epoch(0, 1, 2, loss=1.0, score=0.5, seconds=1.0),
        Epoch(0, 2, 2, loss=0.5, score=0.924, seconds=2.0),
        Told(0, good, Evaluation(0.924, 2.0, (0.5, 0.924))),
        Asked(1, bad),
        Failed(1, bad, RuntimeError("loss is <nan>")),
        Told(1, bad, Evaluation.failed()),
    ]


def test_events_made_by_hand_are_shown(make: Callable[..., SearchPanel]) -> None:
    panel = make()
    for event in by_hand():
        panel.show(event)
    panel._screen.redraw()
    panel._screen.say()
    assert "2/5 done" in said(panel)
    assert "best 92.4 %" in said(panel)
    assert "1 failed" in said(panel)
    assert "Best, 92.4 % (trial 0)" in text(panel, "champion")
    assert "loss is &lt;nan&gt;" in text(panel, "table")
    assert "2 architectures, 2 epochs" in text(panel, "cost")
    assert "Learning curves of 1 trial" in text(panel, "curves")
    assert not any(isinstance(event, Batch) for event in panel.history.events)


def test_a_score_that_is_no_number_is_never_the_best() -> None:
    status = StatusLine()
    for trial, score in enumerate((float("nan"), 0.5, float("nan"))):
        status.take(Told(trial, Candidate("net"), Evaluation(score, 1.0)))
    assert status.best == 0.5


def test_figures_have_words_and_drawings_unique_ids(make: Callable[..., SearchPanel]) -> None:
    panel = make()
    run(panel)
    for name in ("best", "curves"):
        assert re.search(r'<img alt="[^"]{20,}"', text(panel, name))
    drawings = text(panel, "tried") + text(panel, "champion")
    ids = re.findall(r'\bid="([^"]+)"', drawings)
    assert len(ids) == len(set(ids)) > 4
    assert 'role="img"' in drawings


def test_the_twin_is_still_and_small(make: Callable[..., SearchPanel]) -> None:
    panel = make(yours=SPACE.sample(random.Random(7)))
    run(panel)
    twin = panel.twin()
    assert "<svg" not in twin
    assert twin.count("<img alt=") >= 4
    assert "finished" in twin
    assert len(twin) < 120_000
    bundle = panel._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert bundle["text/html"].count("<img alt=") == twin.count("<img alt=")


def test_a_picture_of_a_panel_says_how_to_get_the_panel(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shell:
        user_ns: ClassVar[dict[str, Any]] = {}

    monkeypatch.setattr("IPython.core.getipython.get_ipython", Shell)
    panel = make()
    html = re.sub("<[^>]*>", "", panel._repr_mimebundle_()["text/html"])
    assert html.endswith("A picture. For the live panel run workbench.attach() in a cell.")
    assert "idle" not in html
    assert "5 trials to do" in html
    Shell.user_ns |= {"_1": panel, "duel": panel}
    html = re.sub("<[^>]*>", "", panel._repr_mimebundle_()["text/html"])
    assert html.endswith("run workbench.attach(), or its name (here: duel), in a cell.")
    assert "A picture" not in panel.twin()


def test_while_rendering_outputs_are_the_twin(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = make()
    outcome = run(panel)
    assert outcome._repr_mimebundle_().keys() == {"text/plain"}
    monkeypatch.setenv("WORKBENCH_RENDER", "1")
    assert "<img alt=" in outcome._repr_mimebundle_()["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in panel._repr_mimebundle_()


# ---------------------------------------------------------------- settings


def test_five_controls_at_most_are_seen_and_the_rest_is_under_more(
    make: Callable[..., SearchPanel],
) -> None:
    panel = make()
    assert described(panel) == ["trials", "seed", "epochs"]
    assert [each.description for each in panel._form.more.children] == ["slope", "flip"]
    chosen = make(show=["trials", "seed", "best", "curves"], lock=["seed"])
    assert described(chosen) == ["trials", "seed"]
    assert [each.disabled for each in chosen._form.top.children] == [False, True]
    assert "Trials" not in chosen.twin()
    everything = make(show=["trials", "seed", "strategy", "estimator", "epochs", "slope", "flip"])
    assert len(described(everything)) == 5


def test_a_strategy_or_estimator_is_chosen_and_brings_its_own_controls(
    make: Callable[..., SearchPanel],
) -> None:
    class Slower(Quick):
        def __init__(self, space: Any, data: ImageData, *, epochs: int = 3, rest: int = 1) -> None:
            super().__init__(space, data, epochs=epochs)
            self.rest = rest

    panel = make(estimators=(Quick, Slower))
    form = panel._form
    assert "estimator" in described(panel)
    form._plain["estimator"].value = "Slower"
    assert [each.description for each in form.more.children] == ["rest"]
    assert form.chosen("estimator") == (Slower, {"epochs": 3, "rest": 1})
    assert '"name": "Slower"' in panel.state


@pytest.mark.parametrize("how", ["settings", "show", "lock"])
def test_an_unknown_setting_is_named(make: Callable[..., SearchPanel], how: str) -> None:
    with pytest.raises(ValueError, match=r"'speed'.*'epochs'"):
        make(**{how: {"speed": 3} if how == "settings" else ["speed"]})


def test_controls_of_the_real_estimator(data: ImageData) -> None:
    from workbench.strategies import RandomSearch

    form = SettingsForm(
        {"strategy": (RandomSearch,), "estimator": (FullTraining,)},
        trials=3,
        seed=1,
        settings={"epochs": 4},
    )
    _, arguments = form.chosen("estimator")
    assert arguments["epochs"] == 4
    assert arguments["device"] == "auto"
    assert arguments["augment"] is False
    assert FullTraining(SPACE, data, **arguments).rate == arguments["rate"]


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize("cards", [0, 1])
def test_devices_that_this_machine_lacks_are_not_offered_and_it_says_why(
    cards: int, make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    panel = make(estimators=(FullTraining,), settings={"epochs": 1})
    shown = (*panel._form.top.children, *panel._form.more.children)
    device = next(each for each in shown if each.description == "device")
    assert device.options == (("auto", "cpu", "cuda") if cards else ("auto", "cpu"))
    lacking = "mps" if cards else "cuda and mps"
    words = f"{lacking} not offered: PyTorch sees none on this machine"
    assert words in panel._arrangement.runs_on.value


def test_a_device_of_another_machine_is_refused_aloud(make: Callable[..., SearchPanel]) -> None:
    panel = make(estimators=(FullTraining,), settings={"device": "cuda:99"})
    assert "'cuda:99' is not there" in unescape(notice(panel))
    with pytest.raises(ValueError, match="'cuda:99' is not there"):
        panel.run()


def test_the_caption_says_what_it_runs_on(data: ImageData, tmp_path: Path) -> None:
    panel = SearchPanel(SPACE, data, log=tmp_path, settings={"device": "cpu"})
    assert "runs on cpu" in panel._arrangement.caption.value
    assert "seed 0" in panel._arrangement.caption.value
    panel.close()


# ---------------------------------------------------------------- running


def test_a_run_is_logged_and_counted(make: Callable[..., SearchPanel], tmp_path: Path) -> None:
    panel = make()
    outcome = run(panel)
    assert outcome.state == "finished"
    assert repr(outcome).startswith("finished: 5 architectures in 5.0 s of training · best ")
    (log,) = tmp_path.glob("*.jsonl")
    assert load(log, SPACE).told == panel.history.told
    assert header(log)["notes"]["panel"] == panel.state
    assert log.name in panel._arrangement.caption.value


def test_what_was_tried_more_than_once_is_counted_in_trials() -> None:
    told = [Told(n, Candidate(arch), Evaluation(0.5, 1.0)) for n, arch in enumerate("aba")]
    again = replace(told[2], candidate=Candidate("a", epochs=9, continues=0))
    for last in (told[2], again):
        assert RunResult("finished", History((*told[:2], last))).line.startswith(
            "finished: 3 trials in 3.0 s of training"
        )
        seen = Snapshot(None, History((*told[:2], last)))
        assert "Cost so far: 3 trials, " in SearchViews().html("cost", seen)
    assert "2 architectures in 2.0 s" in RunResult("finished", History((*told[:2],))).line


def test_yours_is_trial_0_with_a_star_and_a_rank(make: Callable[..., SearchPanel]) -> None:
    yours = SPACE.sample(random.Random(11))
    panel = make(yours=yours)
    outcome = run(panel)
    assert panel.history.told[0].candidate.arch == yours
    scores = [told.evaluation.score for told in panel.history.told]
    place = 1 + sum(score > scores[0] for score in scores)
    assert f"yours is rank {place} of 6" in repr(outcome)
    assert f"★ yours: rank {place} of 6" in text(panel, "best")
    assert re.search(r">★◆?</td>", text(panel, "table"))


def test_learning_curves_say_what_the_best_reached() -> None:
    curve = Epoch(0, 1, 1, 1.0, 0.5, 1.0), Told(0, Candidate("a"), Evaluation(0.5, 1.0, (0.5,)))
    for events, said in (((), "of 0 trials. No trial has ended yet."), (curve, "Best 50.0 %.")):
        card = SearchViews().html("curves", Snapshot(None, History(tuple(events))))
        assert re.search(rf'alt="Learning curves[^"]*{re.escape(said)}"', card)


def test_yours_that_failed_has_no_rank() -> None:
    """Alone it was "rank 1 of 1 · 1 failed"."""
    arch = SPACE.sample(random.Random(0))
    history = History((Told(0, Candidate(arch), Evaluation.failed()),))
    assert RunResult("finished", history, yours=0).line.endswith(" · yours failed · 1 failed")
    assert place(Snapshot(SPACE, history, yours=0)) == "; ★ yours: failed"


def test_yours_of_a_space_panel_is_taken_when_run_is_pressed(
    make: Callable[..., SearchPanel],
) -> None:
    class Builder:
        space, arch, widget = SPACE, SPACE.sample(random.Random(1)), None

    builder = Builder()
    panel = make(yours=builder, space=builder)
    builder.arch = SPACE.sample(random.Random(2))
    run(panel)
    assert panel.history.told[0].candidate.arch == builder.arch


def test_pause_step_and_go_on(make: Callable[..., SearchPanel], gate: threading.Semaphore) -> None:
    panel = make(trials=2)
    gate.release()
    panel.step("epoch")
    assert panel.wait().state == "paused"
    assert len(panel.history.curves()[0]) == 1
    assert "paused" in said(panel)
    assert panel._arrangement.buttons.run.description == "Continue"
    gate.release(3)
    panel.step()  # the panel's own unit: an epoch
    assert panel.wait().state == "paused"
    assert len(panel.history.curves()[0]) == 2
    panel.run()
    assert panel._arrangement.buttons.run.description == "Pause"
    assert panel.wait().state == "finished"
    assert len(panel.history.told) == 2
    assert len(panel.runs) == 0


def test_stop_then_run_goes_on_from_the_log(
    make: Callable[..., SearchPanel], gate: threading.Semaphore, tmp_path: Path
) -> None:
    panel = make(trials=3)
    gate.release(3)  # the first trial, and half of the second
    panel.step("trial")
    panel.wait()
    first = panel.history.told
    panel.run()
    panel.stop()
    assert panel.wait().state == "stopped"
    assert "stopped" in said(panel)
    gate.release(99)
    assert run(panel).state == "finished"
    assert panel.history.told[:1] == first
    assert len(panel.history.told) == 3
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert panel.runs == []


def test_a_changed_setting_starts_again_and_the_earlier_run_stays(
    make: Callable[..., SearchPanel], tmp_path: Path
) -> None:
    panel = make()
    run(panel)
    before = panel.history
    assert panel._arrangement.compare.layout.display == "none"
    panel._form._plain["seed"].value = 1
    assert "Settings changed" in panel._arrangement.caption.value
    run(panel)
    assert panel.runs == [before]
    assert panel.history.told != before.told
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    assert "Pale steps: 1 earlier run (seed 0)." in text(panel, "best")
    assert panel._arrangement.compare.layout.display is None
    panel._arrangement.compare.value = False
    assert "Pale steps" not in text(panel, "best")
    panel.reset()
    assert panel._arrangement.compare.layout.display == "none"
    assert panel.runs == []
    assert panel.history.events == ()
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_settings_changed_in_a_pause_start_again(
    make: Callable[..., SearchPanel], gate: threading.Semaphore
) -> None:
    panel = make(trials=2)
    gate.release(99)
    panel.step("trial")
    panel.wait()
    panel._form._plain["trials"].value = 3
    assert run(panel).state == "finished"
    assert len(panel.history.told) == 3
    assert [len(earlier.told) for earlier in panel.runs] == [1]


def test_the_button_says_what_it_will_do(
    make: Callable[..., SearchPanel], gate: threading.Semaphore
) -> None:
    panel = make(trials=2)
    button = panel._arrangement.buttons.run
    assert button.description == "Run"
    gate.release(99)
    panel.step("trial")
    panel.wait()
    assert button.description == "Continue"
    panel._form._plain["trials"].value = 3
    assert button.description == "Run anew"
    assert "settings changed" in said(panel)
    panel._form._plain["trials"].value = 2
    assert button.description == "Continue"
    assert "settings changed" not in said(panel)
    panel.stop()
    panel.wait()
    assert button.description == "Continue"
    run(panel)
    assert button.description == "Run anew"
    panel.reset()
    assert button.description == "Run"


# ---------------------------------------------------------------- what goes wrong


def press(panel: SearchPanel, name: str) -> None:
    getattr(panel._arrangement.buttons, name).click()


def test_an_impossible_setting_is_shown_with_its_cure(make: Callable[..., SearchPanel]) -> None:
    panel = make(settings={"epochs": 60})
    press(panel, "run")
    assert "train for less" in notice(panel)
    with pytest.raises(ValueError, match="train for less"):
        panel.run()
    panel._form._own["estimator"]["Quick"]["epochs"].value = 2
    press(panel, "run")
    assert notice(panel) == ""
    assert panel.wait().state == "finished"


def test_what_was_typed_stays_and_all_that_is_wrong_is_said_at_once(data: ImageData) -> None:
    panel = SearchPanel(SPACE, data)
    plain, own = panel._form._plain, panel._form._own["estimator"]["FullTraining"]
    for control, value in ((plain["trials"], -3), (plain["seed"], -5), (own["epochs"], 0)):
        control.value = value
        assert control.value == value
    own["rate"].value = -1.0
    words = re.sub("<[^>]*>", "", notice(panel))
    for name, value in (("trials", "-3"), ("seed", "-5"), ("epochs", "0"), ("rate", "-1.0")):
        assert re.search(rf"{name}(: expected| must be) [^;]* got {value}", words)
    press(panel, "run")
    assert words in notice(panel)
    assert panel._session.now is None
    for control, value in ((plain["trials"], 3), (plain["seed"], 5), (own["epochs"], 1)):
        control.value = value
    assert re.search("rate must be more than 0", notice(panel))
    assert "epochs" not in notice(panel)
    own["rate"].value = 0.1
    assert notice(panel) == ""
    panel.close()


def test_clearing_the_runs_does_not_clear_what_is_wrong_with_a_setting(
    make: Callable[..., SearchPanel],
) -> None:
    panel = make(trials=1)
    run(panel)
    panel._form._plain["trials"].widget.value = "many"
    press(panel, "clear")
    assert "Clear 1 run from this panel?" in notice(panel)
    panel._arrangement.notice._button.click()
    assert panel.history.told == ()
    assert "trials: expected a whole number, got 'many'" in unescape(notice(panel))


def test_an_impossible_setting_does_not_end_the_run_at_work(
    make: Callable[..., SearchPanel], gate: threading.Semaphore
) -> None:
    panel = make(settings={"epochs": 2})
    panel.run()
    panel._form._own["estimator"]["Quick"]["epochs"].value = 60
    with pytest.raises(ValueError, match="train for less"):
        panel.step()
    assert panel._session.state == "running"
    panel.stop()


def test_a_full_disk_ends_the_run_in_words_and_run_goes_on(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.logfile import LogFile

    whole, left = LogFile.write, [4]

    def full(*args: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(*args)

    panel = make()
    monkeypatch.setattr(LogFile, "write", full)
    panel.run()
    with pytest.raises(OSError, match="No space left"):
        panel.wait()
    assert "failed" in said(panel)
    assert "Free some space" in notice(panel)
    assert run(panel).state == "finished"
    assert notice(panel) == ""


def test_a_log_that_cannot_be_written_is_refused_in_words(
    make: Callable[..., SearchPanel], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    panel = make(log=tmp_path / "file" / "runs")
    panel.run()
    with pytest.raises(OSError, match="file"):
        panel.wait()
    assert "log=folder" in notice(panel)


def test_a_failed_trial_does_not_end_the_search(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = iter([True])

    def halfway(self: Quick) -> None:
        if next(turns, False):
            raise FloatingPointError("the loss is not finite")

    monkeypatch.setattr(Quick, "halfway", halfway)
    panel = make()
    assert run(panel).state == "finished"
    assert "1 failed" in repr(panel.wait())
    assert "1 failed (trial 0: FloatingPointError: the loss is not finite)" in said(panel)
    assert "✔" in said(panel)
    assert "the loss is not finite" in text(panel, "table")


def test_where_all_trials_failed_no_tick_is_seen_but_the_reason(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def halfway(self: Quick) -> None:
        raise RuntimeError("no <room> left")

    monkeypatch.setattr(Quick, "halfway", halfway)
    panel = make(trials=2, show=["trials", "best"])
    run(panel)
    assert "✘ finished" in said(panel)
    assert "2 failed (trial 0: RuntimeError: no &lt;room&gt; left)" in said(panel)
    assert panel._arrangement.status.value.count("✔") == 0


def test_a_long_reason_is_cut_and_one_trial_is_one_trial() -> None:
    status = StatusLine()
    assert status.line("idle", 1)[1] == "1 trial to do"
    status.take(Asked(0, Candidate("net")))
    status.take(Failed(0, Candidate("net"), ValueError("long " * 100)))
    assert len(status.line("running", 1)[-2]) < 200


def test_one_search_at_a_time_and_the_other_can_be_stopped_from_here(
    make: Callable[..., SearchPanel], gate: threading.Semaphore
) -> None:
    first, second = make(), make(space=ChainSpace(max_depth=1))
    gate.release(3)
    first.run()
    with pytest.raises(BusyError, match="random search on digits is running"):
        second.run()
    press(second, "run")
    assert "stop it first" in notice(second)
    assert second.history.events == ()
    second._arrangement.notice._button.click()
    gate.release(99)
    assert first.wait().state == "stopped"
    assert notice(second) == ""
    assert run(second).state == "finished"


def test_no_error_is_left_without_words() -> None:
    for error in (RuntimeError("x"), PermissionError(), OSError(errno.ENOSPC, "full")):
        assert cure(error).endswith(".")


# ---------------------------------------------------------------- the state string


def test_a_state_string_builds_the_same_panel(make: Callable[..., SearchPanel]) -> None:
    space = ChainSpace(max_depth=2, filters=(4, 8), operations=("convolution", "identity"))
    panel = make(space=space, seed=3, settings={"epochs": 3}, yours=space.sample(random.Random(0)))
    again = SearchPanel.from_state(panel.state, own=(Quick,))
    assert again.state == panel.state
    assert again.differs == ()
    assert "state" not in notice(again)
    again.close()


class Narrow(TopologySpace):
    """A learner's own space, whose argument may be given by position."""

    def __init__(self, channels: int = 2) -> None:
        super().__init__(nodes=3, channels=channels, cells=1)


@pytest.mark.parametrize("inner", [TopologySpace(nodes=3, channels=2), Narrow(3)])
def test_a_space_around_a_space_comes_back_from_a_state_string(
    make: Callable[..., SearchPanel], inner: TopologySpace
) -> None:
    panel = make(space=MacroSpace(inner, cells=(3,)))
    again = SearchPanel.from_state(panel.state, own=(Quick, Narrow))
    assert again.state == panel.state
    assert type(again.space.space) is type(inner)
    assert again.space.space.channels == inner.channels
    again.close()


def test_a_state_string_of_another_time_says_what_differs(
    make: Callable[..., SearchPanel],
) -> None:
    parts = json.loads(make().state)
    parts["made_with"]["torch"] = "1.0"
    parts["data"]["fingerprint"] = "0" * 12
    again = SearchPanel.from_state(json.dumps(parts), own=(Quick,))
    assert "torch" in again.differs[0]
    assert "fingerprint" in again.differs[1]
    assert "fingerprint" in notice(again)
    again.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"yours": 5}, "state: expected 'yours' as a text, got 5"),
        ({"data": {"name": ["digits"]}}, "is your own: pass it as data="),
        ({"data": {"name": "digits", "sizes": 5}}, "sizes of the data as a list, got 5"),
        ({"strategy": {"name": ["RandomSearch"]}}, "is none of"),
        ({"strategy": {"name": "os.system"}}, "none of"),
        ({"strategy": {"name": "import_module"}}, "none of"),
        ({"space": {"name": "Space"}}, "none of"),
        ({"space": {"name": "ChainSpace", "speed": 3}}, "no setting 'speed'"),
        ({"space": {"name": "ChainSpace", "filters": 3}}, "ChainSpace cannot be made"),
        ({"space": {"name": "MacroSpace"}}, "MacroSpace cannot be made"),
        ({"estimator": {"name": "Quick", "data": 3}}, "no setting 'data'"),
        ({"data": {"name": "mine", "fingerprint": "", "split_seed": 0}}, "pass it as data="),
        ({"trials": "many"}, "'trials' as int"),
        ({"colour": "blue"}, "'colour' is unknown"),
        ({"yours": "conv9x9:8-fc0"}, "filter height"),
    ],
)
def test_a_damaged_state_string_is_refused(
    make: Callable[..., SearchPanel], change: dict[str, Any], words: str
) -> None:
    parts = json.loads(make().state) | change
    with pytest.raises(ValueError, match=words):
        SearchPanel.from_state(json.dumps(parts), own=(Quick,))


@given(st.text(max_size=60))
def test_no_text_does_anything_but_raise_value_error(words: str) -> None:
    with pytest.raises(ValueError, match="state:"):
        Recipe.read(words)


# ---------------------------------------------------------------- coming back


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_LIVE", [])
    monkeypatch.setattr(registry, "_CELLS", {})


@pytest.mark.usefixtures("alone")
def test_attach_gives_the_newest_live_panel(make: Callable[..., SearchPanel]) -> None:
    first, second = make(), make()
    assert attach() is second
    second.close()
    assert attach() is first


@pytest.mark.usefixtures("alone")
def test_attach_gives_a_panel_from_the_newest_log(data: ImageData, tmp_path: Path) -> None:
    panel = SearchPanel(SPACE, data, log=tmp_path, trials=2, settings={"epochs": 1})
    run(panel)
    panel.close()
    again = attach(tmp_path)
    assert again.history.told == panel.history.told
    assert again.state == panel.state
    assert "2/2 done" in said(again)
    assert run(again).state == "finished"
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    again.close()


@pytest.mark.usefixtures("alone")
def test_attach_without_anything_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no log.*runs"):
        attach()


@pytest.mark.usefixtures("alone")
def test_running_a_cell_again_closes_its_panel(
    make: Callable[..., SearchPanel], monkeypatch: pytest.MonkeyPatch, gate: threading.Semaphore
) -> None:
    here = ["cell a", "run 1"]
    monkeypatch.setattr(registry, "current_cell", lambda: tuple(here))
    one, two = make(), make()  # one cell may make several
    gate.release(2)
    one.run()
    here[:] = ["cell b", "run 2"]
    other = make()
    assert one.widget.comm is not None
    here[:] = ["cell a", "run 3"]
    log = one._session.now.path
    again = make()
    assert f"Its log is {log}: workbench.attach({str(log)!r})" in unescape(notice(again))
    assert notice(other) == ""
    gate.release(99)
    assert one.wait().state == "stopped"
    assert one.widget.comm is two.widget.comm is None
    assert other.widget.comm is not None


def test_the_cell_is_read_from_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        def get_parent(self, channel: str) -> dict[str, Any]:
            return {"header": {"msg_id": "run 9"}, "metadata": {"cellId": "cell 4"}}

    class Shell:
        kernel = Kernel()

    monkeypatch.setattr("IPython.core.getipython.get_ipython", Shell)
    assert registry.current_cell() == ("cell 4", "run 9")
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: None)
    assert registry.current_cell() is None


@pytest.mark.parametrize(
    ("scores", "before", "low"),
    [
        ([0.5, 0.99], [], 50),
        ([0.49, 0.99], [], 0),
        ([0.9], [0.4], 0),
        ([0.9], [0.6], 50),
        ([], [], 0),
    ],
)
def test_accuracies_start_at_50_or_at_0_per_cent(
    scores: list[float], before: list[float], low: int
) -> None:
    def history(scores: list[float]) -> History[Any]:
        return History(
            tuple(
                event
                for trial, score in enumerate(scores)
                for event in (
                    Epoch(trial, 1, 1, 1.0, score, 1.0),
                    Told(trial, Candidate("net"), Evaluation(score, 1.0, (score,))),
                )
            )
        )

    views, earlier = SearchViews(), (history(before),) if before else ()
    for wanted in (0, low):
        seen = Snapshot(SPACE, history(scores if wanted == low else [0.1]), 5, earlier=earlier)
        views.html("best", seen)
        views.html("curves", seen)
        ax = views.drawers["best"].ax
        assert ax.get_ylim()[0] == wanted
        assert ax.get_yticks()[0] == wanted
    alone = 50 if scores and min(scores) >= 0.5 else 0
    assert views.drawers["curves"].ax.get_ylim()[0] == alone


# ---------------------------------------------------------------- throttled drawing


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0.0, 0.3), min_size=5, max_size=200))
def test_frames_never_take_more_than_their_share(gaps: list[float]) -> None:
    clock, spent, drawn = Clock(), [0.0], [0]

    def draw() -> None:
        clock.now += 0.06
        spent[0] += 0.06
        drawn[0] += 1

    frames = Frames({"a": draw, "b": draw}, patience=20.0, least=0.0, clock=clock, meter=clock)
    for gap in gaps:
        frames.touch("a", "b")
        frames.beat()
        clock.now += gap
    assert spent[0] <= 0.06 + clock.now / 20


def test_a_frame_shows_the_newest_state_once_and_the_longest_stale_first() -> None:
    clock, drawn = Clock(), list[str]()

    def draws(name: str) -> Callable[[], None]:
        def draw() -> None:
            clock.now += 2 * CHEAP
            drawn.append(name)

        return draw

    frames = Frames(
        {name: draws(name) for name in "ab"}, patience=20.0, least=0.0, clock=clock, meter=clock
    )
    for _ in range(10):
        frames.touch("b", "a", "no such view")
    assert frames.beat()
    frames.touch("b")
    assert not frames.beat()
    clock.now += 20 * 2 * CHEAP
    assert frames.beat()
    assert drawn == ["b", "a"]
    frames.flush()
    assert drawn == ["b", "a", "b"]
    clock.now += 100
    assert not frames.beat()  # nothing is stale


def test_cheap_pictures_share_a_frame_and_frames_keep_their_distance() -> None:
    clock, drawn = Clock(), list[str]()
    each = {n: (lambda n=n: drawn.append(n)) for n in "abc"}
    frames = Frames(each, least=0.5, clock=clock, meter=clock)
    frames.touch("a", "b", "c")
    assert frames.beat()
    assert drawn == ["a", "b", "c"]
    frames.touch("a")
    clock.now = 0.49
    assert not frames.beat()
    clock.now = 0.51
    assert frames.beat()


def test_a_busy_machine_does_not_leave_pictures_behind() -> None:
    """A frame of 60 ms of work that took 3 s, as others worked too: the next one in 1.5 s."""
    clock, meter, drawn = Clock(), Clock(), list[float]()

    def draw() -> None:
        clock.now += 3.0
        meter.now += 0.06
        drawn.append(clock.now)

    frames = Frames({"a": draw}, clock=clock, meter=meter)
    frames.touch("a")
    assert frames.beat()
    frames.touch("a")
    clock.now += 1.49
    assert not frames.beat()
    clock.now += 0.02
    assert frames.beat()
    assert len(drawn) == 2


def test_pace() -> None:
    clock = Clock()
    pace = Pace(0.25, clock=clock)
    assert [pace.ready(), pace.ready()] == [True, False]
    clock.now = 0.25
    assert pace.ready()


def test_a_snapshot_without_anything_can_be_drawn() -> None:
    views = SearchViews()
    for name in SearchViews.names:
        assert "wb-card" in views.html(name, Snapshot(SPACE))
