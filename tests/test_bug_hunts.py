"""Bug hunts: right, plausible wrong, empty, endless and lucky tests through every check."""

from __future__ import annotations

import copy
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any

import numpy as np
import pytest
import torch

from workbench.exercises import (
    BugHunt,
    gradient_based_search,
    lower_fidelity,
    reinforcement_learning,
)
from workbench.exercises.attempt import seeded
from workbench.exercises.bug_hunt import RUNS
from workbench.exercises.evolution import OPERATIONS
from workbench.exercises.exercise import Case
from workbench.exercises.time_limit import TimeLimitError, in_time, within

HUNTS: dict[str, BugHunt] = {
    lesson: import_module(f"workbench.exercises.{lesson}").hunt
    for lesson in (
        *("random_search", "bayesian_optimization", "evolution", "reinforcement_learning"),
        *("one_shot_models", "learning_curve_extrapolation", "weight_inheritance"),
    )
} | {"baseline": reinforcement_learning.baseline_hunt}
HUNTS |= {
    name: getattr(gradient_based_search, f"{name}_hunt")
    for name in ("batches", "zeroed", "difference", "parentheses", "epoch")
}
HUNTS["brackets"] = lower_fidelity.brackets_hunt
LESSONS = tuple(HUNTS)


# ------------------------------------------------------------------ tests that learners write


def pairs_of_one_trial(implementation: Any) -> None:
    validation, test = [0.5, 0.9, 0.7, 0.8], [0.9, 0.6, 0.8, 0.7]
    for pair in implementation(validation, test):
        assert tuple(pair) in set(zip(validation, test, strict=True))


def may_fall(implementation: Any) -> None:
    assert [test for _, test in implementation([0.1, 0.2], [0.9, 0.8])] == [0.9, 0.8]


def same_order(implementation: Any) -> None:
    assert implementation([0.1, 0.2], [0.7, 0.8]) == [(0.1, 0.7), (0.2, 0.8)]


def never_falls(implementation: Any) -> None:
    tests = [test for _, test in implementation([0.1, 0.2], [0.9, 0.8])]
    assert tests == sorted(tests), "it fell"


def over_lines(implementation: Any) -> None:
    assert implementation([0.1, 0.2], [0.9, 0.8]) == [
        (0.1, 0.9),
        (0.2, 0.9),
    ]


def first_of_equals(implementation: Any) -> None:
    assert implementation([0.9, 0.9], [0.7, 0.6])[-1] == (0.9, 0.7)


def wide_wins(implementation: Any) -> None:
    assert implementation([0.5, 0.45], [0.0001, 0.04], [0.48]) == 1


FACTORS = (100, 100**2, 100)


def unit_free(implementation: Any) -> None:
    """In per cent or in fractions: the same candidate."""
    rng = random.Random(0)
    for _ in range(50):
        means, deviations, scores = [[rng.random() for _ in range(5)] for _ in range(3)]
        fractions = (means, [each**2 for each in deviations], scores)
        percents = [
            [factor * each for each in some]
            for factor, some in zip(FACTORS, fractions, strict=True)
        ]
        assert implementation(*fractions) == implementation(*percents)


def higher_mean(implementation: Any) -> None:
    assert implementation([0.5, 0.6], [0.01, 0.01], [0.55]) == 1


def highest_prediction(implementation: Any) -> None:
    assert implementation([0.91, 0.90], [0.000001, 0.0025], [0.905]) == 0


def first_of_two_alike(implementation: Any) -> None:
    assert implementation([0.6, 0.6], [0.01, 0.01], [0.5]) == 0


def members() -> list[dict[str, Any]]:
    scores = (0.9, 0.5, 0.7, 0.8)
    return [{"cell": [name] * 3, "score": s} for name, s in zip(OPERATIONS, scores, strict=False)]


def untouched(implementation: Any) -> None:
    population = members()
    before = copy.deepcopy(population)
    implementation(population)
    assert population == before


