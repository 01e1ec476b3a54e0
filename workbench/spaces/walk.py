"""A search space as a walk through decisions, written once as a generator.

A space says two things: ``walk``, the questions in order, and ``answers``, what a given
architecture answers to them. Sampling, mutation, crossover, neighbours, encodings and the size
follow from these two, so a new space fits on one screen::

    class Towers(Space[Tower]):
        def __init__(self, *, max_depth: int = 3) -> None:
            self.max_depth = max_depth

        def walk(self) -> Walk[Tower]:
            depth = yield Decision("depth", tuple(range(1, self.max_depth + 1)))
            widths = []
            for i in range(1, depth + 1):
                widths.append((yield Decision(f"layer {i} / width", (4, 8), role="width")))
            return Tower(tuple(widths))

        def answers(self, arch: Tower) -> Iterator[Hashable]:
            yield len(arch.widths)
            yield from arch.widths
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import numpy as np
from jaxtyping import Float

from workbench.graphs import Graph
from workbench.records import Decision, Task

if TYPE_CHECKING:
    from torch import nn

A = TypeVar("A")

# yields a decision, is sent the chosen option (its value), returns the genotype
Walk: TypeAlias = Generator[Decision, Any, A]
Steps: TypeAlias = list[tuple[Decision, int]]


class Space(ABC, Generic[A]):
    """What every search space derives from its ``walk`` (the protocol is ``SearchSpace``).

    A decision with a single option is no choice: it is taken silently and never part of
    ``taken``, of ``menu`` or of an encoding.
    """

    @abstractmethod
    def walk(self) -> Walk[A]:
        """Yield each decision, receive the option chosen, return the genotype."""

    @abstractmethod
    def answers(self, arch: A) -> Iterator[Hashable]:
        """The options (values) that lead to ``arch``, in the order in which ``walk`` asks."""

    @abstractmethod
    def spell(self, arch: A) -> str:
        """One line of text for labels, logs and tables."""

    @abstractmethod
    def parse(self, text: str) -> A:
        """The architecture so spelled. Raises ValueError that names what is wrong."""

    @abstractmethod
    def graph(self, arch: A) -> Graph:
        """The architecture as a drawing's data."""

    @abstractmethod
    def build(self, arch: A, task: Task) -> nn.Module:
        """The network. Raises ValueError for a task or an architecture it cannot serve."""

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """All that the rest of the walk depends on.

        The default, everything taken, is always right. A space whose later questions depend on
        less may override this one method, so that ``size`` and ``menu`` visit far fewer states.
        """
        return taken

    # ------------------------------------------------------------------ following the walk

    def _follow(self, choose: Callable[[Decision], int], *, every: bool = False) -> tuple[A, Steps]:
        """Walk to the end; ``every``: put decisions with one option to ``choose`` as well."""
        walk = self.walk()
        steps: Steps = []
        try:
            decision = next(walk)
            while True:
                real = len(decision.options) > 1
                index = choose(decision) if real or every else 0
                if real:
                    steps.append((decision, index))
                decision = walk.send(decision.options[index])
        except StopIteration as end:
            return end.value, steps

    def steps(self, taken: tuple[int, ...]) -> tuple[Steps, Decision | None]:
        """The decisions that ``taken`` answers, each with its index, and the one that follows.

        Raises ValueError where an index is not an option, or the walk ended before.
        """
        walk, rest = self.walk(), list(reversed(taken))
        steps: Steps = []
        try:
            decision = next(walk)
            while True:
                index = 0
                if len(decision.options) > 1:
                    if not rest:
                        return steps, decision
                    index = rest.pop()
                    if not 0 <= index < len(decision.options):
                        raise ValueError(
                            f"{decision.name}: option {index} of {len(decision.options)}; "
                            f"expected 0 … {len(decision.options) - 1} for {decision.options}"
                        )
                    steps.append((decision, index))
                decision = walk.send(decision.options[index])
        except StopIteration:
            if rest:
                raise ValueError(
                    f"the walk ended after {len(steps)} decisions, got {len(taken)}"
                ) from None
            return steps, None

    def next_decision(self, taken: tuple[int, ...]) -> Decision | None:
        """The decision after these option indices; None: the architecture is complete."""
        return self.steps(taken)[1]

    def compose(self, taken: tuple[int, ...]) -> A:
        """Option indices of a complete walk -> genotype.

        Raises ValueError where the walk is not complete, or an index is no option.
        """
        _, missing = self.steps(taken)
        if missing is not None:
            raise ValueError(f"incomplete: {missing.name!r} is not decided yet")
        rest = iter(taken)
        return self._follow(lambda decision: next(rest))[0]

    def trace(self, arch: A) -> Steps:
        """Genotype -> the decisions of its walk, each with the index chosen.

        Raises ValueError for an architecture that is not in this space, naming the decision.
        """
        answers = iter(self.answers(arch))
        composed, steps = self._follow(partial(_answered, arch, answers), every=True)
        if composed != arch or next(answers, None) is not None:
            raise ValueError(f"not in this space: {arch!r} (nearest: {composed!r})")
        return steps

    def decisions(self, arch: A) -> tuple[int, ...]:
        """Genotype -> option indices. Raises ValueError where ``arch`` is not in this space."""
        return tuple(index for _, index in self.trace(arch))

    # ------------------------------------------------------------------ moving about

    def sample(self, rng: random.Random) -> A:
        """A random architecture: each decision uniform over its options.

        Uniform over decisions, not over architectures: where a space is conditional, shallow
        architectures are as likely a depth as deep ones, though there are far fewer of them.
        """
        return self._follow(lambda decision: rng.randrange(len(decision.options)))[0]

    def mutate(self, arch: A, rng: random.Random, *, kinds: frozenset[str] | None = None) -> A:
        """A valid architecture other than ``arch``: one decision (of ``kinds``) is changed.

        Later decisions are kept by name where still valid; new ones are sampled.

        Raises ValueError where no decision of ``kinds`` has a second option.
        """
        steps = self.trace(arch)
        places = [i for i, (step, _) in enumerate(steps) if kinds is None or step.kind in kinds]
        if not places:
            raise ValueError(f"mutate: {arch!r} has no decision of kinds {kinds}")
        place = rng.choice(places)
        decision, old = steps[place]
        new = rng.randrange(len(decision.options) - 1)
        return self._changed(
            steps, place, new + (new >= old), lambda unmet: rng.randrange(len(unmet.options))
        )

    def neighbours(self, arch: A) -> Iterator[A]:
        """Every architecture that differs in one decision, in the order of the walk.

        Later decisions are kept by name where still valid; new ones take their first option.
        """
        steps = self.trace(arch)
        for place, (decision, old) in enumerate(steps):
            for new in range(len(decision.options)):
                if new != old:
                    yield self._changed(steps, place, new, lambda unmet: 0)

    def _changed(
        self, steps: Steps, place: int, new: int, otherwise: Callable[[Decision], int]
    ) -> A:
        kept = {decision.name: decision.options[index] for decision, index in steps[place + 1 :]}
        before = iter([*(index for _, index in steps[:place]), new])
        return self._follow(partial(_kept, before, kept, otherwise))[0]

    def crossover(self, mother: A, father: A, rng: random.Random) -> A:
        """A child that takes each decision, by name, from one of its parents.

        Where the parent drawn does not answer a decision validly the other one does; where
        neither does, the decision is sampled.
        """
        parents = [
            {decision.name: decision.options[index] for decision, index in self.trace(parent)}
            for parent in (mother, father)
        ]
        return self._follow(partial(_inherited, parents, rng))[0]

    # ------------------------------------------------------------------ the whole space

    @cached_property
    def _menu(self) -> tuple[Decision, ...]:
        met: dict[str, Decision] = {}
        order: list[str] = []
        seen: set[Hashable] = set()
        ahead: list[tuple[tuple[int, ...], str | None]] = [((), None)]  # not recursion: walks are
        while ahead:  # longer than Python's stack is deep
            taken, last = ahead.pop()
            state, decision = self.state(taken), self.next_decision(taken)
            if state in seen or decision is None:
                continue
            seen.add(state)
            if decision.name in met:
                met[decision.name] = _merged(met[decision.name], decision)
            else:
                met[decision.name] = decision
                order.insert(order.index(last) + 1 if last else len(order), decision.name)
            options = reversed(range(len(decision.options)))
            ahead += [((*taken, index), decision.name) for index in options]
        return tuple(met[name] for name in order)

    def menu(self) -> tuple[Decision, ...]:
        """Every decision that any walk can meet, once, with its most options."""
        return self._menu

    @cached_property
    def _size(self) -> int:
        counts: dict[Hashable, int] = {}
        ahead: list[tuple[int, ...]] = [()]
        while ahead:
            taken = ahead[-1]
            state, decision = self.state(taken), self.next_decision(taken)
            options = range(len(decision.options)) if decision else ()
            states = [self.state((*taken, i)) for i in options]
            missing = [i for i, after in enumerate(states) if after not in counts]
            if missing and state not in counts:
                ahead += [(*taken, i) for i in missing]
                continue
            # |𝒜|: a sum over options; Σ_{l=1}^{n} c^l where each layer has c kinds
            counts[state] = sum(counts[after] for after in states) if decision else 1
            ahead.pop()
        return counts[self.state(())]

    def size(self) -> int:
        """How many architectures there are, exactly."""
        return self._size

    def encode(self, arch: A) -> Float[np.ndarray, " features"]:
        """One-hot over ``menu()``, 0.0 or 1.0; a decision that the walk does not meet is zeros."""
        chosen = {decision.name: decision.options[index] for decision, index in self.trace(arch)}
        columns: Sequence[tuple[str, Hashable]] = [
            (decision.name, option) for decision in self.menu() for option in decision.options
        ]
        missing = object()
        return np.array([float(chosen.get(name, missing) == option) for name, option in columns])


