"""Feed every public constructor and function with nonsense, one argument at a time.

Run in a process of its own, as a learner's kernel is: the test run's own type checks would refuse
before the library does. Prints, as JSON, what was fed and what came of it. What a name of a door
needs to be called is found by its arguments' names, in ``valid``.
"""

from __future__ import annotations

import inspect
import json
import random
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from synthetic_table import small_space, synthetic

from workbench.data import ImageData, Split, TextData, from_text
from workbench.data.images import assembled, numbered
from workbench.estimators import FullTraining, Table
from workbench.estimators.learning_curves import MODELS, extrapolate
from workbench.exercises import Question, returns
from workbench.graphs import Graph, Node
from workbench.history import Interval, Lap, Step
from workbench.panels import table_study
from workbench.panels.fidelity.study import Study
from workbench.race import PlannedRace, recorded_race
from workbench.records import Asked, Candidate, Evaluation, ImageTask, TextTask, Told
from workbench.search import finish, search
from workbench.spaces import ChainSpace, DARTSSpace, RecurrentSpace, Topology, TopologySpace
from workbench.spaces.spelling import Pair
from workbench.strategies import RandomSearch, Reinforce
from workbench.views import axes, figure

DOORS = {
    **dict.fromkeys(
        (
            *("data", "doctor", "estimators", "exercises", "history", "panels", "race"),
            *("recordings", "spaces", "strategies", "training", "views", "graphs", "scales"),
            *("records", "verdict", "estimators.learning_curves"),
        )
    ),
    "search": ("search", "search_parallel", "search_simulated", "finish", "within"),
    "store": (
        *("checkpoints_of", "progress_of", "recorded", "header", "load", "resume", "note"),
        "fork",
    ),
}
# Names without arguments of a plain kind, or that are no functions of a learner's: why
PASSED_OVER = {
    *("Racer", "Row", "Walk", "Space", "Task", "Event", "Kind"),  # types
    *("ClaimError", "NotAttemptedError", "RunError"),  # exceptions: any text
    *("Drawing", "TableFile"),  # made by ``draw``, and by reading a file
    *("CurveModel", "CurveFit", "Forecast"),  # made by fitting curves
}
CHOICES = {
    *("Axis", "Height", "Kind", "Mark", "Order", "Group", "Mutation", "Stem", "NodeKind"),
    *("Failures", "Heads", "Network", "Ratio", "Relaxation", "Stopping"),
    *("EdgeKind", "Direction", "Channels", "Preset", "Proxy", "Proposals"),
    *("Averaging", "Method", "Surrogate", "Lessons"),
}
# Given always: nothing is ever downloaded here, what a function can do without another, and what
# makes it quick.
ALWAYS = {
    "cifar10": {"folder"},
    "fashion_mnist": {"folder"},
    "Table": {"path"},
    "recorded": {"strategy", "estimator"},
    "resume": {"estimator", "trials"},
    "sample_posterior": {"steps", "burn_in"},
}
# ``cifar10(folder=None)`` would download it
SKIPPED = [("cifar10", "folder", None), ("fashion_mnist", "folder", None)]
# where NaN is an answer: "none"
NAN = {
    *("Evaluation", "Epoch", "Step", "Lap", "Interval", "Paired"),
}
RECORDS = {
    *("ImageData", "TextData", "Split", "ImageTask", "TextTask", "Candidate", "Evaluation"),
    *("Interval", "Graph", "PlannedRace"),
}

HUGE = 10**400
WRONG: dict[str, list[Any]] = {
    "whole": [float("nan"), 2.5, True, "no", "", b"8", [], np.float64(2.0), object()],
    "number": [True, "no", "", b"8", [], np.bool_(True), object()],
    "truth": [float("nan"), 2.5, 1, 0, "no", "", [], np.int64(1)],
    "choice": [float("nan"), 2.5, True, 0, "no", "", []],
    "text": [float("nan"), 2.5, True, b"no", []],
    "path": [float("nan"), 2.5, True, b"no", [], "", "a\0b"],
    "several": [float("nan"), 8, True, "no"],
    "record": [float("nan"), 8, True, "no", []],
}
DOUBTFUL: dict[str, list[Any]] = {  # refused in words, or taken
    "whole": [-1, 0, HUGE],
    "number": [-1, 0, HUGE, float("inf"), -float("inf")],
    "text": [""],
    "several": ["", (), (2.5,), (float("nan"),), ("no",), (True,), (None,), (-1,)],
}


