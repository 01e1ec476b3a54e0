"""A learner's function may never end: it is given some seconds, then it is stopped and told so.

It runs in a thread, and that thread is asked to end by an exception (CPython's
``PyThreadState_SetAsyncExc``). Not a signal: a kernel hands signals to its main thread alone, and
Windows has none. Not a process: what was defined in a notebook cannot be sent to one. One thing
is beyond it: a single call into C that never returns and never lets go of the interpreter, such as
``sum(map(max, endless))``. A case that invites it has a smaller one before it, ``in_time``.
"""

from __future__ import annotations

import contextvars
import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from workbench.exercises.exercise import Case

T = TypeVar("T")

SECONDS = 5.0  # for what takes milliseconds; a busy machine gets them too
PATIENCE = 1.0  # for the thread to obey


class TimeLimitError(Exception):
    """What ran did not end in time; the text goes on after "it": "had not ended after 5 s, …"."""


class Stopped(SystemExit):
    """Ends the thread. No ``Exception``, so that a learner's ``except Exception`` lets it pass."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What ``call`` returns, or raises. It runs in a thread of its own.

    Raises TimeLimitError where it has not ended after ``seconds``. It is stopped then, at its next
    line of Python; where it does not obey within a second, the error says so.
    """
    returned: list[T] = []
    raised: list[BaseException] = []
    ended = threading.Event()  # not Thread.join: interrupted, it takes the thread for dead

    def run() -> None:
        try:
            returned.append(call())
        except Stopped:
            pass
        except BaseException as error:  # also SystemExit: it is an answer of a kind
            raised.append(error)
        finally:
            ended.set()

    # in the cell's own context, so that what is printed stands under the cell
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="time limit", daemon=True)
    thread.start()
    try:
        ended.wait(seconds)
    finally:  # also when the kernel is interrupted while it waits
        stopped = ended.is_set() or _stop(thread, ended)
    if raised:
        raise raised[0]
    if returned:
        return returned[0]
    end = "and was stopped" if stopped else "and is still running: restart the kernel"
    raise TimeLimitError(f"had not ended after {seconds:g} s, {end}")


def _stop(thread: threading.Thread, ended: threading.Event) -> bool:
    """Whether it obeyed. A bare ``except`` may swallow the first requests, so there are several."""
    for _ in range(20):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Stopped)
        )
        if ended.wait(PATIENCE / 20):
            return True
    return False


def in_time(case: Case, *, seconds: float = SECONDS, why: str = "") -> Case:
    """The same case, failed where the answer keeps a processor busy for longer than ``seconds``.

    ``why`` is a nudge. What does not end is stopped after ``SECONDS`` of any clock.
    """

    def judge(answer: Any) -> str:
        def timed() -> tuple[str, float]:
            began = time.thread_time()  # not the clock on the wall: other programs take theirs
            wrong = case.judge(answer)
            return wrong, time.thread_time() - began

        try:
            wrong, busy = within(SECONDS, timed)
        except TimeLimitError as error:
            return f"it {error}. {why}".strip()
        if wrong or busy <= seconds:
            return wrong
        return f"right, but it took {busy:.1f} s. {why}".strip()

    return Case(case.name, judge)
