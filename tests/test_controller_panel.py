"""A controller's sampling as a panel: a step is a decision, and it is what the strategy draws."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from planted import Layers, Letters

from workbench.exercises.reinforcement_learning import most_moved
from workbench.history import History
from workbench.panels import ControllerPanel
from workbench.panels.controller.sampling import drawn
from workbench.panels.controller.softmaxes import Softmax, softmaxes
from workbench.records import Asked, Candidate, Decision, Evaluation, Told
from workbench.spaces import NASNetSpace, zoph_le_space
from workbench.strategies import PPO, RandomSearch, Reinforce
from workbench.strategies.policy_search import Network

WORDS = Letters(3, 2, 4, 3)
SMALL: dict[str, Any] = {"hidden_size": 6, "children": 4}


def learned(strategy: Any, trials: int) -> History[Any]:
    """A search for words with many zeros."""
    events: list[Any] = []
    for trial in range(trials):
        candidate = strategy.ask()
        told = Told(trial, candidate, Evaluation(candidate.arch.count(0) / 4, 1.0))
        strategy.tell(told)
        events += [Asked(trial, candidate), told]
    return History(tuple(events))


@pytest.fixture
def panel() -> Iterator[ControllerPanel]:
    made = ControllerPanel(Reinforce(WORDS, **SMALL), learned(Reinforce(WORDS, **SMALL), 18))
    yield made
    made.close()


def step(panel: ControllerPanel) -> None:
    panel.step()
    panel.wait()


def run(panel: ControllerPanel) -> Any:
    panel.run()
    panel.wait()
    return panel.arch


# ------------------------------------------------------------------ what is drawn


@pytest.mark.parametrize(
    "space",
    [WORDS, Layers(4), NASNetSpace(blocks=1), zoph_le_space(depth=3)],
    ids=["words", "layers", "nasnet", "zoph and le"],
)
@pytest.mark.parametrize("make", [Reinforce, PPO])
def test_it_draws_what_the_strategy_asks_about(make: Any, space: Any) -> None:
    strategy, panel = make(space, **SMALL), ControllerPanel(make(space, **SMALL))
    for child in range(3):
        assert panel.child == child
        assert run(panel) == strategy.ask().arch
        panel.fresh()
    panel.close()


def test_without_a_recurrent_network_too() -> None:
    toy = {"network": "independent softmaxes", **SMALL}
    panel = ControllerPanel(Reinforce(WORDS, **toy), child=2)
    asked = [Reinforce(WORDS, **toy)] * 3
    assert run(panel) == [each.ask().arch for each in asked][2]
    panel.close()


def test_the_softmaxes_of_a_walk_multiply_to_the_probability_that_the_policy_reads() -> None:
    panel = ControllerPanel(Reinforce(Layers(4), initial_range=1.0, **SMALL))
    run(panel)
    product = math.prod(
        panel.softmax(number).shares[option] for number, option in enumerate(panel.taken)
    )
    own = panel._learned.policy(0)
    way = panel._sampling.space
    found = softmaxes(own, way, panel.taken)
    assert len(found) == len(panel.taken)
    assert math.prod(s.shares[o] for s, o in zip(found, panel.taken)) == pytest.approx(product)
    assert all(sum(each.shares) == pytest.approx(1) for each in found)
    panel.close()


def test_a_die_falls_into_an_option_and_an_anchor_says_yes_below_its_probability() -> None:
    three = Softmax(0, Decision("letter", ("a", "b", "c")), (0.2, 0.5, 0.3), 0)
    assert [drawn(three, die) for die in (0.0, 0.19, 0.2, 0.69, 0.7, 0.999)] == [0, 0, 1, 1, 2, 2]
    anchor = Softmax(0, Decision("reads", (False, True), "anchor"), (0.7, 0.3), 0)
    assert [drawn(anchor, die) for die in (0.0, 0.29, 0.3, 0.9)] == [1, 1, 0, 0]


# ------------------------------------------------------------------ steps


def test_a_step_is_one_decision_and_going_back_forgets_none(panel: ControllerPanel) -> None:
    for count in (1, 2, 3):
        step(panel)
        assert panel.at == len(panel.taken) == count
    kept = panel.taken
    panel.at = 1
    assert panel.taken == kept
    assert "letter 1: took" in panel._layout.words.value
    step(panel)
    assert (panel.at, panel.taken) == (2, kept)
    with pytest.raises(ValueError, match="at"):
        panel.at = 4
    run(panel)
    assert panel.complete
    assert panel.taken[:3] == kept
    assert panel._layout.step.disabled
    step(panel)  # there is none left
    assert len(panel.taken) == 4
    with pytest.raises(ValueError, match="complete"):
        panel._sampling.step(panel._read)


def test_an_open_architecture_is_none_yet(panel: ControllerPanel) -> None:
    step(panel)
    with pytest.raises(ValueError, match="not decided yet"):
        panel.arch  # noqa: B018


def test_a_paused_panel_holds_nobody_up(panel: ControllerPanel) -> None:
    """It draws from its own generator, so another one need not wait."""
    other = ControllerPanel(Reinforce(WORDS, **SMALL))
    step(panel)
    step(other)
    assert len(panel.taken) == len(other.taken) == 1
    other.close()


def test_a_closed_panel_leaves_no_thread(panel: ControllerPanel) -> None:
    before = threading.active_count()
    other = ControllerPanel(Reinforce(WORDS, **SMALL))
    step(other)
    other.close()
    assert threading.active_count() == before


# ------------------------------------------------------------------ before and after updates


def test_an_update_changes_probabilities_and_no_decision(panel: ControllerPanel) -> None:
    assert panel.updates == (0, 1, 2, 3, 4)  # 18 scores, 4 an update
    assert panel.update == 4
    run(panel)
    taken = panel.taken
    now = panel.softmax(0).shares
    panel.update = 0
    assert panel.taken == taken
    assert panel.softmax(0).shares != now
    assert panel.softmax(0, update=4).shares == now
    assert "before any" not in panel._layout.words.value
    with pytest.raises(ValueError, match="update"):
        panel.update = 5


def test_what_has_moved_most_is_found_by_looking_at_every_bar(panel: ControllerPanel) -> None:
    with pytest.raises(ValueError, match="let the panel write one"):
        most_moved(panel)
    run(panel)
    shares = {n: [panel.softmax(n, update=u).shares for u in (0, 4)] for n in range(4)}
    apart = [np.abs(np.subtract(*both)).max() for both in shares.values()]
    assert len(panel.taken) == 4
    assert most_moved(panel) == max(apart) > 0
    panel.update = 0
    assert most_moved(panel) == 0


def test_each_update_has_the_weights_that_the_search_had(panel: ControllerPanel) -> None:
    for count in (0, 7, 12, 18):
        strategy = Reinforce(WORDS, **SMALL)
        learned(strategy, count)
        theirs = torch.cat([p.detach().flatten() for p in strategy.policy.parameters()])
        own = panel._learned.policy(count // 4).parameters()
        assert torch.equal(torch.cat([p.detach().flatten() for p in own]), theirs)


def test_the_strategy_that_is_given_stays_as_it_is() -> None:
    given = Reinforce(WORDS, **SMALL)
    ControllerPanel(given, learned(Reinforce(WORDS, **SMALL), 8)).close()
    assert given.updates == 0
    assert given.ask().arch == Reinforce(WORDS, **SMALL).ask().arch


# ------------------------------------------------------------------ a choice of one's own


def test_a_forced_choice_moves_the_later_softmaxes_of_a_recurrent_network_alone() -> None:
    networks: dict[Network, bool] = {"controller": True, "independent softmaxes": False}
    for network, moves in networks.items():
        strategy = Reinforce(WORDS, network=network, initial_range=1.0, **SMALL)
        panel = ControllerPanel(strategy)
        run(panel)
        before = [panel.softmax(number).shares for number in range(4)]
        taken, other = panel.taken, (panel.taken[0] + 1) % 3
        panel.at = 0
        panel.force(other)  # letters are their own options
        after = [panel.softmax(number).shares for number in range(4)]
        assert panel.taken == (other, *taken[1:])
        assert after[0] == before[0]
        assert all((a != b) == moves for a, b in zip(after[1:], before[1:]))
        panel.close()


def test_later_decisions_stay_where_they_can() -> None:
    panel = ControllerPanel(Reinforce(Layers(2, deepest=4), **SMALL))
    run(panel)
    panel.at = 0
    panel.force(2)
    assert panel.space.next_decision(panel.taken) is None
    assert panel.arch[0] == 2
    with pytest.raises(ValueError, match=r"expected one of \[4, 8\]"):
        panel.force(5)
    panel.close()


def test_the_menu_forces_what_is_looked_at(panel: ControllerPanel) -> None:
    assert panel._layout.option.value == -1
    panel._layout.option.value = 2
    assert panel.taken == (2,)
    assert panel._layout.option.value == -1  # of the next decision, which is open
    assert "<td>2 (given)</td>" in panel._layout.beside.value
    panel.at = 0
    assert "letter 0: was given 2, which had" in panel._layout.words.value


# ------------------------------------------------------------------ what is shown


def test_the_words_have_the_numbers_before_and_now(panel: ControllerPanel) -> None:
    step(panel)
    panel.at = 0
    said = panel._layout.words.value
    option = panel.taken[0]
    shares = [panel.softmax(0, update=u).shares[option] for u in (4, 0)]
    assert f"letter 0: took {option}, which had {100 * shares[0]:.1f} %" in said
    assert f"(before any update {100 * shares[1]:.1f} %), of 3 options" in said


def test_the_pictures_say_what_is_to_be_seen(panel: ControllerPanel) -> None:
    step(panel)
    assert 'aria-label="Decisions, each with its softmax' in panel._layout.unrolled.value
    assert re.search(r'alt="letter 1: open; the likeliest is', panel._layout.bars.value)
    assert "Taken so far" in panel._layout.beside.value
    run(panel)
    assert "<svg" in panel._layout.beside.value


def test_long_names_make_a_shorter_row() -> None:
    """Four steps of short names stand beside one another, two of NASNet's."""
    for space, boxes in ((Letters(2, 2, 2, 2, 2, 2), 4), (NASNetSpace(blocks=2), 2)):
        panel = ControllerPanel(Reinforce(space, **SMALL))
        run(panel)
        count = len(panel.taken)
        said = f'aria-label="The last {boxes} of {count} decisions, '
        assert said in panel._layout.unrolled.value
        shown = re.findall(r">LSTM, step \d+</text>", panel._layout.unrolled.value)
        assert len(shown) == boxes
        panel.close()


def test_the_twin_of_an_untouched_panel_shows_the_whole_walk(panel: ControllerPanel) -> None:
    twin = panel.twin()
    assert panel.taken == ()
    assert twin.count("<img alt=") == 3
    assert "<svg" not in twin
    run(panel)
    assert panel.twin() == twin
    assert panel._repr_mimebundle_()["text/html"].startswith("<p>Architecture 0. letter 3: took")


# ------------------------------------------------------------------ what is refused


def test_what_has_no_softmaxes_is_refused() -> None:
    with pytest.raises(ValueError, match="Reinforce"):
        ControllerPanel(RandomSearch(WORDS))
    old = Reinforce(WORDS, **SMALL)
    learned(old, 4)
    with pytest.raises(ValueError, match="learned 1"):
        ControllerPanel(old)
    with pytest.raises(ValueError, match="deepen_every=0"):
        ControllerPanel(Reinforce(Layers(2, deepest=4), deepen_every=5, **SMALL))
    other = Candidate((9, 9, 9, 9))
    with pytest.raises(ValueError, match="letter"):
        ControllerPanel(Reinforce(WORDS, **SMALL), History((Told(0, other, Evaluation(0.5, 1.0)),)))
