"""Curves: what is drawn, in which colours, labelled by hand-computed numbers, never by pyplot."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from pixels import ink

from workbench.panels.running.run_plan import words
from workbench.views import best_so_far, card, figure, learning_curves, picture, strip
from workbench.views.curves import LINES, rank
from workbench.views.line_labels import spread
from workbench.views.palette import STRANGERS, STRATEGIES, line
from workbench.views.paper import (
    BLUE,
    GREEN,
    GREY,
    LOCK,
    PALE,
    PURPLE,
    VERMILLION,
    YELLOW,
    axes,
    powers,
)

SCORES = (0.90, 0.80, 0.95, 0.93)
RUN = [
    {"trial": i, "score": score, "best": max(SCORES[: i + 1]), "seconds": 1.5 * (i + 1)}
    for i, score in enumerate(SCORES)
]
CURVES = [
    {"trial": trial, "epoch": epoch, "score": 0.1 * epoch + 0.01 * trial}
    for trial in range(3)
    for epoch in (1, 2, 3)
]


@pytest.fixture
def ax() -> Axes:
    return axes(figure())[0]


def said(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def colours(ax: Axes) -> list[str]:
    return [to_hex(line.get_color()).upper() for line in ax.lines]


def test_best_so_far_is_a_step_in_per_cent(ax: Axes) -> None:
    assert best_so_far(RUN, ax) is ax
    step = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert list(step.get_xdata()) == [0, 1, 2, 3]
    assert list(step.get_ydata()) == pytest.approx([90.0, 90.0, 95.0, 95.0])
    assert "best 95.0 %" in said(ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("trials", "validation accuracy (%)")
    assert ax.get_legend() is None


def test_the_diamond_stands_over_the_number_of_the_trial_that_won(ax: Axes) -> None:
    best_so_far(RUN, ax)
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert (list(diamond.get_xdata()), list(diamond.get_ydata())) == ([2], [pytest.approx(95.0)])
    label = next(text for text in ax.texts if text.get_text() == "best 95.0 %")
    assert label.xy == (3, pytest.approx(95.0))


def test_trials_that_ended_out_of_order_stand_as_they_ended(ax: Axes) -> None:
    best_so_far([RUN[1], RUN[0], RUN[2]], ax)
    step = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert list(step.get_xdata()) == [0, 1, 2]


def test_earlier_runs_are_pale_whole_and_named(ax: Axes) -> None:
    worse = [row | {"best": row["best"] - 0.01} for row in RUN]
    best_so_far(RUN[:2], ax, earlier=[RUN, worse], names=["seed 0", "seed 1"])
    (runs,) = ax.collections
    assert [to_hex(colour).upper() for colour in runs.get_edgecolor()] == [PALE]
    first = [(0, 90), (1, 90), (1, 90), (2, 90), (2, 95), (3, 95), (3, 95)]
    assert np.allclose(runs.get_paths()[0].vertices, first)
    assert len(runs.get_paths()) == 2
    assert set(said(ax)) == {"seed 0: 95.0", "seed 1: 94.0", "best 90.0 %"}


def test_only_so_many_earlier_runs_are_named_as_find_room(ax: Axes) -> None:
    best_so_far(RUN, ax, earlier=[RUN] * 9, names=[f"seed {i}" for i in range(9)])
    assert len(ax.collections[0].get_paths()) == 9
    assert set(said(ax)) == {f"seed {i}: 95.0" for i in range(5, 9)} | {"best 95.0 %"}


def test_a_label_is_tied_to_its_own_line(ax: Axes) -> None:
    """Of a run that has only begun, over a long earlier one: beside the axes, not on that line."""
    ax.set_xlim(-0.5, 19.5)
    best_so_far(RUN[:2], ax, earlier=[[row | {"trial": 5 * row["trial"]} for row in RUN]])
    mine = next(text for text in ax.texts if text.get_text() == "best 90.0 %")
    assert mine.xy == (1, pytest.approx(90.0))  # where its line ends
    assert mine.xyann[0] > 1  # of the axes' width
    assert mine.arrow_patch is not None
    assert mine.get_color() == mine.arrow_patch.get_edgecolor() or mine.get_color() == "#5E5E5E"


SIZES = st.lists(st.tuples(st.floats(0, 100), st.floats(1, 9)), min_size=1, max_size=9)


@given(SIZES)
def test_labels_stand_apart_in_order_and_in_view(labels: list[tuple[float, float]]) -> None:
    labels.sort()
    wanted, sizes = [wish for wish, _ in labels], [size for _, size in labels]
    places = spread(wanted, sizes, 0.0, 100.0)
    assert len(places) == len(labels)
    assert places[0] - sizes[0] / 2 >= -1e-9
    assert places[-1] + sizes[-1] / 2 <= 100 + 1e-9
    for i in range(len(places) - 1):
        assert places[i + 1] - places[i] >= (sizes[i] + sizes[i + 1]) / 2 - 1e-9


def test_labels_far_apart_stand_where_their_lines_end() -> None:
    assert spread([20.0, 50.0, 80.0], [5.0, 5.0, 5.0], 0.0, 100.0) == [20.0, 50.0, 80.0]
    assert spread([50.0, 50.0], [4.0, 4.0], 0.0, 100.0) == [48.0, 52.0]
    assert spread([100.0], [4.0], 0.0, 100.0) == [98.0]


def test_where_no_trial_has_succeeded_there_is_no_best(ax: Axes) -> None:
    row = {"trial": 0, "score": float("nan"), "best": float("nan"), "seconds": 1.0}
    best_so_far([row], ax, earlier=[[row]])
    assert said(ax) == []


def test_random_search_is_grey_and_dashed_and_others_keep_their_colours(ax: Axes) -> None:
    best_so_far(RUN, ax)
    step = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert to_hex(step.get_color()).upper() == GREY
    assert step.get_linestyle() == "--"
    assert len(set(LINES.values())) == len(LINES)
    best_so_far(RUN, ax, strategy="regularized evolution")
    assert to_hex(ax.lines[-2].get_color()).upper() == GREEN
    assert ax.lines[-2].get_linestyle() == "-"


PUBLIC = (
    *("RandomSearch", "LocalSearch", "WarmStart", "ByHand", "BayesianOptimization"),
    *("RegularizedEvolution", "Reinforce", "PPO", "SuccessiveHalving", "Hyperband"),
    *("DifferentiableSearch", "ASHA", "NASH", "LamarckianEvolution"),
)


def test_every_public_strategy_has_a_line_of_its_own() -> None:
    assert set(STRATEGIES) == set(PUBLIC) == set(LINES)
    looks = [line(name) for name in PUBLIC]
    assert len({(look.colour, look.dashes) for look in looks}) == len(PUBLIC)
    assert len({look.marker for look in looks}) == len(PUBLIC)
    assert {look.colour for look in looks} <= {GREY, BLUE, GREEN, VERMILLION, PURPLE}
    assert [name for name in PUBLIC if line(name).colour == GREY] == ["RandomSearch"]
    assert line("RandomSearch").dashes == "--"
    assert all(LINES[name] == (line(name).colour, line(name).dashes) for name in PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_strategy_is_found_by_class_or_by_words(name: str) -> None:
    assert line(words(name)) == line(name)
    assert line(name.lower()) == line(words(name).replace(" ", "_")) == line(name)


def test_the_public_strategies_that_are_there_have_a_line() -> None:
    import workbench.strategies

    assert set(workbench.strategies.__all__) - {"Controller"} <= set(STRATEGIES)


@given(st.text(max_size=20))
@example("Climber")
@example("")
@example("\ud800")
@example("Ω search")
def test_a_learners_strategy_gets_a_line_that_no_other_has(name: str) -> None:
    assume(re.sub(r"[\W_]", "", name).casefold() not in {known.casefold() for known in PUBLIC})
    look = line(name)
    assert look == line(name)
    assert look.colour in {BLUE, GREEN, VERMILLION, PURPLE}
    assert (look.colour, look.dashes) not in LINES.values()


def test_a_learners_strategy_keeps_its_line_in_another_process() -> None:
    code = "from workbench.views.palette import line; print(line('Climber'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {str(line("Climber"))}
    assert line("Climber") in STRANGERS


def test_your_own_trial_is_a_star(ax: Axes) -> None:
    best_so_far(RUN, ax, yours=1)
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([1], [pytest.approx(80.0)])
    assert to_hex(star.get_color()).upper() == YELLOW
    assert "yours" in said(ax)


def test_best_so_far_over_seconds(ax: Axes) -> None:
    best_so_far(RUN, ax, x="seconds")
    step = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert list(step.get_xdata()) == [1.5, 3.0, 4.5, 6.0]
    assert ax.get_xlabel() == "seconds"


def test_past_curves_are_pale_the_current_one_strong_the_best_marked(ax: Axes) -> None:
    learning_curves(CURVES, ax, current=2, best=0)
    (past,) = ax.collections
    assert [to_hex(colour).upper() for colour in past.get_edgecolor()] == [PALE]
    assert list(past.get_linewidth()) == [0.8]
    assert np.allclose(past.get_paths()[0].vertices, [(1, 11), (2, 21), (3, 31)])
    widths = {to_hex(line.get_color()).upper(): line.get_linewidth() for line in ax.lines}
    assert widths[BLUE] == 2
    assert any(
        line.get_marker() == "D" and to_hex(line.get_color()).upper() == GREEN for line in ax.lines
    )
    assert said(ax) == ["best: trial 0", "trial 2"]
    assert ax.get_xlabel() == "epochs"


def test_a_learner_may_call_a_curve_by_another_name(ax: Axes) -> None:
    learning_curves(CURVES, ax, current=2, words={2: "this one"})
    assert said(ax) == ["this one"]


def test_one_epoch_is_a_dot_not_nothing(ax: Axes) -> None:
    learning_curves([{"trial": 0, "epoch": 1, "score": 0.5}], ax)
    assert ax.lines[0].get_marker() == "o"
    assert (list(ax.lines[0].get_xdata()), list(ax.lines[0].get_ydata())) == ([1], [50.0])


def test_weights_that_all_trials_share_have_a_curve_of_their_own(ax: Axes) -> None:
    shared = [{"trial": None, "epoch": epoch, "score": 0.1 * epoch} for epoch in (1, 2, 3)]
    learning_curves(shared + CURVES, ax, current=None, best=None)
    (line,) = (line for line in ax.lines if line.get_linestyle() == "--")
    assert list(line.get_ydata()) == pytest.approx([10, 20, 30])
    assert said(ax) == ["shared\nweights"]
    assert len(ax.collections[0].get_paths()) == 3


def test_a_thousand_past_curves_are_one_artist(ax: Axes) -> None:
    rows = [{"trial": t, "epoch": e, "score": 0.5} for t in range(1000) for e in (1, 2)]
    learning_curves(rows, ax, current=999, best=3)
    assert len(ax.lines) + len(ax.collections) < 8
    assert len(ax.collections[0].get_paths()) == 998


def test_labels_of_two_curves_that_end_together_are_pushed_apart(ax: Axes) -> None:
    rows = [{"trial": t, "epoch": e, "score": 0.5 + 0.001 * t} for t in (0, 1) for e in (1, 2)]
    rows += [{"trial": 2, "epoch": 1, "score": 0.1}]
    learning_curves(rows, ax, current=1, best=0)
    one, other = (ax.transData.transform((0, text.xyann[1]))[1] for text in ax.texts)
    assert abs(one - other) * 72 / ax.get_figure().dpi >= 12  # points: a line of text


@pytest.mark.parametrize("draws", [best_so_far, learning_curves, strip])
def test_no_rows_yet(ax: Axes, draws: object) -> None:
    assert draws([], ax) is ax  # type: ignore[operator]
    assert "validation accuracy (%)" in (ax.get_xlabel(), ax.get_ylabel())


def test_strip_says_rank_quartiles_and_failures(ax: Axes) -> None:
    rows = [{"trial": i, "score": i / 100, "failed": False} for i in range(20)]
    rows += [{"trial": 20, "score": 0.065, "failed": False}]
    rows += [{"trial": 21, "score": 0.0, "failed": True}]
    strip(rows, ax, yours=20)
    assert "yours: rank 14 of 22" in said(ax)  # 13 of 0.07 … 0.19 are better
    assert ax.get_title(loc="left") == "n = 20, median 9.5 %, 1 failed"
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert len(dots.get_xdata()) == 20


def test_rank_by_hand() -> None:
    rows = [{"trial": i, "score": s} for i, s in enumerate((0.9, 0.8, 0.8, 0.7))]
    assert [rank(rows, i) for i in range(4)] == [
        "rank 1 of 4", "rank 2 of 4", "rank 2 of 4", "rank 4 of 4",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="trial 9"):
        rank(rows, 9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_somebody_is_first_and_nobody_is_behind_the_last(scores: list[float]) -> None:
    rows = [{"trial": i, "score": score} for i, score in enumerate(scores)]
    places = [int(rank(rows, i).split()[1]) for i in range(len(rows))]
    assert min(places) == 1
    assert max(places) <= len(rows)


def test_a_picture_has_words_and_pixels_and_shrinks() -> None:
    made = figure(300, 200)
    best_so_far(RUN, axes(made)[0])
    html = picture(made, 'best "so far" <&>')
    assert 'alt="best &quot;so far&quot; &lt;&amp;&gt;"' in html
    assert "max-width:300px" in html
    data = ink(html)
    assert data.startswith(b"\x89PNG")
    assert len(data) < 30_000
    with pytest.raises(ValueError, match="alt"):
        picture(made, " ")
    with pytest.raises(ValueError, match="height must be 1 … 20000, got 0"):
        figure(300, 0)


def test_a_card_is_white_in_every_theme() -> None:
    assert "background:#fff" in card("x")
    assert "color:#111" in card("x")


def test_figures_from_many_threads_are_the_same_as_from_one() -> None:
    def drawn(_: int) -> str:
        made = figure(300, 200)
        learning_curves(CURVES, axes(made)[0], current=1, best=2)
        return picture(made, "curves")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(drawn, range(8)))) == 1


def test_an_ax_that_was_cleared_looks_the_same_again(ax: Axes) -> None:
    def look() -> tuple[object, ...]:
        best_so_far(RUN, ax)
        ticks = [label.get_fontsize() for label in ax.get_xticklabels()]
        spines = [spine.get_visible() for spine in ax.spines.values()]
        return spines, ticks[0], ax.xaxis.label.get_fontsize(), len(ax.lines), len(ax.texts)

    before = look()
    ax.clear()
    assert look() == before


ODD = {
    "text.usetex": True,
    "font.size": 40,
    "font.family": "cursive",
    "axes.facecolor": "black",
    "text.color": "white",
    "lines.linewidth": 9,
    "axes.formatter.use_locale": True,
    "path.sketch": (1, 100, 2),
    "figure.dpi": 10,
    "xtick.labelsize": 30,
    "axes.grid": True,
    "image.cmap": "jet",
    "figure.constrained_layout.use": False,
}


def drawn() -> str:
    """A figure as a panel makes one: axes, then limits and ticks under the lock, then lines."""
    made = figure(300, 200)
    (ax,) = axes(made)
    with LOCK:
        ax.set_ylim(0, 110)
        ax.set_yticks(range(0, 101, 20))
    best_so_far(RUN, ax, yours=1)
    return picture(made, "curves")


@pytest.mark.parametrize("odd", [{name: value} for name, value in ODD.items()] + [ODD])
def test_the_sessions_settings_do_not_reach_a_figure(odd: dict[str, object]) -> None:
    plain = drawn()
    with mpl.rc_context(odd):
        before = dict(mpl.rcParams.copy())
        assert drawn() == plain
        assert dict(mpl.rcParams.copy()) == before


def test_dollars_in_a_name_are_dollars(ax: Axes) -> None:
    best_so_far(RUN, ax, earlier=[RUN], names=[r"$1 \frac $2"])
    assert r"$1 \frac $2" in said(ax)[0]
    assert "<img" in picture(ax.figure, "no formula, and none that is wrong")  # type: ignore[arg-type]


def test_a_logarithmic_axis_says_powers_without_a_formula(ax: Axes) -> None:
    with LOCK:
        ax.set(xscale="log", yscale="log", xlim=(90, 2100), ylim=(2e-4, 9e-4))
        powers(ax.xaxis, ax.yaxis)
        wide, close = (
            [each.get_text() for each in axis.get_ticklabels(which="both")]
            for axis in (ax.xaxis, ax.yaxis)
        )
    assert {"10²", "10³"} <= set(wide)
    assert "3 × 10⁻⁴" in close
    assert not [each for each in wide + close if "$" in each]


@pytest.mark.parametrize("sheet", ["dark_background", "ggplot", "classic", "grayscale"])
def test_style_sheets_do_not_reach_a_figure(sheet: str) -> None:
    plain = drawn()
    with mpl.rc_context():
        mpl.style.use(sheet)
        assert drawn() == plain


def test_the_lock_may_be_entered_again_and_gives_back_what_was_there() -> None:
    with mpl.rc_context({"font.size": 33}):
        with LOCK:
            with LOCK:
                assert mpl.rcParams["font.size"] != 33
            assert mpl.rcParams["font.size"] != 33
            with pytest.raises(KeyError), LOCK:
                raise KeyError
        assert mpl.rcParams["font.size"] == 33
        with LOCK:
            mpl.rcParams["font.size"] = 44  # as another cell may, meanwhile
        assert mpl.rcParams["font.size"] == 44


def test_the_lock_is_one_thread_at_a_time() -> None:
    inside = [0]

    def enter(_: int) -> int:
        with LOCK:
            inside[0] += 1
            seen = inside[0]
            time.sleep(0.001)
            inside[0] -= 1
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(enter, range(40))) == {1}


def test_pyplot_is_never_imported() -> None:
    code = (
        "import sys; from workbench.views import *; from workbench.views.paper import axes; "
        "f = figure(); best_so_far([], axes(f)[0]); picture(f, 'x'); "
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
