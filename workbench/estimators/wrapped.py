"""An estimator around another one: what it passes on, whatever else it does."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from workbench import checks
from workbench.protocols import Estimator, Rebuilds
from workbench.records import Evaluation, Event, RunError, Told
from workbench.scales import ACCURACY

if TYPE_CHECKING:
    from torch import nn

A = TypeVar("A")


def relayed(
    running: Generator[Event[A], None, Evaluation], seen: Callable[[Event[A]], Event[A]]
) -> Generator[Event[A], None, Evaluation]:
    """The events of another estimator's ``estimate``, each as ``seen`` says; its answer."""
    with closing(running):  # Stop must reach what trains
        while True:
            try:
                event = next(running)
            except StopIteration as end:
                answer: Evaluation = end.value
                return answer
            yield seen(event)


class Wrapper(Generic[A]):
    """Keeps ``estimator``, an estimator of accuracies, and passes on what is asked of it alone.

    Raises ValueError for what is no estimator, and for one of other scores than accuracies.
    """

    scale = ACCURACY

    def __init__(self, estimator: Estimator[A]) -> None:
        what = f"{type(self).__name__}: estimator"
        if isinstance(estimator, type) or not isinstance(estimator, Estimator):
            checks.of_type(what, None if isinstance(estimator, type) else estimator, Estimator)
        scale = getattr(type(estimator), "scale", ACCURACY)
        if scale != ACCURACY:
            raise ValueError(f"{what}: expected one of accuracies, got one of {scale.name}")
        self.estimator, self.space = estimator, estimator.space
        self._heard: set[int] = set()  # the trials that were told of this run
        self._running = False

    @property
    def data(self) -> Any:
        """What it trains on, if it says so."""
        return getattr(self.estimator, "data", None)

    @property
    def checkpoints(self) -> Any:
        """Where it keeps what it trained; of one that trains nothing, elsewhere."""
        return getattr(self.estimator, "checkpoints", "elsewhere")

    def network(self, told: Told[A]) -> nn.Module:
        """The network of a trial, as far as it was trained.

        Raises RunError where nothing was kept.
        """
        if not isinstance(self.estimator, Rebuilds):
            name = type(self.estimator).__name__
            raise RunError(f"trial {told.trial}: {name} keeps no networks; use FullTraining")
        return self.estimator.network(told)

    def _begins(self) -> bool:
        """Whether the run that is prepared is another one than what was told so far is of.

        A resumed run is told what its log holds *before* it is prepared.
        """
        another, self._running = self._running, True
        if another:
            self._heard.clear()
        return another

    def _begins_with(self, told: Told[A]) -> bool:
        """Whether a log is told that is of another run: a trial is told once in each."""
        another = told.trial in self._heard
        if another:
            self._heard.clear()
            self._running = False
        self._heard.add(told.trial)
        return another

    def _prepared(self, seed: int) -> Generator[Event[A], None, None]:
        yield from self.estimator.prepare(seed=seed)

    def _passed_on(self, told: Told[A]) -> None:
        listener = getattr(self.estimator, "tell", None)
        if listener is not None:
            listener(told)
