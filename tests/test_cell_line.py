"""The line of cells of the notebook on Bayesian optimisation, and what walks along it."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from synthetic_table import synthetic

from workbench.data import digits
from workbench.estimators import Table
from workbench.exercises import bayesian_optimization as lesson
from workbench.exercises.beliefs import PARTS, reliability
from workbench.exercises.cell_line import EPOCHS, LINE, CellLine, Measured, line_space
from workbench.exercises.multi_branch_spaces import trained
from workbench.history import Lap, Step
from workbench.race import Race, Truth
from workbench.records import ImageTask
from workbench.search import finish, search
from workbench.spaces import Topology, TopologySpace
from workbench.strategies import BayesianOptimization
from workbench.strategies.encodings import NumberRows
from workbench.views import axes, figure
from workbench.views.line_walk import line_walk
from workbench.views.nouns.menu import noun
from workbench.views.paper import VERMILLION
from workbench.views.predicted import predicted, says

# ------------------------------------------------------------------ the line


def test_neighbours_differ_in_a_single_edge_and_no_cell_comes_twice() -> None:
    line, space = CellLine(), line_space()
    for one, two in pairwise(line.cells):
        assert sum(a != b for a, b in zip(one.operations, two.operations)) == 1
    assert len({space.canonical(cell) for cell in line.cells}) == len(LINE) == line.size()


def test_it_climbs_falls_and_climbs_higher() -> None:
    """Averages of three neighbours, as the noise of a single training is some points."""
    scores = np.convolve([score for _, score in LINE], np.ones(3) / 3, mode="valid")
    first, second = scores[: lesson.VALLEY].max(), scores[lesson.VALLEY :].max()
    assert scores.min() + 0.3 < first < second - 0.05
    assert LINE[lesson.VALLEY][1] < 0.6


def test_it_is_a_space_of_one_decision() -> None:
    line = CellLine()
    (decision,) = line.menu()
    assert decision.options == tuple(range(len(LINE)))
    for place, cell in enumerate(line.cells):
        assert line.decisions(cell) == (place,)
        assert line.parse(line.spell(cell)) == cell
    drawn = line.sample(random.Random(0))
    assert drawn in line.cells
    out = line.build(drawn, ImageTask(1, 8, 8, 10)).eval()(torch.zeros(2, 1, 8, 8))
    assert out.shape == (2, 10)
    assert "cell" in line.graph(drawn).title


def test_a_cell_beside_the_line_is_refused() -> None:
    beside = Topology(("nor_conv_1x1",) * 6)
    for refuses in (CellLine().place, CellLine().trace, Measured(CellLine()).mean):
        with pytest.raises(ValueError, match="expected one of its 28 cells"):
            refuses(beside)


def test_what_was_measured_is_found_again() -> None:
    """One cell of the valley, one of the second hill, trained anew with a seed of theirs."""
    line = CellLine()
    for place, spread in ((lesson.VALLEY, 0.2), (21, 0.08)):
        cell = line.cells[place]
        score = trained(line_space(), cell, digits(), epochs=EPOCHS, seed=0)
        assert score == pytest.approx(Measured(line).mean(cell), abs=spread)


# ------------------------------------------------------------------ walks along it


def test_the_posterior_mean_is_stuck_and_expected_improvement_jumps() -> None:
    """The moment of the notebook: the same two beginnings, then the hill or the gap.

    Where nothing is known all places promise the same, so which one is asked is the last digit's.
    """
    greedy = lesson.walked("mean", seed=9, trials=8)
    curious = lesson.walked("ei", seed=9, trials=8)
    assert greedy[:2] == curious[:2]
    assert max(greedy) < lesson.VALLEY
    assert sum(place > lesson.VALLEY for place in curious) >= 2
    best = max(LINE[place][1] for place in curious)
    assert best > max(LINE[place][1] for place in greedy)


def test_a_posterior_along_the_line_has_every_cell_once() -> None:
    line = CellLine()
    strategy = BayesianOptimization(line, encoding="numbers", initial=3, refit=1, seed=1)
    finish(search(strategy, Measured(line), trials=6))
    rows = strategy.inside()["posterior"]
    assert sorted(row["x"] for row in rows) == list(range(len(LINE)))
    measured = [row for row in rows if row["score"] is not None]
    assert len(measured) == 6
    assert all(line.place(line.parse(row["architecture"])) == row["x"] for row in rows)
    ax = axes(figure(400, 340))[0]
    shown = noun("posterior", rows)
    assert shown is not None
    assert shown.figure is not None
    shown.figure(rows, ax, scale=Measured.scale)
    assert ax.get_ylim() == pytest.approx((30, 110))  # whatever the rule: its panels are compared
    (mark,) = (each for each in ax.figure.axes[1].lines if each.get_marker() == "v")
    asked = strategy.ask()
    assert asked is not None
    assert mark.get_xdata()[0] == line.place(asked.arch)
    assert f"x = {line.place(asked.arch)}," in shown.says(rows)


def test_a_measured_point_is_not_marked_as_next() -> None:
    """Its acquisition may be shown as the highest: it is not asked again."""
    rows = [
        {"x": x, "mean": m, "deviation": 0.1, "acquisition": a, "score": s}
        for x, m, a, s in ((0, 0.9, 0.9, 0.9), (1, 0.6, -0.6, None), (2, 0.5, -0.7, None))
    ]
    ax = axes(figure(400, 340))[0]
    shown = noun("posterior", rows)
    assert shown is not None
    assert shown.figure is not None
    shown.figure(rows, ax)
    (mark,) = (each for each in ax.figure.axes[1].lines if each.get_marker() == "v")
    assert mark.get_xdata()[0] == 1
    assert "most wanted next: x = 1" in shown.says(rows)


# ------------------------------------------------------------------ numbers as an encoding


def test_close_numbers_are_alike() -> None:
    """exp(−d²) with the whole line at d = 4: half a bell over 18 % of it."""
    line = CellLine()
    rows, owners = NumberRows(line).rows(line.cells)
    assert (rows.shape, list(owners)) == ((len(LINE), 1), [0])
    assert (rows[0, 0], rows[-1, 0]) == (0.0, 4.0)
    np.testing.assert_allclose(np.diff(rows[:, 0]), 4 / (len(LINE) - 1))


def test_words_are_no_numbers() -> None:
    with pytest.raises(ValueError, match=r"needs options that are numbers, got .*'edge 0→1'"):
        BayesianOptimization(TopologySpace(), encoding="numbers")


# ------------------------------------------------------------------ what the lesson asks


def test_the_toy_is_the_library_s() -> None:
    found = lesson.library_posterior({"000": 0.0, "011": 1.0}, ["001", "111", "100"])
    expected = [(0.324027, 0.761594), (0.367879, 0.864665), (0.0, 0.864665)]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    alone = lesson.library_posterior({"000": 2.0}, ["000", "100"])
    np.testing.assert_allclose(alone, [(2, 0), (2 * np.exp(-1), 1 - np.exp(-2))], atol=1e-6)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("table") / "made-up.npz"
    synthetic().save(path)
    return Table(path=path)


@pytest.mark.parametrize("encoding", ["decisions", "paths"])
def test_predictions_of_cells_that_were_not_trained(table: Table, encoding: str) -> None:
    rows = lesson.predictions(table, trained=15, seed=1, encoding=encoding)
    assert len(rows) == len(table.cells) - 15
    mean = np.array([row["mean"] for row in rows])
    truth = np.array([row["truth"] for row in rows])
    plain = np.abs(truth - np.mean(truth)).mean()
    assert np.abs(truth - mean).mean() < 0.9 * plain  # they tell something
    assert rows == lesson.predictions(table, trained=15, seed=1, encoding=encoding)
    assert repr(lesson.Predicted(rows)).startswith("Predictions against the truth")


def test_how_far_predictions_are_to_be_trusted() -> None:
    """Twenty cells, all off by a point; the best ten say so, of the others only two."""
    doubts = [0.001] * 8 + [0.02] * 12
    rows = [
        {"mean": 0.8 + n / 100 + (-1) ** n * 0.01, "deviation": doubt, "truth": 0.8 + n / 100}
        for n, doubt in enumerate(doubts)
    ]
    found = reliability(rows[::-1])
    assert tuple(found) == PARTS
    everybody, better, worst = found.values()
    assert (everybody["within"], better["within"], worst["within"]) == (0.6, 1.0, 0.0)
    assert everybody["miss"] == pytest.approx(0.01)
    assert (better["deviation"], worst["deviation"]) == (0.02, 0.001)
    assert 0.5 < everybody["order"] < 1
    with pytest.raises(ValueError, match="at least 20 rows, got 19"):
        reliability(rows[1:])


def test_predictions_are_judged_over_several_draws(table: Table) -> None:
    trust = lesson.Trust(table, ["decisions", "paths"], trained=6, seeds=range(2, 4))
    first = reliability(lesson.predictions(table, trained=6, seed=2, encoding="paths"))
    second = reliability(lesson.predictions(table, trained=6, seed=3, encoding="paths"))
    assert trust.rows("paths", "better half", "within") == [
        {"seed": 2, "value": first["better half"]["within"]},
        {"seed": 3, "value": second["better half"]["within"]},
    ]
    lines = repr(trust).splitlines()
    order = (first["all"]["order"] + second["all"]["order"]) / 2
    assert lines[5].startswith("| paths | all | ")
    assert lines[5].endswith(f" | {order:.2f} |")
    assert lines[-1] == "Medians of 2 draws."
    assert [note.mark for note in trust.claims("paths")] == ["differs", "differs"]


RING = "a red ring is one that does not"


def test_a_broken_promise_is_seen_without_its_colour() -> None:
    rows = [
        {"mean": 0.90, "deviation": 0.01, "truth": 0.91},
        {"mean": 0.90, "deviation": 0.01, "truth": 0.95},
    ]
    ax = axes(figure(400, 300))[0]
    predicted(rows, ax)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True]
    assert dots[1].get_color() == VERMILLION
    assert says(rows).endswith(f"1 of 2 truths lie within two deviations; {RING}")


def test_a_truth_far_below_leaves_the_others_their_room() -> None:
    rows = [{"mean": 0.83, "deviation": 0.01, "truth": 0.82 + n / 1000} for n in range(10)]
    rows += [{"mean": 0.82, "deviation": 0.01, "truth": 0.1}]
    ax = axes(figure(400, 300))[0]
    predicted(rows, ax)
    assert ax.get_ylim()[0] > 80
    assert [line.get_marker() for line in ax.lines].count("v") == 1
    assert [text.get_text() for text in ax.texts] == ["10 %"]
    assert ax.get_ylabel() == "truth (%)"
    one = "; one of those drawn lies far below the others, a triangle at the edge"
    assert says(rows).endswith(f"10 of 11 truths lie within two deviations; {RING}{one}")
    two = says([*rows, rows[-1]])
    assert two.endswith("; 2 of those drawn lie far below the others, triangles at the edge")
    assert says(rows[:10]).endswith("10 of 10 truths lie within two deviations")


def test_paths_as_words() -> None:
    cell = Topology(("nor_conv_3x3", "none", "skip_connect", "none", "none", "nor_conv_1x1"))
    words = lesson.path_texts(TopologySpace(), cell)
    assert "nor_conv_3x3 > skip_connect > nor_conv_1x1" in words
    assert len(words) <= 4


def history(*, trials: int, initial: int, acquisition: Any = "log ei", margin: float = 0.0) -> Any:
    line, how = CellLine(), {**lesson.ALONG, "initial": initial, "margin": margin}
    strategy = BayesianOptimization(line, acquisition=acquisition, seed=lesson.FEW_SEED, **how)
    return finish(search(strategy, Measured(line), trials=trials, seed=lesson.FEW_SEED))


def test_few_trials_are_enough_after_two_more_blind_ones() -> None:
    """The solution is right; as the panel stands, and with the posterior mean, it is not yet."""
    check = lesson.few_trials.check
    assert check(history(trials=lesson.FEWEST, initial=4, margin=0.02)).mark == "right"
    assert check(history(trials=lesson.FEWEST, initial=2)).mark == "not yet"
    assert check(history(trials=lesson.FEWEST, initial=4, acquisition="mean")).mark == "not yet"
    assert check(history(trials=lesson.FEWEST + 4, initial=4)).mark == "not yet"
    assert check(finish(iter(()))).mark == "not attempted"


def test_a_walk_is_drawn_with_the_numbers_of_its_trials() -> None:
    walk = lesson.Walk([0, 7, 8])
    ax = axes(figure(400, 300))[0]
    line_walk(walk.rows, ax)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == [0, 7, 8]
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2"]
    assert repr(walk).endswith("3 of them were tried, in this order of places: 0, 7, 8")
    assert (lesson.beyond([0, 7, 20]), lesson.beyond([0, 7])) == (2, 2)
    assert (lesson.reached([0, 21, 23]), lesson.reached([0, 7])) == (1, 2)


def lap(racer: str, seed: int, *values: tuple[int, float]) -> Lap:
    """With these true values from that trial on (counted from 1), the score a little higher."""
    steps = tuple(
        Step(n - 1, trials=n, epochs=n, seconds=1.0 * n, score=value + 0.01, value=value)
        for n, value in values
    )
    return Lap(racer, seed, steps, trials=300, epochs=300, seconds=300.0)


def test_racers_are_compared_seed_by_seed_each_after_its_own_trials() -> None:
    laps = [
        each
        for seed in range(8)
        for each in (
            lap("model", seed, (1, 0.80), (90, 0.85 + seed / 1000), (200, 0.99)),
            lap("chance", seed, (1, 0.70), (300, 0.84), (301, 0.99)),
        )
    ]
    pairs = [(("model", 100), ("chance", 300)), (("chance", 299), ("model", 1))]
    found = lesson.SeedBySeed(laps, pairs).found
    assert found[0] is not None
    assert found[1] is not None
    assert (found[0].wins, found[0].losses, found[0].n) == (8, 0, 8)
    assert found[0].difference.value == pytest.approx(0.0135)
    assert found[0].p == pytest.approx(2 / 2**8)
    assert found[1].difference.value == pytest.approx(-0.10)
    said = repr(lesson.SeedBySeed(laps, pairs))
    assert "| model, 100 | chance, 300 | +1.35 | **+1.35** | +1.10 to +1.60 | 8, 0 | " in said


def test_what_was_not_run_is_not_compared() -> None:
    laps = [lap("model", 0, (1, 0.8)), lap("chance", 1, (1, 0.7))]
    pairs = [(("model", 9), ("chance", 9)), (("model", 9), ("nobody", 9))]
    found = lesson.SeedBySeed(laps, [*pairs, (("model", 301), ("model", 9))])
    assert found.found == (None, None, None)
    assert repr(found).count("not run yet") == 3


def test_a_paper_s_order_beside_two_races() -> None:
    """Each race against the best that it knows, after as many trials as its column says."""
    theirs = [lap("BO, one-hot", seed, (1, 0.80), (140, 0.85), (160, 0.99)) for seed in range(3)]
    mine = [lap("BO, one-hot", 0, (1, 0.80), (60, 0.88)), lap("local search", 0, (1, 0.899))]
    race = Race({"notes": Truth(highest=0.86, optimum=0.85).notes}, tuple(theirs))
    found = lesson.PublishedRanking(mine, trials=60, best=0.9, recorded=race)
    text = repr(found)
    assert "| BO, one-hot | 93.73 % | 1.00 points | 2.00 points |" in text
    assert "| local search | 94.07 % | – | 0.10 points |" in text
    assert "regret after 150, n = 3 | yours: regret after 60, n = 1 |" in text
    empty = lesson.PublishedRanking((), trials=60, best=0.9, recorded=race)
    assert "| random search | 93.66 % | – | – |" in repr(empty)