def cell_of_its_own(implementation: Any) -> None:
    population = members()
    child = implementation(population, random.Random(3))
    assert all(child["cell"] is not member["cell"] for member in population)


def shallow_memory(implementation: Any) -> None:
    population = members()
    before = list(population)
    implementation(population)
    assert population == before


def child_of_the_best(implementation: Any) -> None:
    assert implementation(members())["cell"].count("none") == 2


def child_of_this_seed(implementation: Any) -> None:
    assert implementation(members(), random.Random(0))["cell"] == ["pool", "none", "none"]


def one_member_watched(implementation: Any) -> None:
    population = members()
    implementation(population)
    assert population[0]["cell"] == ["none"] * 3


def child_of_the_first(implementation: Any) -> None:
    child, parent = implementation(members())["cell"], members()[0]["cell"]
    assert sum(one != other for one, other in zip(child, parent, strict=True)) == 1


def goes_on_as_if_never_stopped(implementation: Any) -> None:
    whole = implementation(0, 10, 0.2)
    for done in range(11):
        assert implementation(done, 10, 0.2) == pytest.approx(whole[done:])


def falls_all_the_way(implementation: Any) -> None:
    rates = implementation(4, 12, 0.1)
    assert len(rates) == 8
    assert rates == sorted(rates, reverse=True)


def begins_at_the_full_rate(implementation: Any) -> None:
    assert implementation(4, 12, 0.1)[0] == pytest.approx(0.1)


def misspelled(implementation: Any) -> None:
    assert implementatoin([0.5]) == 1  # type: ignore[name-defined]


def wrong_call(implementation: Any) -> None:
    assert implementation() == 1


def endless(implementation: Any) -> None:
    while True:
        implementation.__name__  # noqa: B018


def comes_now_and_then(implementation: Any) -> None:
    assert {implementation([1.0, 0.0, 0.5]) for _ in range(300)} == {0, 1, 2}


def about_as_often(implementation: Any) -> None:
    likely = [implementation([0.0, 2.0]) for _ in range(500)].count(1) / 500
    assert 0.8 < likely < 0.96  # 0.881


def two_alike(implementation: Any) -> None:
    assert {implementation([1.0, 1.0]) for _ in range(100)} == {0, 1}


def exactly_as_often(implementation: Any) -> None:
    assert [implementation([0.0, 1.0]) for _ in range(1000)].count(0) == 269


def the_likeliest(implementation: Any) -> None:
    assert all(implementation([0.0, 1.0]) == 1 for _ in range(100))


def by_the_second_reward(implementation: Any) -> None:
    for decay in (0.5, 0.99):
        low, high = implementation([1.0, 0.0], decay), implementation([1.0, 3.0], decay)
        assert high[1] - low[1] == pytest.approx(3.0)


def nothing_of_nothing(implementation: Any) -> None:
    assert implementation([]) == []


def without_memory(implementation: Any) -> None:
    assert implementation([2.0, 5.0], 0.0)[1] == pytest.approx(3.0)


def rising(implementation: Any) -> None:
    assert all(each > 0 for each in implementation([0.6, 0.7, 0.8, 0.9])[1:])


def none_at_first(implementation: Any) -> None:
    assert implementation([0.5, 0.7])[0] == 0


def all_at_first(implementation: Any) -> None:
    assert implementation([0.8, 0.7])[0] == pytest.approx(0.8)


def plain_mean(implementation: Any) -> None:
    assert implementation([0.0, 1.0, 1.0])[2] == pytest.approx(0.5)


def endless_and_stubborn(implementation: Any) -> None:
    while True:
        try:
            for _ in count():
                pass
        except Exception:
            pass


def only_failing(implementation: Any) -> None:
    pytest.fail("never satisfied")


def leaving(implementation: Any) -> None:
    raise SystemExit(3)


