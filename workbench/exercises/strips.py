"""Strips of accuracies, one below the other on one axis: what spaces are worth.

The axis always goes from 0 to 100 %, so that strips of different notebooks can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from workbench import checks
from workbench.history import History, trials
from workbench.views.curves import rank, strip
from workbench.views.numbers_in_words import percent
from workbench.views.paper import LOCK, axes, card, figure, picture

WIDTH, AXIS, EACH = 640, 60, 95  # CSS pixels
READING = (
    "A dot is one network; its height only keeps it apart from its neighbours. "
    "The band holds the middle half of the dots; on either side of the line, the median, lies half."
)


class Strips:
    """One strip a name: of a run's ``History``, or of accuracies (fractions).

    ``yours`` is the number of a trial that is drawn as a star, in each history that has it.
    ``caption`` says what a picture cannot: seed, epochs, device. Raises ValueError without a name.
    """

    def __init__(
        self,
        named: Mapping[str, History[Any] | Iterable[float]],
        *,
        yours: int | None = None,
        caption: str = "",
    ) -> None:
        checks.of_type("Strips: named", named, Mapping)
        self.yours = checks.whole_or_none("Strips: yours", yours, least=0)
        self.caption = checks.text("Strips: caption", caption)
        self.named = {checks.text("Strips: named", n): _rows(v) for n, v in named.items()}
        if not self.named:
            raise ValueError('Strips: named: expected a strip, such as {"chains": history}, got {}')

    @property
    def alt(self) -> str:
        """What is to be seen, strip by strip."""
        return ". ".join(f"{name}: {self._said(rows)}" for name, rows in self.named.items()) + "."

    def _said(self, rows: Sequence[Mapping[str, Any]]) -> str:
        drawn = [row for row in rows if not (row.get("failed") or self._is_star(row))]
        if not drawn:
            return "no network yet"
        scores = [row["score"] for row in drawn]
        low, middle, high = np.percentile(scores, (25, 50, 75))
        said = (
            f"{len(scores)} dots from {percent(min(scores))} to {percent(max(scores))}, half of "
            f"them between {percent(low)} and {percent(high)}, median {percent(middle)}"
        )
        for row in filter(self._is_star, rows):
            star = f"yours, a star, is {rank(rows, row['trial'])}"
            said += "; yours failed" if row.get("failed") else f"; {star}"
        return said

    def _is_star(self, row: Mapping[str, Any]) -> bool:
        return self.yours is not None and row["trial"] == self.yours

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        sheet = figure(WIDTH, AXIS + EACH * len(self.named))
        shown = axes(sheet, rows=len(self.named))
        for ax, (name, rows) in zip(shown, self.named.items()):
            ax.set_xlim(0, 100)  # before the star, which looks for room
            strip(rows, ax, yours=self.yours if any(map(self._is_star, rows)) else None)
            with LOCK:
                ax.set_xlim(0, 100)
                ax.set_title(f"{name}: {ax.get_title(loc='left')}", loc="left", color="#444444")
                if ax is not shown[-1]:
                    ax.set_xlabel("")
                    ax.tick_params(labelbottom=False)
        words = f"{READING} {self.caption}".strip()
        below = f'<p style="margin:4px 0 0;font-size:13px;color:#555">{escape(words)}</p>'
        return card(picture(sheet, self.alt) + below)


def _rows(given: History[Any] | Iterable[float]) -> list[Mapping[str, Any]]:
    if isinstance(given, History):
        return list(trials(given))
    scores = checks.several("Strips: named", given, "(0.91, 0.87)")
    return [
        {"trial": -1 - i, "score": checks.number("Strips: named", score)}  # nobody's own
        for i, score in enumerate(scores)
    ]
