"""A run as an answer: cases about its history, and the settings that it was made with."""

from __future__ import annotations

import json
import math
from statistics import median
from typing import Any

from workbench.exercises.exercise import Case, NotAttemptedError
from workbench.history import History
from workbench.records import Told

PARTS = ("strategy", "estimator", "method")  # of a run, as its state string names them


def at_most(trials: int) -> Case:
    """No more than ``trials`` architectures were tried."""

    def judge(history: Any) -> str:
        tried = len(_scores(history))
        return "" if tried <= trials else f"{tried} were tried."

    return Case(f"at most {trials} architectures", judge)


def at_least(trials: int) -> Case:
    """No fewer than ``trials`` architectures were tried."""

    def judge(history: Any) -> str:
        tried = len(_scores(history))
        return "" if tried >= trials else f"{tried} were tried; let the run end."

    return Case(f"at least {trials} architectures", judge)


def trained_for(epochs: int) -> Case:
    """No architecture was trained for more than ``epochs`` epochs."""

    def judge(history: Any) -> str:
        _scores(history)
        longest = max((len(curve) for curve in history.curves().values()), default=0)
        return "" if longest <= epochs else f"they were trained for {longest}."

    return Case(f"at most {epochs} epochs each", judge)


def best_reaches(score: float) -> Case:
    """The best score is at least ``score``, a fraction."""
    return Case(f"best at {_percent(score)} or more", lambda run: _below(max(_scores(run)), score))


def with_seed(seed: int) -> Case:
    """The run that a panel shows was made with this seed."""

    def judge(panel: Any) -> str:
        _scores(_history(panel))
        found = json.loads(panel.state)["seed"]
        return "" if found == seed else f"the run had seed {found}."

    return Case(f"seed {seed}", judge)


def shown(case: Case) -> Case:
    """A case about a history, as one about the run that a panel shows."""
    return Case(case.name, lambda panel: case.judge(_history(panel)))


def _history(panel: Any) -> Any:
    if not hasattr(panel, "history"):
        kind = type(panel).__name__  # a history's own words fill a screen
        raise TypeError(f"expected the panel of the run itself, got a {kind}")
    return panel.history


def own(history: Any) -> Told[Any]:
    """The learner's own trial, however good the ones drawn beside it are.

    Raises NotAttemptedError before the first trial, ValueError where none is the learner's.
    """
    _scores(history)
    for told in history.told:
        if told.candidate.reason == "yours":  # ``WarmStart`` says so
            found: Told[Any] = told
            return found
    raise ValueError("no trial of this run is yours; give the panel your network, and press Run")


def own_reaches(score: float) -> Case:
    """The learner's own network has at least such a score, a fraction."""
    name = f"yours at {_percent(score)} or more"
    return Case(name, lambda run: _below(own(run).evaluation.score, score))


def own_weighs(parameters: int) -> Case:
    """The learner's own network has no more than so many parameters."""

    def judge(history: Any) -> str:
        weight = own(history).evaluation.measures.get("parameters", math.inf)
        return "" if weight <= parameters else f"yours has {weight:,.0f}."

    return Case(f"at most {parameters:,} parameters", judge)


def median_reaches(score: float) -> Case:
    """The median score is at least ``score``, a fraction."""
    name = f"median at {_percent(score)} or more"
    return Case(name, lambda run: _below(median(_scores(run)), score))


def used(panel: Any, *others: Any) -> dict[str, Any]:
    """The settings of the run that a search panel shows, for ``claim(…, settings=…)``.

    ``trials`` (that ended, the learner's own not counted), ``seed``, ``epochs``, and whatever
    else is not as the strategy's and the estimator's defaults have it. Of several panels: what
    they agree on, and as "2 and 6" what they don't.
    """
    each = [_used(one) for one in (panel, *others)]
    names = dict.fromkeys(name for settings in each for name in settings)
    return {name: _agreed([settings.get(name) for settings in each]) for name in names}


def _agreed(values: list[Any]) -> Any:
    same = all(value == values[0] for value in values)
    return values[0] if same else " and ".join(map(str, values))


def _used(panel: Any) -> dict[str, Any]:
    recipe, history = json.loads(panel.state), panel.history
    parts = {k: v for part in PARTS if part in recipe for k, v in recipe[part].items()}
    epochs = max((len(curve) for curve in history.curves().values()), default=0)
    trials = len(history.told[1:] if "yours" in recipe else history.told)
    known = {"trials": trials, "seed": recipe["seed"], "epochs": epochs}
    return {**{name: value for name, value in parts.items() if name != "name"}, **known}


def _below(reached: float, aim: float) -> str:
    return "" if reached >= aim else f"{_percent(reached)} reached."


def _percent(score: float) -> str:
    return f"{100 * score:.1f} %"


def _scores(history: Any) -> list[float]:
    """The scores of a run, failed trials as 0. Raises NotAttemptedError before the first."""
    if not isinstance(history, History):
        raise TypeError(f"expected the history of a run, such as panel.history, got {history!r}")
    if not history.told:
        raise NotAttemptedError
    return [told.evaluation.score for told in history.told]
