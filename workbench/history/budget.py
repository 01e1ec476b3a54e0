"""A search that ends when it has cost enough."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TypeVar

from workbench import checks
from workbench.history.costs import Meter
from workbench.records import Event, Told

A = TypeVar("A")


def within(
    events: Iterable[Event[A]],
    *,
    seconds: int | float | None = None,
    epochs: int | None = None,
    elapsed: bool = False,
) -> Generator[Event[A], None, None]:
    """Pass ``events`` on until a budget is spent, then close their stream.

    Counted is what a ``Meter`` counts: the ``seconds`` that trials report (an ``Epoch`` while a
    trial runs, its ``Told`` at the end) and the ``epochs`` trained, those of a supernet before
    the first trial included. Trials side by side add up; with ``elapsed`` seconds are those of a
    clock that runs with the search.

    The stream ends after the first event with which more than the budget is spent, or with which
    a trial was told and nothing is left. So a budget of exactly five trials gives five, and it is
    overdrawn by one event at most. Trials then under way are not told.

    Raises ValueError for a budget that is not positive.
    """
    checks.number_or_none("within: seconds", seconds, above=0.0)
    checks.whole_or_none("within: epochs", epochs, least=1)
    checks.yes_or_no("within: elapsed", elapsed)
    meter = Meter()
    try:
        for event in events:
            meter.add(event)
            yield event
            spent = (meter.elapsed if elapsed else meter.seconds, meter.epochs)
            left = [most - paid for most, paid in zip((seconds, epochs), spent) if most is not None]
            if left and (min(left) < 0 or (min(left) == 0 and isinstance(event, Told))):
                return
    finally:  # Stop, and a spent budget, must reach the training that feeds this
        close = getattr(events, "close", None)
        if close:
            close()
