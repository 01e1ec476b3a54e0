"""The line of live numbers beside the buttons, and the notice under it when something is wrong."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from workbench.panels.layout import button, row
from workbench.panels.outcome import duration, percent
from workbench.panels.runner import BusyError, State
from workbench.records import Asked, Batch, Epoch, Failed, Told

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
NUMBER = '<span style="white-space:nowrap">{}</span>'
NOTICE = '<div class="wb-error" role="alert">{}</div>'


class Status:
    """Keeps the newest numbers of a search; ``html`` is the line."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.trial: int | None = None
        self.current: int | None = None  # the trial in training; None between two trials
        self.best: float | None = None
        self.told = self.failed = 0
        self._seconds = self._trial_seconds = 0.0
        self._where = self._score = self._epochs = ""

    def take(self, event: Any) -> None:
        """Note what an event says."""
        if isinstance(event, Asked):
            self.trial = self.current = event.trial
            self._where, self._score, self._trial_seconds = "", "", 0.0
        elif isinstance(event, Batch):
            batch = f"batch {event.batch}/{event.batches}"
            self._where = f"epoch {event.epoch}{self._epochs}, {batch}"
        elif isinstance(event, Epoch):
            self._epochs = f"/{event.epochs}"
            self._where = f"epoch {event.epoch}{self._epochs}"
            self._score, self._trial_seconds = percent(event.score), event.seconds
        elif isinstance(event, Failed):
            self.failed += 1
        elif isinstance(event, Told):
            self._end(event)

    def _end(self, told: Told[Any]) -> None:
        self.current, self.told = None, self.told + 1
        self._seconds, self._trial_seconds = self._seconds + told.evaluation.seconds, 0.0
        score = told.evaluation.score
        if told.evaluation.is_failure or math.isnan(score):
            return
        if self.best is None or score > self.best:
            self.best = score

    def line(self, state: State, total: int) -> list[str]:
        """The state in one word, then the numbers, each as text."""
        word = "stopping …" if state == "stopping" else state
        parts = [f"{DOTS[state]} {word}"]
        if self.trial is None:
            return [*parts, f"{total} trials to do"]
        parts.append(f"{self.told}/{total} done")
        if self.current is not None:  # trials count from 0, here as in every table and figure
            parts.append(f"trial {self.current}" + (f", {self._where}" if self._where else ""))
        parts += [self._score] if self._score and self.current is not None else []
        parts += [f"best {percent(self.best)}"] if self.best is not None else []
        parts += [f"{self.failed} failed"] if self.failed else []
        return [*parts, duration(self._seconds + self._trial_seconds)]

    def html(self, state: State, total: int) -> str:
        """The line as markup; the first part, the state, is strong."""
        state_words, *numbers = (NUMBER.format(escape(part)) for part in self.line(state, total))
        return f'<span class="wb-state"><b>{state_words}</b></span> · {" · ".join(numbers)}'


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
            self._button.description = f"Stop {error.other.name}"
            self._act = error.other.stop
            self._button.layout.display = ""

    def _show(self, html: str) -> None:
        self._words.value = NOTICE.format(html)
        self._button.layout.display = "none"
        self.widget.layout.display = ""

    def _pressed(self) -> None:
        self._act()
        self.clear()


def _kind(error: BaseException) -> str:
    usual = isinstance(error, ValueError | BusyError | OSError)
    return "" if usual else f"{type(error).__name__}:"


def cure(error: BaseException) -> str:
    """What a learner can do about an error whose own text does not say it."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "Free some space on the disk, then press Run: the search goes on from its log."
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError):
        return "Give the panel a folder that you may write to: SearchPanel(…, log=folder)."
    if isinstance(error, ValueError | BusyError | OSError):
        return ""
    return "The run has ended; what it had logged is kept, and Run goes on from there."
