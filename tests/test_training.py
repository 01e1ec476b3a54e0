"""Training: the loop, its events, its randomness, what it is measured by."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from workbench.data import Split, digits, from_arrays
from workbench.records import Batch, Epoch, ImageTask
from workbench.spaces import ChainSpace, DARTSSpace
from workbench.training import (
    Checkpoint,
    Cost,
    accuracy,
    choose_device,
    cost,
    cost_of,
    device_name,
    train,
)
from workbench.training.loop import batches_of, cosine
from workbench.training.metrics import CHUNK
from workbench.training.trainer import shifted
from workbench.trial import answer_of

CPU = torch.device("cpu")


def small(n=70, seed=0):
    """Two classes that differ in brightness: learnt in an epoch or two."""
    labels = np.arange(n) % 2
    dark = np.random.default_rng(seed).normal(size=(n, 1, 6, 6))
    return from_arrays(dark + 2 * labels[:, None, None, None], labels)


def network(dropout=0.2, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        )


def drained(events):
    """A generator's events and what it returned."""
    seen = []
    return seen, answer_of(events, seen.append)


def run(model, data=None, **settings):
    settings = {"epochs": 3, "batch_size": 16, "device": "cpu"} | settings
    return drained(train(model, data or small(), **settings))


def outcome(events):
    return [(e.epoch, e.loss, e.score) for e in events if isinstance(e, Epoch)]


def same_tensors(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


# ---------------------------------------------------------------------- events


def test_a_batch_after_every_batch_and_an_epoch_after_each_epoch():
    events, checkpoint = run(network(), epochs=2, trial=7)
    one_epoch = [(Batch, b) for b in (1, 2, 3)] + [(Epoch, None)]  # 42 images, batches of 14
    assert [(type(e), getattr(e, "batch", None)) for e in events] == one_epoch * 2
    assert [e.epoch for e in events] == [1] * 4 + [2] * 4
    assert {e.trial for e in events} == {7}
    assert {e.batches for e in events if isinstance(e, Batch)} == {3}
    epochs = [e for e in events if isinstance(e, Epoch)]
    assert [e.epochs for e in epochs] == [2, 2]
    assert 0 < epochs[0].seconds < epochs[1].seconds
    assert checkpoint.curve == tuple(e.score for e in epochs)


def test_it_learns():
    events, _ = run(network(), small(400), epochs=4)
    first, *_, last = [e for e in events if isinstance(e, Epoch)]
    assert last.loss < first.loss / 2
    assert last.score > 0.95


def test_an_epoch_reports_the_validation_accuracy():
    model, data = network(), small()
    events, _ = run(model, data)
    expected = accuracy(model, data.validation, data, CPU)
    assert events[-1].score == expected
    with torch.no_grad():
        model.eval()
        images = (data.validation.images - data.mean[:, None, None]) / data.deviation[:, None, None]
        by_hand = (model(images).argmax(1) == data.validation.labels).float().mean().item()
    assert expected == pytest.approx(by_hand)


def test_no_batch_is_left_with_a_single_image():
    # batch normalisation of one image of one pixel has nothing to average over
    data = small(55)  # 33 to train: two of 16 would leave one over
    assert len(data.train) == 33
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(1, 2))
    events, _ = run(model, data, epochs=1)
    assert [e.batches for e in events if isinstance(e, Batch)] == [3, 3, 3]


@given(st.integers(2, 400), st.integers(2, 64))
def test_from_a_batch_size_of_two_no_batch_has_one_image(images, batch_size):
    parts = torch.arange(images).tensor_split(batches_of(images, batch_size))
    sizes = {len(part) for part in parts}
    assert min(sizes) >= 2
    assert max(sizes) <= max(3, batch_size)
    assert max(sizes) - min(sizes) <= 1


def test_batches_of_two_train_where_maps_have_one_pixel():
    data = small(61)  # an odd number to train
    assert len(data.train) == 37
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(1, 2))
    events, _ = run(model, data, epochs=1, batch_size=2)
    assert isinstance(events[-1], Epoch)