def kind_of(annotation: str) -> tuple[str, bool] | None:
    """What an argument takes, and whether None is taken too."""
    text = re.sub(r"^Judged\[(.*)\]$", r"\1", annotation)
    parts = {each.strip() for each in re.split(r"\|(?![^\[]*\])", text)}
    optional = "None" in parts
    parts.discard("None")
    if any(part.startswith("Literal[") for part in parts) or parts & CHOICES:
        return "choice", optional
    if "Path" in parts:
        return "path", optional
    if parts & {"float"}:
        return "number", optional
    for name, kind in (("int", "whole"), ("bool", "truth"), ("str", "text")):
        if parts == {name}:
            return kind, optional
    if any(part.startswith(("tuple[", "Sequence[")) for part in parts) and len(parts) == 1:
        return "several", optional
    return ("record", optional) if parts <= RECORDS else None


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    for room, names in DOORS.items():
        module = import_module(f"workbench.{room}")
        found = names or getattr(module, "__all__", None)
        if found is None:
            found = [
                name
                for name, value in vars(module).items()
                if getattr(value, "__module__", "") == module.__name__ and name[0] != "_"
            ]
        for name in found:
            each = getattr(module, name)
            if name not in PASSED_OVER and (inspect.isclass(each) or inspect.isroutine(each)):
                yield f"{room}.{name}", each


