"""The doors of the house: what a search space, a strategy, an estimator, a method must offer.

Signatures only. Elsken, Metzen & Hutter (2019), figure 1: a *search strategy* picks an
architecture from a *search space*; a *performance estimation strategy* answers how good it is.
A *method* finds weights and architecture together, so nothing in it is asked or told. ``Skips``,
``Attended``, ``Promotes``, ``Listens`` and ``Scaled`` are what they may offer beside.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Generator, Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Generic,
    Protocol,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

from workbench.graphs import Graph
from workbench.records import Candidate, Decision, Evaluation, Event, Task, Told
from workbench.scales import ScoreScale

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float
    from torch import nn

A = TypeVar("A")

Rows: TypeAlias = Sequence[Mapping[str, Any]]  # a plain table: one mapping a row


class Stroll(ABC, Generic[A]):
    """A walk under way: one decision after the other, at the end an architecture.

    ``decision`` is what is to be decided now, never one with a single option; None: complete.
    """

    # not a Protocol: up to Python 3.11 a check at run time would read ``arch`` before it is there

    decision: Decision | None

    @abstractmethod
    def take(self, index: int) -> None:
        """Choose an option by its index. Raises ValueError where there is none."""

    @property
    @abstractmethod
    def arch(self) -> A:
        """The architecture. Raises ValueError while a decision is open."""


@runtime_checkable  # the tests check every signature at run time
class SearchSpace(Protocol[A]):
    """Which architectures can be written down at all: a walk through categorical decisions."""

    def begin(self) -> Stroll[A]:
        """An open walk at its first decision: what all that choose step by step use."""

    def next_decision(self, taken: tuple[int, ...]) -> Decision | None:
        """The decision after these option indices; None: the architecture is complete."""

    def compose(self, taken: tuple[int, ...]) -> A:
        """Option indices of a complete walk -> genotype, one to one."""

    def decisions(self, arch: A) -> tuple[int, ...]:
        """Genotype -> option indices: ``compose(decisions(arch)) == arch``."""

    def menu(self) -> tuple[Decision, ...]:
        """Every decision that any walk can meet, once, with its most options."""

    def state(self, taken: tuple[int, ...]) -> Hashable:
        """All that the rest of the walk depends on; ``size`` and ``menu`` visit each state once."""

    def spell(self, arch: A) -> str:
        """One line of text: labels, logs, tables. ``parse(spell(arch)) == arch``."""

    def parse(self, text: str) -> A:
        """The architecture so spelled. Raises ValueError that names what is wrong."""

    def graph(self, arch: A) -> Graph:
        """The architecture as a drawing's data; it mentions every operation used."""

    def build(self, arch: A, task: Task) -> nn.Module:
        """The network. Raises ValueError for a task or an architecture it cannot serve."""

    # derived once in workbench.spaces, for every space

    def sample(self, rng: random.Random) -> A:
        """A random architecture: each decision uniform over its options."""

    def mutate(self, arch: A, rng: random.Random, *, kinds: frozenset[str] | None = None) -> A:
        """A valid architecture other than ``arch``: one decision (of ``kinds``) is changed."""

    def crossover(self, mother: A, father: A, rng: random.Random) -> A:
        """A child that takes each decision, by name, from one of its parents."""

    def neighbours(self, arch: A) -> Iterator[A]:
        """Every architecture that differs in one decision."""

    def encode(self, arch: A) -> Float[np.ndarray, " features"]:
        """One-hot over ``menu()``; a decision that the walk does not meet is all zeros."""

    def size(self) -> int:
        """How many architectures there are."""


@runtime_checkable  # the tests check every signature at run time
class Strategy(Protocol[A]):
    """Which architecture to ask about next. It never evaluates.

    The n-th candidate is a function of (settings, n, what was asked and told before): a generator
    of random numbers is made for each, from (seed, n), and none is carried along. So a run is
    resumed, forked and shown as it was by telling a fresh strategy again. Any number of asks may be
    outstanding, and tells come in any order.
    """

    space: SearchSpace[A]

    def ask(self) -> Candidate[A] | None:
        """The next candidate. None: wait for a tell; with nothing running: finished."""

    def tell(self, told: Told[A]) -> None:
        """What came of a candidate: the event, whose trial number is how a child names parents."""

    def inside(self) -> Mapping[str, Rows]:
        """Population, posterior, softmaxes, brackets: what a learner is shown, as plain tables.

        Asked for by whoever pulls, in the pulling thread, at most once a frame.
        """


