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
from collections.abc import Hashable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from jaxtyping import Float

from workbench.graphs import Graph
from workbench.records import Decision, Task
from workbench.spaces.counting import menu_of, size_of
from workbench.spaces.one_decision import Steps, answers_of, changed, index_of
from workbench.spaces.open_walk import OpenWalk, Walk

if TYPE_CHECKING:
    from torch import nn

A = TypeVar("A")

_NOTHING = object()

__all__ = ["Space", "Walk"]


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

        The default, everything taken, is always right, and visits 2ⁿ states where there are n
        yes-or-no decisions. A space whose later questions depend on less overrides this one method,
        and ``size`` and ``menu`` visit far fewer. Often it is the decision that comes next::

            return self.next_decision(taken)

        or that and what was decided first: ``taken[:1], len(taken)``.
        """
        return taken

    # ------------------------------------------------------------------ following the walk

    def begin(self) -> OpenWalk[A]:
        """An open walk: its ``decision``, ``take(index)``, and at the end its ``arch``."""
        return OpenWalk(self.walk())

    def _led(self, taken: tuple[int, ...]) -> tuple[OpenWalk[A], Steps]:
        walk = self.begin()
        steps: Steps = []
        for index in taken:
            if walk.decision is None:
                raise ValueError(f"the walk ended after {len(steps)} decisions, got {len(taken)}")
            steps.append((walk.decision, index))
            walk.take(index)
        return walk, steps

    def steps(self, taken: tuple[int, ...]) -> tuple[Steps, Decision | None]:
        """The decisions that ``taken`` answers, each with its index, and the one that follows.

        Raises ValueError where an index is not an option, or the walk ended before.
        """
        walk, steps = self._led(taken)
        return steps, walk.decision

    def next_decision(self, taken: tuple[int, ...]) -> Decision | None:
        """The decision after these option indices; None: the architecture is complete."""
        return self._led(taken)[0].decision

    def compose(self, taken: tuple[int, ...]) -> A:
        """Option indices of a complete walk -> genotype.

        Raises ValueError where the walk is not complete, or an index is no option.
        """
        return self._led(taken)[0].arch

    def trace(self, arch: A) -> Steps:
        """Genotype -> the decisions of its walk, each with the index chosen.

        Raises ValueError for an architecture that is not in this space, naming the decision.
        """
        answers, walk = iter(self.answers(arch)), self.walk()
        steps: Steps = []
        option: Any = None
        while True:
            try:
                decision = walk.send(option)
            except StopIteration as end:
                if end.value != arch or next(answers, None) is not None:
                    raise ValueError(
                        f"not in this space: {arch!r} (nearest: {end.value!r})"
                    ) from None
                return steps
            option = _answer(arch, answers)
            if option not in decision.options:
                raise ValueError(f"{decision.name}: {_unanswered(arch, option, decision)}")
            if len(decision.options) > 1:
                steps.append((decision, decision.options.index(option)))

    def decisions(self, arch: A) -> tuple[int, ...]:
        """Genotype -> option indices. Raises ValueError where ``arch`` is not in this space."""
        return tuple([index for _, index in self.trace(arch)])

    # ------------------------------------------------------------------ moving about

    def sample(self, rng: random.Random) -> A:
        """A random architecture: each decision uniform over its options.

        Uniform over decisions, not over architectures: where a space is conditional, shallow
        architectures are as likely a depth as deep ones, though there are far fewer of them.
        """
        walk = self.begin()
        while (decision := walk.decision) is not None:
            walk.take(rng.randrange(len(decision.options)))
        return walk.arch

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
        index = new + (new >= old)
        return changed(self, steps, place, index, partial(_sampled, rng))

    def neighbours(self, arch: A) -> Iterator[A]:
        """Every architecture that differs in one decision, in the order of the walk.

        Later decisions are kept by name where still valid; new ones take their first option.
        """
        steps = self.trace(arch)
        for place, (decision, old) in enumerate(steps):
            for new in range(len(decision.options)):
                if new != old:
                    yield changed(self, steps, place, new)

    def crossover(self, mother: A, father: A, rng: random.Random) -> A:
        """A child that takes each decision, by name, from one of its parents.

        Where the parent drawn does not answer a decision validly the other one does; where
        neither does, the decision is sampled.
        """
        parents = [answers_of(self.trace(parent)) for parent in (mother, father)]
        walk = self.begin()
        while (decision := walk.decision) is not None:
            first = rng.randrange(2)
            one, other = parents[first], parents[1 - first]
            index = index_of(decision, one)
            index = index_of(decision, other) if index is None else index
            walk.take(_sampled(rng, decision) if index is None else index)
        return walk.arch

    # ------------------------------------------------------------------ the whole space

    @cached_property
    def _menu(self) -> tuple[Decision, ...]:
        return menu_of(self)

    def menu(self) -> tuple[Decision, ...]:
        """Every decision that any walk can meet, once, with its most options."""
        return self._menu

    @cached_property
    def _size(self) -> int:
        return size_of(self)

    def size(self) -> int:
        """How many architectures there are, exactly.

        Raises ValueError where there are more than 100,000 states to count over: see ``state``.
        """
        return self._size

    @cached_property
    def _columns(self) -> dict[tuple[str, Hashable], int]:
        pairs = [(decision.name, option) for decision in self.menu() for option in decision.options]
        return {pair: column for column, pair in enumerate(pairs)}

    def encode(self, arch: A) -> Float[np.ndarray, " features"]:
        """One-hot over ``menu()``, 0.0 or 1.0; a decision that the walk does not meet is zeros."""
        encoded = np.zeros(len(self._columns))
        for decision, index in self.trace(arch):
            option = decision.options[index]
            if (decision.name, option) not in self._columns:  # a rare one, in a very large space
                raise ValueError(
                    f"{type(self).__name__}: encode: {decision.name!r} with {option!r} is not in "
                    "the menu: give the space a method state(taken), so that all can be listed"
                )
            encoded[self._columns[decision.name, option]] = 1.0
        return encoded


# module functions, not closures: the tests' shape hook wraps every function it sees defined


def _sampled(rng: random.Random, decision: Decision) -> int:
    return rng.randrange(len(decision.options))


def _answer(arch: object, answers: Iterator[Hashable]) -> object:
    try:
        return next(answers, _NOTHING)
    except (AttributeError, TypeError) as error:  # another space's architecture, most likely
        raise ValueError(f"not in this space: {arch!r}: {error}") from error


def _unanswered(arch: object, option: object, decision: Decision) -> str:
    if option is _NOTHING:
        return f"{arch!r} does not say"
    return f"{option!r} is not in this space, expected one of {decision.options}"
