"""A method in a panel: logged, stopped, resumed, shown, stepped and attached like a search."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fakes import Descent, Guess, chains

from workbench import attach
from workbench.data import digits
from workbench.history import learning_curves
from workbench.panels import SearchPanel
from workbench.panels.running.run_plan import MethodPlan, SearchPlan
from workbench.protocols import Rows
from workbench.records import Epoch, Mixture, Told
from workbench.store import header, load, resume
from workbench.strategies import RandomSearch

SPACE = chains()


class Found(Descent):
    """Descent whose settings a panel finds, and that shows where it is."""

    def __init__(self, space: Any, *, epochs: int = 6, pause: float = 0.0) -> None:
        super().__init__(space, epochs=epochs, pause=pause)

    def inside(self) -> Mapping[str, Rows]:
        return {"mixture": [{"edge": "0→1", "operation": "skip", "weight": 1.0}]}


def make(tmp_path: Path, **more: Any) -> SearchPanel:
    return SearchPanel(SPACE, digits(), methods=(Found,), log=tmp_path, **more)


def whole(seed: int = 0) -> list[Any]:
    return [
        event
        for event in Found(SPACE).events(seed=seed)
        if isinstance(event, Epoch | Mixture | Told)
    ]


def own(panel: SearchPanel) -> list[Any]:
    return [e for e in panel.history.events if isinstance(e, Epoch | Mixture | Told)]


def test_it_runs_and_is_logged(tmp_path: Path) -> None:
    panel = make(tmp_path, seed=3)
    assert [each.description for each in panel._form.top.children] == ["seed", "epochs"]
    panel.run()
    outcome = panel.wait()
    assert outcome.state == "finished"
    assert own(panel) == whole(seed=3)
    (log,) = tmp_path.glob("*-found.jsonl")
    assert header(log)["settings"]["method"]["name"] == "Found"
    assert load(log, SPACE).told == panel.history.told
    assert json.loads(panel.state)["method"] == {"name": "Found"}
    assert "1/1 done" in panel._arrangement.status.value
    assert learning_curves(panel.history, shared=True)
    panel.close()


def test_stopped_it_goes_on_and_reset_settings_start_anew(tmp_path: Path) -> None:
    panel = make(tmp_path, settings={"pause": 0.02})
    panel.step("epoch")
    assert panel.wait().state == "paused"
    assert [type(event) for event in own(panel)] == [Epoch]
    assert "searching: epoch" in panel._arrangement.status.value
    panel.stop()
    panel.wait()
    panel.run()
    panel.wait()
    assert own(panel) == whole()
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    panel._form._plain["seed"].value = 1
    panel.run()
    panel.wait()
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    assert len(panel.runs) == 1
    panel.close()


def test_it_comes_back_from_its_log(tmp_path: Path) -> None:
    panel = make(tmp_path, seed=2, settings={"epochs": 4})
    panel.step("epoch")
    panel.wait()
    panel.close()
    with pytest.raises(ValueError, match="Found"):
        attach(tmp_path)  # a learner's class: it must be given
    again = SearchPanel.from_state(panel.state, own=(Found,), log=tmp_path)
    assert again.state == panel.state
    assert isinstance(again._settings.plan(), MethodPlan)
    again.close()


def test_a_method_asks_nobody() -> None:
    arch = SPACE.parse("conv3x3:8-fc0")
    with pytest.raises(ValueError, match="methods or yours"):
        SearchPanel(SPACE, digits(), methods=(Found,), yours=arch)


def test_both_plans_have_one_face(tmp_path: Path) -> None:
    data = digits()
    search = SearchPlan(SPACE, data, 0, (RandomSearch, {}), (Guess, {"epochs": 2}), 3)
    method = MethodPlan(SPACE, data, 0, (Found, {"epochs": 2}))
    for number, plan in enumerate((search, method)):
        made = plan.made(tmp_path / f"{number}.jsonl")
        assert [event for event in made.events() if isinstance(event, Told)]
        assert isinstance(made.inside(), Mapping)
        assert plan.faults() == []
        assert plan.device == "auto"
    assert (search.title, search.total) == ("random search", 3)
    assert (method.title, method.total) == ("found", 1)
    wrong = MethodPlan(SPACE, data, 0, (Found, {"epochs": 2, "pause": "no"}))
    assert wrong.recipe != method.recipe
    assert list(resume(tmp_path / "1.jsonl", Found(SPACE, epochs=2)))
