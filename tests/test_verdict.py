"""The one look at the test images: what it gives, that it is noted, and that nothing else looks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from fakes import Guess, chains

from workbench import attach
from workbench.data import ImageData, digits
from workbench.estimators import FullTraining
from workbench.panels import SearchPanel
from workbench.records import Opened, RunError
from workbench.search import finish, search
from workbench.store import load, note
from workbench.strategies import RandomSearch
from workbench.training import accuracy
from workbench.verdict import open_test_images

SPACE = chains()


def few() -> ImageData:
    data = digits()
    parts = {
        name: replace(split, images=split.images[:96], labels=split.labels[:96])
        for name, split in (("train", data.train), ("validation", data.validation))
    }
    return replace(data, **parts)


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[SearchPanel]:
    made = SearchPanel(SPACE, few(), trials=3, settings={"epochs": 2}, log=tmp_path)
    yield made
    made.close()


def run(panel: SearchPanel) -> SearchPanel:
    panel.run()
    panel.wait()
    return panel


def test_the_network_is_the_one_that_was_trained(tmp_path: Path) -> None:
    data = few()
    estimator = FullTraining(SPACE, data, epochs=2, checkpoints=tmp_path, device="cpu")
    history = finish(search(RandomSearch(SPACE), estimator, trials=2))
    for told in history.told:
        network = estimator.network(told)
        score = accuracy(network, data.validation, data, torch.device("cpu"))
        assert score == told.evaluation.score
        found = open_test_images(estimator, data, told)
        assert found == Opened(told.trial, accuracy(network, data.test, data, torch.device("cpu")))
    loose = FullTraining(SPACE, data, epochs=2)
    with pytest.raises(RunError, match="checkpoints=folder"):
        loose.network(history.told[0])
    other = FullTraining(SPACE, data, epochs=3, checkpoints=tmp_path)
    with pytest.raises(RunError, match="belongs to another run"):
        other.network(history.told[0])


def test_a_panel_opens_them_once_for_its_winner(panel: SearchPanel, tmp_path: Path) -> None:
    look = panel._arrangement.test_images
    assert look.widget.layout.display == "none"
    with pytest.raises(ValueError, match="let a run end first"):
        panel.open_test_images()
    run(panel)
    assert not look.button.disabled
    assert "once" in look.words.value
    look.button.click()
    best = panel.history.best
    assert best is not None
    score = panel.history.opened[best.trial]
    assert look.button.disabled
    assert f"{100 * score:.1f} %" in look.words.value
    assert f"test {100 * score:.1f} %" in panel._screen._views.widgets["champion"].value
    (log,) = tmp_path.glob("*.jsonl")
    assert json.loads(log.read_text().splitlines()[-1]) == {
        "event": "opened", "trial": best.trial, "score": score,
    }  # fmt: skip
    assert load(log, SPACE).events == panel.history.events


def test_it_is_still_known_after_coming_back(panel: SearchPanel, tmp_path: Path) -> None:
    score = run(panel).open_test_images()
    assert f"test {100 * score:.1f} %" in repr(panel.wait())
    again = attach(next(tmp_path.glob("*.jsonl")), data=few())
    assert list(again.history.opened.values()) == [score]
    assert again._arrangement.test_images.button.disabled
    again.close()


def test_a_run_read_from_its_log_can_be_tested(panel: SearchPanel, tmp_path: Path) -> None:
    run(panel)
    again = attach(next(tmp_path.glob("*.jsonl")), data=few())
    assert 0 <= again.open_test_images() <= 1
    again.close()


def test_what_gives_no_network_back_says_what_to_do(tmp_path: Path) -> None:
    class Guessing(Guess):
        def __init__(self, space: Any, data: ImageData, *, epochs: int = 2) -> None:
            super().__init__(space, epochs=epochs)
            self.data = data

    panel = run(SearchPanel(SPACE, few(), estimators=(Guessing,), trials=2, log=tmp_path))
    panel._arrangement.test_images.button.click()
    assert "gives no network back" in panel._arrangement.notice._words.value
    panel.close()


@pytest.mark.parametrize("trial", [7, 1])
def test_only_a_trial_that_ended_is_noted(panel: SearchPanel, tmp_path: Path, trial: int) -> None:
    panel.step("trial")
    panel.wait()
    panel.step("epoch")  # trial 1 has begun
    panel.wait()
    panel.stop()
    panel.wait()
    (log,) = tmp_path.glob("*.jsonl")
    before = log.read_bytes()
    with pytest.raises(ValueError, match=str(trial)):
        note(log, Opened(trial, 0.5), SPACE)
    assert log.read_bytes() == before


def test_nothing_else_reads_the_test_images(make_blind: Callable[[], ImageData]) -> None:
    data = make_blind()
    history = finish(search(RandomSearch(SPACE), FullTraining(SPACE, data, epochs=1), trials=2))
    assert len(history.told) == 2


@pytest.fixture
def make_blind() -> Callable[[], ImageData]:
    """Data whose test images cannot be used at all."""

    def blind() -> ImageData:
        data = few()
        nothing = replace(data.test, images=data.test.images[:0], labels=data.test.labels[:0])
        return replace(data, test=nothing)

    return blind
