"""NASH: hill climbing by network morphisms.

Elsken, Metzen & Hutter (2017), Simple and efficient architecture search for convolutional neural
networks, algorithm 1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.spaces.morphisms import drawn_morph, known
from workbench.spaces.one_decision import completed
from workbench.strategies.draws import generator
from workbench.strategies.lineage import family, shown

A = TypeVar("A")

SHOWN = 100  # steps in ``inside``'s history, the last ones


class NASH(Generic[A]):
    """Climbs from a small network to larger ones that can compute what it computes.

    A step asks about so many ``neighbours`` of where it stands, each made by ``morphisms`` random
    ones, one after the other; the last of them is where it stands itself, trained on. When all are
    told it moves to the best. With ``Inherited`` as the estimator no step begins from scratch; any
    other estimator can be used. The details, and where they come from:

    - ``start``: the first network; None: of the space's first options. Paper: three convolutions.
    - ``neighbours``: 8 in the paper, the one that is not changed among them; 4 here.
    - ``morphisms``: 5 in the paper; 1 here, as small spaces are soon at their largest. Each has
      first its kind drawn, then which of that kind. Where none is left there are fewer.
    - ``moves``: how many; None: as many as there are trials. Paper: 5 or 8.

    It moves to the best of a step even if its score is below the last step's: where it stood is
    among them, trained longer. Failures come last; where all failed it stays. While neighbours are
    under way it waits; what it did not ask about counts as one.

    Raises ValueError for an impossible setting, or a space without morphisms.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {"neighbours": 8, "morphisms": 5, "moves": 8},
        "lesson": {},
    }

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        start: A | None = None,
        neighbours: int = 4,
        morphisms: int = 1,
        moves: int | None = None,
        seed: int = 0,
    ) -> None:
        known(space, "NASH")
        self.space, self.seed = space, checks.whole("NASH: seed", seed)
        self.start = completed(space.begin(), {}) if start is None else start
        space.decisions(self.start)  # raises where it is not in the space
        self.neighbours = checks.whole("NASH: neighbours", neighbours, least=2)
        self.morphisms = checks.whole("NASH: morphisms", morphisms, least=1)
        self.moves = checks.whole_or_none("NASH: moves", moves, least=1)
        self._asks = 0  # also those skipped
        self._told: dict[int, Told[A]] = {}  # by trial
        self._path: list[Told[A]] = []  # where it stood; the last one is here
        self._asked: list[Candidate[A]] = []  # in this step
        self._running: list[Candidate[A]] = []  # of them, not told
        self._step: list[Told[A]] = []  # told in this step
        self._history = deque[dict[str, Any]](maxlen=2 * SHOWN)

    def ask(self) -> Candidate[A] | None:
        """The next neighbour of where it stands; None: wait, or finished."""
        finished = self.moves is not None and len(self._path) > self.moves
        if finished or len(self._asked) >= self._wanted:
            return None
        candidate = self._candidate()
        self.skip(candidate)
        return candidate

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is a neighbour of this step."""
        self._asks += 1
        self._asked.append(candidate)
        self._running.append(candidate)

    def tell(self, told: Told[A]) -> None:
        """When the step's last one is told, it moves to the best of them."""
        if told.candidate in self._running:
            self._running.remove(told.candidate)
        else:
            self.space.decisions(told.candidate.arch)  # raises where it is not in the space
        self._told[told.trial] = told
        self._step.append(told)
        if len(self._asked) >= self._wanted and not self._running:
            self._move()
        self._remember()

    def inside(self) -> Mapping[str, Rows]:
        """``family``: the tree of all networks.

        ``neighbourhood``: what each neighbour of this step is, and what came of it. ``history``:
        the score of where it stands and of the best so far, after each trial told.
        """
        told = list(self._step)
        rows = []
        for candidate in self._asked:
            one = next((each for each in told if each.candidate == candidate), None)
            if one is not None:
                told.remove(one)  # two neighbours may be alike
            rows.append(
                {
                    "change": candidate.reason,
                    "trial": one and one.trial,
                    "score": one and shown(one.evaluation),
                    "state": "told" if one else "running",
                }
            )
        return {
            "family": family(self._told, self._told),
            "neighbourhood": rows,
            "history": [*self._history],
        }

    @property
    def _wanted(self) -> int:
        return self.neighbours if self._path else 1

    def _candidate(self) -> Candidate[A]:
        if not self._path:
            return Candidate(self.start, reason="the first network")
        here, rng = self._path[-1], generator(self.seed, self._asks)
        arch, parents, names = here.candidate.arch, (here.trial,), []
        unchanged = len(self._asked) == self.neighbours - 1
        for _ in range(0 if unchanged else self.morphisms):
            morph = drawn_morph(self.space, arch, rng)
            if morph is None:
                break
            arch = morph.child
            names.append(f"{morph.kind}: {morph.name}")
        if not names:
            none = "" if unchanged else ": no morphism is left"
            reason = f"trial {here.trial}, trained on{none}"
            return Candidate(here.candidate.arch, parents=parents, reason=reason)
        more = f", and {len(names) - 1} more" if len(names) > 1 else ""
        reason = f"child of trial {here.trial}: {names[0]}{more}"
        return Candidate(arch, parents=parents, reason=reason)

    def _move(self) -> None:
        best = max(self._step, key=_key)
        self._path.append(best if best.evaluation.has_score or not self._path else self._path[-1])
        self._asked, self._step = [], []

    def _remember(self) -> None:
        best = max(self._told.values(), key=_key)
        for series, one in (("here", self._path[-1:]), ("best so far", [best])):
            value = shown(one[0].evaluation) if one else None
            if value is not None:
                row = {"step": len(self._told), "series": series, "value": value}
                self._history.append(row)


def _key(told: Told[Any]) -> tuple[bool, bool, float]:
    return told.evaluation.sort_key
