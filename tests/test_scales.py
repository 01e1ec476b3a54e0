"""What a score is called and in which unit it is said: by itself, and through a whole panel."""

from __future__ import annotations

import math
import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fakes import chains
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data import digits
from workbench.history import History
from workbench.panels import SearchPanel
from workbench.panels.parts.status_line import StatusLine
from workbench.panels.running.run_result import RunResult
from workbench.panels.search.final_test_button import TestImages
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.score_axis import limits
from workbench.panels.search.view_list import SearchViews
from workbench.protocols import Rows
from workbench.records import Asked, Candidate, Epoch, Evaluation, Event, Failed, Opened, Told
from workbench.scales import ACCURACY, PLAIN, ScoreScale, fitting
from workbench.strategies import RandomSearch
from workbench.views import axes, figure, learning_curves, strip
from workbench.views.curves import best_so_far, rank
from workbench.views.nouns import pictured
from workbench.views.nouns.brackets import brackets

SPACE = chains()
ARCH = SPACE.sample(random.Random(0))
PERPLEXITY = ScoreScale("1/perplexity", "", 1.0, 0.0, 1.0, 3)
LATENCY = ScoreScale("−latency", "ms", 1000.0, -math.inf, 0.0, 2)
NONE = math.nan


# ---------------------------------------------------------------- a number in words


@pytest.mark.parametrize(
    ("scale", "score", "said"),
    [
        (ACCURACY, 0.924, "92.4 %"),
        (ACCURACY, 1, "100.0 %"),
        (ACCURACY, 0.0, "0.0 %"),
        (ACCURACY, NONE, "–"),
        (ACCURACY, None, "–"),
        (PLAIN, -22463.8, "−22463.8"),
        (PLAIN, -22463.84, "−22463.8"),
        (PLAIN, 0.0012345, "0.001234"),
        (PLAIN, 0.5, "0.5"),
        (PLAIN, 5.0, "5"),
        (PLAIN, -3, "−3"),
        (PLAIN, 9.99999, "10"),
        (PLAIN, -0.0, "0"),
        (PLAIN, 1.5e-7, "1.500e−7"),
        (PLAIN, -1.5e12, "−1.500e12"),
        (PLAIN, math.inf, "∞"),
        (PLAIN, -math.inf, "−∞"),
        (PERPLEXITY, 0.12345, "0.123"),
        (PERPLEXITY, -1e-9, "0.000"),  # not "−0.000"
        (LATENCY, -0.0123456, "−12.35 ms"),
    ],
)
def test_a_score_is_said_in_its_unit(scale: ScoreScale, score: float | None, said: str) -> None:
    assert scale.say(score) == said


def test_a_score_with_a_spread_and_a_score_by_name() -> None:
    assert ACCURACY.label == "validation accuracy (%)"
    assert ACCURACY.named(0.924, spread=0.03) == "92.4 ± 3.0 %"
    assert PLAIN.label == "score"
    assert PLAIN.named(-22463.8) == "score −22463.8"
    assert PERPLEXITY.named(0.1, spread=0.02) == "1/perplexity 0.100 ± 0.020"
    assert LATENCY.label == "−latency (ms)"


@given(st.floats(-1e300, 1e300) | st.sampled_from([math.inf, -math.inf]))
def test_a_plain_number_keeps_four_significant_digits_and_stays_short(score: float) -> None:
    said = PLAIN.say(score)
    assert len(said) <= 12
    if math.isfinite(score):
        assert float(said.replace("−", "-")) == pytest.approx(score, rel=6e-4, abs=1e-323)


