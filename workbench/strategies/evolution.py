"""Evolution: the best of a small sample has a child, and somebody dies for it.

Real, Aggarwal, Huang & Le (2019), Regularized evolution for image classifier architecture search;
tournament selection: Goldberg & Deb (1991).
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.spaces.one_decision import Steps, answers_of, steps_of
from workbench.strategies.draws import generator
from workbench.strategies.lineage import change, family, shown

A = TypeVar("A")

Group: TypeAlias = Literal["population", "sample"]
Mutation: TypeAlias = Literal["kind first", "any decision"]
GROUPS: tuple[Group, ...] = get_args(Group)
MUTATIONS: tuple[Mutation, ...] = get_args(Mutation)


@dataclass(frozen=True, eq=False, slots=True)
class Member(Generic[A]):
    """One of the population: ``born`` counts who joined it, from 0; ``key`` compares them."""

    born: int
    told: Told[A]
    key: tuple[bool, bool, float]


class RegularizedEvolution(Generic[A]):
    """Aging evolution, and plain tournament selection beside it (``aging=False``).

    The details, and where they come from; the paper is Real et al. (2019), algorithm 1:

    - ``population`` (P) random founders. As long as fewer have been told, asks are random, also
      when more than P are under way: nobody waits. Paper: 100; NATS-Bench: 10, the default here.
    - ``sample`` (S): the parent is the best of S members. Paper: 25 of 100; the script of
      nas_benchmarks: 10 of 100; NATS-Bench: 3 of 10, the default. S = 1 drifts at random.
    - ``replacement``: whether one member may be drawn twice into a sample. Paper: yes, so the
      best of 100 is among 25 with probability 1 − 0.99^25 = 0.222; without, 0.25.
    - Who dies when a child joins a full population: with ``aging`` the oldest, however good it
      is; members age in the order in which they were told. Without, the worst ``worst_of`` the
      "population", the child included (as in naszilla), or of the "sample" whose best was the
      parent, so that every child joins (a best drawn alone dies too); of equals the oldest.
    - ``mutation``: "kind first" draws the kind of decision (paper: a hidden state, which is an
      input, or an operation; here every kind that the architecture has), then one of that kind;
      "any decision" draws among all. The new option is another than the old one.
    - ``identity``: how likely a child stays as it is. Paper: 0.05; here 0, for short runs.
    - ``crossover``: how likely a second tournament gives a second parent, whose decisions are
      mixed with the first one's before the mutation. Not in the paper: 0.

    Failures are members too, and come last in every comparison. The answer of the search is the
    best that was ever told, not the best that lives. Never finishes; may ask about one twice.

    Raises ValueError for an impossible setting.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {"population": 100, "sample": 25, "identity": 0.05},
        "lesson": {},
    }

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        population: int = 10,
        sample: int = 3,
        aging: bool = True,
        worst_of: Group = "population",
        replacement: bool = True,
        mutation: Mutation = "kind first",
        identity: float = 0.0,
        crossover: float = 0.0,
        seed: int = 0,
    ) -> None:
        name = "RegularizedEvolution"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.population = checks.whole(f"{name}: population", population, least=1)
        self.sample = checks.whole(
            f"{name}: sample", sample, least=1, most=self.population,
            cure="at most the population",
        )  # fmt: skip
        self.replacement = checks.yes_or_no(f"{name}: replacement", replacement)
        self.aging = checks.yes_or_no(f"{name}: aging", aging)
        self.worst_of = checks.one_of(f"{name}: worst_of", worst_of, GROUPS)
        self.mutation = checks.one_of(f"{name}: mutation", mutation, MUTATIONS)
        self.identity = checks.number(f"{name}: identity", identity, least=0.0, most=1.0)
        self.crossover = checks.number(f"{name}: crossover", crossover, least=0.0, most=1.0)
        self._asks = 0  # also those skipped
        self._asked: set[A] = set()
        self._members: list[Member[A]] = []  # the oldest first
        self._told: dict[int, Told[A]] = {}  # by trial
        self._born = 0
        self._sampled: list[Member[A]] = []  # of the last ask
        # samples of children under way, needed where the worst of the sample dies
        self._samples: dict[Hashable, list[list[Member[A]]]] = {}

    def ask(self) -> Candidate[A]:
        """A founder while fewer than P were told, then a child of the best of a sample."""
        rng = generator(self.seed, self._asks)
        sampled = self._draw(rng)
        if sampled:
            best = max(sampled, key=_key)  # algorithm 1: parent, the best of the sample
            candidate = self._child(best, rng)
        else:
            candidate = Candidate(self.space.sample(rng), reason="founder, drawn at random")
        self._note(candidate, sampled)
        return candidate

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: only its tournament's sample is drawn again."""
        self._note(candidate, self._draw(generator(self.seed, self._asks)))

    def tell(self, told: Told[A]) -> None:
        """It joins the population; where that makes more than P, one dies."""
        candidate = told.candidate
        if candidate.arch not in self._asked:
            self.space.decisions(candidate.arch)  # raises where it is not in the space
        samples = self._samples.get((candidate.arch, candidate.parents))
        sampled = samples.pop(0) if samples else []
        self._told[told.trial] = told
        self._members.append(Member(self._born, told, told.evaluation.sort_key))
        self._born += 1
        if len(self._members) > self.population:
            self._bury(sampled)

    def inside(self) -> Mapping[str, Rows]:
        """``population``, the oldest first, and the ``family`` of those who live and of the best.

        ``sampled`` marks the sample of the last ask. Without aging ``dies`` marks the worst,
        whom no child has replaced yet.
        """
        sampled = {member.born for member in self._sampled}
        dying = min(self._members, key=_key, default=None)
        rows: list[dict[str, Any]] = [
            {
                "trial": member.told.trial,
                "architecture": self.space.spell(member.told.candidate.arch),
                "score": shown(member.told.evaluation),
                "born": member.born,
                "sampled": member.born in sampled,
            }
            for member in self._members
        ]
        if not self.aging:
            for row, member in zip(rows, self._members):
                row["dies"] = member is dying and self.worst_of == "population"
        best = max(self._told.values(), key=lambda told: told.evaluation.sort_key, default=None)
        of = [member.told.trial for member in self._members] + ([best.trial] if best else [])
        return {"population": rows, "family": family(self._told, of)}

    def _draw(self, rng: random.Random) -> list[Member[A]]:
        """A tournament's sample; empty while the population is not complete."""
        if len(self._members) < self.population:
            return []
        if self.replacement:
            return rng.choices(self._members, k=self.sample)
        return rng.sample(self._members, self.sample)

    def _note(self, candidate: Candidate[A], sampled: list[Member[A]]) -> None:
        self._asks += 1
        self._asked.add(candidate.arch)
        self._sampled = sampled
        if sampled and not self.aging and self.worst_of == "sample":
            asked = (candidate.arch, candidate.parents)
            self._samples.setdefault(asked, []).append(sampled)

    def _child(self, mother: Member[A], rng: random.Random) -> Candidate[A]:
        arch = mother.told.candidate.arch
        parents: tuple[int, ...] = (mother.told.trial,)
        if rng.random() < self.crossover:
            father = max(self._draw(rng), key=_key)
            if father is not mother:
                arch = self.space.crossover(arch, father.told.candidate.arch, rng)
                parents = (*parents, father.told.trial)
        if len(parents) == 1:
            who, same = f"mutant of trial {parents[0]}", f"copy of trial {parents[0]}"
        else:
            who = same = f"child of trials {parents[0]} and {parents[1]}"
        steps = steps_of(self.space, arch)
        if not steps or rng.random() < self.identity:
            return Candidate(arch, parents=parents, reason=f"{same}: not mutated")
        child = self.space.mutate(arch, rng, kinds=self._kinds(steps, rng))
        said = change(answers_of(steps), answers_of(steps_of(self.space, child)))
        return Candidate(child, parents=parents, reason=f"{who}: {said}")

    def _kinds(self, steps: Steps, rng: random.Random) -> frozenset[str] | None:
        if self.mutation == "any decision":
            return None
        return frozenset({rng.choice(sorted({decision.kind for decision, _ in steps}))})

    def _bury(self, sampled: list[Member[A]]) -> None:
        if self.aging:
            del self._members[0]  # algorithm 1: remove the oldest
            return
        living = [member for member in self._members if member in sampled]  # the oldest first
        others = self._members[:-1] if sampled else self._members  # the child joins, a founder may
        self._members.remove(min(living or others, key=_key))


def _key(member: Member[Any]) -> tuple[bool, bool, float]:
    return member.key
