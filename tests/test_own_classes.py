"""A learner's own classes everywhere, and what a panel keeps, clears and brings back."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import Guess, chains

from workbench import attach
from workbench.data import ImageData, digits
from workbench.graphs import Graph, Node
from workbench.panels import SearchPanel, SpacePanel
from workbench.panels.running import open_panels as live_panels
from workbench.records import Candidate, Decision
from workbench.spaces import Space

SPACE = chains()


class Perceptrons(Space[tuple[int, ...]]):
    """A learner's space."""

    def __init__(self, *, most: int = 2) -> None:
        self.most = most

    def walk(self) -> Any:
        depth = yield Decision("depth", tuple(range(1, self.most + 1)))
        units: tuple[int, ...] = ()
        for i in range(1, depth + 1):
            units = (*units, (yield Decision(f"layer {i} / units", (4, 8))))
        return units

    def answers(self, arch: tuple[int, ...]) -> Iterator[Any]:
        yield len(arch)
        yield from arch

    def spell(self, arch: tuple[int, ...]) -> str:
        return "-".join(map(str, arch))

    def parse(self, text: str) -> tuple[int, ...]:
        arch = tuple(int(word) for word in text.split("-"))
        self.trace(arch)
        return arch

    def graph(self, arch: tuple[int, ...]) -> Graph:
        return Graph((Node("image", "image", "input"),), title=self.spell(arch))

    def build(self, arch: tuple[int, ...], task: Any) -> Any:
        raise NotImplementedError


class Climber:
    """A learner's strategy."""

    def __init__(self, space: Any, *, lr: float = 0.1, seed: int = 0) -> None:
        self.space, self.lr, self.seed = space, lr, seed
        self.best: Any = None
        self.asks = 0

    def ask(self) -> Any:
        self.asks += 1
        rng = random.Random(f"{self.seed} {self.asks}")
        if self.best is None:
            return Candidate(self.space.sample(rng))
        return Candidate(self.space.mutate(self.best.candidate.arch, rng))

    def tell(self, told: Any) -> None:
        if self.best is None or told.evaluation.score > self.best.evaluation.score:
            self.best = told

    def inside(self) -> Any:
        return {}


class Guessing(Guess):
    """A learner's estimator."""

    def __init__(self, space: Any, data: ImageData, *, epochs: int = 2) -> None:
        super().__init__(space, epochs=epochs)
        self.data = data


OWN = (Perceptrons, Climber, Guessing)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_panels, "_LIVE", [])


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def panel(**more: Any) -> SearchPanel:
        parts = {"strategies": (Climber,), "estimators": (Guessing,), "trials": 3}
        space = more.pop("space", SPACE)
        made.append(SearchPanel(space, digits(), **{"log": tmp_path, **parts, **more}))
        return made[-1]

    yield panel
    for each in made:
        each.close()


def run(panel: SearchPanel) -> SearchPanel:
    panel.run()
    panel.wait()
    return panel


# ---------------------------------------------------------------- own classes


def test_a_panel_of_own_classes_is_attached(
    make: Callable[..., SearchPanel], tmp_path: Path
) -> None:
    panel = run(make(space=Perceptrons(most=3), settings={"lr": 0.5}))
    told, state = panel.history.told, panel.state
    panel.close()
    with pytest.raises(ValueError, match=r"own=\(…,\)"):
        attach(tmp_path)
    again = attach(tmp_path, own=OWN)
    assert again.state == state
    assert again.history.told == told
    assert again.space.most == 3
    again.close()


def test_a_corrupt_log_leaves_no_panel_behind(
    make: Callable[..., SearchPanel], tmp_path: Path
) -> None:
    run(make()).close()
    (log,) = tmp_path.glob("*.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:2], b"nonsense\n", *lines[2:]]))
    with pytest.raises(ValueError, match="line 3 is corrupt"):
        attach(log, own=OWN)
    with pytest.raises(FileNotFoundError):
        attach(tmp_path / "nothing here")
    assert live_panels.newest(SearchPanel) is None


def test_a_tilde_is_the_home(
    make: Callable[..., SearchPanel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    panel = run(make(log="~/my runs"))
    assert list((tmp_path / "my runs").glob("*.jsonl"))
    panel.close()
    again = attach("~/my runs", own=OWN)
    assert len(again.history.told) == 3
    again.close()


# ---------------------------------------------------------------- yours


def test_editing_yours_turns_the_button(make: Callable[..., SearchPanel]) -> None:
    mine = SpacePanel(SPACE)
    panel = run(make(yours=mine))
    assert panel._arrangement.buttons.run.description == "Run anew"  # it has finished
    panel.fork(1)
    panel.stop()
    panel.wait()
    before = mine.arch
    while mine.arch == before:
        mine.random()
    assert panel._arrangement.buttons.run.description == "Run anew"
    assert "Settings changed" in panel._arrangement.caption.value
    mine.arch = before
    assert "Settings changed" not in panel._arrangement.caption.value
    panel.close()
    mine.random()  # nobody listens any more
    assert mine._listeners == []
    mine.close()


# ---------------------------------------------------------------- clearing


def test_clear_runs_asks_where_something_is_lost(make: Callable[..., SearchPanel]) -> None:
    panel = make()
    panel._arrangement.buttons.clear.click()
    assert panel._arrangement.notice.widget.layout.display == "none"  # there was nothing to lose
    run(panel)
    panel._form._plain["seed"].value = 1
    run(panel)
    panel._arrangement.buttons.clear.click()
    assert len(panel.history.told) == 3  # asked, not done
    assert len(panel.runs) == 1
    assert "Clear 2 runs" in panel._arrangement.notice._words.value
    assert panel._arrangement.notice._button.description == "Clear 2 runs"
    panel._arrangement.notice._button.click()
    assert panel.history.told == ()
    assert panel.runs == []
    assert json.loads(panel.state)["seed"] == 1  # settings stay


def test_the_notebooks_settings_come_back(make: Callable[..., SearchPanel]) -> None:
    panel = run(make(settings={"lr": 0.5}))
    panel._form._plain["seed"].value = 7
    panel._form._own["strategy"]["Climber"]["lr"].widget.value = "many"
    assert "lr: expected a number" in panel._arrangement.notice._words.value
    panel._arrangement.buttons.restore.click()
    assert json.loads(panel.state)["seed"] == 0
    assert panel._form.chosen("strategy")[1] == {"lr": 0.5}
    assert panel._arrangement.notice.widget.layout.display == "none"
    assert len(panel.history.told) == 3  # runs stay
