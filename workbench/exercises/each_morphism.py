"""One child of each kind of network morphism, and what it does to the outputs; for notebook 12."""

from __future__ import annotations

from html import escape
from typing import Any

from workbench.exercises.trained_mother import TrainedMother
from workbench.history import Row
from workbench.spaces.morphisms import MORPHISMS, Morph, is_preserving, proposals
from workbench.views.numbers_in_words import percent
from workbench.views.paper import card

HEAD = (
    "morphism", "outputs move by", "in training mode", "accuracy", "the rest at random",
)  # fmt: skip


class EachMorphism:
    """``rows``: of each kind the first child of a ``mother``, in the order of ``MORPHISMS``.

    ``moved`` and ``learning``: the largest change of an output in evaluation and in training mode,
    as a share of the largest output; ``before``, ``after`` and ``at random``: accuracies, the last
    where only what fits is kept of the mother's weights.
    """

    def __init__(self, mother: TrainedMother[Any]) -> None:
        self.rows: list[Row] = []
        before = mother.answers
        for kind in MORPHISMS:
            morph = first_of(mother, kind)
            if morph is None:
                continue
            after = mother.child(morph.child)
            self.rows.append(
                {
                    "name": f"{kind}: {morph.name}",
                    "moved": after.moved(before),
                    "learning": after.moved(before, learning=True),
                    "before": before.accuracy,
                    "after": after.accuracy,
                    "at random": mother.child(morph.child, "random").accuracy,
                }
            )

    def _said(self, row: Row) -> tuple[str, ...]:
        learning = "0" if row["learning"] < 1e-9 else percent(row["learning"])
        both = f"{percent(row['before'])} → {percent(row['after'])}"
        return row["name"], f"{row['moved']:.0e}", learning, both, percent(row["at random"])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in HEAD)
        body = ""
        for name, *rest in map(self._said, self.rows):
            cells = "".join(f"<td>{escape(each)}</td>" for each in rest)
            body += f"<tr><td style='text-align:left'>{escape(name)}</td>{cells}</tr>"
        return card(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def __repr__(self) -> str:
        lines = [dict(zip(HEAD, self._said(row))) for row in self.rows]
        return "\n".join("; ".join(f"{k} {v}" for k, v in line.items()) for line in lines)


def first_of(mother: TrainedMother[Any], kind: Any) -> Morph[Any] | None:
    """The first morph of a kind; None: there is none."""
    found = proposals(mother.space, mother.arch, kind)
    return next((m for m in found if is_preserving(mother.space, mother.arch, m.child)), None)
