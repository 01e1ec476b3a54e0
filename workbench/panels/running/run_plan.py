"""A run about to start: classes and arguments, checked before anything starts.

A search (strategy × estimator) and a method have one face: ``title``, ``device``, ``total``,
``recipe``, ``faults()`` and ``made(log)``. That is all that whoever runs and shows them needs.
"""

from __future__ import annotations

import inspect
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeAlias

from workbench.data.images import ImageData
from workbench.panels.running.runs_kept_for_rendering import keep, recall
from workbench.panels.running.state_string import Recipe, about, spelled, spelled_space
from workbench.protocols import Rows
from workbench.records import Event
from workbench.scales import ScoreScale
from workbench.settings import FOLDERS, words
from workbench.store import checkpoints_of, fork, resume
from workbench.strategies.by_hand import ByHand
from workbench.strategies.warm_start import WarmStart

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
FOLDER = "runs"  # where logs go by default, under the notebook's folder

Part: TypeAlias = tuple[Callable[..., Any], Mapping[str, Any]]  # a class, and its arguments


@dataclass(frozen=True)
class Made:
    """A run made of fresh parts: ``events()`` starts it, ``inside()`` is what its parts show now.

    ``inside`` is to be asked for in the thread that pulls the events. ``estimator`` is the one of
    a search; a method has none. ``by_hand`` is the strategy that waits for the learner's answers.
    """

    events: Callable[[], Iterator[Event[Any]]]
    inside: Callable[[], Mapping[str, Rows]]
    estimator: Any = None
    by_hand: ByHand[Any] | None = None


@dataclass(frozen=True)
class Plan(ABC):
    """What to run, on what, and from which seed. Equal recipes are equal runs."""

    space: Any
    data: ImageData
    seed: int

    @property
    @abstractmethod
    def parts(self) -> Mapping[str, Part]:
        """The classes and their arguments by what they are: "strategy", "estimator", "method"."""

    @property
    @abstractmethod
    def total(self) -> int:
        """Trials in all."""

    @abstractmethod
    def made(self, log: Path) -> Made:
        """Fresh parts, to be logged in ``log``. Raises what their constructors raise."""

    def fresh_strategy(self) -> Any:
        """A strategy that was told nothing yet; None where nobody is asked (a method)."""
        return None

    def fork(self, source: Path, to: Path, *, after: int) -> None:
        """A new log ``to``: the run in ``source`` until ``after`` was told, then this plan's.

        Raises ValueError where this cannot be: a method, another space, a trial not told.
        """
        raise ValueError("fork: a method's run has no trials to fork from; stop it, then Run anew")

    @property
    def title(self) -> str:
        """What is run, in words: "random search"."""
        maker, _ = next(iter(self.parts.values()))
        return words(maker.__name__)

    @property
    def device(self) -> str:
        """What it is to run on: "auto", "cpu", "cuda"."""
        settings = [given["device"] for _, given in self.parts.values() if "device" in given]
        return str(settings[0]) if settings else "auto"

    @property
    def scorer(self) -> Callable[..., Any]:
        """The class that gives the scores: the estimator, or the method."""
        return list(self.parts.values())[-1][0]

    @property
    def scale(self) -> ScoreScale | None:
        """What that class declares of its scores; None: nothing."""
        declared = getattr(self.scorer, "scale", None)
        return declared if isinstance(declared, ScoreScale) else None

    @property
    def yours(self) -> int | None:
        """The trial of the learner's own architecture, if there is one."""
        return None

    @cached_property
    def recipe(self) -> Recipe:
        """All of it as JSON values."""
        return Recipe(
            space=spelled_space(self.space),
            data=about(self.data),
            parts={name: spelled(*part) for name, part in self.parts.items()},
            seed=self.seed,
        )

    def faults(self) -> list[str]:
        """What the constructors have against these settings: against each of them that is wrong.

        A constructor stops at the first it finds, so each argument is tried alone as well.
        """
        try:
            self.made(Path("nowhere.jsonl"))
        except ValueError as error:
            found = [fault for name in self.parts for fault in self._faults(name)]
            return list(dict.fromkeys(found)) or [str(error)]
        except Exception:  # no matter of settings: whoever presses Run is told
            return []
        return []

    def _noted(
        self, log: Path, events: Callable[[Mapping[str, Any]], Iterator[Event[Any]]]
    ) -> Callable[[], Iterator[Event[Any]]]:
        """The run's events, its recipe noted in the log; a run that is kept is not trained anew."""
        text = self.recipe.text

        def noted() -> Iterator[Event[Any]]:
            log.parent.mkdir(parents=True, exist_ok=True)
            recall(text, log)
            yield from events({"panel": text})
            keep(text, log)

        return noted

    def _faults(self, name: str) -> list[str]:
        """What a constructor says to each argument alone, the others at their defaults."""
        maker, given = self.parts[name]
        parameters, nothing = inspect.signature(maker).parameters, inspect.Parameter.empty
        needed = {n: v for n, v in given.items() if parameters[n].default is nothing}
        found = []
        for argument, value in given.items():
            try:
                self._make(name, {**needed, argument: value})
            except ValueError as error:
                found.append(str(error))
        return found

    def _make(
        self, name: str, given: Mapping[str, Any] | None = None, *, log: Path | None = None
    ) -> Any:
        """A part, with what its constructor asks for: data, seed, a folder for checkpoints."""
        maker, arguments = self.parts[name]
        known = inspect.signature(maker).parameters
        taken = sum(each.kind in POSITIONAL for each in known.values())  # space, and perhaps data
        first = (self.space, self.data)[: 1 if name == "strategy" else max(1, taken)]
        more: dict[str, Any] = {"seed": self.seed} if "seed" in known else {}
        if log is not None:
            more |= {folder: checkpoints_of(log) for folder in FOLDERS if folder in known}
        return maker(*first, **{**more, **(arguments if given is None else given)})


