"""The line of live numbers beside the buttons, and the notice under it when something is wrong."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from html import escape
from typing import Any, TypedDict, Unpack

import ipywidgets as widgets

from workbench.panels.parts.layout import button, row
from workbench.panels.running.worker_thread import BusyError, State
from workbench.records import Asked, Batch, Epoch, Failed, Told
from workbench.scales import ACCURACY, ScoreScale
from workbench.serialisation import RecordedError
from workbench.views.numbers_in_words import duration

# state -> the dot before the word: shape and colour say the same thing twice
DOTS = {
    "idle": "○",
    "running": "▶",
    "paused": "❚❚",
    "stopping": "◌",
    "stopped": "■",
    "finished": "✔",
    "failed": "✘",
}
LONGEST = 160  # characters of an error; all of it is in the table
NUMBER = '<span style="white-space:nowrap">{}</span>'
NOTICE = '<div class="wb-error" role="alert">{}</div>'


class Words(TypedDict, total=False):
    """What ``StatusLine.line`` may be told of how to say things."""

    shared: str
    scale: ScoreScale
    turn: int | None


class StatusLine:
    """Keeps the newest numbers of a search; ``html`` is the line."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.trial: int | None = None
        self.current: int | None = None  # the trial in training; None between two trials
        self.best: float | None = None
        self.ends: tuple[
            float, ...
        ] = ()  # the lowest and the highest score seen, once there is one
        self.told = self.failed = 0
        self.reason = ""  # why the first of the failed trials failed
        self._seconds = self._trial_seconds = 0.0
        self._where = self._epochs = ""
        self._score: float | None = None  # after the newest epoch
        self._preparing = ""  # what trains before the first trial, or beside all of them

    def take(self, event: Any) -> None:
        """Note what an event says."""
        if isinstance(event, Batch | Epoch) and event.trial is None:
            self._prepare(event)
        elif isinstance(event, Asked):
            self.trial = self.current = event.trial
            self._where, self._score, self._epochs = "", None, ""
            self._seconds, self._trial_seconds = self._seconds + self._trial_seconds, 0.0
        elif isinstance(event, Batch):
            batch = f"batch {event.batch}/{event.batches}"
            self._where = f"epoch {event.epoch}{self._epochs}, {batch}"
        elif isinstance(event, Epoch):
            self._epochs = f"/{event.epochs}"
            self._where = f"epoch {event.epoch}{self._epochs}"
            self._note(event)
        elif isinstance(event, Failed):
            self.failed += 1
            self.reason = self.reason or _reason(event)
        elif isinstance(event, Told):
            self._end(event)

    def _prepare(self, event: Batch | Epoch) -> None:
        """What belongs to no trial: a supernet's epochs, or a method's."""
        if isinstance(event, Epoch):
            self._epochs = f"/{event.epochs}"
            self._note(event)
        batch = f", batch {event.batch}/{event.batches}" if isinstance(event, Batch) else ""
        self._preparing = f"epoch {event.epoch}{self._epochs}{batch}"

    def _note(self, epoch: Epoch) -> None:
        self._score, self._trial_seconds = epoch.score, epoch.seconds
        self._widen(epoch.score)

    def _widen(self, score: float) -> None:
        if not math.isnan(score):
            seen = *self.ends, score
            self.ends = min(seen), max(seen)

    def _end(self, told: Told[Any]) -> None:
        self.current, self.told = None, self.told + 1
        self._seconds, self._trial_seconds = self._seconds + told.evaluation.seconds, 0.0
        score = told.evaluation.score
        if not told.evaluation.has_score:
            return
        self._widen(score)
        if self.best is None or score > self.best:
            self.best = score

    def line(
        self,
        state: State,
        total: int,
        *,
        shared: str = "preparing",
        scale: ScoreScale = ACCURACY,
        turn: int | None = None,
    ) -> list[str]:
        """The state in one word, then the numbers, each as text.

        ``shared`` says what epochs are that belong to no trial, ``scale`` how scores are said;
        ``turn`` is the trial for which the learner is to choose.
        """
        now = [] if self._score is None else [scale.say(self._score)]
        word = "stopping …" if state == "stopping" else state
        nothing = state == "finished" and 0 < self.told == self.failed
        parts = [f"{DOTS['failed' if nothing else state]} {word}"]
        if turn is not None:
            parts = [f"✎ your turn: trial {turn}"]
        if self.trial is None and not self._preparing:
            return [*parts, f"{total} trial{'s' * (total != 1)} to do"]
        if self.trial is None:
            return [*parts, f"{shared}: {self._preparing}", *now, duration(self._trial_seconds)]
        parts.append(f"{self.told}/{total} done")
        if self.current is not None:  # trials count from 0, here as in every table and figure
            off = " broken off" if state in ("stopped", "failed") else ""
            where = f" at {self._where}" if off else f", {self._where}"
            parts.append(f"trial {self.current}{off}" + where * bool(self._where))
        parts += now if self.current is not None else []
        parts += [f"best {scale.say(self.best)}"] if self.best is not None else []
        parts += [f"{self.failed} failed ({self.reason})"] if self.failed else []
        return [*parts, duration(self._seconds + self._trial_seconds)]

    def html(self, state: State, total: int, *more: str, **words: Unpack[Words]) -> str:
        """The line, in these ``words``, and ``more`` parts as markup; the state is strong."""
        parts = (*self.line(state, total, **words), *more)
        state_words, *numbers = (_kept(part) for part in parts)
        return f'<span class="wb-state"><b>{state_words}</b></span> · {" · ".join(numbers)}'