class Made:
    """What is given for an argument where it is not the one that is tried, by its name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, count()
        self.space, self.data = TopologySpace(channels=2, cells=1), few()
        self.history = finish(search(self.strategy(), self.estimator(), trials=2))
        synthetic(small_space()).save(folder / "table.npz")
        self.table = Table(path=folder / "table.npz")
        self.pictures = folder / "pictures"
        for name in ("cats", "dogs"):
            (self.pictures / name).mkdir(parents=True)
            for i in range(4):
                shade = np.full((8, 8), 20 * i + len(name), np.uint8)
                Image.fromarray(shade).save(self.pictures / name / f"{i}.png")

    @cached_property
    def study(self) -> Study:
        """Of all its cells: a second of rank correlations. A panel only reads it."""
        return table_study(self.table)

    def strategy(self) -> Any:
        return RandomSearch(self.space)

    def estimator(self) -> Any:
        return FullTraining(self.space, self.data, epochs=1, device="cpu")

    def mothers_weights(self) -> Any:
        mother = Topology(("skip_connect",) * 6)
        return self.space.build(mother, ImageTask(1, 8, 8, 3)).state_dict()

    def log(self) -> Path:
        from workbench.store import recorded

        path = self.folder / f"{next(self.numbers)}.jsonl"
        for _ in recorded(
            self.history.events, path, strategy=self.strategy(), estimator=self.estimator()
        ):
            pass
        return path

    def emptied(self) -> Path:
        """A folder of its own."""
        folder = self.folder / f"races-{next(self.numbers)}"
        folder.mkdir()
        return folder

    def race(self) -> Path:
        """A recorded race of no laps."""
        path = self.folder / f"{next(self.numbers)}.jsonl"
        racers = {"a": lambda seed: (self.strategy(), self.estimator())}
        for _ in recorded_race((), path, racers=racers, seeds=(0,), command="none"):
            pass
        return path

    def given(self, owner: str, name: str) -> Any:
        """A valid value."""
        for key in (f"{owner}.{name}", name):
            if key in VALID:
                return VALID[key](self)
        raise LookupError(f"{owner}: say in {__file__} what its argument {name!r} may be")


def few() -> ImageData:
    rng = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (30, 1, 8, 8), dtype=torch.uint8, generator=rng)
    split = Split(images, torch.arange(30) % 3)
    return assembled("few", split, split, split, classes=numbered(3))


def few_words() -> TextData:
    return from_text("ab" * 20, context=4)


def language_model() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Embedding(2, 3), torch.nn.Linear(3, 2))


def lap(seed: int) -> Lap:
    return Lap("random", seed, (Step(0, 1, 1, 1.0, 0.5),), 2, 2, 2.0)


def learning_curves() -> dict[str, Callable[[Made], Any]]:
    """What the models of learning curves are called with."""
    model, seen = MODELS["ilog2"], (0.5, 0.6, 0.65, 0.7)
    line = np.linspace(0.1, 0.9, 60).reshape(12, 5)
    return {
        "fit_model.model": lambda made: model,
        **{f"{each}.curve": lambda made: seen for each in ("fit_model", "last_value")},
        **{f"{each}.curve": lambda made: seen for each in ("extrapolate", "sample_posterior")},
        **{f"{each}.epochs": lambda made: 6 for each in ("extrapolate", "sample_posterior")},
        "sample_posterior.steps": lambda made: 4,
        "sample_posterior.burn_in": lambda made: 1,
        "Predicted.estimator": lambda made: made.table,
        "HiddenCurves.curves": lambda made: [seen, seen],
        "training_speed.losses": lambda made: (2.0, 1.0),
        "averaged_training_speed.losses": lambda made: (2.0, 1.0),
        "is_hopeless.forecast": lambda made: extrapolate(seen, epochs=6),
        "CurveRegressor.curves": lambda made: line,
        "CurveRegressor.features": lambda made: line,
        "CurveRegressor.seen": lambda made: 3,
    }


# Names, or "owner.name" where an owner means something of its own, and what they may be.
VALID: dict[str, Callable[[Made], Any]] = (
    {
        "space": lambda made: made.space,
        "TextTraining.space": lambda made: RecurrentSpace(units=2),
        "TextTraining.data": lambda made: few_words(),
        "train_on_text.data": lambda made: few_words(),
        "perplexity.data": lambda made: few_words(),
        "bigram_perplexity.data": lambda made: few_words(),
        "TextData.task": lambda made: TextTask(2, 4),
        "TextData.train": lambda made: few_words().train,
        "TextData.validation": lambda made: few_words().train,
        "TextData.test": lambda made: few_words().train,
        "TextData.vocabulary": lambda made: ("a", "b"),
        "from_text.text": lambda made: "ab" * 20,
        "train_on_text.network": lambda made: language_model(),
        "perplexity.network": lambda made: language_model(),
        "MacroSpace.space": lambda made: DARTSSpace(),
        "morphs.space": lambda made: ChainSpace(),
        "NASH.space": lambda made: ChainSpace(),
        "morphs.arch": lambda made: ChainSpace().parse("conv3x3:8-fc0"),
        "inherit.mother": lambda made: Topology(("skip_connect",) * 6),
        "inherit.child": lambda made: Topology(("none",) * 6),
        "inherit.weights": lambda made: made.mothers_weights(),
        "data": lambda made: made.data,
        "strategy": lambda made: made.strategy(),
        "best_so_far.strategy": lambda made: "random search",
        "estimator": lambda made: made.estimator(),
        "open_test_images.estimator": lambda made: made.estimator(),
        "executor": lambda made: ThreadPoolExecutor(1),
        "workers": lambda made: 1,
        "trials": lambda made: 1,
        "Lap.trials": lambda made: 2,
        "events": lambda made: made.history.events,
        "Runner.events": lambda made: list,
        "path": lambda made: made.log(),
        "recorded.path": lambda made: made.folder / f"{next(made.numbers)}.jsonl",
        "recorded_race.path": lambda made: made.folder / f"{next(made.numbers)}.jsonl",
        "from_folder.path": lambda made: made.pictures,
        "fork.to": lambda made: made.folder / f"{next(made.numbers)}.jsonl",
        "fork.after": lambda made: 0,
        "log": lambda made: made.folder / "runs.jsonl",
        "note.event": lambda made: None,
        "history": lambda made: made.history,
        "laps": lambda made: [lap(0), lap(1)],
        "Race.laps": lambda made: (lap(0),),
        "others": lambda made: [lap(0), lap(1)],
        "at": lambda made: 1,
        "bands.at": lambda made: (1,),
        "best": lambda made: 1.0,
        "rows": lambda made: [{"trial": 0, "seconds": 1.0, "score": 0.5, "best": 0.5, "value": 1}],
        "lifelines.rows": lambda made: [{"trial": 0, "score": 0.5, "born": 0, "died": None}],
        "learning_curves.rows": lambda made: [{"trial": 0, "epoch": 1, "score": 0.5}],
        "better": lambda made: {"score": "higher"},
        "xs": lambda made: [1, 2, 3],
        "ys": lambda made: [1, 3, 2],
        "racers": lambda made: {"a": lambda seed: (made.strategy(), made.estimator())},
        "seeds": lambda made: (0,),
        "command": lambda made: "python race.py",
        "ComparisonPanel.estimator": lambda made: made.table,
        "ControllerPanel.strategy": lambda made: Reinforce(made.space, hidden_size=4),
        "ComparisonPanel.racers": lambda made: [RandomSearch],
        "PlannedRace.seeds": lambda made: 1,
        "PlannedRace.racers": lambda made: {"a": RandomSearch},
        "about": lambda made: "of one",
        "make_race.planned": lambda made: PlannedRace("one", "of one", {"a": RandomSearch}, 1, 1),
        "make_race.folder": lambda made: made.emptied(),
        "pack_race.path": lambda made: made.race(),
        "pack_race.to": lambda made: made.folder / "race.jsonl.gz",
        "keep.made": lambda made: made.folder / "nowhere",
        "highest": lambda made: 0.9,
        "optimum": lambda made: 0.9,
        "runs": lambda made: [finish(search(RandomSearch(made.table.space), made.table, trials=2))],
        "header": lambda made: {},
        "first": lambda made: (),
        "network": lambda made: torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3)),
        "split": lambda made: made.data.train,
        "OneShot.split": lambda made: 0,
        "device": lambda made: torch.device("cpu"),
        "epochs": lambda made: 1,
        "task": lambda made: ImageTask(1, 8, 8, 3),
        "Exercise.task": lambda made: "Count.",
        "arch": lambda made: made.space.sample(random.Random(0)),
        "images": lambda made: made.data.train.images,
        "labels": lambda made: made.data.train.labels,
        "mean": lambda made: made.data.mean,
        "deviation": lambda made: made.data.deviation,
        "train": lambda made: made.data.train,
        "validation": lambda made: made.data.train,
        "test": lambda made: made.data.train,
        "name": lambda made: "some name",
        "examine.folder": lambda made: made.folder / "course",
        "recording.name": lambda made: "table-parts",
        "candidate": lambda made: Candidate("a"),
        "evaluation": lambda made: Evaluation(0.5, 1.0),
        "told": lambda made: Told(0, Candidate("a"), Evaluation(0.5, 1.0)),
        "event": lambda made: Asked(0, Candidate("a")),
        "error": lambda made: ValueError("no"),
        "weights": lambda made: {"normal": ((0.5, 0.5),)},
        "options": lambda made: (1, 2),
        "Question.options": lambda made: {"one": "Right.", "two": "Wrong."},
        "right": lambda made: "one",
        "questions": lambda made: Question("One?", {"one": "", "two": ""}, "one"),
        "judge": lambda made: lambda answer: "",
        "cases": lambda made: (returns(5, 2, 3),),
        "hints": lambda made: ("Count.",),
        "solution": lambda made: "five",
        "minutes": lambda made: 5,
        "expected": lambda made: 5,
        "question": lambda made: "How many?",
        "band": lambda made: (0, 1),
        "text": lambda made: "some text",
        "panel": lambda made: None,
        "id": lambda made: "a",
        "label": lambda made: "a",
        "tail": lambda made: "a",
        "head": lambda made: "b",
        "nodes": lambda made: (Node("a", "a"),),
        "graph": lambda made: Graph((Node("a", "a"),)),
        "ax": lambda made: axes(figure())[0],
        "on": lambda made: figure(),
        "figure": lambda made: figure(),
        "alt": lambda made: "a line",
        "html": lambda made: "<p>",
        "show": lambda made: lambda event: None,
        "code": lambda made: (("identity", 0), ("identity", 1)),
        "blocks": lambda made: (Pair("c[k]", "c[k-1]", "identity", "identity"),),
        "NASNetCell.blocks": lambda made: (Pair("c[k-1]", "c[k-2]", "identity", "identity"),),
        "operations": lambda made: ("none",) * 6,
        "first_operation": lambda made: "identity",
        "second_operation": lambda made: "identity",
        "second": lambda made: "c[k-2]",
        "Pair.first": lambda made: "c[k-1]",
        "state": lambda made: "well",
        "findings": lambda made: [],
        "folder": lambda made: made.folder / "course",
        "tensors": lambda made: {},
        "curve": lambda made: (0.5,),
        "study": lambda made: made.study,
        "curves": lambda made: [(0.1, 0.2), (0.2, 0.3), (0.3, 0.1)],
        "read_study.path": lambda made: made.folder / "nowhere.json",
        "tau": lambda made: Interval(0.5, 0.4, 0.6),
        "values": lambda made: np.arange(4.0).reshape(2, 2),
        "expected_best.values": lambda made: [1, 2, 3],
        "expected_best.n": lambda made: 1,
        "decisions": lambda made: ("first", "second"),
        "effects.options": lambda made: (("a", "b"), ("a", "b")),
        "of": lambda made: ("first",),
        "scores": lambda made: {made.space.sample(random.Random(0)): (0.5,)},
        "table": lambda made: made.table,
        "Table.path": lambda made: made.folder / "table.npz",
        "suspect": lambda made: lambda rng: 0,
        "BugHunt.right": lambda made: lambda rng: 1,
        "BugHunt.task": lambda made: "Find it.",
        "another": lambda made: lambda rng: 2,
        "allowed": lambda made: "That is fine too.",
        "fault": lambda made: "It is wrong.",
        "racer": lambda made: "random",
        "seed": lambda made: 0,
        **learning_curves(),
        "steps": lambda made: (Step(0, 1, 1, 1.0, 0.5),),
    }
    | {
        name: lambda made: Interval(0.5, 0.4, 0.6)
        for name in ("rho", "overlap", "precision", "tau_at_top", "difference")
    }
    | {
        name: lambda made: 2
        for name in (
            *("n", "top", "wins", "losses", "trial", "epoch", "batch", "batches", "channels"),
            *("height", "width", "classes", "vocabulary", "context", "parameters", "macs"),
            *("value", "low", "high", "loss", "seconds"),
        )
    }
    | {name: lambda made: 0.5 for name in ("score", "p", "RankAgreement.top")}
)


def outcome(call: Callable[..., Any], given: dict[str, Any]) -> list[str]:
    """What came of it: "taken", or the error's class and text."""
    try:
        result = call(**given)
        if hasattr(result, "send"):
            next(result, None)
            result.close()
        if hasattr(result, "close") and hasattr(result, "widget"):
            result.close()
    except OSError as error:
        return ["OSError", str(error)]
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["taken", ""]