@pytest.mark.parametrize(
    ("given_", "complaint"),
    [
        ({"name": " "}, "say what the score is"),
        ({"times": 0.0}, "times must be more than 0"),
        ({"times": -1.0}, "times must be more than 0"),
        ({"times": math.inf}, "times must be more than 0 and finite"),
        ({"low": 1.0}, "low must be below high, got 1.0 and 1.0"),
        ({"high": NONE}, "high must be a number, got nan"),
        ({"digits": 13}, "digits must be 0 … 12"),
        ({"window": (0.5, 0.5)}, r"window must be two numbers in order, got \(0.5, 0.5\)"),
        ({"window": (0.5, math.inf)}, "window must be two numbers in order"),
    ],
)
def test_an_impossible_scale_is_refused(given_: Mapping[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ScoreScale(**given_)


def test_without_a_declaration_scores_are_accuracies_while_they_can_be() -> None:
    assert fitting(None, []) == ACCURACY
    assert fitting(None, [0.0, 1.0, NONE]) == ACCURACY
    assert fitting(None, [0.5, 1.1]) == PLAIN
    assert fitting(None, [-0.1]) == PLAIN
    assert fitting(None, [math.inf]) == PLAIN
    assert fitting(PERPLEXITY, [-22463.8]) == PERPLEXITY


# ---------------------------------------------------------------- axes


@pytest.mark.parametrize(
    ("scores", "scale", "expected"),
    [
        ([], PLAIN, (-0.1, 1.1)),
        ([-30.0, -20.0, NONE, math.inf], PLAIN, (-31.0, -19.0)),
        ([-20.0], PLAIN, (-22.0, -18.0)),
        ([0.0, 0.0], PLAIN, (-1.0, 1.0)),
        ([0.2], PERPLEXITY, (0.0, 1.1)),
        ([0.2, 1.5], PERPLEXITY, (0.0, 1.65)),  # beyond what was declared: seen all the same
        ([-0.02], LATENCY, (-22.0, 2.0)),
    ],
)
def test_an_axis_goes_from_end_to_end_or_as_far_as_the_scores(
    scores: list[float], scale: ScoreScale, expected: tuple[float, float]
) -> None:
    assert limits(scores, scale) == pytest.approx(expected)


# ---------------------------------------------------------------- pictures of any scores


def history(scores: list[float | None]) -> History[Any]:
    """A run of one epoch a trial; None: it fails."""
    events: list[Event[Any]] = []
    for trial, score in enumerate(scores):
        candidate = Candidate(ARCH)
        events.append(Asked(trial, candidate))
        if score is None:
            events.append(Failed(trial, candidate, ValueError("too large")))
            events.append(Told(trial, candidate, Evaluation.failed(1.0)))
        else:
            events.append(Epoch(trial, 1, 1, 1.0, score, 1.0))
            events.append(Told(trial, candidate, Evaluation(score, 1.0, (score,))))
    return History(tuple(events))


def alt(html: str) -> str:
    return unescape(re.search('alt="([^"]*)"', html)[1])


def words(html: str) -> str:
    return unescape(re.sub("<[^>]*>", " ", html))


STRANGE = st.sampled_from([NONE, math.inf, -math.inf, 0.0, 1e-300])
SCORES = st.lists(st.none() | STRANGE | st.floats(-1e200, 1e200), max_size=5)


@settings(max_examples=20, deadline=None)
@given(SCORES, SCORES, st.sampled_from([ACCURACY, PLAIN, PERPLEXITY, LATENCY]))
def test_every_view_can_draw_any_scores(
    scores: list[float | None], before: list[float | None], scale: ScoreScale
) -> None:
    rows = [{"trial": n, "born": n, "score": score} for n, score in enumerate(scores)]
    seen = Snapshot(
        SPACE, history(scores), 6, yours=1, earlier=(history(before),), names=("seed 3",),
        scale=scale, inside={"draws": rows, "population": rows}, noun="draws",
    )  # fmt: skip
    views = SearchViews()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in SearchViews.names:
            assert "cannot be drawn" not in views.html(name, seen)
        for noun in ("draws", "population"):
            assert "No drawing" not in views.html("inside", replace(seen, noun=noun))
    assert "nan" not in words(views.html("table", seen))


@pytest.mark.parametrize(
    ("scores", "low", "high"),
    [
        ([-22463.8, -30000.0], -30753.62, -21710.18),  # a tenth of what they span, on both sides
        ([-5.0, None, -4.0], -5.1, -3.9),  # a failure has no place among them
        ([7.0, 7.0, 7.0], 6.3, 7.7),
        ([None, None], -0.1, 1.1),
        ([-math.inf, 1e9, math.inf], 9e8, 1.1e9),
    ],
)
def test_figures_of_plain_numbers_have_their_own_range(
    scores: list[float | None], low: float, high: float
) -> None:
    views, seen = SearchViews(), Snapshot(SPACE, history(scores), 3, scale=PLAIN)
    for name in ("best", "curves"):
        views.html(name, seen)
        ax = views.drawers[name].ax
        assert ax.get_ylim() == pytest.approx((low, high))
        assert ax.get_ylabel() == "score"
        assert all(low <= tick <= high for tick in ax.get_yticks())
        boxes = [tick.get_window_extent() for tick in ax.get_yticklabels()]
        assert min(box.x0 for box in boxes) > 15  # room for the label
    assert not any("nan" in each.get_text() for each in views.drawers["best"].ax.texts)


def test_a_panel_that_goes_back_to_accuracies_draws_them_as_before() -> None:
    views, new = SearchViews(), SearchViews()
    accuracies = Snapshot(SPACE, history([0.5, 0.9]), 3)
    for name in ("best", "curves"):
        views.html(name, Snapshot(SPACE, history([-22463.8, 1e7]), 3, scale=PLAIN))
        assert views.html(name, accuracies) == new.html(name, accuracies)


def test_a_long_name_takes_two_lines_and_markup_in_it_is_harmless() -> None:
    scale = ScoreScale("negative <loss> of the very best & newest", "nats", 1.0, -math.inf, 0.0)
    views, seen = SearchViews(), Snapshot(SPACE, history([-2.0]), 3, scale=scale)
    assert "<loss>" not in views.html("curves", seen) + views.html("table", seen)
    assert "-2.0 nats".replace("-", "−") in words(views.html("champion", seen))
    assert "\n" in views.drawers["curves"].ax.get_ylabel()


def test_an_infinite_best_is_labelled_at_the_edge() -> None:
    ax = axes(figure())[0]
    ax.set_ylim(0, 10)
    rows = [{"trial": 0, "seconds": 1.0, "score": math.inf, "best": math.inf}]
    best_so_far(rows, ax, scale=PLAIN)
    (label,) = ax.texts
    assert label.get_text() == "best ∞"
    assert 5 < label.xyann[1] <= 10


def test_a_strip_counts_what_has_no_place_on_it() -> None:
    ax = axes(figure())[0]
    rows = [{"trial": n, "score": s} for n, s in enumerate((-3.0, -1.0, math.inf))]
    strip([*rows, {"trial": 3, "score": 0.0, "failed": True}], ax, scale=PLAIN)
    assert ax.get_title("left") == "n = 2, median −2, 1 infinite, 1 failed"
    assert ax.get_xlabel() == "score"


def test_without_rows_an_axis_is_as_long_as_its_scale() -> None:
    ends = []
    for scale in (ACCURACY, PERPLEXITY, PLAIN):
        ax = axes(figure())[0]
        ends.append(learning_curves([], ax, scale=scale).get_ylim())
    assert ends == [(0, 100), (0, 1), (0, 1)]


def test_a_failure_ranks_behind_the_lowest_score() -> None:
    rows = [{"trial": 0, "score": -22463.8}, {"trial": 1, "score": 0.0, "failed": True}]
    rows += [{"trial": 2, "score": NONE}, {"trial": 3, "score": -math.inf}]
    ranks = [rank(rows, trial) for trial in range(4)]
    assert ranks == ["rank 1 of 4", "rank 4 of 4", "rank 3 of 4", "rank 2 of 4"]


# ---------------------------------------------------------------- nouns


NOUNS: dict[str, Rows] = {
    "draws": [{"trial": n, "score": score} for n, score in enumerate((-3.0, -2.5))],
    "population": [{"trial": n, "born": n, "score": score} for n, score in enumerate((-3.0, -2.5))],
    "family": [
        {"child": 0, "parent": None, "score": -3.0, "reason": "drawn"},
        {"child": 1, "parent": 0, "score": -2.5, "reason": "mutant of trial 0: a -> b"},
    ],
    "posterior": [
        {"x": x, "mean": -2.5, "deviation": 0.1, "acquisition": x, "score": None} for x in (0, 1)
    ],
    "brackets": [
        {"bracket": 0, "rung": 0, "epochs": 1, "trial": n, "score": score, "state": "stopped"}
        for n, score in enumerate((None, -3.0, -2.5))
    ],
}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("draws", "the best score −2.5 (trial 1)"),
        ("population", "the best is trial 1, score −2.5"),
        ("family", "The line of the best, score −2.5: 0 → 1 (a -> b)"),
        ("posterior", "expected score −2.5 ± 0.2"),
        ("brackets", "best at 1 epochs: trial 2, score −2.5"),
    ],
)
def test_a_noun_says_its_scores_by_name(name: str, said: str) -> None:
    html = pictured(name, NOUNS[name], scale=PLAIN)
    assert html is not None
    assert said in unescape(html)
    assert "%" not in re.sub('style="[^"]*"', "", words(html))
    nats = unescape(pictured(name, NOUNS[name], scale=replace(PLAIN, unit="nats")) or "")
    number = "−2.5 ± 0.2" if "±" in said else "−2.5"
    assert said.replace(f"score {number}", f"{number} nats") in nats  # the unit says what it is