def every_batch(implementation: Any) -> None:
    found = [pair[1] for pair in implementation([1, 2, 3, 4], ["x", "y"])]
    assert {found[0], found[1]} == {found[2], found[3]} == {"x", "y"}


def two_differ(implementation: Any) -> None:
    (_, one), (_, other) = implementation([1, 2], ["x", "y"])
    assert one != other


def first_held_out_first(implementation: Any) -> None:
    assert [pair[1] for pair in implementation([1, 2], ["x", "y"])] == ["x", "y"]


LAYERS = [[1.0, -1.0, 0.5], [0.25, 1.0, 2.0]], [[1.0], [2.0], [-3.0]]


def outputs(incoming: Any, outgoing: Any) -> Any:
    return np.maximum(np.array([[1.0, -2.0], [0.5, 3.0]]) @ incoming, 0) @ np.array(outgoing)


def same_outputs(implementation: Any) -> None:
    assert np.allclose(outputs(*implementation(*LAYERS, 6)), outputs(*LAYERS))


def shares_add_up(implementation: Any) -> None:
    _, outgoing = implementation([[1.0]], [[6.0]], 3)
    assert abs(np.sum(outgoing) - 6.0) < 1e-9


def right_shapes(implementation: Any) -> None:
    incoming, outgoing = implementation(*LAYERS, 5)
    assert (incoming.shape, outgoing.shape) == ((2, 5), (5, 1))


def nothing_to_widen(implementation: Any) -> None:
    assert np.allclose(outputs(*implementation(*LAYERS, 3)), outputs(*LAYERS))


def equal_shares(implementation: Any) -> None:
    _, outgoing = implementation([[1.0]], [[6.0]], 3)
    assert np.allclose(outgoing, 2.0)


def every_training_batch(implementation: Any) -> None:
    assert [pair[0] for pair in implementation([1, 2], ["x", "y"])] == [1, 2]


def stepped(implementation: Any, train: Any, validation: Any) -> tuple[Any, Any]:
    w = torch.tensor(1.0, requires_grad=True)
    alpha = torch.tensor(0.0, requires_grad=True)
    implementation(w, alpha, train, validation)
    return w, alpha


def flat_training_loss(implementation: Any) -> None:
    w, _ = stepped(implementation, lambda w, a: 0 * w, lambda w, a: w + a)
    assert w.item() == 1.0


def validation_does_not_matter_to_w(implementation: Any) -> None:
    ends = [
        stepped(implementation, lambda w, a: w**2, lambda w, a, s=slope: s * w + a)[0].item()
        for slope in (0.0, 9.0)
    ]
    assert ends[0] == ends[1]


def alpha_moves(implementation: Any) -> None:
    _, alpha = stepped(implementation, lambda w, a: 2 * w, lambda w, a: 5 * w + a)
    assert abs(alpha.item() + 0.1) < 1e-6


def leaves_gradients(implementation: Any) -> None:
    w, _ = stepped(implementation, lambda w, a: 2 * w, lambda w, a: a)
    assert w.grad is not None


def alpha_stands_still(implementation: Any) -> None:
    both = {"w": 0.5, "alpha": 2.0}
    assert implementation(lambda at: at["alpha"] ** 3, both, {"w": 1.0, "alpha": 1.0}, 0.1) == 0


def watched(implementation: Any) -> None:
    seen = []
    implementation(lambda at: seen.append(at["alpha"]) or 0.0, {"w": 1.0, "alpha": 2.0},
                   {"w": 1.0, "alpha": 1.0}, 0.1)  # fmt: skip
    assert set(seen) == {2.0}


def slope_of_w_alone(implementation: Any) -> None:
    both = {"w": 1.0, "alpha": 1.0}
    assert abs(implementation(lambda at: 3 * at["w"], both, both, 0.1) - 3) < 1e-9