@dataclass(frozen=True)
class SearchPlan(Plan):
    """A strategy × an estimator, for so many trials; ``first`` are the learner's own on top."""

    strategy: Part
    estimator: Part
    trials: int
    first: tuple[Any, ...] = ()

    @property
    def parts(self) -> Mapping[str, Part]:
        """Strategy and estimator."""
        return {"strategy": self.strategy, "estimator": self.estimator}

    @property
    def total(self) -> int:
        """The learner's own come on top."""
        return self.trials + len(self.first)

    @property
    def yours(self) -> int | None:
        """Trial 0, where there is one."""
        return 0 if self.first else None

    @cached_property
    def recipe(self) -> Recipe:
        """All of it as JSON values."""
        yours = self.space.spell(self.first[0]) if self.first else None
        return replace(super().recipe, trials=self.trials, yours=yours)

    def fresh_strategy(self) -> Any:
        """The strategy, asking about the learner's own first."""
        strategy = self._make("strategy")
        return WarmStart(strategy, first=self.first) if self.first else strategy

    def fork(self, source: Path, to: Path, *, after: int) -> None:
        """``store.fork`` with these settings."""
        strategy, estimator = self.fresh_strategy(), self._make("estimator", log=to)
        notes = {"panel": self.recipe.text}
        fork(source, to, strategy, estimator, after=after, seed=self.seed, notes=notes)

    def made(self, log: Path) -> Made:
        """A fresh strategy and estimator."""
        strategy, estimator = self.fresh_strategy(), self._make("estimator", log=log)
        asked = strategy.strategy if isinstance(strategy, WarmStart) else strategy
        person = asked if isinstance(asked, ByHand) else None
        if person is not None:
            person.attended = True  # somebody sits in front of this panel

        def events(notes: Mapping[str, Any]) -> Iterator[Event[Any]]:
            return resume(log, strategy, estimator, trials=self.total, seed=self.seed, notes=notes)

        inside = partial(shown_inside, strategy, estimator)
        return Made(self._noted(log, events), inside, estimator, person)


@dataclass(frozen=True)
class MethodPlan(Plan):
    """A method: weights and architecture are found together, in one trial."""

    method: Part

    @property
    def parts(self) -> Mapping[str, Part]:
        """The method alone."""
        return {"method": self.method}

    @property
    def total(self) -> int:
        """One: what it finds."""
        return 1

    def made(self, log: Path) -> Made:
        """A fresh method."""
        method = self._make("method", log=log)

        def events(notes: Mapping[str, Any]) -> Iterator[Event[Any]]:
            return resume(log, method, seed=self.seed, notes=notes)

        return Made(self._noted(log, events), lambda: shown_inside(method))


def shown_inside(*parts: Any) -> Mapping[str, Rows]:
    """What the parts of a run show of their inside, one table by its name."""
    found: dict[str, Rows] = {}
    for part in parts:
        found |= getattr(part, "inside", dict)()
    return found


def new_log(log: str | Path | None, name: str) -> Path:
    """Where the next run is written: ``log`` itself if it is a free file, else a new name.

    The file is there from now on, empty.

    A folder (default ``runs``) gets files such as ``2026-01-31-142502-random-search.jsonl``.
    """
    place = (Path(log) if log is not None else Path(FOLDER)).expanduser()
    if place.suffix == ".jsonl":
        folder, stem = place.parent, place.stem
    else:
        folder = place
        stem = time.strftime("%Y-%m-%d-%H%M%S-") + words(name).replace(" ", "-")
    path, number = folder / f"{stem}.jsonl", 1
    while not _claimed(path):
        number += 1
        path = folder / f"{stem}-{number}.jsonl"
    return path


def _claimed(path: Path) -> bool:
    """Make an empty file, unless there is one: so two kernels never choose one name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("x").close()
    except OSError:  # one is there; or none can be, as whoever writes it will say
        return not path.exists()
    return True
