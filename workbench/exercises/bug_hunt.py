"""A bug hunt: the learner reads an implementation with a fault and writes the test that finds it.

The fault is of a kind that published code really had. A test is right if it passes on two right
implementations and fails on the faulty one. The second right one is there for tests that ask for
more than was promised: it breaks ties the other way, or draws its sample otherwise.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from textwrap import dedent
from typing import Any

from workbench import checks
from workbench.exercises.attempt import Attempt, attempt, seeded
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.exercises.note import Note, listing
from workbench.exercises.time_limit import SECONDS, TimeLimitError

RUNS = 3  # of every implementation, each with its own seed: a test that passes by luck is told


class BugHunt:
    """A ``task``; ``suspect`` is the faulty implementation, which the learner reads and can call.

    Its docstring is the promise that a test may hold it to. ``right`` keeps it, and so does
    ``another``, in its own way: ``allowed`` says in a sentence what is different and still right.
    ``fault`` tells, once the test is right, what was wrong and where such code was published.
    Hints, ``solution`` (the text of a test) and ``minutes`` are as an exercise has them.

    An implementation that draws has a parameter ``rng``; where a test leaves it out, ``check``
    hands it a generator, seeded otherwise in each of three runs.
    """

    def __init__(
        self,
        task: str,
        *,
        suspect: Callable[..., Any],
        right: Callable[..., Any],
        another: Callable[..., Any],
        allowed: str,
        fault: str,
        hints: tuple[str, ...],
        solution: str,
        minutes: int,
        seconds: float = SECONDS,
    ) -> None:
        for name, each in (("suspect", suspect), ("right", right), ("another", another)):
            checks.function(f"BugHunt: {name}", each, "draw(rng)")
        for name, words in (("allowed", allowed), ("fault", fault), ("solution", solution)):
            checks.text(f"BugHunt: {name}", words)
        self.seconds = checks.number("BugHunt: seconds", seconds, above=0.0, below=math.inf)
        self.task, self.minutes = task, minutes
        self._suspect, self._fault = suspect, fault
        self._right = (
            ("a right implementation", right, ""),
            ("another right implementation", another, f" {allowed}"),
        )
        self._exercise = Exercise(
            task,
            cases=(Case("`test(implementation)`", self._wrong),),
            hints=hints,
            solution=solution,
            minutes=minutes,
        )

    @property
    def suspect(self) -> Callable[..., Any]:
        """The faulty implementation, to be called as a test calls it; its draws are of seed 0."""
        return seeded(self._suspect, 0)

    @property
    def code(self) -> str:
        """The source of the faulty implementation."""
        return dedent(inspect.getsource(self._suspect)).strip()

    def _repr_html_(self) -> str:
        said = f"{self.task} (about {self.minutes} minutes)"
        return Note(said, details=listing(self.code))._repr_html_()

    def __repr__(self) -> str:
        return f"Bug hunt: {self.task} (about {self.minutes} minutes)\n\n{self.code}"

    def check(self, test: Any) -> Note:
        """Right, not yet (saying on which implementation), or not attempted. Never raises."""
        said = self._exercise.check(test)
        if said.mark != "right":
            return said
        found = "Right: it passes on two right implementations and fails on this one."
        return Note(f"{found} {self._fault}", "right")

    def hint(self, n: int = 1) -> Note:
        """The ``n``-th hint, from 1. Raises ValueError for ``n`` below 1."""
        return self._exercise.hint(n)

    def solution(self) -> Note:
        """A test that finds the fault, folded away until it is opened."""
        return self._exercise.solution()

    def _wrong(self, test: Any) -> str:
        """What is wrong with the learner's test, "" where nothing is."""
        if not callable(test):
            return f"expected a function, got {test!r}."
        try:
            for name, implementation, allowed in self._right:
                if wrong := self._over_tight(test, implementation, name):
                    return wrong + allowed
            return self._blind(test)
        except TimeLimitError as error:
            return f"it {error}."

    def _over_tight(self, test: Any, implementation: Callable[..., Any], name: str) -> str:
        runs = self._runs(test, implementation)
        failures = [run.failure for run in runs if run.failure]
        if not failures:
            if not any(run.called for run in runs):
                raise NotAttemptedError
            return ""
        if len(failures) == RUNS:
            return f"it also fails on {name}, {failures[0]}."
        passed = RUNS - len(failures)
        return f"on {name} it passes only sometimes ({passed} of {RUNS} runs), else {failures[0]}."

    def _blind(self, test: Any) -> str:
        runs = self._runs(test, self._suspect)
        found = sum(bool(run.failure) for run in runs)
        if found == RUNS:
            return ""
        if found:
            return (
                f"the faulty implementation is found only sometimes ({found} of {RUNS} runs). "
                "Look at all that it may change, or call it often."
            )
        returned = any(run.returned for run in runs)
        said = " A test says `assert`; what it returns counts for nothing." if returned else ""
        return f"the faulty implementation passes it.{said}"

    def _runs(self, test: Any, implementation: Callable[..., Any]) -> list[Attempt]:
        return [
            attempt(test, implementation, seed=seed, seconds=self.seconds) for seed in range(RUNS)
        ]
