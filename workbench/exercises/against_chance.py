"""You, or an answer that you paste, against blind draws on a table; for notebook 04."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from workbench.data.images import ImageData
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.history import History, expected_best
from workbench.records import Candidate, Evaluation, Event, Told
from workbench.views.numbers_in_words import many

HANDS = 8  # trials
CONVOLUTIONS = 2  # of 3 × 3, at most: with more of them good cells are no puzzle

EXAMPLE = "|nor_conv_1x1~0|+|skip_connect~0|none~1|+|none~0|skip_connect~1|skip_connect~2|"
PASTED = f"""Skip connections keep the gradient alive, so I would begin with a small cell:
one 1x1 convolution, and skips around it.
`{EXAMPLE}`"""


def answers(table: Any) -> type:
    """``table`` as a class of estimators, as a ``SearchPanel`` takes them.

    A ``Table`` takes the data that it was made with, and a panel has other data, or none.
    """

    class TableLookup:
        """What the table answers."""

        scale = table.scale

        def __init__(self, space: Any) -> None:
            self.space = space

        def described(self) -> dict[str, Any]:
            """The table's own settings."""
            found: dict[str, Any] = table.described()
            return found

        def prepare(self, *, seed: int) -> Generator[Event[Any], None, None]:
            """Nothing to prepare."""
            yield from table.prepare(seed=seed)

        def estimate(
            self, candidate: Candidate[Any], *, trial: int, seed: int
        ) -> Generator[Event[Any], None, Evaluation]:
            """One of the seeds of the candidate's cell."""
            found: Evaluation = yield from table.estimate(candidate, trial=trial, seed=seed)
            return found

        def tell(self, told: Told[Any]) -> None:
            """Passed on."""
            table.tell(told)

    return TableLookup


def stand_in(table: Any, images: ImageData) -> ImageData:
    """``images`` under the name of the table's: a panel asks for some, and nothing is trained."""
    known = table.header.get("data")
    name = known.get("name") if isinstance(known, dict) else None
    return replace(images, name=f"{name or 'a table'}, from the table")


@cache
def beat_chance(table: Any) -> Exercise:
    """Your choice after so many trials by hand, against blind draws; the same one when asked again.

    Your choice has the highest score of your cells with at most ``CONVOLUTIONS`` convolutions of
    3 × 3. ``check`` takes the history of the run. The trial of the ``EXAMPLE`` counts for nothing.
    """
    aim = expected_best(table.grid().ravel(), HANDS)

    def own(history: Any) -> list[Told[Any]]:
        return _own(history, table.space.spell)

    def few(history: Any) -> str:
        tried = len(own(history))
        return "" if tried <= HANDS else f"{tried} were tried."

    def by_hand(history: Any) -> str:
        drawn = [each for each in own(history) if not each.candidate.reason.startswith("by hand")]
        return f"trial {drawn[0].trial} was asked about by a strategy." if drawn else ""

    def light(history: Any) -> str:
        return "" if _choice(own(history)) else "every cell tried has more of them."

    def good(history: Any) -> str:
        choice = _choice(own(history))
        if choice is None:
            return ""  # the case before says so
        truth = table.mean(choice.candidate.arch)
        reached = f"your choice is trial {choice.trial}, whose mean is {100 * truth:.1f} %."
        return "" if truth > aim else reached

    return Exercise(
        f"Choose a cell with at most {CONVOLUTIONS} convolutions of 3 × 3, in at most {HANDS} "
        f"trials by hand. Its mean must be above {100 * aim:.1f} %: what the best of {HANDS} blind "
        "draws has on average.",
        cases=(
            Case(f"at most {HANDS} trials of your own", few),
            Case("every trial by hand", by_hand),
            Case(f"a cell with at most {CONVOLUTIONS} convolutions of 3 × 3", light),
            Case(f"a mean above {100 * aim:.1f} %", good),
        ),
        hints=(
            "Your choice is the trial of the highest score. A score is one seed: leads of less "
            "than the table's noise say nothing.",
            "Which edges explain most, without the dead cells? Put the convolutions there, then "
            "change one edge at a time, and keep what is clearly better.",
            "Put one convolution behind the other, on a path from node 0 to node 3, and a skip or "
            "1 × 1 convolutions beside it. `none` on all edges into node 3 cuts.",
        ),
        solution=(
            "# one answer, then hand.wait(), then the next:\n"
            "one = 'nor_conv_1x1'\n"
            "three = 'nor_conv_3x3'\n"
            "skip = 'skip_connect'\n"
            "hand.by_hand.answer(f'|{three}~0|+|{one}~0|{three}~1|+|{skip}~0|none~1|{skip}~2|')\n"
            "hand.by_hand.answer(f'|{three}~0|+|{skip}~0|{one}~1|+|{skip}~0|none~1|{three}~2|')\n"
            "# change one operation at a time, and keep what is clearly better"
        ),
        minutes=10,
    )


def worth(table: Any, history: Any) -> str:
    """Your choice in words: its truth, and of how many blind draws the best is as good."""
    try:
        own = _own(history, table.space.spell)
    except NotAttemptedError:
        return "No trial of your own yet."
    choice = _choice(own)
    if choice is None:
        return f"No cell with at most {CONVOLUTIONS} convolutions of 3 × 3 yet."
    truth = table.mean(choice.candidate.arch)
    said = f"Trial {choice.trial}, your choice, has a truth of {100 * truth:.1f} %"
    draws = _draws(table.grid().ravel(), truth)
    if not draws:
        return f"{said}: worse than a single blind draw, on average."
    return f"{said}: as good as the best of {many(draws, 'blind draw')}, on average."


def _draws(truths: Any, truth: float) -> int:
    """The greatest number of draws whose best one is no better on average; 0: not even one."""
    low, high = 0, len(truths) + 1  # low draws are no better, high ones are or cannot be had
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if expected_best(truths, middle) <= truth else (low, middle)
    return low


def _own(history: Any, spell: Callable[[Any], str]) -> list[Told[Any]]:
    """The trials that are the learner's: all but the example's, which the notebook plays."""
    if not isinstance(history, History):
        raise TypeError(f"expected the history of a run, such as panel.history, got {history!r}")
    own = [told for told in history.told if spell(told.candidate.arch) != EXAMPLE]
    if not own:
        raise NotAttemptedError
    return own


def _choice(own: Sequence[Told[Any]]) -> Told[Any] | None:
    """Of the trials whose cell has few enough convolutions of 3 × 3 that of the highest score."""
    light = [
        told for told in own if told.candidate.arch.operations.count("nor_conv_3x3") <= CONVOLUTIONS
    ]
    return max(light, key=lambda told: told.evaluation.sort_key, default=None)
