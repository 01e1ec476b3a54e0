"""Hidden learning curves: guess where one ends, then see what the ensemble said, and the truth.

The ensemble is that of Domhan et al. (2015), by least squares; its criterion to stop a training,
P(y_final > best) < δ, is marked where it strikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.panels.extrapolation.fan_card import fan_card
from workbench.panels.extrapolation.scoreboard import Scoreboard
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.html_tables import table
from workbench.panels.running.open_panels import register
from workbench.views.numbers_in_words import percent
from workbench.views.paper import card

ROOM = 2.0  # points below all that is drawn, and above 100 %


class HiddenCurves:
    """Shows the first ``seen`` epochs of each of ``curves``; the rest only after a guess.

    ``curves`` are accuracies in [0, 1] after epochs 1, 2, …, of as many epochs each. The learner
    moves a slider and presses Guess; then the forecast's fan appears, and the curve is revealed
    epoch by epoch with another slider. ``best`` is the accuracy to beat (None: the highest end
    among them), ``delta`` the δ of the criterion that marks where a training would be stopped. The
    scoreboard compares the guesses with the last value seen and with the ensemble.

    Raises ValueError for curves of unlike lengths and accuracies outside [0, 1].
    """

    def __init__(
        self,
        curves: Sequence[Sequence[float]],
        *,
        seen: int | None = None,
        best: float | None = None,
        delta: float = 0.05,
    ) -> None:
        self.board = Scoreboard(curves, seen=seen, best=best, delta=delta)
        self.number, first = 0, self.board.seen
        self._cards: dict[tuple[int, int, str, float | None, bool], str] = {}
        self._guess = widgets.FloatSlider(
            50.0, min=0.0, max=100.0, step=0.5, description="your guess (%)", readout_format=".1f"
        )
        self._epoch = widgets.IntSlider(
            first, min=first, max=self.board.epochs, description="epoch"
        )
        self._guess.tooltip = "The accuracy after the last epoch"
        self._epoch.tooltip = "How much of the curve is revealed"
        self._press = layout.button(
            "Guess", self._guessed, tip="Fix your guess and see the forecast", primary=True
        )
        self._further = layout.button("Next curve", self.next, tip="Another hidden curve")
        self._said, self._sheet, self._scores = layout.line(), layout.sheet(), layout.sheet()
        self._epoch.observe(lambda change: self._renew(), "value")
        self.widget = layout.panel(
            layout.slider(self._guess),
            layout.row(self._press, self._further),
            layout.slider(self._epoch),
            self._said,
            self._sheet,
            self._scores,
        )
        register(self)
        self._begin()

    # ------------------------------------------------------------------ what a learner does

    def guess(self, accuracy: int | float) -> None:
        """Say where the curve ends, a fraction; the forecast appears. A first guess stays.

        Raises ValueError for what is no accuracy.
        """
        said = checks.number("HiddenCurves.guess: accuracy", accuracy, least=0.0, most=1.0)
        self.board.guesses.setdefault(self.number, said)
        self._guess.value = 100 * self.board.guesses[self.number]
        self._guess.disabled, self._press.disabled, self._epoch.disabled = True, True, False
        self._renew()

    @property
    def epoch(self) -> int:
        """How many epochs are revealed; set it once a guess is made."""
        return int(self._epoch.value)

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        if self.number not in self.board.guesses:
            raise ValueError("HiddenCurves: epoch: guess(accuracy) first, then it is revealed")
        low, high = self.board.seen, self.board.epochs
        self._epoch.value = checks.whole("HiddenCurves: epoch", epoch, least=low, most=high)

    def next(self) -> None:
        """The next hidden curve, after the last one the first; one that was guessed counts now."""
        if self.number in self.board.guesses:
            self.board.revealed.add(self.number)
        self.number = (self.number + 1) % len(self.board.curves)
        self._begin()

    def words(self) -> str:
        """What is to be seen, in sentences."""
        board, epoch = self.board, self.epoch
        which = f"Curve {self.number + 1} of {len(board.curves)}, epoch {epoch} of {board.epochs}"
        now = board.curves[self.number][epoch - 1]
        said = f"{which}: {percent(now)}."
        if self.number not in board.guesses:
            return f"{said} Where will it end? Move the slider, then press Guess."
        if epoch == board.epochs:
            off = 100 * abs(board.guesses[self.number] - now)
            return f"{said} This is the end; your guess was off by {off:.1f} points."
        forecast = board.forecast(self.number, epoch)
        if forecast.trouble:
            return f"{said} No forecast: {forecast.trouble}."
        chance = forecast.above(board.best)
        return (
            f"{said} The ensemble expects {percent(forecast.final)}; the probability to end above "
            f"{percent(board.best)} is {percent(chance)}."
        )

    # ------------------------------------------------------------------ what is shown

    def _begin(self) -> None:
        guessed = self.board.guesses.get(self.number)
        now = self.board.curves[self.number][self.board.seen - 1]
        self._guess.value = 100 * (now if guessed is None else guessed)
        for control in (self._guess, self._press):
            control.disabled = guessed is not None
        self._epoch.disabled = guessed is None
        self._epoch.value = self.board.seen
        self._renew()

    def _guessed(self) -> None:
        self.guess(self._guess.value / 100)

    def _renew(self) -> None:
        guess = self.board.guesses.get(self.number)
        if guess is not None and self.epoch == self.board.epochs:
            self.board.revealed.add(self.number)
        self._said.value = escape(self.words())
        self._sheet.value = self._drawn(self.number, self.epoch, self.words(), guess=guess)
        self._scores.value = card(table(self.board.rows())) if self.board.revealed else ""

    def _drawn(
        self, number: int, epoch: int, words: str, *, guess: float | None, fan: bool = False
    ) -> str:
        """The card; one that was drawn before is at hand."""
        known = (number, epoch, words, guess, fan)
        if known not in self._cards:
            self._cards[known] = self._drawn_anew(*known)
        return self._cards[known]

    def _drawn_anew(
        self, number: int, epoch: int, words: str, guess: float | None, fan: bool
    ) -> str:
        board = self.board
        # at the end the fan stays as it was when the guess was made: one is judged by the other
        known = board.seen if epoch == board.epochs else epoch
        shown = fan or guess is not None
        forecast = board.forecast(number, known)
        return fan_card(
            board.curves[number][:epoch],
            words,
            epochs=board.epochs,
            limits=self._limits,
            known=known,
            fan=forecast.quantiles() if shown and not forecast.trouble else None,
            guess=guess,
            best=board.best if shown else None,
            stopped=board.stopped(number, epoch) if shown else None,
        )

    @property
    def _limits(self) -> tuple[float, float]:
        """In %, one height for all curves, and for fans, which may reach up to 100."""
        low = min(min(curve) for curve in self.board.curves)
        return 100 * low - ROOM, 100 + ROOM

    def close(self) -> None:
        """Take the widgets away."""
        close_widgets(self)

    def twin(self) -> str:
        """The moment without a kernel: the first curve's forecast, its end, and the score."""
        board, parts = self.board, []
        for epoch in (board.seen, board.epochs):
            words = (
                f"The first of {len(board.curves)} curves, epoch {epoch} of {board.epochs}: "
                f"{percent(board.curves[0][epoch - 1])}, forecast from epoch {board.seen}."
            )
            shown = self._drawn(0, epoch, words, guess=board.guesses.get(0), fan=True)
            parts.append(f"<p>{escape(words)}</p>{shown}")
        rows = board.rows() if board.revealed else board.without_guesses()
        return "".join([*parts, card(table(rows))])

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return layout.bundle_of(self, self.words())
