"""The map of a table: who neighbours whom, what a pick shows, a strategy's walk on it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from itertools import product, repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_table import synthetic

from workbench.estimators import Table
from workbench.panels import TableMap
from workbench.panels.map.axes import AXES, on_ways, places, ticks
from workbench.panels.map.change_one_decision import html, words
from workbench.panels.map.dots import ZOOMS
from workbench.panels.map.neighbour_graph import Landscape
from workbench.panels.map.variance_by_edge import Shares, points
from workbench.panels.running.worker_thread import BusyError, Runner
from workbench.records import Batch
from workbench.spaces.topology import Topology
from workbench.strategies import ByHand, LocalSearch, RandomSearch
from workbench.views.paper import axes, figure
from workbench.views.scatter import Trials, scatter


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    """26 cells of three nodes; 9 neighbours each."""
    path: Path = tmp_path_factory.mktemp("table") / "small.npz"
    synthetic(noise=0.02).save(path)
    return Table(path=path)


@pytest.fixture
def panel(table: Table) -> Iterator[TableMap]:
    made = TableMap(table, trials=12)
    yield made
    made.close()


def every(table: Table) -> list[Topology]:
    edges = len(table.space.menu())
    return [Topology(each) for each in product(table.space.operations, repeat=edges)]


# ------------------------------------------------------------ the landscape


def test_neighbours_differ_in_the_one_edge_that_they_say(table: Table) -> None:
    land = Landscape(table)
    for arch in table.cells:
        found = list(land.neighbours(arch))
        assert [each.arch for each in found] == list(table.space.neighbours(arch))
        for each in found:
            changed = list(arch.operations)
            changed[each.edge] = each.operation
            assert each.arch.operations == tuple(changed)
            assert each.cell == table.number(each.arch)


def test_local_optima_are_where_a_climb_may_end(table: Table) -> None:
    land = Landscape(table)
    lead = np.full(len(table.cells), -np.inf)  # by brute force, spelling for spelling
    for arch in every(table):
        cell = table.number(arch)
        around = [table.mean(n) for n in table.space.neighbours(arch) if table.number(n) != cell]
        lead[cell] = max(lead[cell], table.means[cell] - max(around, default=-np.inf))
    assert land.lead == pytest.approx(lead)
    optima = np.flatnonzero(land.is_optimum)
    assert sorted(table.local_optima()) == optima.tolist()
    error = table.noise * np.sqrt(2 / table.runs)
    assert land.is_sure_optimum.tolist() == (lead >= 2 * error).tolist()
    assert land.is_optimum[table.means.argmax()]
    assert f"{len(optima)} local optim" in land.sentence()
    assert "noise" in land.sentence()


def test_flatness_is_the_share_of_neighbours_within_the_noise(table: Table) -> None:
    land, arch = Landscape(table), table.cells[7]
    near = [table.number(each) for each in table.space.neighbours(arch)]
    within = [
        abs(table.means[n] - table.means[7])
        < 2 * table.noise * np.sqrt(1 / table.runs[n] + 1 / table.runs[7])
        for n in near
    ]
    assert land.flatness[7] == pytest.approx(np.mean(within))


def test_uphill_is_the_best_neighbour_if_it_is_better(table: Table) -> None:
    land = Landscape(table)
    for arch in table.cells:
        best = max(table.mean(each) for each in table.space.neighbours(arch))
        step = land.uphill(arch)
        assert (step is None) == (best <= table.mean(arch))
        assert step is None or table.mean(step.arch) == best


def test_ranks_begin_at_the_best(table: Table) -> None:
    ranks = Landscape(table).ranks
    assert sorted(ranks) == list(range(1, len(table.cells) + 1))
    assert ranks[table.means.argmax()] == 1


# ------------------------------------------------------------ where a dot stands


@pytest.mark.parametrize("name", AXES)
def test_every_axis_places_every_cell(table: Table, name: str) -> None:
    at = places(table, name)
    assert len(at.x) == len(at.y) == len(table.cells)
    assert np.isfinite(at.x).all()
    assert np.isfinite(at.y).all()
    assert at.by_colour == (name == "similarity")


def test_an_unknown_axis_is_refused_by_name(table: Table) -> None:
    with pytest.raises(ValueError, match=r"x: expected one of .*'parameters'.*'height'"):
        TableMap(table, x="height")


def test_dots_that_are_spread_sideways_stay_in_their_column(table: Table) -> None:
    at = places(table, "parameters")
    columns = np.unique(table.parameters)
    nearest = columns[np.abs(at.x[:, None] - columns).argmin(1)]
    assert nearest.tolist() == table.parameters.tolist()
    assert "spread" in at.x_label


def test_operations_are_counted_on_ways_alone() -> None:
    menu = ("none", "skip_connect", "nor_conv_3x3")
    # 0→1 conv; 0→2 none, 1→2 skip; 0→3 skip, 1→3 conv, 2→3 conv: ways 0-1-2-3, 0-1-3 and 0-3
    c, s = "nor_conv_3x3", "skip_connect"
    cell = Topology((c, "none", s, s, c, c))
    assert on_ways(cell, menu) == [0, 2, 4]
    assert on_ways(Topology(("none", "none", c, "none", c, c)), menu) == [0, 0, 0]  # a dead node


def test_ticks_are_round_and_inside() -> None:
    assert ticks((1_100, 3_900)) == ((2000.0, "2 k"), (3000.0, "3 k"))
    assert [words for _, words in ticks((66.0, 80.5))] == ["70", "75", "80"]
    assert ticks((5.0, 5.0)) == ((5.0, "5"),)


# ------------------------------------------------------------ what a pick shows


def test_a_click_picks_shows_and_tells(panel: TableMap, table: Table) -> None:
    heard: list[Topology] = []
    deaf = panel.observe(heard.append)
    dots, before = panel._map.widget, panel._map.widget.here["number"]
    panel._heard(dots, {"cell": 5}, None)
    assert panel.picked == table.cells[5]
    assert dots.here["cell"] == 5
    assert set(dots.here["near"]) == set(table.neighbours(5).tolist()) - {5}
    assert dots.here["number"] == before + 1
    assert "aria-label" in panel._views._drawing.value
    assert table.space.spell(table.cells[5]) in panel._views._facts.value
    assert "<img alt=" in panel._views._figure.value
    assert panel._layout.slider.value == panel.landscape.ranks[5]
    deaf()
    panel._heard(dots, {"cell": 6}, None)
    assert heard == [table.cells[5]]


def test_every_message_that_waits_is_answered_and_nonsense_is_not_believed(
    panel: TableMap, table: Table
) -> None:
    dots = panel._map.widget
    panel.picked = table.best
    for content in ({"move": "best"}, {"move": "back"}, {"move": "back"}, {"move": "random"}):
        before = dots.here["number"]
        panel._heard(dots, content, None)
        assert dots.here["number"] > before
    held = panel.picked
    for content in ({"cell": 10**6}, {"cell": -1}, {"cell": "<b>"}, {"move": "away"}, {}):
        panel._heard(dots, content, None)
    assert panel.picked == held


def test_uphill_ends_at_a_local_optimum_and_back_leads_down_again(
    panel: TableMap, table: Table
) -> None:
    panel.picked = table.cells[3]
    way = [panel.picked]
    for _ in range(20):
        panel._move("best")
        way.append(panel.picked)
    climbed = list(dict.fromkeys(way))
    heights = [table.mean(each) for each in climbed]
    assert heights == sorted(heights)
    assert panel.landscape.uphill(panel.picked) is None
    for _ in climbed[1:]:
        panel._move("back")
    assert panel.picked == table.cells[3]


def test_the_slider_goes_by_rank(panel: TableMap, table: Table) -> None:
    panel._layout.slider.value = 1
    assert table.mean(panel.picked) == table.means.max()
    panel._layout.slider.value = len(table.cells)
    assert table.mean(panel.picked) == table.means.min()


def test_a_bar_leads_to_the_cell_with_this_one_change(panel: TableMap, table: Table) -> None:
    panel.picked = table.cells[11]
    changed = list(table.cells[11].operations)
    other = next(name for name in table.space.operations if name != changed[1])
    panel._views._pressed(None, {"press": f"1:{other}"}, None)
    changed[1] = other
    assert panel.picked == Topology(tuple(changed))  # not another spelling of its class
    for nonsense in ("7:x", "", "1", "1:<script>"):
        panel._views._pressed(None, {"press": nonsense}, None)
    assert panel.picked == Topology(tuple(changed))


def test_each_other_operation_has_a_pair_of_bars(table: Table) -> None:
    land, arch = Landscape(table), table.cells[11]
    shown = html(land, arch)
    assert shown.count("data-press=") == len(list(land.neighbours(arch)))
    assert shown.count("height:2px") == 3 * 4  # the cell as it is, at each place
    assert shown.count("height:6px;width") == 9  # and each change
    counts = [
        int(n) for n in re.findall(r"(\d+) (?:better|worse|within|the same)", words(land, arch))
    ]
    assert sum(counts) == 9
    assert "data-press" not in html(land, arch, still=True)
    assert "<button" not in html(land, arch, still=True)


def test_a_cell_of_another_space_is_refused(panel: TableMap) -> None:
    with pytest.raises(ValueError, match="not in its space"):
        panel.picked = Topology(("none",))
    with pytest.raises(ValueError, match=r"cells"):
        TableMap(panel.table, show=["cells"])


def test_the_zoom_hides_the_low_ones_and_says_so(panel: TableMap, table: Table) -> None:
    dots = panel._map.widget
    panel._layout.zoom.value = "all"
    low = dots.frame["y"]["range"][0]
    assert low <= 100 * table.means.min()
    panel._layout.zoom.value = "best half"
    assert dots.frame["y"]["range"][0] > low
    assert "best half" in dots.frame["y"]["label"]
    assert set(ZOOMS) == set(panel._layout.zoom.options)


def test_marks_come_with_words(panel: TableMap) -> None:
    panel._layout.mark.value = "local optima"
    assert panel._map.widget.marked == "local optima"
    assert "noise" in panel._layout.note.value
    panel._layout.mark.value = "nothing"
    assert panel._layout.note.layout.display == "none"


# ------------------------------------------------------------ what made it good


def test_shares_are_all_of_the_variance_and_effects_are_means(table: Table) -> None:
    land = Landscape(table)
    shares, grid = Shares(land), table.grid()
    assert sum(shares.totals().values()) == pytest.approx(1, abs=1e-9)
    for (edge, name), effect in shares._effects.items():
        there = grid.take(table.space.operations.index(name), axis=edge).mean()
        assert effect == pytest.approx(there - grid.mean(), abs=1e-12)
    shown = shares.html(table.best)
    assert all(f"wb-edge-{edge}" in shown for edge in range(3))


def test_points_have_a_true_minus_and_zero_no_sign() -> None:
    assert [points(each) for each in (0.0123, -0.02, 0.0001, -0.0001)] == [
        "+1.2",
        "−2.0",
        "0.0",
        "0.0",
    ]


# ------------------------------------------------------------ a strategy's walk


def test_a_walk_is_on_the_map_trial_by_trial(panel: TableMap, table: Table) -> None:
    panel.run()
    result = panel.wait()
    assert result.state == "finished"
    told = panel.history.told
    assert len(told) == 12
    walk = panel._map.widget.walk
    assert list(walk["cells"]) == [table.number(each.candidate.arch) for each in told]
    best = max(told, key=lambda each: each.evaluation.sort_key).candidate.arch
    assert walk["best"] == table.number(best)
    assert panel._walks is not None
    assert f"mean of its choice {100 * table.mean(best):.1f} %" in " ".join(panel._walks.words())


def test_children_are_tied_to_their_parents(table: Table) -> None:
    panel = TableMap(table, strategies=(LocalSearch,), settings={"start": 2}, trials=10)
    panel.run()
    panel.wait()
    walk, told = panel._map.widget.walk, panel.history.told
    for each, parent in zip(told, walk["parents"]):
        parents = each.candidate.parents
        assert parent == (walk["cells"][parents[0]] if parents else -1)
    assert any(parent >= 0 for parent in walk["parents"])
    panel.close()


def test_step_pauses_and_run_goes_on(panel: TableMap) -> None:
    panel.step()
    assert panel.wait().state == "paused"
    assert len(panel.history.told) == 1
    panel.step()
    panel.wait()
    assert len(panel.history.told) == 2
    panel.run()
    assert panel.wait().state == "finished"
    assert len(panel.history.told) == 12


def test_equal_settings_are_equal_walks_and_another_seed_is_another(panel: TableMap) -> None:
    walks = []
    for seed in ("3", "3", "4"):
        assert panel._walks is not None
        panel._walks._form._plain["seed"].widget.value = seed
        panel.run()
        panel.wait()
        walks.append(panel._map.widget.walk["cells"])
    assert walks[0] == walks[1] != walks[2]


def test_a_walk_that_may_not_begin_leaves_the_last_one_as_it_is(panel: TableMap) -> None:
    panel.run()
    before = panel.wait().line
    other = Runner(lambda: repeat(Batch(0, 1, 1, 1)), show=lambda event: None)
    other.run()
    try:
        with pytest.raises(BusyError, match="stop it first"):
            panel.run()
    finally:
        other.stop()
        other.join()
    assert panel.wait().line == before


def test_what_is_wrong_with_a_setting_is_said_and_nothing_runs(panel: TableMap) -> None:
    assert panel._walks is not None
    panel._walks._form._plain["trials"].widget.value = "many"
    assert "expected a whole number" in panel._walks._notice._words.value
    with pytest.raises(ValueError, match="whole number"):
        panel.run()
    assert panel.history.told == ()


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_pick_can_be_the_answer_to_a_person_s_turn(table: Table) -> None:
    panel = TableMap(table, strategies=(ByHand,), trials=2)
    walks = panel._walks
    assert walks is not None
    panel._move("try")  # nobody asks yet
    panel.run()
    for number, cell in enumerate((4, 9), 1):
        until(lambda: walks._walk is not None and walks._walk.waiting)
        until(lambda: walks.turn.layout.display is None)
        assert "your turn" in " ".join(walks.words())
        panel.picked = table.cells[cell]  # looking is free
        assert len(panel.history.told) == number - 1
        panel._heard(panel._map.widget, {"move": "try"}, None)
        until(lambda number=number: len(panel.history.told) == number)  # type: ignore[misc]
    assert panel.wait().state == "finished"
    assert list(panel._map.widget.walk["cells"]) == [4, 9]
    assert walks.turn.layout.display == "none"
    panel.close()


def test_without_strategies_it_is_a_map_alone(table: Table) -> None:
    panel = TableMap(table, strategies=())
    answers = panel._map.widget.here["number"]
    panel._heard(panel._map.widget, {"move": "try"}, None)  # Enter: the map waits for an answer
    assert panel._map.widget.here["number"] == answers + 1
    with pytest.raises(ValueError, match="nothing to run"):
        panel.run()
    panel.picked = table.best
    panel.close()


# ------------------------------------------------------------ for readers without a kernel


@pytest.mark.parametrize("best", [0, 3])
def test_the_label_of_a_choice_stands_away_from_the_nearer_edge(best: int) -> None:
    x, ax = np.array([1.0, 1.0, 9.0, 9.0]), axes(figure())[0]
    scatter(x, x, ax, trials=Trials("random search", (0, 3), (-1, -1), best, "its choice"))
    (said,) = ax.texts
    assert said.get_ha() == ("right" if best else "left")
    assert np.sign(said.xyann[0]) == (-1 if best else 1)


def test_the_twin_tells_what_is_to_be_seen(panel: TableMap, table: Table) -> None:
    panel.picked = table.best
    panel._layout.mark.value = "local optima"
    panel.run()
    panel.wait()
    twin = panel.twin()
    assert len(twin) < 120_000
    alts = re.findall(r'<img alt="([^"]*)"', twin)
    assert len(alts) == 3  # the map, the cell, its curves
    assert re.search(r"26 cells as dots.*rank 1\b.*local optim.*12 trials of RandomSearch", alts[0])
    assert "What made it good?" in twin
    assert "Change one decision" in twin
    assert not re.search(r"<script|<button|tabindex=\"0\"", twin)
    bundle: dict[str, Any] = panel._repr_mimebundle_()
    assert "26 cells" in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_show_names_views_and_settings(table: Table) -> None:
    panel = TableMap(table, strategies=(RandomSearch,), show=["curves", "seed"])
    twin = panel.twin()
    assert "learning curves" in twin
    assert "Change one decision" not in twin
    panel.close()
