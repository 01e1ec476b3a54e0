"""What runs is pulled to its end: its answer, and the events on the way."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from workbench.records import Batch, Epoch, Event
from workbench.trial import answer_of, beating

EVENTS: tuple[Event[Any], ...] = (
    Batch(0, 1, 1, 2),
    Epoch(0, 1, 2, 1.0, 0.5, 1.0),
    Batch(0, 2, 1, 2),
    Epoch(0, 2, 2, 0.5, 0.7, 2.0),
)


def running(error: Exception | None = None) -> Generator[Event[Any], None, str]:
    yield from EVENTS
    if error is not None:
        raise error
    return "the answer"


def test_an_answer_is_what_is_returned_and_every_event_is_heard_in_order() -> None:
    heard: list[Event[Any]] = []
    assert answer_of(running()) == answer_of(running(), heard.append) == "the answer"
    assert tuple(heard) == EVENTS


def test_heartbeats_pass_while_the_other_events_are_kept() -> None:
    beats: list[Batch] = []
    events, answer = answer_of(beating(running()), beats.append)
    assert (tuple(beats), tuple(events), answer) == (EVENTS[::2], EVENTS[1::2], "the answer")


@pytest.mark.parametrize("through", [answer_of, lambda trying: answer_of(beating(trying))])
def test_what_it_raises_is_raised(through: Any) -> None:
    with pytest.raises(OSError, match="disk"):
        through(running(OSError("the disk is full")))
