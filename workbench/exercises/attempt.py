"""One attempt: a learner's test, run on one implementation, and what it said in words."""

from __future__ import annotations

import inspect
import linecache
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.exercises.exercise import NotAttemptedError
from workbench.exercises.time_limit import Stopped, within

LONGEST = 120  # characters of a message: a learner may compare whole populations


@dataclass(frozen=True)
class Attempt:
    """``failure`` is "" where the test passed, else "at `assert …`" or "with TypeError: …".

    ``called``: the implementation ran at all. ``returned``: the test gave something back, which
    nobody looks at.
    """

    failure: str
    called: bool
    returned: bool


def seeded(implementation: Callable[..., Any], seed: int) -> Callable[..., Any]:
    """``implementation``, with a generator of ``seed`` for its ``rng`` where a call leaves it out.

    The generator goes on from call to call. What takes no ``rng`` is called as it is.
    """
    signature = inspect.signature(implementation)
    rng = random.Random(seed)

    def called(*arguments: Any, **named: Any) -> Any:
        if "rng" in signature.parameters:
            given = signature.bind_partial(*arguments, **named).arguments
            named |= {} if "rng" in given else {"rng": rng}
        return implementation(*arguments, **named)

    return called


def attempt(
    test: Callable[..., Any], implementation: Callable[..., Any], *, seed: int, seconds: float
) -> Attempt:
    """Run ``test(implementation)``.

    Raises NotAttemptedError where the test is not written yet (it raises NotImplementedError),
    and TimeLimitError where it does not end within ``seconds``.
    """
    call, calls = seeded(implementation, seed), 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        return call(*arguments, **named)

    try:
        returned = within(seconds, lambda: _result(test, counted))
    except NotImplementedError:
        raise NotAttemptedError from None
    if isinstance(returned, _Failure):
        return Attempt(returned.words, calls > 0, False)
    return Attempt("", calls > 0, returned is not None)


@dataclass(frozen=True)
class _Failure:
    words: str


def _result(test: Callable[..., Any], implementation: Callable[..., Any]) -> Any:
    try:
        return test(implementation)
    except (NotImplementedError, Stopped):
        raise
    except BaseException as error:  # whatever it raises (also pytest.fail), it did not pass
        return _Failure(_words(error, test))


def _words(error: BaseException, test: Callable[..., Any]) -> str:
    """Where in the learner's own lines it failed; and with what, where that says more."""
    file = getattr(getattr(test, "__code__", None), "co_filename", "")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [_source(frame) for frame in frames if frame.filename == file and frame.line]
    at = f"at `{lines[-1].replace('`', '')}`" if lines else ""
    message = _short(str(error))
    if isinstance(error, AssertionError):
        if at and (not message or message in at):
            return at
        return f"{at} ({message})" if at else f"with {message or 'an assert'}"
    return f"{at} with {type(error).__name__}: {message}".strip()


def _source(frame: traceback.FrameSummary) -> str:
    """The statement that failed, all of its lines as one."""
    first = frame.lineno or 1
    last = frame.end_lineno or first
    return _short("".join(linecache.getline(frame.filename, n) for n in range(first, last + 1)))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