def test_negative_scores_stand_in_a_family_tree() -> None:
    html = unescape(pictured("family", NOUNS["family"], scale=PLAIN) or "")
    assert re.findall(r">(−[\d.]+)</text>", html) == ["−3", "−2.5"]


def test_a_bar_without_an_answer_stands_last_however_low_the_others_are() -> None:
    ax = axes(figure())[0]
    brackets(NOUNS["brackets"], ax, scale=PLAIN)
    (label,) = ax.texts
    assert label.get_text() == "trial 2\n−2.5"
    assert label.xy[1] == 0  # the first bar


# ---------------------------------------------------------------- numbers beside the buttons


def test_the_line_keeps_the_ends_of_all_that_it_saw() -> None:
    status = StatusLine()
    assert status.ends == ()
    candidate = Candidate(ARCH)
    for event in (
        Epoch(None, 1, 1, 1.0, 0.5, 1.0),
        Told(0, candidate, Evaluation(NONE, 1.0)),
        Told(1, candidate, Evaluation.failed()),
        Told(2, candidate, Evaluation(-22463.8, 1.0)),
    ):
        status.take(event)
    assert status.ends == (-22463.8, 0.5)
    status.clear()
    assert status.ends == ()


def test_what_a_run_came_to_is_told_in_its_unit() -> None:
    told = history([-0.02, -0.01, None])
    line = RunResult("finished", told, scale=LATENCY).line
    assert line == ("finished: 3 trials in 3.0 s of training · best −10.00 ms (trial 1) · 1 failed")