def plus_first(implementation: Any) -> None:
    seen = []
    both = {"w": 1.0, "alpha": 1.0}
    implementation(lambda at: seen.append(at["w"]) or 0.0, both, both, 0.1)
    assert seen[0] > seen[1]


def half_an_epsilon(implementation: Any) -> None:
    assert abs(implementation([4.0, 1.0], [0.0, 1.0], 0.01)[0] - 200) < 1e-6


def twice_as_far_is_half(implementation: Any) -> None:
    near, far = (implementation([1.0], [0.0], eps)[0] for eps in (0.1, 0.2))
    assert near > far


def epsilon_of_one(implementation: Any) -> None:
    assert implementation([3.0], [1.0], 1.0) == [1.0]


def to_the_last_digit(implementation: Any) -> None:
    plus, minus, eps = [0.1 * k for k in range(40)], [0.7] * 40, 0.3
    assert implementation(plus, minus, eps) == [
        (p - n) / (2 * eps) for p, n in zip(plus, minus, strict=True)
    ]


def doubles_at_last(implementation: Any) -> None:
    assert implementation("abcdef", [1.0, 1.0, 1.0, 1.0, 1.0, 2.0]) == "b"


def before_the_rise(implementation: Any) -> None:
    eigenvalues = [1.0, 1.0, 1.0, 2.0, 4.0]
    found = implementation(list("abcde"), eigenvalues, back=2)
    assert eigenvalues["abcde".index(found)] == 1.0


def without_a_stop(implementation: Any) -> None:
    assert implementation("abcdef", [1.0] * 6) == "f"


def exactly_the_ratio(implementation: Any) -> None:
    assert implementation("abc", [1.0, 2.0, 2.0], ratio=2.0, back=1) == "c"


def mean_of_one_batch(implementation: Any) -> None:
    assert implementation(5.0, [[1.0, 3.0]]) == pytest.approx(2.0)


def of_no_other(implementation: Any) -> None:
    found = {round(implementation(before, [[0.0, 4.0]]), 6) for before in (-1.0, 0.0, 7.0)}
    assert len(found) == 1


def agrees_already(implementation: Any) -> None:
    assert implementation(2.0, [[1.0, 3.0], [2.0]]) == pytest.approx(2.0)


def batches_alike(implementation: Any) -> None:
    assert implementation(0.0, [[0.0, 0.0, 0.0], [3.0]]) == pytest.approx(1.5)


def lately_most(implementation: Any) -> None:
    early, late = implementation(0.0, [[1.0], [0.0]]), implementation(0.0, [[0.0], [1.0]])
    assert early < late


def five_times(implementation: Any) -> None:
    assert implementation(243, 3) == 5


def powers_of_ten(implementation: Any) -> None:
    assert [implementation(10**n, 10) for n in (1, 2, 3)] == [1, 2, 3]


def the_published_one(implementation: Any) -> None:
    assert implementation(81, 3) == 4


def brackets_not_halvings(implementation: Any) -> None:
    assert implementation(243, 3) == 6


def none_of_nothing(implementation: Any) -> None:
    assert implementation(0, 3) == 0