def test_a_long_validation_beats_too():
    data = small()
    many = Split(
        data.validation.images[:1].repeat(2 * CHUNK + 1, 1, 1, 1),
        torch.zeros(2 * CHUNK + 1, dtype=torch.int64),
    )
    events, _ = run(network(), replace(data, validation=many), epochs=1)
    assert [type(e) for e in events] == [Batch] * (3 + 2) + [Epoch]


def test_time_between_two_pulls_is_not_training_time(monkeypatch):
    now = iter(range(10_000))
    clock = {"time": 0.0}
    monkeypatch.setattr(time, "perf_counter", lambda: clock["time"] + next(now) * 1e-6)
    events = train(network(), small(), epochs=1, batch_size=16, device="cpu")
    last = None
    for event in events:
        last = event
        clock["time"] += 1_000.0  # the learner paused
    assert last.seconds < 1


# ---------------------------------------------------------------------- the same again


@pytest.mark.parametrize("augment", [False, True])
def test_the_same_seed_gives_the_same_training_bit_for_bit(augment):
    data = replace(small(), flip=True)
    one, first = run(network(), data, seed=5, augment=augment)
    torch.rand(17)  # whatever the global generator did in between
    two, second = run(network(), data, seed=5, augment=augment)
    assert outcome(one) == outcome(two)
    assert same_tensors(first.tensors, second.tensors)


def test_another_seed_gives_another_training():
    assert outcome(run(network(), seed=5)[0]) != outcome(run(network(), seed=6)[0])


def test_augmentation_changes_what_is_trained_on():
    assert outcome(run(network(), augment=True)[0]) != outcome(run(network())[0])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_epochs_and_then_n_minus_k_are_n_epochs(k, tmp_path):
    data, settings = replace(small(), flip=True), {"horizon": 4, "augment": True, "seed": 3}
    whole, at_once = run(network(), data, epochs=4, **settings)
    first, checkpoint = run(network(), data, epochs=k, **settings)
    checkpoint.save(tmp_path / "half.safetensors")
    again = Checkpoint.load(tmp_path / "half.safetensors")
    other = network(seed=99)  # its weights, and the seed, come from the checkpoint
    rest, in_parts = run(other, data, epochs=4, **settings | {"seed": 77}, checkpoint=again)
    assert outcome(first) + outcome(rest) == outcome(whole)
    assert in_parts.curve == at_once.curve
    assert same_tensors(at_once.tensors, in_parts.tensors)
    assert (at_once.epoch, at_once.seed) == (in_parts.epoch, in_parts.seed)


def test_the_global_generator_is_the_callers_between_two_events():
    torch.manual_seed(1)
    expected = torch.rand(200)
    torch.manual_seed(1)
    events = train(network(), small(), epochs=2, batch_size=16, device="cpu", augment=True)
    drawn = [torch.rand(1) for _ in events]
    assert torch.equal(torch.cat(drawn), expected[: len(drawn)])


def test_what_the_caller_draws_does_not_change_the_training():
    quiet, _ = run(network())
    noisy = []
    for event in train(network(), small(), epochs=3, batch_size=16, device="cpu"):
        torch.manual_seed(len(noisy))
        noisy.append(event)
    assert outcome(noisy) == outcome(quiet)


def test_a_training_closed_or_broken_half_way_gives_the_generator_back():
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(36, 2)

        def forward(self, images):
            torch.rand(3)
            raise RuntimeError("broken on purpose")

    broken, before = Broken(), torch.get_rng_state()
    events = train(network(), small(), epochs=2, device="cpu")
    next(events)
    events.close()
    with pytest.raises(RuntimeError, match="on purpose"):
        next(train(broken, small(), epochs=1, device="cpu"))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_thread_count_is_the_callers_between_two_events_and_no_matter_for_small_images():
    given = torch.get_num_threads()
    outcomes = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            events = []
            for event in train(network(), small(), epochs=1, batch_size=16, device="cpu"):
                assert torch.get_num_threads() == threads
                events.append(event)
            outcomes.append(outcome(events))
    finally:
        torch.set_num_threads(given)
    assert outcomes[0] == outcomes[1]


# ---------------------------------------------------------------------- settings