def test_the_test_images_are_told_beside_the_score_that_chose() -> None:
    told = History((*history([-22463.8]).events, Opened(0, 0.9)))
    opened = TestImages(lambda: None)
    opened.show("finished", told, scale=PLAIN)
    assert words(opened.words.value) == (
        "trial 0: test accuracy  90.0 % , score, by which it was chosen, −22463.8"
    )


# ---------------------------------------------------------------- a whole panel


class Draws(RandomSearch[Any]):
    """Random search that shows more than its draws."""

    def inside(self) -> dict[str, Rows]:
        draws = list(super().inside()["draws"])
        return {"draws": draws, "plain table": draws}


class Proxy:
    """A learner's zero-cost proxy: the larger the better, far from an accuracy, undeclared."""

    scores: ClassVar[tuple[float, ...]] = (-30000.0, -22463.8, -25000.25)

    def __init__(self, space: Any, data: Any) -> None:
        self.space, self.data = space, data

    def prepare(self, *, seed: int) -> Iterator[Event[Any]]:
        yield from ()

    def estimate(self, candidate: Any, *, trial: int, seed: int) -> Any:
        score = self.scores[trial % len(self.scores)]
        yield Epoch(trial, 1, 1, 1.0, score, 0.5)
        if trial == 3:
            raise RuntimeError("out of memory")
        return Evaluation(score, 0.5, (score,))


class Language(Proxy):
    """Says what its score is."""

    scale = PERPLEXITY
    scores = (0.05, 0.123456, 0.1)


class Accurate(Proxy):
    """Accuracies, undeclared."""

    scores = (0.25, 0.75, 0.5)


class Method:
    """A method whose score is declared."""

    scale = LATENCY

    def __init__(self, space: Any, data: Any, *, seed: int = 0) -> None:
        self.space, self.data, self.seed = space, data, seed

    def events(self, *, seed: int, progress: Path | None = None) -> Iterator[Event[Any]]:
        candidate = Candidate(ARCH)
        yield Epoch(None, 1, 1, 1.0, -0.02, 0.5)
        yield Asked(0, candidate)
        yield Told(0, candidate, Evaluation(-0.01, 0.5))

    def inside(self) -> dict[str, Rows]:
        return {}


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SearchPanel]]:
    made: list[SearchPanel] = []

    def panel(*estimators: Any, **more: Any) -> SearchPanel:
        settings = {"strategies": (Draws,), "trials": 3, "log": tmp_path} | more
        parts = {} if "methods" in more else {"estimators": estimators}
        made.append(SearchPanel(SPACE, digits(), **parts, **settings))
        return made[-1]

    yield panel
    for each in made:
        each.close()