ANSWERS: dict[str, tuple[list[Any], list[tuple[Any, str]]]] = {
    # right tests that are not the solution · plausible wrong ones, each with what must be said
    "random_search": (
        [pairs_of_one_trial, may_fall],
        [
            (same_order, "the faulty implementation passes it"),
            (lambda i: i([0.1, 0.2], [0.9, 0.8])[-1] == (0.2, 0.8), "A test says `assert`"),
            (never_falls, "also fails on a right implementation, at `assert tests == sorted"),
            (never_falls, "it fell"),
            (over_lines, "at `assert implementation([0.1, 0.2], [0.9, 0.8]) == [ (0.1, 0.9), (0.2"),
            (first_of_equals, "also fails on another right implementation"),
            (first_of_equals, "the newer trial"),
        ],
    ),
    "bayesian_optimization": (
        [wide_wins, unit_free],
        [
            (higher_mean, "the faulty implementation passes it"),
            (highest_prediction, "also fails on a right implementation"),
            (first_of_two_alike, "it takes the last"),
        ],
    ),
    "learning_curve_extrapolation": (
        [goes_on_as_if_never_stopped],
        [
            (falls_all_the_way, "the faulty implementation passes it"),
            (begins_at_the_full_rate, "also fails on a right implementation"),
        ],
    ),
    "evolution": (
        [untouched, cell_of_its_own],
        [
            (shallow_memory, "the faulty implementation passes it"),
            (child_of_this_seed, "also fails on a right implementation"),
            (child_of_the_best, "passes only sometimes"),
            (child_of_the_first, "passes only sometimes"),
            (one_member_watched, "found only sometimes"),
        ],
    ),
    "reinforcement_learning": (
        [comes_now_and_then, about_as_often],
        [
            (two_alike, "the faulty implementation passes it"),
            (exactly_as_often, "also fails on a right implementation"),
            (the_likeliest, "also fails on a right implementation"),
        ],
    ),
    "baseline": (
        [by_the_second_reward, without_memory],
        [
            (rising, "the faulty implementation passes it"),
            (nothing_of_nothing, "the faulty implementation passes it"),
            (all_at_first, "also fails on another right implementation"),
            (all_at_first, "starts at 0.5"),
            (none_at_first, "also fails on a right implementation"),
            (plain_mean, "also fails on a right implementation"),
        ],
    ),
    "one_shot_models": (
        [mean_of_one_batch, of_no_other],
        [
            (agrees_already, "the faulty implementation passes it"),
            (batches_alike, "also fails on another right implementation"),
            (batches_alike, "a larger batch counts for more"),
            (lately_most, "also fails on a right implementation"),
        ],
    ),
    "brackets": (
        [five_times, powers_of_ten],
        [
            (the_published_one, "the faulty implementation passes it"),
            (brackets_not_halvings, "also fails on a right implementation"),
            (none_of_nothing, "also fails on a right implementation"),
            (none_of_nothing, "expected at least 1"),
        ],
    ),
    "weight_inheritance": (
        [same_outputs, shares_add_up],
        [
            (right_shapes, "the faulty implementation passes it"),
            (nothing_to_widen, "the faulty implementation passes it"),
            (equal_shares, "also fails on another right implementation"),
            (equal_shares, "only the sum of the shares was promised"),
        ],
    ),
    "batches": (
        [every_batch, two_differ],
        [
            (every_training_batch, "the faulty implementation passes it"),
            (first_held_out_first, "also fails on another right implementation"),
            (first_held_out_first, "order is left open"),
        ],
    ),
    "zeroed": (
        [flat_training_loss, validation_does_not_matter_to_w],
        [
            (alpha_moves, "the faulty implementation passes it"),
            (leaves_gradients, "also fails on another right implementation"),
            (leaves_gradients, "nobody asked for"),
        ],
    ),
    "difference": (
        [alpha_stands_still, watched],
        [
            (slope_of_w_alone, "the faulty implementation passes it"),
            (plus_first, "also fails on another right implementation"),
            (plus_first, "order is left open"),
        ],
    ),
    "parentheses": (
        [half_an_epsilon, twice_as_far_is_half],
        [
            (epsilon_of_one, "the faulty implementation passes it"),
            (to_the_last_digit, "also fails on another right implementation"),
            (to_the_last_digit, "last digit"),
        ],
    ),
    "epoch": (
        [doubles_at_last, before_the_rise],
        [
            (without_a_stop, "the faulty implementation passes it"),
            (exactly_the_ratio, "also fails on another right implementation"),
            (exactly_the_ratio, "left open"),
        ],
    ),
}
ANYWHERE = [
    (misspelled, "with NameError"),
    (wrong_call, "with TypeError"),
    (only_failing, "never satisfied"),
    (leaving, "with SystemExit: 3"),
    (42, "expected a function"),
]
WRONGS = [(name, wrong, said) for name, (_, wrongs) in ANSWERS.items() for wrong, said in wrongs]
WRONGS += [(name, wrong, said) for name in LESSONS for wrong, said in ANYWHERE]


