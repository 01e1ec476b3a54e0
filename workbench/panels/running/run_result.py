"""What a run came to: one line of numbers, and for the committed notebooks the panel's twin."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import clear_output, display

from workbench.history import History, trials
from workbench.panels.running.redraw_throttle import Pace
from workbench.scales import ACCURACY, ScoreScale
from workbench.views.curves import rank
from workbench.views.numbers_in_words import duration, many, percent

RENDER = "WORKBENCH_RENDER"  # set while the committed outputs are written


def rendering() -> bool:
    """Whether outputs are being written for readers who have no kernel."""
    return bool(os.environ.get(RENDER))


@dataclass(frozen=True)
class RunResult:
    """What ``panel.wait()`` returns: the state it ended in and the history, told in one line."""

    state: str
    history: History[Any]
    yours: int | None = None
    scale: ScoreScale = ACCURACY
    twin: Callable[[], str] = field(default=str, repr=False)

    @property
    def line(self) -> str:
        """One line of numbers, without the architecture's name: that is in the panel."""
        told, best = self.history.told, self.history.best
        if not told:
            return f"{self.state}: no architecture has been evaluated yet"
        seconds = sum(each.evaluation.seconds for each in told)
        parts = [f"{self.state}: {tries(self.history)} in {duration(seconds)} of training"]
        if best:
            parts.append(f"best {self.scale.say(best.evaluation.score)} (trial {best.trial})")
        opened = self.history.opened.get(best.trial) if best else None
        parts += [f"test {percent(opened)}"] if opened is not None else []
        parts += [words for words in (self._yours(), self._failed()) if words]
        return " · ".join(parts)

    def _yours(self) -> str:
        rows = trials(self.history)
        mine = next((row for row in rows if row["trial"] == self.yours), None)
        if mine is None:
            return ""
        return "yours failed" if mine["failed"] else f"yours is {rank(rows, mine['trial'])}"

    def _failed(self) -> str:
        failed = sum(told.evaluation.is_failure for told in self.history.told)
        return f"{failed} failed" if failed else ""

    def __repr__(self) -> str:
        return self.line

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return shown(self.line, self.twin)


def tries(history: History[Any]) -> str:
    """So many architectures; trials, where one was tried more than once, or trained on."""
    archs = [told.candidate.arch for told in history.told]
    return many(len(archs), "architecture" if len(set(archs)) == len(archs) else "trial")


def shown(line: str, twin: Callable[[], str]) -> dict[str, str]:
    """A result's output: its line, and while committed outputs are made the panel's ``twin``."""
    bundle = {"text/plain": line}
    if rendering():
        bundle["text/html"] = f"{twin()}<p>{escape(line)}</p>"
    return bundle


class WaitingLine:
    """One line of progress under a cell that waits, renewed once a second; then it goes.

    Written by the waiting cell itself, so it is the one place here that may make output. Nothing
    is written outside of a notebook, nor while committed outputs are made.
    """

    def __init__(self, words: Callable[[], str]) -> None:
        self._words, self._pace, self._handle = words, Pace(1.0), None
        self._mute = rendering() or not hasattr(get_ipython(), "kernel")

    _handle: Any

    def beat(self) -> None:
        """Renew the line if it is time."""
        if self._mute or not self._pace.ready():
            return
        line = {"text/plain": self._words()}
        if self._handle is None:
            self._handle = display(line, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(line, raw=True)

    def end(self) -> None:
        """Take the line away as soon as the cell has something better to show."""
        if self._handle is not None:
            clear_output(wait=True)  # type: ignore[no-untyped-call]