def arguments_of(call: Callable[..., Any]) -> list[tuple[inspect.Parameter, str, bool]]:
    """Those of a plain kind: the argument, its kind, whether it may be None."""
    found = []
    for parameter in inspect.signature(call).parameters.values():
        kind = kind_of(str(parameter.annotation))
        if kind is not None and parameter.kind is not parameter.VAR_POSITIONAL:
            found.append((parameter, *kind))
    return found


def values_for(
    kind: str, optional: bool, owner: str, name: str, usual: Any
) -> Iterator[tuple[Any, str]]:
    """What is tried, and whether it fits: "yes", "no", or "perhaps"."""
    yield from ((value, "no") for value in WRONG[kind])
    yield from ((value, "perhaps") for value in DOUBTFUL.get(kind, []))
    yield None, "yes" if optional else "no"
    if kind == "number":
        refused = owner in ("Evaluation", "Epoch") and name == "seconds"
        yield float("nan"), "yes" if owner in NAN and not refused else "no"
    for plain, numpys in ((int, np.int64), (float, np.float64), (bool, np.bool_)):
        if type(usual) is plain:
            yield numpys(usual), "yes"


def tried(made: Made) -> Iterator[dict[str, Any]]:
    for owner, call in public():
        short = owner.rsplit(".", 1)[1]
        needed = ALWAYS.get(short, set()) | {
            each.name
            for each in inspect.signature(call).parameters.values()
            if each.default is each.empty and each.kind is not each.VAR_POSITIONAL
        }
        for parameter, kind, optional in arguments_of(call):
            name = parameter.name
            try:
                usual = made.given(short, name) if name in needed else parameter.default
            except LookupError as error:
                yield {"owner": owner, "name": name, "value": "", "fits": "yes",
                       "said": ["LookupError", str(error)]}  # fmt: skip
                continue
            for value, fits in values_for(kind, optional, short, name, usual):
                if (short, name, value) in SKIPPED:
                    continue
                try:
                    given = {each: made.given(short, each) for each in needed - {name}}
                    said = outcome(call, {**given, name: value})
                except LookupError as error:
                    said = ["LookupError", str(error)]
                yield {"owner": owner, "name": name, "value": repr(value)[:60], "fits": fits,
                       "said": said}  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        import os

        os.chdir(folder)
        print(json.dumps(list(tried(Made(Path(folder))))))
    sys.stdout.flush()
    os._exit(0)
