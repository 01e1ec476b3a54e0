"""What a search cost: epochs and seconds, each paid once.

A trial that continues another one pays for its own epochs alone: the others were paid before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.history.run import History, Row
from workbench.records import Asked, Epoch, Event, Told


class Meter:
    """Adds up what a stream of events costs, event by event.

    An epoch costs one; where a trial came without epochs (a table answers at once), its curve is
    counted, beyond that of the trial it continues. Seconds are those reported: of a trial that
    was told its evaluation's, of one under way its latest epoch's. What the run itself trains
    (trial None: a supernet, say) counts like the rest; where its epochs begin anew, another
    training does. What a ``Method`` finds was trained by these very epochs, as its curve shows,
    which is the run's own: it costs what it took beyond them.
    """

    def __init__(self) -> None:
        self._shared, self._told = (0, 0.0), (0, 0.0)
        self._scores: dict[int, float] = {}  # after each epoch of the run itself
        self._reached, self._before = 0, 0.0  # its latest epoch; seconds of its earlier trainings
        self._running: dict[int, tuple[int, float]] = {}
        self._lengths: dict[int, int] = {}  # epochs behind each trial told
        self._clock, self._began = 0.0, dict[int, float]()

    def add(self, event: Event[Any]) -> None:
        """Take in the next event."""
        if isinstance(event, Asked):
            self._began[event.trial] = self._clock
        elif isinstance(event, Epoch) and event.trial is None:
            if event.epoch <= self._reached:  # the next of several trainings
                self._before = self._shared[1]
            self._reached, seconds = event.epoch, self._before + event.seconds
            self._clock += seconds - self._shared[1]
            self._shared = (self._shared[0] + 1, seconds)
            self._scores[event.epoch] = event.score
        elif isinstance(event, Epoch):
            epochs, _ = self._running.get(event.trial or 0, (0, 0.0))
            self._running[event.trial or 0] = (epochs + 1, event.seconds)
        elif isinstance(event, Told):
            self._end(event)

    def _end(self, told: Told[Any]) -> None:
        epochs, _ = self._running.pop(told.trial, (0, 0.0))
        continued = told.candidate.continues
        earlier = self._lengths.get(continued, 0) if continued is not None else 0
        length = len(told.evaluation.curve)
        seconds = told.evaluation.seconds
        if not epochs and self._trained_by_the_run(told):
            earlier, seconds = length, max(0.0, seconds - self._shared[1])
        epochs = epochs or max(0, length - earlier)
        self._lengths[told.trial] = length or earlier + epochs
        self._told = (self._told[0] + epochs, self._told[1] + seconds)
        self._clock = max(self._clock, self._began.pop(told.trial, self._clock) + seconds)

    def _trained_by_the_run(self, told: Told[Any]) -> bool:
        curve = told.evaluation.curve
        own = (self._scores.get(epoch) == score for epoch, score in enumerate(curve, start=1))
        return bool(curve) and all(own)

    @property
    def settled(self) -> tuple[int, float]:
        """Epochs and seconds of the trials told, and of what the run itself has trained."""
        return self._shared[0] + self._told[0], self._shared[1] + self._told[1]

    @property
    def epochs(self) -> int:
        """All epochs so far, those of trials under way included."""
        return self.settled[0] + sum(epochs for epochs, _ in self._running.values())

    @property
    def seconds(self) -> float:
        """All seconds so far, those of trials under way included; side by side they add up."""
        return self.settled[1] + sum(seconds for _, seconds in self._running.values())

    @property
    def elapsed(self) -> float:
        """What a clock would show that ran with the search: trials side by side do not add up.

        A trial begins when the one told last before it was asked about had ended.
        """
        under_way = (
            self._began.get(trial, self._clock) + seconds
            for trial, (_, seconds) in self._running.items()
        )
        return max([self._clock, *under_way])


def ledger(history: History[Any]) -> list[Row]:
    """What it cost, added up after each trial told: ``trial, trials, epochs, seconds, failed``.

    The last row is the bill. An epoch is paid once, by the trial that trained it, not again by
    one that continues it. What was spent before the first trial (a supernet, say) is a row of its
    own, with trial None.
    """
    return list(_account(history))


def _account(history: History[Any]) -> Iterator[Row]:
    meter, shared, trials, failed = Meter(), False, 0, 0

    def row(trial: int | None) -> Row:
        epochs, seconds = meter.settled
        bill = {"trials": trials, "epochs": epochs, "seconds": seconds, "failed": failed}
        return {"trial": trial, **bill}

    for event in history.events:
        if isinstance(event, Told):
            if shared and not trials:
                yield row(None)
            trials += 1
            failed += event.evaluation.is_failure
        meter.add(event)
        shared = shared or (isinstance(event, Epoch) and event.trial is None)
        if isinstance(event, Told):
            yield row(event.trial)
    if shared and not trials:
        yield row(None)
