"""Language models trained by truncated backpropagation: what is computed, what is left alone.

``excerpt.txt`` is the beginning of Python 3.11's documentation as ``pydoc_data.topics`` has it,
© Python Software Foundation, under the PSF License Version 2.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from workbench.data import TextData, from_text
from workbench.estimators import TextTraining
from workbench.records import Batch, Candidate, Epoch, TextTask
from workbench.search import finish, search
from workbench.spaces import RecurrentSpace
from workbench.spaces.recurrent_network import RecurrentNetwork
from workbench.strategies import RandomSearch
from workbench.training import bigram_perplexity, perplexity, train_on_text
from workbench.training.loop import cosine
from workbench.training.randomness import own_draws
from workbench.trial import answer_of

EXCERPT = Path(__file__).with_name("excerpt.txt").read_text(encoding="utf-8")
GATED = "tanh(x+h) sigmoid(x+h) identity(0*1) | tanh(0+c) | c=0"
CPU = torch.device("cpu")


def few_words() -> TextData:
    return from_text(EXCERPT[:1_500], context=6)


def a_network(data: TextData, *, units: int = 6, seed: int = 1) -> RecurrentNetwork:
    space = RecurrentSpace(units=units)
    with own_draws(seed):
        network = space.build(space.parse(GATED), data.task)
    assert isinstance(network, RecurrentNetwork)
    return network


def trained(network: nn.Module, data: TextData, **settings: Any) -> tuple[list[Epoch], Any]:
    """The epochs, and what is returned."""
    training = train_on_text(network, data, device="cpu", **({"batch_size": 8} | settings))
    events: list[Any] = []
    checkpoint = answer_of(training, events.append)
    return [event for event in events if isinstance(event, Epoch)], checkpoint


def same(one: nn.Module, other: nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(tensor, theirs[name]) for name, tensor in one.state_dict().items())


# ---------------------------------------------------------------- perplexity


def test_a_network_that_knows_nothing_is_as_perplexed_as_the_vocabulary_is_large() -> None:
    data = few_words()
    network = a_network(data)
    nn.init.zeros_(network.head.weight)
    nn.init.zeros_(network.head.bias)
    assert perplexity(network, data, CPU) == pytest.approx(data.task.vocabulary, rel=1e-5)


def test_bigram_perplexity_by_hand() -> None:
    train = torch.tensor([0, 1, 0, 1, 0, 0])
    then = torch.tensor([0, 1, 1])
    data = TextData("few", TextTask(2, 4), train, then, train, ("a", "b"))
    # 0 → 0 once, 0 → 1 twice, 1 → 0 twice; one more each: p(1|0) = 3/5, p(1|1) = 1/4
    assert bigram_perplexity(data) == pytest.approx((3 / 5 * 1 / 4) ** -0.5)


def test_the_validation_text_is_read_with_its_state_carried_on() -> None:
    data = few_words()
    network = a_network(data)
    rows = data.validation[: len(data.validation) // 16 * 16].view(16, -1)
    with torch.no_grad():
        logits = network(rows[:, :-1])
        nats = functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
    assert rows.shape[1] > data.task.context + 1  # more than one piece
    assert perplexity(network, data, CPU) == pytest.approx(math.exp(float(nats)), rel=1e-5)


# ---------------------------------------------------------------- training


def test_three_hundred_steps_beat_the_bigrams() -> None:
    data = from_text(EXCERPT, context=16)
    assert len(data.train) == 12_775
    network = a_network(data, units=32)
    events = list(train_on_text(network, data, epochs=12, device="cpu"))
    assert len({(e.epoch, e.batch) for e in events if isinstance(e, Batch)}) == 300
    found = perplexity(network, data, CPU)
    assert isinstance(events[-1], Epoch)
    assert found == pytest.approx(events[-1].measures["perplexity"], rel=1e-5)
    assert found < bigram_perplexity(data)


def test_a_step_is_truncated_backpropagation_written_out() -> None:
    data = few_words()
    network = a_network(data)
    other = copy.deepcopy(network)
    trained(network, data, epochs=2, rate=0.02, clip=0.1)
    rows = data.train[: len(data.train) // 8 * 8].view(8, -1)
    last = rows.shape[1] - 1
    pieces = [(start, min(start + 6, last)) for start in range(0, last, 6)]
    adam = torch.optim.Adam(other.parameters())
    for epoch in range(2):
        h, c = torch.zeros(2, 8, other.units)
        for number, (start, end) in enumerate(pieces):
            logits, (h, c) = other.unrolled(rows[:, start:end], (h.detach(), c.detach()))
            loss = functional.cross_entropy(
                logits.flatten(0, 1), rows[:, start + 1 : end + 1].flatten()
            )
            adam.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(other.parameters(), 0.1)
            step = epoch * len(pieces) + number
            adam.param_groups[0]["lr"] = cosine(0.02, step, 2 * len(pieces))
            adam.step()
    assert same(network, other)


def test_an_epoch_says_loss_score_and_perplexity() -> None:
    data = few_words()
    network = a_network(data)
    events = list(train_on_text(network, data, epochs=2, batch_size=8, device="cpu", trial=3))
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [(event.trial, event.epoch, event.epochs) for event in epochs] == [(3, 1, 2), (3, 2, 2)]
    for event in epochs:
        assert 0 < event.score <= 1
        assert event.measures["perplexity"] == pytest.approx(1 / event.score)
    assert epochs[1].loss < epochs[0].loss
    steps = math.ceil((len(data.train) // 8 - 1) / 6)
    beats = [event for event in events if isinstance(event, Batch) and event.epoch == 1]
    assert [event.batch for event in beats[:steps]] == list(range(1, steps + 1))
    assert len(beats) > steps  # a long validation beats as well


def test_some_epochs_and_then_the_others_are_all_of_them() -> None:
    data = few_words()
    whole, parted = a_network(data), a_network(data)
    all_epochs, _ = trained(whole, data, epochs=3, seed=5)
    first, left = trained(parted, data, epochs=1, horizon=3, seed=5)
    again = a_network(data, seed=2)  # its weights are those of the checkpoint
    second, _ = trained(again, data, epochs=3, checkpoint=left)
    assert same(whole, again)
    assert [e.score for e in (*first, *second)] == [e.score for e in all_epochs]


def test_the_caller_s_settings_and_draws_change_nothing() -> None:
    data = few_words()
    quiet, busy = a_network(data), a_network(data)
    trained(quiet, data, epochs=1)
    training = train_on_text(busy, data, epochs=1, batch_size=8, device="cpu")
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with torch.no_grad():
        for _ in training:
            assert torch.equal(torch.get_rng_state(), before)
    assert same(quiet, busy)


def test_a_learner_s_model_with_dropout_draws_from_a_state_of_its_own() -> None:
    data = few_words()
    own = nn.Sequential(
        nn.Embedding(data.task.vocabulary, 4), nn.Dropout(), nn.Linear(4, data.task.vocabulary)
    )
    losses = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        with pytest.warns(UserWarning, match="global generator"):
            epochs, _ = trained(copy.deepcopy(own), data, epochs=1)
        assert torch.equal(torch.get_rng_state(), before)
        losses.append(epochs[-1].loss)
    assert losses[0] == losses[1]


def test_a_diverging_training_says_so() -> None:
    data = few_words()
    network = a_network(data)
    nn.init.constant_(network.head.bias, math.inf)
    with pytest.raises(FloatingPointError, match="epoch 1, batch 1: training diverged"):
        trained(network, data, epochs=1)


def test_a_text_shorter_than_its_rows_is_cut_into_fewer() -> None:
    data = from_text("abc" * 10, context=4)
    epochs, _ = trained(a_network(data), data, epochs=1, batch_size=500)
    assert math.isfinite(epochs[0].loss)


# ---------------------------------------------------------------- the estimator


def test_an_evaluation_measures_perplexity_and_cost() -> None:
    space, data = RecurrentSpace(units=6), few_words()
    estimator = TextTraining(space, data, epochs=1, device="cpu")
    candidate = Candidate(space.parse(GATED))
    evaluation = answer_of(estimator.estimate(candidate, trial=0, seed=1))
    assert evaluation.measures["perplexity"] == pytest.approx(1 / evaluation.score)
    assert evaluation.measures["macs"] == 4 * 36 + 6 * data.task.vocabulary
    assert {"parameters", "loss"} <= evaluation.measures.keys()
    assert estimator.scale.say(evaluation.score) == f"{evaluation.score:.4f}"


def test_a_search_of_cells_ends_in_a_history(tmp_path: Path) -> None:
    space = RecurrentSpace(units=4, activations=("tanh", "sigmoid"))
    estimator = TextTraining(
        space, few_words(), epochs=1, batch_size=8, device="cpu", checkpoints=tmp_path
    )
    history = finish(search(RandomSearch(space), estimator, trials=2))
    assert len(history.told) == 2
    best = history.best
    network = estimator.network(best)
    found = perplexity(network, estimator.data, CPU)
    assert found == pytest.approx(best.evaluation.measures["perplexity"], rel=1e-5)
