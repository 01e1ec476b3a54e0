"""A search about to be run: classes and arguments, checked before anything starts."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.data.images import ImageData
from workbench.panels.running.kept_runs import keep, recall
from workbench.panels.running.state_string import Recipe, about, spelled, spelled_space
from workbench.records import Event, ImageTask
from workbench.store import resume
from workbench.strategies.warm_start import WarmStart
from workbench.training.metrics import cost

FOLDER = "runs"  # where logs go by default, under the notebook's folder


@dataclass(frozen=True)
class Plan:
    """What to search, how, and from which seed. Equal recipes are equal searches."""

    space: Any
    data: ImageData
    strategy: tuple[Callable[..., Any], Mapping[str, Any]]
    estimator: tuple[Callable[..., Any], Mapping[str, Any]]
    trials: int
    seed: int
    first: tuple[Any, ...] = ()  # the learner's own architectures

    @cached_property
    def recipe(self) -> Recipe:
        """All of it as JSON values."""
        return Recipe(
            space=spelled_space(self.space),
            data=about(self.data),
            strategy=spelled(*self.strategy),
            estimator=spelled(*self.estimator),
            trials=self.trials,
            seed=self.seed,
            yours=self.space.spell(self.first[0]) if self.first else None,
        )

    @property
    def total(self) -> int:
        """Trials in all: the learner's own come on top."""
        return self.trials + len(self.first)

    def made(self) -> tuple[Any, Any]:
        """A fresh strategy and estimator. Raises what their constructors raise."""
        maker, arguments = self.strategy
        strategy = maker(self.space, **arguments, seed=self.seed)
        if self.first:
            strategy = WarmStart(strategy, first=self.first)
        maker, arguments = self.estimator
        return strategy, maker(self.space, self.data, **arguments)

    def faults(self) -> list[str]:
        """What the constructors have against these settings: against each of them that is wrong.

        A constructor stops at the first it finds, so each argument is tried alone as well.
        """
        try:
            self.made()
        except ValueError as error:
            strategic = _faults(self.strategy, (self.space,), seed=0)
            return strategic + _faults(self.estimator, (self.space, self.data)) or [str(error)]
        except Exception:  # no matter of settings: whoever presses Run is told
            return []
        return []

    def events(self, strategy: Any, estimator: Any, path: Path) -> Iterator[Event[Any]]:
        """The search, logged as it goes; what the log holds already comes first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        recall(self.recipe.text, path)
        yield from resume(
            path,
            strategy,
            estimator,
            trials=self.total,
            seed=self.seed,
            notes={"panel": self.recipe.text},
        )
        keep(self.recipe.text, path)


def _faults(
    part: tuple[Callable[..., Any], Mapping[str, Any]], first: tuple[Any, ...], **more: Any
) -> list[str]:
    """What a constructor says to each argument alone, the others at their defaults."""
    maker, given = part
    parameters = inspect.signature(maker).parameters
    needed = {n: v for n, v in given.items() if parameters[n].default is inspect.Parameter.empty}
    found = []
    for name, value in given.items():
        try:
            maker(*first, **{**needed, name: value}, **more)
        except ValueError as error:
            found.append(str(error))
    return list(dict.fromkeys(found))


@cache
def warm_up() -> None:
    """Have PyTorch import what its first count of a network imports (a second or two, once).

    Done when a panel is made, so that a press of Run moves a picture at once. Not in a thread:
    imports of one package from two threads can meet half way.
    """
    with torch.device("meta"):
        network = nn.Sequential(
            nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(4, 2)
        )
    cost(network, ImageTask(1, 2, 2, 2))


def words(name: str) -> str:
    """A class's name as words: "RandomSearch" -> "random search"; acronyms stay."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z0-9]+", name)
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def new_log(log: str | Path | None, name: str) -> Path:
    """Where the next run is written: ``log`` itself if it is a free file, else a new name.

    A folder (default ``runs``) gets files such as ``2026-01-31-142502-random-search.jsonl``.
    """
    place = Path(log) if log is not None else Path(FOLDER)
    if place.suffix == ".jsonl":
        folder, stem = place.parent, place.stem
    else:
        folder = place
        stem = time.strftime("%Y-%m-%d-%H%M%S-") + words(name).replace(" ", "-")
    path, number = folder / f"{stem}.jsonl", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.jsonl"
    return path