def _reason(failed: Failed[Any]) -> str:
    """Which trial failed and why, in one line that is not too long to stand beside numbers."""
    words = " ".join(str(RecordedError.of(failed.error)).split())
    words = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    return f"trial {failed.trial}: {words}"


def _kept(part: str) -> str:
    """A part of the line as markup: a number keeps its unit beside it, a sentence may wrap."""
    return NUMBER.format(escape(part)) if len(part) <= 40 else escape(part)


class Notice:
    """What went wrong and what to do about it; invisible while nothing is wrong."""

    def __init__(self) -> None:
        self._words = widgets.HTML(layout=widgets.Layout(flex="1 1 240px", margin="0"))
        self._button = button("Stop", self._pressed, tip="Stop the other run")
        self._act: Callable[[], None] = self.clear
        self.widget = row(self._words, self._button)
        self.clear()

    def clear(self) -> None:
        """Nothing is wrong."""
        self.widget.layout.display = "none"

    def say(self, words: str) -> None:
        """A remark that is no error."""
        self._show(escape(words))

    def error(self, error: BaseException) -> None:
        """An error in words, with its cure; another run at work can be stopped from here."""
        self._show(f"<b>{escape(_kind(error))}</b> {escape(str(error))} {escape(cure(error))}")
        if isinstance(error, BusyError):
            self._button.description = self._button.tooltip = f"Stop {error.other.name}"
            self._act = error.other.stop
            self._button.layout.display = ""

    def attempt(self, act: Callable[[], object]) -> None:
        """A press of a button: what goes wrong is shown, nobody would see it raised."""
        try:
            act()
        except Exception as error:
            self.error(error)

    def ask(self, words: str, yes: str, act: Callable[[], None]) -> None:
        """A question; ``act()`` is called when the button, which says ``yes``, is pressed."""
        self._show(escape(words))
        self._button.description, self._act = yes, act
        self._button.tooltip = yes
        self._button.layout.display = ""

    def _show(self, html: str) -> None:
        self._words.value = NOTICE.format(html)
        self._button.layout.display = "none"
        self.widget.layout.display = ""

    def _pressed(self) -> None:
        act = self._act
        self.clear()  # first: what it does may have something to say
        act()


def _kind(error: BaseException) -> str:
    usual = isinstance(error, ValueError | BusyError | OSError)
    return "" if usual else f"{type(error).__name__}:"


def cure(error: BaseException) -> str:
    """What a learner can do about an error whose own text does not say it."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "Free some space on the disk, then press Continue: the search goes on from its log."
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError):
        return "Give the panel a folder that you may write to: SearchPanel(…, log=folder)."
    if isinstance(error, ValueError | BusyError | OSError):
        return ""
    return "The run has ended; what it had logged is kept, and Continue goes on from there."
