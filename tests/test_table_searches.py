"""What notebook 04 asks of many searches on a table, and its exercise against chance."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from synthetic_table import MENU, synthetic

from workbench.data import digits
from workbench.estimators import Table
from workbench.exercises.against_chance import (
    CONVOLUTIONS,
    EXAMPLE,
    HANDS,
    PASTED,
    answers,
    beat_chance,
    stand_in,
    worth,
)
from workbench.exercises.table_searches import (
    PAPERS,
    about,
    cheap_or_long,
    connected,
    error_of_best,
    mornings,
    repeats,
    reported,
    searches,
    standard_errors,
    what_made_it_good,
    without_dead,
)
from workbench.history import History, Lap, expected_best
from workbench.panels.winners_curse import second_look
from workbench.race import entered, race
from workbench.records import Candidate, Evaluation, Told
from workbench.search import finish, search
from workbench.spaces import TopologySpace
from workbench.spaces.topology import Topology
from workbench.strategies import LocalSearch, RandomSearch
from workbench.strategies.pasted_answer import understood


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic(noise=0.01).save(path)
    return Table(path=path)


def by_hand(table: Table, *cells: Topology, reason: str = "by hand") -> History[Topology]:
    """The log of a run that tried these cells; the score is what their first seed had."""
    evaluations = (Evaluation(float(table.curve(cell, seed=0)[-1]), 1.0) for cell in cells)
    told = (
        Told(trial, Candidate(cell, reason=reason), each)
        for trial, (cell, each) in enumerate(zip(cells, evaluations, strict=True))
    )
    return History(tuple(told))


def test_a_morning_has_a_line_a_search_and_their_mean(table: Table) -> None:
    runs = searches(table, 4, trials=20)
    lines = mornings(table, runs).data.splitlines()
    assert len(lines) == 2 + 4 + 1
    gaps = [float(line.split("|")[4].replace("−", "-")) for line in lines[2:6]]
    said = float(lines[-1].split("**")[1].replace("−", "-"))
    assert said == pytest.approx(np.mean(gaps), abs=0.11)


def test_repeats_are_cells_that_compute_what_an_earlier_one_did(table: Table) -> None:
    (run,) = searches(table, 1, trials=64)  # every spelling
    assert repeats(table, run) == 64 - len(table.cells)


def test_what_a_table_holds_in_words(table: Table) -> None:
    said = about(table).data
    assert "64 spellings, 26 that differ" in said
    assert "| operations | `none`, `skip_connect`, `nor_conv_1x1`, `nor_conv_3x3` |" in said
    assert "| trainings of each | 3, a seed each |" in said
    assert "| images | made up |" in said
    assert "| one training | 12 epochs |" in said
    assert said.endswith(f"{table.words[1:]}.")


def test_the_error_of_a_mean_best_is_that_of_every_sample() -> None:
    truths = [-0.3, 0.1, 0.5, 0.6, 0.9]
    for n in range(1, 6):
        bests = [max(sample) for sample in combinations(truths, n)]
        assert error_of_best(truths, n, searches=4) == pytest.approx(np.std(bests) / 2, abs=1e-9)
    assert error_of_best([0.5], 1, searches=1) == 0


def test_how_many_errors_a_gap_is() -> None:
    assert standard_errors(-2.0, 4.0) == -0.5
    assert standard_errors(0.0, 0.0) == 0
    assert standard_errors(1.0, 0.0) == float("inf")
    assert standard_errors(-1.0, 0.0) == float("-inf")


def test_the_papers_rows_and_your_own(table: Table) -> None:
    racers = entered({"random search": RandomSearch, "local search": LocalSearch}, table)
    laps = [
        lap
        for lap in race(racers, seeds=(0, 1), trials=15, value=table.mean)
        if isinstance(lap, Lap)
    ]
    lines = reported(laps, "local search").data.splitlines()
    assert len(lines) == 2 + 3 + 1
    blind, other = (
        [lap.steps[-1].value for lap in laps if lap.racer == name]
        for name in ("random search", "local search")
    )
    assert f"| you, 2 seeds | {100 * np.mean(blind):.2f} ± " in lines[-1]
    assert lines[-1].endswith(f"| {100 * (np.mean(other) - np.mean(blind)):.2f} |")
    assert len(reported((), "local search").data.splitlines()) == 5
    for line in PAPERS:  # the difference is that of the two means
        one, two = (float(each) for each in re.findall(r"(\d+\.\d+) ±", line))
        assert line.endswith(f"| {two - one:.2f} |")


def test_one_budget_many_ways(table: Table) -> None:
    runs = searches(table, 5, trials=24)
    rows = cheap_or_long(table, runs, epochs=(1, 12), budget=24)
    assert [row["trials"] for row in rows] == [24, 2]
    long = rows[1]
    best = [max(run.told[:2], key=lambda told: told.evaluation.score) for run in runs]
    assert long["seen"] == pytest.approx(np.mean([told.evaluation.score for told in best]))
    again = [second_look(table, told) for told in best]
    assert long["value"] == pytest.approx(np.mean(again))
    assert long["error"] == pytest.approx(np.std(again, ddof=1) / 5**0.5)
    with pytest.raises(ValueError, match="expected searches"):
        cheap_or_long(table, runs, epochs=(1,), budget=25)


def test_without_the_dead_cells_their_variance_is_gone(table: Table) -> None:
    alive, grid, put = connected(table), table.grid(), without_dead(table)
    dead = Topology((table.space.operations[0],) * alive.ndim)  # all none
    assert not alive[(0,) * alive.ndim]
    assert grid[(0,) * alive.ndim] == table.mean(dead)
    assert int((~alive).sum()) == 7  # 0→2 is none, and so is 0→1 or 1→2: 4 + 4 − 1
    assert put.var() < grid.var()
    assert put.mean() == pytest.approx(grid[alive].mean())
    shown = what_made_it_good(table, most=4).data
    assert "Without the 7 dead ones" in shown
    assert shown.count("single edges explain") == 4  # in the picture's alt text, and below it


def best_light(table: Table) -> Topology:
    """The best cell that the game allows."""
    few = [cell for cell in table.cells if cell.operations.count("nor_conv_3x3") <= CONVOLUTIONS]
    return max(few, key=table.mean)


def test_beating_chance_by_hand(table: Table) -> None:
    exercise = beat_chance(table)
    assert exercise is beat_chance(table)
    aim, light = expected_best(table.grid().ravel(), HANDS), best_light(table)
    assert f"{100 * aim:.1f} %" in exercise.task
    worst = table.cells[int(np.argmin(table.means))]
    assert exercise.check(by_hand(table, worst, light)).mark == "right"
    heavy = Topology(("nor_conv_3x3",) * 3)
    assert exercise.check(by_hand(table, heavy, light)).mark == "right"  # what is heavy counts not
    cases = {
        f"{HANDS + 1} were tried": by_hand(table, *[table.best] * (HANDS + 1)),
        "trial 0, whose mean is": by_hand(table, worst),
        "every cell tried has more of them": by_hand(table, heavy),
        "asked about by a strategy": by_hand(table, light, reason="drawn at random, number 1"),
        "expected the history": 0.9,
    }
    for words, answer in cases.items():
        said = exercise.check(answer)
        assert said.mark == "not yet", words
        assert words in said.text
    assert exercise.check(History(())).mark == "not attempted"
    assert exercise.check(None).mark == "not attempted"


def test_the_example_is_nobody_s_trial(tmp_path: Path) -> None:
    synthetic(TopologySpace(operations=MENU), seeds=2, epochs=1).save(tmp_path / "table.npz")
    table = Table(path=tmp_path / "table.npz")
    example, worst = table.space.parse(EXAMPLE), table.cells[int(np.argmin(table.means))]
    exercise = beat_chance(table)
    assert exercise.check(by_hand(table, example)).mark == "not attempted"
    assert "your choice is trial 1" in exercise.check(by_hand(table, example, worst)).text
    assert exercise.check(by_hand(table, example, *[best_light(table)] * HANDS)).mark == "right"


def test_what_a_choice_is_worth_in_blind_draws(table: Table) -> None:
    worst = table.cells[int(np.argmin(table.means))]
    assert worth(table, by_hand(table)) == "No trial of your own yet."
    assert "worse than a single blind draw" in worth(table, by_hand(table, worst))
    heavy = Topology(("nor_conv_3x3",) * 3)
    assert "No cell with at most 2 conv" in worth(table, by_hand(table, heavy))
    truths = table.grid().ravel()
    for cell in table.cells:
        if cell.operations.count("nor_conv_3x3") > CONVOLUTIONS:
            continue
        said = worth(table, by_hand(table, cell))
        assert f"a truth of {100 * table.mean(cell):.1f} %" in said
        found = re.search(r"best of (\d+)", said)
        n = int(found[1]) if found else 0
        assert n == 0 or expected_best(truths, n) <= table.mean(cell)
        assert n == 64 or expected_best(truths, n + 1) > table.mean(cell)


def test_a_lucky_choice_is_judged_by_its_mean(table: Table) -> None:
    """The score seen may be the highest there is: a choice counts by what it is worth."""
    worst = table.cells[int(np.argmin(table.means))]
    lucky = Told(0, Candidate(worst, reason="by hand"), Evaluation(0.999, 1.0))
    assert beat_chance(table).check(History((lucky,))).mark == "not yet"


def test_the_pasted_answer_spells_a_cell_of_the_space() -> None:
    space = TopologySpace()
    cell = understood(space, PASTED)
    assert space.is_connected(cell)


def test_a_panel_s_estimator_answers_as_the_table_does(table: Table) -> None:
    lookup = answers(table)(table.space)
    one, other = (
        finish(search(RandomSearch(table.space, seed=4), estimator, trials=5, seed=4))
        for estimator in (lookup, table)
    )
    assert one.events == other.events
    assert lookup.described() == table.described()
    assert stand_in(table, digits()).name == "made up, from the table"