def test_the_learning_rate_falls_along_a_cosine_to_zero():
    assert cosine(0.4, 0, 10) == 0.4
    assert cosine(0.4, 5, 10) == pytest.approx(0.2)
    assert cosine(0.4, 10, 10) == pytest.approx(0)
    rates = [cosine(0.4, step, 10) for step in range(11)]
    assert rates == sorted(rates, reverse=True)


def test_one_step_is_sgd_with_nesterov_momentum_weight_decay_and_smoothing():
    data = from_arrays(np.arange(10.0).reshape(10, 1, 1), np.arange(10) % 2)
    model = nn.Sequential(nn.Flatten(), nn.Linear(1, 2))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[0.5], [-0.5]]))
        model[1].bias.zero_()
    x = (data.train.images.flatten() - data.mean) / data.deviation
    target = torch.full((6, 2), 0.1 / 2).scatter_(1, data.train.labels[:, None], 0.95)
    logits = torch.stack([0.5 * x, -0.5 * x], 1)
    slope = ((logits.softmax(1) - target) * x[:, None]).mean(0)  # of the cross-entropy
    slope = slope + 0.01 * torch.tensor([0.5, -0.5])  # of the weight decay
    expected = torch.tensor([0.5, -0.5]) - 0.1 * (slope + 0.9 * slope)  # Nesterov's first step
    run(model, data, epochs=1, rate=0.1, weight_decay=0.01, label_smoothing=0.1)
    assert torch.allclose(model[1].weight.flatten(), expected, atol=1e-6)


def test_shifting_moves_whole_images_and_lets_zeros_in():
    image = torch.arange(1, 17, dtype=torch.uint8).reshape(1, 1, 4, 4)
    padded = nn.functional.pad(image, (1, 1, 1, 1))
    possible = {
        tuple(padded[0, 0, i : i + 4, j : j + 4].flatten().tolist())
        for i in range(3)
        for j in range(3)
    }
    moved = shifted(image.repeat(300, 1, 1, 1), 1, torch.Generator().manual_seed(0))
    assert moved.shape == (300, 1, 4, 4)
    assert {tuple(m.flatten().tolist()) for m in moved} == possible


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 0}, "epochs must be 1 … 1000000, got 0"),
        ({"epochs": 5, "horizon": 4}, "horizon must be 5 … 1000000, got 4"),
        ({"batch_size": 0}, "batch_size"),
        ({"rate": -0.1}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"label_smoothing": 1.0}, "label_smoothing"),
        ({"label_smoothing": float("nan")}, "label_smoothing"),
        ({"momentum": 1.0}, r"momentum must be in \[0, 1\), got 1.0"),
        ({"momentum": float("nan")}, "momentum"),
        ({"weight_decay": -1.0}, "weight_decay must be at least 0 and finite, got -1.0"),
        ({"weight_decay": float("inf")}, "weight_decay"),
        ({"device": "gpu"}, "'auto', 'cpu', 'cuda' or 'mps'"),
        ({"device": "cuda:99"}, "is not there"),
    ],
)
def test_unusable_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        run(network(), **settings)


def test_going_back_is_refused():
    _, checkpoint = run(network(), epochs=3)
    with pytest.raises(ValueError, match="3 are already trained"):
        run(network(), epochs=2, checkpoint=checkpoint)


def test_divergence_is_an_error_that_names_the_cure():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    with pytest.raises(FloatingPointError, match=r"epoch \d+, batch \d+: .* smaller rate"):
        run(model, rate=1e20, epochs=30)


def test_a_network_in_training_mode_stays_in_it_while_measured():
    model, data = network(), small()
    model.train()
    assert accuracy(model, data.validation, data, CPU) == accuracy(
        model, data.validation, data, CPU
    )  # dropout is off
    assert model.training


# ---------------------------------------------------------------------- checkpoint on disk


