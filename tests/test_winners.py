"""The winner of a search, trained again: its own seed repeats the score that won."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.data import digits
from workbench.exercises.winners import Winner
from workbench.panels import SearchPanel, SpacePanel
from workbench.spaces import TopologySpace
from workbench.strategies import Hyperband

pytestmark = pytest.mark.usefixtures("processor")


def test_the_search_s_own_seed_gives_its_own_network_again(tmp_path: Path) -> None:
    space, images = TopologySpace(nodes=3, channels=4, cells=1, stages=1), digits()
    panel = SearchPanel(
        space, images, trials=2, seed=3, settings={"epochs": 1}, log=tmp_path / "run.jsonl"
    )
    panel.run()
    panel.wait()
    winner = Winner(panel, images, epochs=1, seed=3, more=1)
    best = panel.history.best
    assert best is not None
    assert winner.arch == best.candidate.arch
    assert winner.own[0] == best.evaluation.score
    assert winner.own[1] == panel.open_test_images()
    assert len(winner.others) == 1
    assert repr(winner).startswith(f"trial {best.trial}, the winner; as the search saw it: ")
    assert [name for name, *_ in winner.rows] == ["as the search saw it", "1 other seed"]
    assert winner._repr_html_().count("<img alt=") == 1
    panel.close()


def test_a_setting_changed_after_the_run_changes_nothing_of_its_winner(tmp_path: Path) -> None:
    built = SpacePanel(TopologySpace(nodes=3, channels=4, cells=1, stages=1))
    panel = SearchPanel(
        built, digits(), trials=1, settings={"epochs": 1}, log=tmp_path / "run.jsonl"
    )
    panel.run()
    panel.wait()
    built._form.controls["channels"].value = 2
    assert (panel.space.channels, panel.run_space.channels) == (2, 4)
    winner, best = Winner(panel, digits(), epochs=1, seed=0, more=0), panel.history.best
    assert best is not None
    assert winner.own[0] == best.evaluation.score
    for each in (panel, built):
        each.close()


def test_one_that_was_promoted_is_trained_in_one_go(tmp_path: Path) -> None:
    space, images = TopologySpace(nodes=3, channels=2, cells=1, stages=1), digits()
    halving = {"epochs": 2, "most_epochs": 2}
    panel = SearchPanel(
        space,
        images,
        strategies=[Hyperband],
        trials=3,
        settings=halving,
        log=tmp_path / "run.jsonl",
    )
    panel.run()
    panel.wait()
    promoted = next(t for t in panel.history.told if t.candidate.continues is not None)
    winner = Winner(panel, images, epochs=2, seed=0, more=0)
    assert [t.candidate.epochs for t in panel.history.told] == [1, 1, 2]
    assert repr(winner).startswith(f"trial {promoted.trial}, the winner;")
    assert winner.own[0] == promoted.evaluation.score
    panel.close()
