"""A prediction: the learner's guess before the run, drawn beside what was then measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import isfinite, log10
from typing import Any

import ipywidgets

from workbench import checks
from workbench.exercises.note import Note, Number, marked
from workbench.panels.parts.kernel_connection import watched
from workbench.views.paper import BLUE, LOCK, VERMILLION, axes, figure, picture

PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # keeps words off the lines
UNDECIDED = "no guess yet"


def plain(value: Number) -> str:
    """A number as people write it: 14, 0.35, 2,212."""
    whole = isfinite(value) and value == round(value)
    return f"{value:,.0f}" if whole else f"{value:.3g}"


class Prediction:
    """A ``question`` whose answer is one of ``options``, numbers in rising order.

    ``label`` turns a number into words ("3 days"); ``log`` draws them on a logarithmic line;
    ``found`` says how the truth was come by; ``missed`` what a guess below and above it is called.
    The guess is kept when cells run again; no guess is fine, nothing waits for it.
    """

    def __init__(
        self,
        question: str,
        *,
        options: Sequence[Number],
        label: Callable[[Number], str] = plain,
        log: bool = False,
        found: str = "Measured",
        missed: tuple[str, str] = ("too low", "too high"),
    ) -> None:
        checks.text("Prediction: question", question, empty=False)
        for option in checks.several("Prediction: options", options, "(1, 10, 100)"):
            checks.number("Prediction: options", option)
        checks.function("Prediction: label", label, "plain")
        log = checks.yes_or_no("Prediction: log", log)
        checks.text("Prediction: found", found)
        missed = checks.several("Prediction: missed", missed, '("too low", "too high")')
        if len(missed) != 2 or not all(isinstance(word, str) for word in missed):
            raise ValueError(f"Prediction: missed: expected two texts, got {missed}")
        if len(options) < 2 or list(options) != sorted(set(options)):
            raise ValueError(
                f"Prediction {question!r}: options must rise and be two or more, got {options}"
            )
        if log and options[0] <= 0:
            raise ValueError(f"Prediction {question!r}: log needs positive options, got {options}")
        self.question, self.options = question, tuple(options)
        self.label, self.log = label, log
        self.found, self.missed = found, missed

    @cached_property
    def slider(self) -> ipywidgets.SelectionSlider:
        """The control; its first stop means that there is no guess."""
        stops = [UNDECIDED, *(self.label(option) for option in self.options)]
        return ipywidgets.SelectionSlider(
            options=[(stop, number) for number, stop in enumerate(stops)],
            description="Your guess",
            continuous_update=True,
            layout={"width": "100%", "max_width": "560px"},
            style={"description_width": "90px"},
        )

    @cached_property
    def widget(self) -> ipywidgets.VBox:
        """The question above its slider."""
        return watched(ipywidgets.HTML(f"<b>{marked(self.question)}</b>"), self.slider)

    @property
    def value(self) -> Number | None:
        """The guess, or None where there is none."""
        return self.options[self.slider.value - 1] if self.slider.value else None

    def guess(self, value: Number | None) -> None:
        """Move the slider to the option nearest to ``value`` (None: back to no guess)."""
        if value is None:
            self.slider.value = 0
            return
        self.slider.value = 1 + self.options.index(self.nearest(value))

    def nearest(self, value: Number) -> Number:
        """The option that lies nearest to ``value`` on the line that is drawn."""
        return min(self.options, key=lambda option: abs(self._place(option) - self._place(value)))

    def reveal(self, measured: Number | None) -> Note:
        """What was ``measured`` over what was guessed: one picture, one line. Never raises.

        None: nothing was, as a run was stopped before its first trial had ended.
        """
        if measured is None:
            return Note(f"{self.found}: nothing yet; a run comes first.")
        said = f"{self.found}: {self.label(measured)}."
        if not isfinite(measured):  # it stands nowhere on the line
            return Note(said)
        if self.value is None:
            return Note(f"{said} You made no guess.", details=self._drawn(measured))
        if self.label(self.value) == self.label(measured):
            feedback = f"{said} Exactly your guess."
            return Note(feedback, "right", self._drawn(measured))
        if self.value == self.nearest(measured):
            feedback = f"{said} As close as the slider allows."
            return Note(feedback, "right", self._drawn(measured))
        too = self.missed[self.value > measured]
        feedback = f"{said} Your guess, {self.label(self.value)}, was {too}{self._gap(measured)}."
        return Note(feedback, details=self._drawn(measured))

    def _gap(self, measured: Number) -> str:
        guess = self.value or 0.0
        if self.log and measured > 0:
            factor = max(guess / measured, measured / guess)
            return f" by a factor of {plain(float(f'{factor:.2g}'))}"
        return ""

    def _place(self, value: Number) -> Number:
        return log10(max(value, 1e-12)) if self.log else value

    def _drawn(self, measured: Number) -> str:
        made = figure(520, 85 if self.value is None else 115)
        ax = axes(made)[0]
        with LOCK:
            self._line(ax, measured)
        alt = f"A line from {self.label(self.options[0])} to {self.label(self.options[-1])}; "
        alt += f"{self.found.lower()} {self.label(measured)}"
        alt += f", guessed {self.label(self.value)}" if self.value is not None else ", no guess"
        return f"<div>{picture(made, alt)}</div>"

    def _line(self, ax: Any, measured: Number) -> None:
        """Both on one line, the guess's words above the truth's: they never overlap."""
        points = [(measured, "o", BLUE, 0.45, self.found.lower())]
        if self.value is not None:
            points.append((self.value, "D", VERMILLION, 1.0, "your guess"))
        ends = [self._place(value) for value in (*self.options, measured)]
        low, high = min(ends), max(ends)
        for value, marker, colour, height, name in points:
            at = self._place(value)
            side = (at - low) / (high - low)
            ha = "left" if side < 0.2 else "right" if side > 0.8 else "center"
            ax.plot([at, at], [0, height - 0.2], color=colour, linewidth=1)
            ax.plot([at], [0], marker, color=colour, markersize=9, clip_on=False, zorder=3)
            ax.text(
                at,
                height,
                f"{name}: {self.label(value)}",
                color=colour,
                ha=ha,
                va="center",
                bbox=PAPER,
            )
        top = max(height for *_, height, _ in points) + 0.25
        ax.set(ylim=(0, top), yticks=[], xlim=(low, high))
        ticks = sorted({self.options[0], self.options[len(self.options) // 2], self.options[-1]})
        ax.set_xticks([self._place(tick) for tick in ticks], [self.label(tick) for tick in ticks])
        ax.spines["left"].set_visible(False)

    def twin(self) -> str:
        """The prediction without a kernel: the question and what can be guessed."""
        span = f"{self.label(self.options[0])} … {self.label(self.options[-1])}"
        return Note(f"Your guess first. {self.question} ({span})")._repr_html_()

    def __repr__(self) -> str:
        return f"Prediction: {self.question}"

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        shown = dict(self.widget._repr_mimebundle_(**how) or {})
        return {**shown, "text/plain": repr(self), "text/html": self.twin()}