# How to choose, given what is known: module functions, not closures, since a walk is short and the
# tests' shape hook wraps every function it sees defined.


def _answered(arch: object, answers: Iterator[Hashable], decision: Decision) -> int:
    missing = object()
    answer = next(answers, missing)
    if answer is missing:
        raise ValueError(f"{decision.name}: {arch!r} does not say")
    if answer not in decision.options:
        raise ValueError(
            f"{decision.name}: {answer!r} is not in this space, expected one of {decision.options}"
        )
    return decision.options.index(answer)


def _kept(
    before: Iterator[int],
    kept: Mapping[str, Hashable],
    otherwise: Callable[[Decision], int],
    decision: Decision,
) -> int:
    index = next(before, None)
    if index is not None:
        return index
    if decision.name in kept and kept[decision.name] in decision.options:
        return decision.options.index(kept[decision.name])
    return otherwise(decision)


def _inherited(
    parents: Sequence[Mapping[str, Hashable]], rng: random.Random, decision: Decision
) -> int:
    first = rng.randrange(2)
    for parent in (parents[first], parents[1 - first]):
        if decision.name in parent and parent[decision.name] in decision.options:
            return decision.options.index(parent[decision.name])
    return rng.randrange(len(decision.options))


def _merged(one: Decision, other: Decision) -> Decision:
    if set(other.options) <= set(one.options):
        return one
    options = (*one.options, *(option for option in other.options if option not in one.options))
    return Decision(one.name, options, one.kind, one.role, one.between)