def written(text: str) -> Callable[[Any], None]:
    """The test that a solution's text defines."""
    named: dict[str, Any] = {}
    exec(compile(text, "<solution>", "exec"), named)  # our own text
    test: Callable[[Any], None] = named["test"]
    return test


def solution(hunt: BugHunt) -> Callable[[Any], None]:
    return written(str(hunt._exercise._solution))


@pytest.mark.parametrize("name", LESSONS)
def test_a_right_test_finds_the_fault(name: str) -> None:
    hunt = HUNTS[name]
    for test in (solution(hunt), *ANSWERS[name][0]):
        said = hunt.check(test)
        assert (said.mark, said.text[:5]) == ("right", "Right"), said
        assert len(said.text) > 100  # it goes on with what was wrong


@pytest.mark.parametrize(("name", "test", "named"), WRONGS)
def test_a_wrong_test_is_told_why(name: str, test: Any, named: str) -> None:
    said = HUNTS[name].check(test)
    assert said.mark == "not yet"
    assert named in said.text


@pytest.mark.parametrize("name", LESSONS)
def test_what_was_wrong_is_told_to_the_finder_alone(name: str) -> None:
    hunt = HUNTS[name]
    fault = hunt.check(solution(hunt)).text.partition("this one. ")[2]
    assert fault
    for _, wrongs in ANSWERS.values():
        assert all(fault not in hunt.check(wrong).text for wrong, _ in wrongs)
    assert fault not in repr(hunt) + hunt._repr_html_()


def not_written(implementation: Any) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("empty", [None, ..., lambda implementation: None, not_written])
def test_an_empty_test_is_not_attempted(name: str, empty: Any) -> None:
    assert HUNTS[name].check(empty).mark == "not attempted"


@pytest.mark.parametrize("name", LESSONS)
def test_the_code_is_shown_and_can_be_called(name: str) -> None:
    hunt = HUNTS[name]
    assert hunt.code.startswith("def ")
    assert len(hunt.code.splitlines()) <= 30
    assert '"""' in hunt.code  # the promise
    assert "<pre" in hunt._repr_html_()
    assert "<details" not in hunt._repr_html_()
    assert hunt.code in repr(hunt)
    with pytest.raises(AssertionError):
        solution(hunt)(hunt.suspect)


@pytest.mark.parametrize("name", LESSONS)
def test_hints_come_in_stages_and_the_solution_is_folded(name: str) -> None:
    hunt = HUNTS[name]
    hints = [hunt.hint(n).text for n in (1, 2, 3)]
    assert len(set(hints)) == 3
    assert hunt.hint(99).text == hints[-1]
    with pytest.raises(ValueError, match="at least 1"):
        hunt.hint(0)
    shown = hunt.solution()._repr_html_()
    assert shown.index("<details") < shown.index("<pre")
    assert "open" not in re.findall(r"<details[^>]*>", shown)[0]
    assert f"about {hunt.minutes} minutes" in hunt._repr_html_()


# ------------------------------------------------------------------ tests that never end


def counting_hunt(seconds: float = 0.2) -> BugHunt:
    """``add`` with a fault: it forgets the second number."""
    return BugHunt(
        "Test `add`.",
        suspect=lambda one, two: one,
        right=lambda one, two: one + two,
        another=lambda one, two: two + one,
        allowed="It adds the other way round.",
        fault="It forgot one.",
        hints=("Add.",),
        solution="def test(implementation): ...",
        minutes=1,
        seconds=seconds,
    )


