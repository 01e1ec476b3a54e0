"""An experiment of notebook 06: a search that gets better while its lines of descent stay several.

Selection kills lines; the less of it, the less gets better. The exercise asks for both.
"""

from __future__ import annotations

from typing import Any

from workbench.exercises.descent import founders, lines_alive
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.exercises.runs import at_least, at_most
from workbench.history import History

TRIALS, GAIN, LINES = 150, 0.005, 2


def _gain(history: Any) -> str:
    scores = _scores(history)
    first = [scores[trial] for trial, founder in founders(history).items() if trial == founder]
    gained = max(scores.values()) - max(first)
    best = 100 * max(first)
    return "" if gained >= GAIN else f"{100 * gained:.1f} points (the best founder has {best:.1f})."


def _diverse(history: Any) -> str:
    _scores(history)
    alive = lines_alive(history)
    return "" if alive >= LINES else f"all who live come from {alive} founder."


def _scores(history: History[Any]) -> dict[int, float]:
    if not history.told:
        raise NotAttemptedError
    return {told.trial: told.evaluation.score for told in history.told}


diverse = Exercise(
    f"In {TRIALS} trials with aging: beat the best founder by half a point, and let the "
    f"last population come from at least {LINES} founders.",
    cases=(
        at_least(TRIALS),
        at_most(TRIALS),
        Case("at least half a point above the best founder", _gain),
        Case(f"at least {LINES} founders have living descendants", _diverse),
    ),
    hints=(
        "What makes a line die out: many tournaments, or strict ones?",
        "A smaller sample is a milder judge. A larger population loses its lines more slowly.",
        "Try `population` 40 and `sample` 4. One seed may be unlucky: try the next.",
    ),
    solution="# in the panel: population 40, sample 4, 150 trials; then Run",
    minutes=8,
)
