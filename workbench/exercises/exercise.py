"""An exercise: checks that name the failing case, hints in stages, a folded solution."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import isclose
from textwrap import dedent
from typing import Any

from workbench import checks
from workbench.exercises.note import Note, folded, listing


class NotAttemptedError(Exception):
    """Raised by a case that finds nothing to judge: the answer is still the empty one."""


@dataclass(frozen=True)
class Case:
    """One thing that a right answer does.

    ``judge(answer)`` returns what is wrong, in words, or "" where nothing is. It may raise
    NotAttemptedError.
    """

    name: str
    judge: Callable[[Any], str]

    def __post_init__(self) -> None:
        checks.text("Case: name", self.name)
        checks.function("Case: judge", self.judge, 'lambda answer: ""')


def returns(expected: Any, *arguments: Any, why: str = "") -> Case:
    """The case that the learner's function, called with ``arguments``, returns ``expected``.

    ``why`` is a nudge that is shown when it does not. It may not change what it is given: later
    cells go on with their own lists.
    """
    checks.text("returns: why", why)
    name = f"`f({', '.join(map(repr, arguments))})`"

    def judge(function: Any) -> str:
        if not callable(function):
            return f"expected a function, got {function!r}"
        given = deepcopy(arguments)  # whatever it does to them, the next check has them whole
        try:
            got = function(*given)
        except NotImplementedError:
            raise NotAttemptedError from None
        if got is None or got is ...:
            raise NotAttemptedError
        if not same(got, expected):
            return f"expected `{expected!r}`, got `{got!r}`. {why}".strip()
        return "" if given == arguments else "right, but it changes what it is given: copy that."

    return Case(name, judge)


def same(got: Any, expected: Any) -> bool:
    """Equal; floats nearly so, also where they are of single precision.

    Numbers in a row are a list, a tuple or an array, whichever is handed back. A truth value is
    not a number here, though Python has it so.
    """
    got = got.tolist() if hasattr(got, "tolist") else got  # NumPy's, PyTorch's
    if isinstance(expected, list | tuple):
        row = isinstance(got, list | tuple | range) and len(got) == len(expected)
        return row and all(map(same, got, expected))
    if isinstance(got, bool) != isinstance(expected, bool):
        return False
    if isinstance(expected, float) and isinstance(got, int | float):
        return isclose(got, expected, rel_tol=1e-5, abs_tol=1e-7)
    return bool(got == expected)


class Exercise:
    """A ``task`` for the learner.

    ``cases`` are what ``check`` looks at, in order; ``hints`` go from a nudge to nearly the
    answer; ``solution`` is a function (its source is shown) or a text; ``minutes`` is how long it
    takes most people.
    """

    def __init__(
        self,
        task: str,
        *,
        cases: tuple[Case, ...],
        hints: tuple[str, ...],
        solution: Callable[..., Any] | str,
        minutes: int,
    ) -> None:
        checks.text("Exercise: task", task, empty=False)
        minutes = checks.whole("Exercise: minutes", minutes, least=1)
        for case in checks.several("Exercise: cases", cases, "(returns(5, 2, 3),)"):
            checks.of_type("Exercise: cases", case, Case)
        for hint in checks.several("Exercise: hints", hints, '("Count them.",)'):
            checks.text("Exercise: hints", hint)
        if not isinstance(solution, str):
            checks.function("Exercise: solution", solution, "that of the learner")
        if not cases or not hints:
            raise ValueError(
                f"Exercise {task!r}: cases and hints: expected at least one of each, got none"
            )
        self.task, self.minutes = task, minutes
        self._cases, self._hints, self._solution = cases, hints, solution

    def _repr_html_(self) -> str:
        return Note(f"{self.task} (about {self.minutes} minutes)")._repr_html_()

    def __repr__(self) -> str:
        return f"Exercise: {self.task} (about {self.minutes} minutes)"

    def check(self, answer: Any) -> Note:
        """Right, not yet (naming the first case that fails), or not attempted. Never raises."""
        blank = 0
        for case in self._cases:
            wrong = _judged(case, answer)
            if wrong:
                return Note(f"Not yet: {case.name}: {wrong}", "not yet")
            blank += wrong is None
        if blank == len(self._cases):
            below = "" if isinstance(self._solution, str) else " The cells below use the solution."
            return Note(f"Not attempted yet.{below}", "not attempted")
        if blank:
            return Note("Not yet. For some of the cases nothing came back.", "not yet")
        return Note(f"Right: all {len(self._cases)} cases.", "right")

    def hint(self, n: int = 1) -> Note:
        """The ``n``-th hint, from 1. Past the last one the last is shown again.

        Raises ValueError for ``n`` below 1.
        """
        n = checks.whole("hint: n", n, least=1, cure="start with hint(1)")
        n = min(n, len(self._hints))
        return Note(f"Hint {n} of {len(self._hints)}: {self._hints[n - 1]}")

    def solution(self) -> Note:
        """The solution, folded away until it is opened."""
        if isinstance(self._solution, str):
            text = self._solution
        else:
            text = dedent(inspect.getsource(self._solution))
        shown = folded("show it", listing(text.strip()))
        return Note("A solution (there are others).", details=shown)

    def answer(self, answer: Any) -> Any:
        """The learner's answer if it is right, else the solution: what later cells work with.

        Raises ValueError where the solution is a text.
        """
        if self.check(answer).mark == "right":
            return answer
        if isinstance(self._solution, str):
            raise ValueError(f"answer: the solution of {self.task!r} is a text, not a value")
        return self._solution


def _judged(case: Case, answer: Any) -> str | None:
    """What is wrong, "" where nothing is, None where the answer is still the empty one."""
    if answer is None or answer is ...:
        return None
    try:
        return case.judge(answer)
    except NotAttemptedError:
        return None
    except Exception as error:  # whatever the learner's code does is an answer of a kind
        return f"raised {type(error).__name__}: {error}"