@pytest.mark.parametrize("test", [endless, endless_and_stubborn])
def test_an_endless_test_is_stopped_and_told(test: Any) -> None:
    began = time.monotonic()
    said = counting_hunt().check(test)
    assert said.mark == "not yet"
    assert "had not ended after 0.2 s, and was stopped" in said.text
    assert time.monotonic() - began < 30
    assert not [each for each in threading.enumerate() if each.name == "time limit"]


def test_a_test_that_ends_nowhere_but_on_the_faulty_code_is_told_too() -> None:
    def test(implementation: Any) -> None:
        while implementation(1, 2) != 3:
            pass

    said = counting_hunt().check(test)
    assert "had not ended" in said.text


def test_a_stubborn_thread_is_given_up_and_said_so() -> None:
    done = threading.Event()
    with pytest.raises(TimeLimitError, match="still running: restart the kernel"):
        within(0.05, lambda: done.wait(20))  # in C: it cannot be reached
    done.set()


@pytest.mark.skipif(sys.platform == "win32", reason="a wait there is not interrupted")
def test_an_interrupted_wait_stops_what_it_waited_for() -> None:
    code = (
        "import os, signal, threading, time\n"
        "from workbench.exercises.time_limit import within\n"
        "def endless():\n"
        "    while True: pass\n"
        "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        "try: within(60.0, endless)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
        "time.sleep(0.2)\n"
        "print([each.name for each in threading.enumerate()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=50
    )
    assert done.stdout.split("\n")[:2] == ["interrupted", "['MainThread']"]


def test_a_crash_of_the_faulty_code_is_a_find_and_that_of_right_code_is_not() -> None:
    def test(implementation: Any) -> None:
        1 // (implementation(0, 1))

    assert counting_hunt(5.0).check(test).mark == "right"
    said = counting_hunt(5.0).check(lambda implementation: 1 // implementation(0, 0))
    assert said.mark == "not yet"
    assert "with ZeroDivisionError" in said.text


def test_what_runs_in_time_is_as_without_a_limit() -> None:
    assert within(5.0, lambda: 3) == 3
    with pytest.raises(KeyError, match="missing"):
        within(5.0, lambda: {}["missing"])
    with pytest.raises(SystemExit):
        within(5.0, lambda: exit_now())


def exit_now() -> None:
    raise SystemExit


def test_a_case_in_time_fails_what_takes_long() -> None:
    def busy(answer: Any) -> str:
        end = time.thread_time() + answer
        while time.thread_time() < end:
            pass
        return ""

    case = in_time(Case("busy", busy), seconds=0.1, why="Think.")
    assert case.judge(0.0) == ""
    assert case.judge(0.2) == "right, but it took 0.2 s. Think."
    assert in_time(Case("wrong", lambda answer: "wrong")).judge(0) == "wrong"


# ------------------------------------------------------------------ randomness


def test_every_run_draws_with_another_seed_and_again_the_same() -> None:
    drawn: list[float] = []

    def draw(rng: random.Random) -> float:
        drawn.append(rng.random())
        return drawn[-1]

    hunt = BugHunt(
        "Test `draw`.",
        suspect=draw,
        right=draw,
        another=draw,
        allowed="It is the same.",
        fault="None.",
        hints=("Draw.",),
        solution="def test(implementation): ...",
        minutes=1,
    )
    said = hunt.check(lambda implementation: implementation() and None)
    assert "passes it" in said.text
    first = drawn[:RUNS]
    assert len(set(first)) == RUNS
    assert drawn == first * 3
    assert first == [random.Random(seed).random() for seed in range(RUNS)]


def test_a_generator_of_ones_own_is_used_by_name_and_by_place() -> None:
    def draw(size: int, rng: random.Random) -> list[float]:
        return [rng.random() for _ in range(size)]

    call = seeded(draw, 5)
    alone = draw(2, random.Random(9))
    assert call(2, random.Random(9)) == call(2, rng=random.Random(9)) == alone
    assert call(1) + call(1) == draw(2, random.Random(5))