@runtime_checkable  # looked for in every strategy that is told again
class Skips(Protocol[A]):
    """Optional for a strategy: what makes it quick to tell again."""

    def skip(self, candidate: Candidate[A]) -> None:
        """``candidate`` was asked about before: count it as this ask, and compute nothing.

        A strategy that skipped asks the same from there on as one that was asked. After a fork, or
        where a log is trusted, it may be a candidate that this strategy would not have asked about.
        """


class Attended(Protocol):
    """Optional for a strategy: a person chooses what it asks about.

    ``attended`` is whether somebody is there to answer. Then an ``ask`` that gives None is not the
    end of a search, which beats until there is an answer. An attribute that is None, or none at
    all, says that nobody is asked; False or True, that a log alone repeats such a run: where it is
    resumed, nothing is compared.
    """

    attended: bool | None


class Promotes(Protocol):
    """Optional for a strategy: it says that it asks for trials to be carried on.

    Where True, some candidate may have ``continues``, so what is trained must outlive its trial: a
    search that cannot keep it is refused before the first one.
    """

    promotes: bool


@runtime_checkable  # the tests check every signature at run time
class Estimator(Protocol[A]):
    """How good an architecture is. It never chooses.

    What it trains over epochs in ``prepare`` keeps a checkpoint as a ``Method`` does.
    """

    space: SearchSpace[A]

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """What must happen once before the first estimate (train a supernet); often nothing."""

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Look at a candidate, yielding ``Batch`` and ``Epoch`` events, and return the answer."""


@runtime_checkable  # looked for in every estimator
class Listens(Protocol[A]):
    """Optional for an estimator: it wants to know how each trial ended."""

    def tell(self, told: Told[A]) -> None:
        """What came of a candidate, right after the strategy was told; also in a resumed run.

        Extrapolation needs the best score so far, weight inheritance its parents. In a parallel
        search it is this process's estimator that is told, and each trial takes a copy along.
        """


@runtime_checkable
class Rebuilds(Protocol[A]):
    """An estimator that can give the trained network of a trial back (optional)."""

    def network(self, told: Told[A]) -> nn.Module:
        """The network as it was when its trial ended. Raises RunError where nothing was kept."""


class Scaled(Protocol):
    """Optional for an estimator's or a method's class: what its score is, its unit, its range.

    Panels read it. Where nothing is declared, scores are accuracies as long as all are in [0, 1].
    """

    scale: ClassVar[ScoreScale]


@runtime_checkable  # the tests check every signature at run time
class Method(Protocol[A]):
    """A search that is neither asked nor told: weights and architecture are found together.

    It keeps a checkpoint after each epoch, in whatever form: written to a temporary name, then
    renamed, and holding what it belongs to (seed, settings). That of epoch k is saved only after
    all events of epoch k were taken, on the next pull: so a log is never behind a checkpoint. A
    stream that goes on begins with an event (a ``Batch`` counts) of the first epoch that it trains
    again or anew; what a log holds of that epoch and later ones is then stale.
    """

    space: SearchSpace[A]

    def events(self, *, seed: int, progress: Path | None = None) -> Generator[Event[A], None, None]:
        """``Batch``, ``Epoch`` and ``Mixture`` of trial None; at the end Asked(0, …), Told(0, …).

        Where the curve told is the scores of these epochs, from the first one on, its seconds are
        theirs too, and a bill pays neither again.

        ``progress`` is the file for its checkpoint (None: it keeps none); its folder may not exist
        yet, and another suffix may be put in the place of ``.safetensors``. Where there is one, the
        stream goes on from it, bit for bit as if it had never stopped; a torn one may be begun
        again.

        Raises ValueError for a checkpoint of another seed or other settings.
        """

    def inside(self) -> Mapping[str, Rows]:
        """What a learner is shown, as plain tables; see ``Strategy.inside``."""
