"""Lamarckian evolution with several aims: children inherit what their parents have learnt.

Elsken, Metzen & Hutter (2019), Efficient multi-objective neural architecture search via Lamarckian
evolution (LEMONADE), algorithm 1.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.spaces.morphisms import drawn_morph, has_morphs
from workbench.spaces.one_decision import answers_of, steps_of
from workbench.strategies.draws import generator
from workbench.strategies.lineage import change, family, shown

A = TypeVar("A")


class LamarckianEvolution(Generic[A]):
    """The population is the Pareto front of the score and of what a network costs.

    A parent is drawn where the front is sparse: with a probability of 1 over the density of its
    logarithm of ``cost``, which a kernel estimate gives. Its child is a network morphism of it,
    which only grows, or, with probability ``approximate``, a mutant (one decision changed), which
    may shrink. With ``Inherited`` as the estimator a morph begins with its parent's function, a
    mutant with those weights that fit. The details, and where they come from:

    - ``founders`` random architectures come first; as long as fewer have been told, asks are
      random. Paper: a few trivial networks.
    - ``cost`` is one of the estimator's measures, lower is better: "parameters", as in the paper,
      or "macs".
    - ``approximate``: in a space without morphisms every child is a mutant. The paper draws among
      all operators alike, three that grow and three that shrink: 0.5, the default.
    - ``bandwidth``: of the kernel, in units of ln cost; 0.3 is a third of it.

    The paper lets a generation propose more children than it trains and keeps those in sparse
    regions; here each child is trained, one at a time, so nobody waits. An answer without a score
    or a cost is never in the population. Never finishes; may ask about one twice.

    Raises ValueError for an impossible setting.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"lesson": {}}

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        founders: int = 4,
        cost: str = "parameters",
        approximate: float = 0.5,
        bandwidth: float = 0.3,
        seed: int = 0,
    ) -> None:
        name = "LamarckianEvolution"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.founders = checks.whole(f"{name}: founders", founders, least=1)
        self.cost = checks.text(f"{name}: cost", cost, empty=False)
        self.approximate = checks.number(f"{name}: approximate", approximate, least=0.0, most=1.0)
        self.bandwidth = checks.number(
            f"{name}: bandwidth", bandwidth, above=0.0, below=math.inf, cure="try 0.3"
        )
        self._asks = 0  # also those skipped
        self._told: dict[int, Told[A]] = {}  # by trial
        self._front: list[Told[A]] = []  # the cheapest first

    def ask(self) -> Candidate[A]:
        """A founder while too few were told, then a child of a parent in a sparse region."""
        rng = generator(self.seed, self._asks)
        self._asks += 1
        if len(self._told) < self.founders or not self._front:
            return Candidate(self.space.sample(rng), reason="founder, drawn at random")
        (parent,) = rng.choices(self._front, weights=self._sparseness())
        return self._child(parent, rng)

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before."""
        self._asks += 1

    def tell(self, told: Told[A]) -> None:
        """It joins the population if nobody dominates it; whom it dominates leaves."""
        self.space.decisions(told.candidate.arch)  # raises where it is not in the space
        self._told[told.trial] = told
        if not told.evaluation.has_score or not self._of(told) > 0:  # NaN as well
            return
        if not any(self._dominates(other, told) for other in self._front):
            front = [other for other in self._front if not self._dominates(told, other)]
            self._front = sorted([*front, told], key=lambda one: (self._of(one), one.trial))

    def inside(self) -> Mapping[str, Rows]:
        """``family``: who comes from whom, of all that were told.

        ``front``: the population, the cheapest first, with how likely each is the next parent.
        """
        weights = self._sparseness()
        rows = [
            {
                "trial": told.trial,
                "architecture": self.space.spell(told.candidate.arch),
                "score": shown(told.evaluation),
                self.cost: self._of(told),
                "chance": weight / sum(weights),
            }
            for told, weight in zip(self._front, weights)
        ]
        return {"family": family(self._told, self._told), "front": rows}

    def _of(self, told: Told[A]) -> float:
        """What it costs; NaN where nobody said."""
        return float(told.evaluation.measures.get(self.cost, math.nan))

    def _dominates(self, one: Told[A], other: Told[A]) -> bool:
        """As good in both, better in one; of equals the one that was there first."""
        ours, theirs = ((each.evaluation.score, -self._of(each)) for each in (one, other))
        as_good = all(a >= b for a, b in zip(ours, theirs))
        return as_good and (ours != theirs or one.trial != other.trial)

    def _sparseness(self) -> list[float]:
        """1 / density of the population's costs, at each of its members, by a kernel estimate."""
        return sparseness([math.log(self._of(told)) for told in self._front], self.bandwidth)

    def _child(self, parent: Told[A], rng: random.Random) -> Candidate[A]:
        arch, parents = parent.candidate.arch, (parent.trial,)
        if rng.random() >= self.approximate and has_morphs(self.space):
            morph = drawn_morph(self.space, arch, rng)
            if morph is not None:
                reason = f"child of trial {parent.trial}: {morph.kind}: {morph.name}"
                return Candidate(morph.child, parents=parents, reason=reason)
        steps = steps_of(self.space, arch)
        if not steps:
            return Candidate(arch, parents=parents, reason=f"copy of trial {parent.trial}")
        child = self.space.mutate(arch, rng)
        said = change(answers_of(steps), answers_of(steps_of(self.space, child)))
        return Candidate(child, parents=parents, reason=f"mutant of trial {parent.trial}: {said}")


def sparseness(places: Sequence[float], bandwidth: float) -> list[float]:
    """1 over the density at each place, which is the mean of a normal kernel around every one."""
    kernel = [[math.exp(-(((a - b) / bandwidth) ** 2) / 2) for b in places] for a in places]
    return [len(places) / sum(row) for row in kernel]  # the kernel's constant factor is left out
