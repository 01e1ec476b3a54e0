"""Who comes from whom, who lives how long: questions of notebook 06 to a finished evolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from workbench.history import History
from workbench.history.run import Row
from workbench.protocols import Strategy
from workbench.records import Evaluation, Event, Told
from workbench.replay import replay
from workbench.spaces.topology import TopologySpace
from workbench.strategies.evolution import RegularizedEvolution


def descendants(history: History[Any], trial: int) -> frozenset[int]:
    """``trial`` and all that come from it, by any parent."""
    found = {trial}
    for told in history.told:  # a parent is told before its child is asked for
        if found.intersection(told.candidate.parents):
            found.add(told.trial)
    return frozenset(found)


def founders(history: History[Any]) -> dict[int, int]:
    """Trial -> the founder that it comes from, by first parents. Founders come from themselves."""
    found: dict[int, int] = {}
    for told in history.told:
        parents = told.candidate.parents
        found[told.trial] = found.get(parents[0], parents[0]) if parents else told.trial
    return found


def lines_alive(history: History[Any]) -> int:
    """From how many founders those come who live at the end, where the oldest dies.

    The population is as large as there are founders; its members are the last that were told.
    """
    origin = founders(history)
    size = sum(trial == founder for trial, founder in origin.items())
    living = list(origin)[-size:] if size else []
    return len({origin[trial] for trial in living})


def births_to_one_line(history: History[Any]) -> int | None:
    """How many births after the founders it takes until all who live come from one of them.

    As ``lines_alive`` counts, where the oldest dies. None: at the end there are several lines.
    """
    line = list(founders(history).values())
    size = len(set(line))
    for births in range(len(line) - size + 1):
        if len(set(line[births : births + size])) == 1:
            return births
    return None


def lives(strategy: Strategy[Any], history: History[Any]) -> list[Row]:
    """Rows ``trial, parent, score, born, died``, in the order in which they joined.

    ``strategy``, which must be fresh, is told again what the history holds, and asked for its
    ``population`` after each. ``born`` counts who joined, from 0; ``died`` is the ``born`` of the
    one whose joining ended its life (its own, where it was the worst at once), None who lives.
    ``parent`` is the first one, None of a founder.
    """
    rows: dict[int, Row] = {}
    living: set[int] = set()
    for told, part in _births(history):
        replay(strategy, part)
        now = {row["trial"] for row in strategy.inside()["population"]}
        parents = told.candidate.parents
        rows[told.trial] = {
            "trial": told.trial,
            "parent": parents[0] if parents else None,
            "score": told.evaluation.score,
            "born": len(rows),
            "died": None,
        }
        for trial in (living | {told.trial}) - now:
            rows[trial]["died"] = len(rows) - 1
        living = now
    return list(rows.values())


def consequences(rows: Sequence[Row], history: History[Any], trial: int, *, births: int) -> Row:
    """What became of ``trial`` within ``births`` births after its own.

    ``rows`` are ``lives``. A row ``lived`` (births until it died, ``births`` where it outlived
    them), ``died`` (whether it did), ``children`` (how many of those born had it as a parent) and
    ``share`` (of those who live then, itself and those who come from it).
    """
    (own,) = [row for row in rows if row["trial"] == trial]
    end = own["born"] + births
    gone = own["died"] if own["died"] is not None and own["died"] <= end else None
    line = descendants(history, trial)
    alive = [
        row["trial"]
        for row in rows
        if row["born"] <= end and (row["died"] is None or row["died"] > end)
    ]
    born = [told for told in history.told if trial in told.candidate.parents]
    joined = {row["trial"]: row["born"] for row in rows}
    return {
        "lived": births if gone is None else gone - own["born"],
        "died": gone is not None,
        "children": sum(joined[told.trial] <= end for told in born),
        "share": sum(each in line for each in alive) / len(alive),
    }


def _births(history: History[Any]) -> Iterator[tuple[Told[Any], list[Event[Any]]]]:
    """Each ``Told`` with the events since the one before."""
    part: list[Event[Any]] = []
    for event in history.events:
        part.append(event)
        if isinstance(event, Told):
            yield event, part
            part = []


# ------------------------------------------------------------------ the library's dice

Scored = tuple[float, str]  # a member: its score and its name


@dataclass(frozen=True)
class Birth:
    """One step of the library's evolution, told as a toy.

    ``sampled`` are the places that were drawn, the oldest member's is 0; ``letter`` is what the
    child's name adds to its parent's; ``score`` is the child's; ``population`` is the one after.
    """

    sampled: tuple[int, ...]
    letter: str
    score: float
    population: list[Scored]


def births(
    scores: Sequence[float], *, population: int = 5, sample: int = 2, seed: int = 0
) -> Iterator[Birth]:
    """``RegularizedEvolution``, told these scores one after the other: each birth, as a toy.

    The founders are called a, b, c, …; a child's name is its parent's with the next letter, so
    that a name is a line of descent. Raises ValueError for more scores than there are letters.
    """
    if len(scores) > len(ascii_lowercase):
        raise ValueError(f"births: scores: expected at most 26, got {len(scores)}")
    strategy = RegularizedEvolution(
        TopologySpace(nodes=3), population=population, sample=sample, seed=seed
    )
    names: list[str] = []
    for trial, (score, letter) in enumerate(zip(scores, ascii_lowercase)):
        candidate = strategy.ask()
        members = strategy.inside()["population"]
        sampled = tuple(place for place, row in enumerate(members) if row["sampled"])
        names.append("".join(names[parent] for parent in candidate.parents[:1]) + letter)
        strategy.tell(Told(trial, candidate, Evaluation(score, 0.0)))
        if candidate.parents:
            after = [row["trial"] for row in strategy.inside()["population"]]
            yield Birth(sampled, letter, score, [(scores[each], names[each]) for each in after])
