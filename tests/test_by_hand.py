"""A person as the strategy: answers, pasted texts, the prompt; a search that waits for somebody."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fakes import Guess, chains
from hypothesis import given
from hypothesis import strategies as st
from planted import Letters

from workbench.records import Asked, Batch, Candidate, Decision, Evaluation, Told
from workbench.search import finish, search, search_parallel, search_simulated
from workbench.settings import describe
from workbench.spaces import (
    BranchSpace,
    ChainSpace,
    DARTSSpace,
    NASNetSpace,
    TopologySpace,
    Walk,
)
from workbench.store import load, recorded, resume
from workbench.strategies import ByHand, WarmStart

CELLS = TopologySpace()
BEAT = Batch(None, 1, 1, 1)
SPACES = [TopologySpace(), ChainSpace(), BranchSpace(), DARTSSpace(), NASNetSpace()]

every_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: type(space).__name__)


def some(space: Any, count: int, seed: int = 0) -> list[Any]:
    dice = random.Random(seed)
    return [space.sample(dice) for _ in range(count)]


def tell(strategy: Any, scores: list[float | None]) -> list[Any]:
    archs = some(strategy.space, len(scores), seed=9)
    for trial, (arch, score) in enumerate(zip(archs, scores)):
        answer = Evaluation.failed() if score is None else Evaluation(score, 1.0)
        strategy.tell(Told(trial, Candidate(arch), answer))
    return archs


# ---------------------------------------------------------------- alone in a loop


def test_it_asks_about_its_answers_and_has_finished_when_they_are_used_up() -> None:
    space = chains()
    strategy, archs = ByHand(space), some(space, 3)
    assert finish(search(strategy, Guess(space), trials=5)).told == ()  # nobody said anything
    for arch in archs:
        assert strategy.answer(arch) == arch
    told = finish(search(strategy, Guess(space), trials=5)).told
    assert [each.candidate.arch for each in told] == archs
    assert not strategy.waiting


def test_answers_may_come_between_two_pulls() -> None:
    space = chains()
    strategy = ByHand(space)
    events = search(strategy, Guess(space), trials=3)
    for arch in some(space, 3):
        strategy.answer(space.spell(arch))
        asked = next(events)
        assert isinstance(asked, Asked)
        assert asked.candidate.arch == arch
        assert any(isinstance(event, Told) for event in events)  # pulls as far as that
    assert list(events) == []


def test_a_reason_says_what_changed_against_the_best() -> None:
    space = TopologySpace(nodes=2)
    strategy = ByHand(space)
    strategy.answer("|none~0|")
    first = strategy.ask()
    assert first is not None
    assert first.reason == "by hand"
    strategy.tell(Told(4, first, Evaluation(0.5, 1.0)))
    strategy.answer("|skip_connect~0|")
    strategy.answer("|none~0|")
    reasons = [candidate.reason for _ in range(2) if (candidate := strategy.ask())]
    assert reasons == [
        "by hand; against trial 4, the best: edge 0→1 none -> skip_connect",
        "by hand: trial 4 once more",
    ]


def test_a_stranger_is_refused() -> None:
    strategy = ByHand(TopologySpace(nodes=3))
    stranger = some(CELLS, 1)[0]
    with pytest.raises(ValueError, match="not in this space"):
        strategy.answer(stranger)
    with pytest.raises(ValueError, match="not in this space"):
        strategy.tell(Told(0, Candidate(stranger), Evaluation(0.5, 1.0)))


# ---------------------------------------------------------------- somebody is there


@pytest.mark.parametrize("way", ["serial", "parallel", "simulated"])
def test_where_somebody_is_there_the_search_beats_until_there_is_an_answer(way: str) -> None:
    space = chains()
    strategy, guess, archs = ByHand(space), Guess(space), some(space, 2)
    strategy.attended = True
    with ThreadPoolExecutor(1) as threads:
        events: Any = {
            "serial": lambda: search(strategy, guess, trials=2),
            "parallel": lambda: search_parallel(
                strategy, guess, trials=2, executor=threads, workers=1
            ),
            "simulated": lambda: search_simulated(strategy, guess, trials=2, workers=1),
        }[way]()
        for arch in archs:
            heard = next(events)
            while isinstance(heard, Told) or heard != BEAT:
                heard = next(events)
            assert strategy.waiting
            assert [next(events) for _ in range(2)] == [BEAT, BEAT]
            strategy.answer(arch)
            assert not strategy.waiting
            assert next(events).candidate.arch == arch
        rest = list(events)
    assert isinstance(rest[-1], Told)


def test_an_answer_from_another_thread_is_taken_at_once() -> None:
    space = chains()
    strategy, arch = ByHand(space), some(space, 1)[0]
    strategy.attended = True
    threading.Timer(0.02, strategy.answer, (arch,)).start()
    candidate = next(found for _ in range(500) if (found := strategy.ask()))
    assert candidate.arch == arch


def test_a_search_that_waits_can_be_stopped_and_left() -> None:
    space = chains()
    strategy = ByHand(space)
    strategy.attended = True
    events: Any = search(strategy, Guess(space), trials=2)
    assert next(events) == BEAT
    events.close()
    events = search(strategy, Guess(space), trials=2)
    assert next(events) == BEAT
    strategy.attended = False  # whoever sat there has gone
    assert list(events) == []


# ---------------------------------------------------------------- reproducible from its log


@pytest.mark.parametrize("first", [0, 1])
def test_a_log_is_gone_on_with_by_whoever_answers_then(tmp_path: Path, first: int) -> None:
    space, path = chains(), tmp_path / "run.jsonl"
    archs = some(space, 5)

    def fresh(answers: list[Any]) -> Any:
        strategy = ByHand(space)
        for arch in answers:
            strategy.answer(arch)
        return WarmStart(strategy, first=tuple(archs[:first])) if first else strategy

    strategy, guess = fresh(archs[first:3]), Guess(space)
    list(
        recorded(
            search(strategy, guess, trials=8), path, strategy=strategy, estimator=guess, seed=0
        )
    )
    whole = path.read_bytes()
    assert len(finish(resume(path, fresh([]), guess, trials=8)).told) == 3  # nobody answers
    assert path.read_bytes() == whole
    told = finish(resume(path, fresh(archs[3:]), guess, trials=8)).told
    assert [each.candidate.arch for each in told] == archs
    # a script that gives all its answers again asks nothing twice
    again = finish(resume(path, fresh(archs[first:]), guess, trials=8)).told
    assert again == told == load(path, space).told


def test_a_resumed_search_waits_where_somebody_is_there(tmp_path: Path) -> None:
    space, path = chains(), tmp_path / "run.jsonl"
    for trials in (1, 2):
        strategy = ByHand(space)
        strategy.attended = True
        events: Any = resume(path, strategy, Guess(space), trials=trials)
        heard = next(events)
        while heard != BEAT:
            heard = next(events)
        strategy.answer(some(space, 1, seed=trials)[0])
        assert isinstance(list(events)[-1], Told)
    assert len(load(path, space).told) == 2


def test_who_sits_there_is_no_setting() -> None:
    one, other = ByHand(CELLS), ByHand(CELLS)
    other.attended = True
    assert describe(one) == describe(other)


# ---------------------------------------------------------------- pasted answers


@every_space
@given(data=st.data())
def test_a_spelling_is_found_in_its_chatter(space: Any, data: st.DataObject) -> None:
    arch = space.sample(random.Random(data.draw(st.integers(0, 10**6))))
    around = st.text(
        st.characters(codec="utf-8", exclude_characters="`:-~[]|0123456789"), max_size=40
    )
    before, after = data.draw(around), data.draw(around)
    form = data.draw(
        st.sampled_from(["{}", "Answer: {}.", "I would try {} next", "> **{}**", "- `{}`", '"{}"'])
    )
    text = f"{before}\n{form.format(space.spell(arch))}\n{after}"
    assert ByHand(space).answer(text) == arch


def test_of_several_the_last_new_one_is_taken() -> None:
    strategy = ByHand(CELLS)
    told = tell(strategy, [0.5, 0.6])
    a, b = some(CELLS, 2, seed=5)
    spell = CELLS.spell
    text = f"Trial 1 was {spell(told[1])}\nso\n{spell(a)}\n{spell(b)}\n(not {spell(told[0])})"
    assert strategy.answer(text) == b
    assert strategy.answer(f"`{spell(a)}` is better than `{spell(told[0])}`") == a
    assert strategy.answer(spell(told[0])) == told[0]  # wanted once more, it seems


def test_a_line_broken_on_its_way_is_put_together() -> None:
    space = DARTSSpace()
    arch = some(space, 1)[0]
    assert ByHand(space).answer(space.spell(arch).replace(" | ", " |\n  ")) == arch


@every_space
@given(text=st.text(max_size=300))
def test_any_text_is_an_architecture_or_a_value_error(space: Any, text: str) -> None:
    strategy = ByHand(space)
    try:
        arch = strategy.answer(text)
    except ValueError:
        assert strategy.ask() is None
    else:
        assert space.parse(space.spell(arch)) == arch


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "I'd take\n|none~0|+|nor_conv3x3~0|none~1|",
            ["edge 0→2: 'nor_conv3x3' is not in this space", "perhaps nor_conv_3x3", "spell one"],
        ),
        ("|none~0|+|none~0|", ["expected 2 nodes spelled as in", "spell one such as |"]),
        ("  \n", ["expected an architecture, got nothing", "spell one such as |"]),
        ("x" * 30_000, ["at most 20000 characters, got 30000"]),
        ("__import__('os').abort()", ["spell one such as |"]),
    ],
)
def test_a_bad_spelling_comes_back_with_its_cure(text: str, said: list[str]) -> None:
    with pytest.raises(ValueError, match=r"^answer: ") as caught:
        ByHand(TopologySpace(nodes=3)).answer(text)
    assert all(words in str(caught.value) for words in said)
    assert len(str(caught.value)) < 1000


@every_space
def test_the_example_in_a_cure_is_one(space: Any) -> None:
    with pytest.raises(ValueError, match="spell one such as") as caught:
        ByHand(space).answer("whatever you like")
    example = str(caught.value).rpartition("spell one such as ")[2]
    assert space.spell(space.parse(example)) == example


# ---------------------------------------------------------------- the prompt


def test_the_prompt_tells_the_decisions_the_spelling_the_trials_and_what_is_asked() -> None:
    strategy = ByHand(TopologySpace(nodes=3, operations=("none", "skip_connect")))
    told = tell(strategy, [0.51234, None, 0.75])
    spelled = [strategy.space.spell(arch) for arch in told]
    words = strategy.prompt()
    assert "- edge 0→1, edge 0→2, edge 1→2: none, skip_connect\n" in words
    assert "NAS-Bench-201's string" in words
    assert f"trial 0: 0.5123  {spelled[0]}\n" in words
    assert f"trial 1: no score  {spelled[1]}\n" in words
    assert f"trial 2: 0.7500  {spelled[2]}  (the best)\n" in words
    assert words.rstrip().endswith("on a line of its own, as the last line.")


def test_in_a_prompt_numbers_are_not_yes_and_no() -> None:
    """0 == False, and 1 == True: decisions of either are not on one line."""

    class Padded(Letters):
        def walk(self) -> Walk[Any]:
            padding = yield Decision("padding", (0, 1))
            return padding, (yield Decision("a skip connection", (False, True)))

    words = ByHand(Padded()).prompt()
    assert "- padding: 0, 1\n- a skip connection: no, yes\n" in words


def test_a_long_history_is_told_by_its_best() -> None:
    strategy = ByHand(CELLS)
    tell(strategy, [number / 200 for number in range(150)])
    words = strategy.prompt()
    assert "The trials so far (the best 100 of 150):" in words
    assert "trial 49:" not in words
    assert words.count("\ntrial ") == 100


@every_space
def test_the_examples_of_a_prompt_are_understood(space: Any) -> None:
    words = ByHand(space).prompt()
    lines = words.split("How an architecture is spelled", 1)[1].splitlines()[1:5:2]
    assert [space.spell(space.parse(line)) for line in lines] == lines
    assert words == ByHand(space).prompt()  # nothing in it is drawn


def test_the_inside_shows_the_way_and_all_that_was_tried() -> None:
    strategy = ByHand(CELLS)
    tell(strategy, [0.5, None, 0.4, 0.7])
    inside = strategy.inside()
    best = [row["value"] for row in inside["history"] if row["series"] == "best so far"]
    assert best == [0.5, 0.5, 0.5, 0.7]
    assert [row["trial"] for row in inside["draws"]] == [3, 0, 2, 1]
