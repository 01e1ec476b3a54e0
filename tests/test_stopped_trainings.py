"""A search that trains and stops: its curves, its fans, and whether stopping was right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest
from fakes import chains
from test_reduced import few

from workbench.estimators.extrapolated import forecast_of
from workbench.panels import StoppedTrainings
from workbench.panels.extrapolation.cut_short import trial_of
from workbench.panels.running.worker_thread import BusyError, Runner
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Told
from workbench.store import load

RISING = (0.2, 0.3, 0.35, 0.38)


def told(trial: int, scores: tuple[float, ...], **measures: float) -> list[object]:
    """The events of a trial that came to ``scores``, of eight epochs."""
    candidate = Candidate((8, 16))
    epochs = [Epoch(trial, n, 8, 1.0, score, 0.1 * n) for n, score in enumerate(scores, 1)]
    evaluation = Evaluation(scores[-1], 1.0, scores, measures)
    return [Asked(trial, candidate), *epochs, Told(trial, candidate, evaluation)]


def events() -> list[object]:
    high = tuple(0.9 - 0.4 / n for n in range(1, 9))
    return [
        *told(0, high, predicted=0.0),
        *told(1, RISING, predicted=1.0, **{"P(final > best)": 0.01}),
        *told(2, tuple(0.8 - 0.3 / n for n in range(1, 9)), predicted=0.0),
        *told(3, RISING)[:5],
    ]


def test_a_stopped_trial_has_its_forecast_from_where_it_was_stopped() -> None:
    seen = trial_of(events(), 1, epochs=8, first=4)
    assert (seen.stopped, seen.known, seen.best) == (True, 4, pytest.approx(0.85))
    expected = forecast_of(RISING, 8, "least squares").final
    assert seen.forecast is not None
    assert seen.forecast.final == expected
    assert seen.words.startswith(
        f"Trial 1 was stopped after epoch 4 of 8, at 38.0 %. The ensemble expected "
        f"{100 * expected:.1f} %; the probability to end above 85.0 %: 0.0 %."
    )


def test_what_it_came_to_is_said_once_it_was_trained_on() -> None:
    seen = trial_of(events(), 1, epochs=8, first=4, end=(*RISING, 0.4, 0.4, 0.4, 0.5))
    assert seen.words.endswith("Trained on, it came to 50.0 %.")


def test_a_predicted_score_is_nothing_to_beat_and_the_first_trial_has_nothing() -> None:
    assert trial_of(events(), 3, epochs=8, first=4).best == pytest.approx(0.85)
    first = trial_of(events(), 0, epochs=8, first=4)
    assert (first.best, first.forecast) == (None, None)
    assert first.words == "Trial 0 was trained to the end, 85.0 %. Nothing was to be beaten yet."


def test_of_one_that_was_trained_the_first_look_is_shown() -> None:
    seen = trial_of(events(), 2, epochs=8, first=4)
    assert (seen.known, seen.stopped) == (4, False)
    assert seen.words.startswith("Trial 2 was trained to the end, 76.2 %. After epoch 4 the ensem")


def test_one_under_way_is_foretold_from_all_that_is_seen() -> None:
    seen = trial_of(events(), 3, epochs=8, first=4)
    assert (seen.known, seen.told) == (4, False)
    assert seen.words.startswith("Trial 3, epoch 4 of 8: 38.0 %. The ensemble expects ")
    assert trial_of(events(), 3, epochs=8, first=5).forecast is None  # no look yet
    assert trial_of(events(), 4, epochs=8, first=4).words == "Trial 4 begins."


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoppedTrainings]:
    """Five tiny trainings; δ = 0.9 stops whatever is not nearly sure to win."""
    folder: Path = tmp_path_factory.mktemp("runs")
    made = StoppedTrainings(chains(), few(), trials=5, epochs=5, delta=0.9, begin=0.8, log=folder)
    with pytest.raises(ValueError, match="no training was stopped"):
        made.train_on()
    made.run()
    made.wait()
    yield made
    made.close()


def test_it_trains_and_its_log_says_so(panel: StoppedTrainings) -> None:
    assert panel.path is not None
    logged = load(panel.path, panel.space)
    assert [each.trial for each in logged.told] == [0, 1, 2, 3, 4]
    assert all(each.evaluation.seconds > 0 for each in logged.told)
    counted = sum(isinstance(event, Epoch) for event in logged.events)
    assert counted == sum(len(each.evaluation.curve) for each in logged.told)
    assert panel.stopped
    assert counted == 5 * 5 - len(panel.stopped)


def test_a_stopped_one_is_trained_on_from_its_own_beginning(panel: StoppedTrainings) -> None:
    panel.train_on()
    said = panel.wait()
    assert repr(said).startswith("finished: 5 architectures")
    assert f" · {len(panel.stopped)} trained on: " in repr(said)
    for each in panel.stopped:
        end, seen = panel.ends[each.trial], each.evaluation.curve
        assert (len(seen), len(end)) == (4, 5)
        assert end[:4] == seen
    shown = {row["trial"]: row["trained on"] for row in panel.rows()}
    assert {trial for trial, words in shown.items() if words} == set(panel.ends)


def test_a_run_that_may_not_begin_leaves_the_last_one_as_it_is(panel: StoppedTrainings) -> None:
    before = panel.wait().line
    other = Runner(lambda: repeat(Batch(0, 1, 1, 1)), show=lambda event: None)
    other.run()
    try:
        for start in (panel.run, panel.train_on):
            with pytest.raises(BusyError, match="stop it first"):
                start()
    finally:
        other.stop()
        other.join()
    assert panel.wait().line == before


def test_the_slider_goes_back_to_any_trial(panel: StoppedTrainings) -> None:
    panel.trial = 0
    before = panel._sheet.value
    assert panel._said.value.startswith("Trial 0 was trained to the end")
    panel.trial = panel.stopped[0].trial
    assert " was stopped after epoch 4 of 5" in panel._said.value
    assert panel._sheet.value != before
    with pytest.raises(ValueError, match="trial"):
        panel.trial = 5


def test_the_twin_shows_a_stopped_one_and_the_best(panel: StoppedTrainings) -> None:
    twin = panel.twin()
    assert twin.count("<img alt=") == len({panel.stopped[0].trial, panel.history.best.trial})  # type: ignore[union-attr]
    assert "was stopped after epoch 4" in twin
    assert "P(final &gt; best)" in twin