def run(panel: SearchPanel) -> RunResult:
    panel.run()
    return panel.wait()


def html(panel: SearchPanel, name: str) -> str:
    return str(panel._screen._views.widgets[name].value)


def status(panel: SearchPanel) -> str:
    return words(panel._arrangement.status.value)


def axes_of(panel: SearchPanel, name: str) -> Any:
    return panel._screen._views.drawers[name].ax


@pytest.mark.parametrize(
    ("estimator", "label", "column", "best", "ends"),
    [
        (Proxy, "score", "score", "−22463.8", (-30753.62, -21710.18)),
        (Language, "1/perplexity", "1/perplexity", "0.123", (0.0, 1.1)),
        (Accurate, "validation accuracy (%)", "accuracy", "75.0 %", (0, 110)),
    ],
)
def test_a_whole_panel_says_what_its_scores_are(
    make: Callable[..., SearchPanel], estimator: Any, label: str, column: str, best: str, ends: Any
) -> None:
    panel = make(estimator)
    result = run(panel)
    assert f"best {best} (trial 1)" in result.line
    assert f"best {best}" in status(panel)
    for name in ("best", "curves"):
        ax = axes_of(panel, name)
        assert ax.get_ylabel() == label
        assert ax.get_ylim() == pytest.approx(ends)
    assert label.partition(" (")[0] in alt(html(panel, "best"))
    assert f"Best {best}." in alt(html(panel, "best"))
    assert f"Best, {best} (trial 1)" in words(html(panel, "champion"))
    assert "Tried last, " in words(html(panel, "tried"))
    table = words(html(panel, "table"))
    assert f" {column} " in table
    assert f" {best} " in table
    assert best in alt(html(panel, "inside"))
    panel._arrangement.choices["inside"].value = "plain table"
    assert f" {best} " in words(html(panel, "inside"))
    twin = panel.twin()
    assert f"best {best}" in words(twin)
    assert f"Best {best}." in unescape(twin)
    if "%" not in best:
        for text in (result.line, status(panel), words(twin), *re.findall('alt="([^"]*)"', twin)):
            assert "%" not in text
            assert "accurac" not in text


def test_a_method_declares_its_score_as_an_estimator_does(
    make: Callable[..., SearchPanel],
) -> None:
    panel = make(methods=(Method,))
    assert "best −10.00 ms (trial 0)" in run(panel).line
    assert axes_of(panel, "curves").get_ylabel() == "−latency (ms)"


def test_a_failed_trial_is_said_to_have_failed(make: Callable[..., SearchPanel]) -> None:
    panel = make(Proxy, trials=4)
    assert run(panel).line.endswith("best −22463.8 (trial 1) · 1 failed")
    assert "Tried last, failed (trial 3)" in words(html(panel, "tried"))
    assert axes_of(panel, "best").get_ylim() == pytest.approx((-30753.62, -21710.18))


def test_the_past_is_told_on_the_scale_of_the_whole_run(make: Callable[..., SearchPanel]) -> None:
    class Late(Proxy):
        """Its first score could be an accuracy."""

        scores = (0.5, -7.0)

    panel = make(Late)
    run(panel)
    seen = panel._screen._snapshot()
    assert seen.scale == PLAIN
    assert seen.until(0).scale == PLAIN


def test_runs_are_compared_where_their_scores_are_of_one_kind(
    make: Callable[..., SearchPanel],
) -> None:
    panel = make(Proxy, Accurate, Language)
    plain = panel._form._plain
    run(panel)
    plain["seed"].value = 1
    run(panel)
    assert alt(html(panel, "best")).endswith("Pale steps: 1 earlier run (seed 0).")
    plain["estimator"].value = "Accurate"
    assert "best 75.0 %" in run(panel).line
    assert "Pale steps" not in alt(html(panel, "best"))
    assert "2 earlier runs with another kind of score left out" in html(panel, "best")
    plain["estimator"].value = "Language"
    run(panel)
    assert "3 earlier runs with another kind of score left out" in html(panel, "best")
    plain["estimator"].value = "Proxy"
    run(panel)
    assert "Pale steps: 2 earlier runs" in alt(html(panel, "best"))
    assert "2 earlier runs with another kind of score left out" in html(panel, "best")
    panel._arrangement.compare.value = False
    assert "left out" not in html(panel, "best")