def test_a_damaged_or_missing_checkpoint_is_an_os_error(tmp_path):
    path = tmp_path / "deep" / "half.safetensors"
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        Checkpoint.load(path)
    run(network())[1].save(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    raw = path.read_bytes()
    for damaged in (raw[:100], raw[:-9], b"", b"{}" * 40):
        path.write_bytes(damaged)
        with pytest.raises(OSError, match=r"damaged one .* train anew"):
            Checkpoint.load(path)
    save_file({"a": torch.zeros(1)}, path, metadata={"progress": "[" * 100_000})
    with pytest.raises(OSError, match=r"damaged one .* train anew"):
        Checkpoint.load(path)


def test_a_save_that_fails_leaves_the_earlier_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "half.safetensors"
    _, checkpoint = run(network())
    checkpoint.save(path)
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("workbench.training.checkpoint.os.replace", full)
    with pytest.raises(OSError, match="no space"):
        replace(checkpoint, epoch=9).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_checkpoint_is_tensors_and_json_alone(tmp_path):
    path = tmp_path / "half.safetensors"
    replace(run(network())[1], about={"arch": "fc0"}).save(path)
    header = path.read_bytes()[8 : 8 + int.from_bytes(path.read_bytes()[:8], "little")]
    words = json.loads(json.loads(header)["__metadata__"]["progress"])
    assert words["about"] == {"arch": "fc0"}
    assert words["epoch"] == 3


# ---------------------------------------------------------------------- devices and costs


def test_devices_by_name():
    assert choose_device("cpu") == CPU
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert "threads" in device_name(CPU)
    for name in ("tpu", "cpu:", "cuda:x", ""):
        with pytest.raises(ValueError, match="device: expected"):
            choose_device(name)


def test_the_cost_of_a_network_by_hand():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),  # 216 parameters, 8·8 pixels each
        nn.BatchNorm2d(8),  # 16
        nn.Conv2d(8, 8, 5, stride=2, padding=2, groups=8, bias=False),  # 200, 4·4 pixels
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32, 10),  # 330, of them 10 biases
    )
    expected = Cost(216 + 16 + 200 + 330, 216 * 64 + 200 * 16 + 320)
    assert cost(model, ImageTask(3, 8, 8, 10)) == expected
    assert next(model.parameters()).device == CPU


def test_an_auxiliary_head_costs_nothing():
    task, costs = ImageTask(3, 32, 32, 10), []
    for auxiliary in (False, True):
        space = DARTSSpace(auxiliary=auxiliary)
        costs.append(cost_of(space, space.published()["DARTS_V2"], task))
    assert costs[0] == costs[1]


def test_cost_of_agrees_with_the_network_that_is_built():
    space, rng = ChainSpace(), random.Random(0)
    for task in (ImageTask(1, 8, 8, 10), ImageTask(3, 32, 32, 10)):
        for _ in range(15):
            arch = space.sample(rng)
            model = space.build(arch, task)
            found = cost_of(space, arch, task)
            assert found == cost(model, task)
            assert found.parameters == sum(p.numel() for p in model.parameters())


# ---------------------------------------------------------------------- a graphics card


@pytest.mark.gpu
def test_training_on_a_graphics_card():
    events, checkpoint = run(network(), small(400), epochs=4, device="cuda", augment=True)
    assert events[-1].score > 0.9
    assert all(tensor.device == CPU for tensor in checkpoint.tensors.values())
    rest, _ = run(network(), small(400), epochs=5, horizon=5, device="cuda", checkpoint=checkpoint)
    assert math.isfinite(rest[-1].loss)


@pytest.mark.gpu
def test_the_cards_generator_is_the_callers_between_two_events():
    torch.manual_seed(1)
    expected = torch.rand(100, device="cuda")
    torch.manual_seed(1)
    drawn = [
        torch.rand(1, device="cuda")
        for _ in train(network(), small(), epochs=2, batch_size=16, device="cuda")
    ]
    assert torch.equal(torch.cat(drawn), expected[: len(drawn)])


@pytest.mark.gpu
def test_divergence_on_a_graphics_card_is_found():
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    with pytest.raises(FloatingPointError, match="smaller rate"):
        run(model, rate=1e30, epochs=30, device="cuda")


def test_digits_train_to_a_sensible_accuracy():
    space = ChainSpace()
    arch = space.parse("conv3x3:16-conv3x3:32/2-conv3x3:32-fc0")
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model = space.build(arch, ImageTask(1, 8, 8, 10))
    events, _ = run(model, digits(), epochs=4, batch_size=32)
    assert events[-1].score > 0.9
