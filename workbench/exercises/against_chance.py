"""You, or an answer that you paste, against blind draws on a table; for notebook 04."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from functools import cache
from typing import Any

from workbench.data.images import ImageData
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.exercises.runs import at_most
from workbench.history import History, expected_best
from workbench.records import Candidate, Evaluation, Event, Told

HANDS = 8  # trials

PASTED = """I would keep the path through all nodes and give it 3x3 convolutions, with a skip
beside it. My next try:
`|nor_conv_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|`"""


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

    ``check`` takes the history of the run.
    """
    aim = expected_best(table.grid().ravel(), HANDS)

    def by_hand(history: Any) -> str:
        drawn = [
            told.trial for told in _told(history) if not told.candidate.reason.startswith("by hand")
        ]
        return f"trial {drawn[0]} was asked about by a strategy." if drawn else ""

    def good(history: Any) -> str:
        _told(history)
        choice = history.best
        if choice is None:
            raise NotAttemptedError
        truth = table.mean(choice.candidate.arch)
        reached = f"your choice is trial {choice.trial}, whose mean is {100 * truth:.1f} %."
        return "" if truth > aim else reached

    return Exercise(
        f"Choose a cell in at most {HANDS} trials by hand. Its mean must be above "
        f"{100 * aim:.1f} %: what the best of {HANDS} blind draws has on average.",
        cases=(
            at_most(HANDS),
            Case("every trial by hand", by_hand),
            Case(f"a mean above {100 * aim:.1f} %", good),
        ),
        hints=(
            "Your choice is the trial of the highest score. A score is one seed: leads of less "
            "than the table's noise say nothing.",
            "Begin with a cell whose edges are all 3 × 3 convolutions. Change one edge a time, and "
            "keep what is clearly better.",
            "Keep a path of convolutions from node 0 to node 3. *none* on the edges into node 3 "
            "cuts; a skip beside the path rarely hurts.",
        ),
        solution=(
            "# one decision at a time, from the best so far, with the answers in this cell:\n"
            "edges = ['nor_conv_3x3'] * 6\n"
            "hand.by_hand.answer(Topology(tuple(edges)))\n"
            "hand.wait()\n"
            "# then change edges[0], edges[1], …, one by one, and keep what is clearly better"
        ),
        minutes=10,
    )


def _told(history: Any) -> Any:
    if not isinstance(history, History):
        raise TypeError(f"expected the history of a run, such as panel.history, got {history!r}")
    if not history.told:
        raise NotAttemptedError
    return history.told
