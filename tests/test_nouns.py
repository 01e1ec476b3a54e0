"""What a strategy shows of its inside: which tables are drawn, what is marked in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from pixels import pixels

from workbench.graphs import Graph
from workbench.history import History
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.view_list import SearchViews
from workbench.protocols import Rows
from workbench.spaces import ChainSpace
from workbench.views.drawings import draw
from workbench.views.labels import SMALL
from workbench.views.nouns import NOUNS, pictured
from workbench.views.nouns import family as families
from workbench.views.nouns.cells import PALE_TO_DARK, number
from workbench.views.nouns.controller import controller, says
from workbench.views.nouns.menu import MOST, noun
from workbench.views.paper import axes, figure


def softmax(*shares: float, **same: Any) -> list[dict[str, Any]]:
    return [{**same, "option": f"option {i}", "probability": p} for i, p in enumerate(shares)]


# of each noun a few rows that can be checked by hand
TOYS: dict[str, Rows] = {
    "draws": [{"trial": i, "score": score} for i, score in enumerate((0.7, 0.9))],
    "population": [
        {"trial": 4, "born": 4, "score": 0.80, "sampled": False},
        {"trial": 7, "born": 7, "score": 0.92, "sampled": True},
        {"trial": 9, "born": 9, "score": 0.85, "sampled": True},
    ],
    "family": [
        {"child": 0, "parent": None, "score": 0.7, "reason": "drawn at random"},
        {"child": 1, "parent": None, "score": 0.6, "reason": "drawn at random"},
        {"child": 2, "parent": 0, "score": 0.8, "reason": "mutant of trial 0: edge 3 conv -> skip"},
        {"child": 3, "parent": 2, "score": 0.9, "reason": "child of trials 2 and 1"},
        {"child": 3, "parent": 1, "score": 0.9, "reason": "child of trials 2 and 1"},
        {"child": 4, "parent": 2, "score": None, "reason": "mutant of trial 2: edge 1 <sep> -> &"},
    ],
    "posterior": [
        {"x": x, "mean": 0.5 + 0.1 * x, "deviation": 0.02, "acquisition": a, "score": s}
        for x, a, s in ((0, 0.1, 0.5), (1, 0.4, None), (2, 0.2, 0.7))
    ],
    "probabilities": [
        *softmax(0.1, 0.9, decision="filter height"),
        *softmax(0.25, 0.25, 0.5, decision="filters"),
    ],
    "controller": [
        {"step": step, "decision": f"input {step}", "chosen": row["option"] == "option 1", **row}
        for step in (0, 1)
        for row in softmax(0.2, 0.7, 0.1)
    ],
    "brackets": [
        {"bracket": 0, "rung": 0, "epochs": 1, "trial": 0, "score": 0.5, "state": "stopped"},
        {"bracket": 0, "rung": 0, "epochs": 1, "trial": 1, "score": 0.6, "state": "promoted"},
        {"bracket": 0, "rung": 0, "epochs": 1, "trial": 2, "score": 0.9, "state": "stopped"},
        {"bracket": 0, "rung": 1, "epochs": 3, "trial": 1, "score": 0.8, "state": "finished"},
        {"bracket": 1, "rung": 0, "epochs": 3, "trial": 3, "score": None, "state": "running"},
    ],
    "mixture": [
        {"edge": edge, "operation": operation, "weight": weight}
        for edge, weights in (("0→2", (0.2, 0.8)), ("1→2", (0.6, 0.4)))
        for operation, weight in zip(("skip_connect", "sep_conv_3x3"), weights)
    ],
    "history": [
        {"step": step, "value": value * step, "series": name}
        for step in (1, 2, 3)
        for name, value in (("reward", 0.1), ("baseline", 0.05))
    ],
}
FIGURES = [name for name, each in NOUNS.items() if each.figure]
GRAPHS = [name for name, each in NOUNS.items() if each.graph]


@pytest.fixture
def ax() -> Axes:
    return axes(figure(390, 260))[0]


def drawn(name: str, ax: Axes, rows: Rows | None = None) -> Axes:
    draws = NOUNS[name].figure
    return draws(TOYS[name] if rows is None else rows, ax)


def graph(name: str, rows: Rows | None = None) -> Graph:
    return NOUNS[name].graph(TOYS[name] if rows is None else rows)


def said(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def marked(ax: Axes, mark: str) -> list[tuple[float, float]]:
    return [
        (line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines if line.get_marker() == mark
    ]


# ---------------------------------------------------------------- the menu


def test_every_noun_has_one_drawing_and_a_toy() -> None:
    assert set(NOUNS) == set(TOYS)
    assert all((each.figure is None) != (each.graph is None) for each in NOUNS.values())
    assert len(FIGURES) + len(GRAPHS) == len(NOUNS)


@pytest.mark.parametrize("name", NOUNS)
def test_a_table_with_all_columns_is_drawn_and_says_what_is_to_be_seen(name: str) -> None:
    for still in (False, True):
        html = pictured(name, TOYS[name], still=still)
        words = NOUNS[name].says(TOYS[name])
        assert len(words) > 20
        assert words in unescape(html)
        assert ("<svg" in html) == (name in GRAPHS and not still)
        assert re.search(r'(alt|aria-label)="[^"]{10,}"', html)
    assert pictured(f"{name}: the second cell", TOYS[name]) is not None


@pytest.mark.parametrize("name", NOUNS)
def test_a_table_that_lacks_a_column_stays_a_table(name: str) -> None:
    for column in NOUNS[name].columns:
        for missing in column.split("|"):
            if missing in TOYS[name][0]:
                rows = [*TOYS[name][:-1], {k: v for k, v in TOYS[name][-1].items() if k != missing}]
                assert pictured(name, rows) is None
    assert pictured(name, []) is None


def test_an_unknown_noun_stays_a_table() -> None:
    assert pictured("apples", TOYS["population"]) is None
    assert noun("population", TOYS["population"]) is NOUNS["population"]


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_of_a_figure_is_below_11_px(name: str) -> None:
    """In a column of 340 CSS pixels, to which a figure of 390 shrinks."""
    made = figure(390, NOUNS[name].height)
    ax = drawn(name, axes(made)[0])
    texts = [
        *ax.texts,
        *ax.get_xticklabels(),
        *ax.get_yticklabels(),
        ax.xaxis.label,
        ax.yaxis.label,
    ]
    sizes = {text.get_fontsize() for text in texts if text.get_text()}
    assert min(sizes) * 96 / 72 * 340 / 390 >= 11


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_of_a_figure_is_cut_off(name: str) -> None:
    """The outermost pixels of the picture are white."""
    grey = pixels(pictured(name, TOYS[name]), "L")
    edges = [grey[0], grey[-1], grey[:, 0], grey[:, -1]]
    assert min(edge.min() for edge in edges) > 245


@pytest.mark.parametrize("name", NOUNS)
def test_many_rows_are_the_last_200(name: str) -> None:
    rows = [*TOYS[name]] * 101
    if name == "family":
        rows = [{**row, "child": i, "parent": None} for i, row in enumerate(rows)]
    html = unescape(pictured(name, rows))
    assert f"The last {MOST} of {len(rows)} rows." in html


@pytest.mark.parametrize("name", FIGURES)
def test_names_of_any_length_leave_room_for_a_picture(name: str) -> None:
    rows = [
        {key: value * 40 if isinstance(value, str) else value for key, value in row.items()}
        for row in TOYS[name]
    ]
    assert pictured(name, rows) is not None


# ---------------------------------------------------------------- each noun


def test_of_a_population_the_oldest_and_the_best_are_marked(ax: Axes) -> None:
    drawn("population", ax)
    assert marked(ax, "s") == [(4, 80)]
    assert marked(ax, "D") == [(7, pytest.approx(92))]
    assert said(ax) == ["oldest: trial 4", "best: trial 7"]
    rings = next(line for line in ax.lines if line.get_markerfacecolor() == "none")
    assert list(rings.get_xdata()) == [7, 9]
    assert "rings" in ax.get_xlabel()
    assert "the oldest, trial 4, dies next; the best is trial 7, 92.0 %" in NOUNS[
        "population"
    ].says(TOYS["population"])


def test_a_population_may_give_ages_instead(ax: Axes) -> None:
    rows = [{"trial": t, "age": a, "score": 0.5} for t, a in ((1, 9), (2, 0), (3, 4))]
    drawn("population", ax, rows)
    assert said(ax)[0] == "oldest: trial 1"
    assert "age" in ax.get_xlabel()


def test_the_label_of_who_dies_covers_nobody(ax: Axes) -> None:
    """The oldest may stand above younger ones: they would lie under a label beside it."""
    rows = [{"trial": t, "born": t, "score": 0.8 + (t == 0) / 20} for t in range(12)]
    drawn("population", ax, rows)
    ax.figure.canvas.draw()
    below, _ = (text for text in ax.texts if text.get_text())
    box = Text.get_window_extent(below)  # without the line to the dot
    assert box.y0 > ax.bbox.y0
    for trial in range(12):
        assert ax.transData.transform((trial, 80))[1] > box.y1 + 4


def test_a_population_without_answers_is_drawn(ax: Axes) -> None:
    drawn("population", ax, [{"trial": 0, "born": 0, "score": None}])
    assert said(ax) == []


def test_draws_are_a_dot_each_and_the_best_is_named(ax: Axes) -> None:
    drawn("draws", ax, [*TOYS["draws"], {"trial": 2, "score": None}])
    assert "best: trial 1" in said(ax)
    assert ax.get_title(loc="left") == "n = 2, median 80.0 %, 1 failed"


def test_the_line_of_the_best_is_marked_in_its_family() -> None:
    found = graph("family")
    assert [node.label for node in found.nodes if node.highlight] == [
        "trial 0", "trial 2", "trial 3",
    ]  # fmt: skip
    assert {(edge.tail, edge.head) for edge in found.edges if edge.highlight} == {
        ("0", "2"), ("2", "3"),
    }  # fmt: skip
    assert len(found.edges) == 4  # a child of two has two
    assert found.nodes[3].detail == "90.0 %"
    assert found.nodes[4].detail == ""
    assert NOUNS["family"].says(TOYS["family"]) == (
        "Family of 5 architectures. The line of the best, 90.0 %: "
        "0 → 2 (edge 3 conv -> skip) → 3 (child of trials 2 and 1)"
    )
    assert "edge 1 &lt;sep&gt; -&gt; &amp;" in draw(found).svg  # a tooltip


def test_a_large_family_is_cut_to_forty_all_joined() -> None:
    rows = [
        {
            "child": i,
            "parent": None if i < 5 else i - 5 + i % 3,
            "score": 0.5 + (i == 90) / 4,
            "reason": f"mutant {i}",
        }
        for i in range(200)
    ]
    found = graph("family", rows)
    assert len(found.nodes) <= families.MOST
    kept = {node.id for node in found.nodes}
    parents = {str(row["child"]): row["parent"] for row in rows}
    assert all(parents[name] is None or str(parents[name]) in kept for name in kept)
    assert "90" in kept
    assert "shown" in NOUNS["family"].says(rows)


def test_a_family_of_which_only_late_rows_are_left_is_drawn() -> None:
    """The parents of the first rows are named, but have no row of their own."""
    found = graph("family", TOYS["family"][2:])
    assert {node.id for node in found.nodes} == {"0", "1", "2", "3", "4"}


def test_a_posterior_along_a_number_has_a_band_and_the_acquisition_below(ax: Axes) -> None:
    drawn("posterior", ax)
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(46)  # 50 − 2 · 2
    assert band[:, 1].max() == pytest.approx(74)
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert list(dots.get_xdata()) == [0, 2]
    _, below = ax.figure.axes
    (wanted,) = (line for line in below.lines if line.get_marker() == "v")
    assert (wanted.get_xdata()[0], wanted.get_ydata()[0]) == (1, 40)  # % as the score
    assert below.get_ylabel() == "acqui-\nsition (%)"
    assert len(below.get_yticks()) >= 2
    assert "most wanted next: x = 1, expected 60.0 ± 4.0 %" in NOUNS["posterior"].says(
        TOYS["posterior"]
    )


def test_a_posterior_of_architectures_ranks_the_wanted(ax: Axes) -> None:
    rows = [
        {"architecture": f"net {i}", "mean": 0.5, "deviation": 0.1, "acquisition": i / 20}
        for i in range(20)
    ]
    drawn("posterior", ax, rows)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [f"net {i}" for i in range(19, 11, -1)]
    assert pictured("posterior", rows) is not None


def test_one_is_not_counted_in_the_plural() -> None:
    one = {"trial": 0, "score": 0.5, "child": 0, "parent": None, "reason": ""}
    assert NOUNS["draws"].says([one]).startswith("Scores of 1 architecture drawn at random")
    assert NOUNS["family"].says([one]).startswith("Family of 1 architecture. ")
    none = one | {"score": None}
    assert NOUNS["draws"].says([none, none]).startswith("2 architectures drawn")


def test_cells_of_long_names_are_told_apart_by_what_they_are(ax: Axes) -> None:
    long = "|nor_conv_1x1~0|+|nor_conv_1x1~0|skip_connect~1|"
    row = {"architecture": long, "mean": 0.5, "deviation": 0.1, "acquisition": 0.3, "score": None}
    rows = [
        *(row | {"parent": 14}, row | {"parent": 14, "acquisition": 0.2}),
        row | {"parent": None, "acquisition": 0.1},
        row | {"acquisition": 0.0, "score": 0.6, "trial": 2},
        *[row | {"acquisition": 0.0, "score": 0.6, "trial": n} for n in range(3, 20)],
    ]
    drawn("posterior", ax, rows)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[:4] == ["1: mutant of 14", "2: mutant of 14", "candidate 3", "trial 2"]
    words = NOUNS["posterior"].says(rows)
    assert words.startswith("What the surrogate expects of the 8 most wanted architectures, with ±")
    assert f" deviations, 5 of them measured; most wanted next: {long}, expected" in words


def test_probabilities_are_bars_that_add_up(ax: Axes) -> None:
    drawn("probabilities", ax)
    widths = [patch.get_width() for patch in ax.patches]
    assert widths == [0.1, 0.9, 0.25, 0.25, 0.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["filter height", "filters"]
    assert {"option 1", "option 2"} <= set(said(ax))
    assert "filter height is option 1 with 90.0 %" in NOUNS["probabilities"].says(
        TOYS["probabilities"]
    )


def test_probabilities_over_updates_are_a_heat_map(ax: Axes) -> None:
    rows = [
        {**row, "update": update}
        for update, shares in ((10, (0.5, 0.5)), (20, (0.2, 0.8)))
        for row in softmax(*shares, decision="filters")
    ]
    drawn("probabilities", ax, rows)
    (image,) = ax.images
    assert np.allclose(image.get_array(), [[0.5, 0.2], [0.5, 0.8]])
    assert said(ax) == ["0.20", "0.80"]
    assert ax.get_xlabel() == "update (dark: likelier)"
    assert NOUNS["probabilities"].says(rows) == (
        "Probabilities of 2 options, of 1 decision, over updates 10 to 20; "
        "the surest: filters is option 1 with 80.0 %"
    )


def test_of_many_options_those_that_changed_most_are_shown_with_names_that_fit(ax: Axes) -> None:
    rows = [
        {
            "decision": f"reduction / block {b} / first operation", "option": option,
            "probability": share, "update": update,
        }
        for update in (0, 1)
        for b in range(1, 8)
        for option, share in (("sep_conv_3x3", 0.5 + 0.01 * b * update), ("identity", 0.5))
    ]  # fmt: skip
    drawn("probabilities", ax, rows)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == 12
    assert names[:3] == [
        *("red. / b1 / first op: sep 3×3", "red. / b1 / first op: identity"),
        "red. / b2 / first op: sep 3×3",
    ]
    assert {f"red. / b{b} / first op: sep 3×3" for b in range(1, 8)} < set(names)
    words = NOUNS["probabilities"].says(rows)
    assert words.startswith("Probabilities of the 12 options that changed most, of 7 decisions, ")
    assert "reduction / block 7 / first operation is sep_conv_3x3" in words
    html = pictured("probabilities", rows)
    assert html is not None
    one = [row for b in range(14) for row in softmax(0.5, 0.5, decision=f"choice {b}")]
    assert "Probabilities of the first 12 of 14 decisions" in NOUNS["probabilities"].says(one)


def test_a_controller_is_a_row_of_cells_each_with_its_softmax() -> None:
    found = graph("controller")
    assert found.direction == "LR"
    assert [node.label for node in found.nodes] == [
        "LSTM, step 0", "input 0", "LSTM, step 1", "input 1",
    ]  # fmt: skip
    softmaxes = [node for node in found.nodes if node.mixture]
    assert softmaxes[0].mixture == (("option 0", 0.2), ("option 1", 0.7), ("option 2", 0.1))
    assert {node.chosen for node in softmaxes} == {"option 1"}
    assert [(e.tail, e.head) for e in found.edges if e.level] == [
        ("cell 0", "softmax 0"), ("cell 1", "softmax 1"),
    ]  # fmt: skip
    assert [(e.tail, e.head) for e in found.edges if e.kind == "choice"] == [
        ("softmax 0", "cell 1")
    ]
    svg = draw(found).svg
    assert 'font-weight="bold"' in svg
    assert "0.70" in svg


def test_the_questions_of_one_recurrent_step_stand_under_one_cell() -> None:
    steps = {1: ("filters", 1), 2: ("reads layer 1", 2), 3: ("reads layer 2", 2), 4: ("filters", 3)}
    rows = [
        {"step": s, "decision": name, "recurrent step": cell, "chosen": row["option"] == "option 0"}
        | row
        for s, (name, cell) in steps.items()
        for row in softmax(0.4, 0.6)
    ]
    found = controller(rows, room=600)
    cells = [node.label for node in found.nodes if node.kind == "state"]
    assert cells == ["LSTM, step 1", "LSTM, step 2", "LSTM, step 3"]
    assert [(e.tail, e.head) for e in found.edges if e.level] == [
        ("cell 1", "softmax 1"), ("cell 2", "softmax 2"), ("cell 2", "softmax 3"),
        ("cell 3", "softmax 4"),
    ]  # fmt: skip
    assert [(e.tail, e.head) for e in found.edges if e.kind == "choice"] == [
        ("softmax 1", "cell 2"), ("softmax 2", "cell 3"), ("softmax 3", "cell 3"),
    ]  # fmt: skip
    assert draw(found).svg.count("reads layer") >= 2


def test_the_cells_of_a_controller_stand_in_one_row_above_their_softmaxes() -> None:
    svg = draw(graph("controller"), prefix="c-").svg
    places = {}
    for name in ("n0", "n1", "n2", "n3"):
        group = svg[svg.index(f'id="c-{name}"') :]
        x, y = re.search(r'<text[^>]* x="([-\d.]+)" y="([-\d.]+)"', group).groups()
        places[name] = float(x), float(y)
    assert places["n0"][1] == places["n2"][1]
    assert places["n1"][1] > places["n0"][1]
    assert places["n3"][1] > places["n2"][1]
    assert places["n2"][0] > places["n0"][0]


def test_of_fifty_steps_the_last_block_is_shown_and_few_options() -> None:
    rows = [
        {"step": step, "decision": f"decision {step}", "chosen": row["option"] == "option 9", **row}
        for step in range(50)
        for row in softmax(*[1 / 13] * 13)
    ]
    found = controller(rows, room=2000)
    softmaxes = [node for node in found.nodes if node.mixture]
    assert [node.label for node in softmaxes] == [f"decision {step}" for step in range(45, 50)]
    names = [name for name, _ in softmaxes[0].mixture]
    assert len(names) == 7
    assert "option 9" in names
    assert names[-1] == "7 others"
    assert sum(share for _, share in softmaxes[0].mixture) == pytest.approx(1)


def test_a_controller_shows_as_many_steps_as_have_room() -> None:
    """The names of a block take a line each; what is drawn is no wider than what was said."""
    rows = [
        {"step": step, "decision": f"reduction / block {step} / second operation", **row}
        | {"chosen": False, "option": "sep_conv_3x3"[step:]}
        for step in range(5)
        for row in softmax(0.5, 0.5)
    ]
    shown = []
    for room in (100, 480, 700, 900, 2000):
        found = controller(rows, room=room)
        count = sum(node.kind == "decision" for node in found.nodes)
        assert count == 1 or draw(found).least <= room
        assert f"The last {count} of 5" in says(rows, room=room) or count == 5
        shown.append(count)
    assert shown == [1, 2, 3, 4, 5]
    assert ">second operation</text>" in draw(found).svg


def test_brackets_are_bars_as_long_as_the_rungs_climbed(ax: Axes) -> None:
    drawn("brackets", ax)
    assert [patch.get_width() for patch in ax.patches] == [2, 1, 1, 2]
    assert marked(ax, "D") == [(2, 0)]  # trial 1: the score of one epoch is no rival
    assert said(ax) == ["trial 1\n80.0 %"]
    assert ax.patches[3].get_hatch() == "////"
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "bracket 0\n3→1",
        "bracket 1\n1",
    ]
    assert NOUNS["brackets"].says(TOYS["brackets"]) == (
        "bracket 0: 3→1 trials; bracket 1: 1 trials, for 1 → 3 epochs; "
        "best at 3 epochs: trial 1, 80.0 %"
    )


def test_trials_that_carry_each_other_on_are_one_bar(ax: Axes) -> None:
    rows = [
        {**row, "start": start, "trial": trial}
        for row, start, trial in zip(TOYS["brackets"], (0, 1, 2, 1, 3), (0, 1, 2, 4, None))
    ]
    NOUNS["brackets"].figure(rows, ax)  # type: ignore[misc]
    assert [patch.get_width() for patch in ax.patches] == [2, 1, 1, 2]
    assert said(ax) == ["trial 4\n80.0 %"]


def test_a_mixture_is_a_heat_map_with_the_highest_of_each_edge_framed(ax: Axes) -> None:
    drawn("mixture", ax)
    (image,) = ax.images
    assert np.allclose(image.get_array(), [[0.2, 0.8], [0.6, 0.4]])
    bold = [text.get_text() for text in ax.texts if text.get_weight() == "bold"]
    assert bold == [".80", ".60"]
    assert len(ax.lines) == 2
    assert "sep 3×3 on edge 0→2, 80.0 %" in NOUNS["mixture"].says(TOYS["mixture"])


def test_a_history_is_a_line_each_named_at_its_end(ax: Axes) -> None:
    drawn("history", ax)
    assert [list(line.get_ydata()) for line in ax.lines] == [
        pytest.approx([0.1, 0.2, 0.3]), pytest.approx([0.05, 0.1, 0.15]),
    ]  # fmt: skip
    assert set(said(ax)) == {"reward\n0.3", "baseline\n0.15"}
    assert len({line.get_linestyle() for line in ax.lines}) == 2


# ---------------------------------------------------------------- for all eyes


def grey(colour: Sequence[float] | str) -> float:
    """Relative luminance."""
    return float(np.dot((0.2126, 0.7152, 0.0722), to_rgb(to_hex(colour))))


def test_more_is_darker_in_grey_too() -> None:
    shades = [grey(PALE_TO_DARK(share / 20)) for share in range(21)]
    assert shades == sorted(shades, reverse=True)
    assert shades[0] - shades[-1] > 0.5


@pytest.mark.parametrize(("value", "words"), [(0.42, ".42"), (0.996, "1.0"), (0.0, ".00")])
def test_a_share_in_two_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_words_of_a_graph_are_escaped_and_readable() -> None:
    rows = [{**row, "decision": "a <b> & \\N"} for row in TOYS["controller"]]
    picture = draw(graph("controller", rows))
    assert "a &lt;b&gt; &amp; \\N" in picture.svg
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', picture.svg)]
    assert min(sizes) >= SMALL


# ---------------------------------------------------------------- in a panel


def card(name: str, rows: Rows) -> str:
    seen = Snapshot(ChainSpace(), History(), 3, inside={name: rows})
    return SearchViews().html("inside", seen)


def test_a_learners_population_gets_its_picture_in_a_panel() -> None:
    assert 'alt="A population of 3' in card("population", TOYS["population"])
    assert "<table" not in card("population", TOYS["population"])
    assert "<table" in card("my heap", TOYS["population"])
    assert "<svg" in card("family", TOYS["family"])


def test_values_that_no_drawing_expects_are_a_table_that_says_so() -> None:
    rows = [{**row, "score": "very good"} for row in TOYS["population"]]
    html = card("population", rows)
    assert "No drawing of population" in html
    assert "very good" in html
    assert "<table" in html
