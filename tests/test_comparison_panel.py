"""ComparisonPanel: who takes part, what is shown while it runs, how it goes on, what it says."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakes import Guess, chains
from synthetic_table import small_space, synthetic

from workbench.estimators import Table
from workbench.history import Lap, Step, bands, paired
from workbench.panels import ComparisonPanel, attach
from workbench.panels.comparison.curve_kinds import CURVES, REGRET, SEEN, TEST
from workbench.panels.comparison.final_table import final_table, in_words, p_value
from workbench.panels.comparison.live_race import Course
from workbench.panels.comparison.race_progress import RaceProgress
from workbench.panels.comparison.race_result import RaceResult
from workbench.panels.comparison.race_so_far import Standing
from workbench.panels.running.worker_thread import BusyError, Runner
from workbench.race import RACES, Truth, make_race, read_race
from workbench.records import Batch
from workbench.scales import ACCURACY
from workbench.strategies import LocalSearch, RandomSearch, RegularizedEvolution
from workbench.views.palette import STRATEGIES, Line, blend, line
from workbench.views.race_curves import apart, banded, race_bands


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    path = tmp_path_factory.mktemp("table") / "table.npz"
    synthetic(small_space()).save(path)
    return Table(path=path)


RACERS: dict[str, Any] = {"evolution": RegularizedEvolution, "local": LocalSearch}


@pytest.fixture
def make(table: Table) -> Iterator[Callable[..., ComparisonPanel]]:
    made: list[ComparisonPanel] = []

    def panel(racers: Any = RACERS, estimator: Any = table, **more: Any) -> ComparisonPanel:
        settings = {"seeds": 3, "trials": 12, "recorded": ()} | more
        made.append(ComparisonPanel(racers, estimator, **settings))
        return made[-1]

    yield panel
    for each in made:
        each.close()


def run(panel: ComparisonPanel) -> RaceResult:
    panel.run()
    return panel.wait()


def words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


def said(panel: ComparisonPanel) -> str:
    return words(panel._layout.status.value)


def notice(panel: ComparisonPanel) -> str:
    shown = panel._layout.notice
    return "" if shown.widget.layout.display == "none" else words(shown._words.value)


def alt(panel: ComparisonPanel) -> str:
    found = re.search(r'<img alt="([^"]*)"', panel._layout.figure.value)
    assert found
    return unescape(found[1])


def button(panel: ComparisonPanel) -> str:
    return str(panel._layout.buttons.run.description)


# ------------------------------------------------------------------------------ who takes part


def test_random_search_always_takes_part_and_cannot_be_left_out(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel = make()
    assert panel._boxes.ticked == ("random search", "evolution", "local")
    box = panel._boxes._boxes["random search"]
    assert box.disabled
    assert "the others have to beat it" in str(
        [each.value for each in panel._boxes.widget.children[0].children if hasattr(each, "value")]
    )
    named = make({"chance": RandomSearch, "evolution": RegularizedEvolution})
    assert named._boxes.ticked == ("chance", "evolution")
    assert named._boxes._boxes["chance"].disabled


def test_strategies_are_classes_classes_with_settings_or_functions_of_the_seed(
    make: Callable[..., ComparisonPanel], table: Table
) -> None:
    panel = make(
        {
            "aging": RegularizedEvolution,
            "tournament": partial(RegularizedEvolution, aging=False),
            "mine": lambda seed: LocalSearch(table.space, start=3, seed=seed),
        }
    )
    described = json.loads(panel.state)["race"]
    assert described["tournament"]["aging"] is False
    assert described["mine"]["start"] == 3
    assert make([RegularizedEvolution])._boxes.ticked == ("random search", "regularized evolution")
    with pytest.raises(ValueError, match="'local search' comes twice: give names"):
        make([LocalSearch, LocalSearch])
    with pytest.raises(ValueError, match="'evolution': expected a strategy's class"):
        make({"evolution": 3})
    with pytest.raises(ValueError, match="seeds"):
        make(seeds=0)


def test_a_strategy_keeps_its_colour_and_twins_differ(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel = make({"aging": RegularizedEvolution, "not": partial(RegularizedEvolution, aging=False)})
    looks = panel._shown.looks
    assert looks["random search"] == STRATEGIES["RandomSearch"]
    assert looks["aging"] == STRATEGIES["RegularizedEvolution"]
    assert looks["not"].hue == looks["aging"].colour  # a darker shade of it
    assert looks["not"].colour == blend(looks["aging"].colour, 0.6, other=0)
    assert looks["not"].dashes != looks["aging"].dashes
    assert looks["not"].marker != looks["aging"].marker
    four = apart({str(n): line("LocalSearch") for n in range(4)})
    assert len({each.dashes for each in four.values()}) == 4


def test_later_racers_of_a_strategy_have_its_hue_and_leave_others_their_looks() -> None:
    order = ("REINFORCE", "Reinforce", "reinforce", "PPO", "ppo")
    looks = apart({name: line(name) for name in order})
    assert tuple(looks) == order
    assert looks["REINFORCE"] == STRATEGIES["Reinforce"]
    assert looks["PPO"] == STRATEGIES["PPO"]  # though it comes after three of its hue
    assert {each.hue for each in looks.values()} == {STRATEGIES["PPO"].colour}
    assert len({(each.colour, each.dashes) for each in looks.values()}) == 5
    assert len({each.marker for each in looks.values()}) == 5
    many = apart({str(n): line("PPO") for n in range(17)})  # more than differ, and none fails
    assert len({(each.colour, each.dashes) for each in many.values()}) == 1 + 2 * 4


# --------------------------------------------------------------------------- a race, from its laps


def lap(racer: str, seed: int, *heights: float) -> Lap:
    steps = tuple(
        Step(n, n + 1, n + 1, 2.0 * (n + 1), height + 0.02, height, height - 0.01)
        for n, height in enumerate(heights)
    )
    return Lap(racer, seed, steps, len(heights), len(heights), 2.0 * len(heights))


LOOKS = {name: line(name) for name in ("random search", "local search")}
LAPS = tuple(
    each
    for seed in range(8)
    for each in (
        lap("random search", seed, 0.5, 0.6 + seed / 100),
        lap("local search", seed, 0.4, 0.7 + seed / 50),
    )
)


def standing(laps: tuple[Lap, ...] = LAPS, **more: Any) -> Standing:
    settings: dict[str, Any] = {
        "looks": LOOKS,
        "baseline": "random search",
        "curve": CURVES[REGRET],
        "by": "trials",
        "log": True,
        "truth": Truth(highest=0.9, optimum=0.89, test=0.88, ceiling=0.85),
        "scale": ACCURACY,
        "seeds": 8,
    }
    return Standing(laps=laps, **(settings | more))


def test_only_seeds_that_all_have_run_are_compared() -> None:
    seen = standing(LAPS[:5])  # the third seed is under way
    assert (seen.n, len(seen.compared)) == (2, 4)
    assert standing(LAPS[:1]).n == 1  # before the first whole seed: what there is
    alone = standing(LAPS[:5], looks={"random search": LOOKS["random search"]})
    assert alone.n == 3
    assert standing(()).n == 0
    assert standing(()).table == []


def test_the_bands_are_those_of_history() -> None:
    for name, of, best in ((REGRET, "value", 0.9), (TEST, "test", None), (SEEN, "score", None)):
        seen = standing(curve=CURVES[name])
        assert seen.rows == bands(LAPS, at=[1, 2], of=of, best=best)  # type: ignore[arg-type]
    places = {row["seconds"] for row in standing(by="seconds").rows}
    assert (min(places), max(places)) == (2.0, 4.0)


def test_the_final_table_says_how_much_better_seed_by_seed() -> None:
    seen = standing()
    best, other = seen.table
    assert (best.racer, other.racer) == ("local search", "random search")
    assert best.winner is None
    assert other.baseline is None
    theirs = LAPS[::2], LAPS[1::2]
    assert best.baseline == paired(theirs[1], theirs[0], at=2, of="value")
    assert other.winner == paired(theirs[0], theirs[1], at=2, of="value")
    html = words(final_table(seen))
    assert "After 2 trials, n = 8 seeds" in html
    assert "better than random search by" in html
    # medians over seeds of 0.1 + seed/100, and 0.9 - (0.7 + seed/50)
    assert "13.00 points" in html
    assert "+13.50" in html
    assert "p = 0.0078; 8 seeds better, 0 worse" in html  # 2 / 2^8: all of one sign
    assert "p cannot fall below" not in html
    assert "p = 1; 1 seed better, 0 worse" in words(final_table(standing(LAPS[:2])))
    assert "With n = 3, p cannot fall below 0.25" in words(final_table(standing(LAPS[:6])))
    line_of_numbers = " · ".join(in_words(seen))
    assert line_of_numbers.startswith(
        "regret after 2 trials, median of 8 seeds · local search 13.00"
    )
    assert (p_value(0.0004), p_value(0.034)) == ("p < 0.001", "p = 0.034")


def test_of_equal_medians_the_better_worse_quartile_leads() -> None:
    wide, narrow = (0.3, 0.6, 0.61), (0.59, 0.6, 0.61)
    laps = tuple(
        lap(name, seed, height)
        for name, heights in zip(LOOKS, (wide, narrow))
        for seed, height in enumerate(heights)
    )
    for curve in (REGRET, TEST):
        seen = standing(laps, curve=CURVES[curve])
        assert len({each.median for each in seen.table}) == 1
        assert [each.racer for each in seen.table] == ["local search", "random search"]
        assert seen.best == "local search"


def test_the_winner_of_accuracies_is_the_highest() -> None:
    seen = standing(curve=CURVES[TEST])
    assert [each.racer for each in seen.table] == ["local search", "random search"]
    assert "76.00 %" in words(final_table(seen))


def test_the_figure_shows_bands_names_and_the_noise_ceiling(
    make: Callable[..., ComparisonPanel],
) -> None:
    figure = make()._screen._figure
    html = figure(standing())
    ax = figure.ax
    assert [each.get_text().replace("\n", " ") for each in ax.texts] == [
        *("noise ceiling", "local search 13.00", "random search 26.50"),
    ]
    assert len(ax.collections) == 2  # quartile bands
    assert ax.get_yscale() == "symlog"
    assert "n = 8 seeds" in html
    text = unescape(html)
    assert "the medians are: local search 13.00 points (quartiles 9.50 to 16.50)" in text
    assert "A dotted line, the noise ceiling, at 5.00." in text
    figure(standing(curve=CURVES[SEEN]))
    assert ax.get_yscale() == "linear"
    assert ax.get_ylabel() == "best validation accuracy (%)"
    assert "highest mean" in [each.get_text() for each in ax.texts]
    figure(standing(()))
    assert (len(ax.collections), ax.get_ylabel()) == (0, "regret (points)")


def test_labels_stand_apart_on_a_logarithmic_axis(make: Callable[..., ComparisonPanel]) -> None:
    figure = make()._screen._figure
    laps = tuple(lap(name, 0, 0.9 - d) for name, d in zip(LOOKS, (0.002, 0.0021)))
    figure(standing(laps))
    figure.figure.canvas.draw()
    boxes = sorted((each.get_window_extent() for each in figure.ax.texts), key=lambda b: b.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
    bottom, top = figure.ax.bbox.y0, figure.ax.bbox.y1
    assert all(bottom - 8 <= each.y0 and each.y1 <= top + 8 for each in boxes)


def test_a_line_is_a_step_and_its_dashes_double_the_colour() -> None:
    from workbench.views.paper import axes
    from workbench.views.paper import figure as paper

    ax = axes(paper())[0]
    looks = {"A": Line("#0072B2", "--", "s")}
    rows = bands([lap("A", 0, 0.5, 0.6)], at=[1, 2])
    race_bands(rows, ax, looks=looks, label="score", falling=False)
    (drawn,) = ax.lines
    assert (drawn.get_drawstyle(), drawn.get_linestyle(), drawn.get_marker()) == (
        *("steps-post", "--", "s"),
    )
    assert list(drawn.get_ydata()) == pytest.approx([52.0, 62.0])


def test_of_each_colour_one_racer_has_a_band(make: Callable[..., ComparisonPanel]) -> None:
    figure = make()._screen._figure
    names = ("random search", "local search", "LocalSearch")
    looks = apart({name: line(name) for name in names})
    assert banded(looks) == ["random search", "local search"]
    del looks["local search"]
    assert banded(looks) == ["random search", "LocalSearch"]  # whoever is shown first
    laps = tuple(lap(name, seed, 0.9 + 1e-9 * seed) for name in names for seed in range(3))
    looks = apart({name: line(name) for name in names})
    html = unescape(figure(standing(laps, looks=looks)))
    assert len(figure.ax.collections) == 2
    assert "median and quartiles (one band a colour), n = 3 of 8 seeds" in html
    assert html.count("(quartiles 0.00 to 0.00)") == 3  # all are said
    ends = [each.get_text().replace("\n", " ") for each in figure.ax.texts]
    assert sorted(ends)[1:] == ["local search 0.00", "noise ceiling", "random search 0.00"]


# ------------------------------------------------------------------------------ while it runs


def test_the_line_says_seed_strategy_and_trial() -> None:
    now = [0.0]
    progress = RaceProgress(clock=lambda: now[0])
    course = Course(("random search", "evolution"), 4, 60)
    assert progress.line("idle", course) == ["○ idle", "8 searches of 60 trials to do"]
    progress.begin(course, 0)
    for number, racer in enumerate(course.racers, start=1):
        progress.take(Batch(None, number, 1, 60))
        now[0] += 3.0
        progress.take(lap(racer, 0, 0.5))
    progress.take(Batch(None, 4, 41, 60))
    assert progress.line("running", course) == [
        *("▶ running", "seed 2 of 4", "evolution", "41/60", "6.0 s, about 15.0 s left"),
    ]
    progress.rest()
    now[0] += 100.0  # a pause costs nothing
    progress.take(Batch(None, 4, 42, 60))
    assert "6.0 s" in progress.line("stopped", course)[-1]
    assert "2 of 8 searches done" in progress.line("stopped", course)


def test_a_race_runs_and_everything_says_so(
    make: Callable[..., ComparisonPanel], table: Table
) -> None:
    panel = make()
    assert said(panel) == "○ idle · 9 searches of 12 trials to do"
    assert button(panel) == "Run"
    assert "no lap has ended yet" in alt(panel)
    result = run(panel)
    assert result.state == "finished"
    assert re.match(r"✔ finished · 9 searches · [\d.]+ s", said(panel))
    assert "Regret in the mean; median and quartiles, n = 3 seeds" in alt(panel)
    assert "After 12 trials, n = 3 seeds" in words(panel._layout.table.value)
    assert re.match(r"finished: regret after 12 trials, median of 3 seeds · ", result.line)
    assert len(result.laps) == 9
    assert all(step.value is not None and step.test is not None for step in panel.laps[0].steps)
    best = panel.laps[0].steps[-1].score
    found = max(lap.at(12, of="value") for lap in panel.laps)
    assert found <= table.highest
    assert 0 < best < 1


def test_curve_axis_and_scale_are_chosen(make: Callable[..., ComparisonPanel]) -> None:
    panel = make()
    run(panel)
    settings = panel._settings
    assert tuple(settings.curves.options) == (REGRET, TEST, SEEN)
    settings.curves.value = TEST
    assert "Test accuracy of the incumbent" in alt(panel)
    assert settings.log.disabled
    settings.curves.value = REGRET
    assert "logarithmic" in alt(panel)
    table = panel._layout.table.value
    settings.log.value = False
    assert "logarithmic" not in alt(panel)
    assert panel._layout.table.value == table
    settings.axis.value = "simulated seconds"
    assert "simulated seconds the medians are" in alt(panel)
    assert "simulated seconds" in words(panel._layout.table.value)


def test_a_box_takes_a_strategy_out_of_the_picture_and_of_the_next_run(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel = make()
    panel._boxes._boxes["local"].value = False
    run(panel)
    assert {each.racer for each in panel.laps} == {"random search", "evolution"}
    panel._boxes._boxes["local"].value = True
    assert button(panel) == "Continue"
    run(panel)
    assert len(panel.laps) == 9  # only what was missing was run
    panel._boxes._boxes["evolution"].value = False
    assert "evolution" not in alt(panel)


def test_more_seeds_go_on_and_another_budget_starts_anew(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel = make()
    run(panel)
    first = panel.laps
    assert button(panel) == "Run anew"
    panel._settings.seeds.value = "5"
    assert button(panel) == "Continue"
    run(panel)
    assert panel.laps[:9] == first
    assert len(panel.laps) == 15
    panel._settings.trials.value = "7"
    assert "what is shown had another" in panel._layout.caption.value
    assert panel.laps[:9] == first
    run(panel)
    assert {each.trials for each in panel.laps} == {7}
    panel._settings.trials.value = "12"
    assert button(panel) == "Run anew"  # those of twelve trials are still there


def test_a_budget_of_simulated_seconds(make: Callable[..., ComparisonPanel]) -> None:
    panel = make(seconds=8)
    run(panel)
    assert all(each.trials < 12 and each.seconds < 11 for each in panel.laps)
    assert "at most 8 simulated seconds" in panel._layout.caption.value


class Held(Guess):
    """Each epoch waits until the gate is opened."""

    gate = threading.Event()

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        told = super().estimate(candidate, trial=trial, seed=seed)
        while True:
            while trial > 0 and not self.gate.wait(0.01):
                yield Batch(trial, 1, 1, 1)
            try:
                yield next(told)
            except StopIteration as end:
                return end.value


def test_stop_keeps_the_laps_and_the_race_goes_on(make: Callable[..., ComparisonPanel]) -> None:
    space = chains()
    panel = make([RegularizedEvolution], Held(space), seeds=2, trials=5)
    Held.gate.clear()
    panel.run()
    deadline = time.monotonic() + 20
    while "seed 1 of 2 · random search · 2/5" not in said(panel):
        assert time.monotonic() < deadline, said(panel)
        time.sleep(0.02)
    panel.stop()
    assert panel.wait().state == "stopped"
    assert (panel.laps, button(panel)) == ((), "Run")
    Held.gate.set()
    panel.step("lap")
    assert panel.wait().state == "paused"
    assert [(each.racer, each.seed) for each in panel.laps] == [("random search", 0)]
    assert button(panel) == "Continue"
    run(panel)
    assert len(panel.laps) == 4


def test_without_a_truth_the_best_score_seen_is_shown(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel = make([RegularizedEvolution], Guess(chains()), seeds=2, trials=5)
    run(panel)
    assert tuple(panel._settings.curves.options) == (SEEN,)
    assert "Best score seen, noise included" in alt(panel)
    assert "dotted" not in alt(panel)


def test_what_goes_wrong_is_shown_with_its_cure(make: Callable[..., ComparisonPanel]) -> None:
    panel = make()
    panel._settings.seeds.value = "many"
    assert "seeds: expected a whole number" in notice(panel)
    panel._layout.buttons.run.click()
    assert "seeds: expected a whole number" in notice(panel)
    panel._settings.seeds.value = "2"
    assert notice(panel) == ""

    class Broken(Guess):
        def prepare(self, *, seed: int) -> Any:
            raise OSError("no room for <weights>")
            yield

    broken = make([LocalSearch], Broken(chains()), seeds=1, trials=2)
    broken.run()
    with pytest.raises(OSError, match="no room"):
        broken.wait()
    assert "no room for <weights>" in notice(broken)
    assert said(broken).startswith("✘ failed")


# ------------------------------------------------------------------------------ kept, and recorded


def test_a_record_is_gone_on_with(make: Callable[..., ComparisonPanel], tmp_path: Path) -> None:
    path = tmp_path / "race.jsonl"
    first = make(record=path)
    first.step("lap")
    first.wait()
    first.stop()
    first.wait()
    assert len(read_race(path).laps) == 1
    second = make(record=path)
    assert (len(second.laps), button(second)) == (1, "Continue")
    run(second)
    assert read_race(path).laps == second.laps
    assert len(second.laps) == 9
    second._layout.buttons.run.click()
    assert "holds all of these laps: ask for more seeds" in notice(second)
    second._settings.trials.value = "5"
    second._layout.buttons.run.click()
    with pytest.raises(ValueError, match="the record of another race"):
        second.wait()
    assert "notes.trials: 5 here, 12 there" in notice(second)


@pytest.fixture(scope="module")
def recorded(table: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    planned = replace(RACES["evolution"], seeds=3, trials=9)
    list(make_race(planned, table, folder))
    return folder / planned.file


def test_a_recorded_race_opens_marked_and_quickly(
    make: Callable[..., ComparisonPanel], recorded: Path
) -> None:
    panel = make(recorded=[recorded])
    name = "recorded: evolution-race"
    assert panel._layout.menu.options == ("live race", name)
    start = time.thread_time()
    panel._layout.menu.value = name
    assert time.thread_time() - start < 1.0
    figure = words(panel._layout.figure.value)
    said = "Recorded: Regret in the mean; median and quartiles (one band a colour), n = 3 seeds"
    assert said in figure
    assert re.search(
        r"Recorded, not run here: workbench race evolution, \d{4}-\d\d-\d\d, on \w+, Python", figure
    )
    assert panel._boxes.ticked == tuple(RACES["evolution"].racers)
    assert len(panel.laps) == 12
    assert button(panel) == "Run"
    run(panel)  # the live one is what is run, and then it is shown
    assert panel._layout.menu.value == "live race"
    assert "Recorded" not in panel._layout.figure.value
    assert panel._boxes.ticked == ("random search", "evolution", "local")
    panel.open(recorded)
    assert "Recorded" in panel._layout.figure.value
    panel.open("live race")
    assert len(panel.laps) == 9


def test_a_notebook_opens_a_race_with_some_of_its_racers(
    make: Callable[..., ComparisonPanel], recorded: Path
) -> None:
    panel = make(recorded=[recorded])
    run(panel)
    with pytest.raises(ValueError, match=r"open: racers: expected some of .*'nobody'"):
        panel.open(recorded, racers=["nobody"])
    assert panel._layout.menu.value == "live race"  # nothing has changed
    assert "Recorded" not in panel.twin()
    panel.open(recorded, racers=["aging evolution"])
    assert panel._boxes.ticked == ("random search", "aging evolution")
    assert "tournament evolution" not in panel.twin()
    assert {each.racer for each in panel.laps} == set(RACES["evolution"].racers)
    panel.open("live race")
    assert panel._boxes.ticked == ("random search", "evolution", "local")
    panel.open(recorded)
    assert panel._boxes.ticked == tuple(RACES["evolution"].racers)


def test_what_cannot_be_opened_is_said(
    make: Callable[..., ComparisonPanel], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError, match="is no file, and none of the races"):
        make(recorded=["nowhere.jsonl"])
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}\n")
    panel = make(recorded=[broken])
    panel._layout.menu.value = "recorded: broken"
    assert "not the header of a race" in notice(panel)
    assert panel.laps == ()


def test_attach_gives_the_panel_that_was_made_last(make: Callable[..., ComparisonPanel]) -> None:
    make()
    last = make()
    assert attach() is last


def test_a_race_that_is_refused_leaves_the_laps_of_the_one_before(
    make: Callable[..., ComparisonPanel],
) -> None:
    panel, held = make(), threading.Event()
    laps, before = run(panel).laps, said(panel)
    other = Runner(
        lambda: (held.wait(0.01) for _ in iter(held.is_set, True)), show=lambda event: None
    )
    other.run()
    try:
        with pytest.raises(BusyError, match="stop it first"):
            panel.run()
        assert (panel.laps, said(panel)) == (laps, before)
    finally:
        held.set()
        other.join()
    assert run(panel).laps == laps


def test_a_race_that_cannot_be_opened_leaves_the_menu_at_what_is_shown(
    make: Callable[..., ComparisonPanel], tmp_path: Path
) -> None:
    path = tmp_path / "race.jsonl"
    run(make(record=path))
    panel = make(recorded=(path,))
    path.write_text("no race")
    live, recorded = panel._layout.menu.options
    panel._layout.menu.value = recorded
    assert "not the header of a race" in panel._layout.notice._words.value
    assert (panel._layout.menu.value, panel._shown.recorded) == (live, None)


def test_the_state_string_builds_the_panel_again(
    make: Callable[..., ComparisonPanel], table: Table
) -> None:
    panel = make({"t": partial(RegularizedEvolution, aging=False, sample=2)}, seconds=30)
    again = ComparisonPanel.from_state(panel.state, table, recorded=())
    try:
        assert again.state == panel.state
        assert run(again).laps == run(panel).laps
    finally:
        again.close()
    for text in ("{", "{}", '{"race": 3, "seeds": 1, "trials": 1}'):
        with pytest.raises(ValueError, match="state: expected the state string of a race"):
            ComparisonPanel.from_state(text, table)
    for part in ("5", '{"name": ["RandomSearch"]}'):
        with pytest.raises(ValueError, match="state: "):
            ComparisonPanel.from_state(
                f'{{"race": {{"t": {part}}}, "seeds": 1, "trials": 1}}', table
            )


# ----------------------------------------------------------------------------------- the twin


def test_the_static_twin_shows_figure_table_and_a_line(
    make: Callable[..., ComparisonPanel], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = make()
    result = run(panel)
    twin = panel.twin()
    assert twin.count("<img alt=") == 1
    assert twin.count("<table") == 1
    assert len(twin) < 100_000
    assert "median of 3 seeds · " in words(twin)
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {
        *("text/plain", "text/html", "application/vnd.jupyter.widget-view+json"),
    }
    monkeypatch.setenv("WORKBENCH_RENDER", "1")
    assert set(panel._repr_mimebundle_()) == {"text/plain", "text/html"}
    assert result._repr_mimebundle_()["text/html"].startswith(panel.twin()[:40])


@pytest.mark.benchmark_slow
def test_a_panel_slows_no_race_by_more_than_a_tenth(
    make: Callable[..., ComparisonPanel],
) -> None:
    """On a machine that does nothing else: 20 seeds × 3 × 200, as in a notebook."""
    panel = make(seeds=20, trials=200)
    start = time.process_time()
    for _ in panel._live.events(panel._course):
        pass
    alone = time.process_time() - start
    start = time.process_time()
    run(panel)
    assert time.process_time() - start <= 1.1 * alone
