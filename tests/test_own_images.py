"""The learner's own images as arrays: taken, refused, cured; and which axis is which."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from learners_images import LABELS, N, cured, everything, noise, refusal
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from workbench.data import from_arrays
from workbench.data.layout import reading
from workbench.estimators import FullTraining
from workbench.records import ImageTask
from workbench.search import search
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch


def spoilt(which):
    images = noise().astype(float)
    images[which, 2, 3] = np.inf
    return images


def test_from_arrays_takes_grey_and_colour_arrays_and_tensors():
    assert from_arrays(noise(), LABELS).task == ImageTask(1, 6, 5, 4)
    assert from_arrays(noise(shape=(3, 6, 5)), LABELS).task == ImageTask(3, 6, 5, 4)
    data = from_arrays(torch.from_numpy(noise()).double(), torch.from_numpy(LABELS))
    assert data.train.images.dtype == torch.float32
    assert from_arrays(noise(), LABELS).train.images.dtype == torch.uint8


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (noise()[:, :, 0], np.arange(40) % 2, "expected \\(n, height, width\\)"),
        (spoilt(7), np.arange(40) % 2, r"image 7 .* not finite"),
        (np.where(noise() > 254, 1e300, noise()), np.arange(40) % 2, "not finite in 32 bits"),
        (noise().astype(int) * 3, np.arange(40) % 2, "must be 0 … 255"),
        (noise().astype(str), np.arange(40) % 2, "expected numbers"),
        (noise(), np.arange(39) % 2, "40 images and 39 labels"),
        (noise(), np.zeros(40, int), "one class only"),
        (noise(), np.arange(40) % 2 - 1, "from 0 on"),
        (noise(), np.arange(40) % 2 * 2, "no image of class 1"),
        (noise(), [0] * 38 + [1, 1], "class 1 has 2 images"),
        (noise(0), [], "none of them 0"),
    ],
)
def test_unusable_arrays_are_refused_with_what_to_do(images, labels, words):
    with pytest.raises(ValueError, match=words):
        from_arrays(images, labels)


def test_unusable_shares_and_class_counts_are_refused():
    for shares in ({"validation": 0.5, "test": 0.5}, {"test": "a fifth"}, {"validation": None}):
        assert refusal(noise(), **shares).startswith("validation and test: expected")
    said = refusal(noise(), validation=0.005, test=0.99)
    assert said == f"test: a share of 0.99 is all of {N} images: take a smaller one"
    assert "expected 0 … 2, got 3" in refusal(noise(), classes=3)
    assert from_arrays(noise(), LABELS, classes=5).task.classes == 5
    for classes in (1, 2.5, True, "four", {"cat": 0}, ("cat", "cat", "dog", "cow"), 10**9):
        assert refusal(noise(), classes=classes).startswith("classes: expected")


@pytest.mark.parametrize("seed", [None, -1, 2.5, "0", True])
def test_the_split_is_never_left_to_chance(seed):
    assert refusal(noise(), split_seed=seed).startswith("split_seed")


def test_a_seed_of_numpys_is_the_plain_one():
    data = from_arrays(noise(), LABELS, split_seed=np.int64(3))
    assert data.fingerprint == from_arrays(noise(), LABELS, split_seed=3).fingerprint
    assert type(data.described()["split_seed"]) is int  # JSON knows no other


def test_an_answer_that_is_neither_yes_nor_no_is_refused():
    assert refusal(noise(), flip="no").startswith("flip: expected True or False, got 'no'")


# ---------------------------------------------------------------------- kinds of arrays

PLAIN = noise().astype(np.float32)
TENSOR = torch.from_numpy(PLAIN)


def negative_strides():
    return PLAIN[:, :, ::-1].copy()[:, :, ::-1]


def read_only():
    array = PLAIN.copy()
    array.flags.writeable = False
    return array


def of_objects():
    array = np.empty(N, dtype=object)
    array[:] = list(PLAIN)
    return array


@pytest.mark.parametrize(
    "images",
    [
        PLAIN.astype(">f4"),
        PLAIN.astype(np.float16),
        PLAIN.astype(np.longdouble),
        negative_strides(),
        read_only(),
        np.ma.MaskedArray(PLAIN),
        np.asfortranarray(PLAIN),
        PLAIN.tolist(),
        list(PLAIN),
        list(TENSOR),
        of_objects(),
        PLAIN.astype(object),
        pd.Series(list(PLAIN)),
        pd.Series(list(TENSOR), index=range(N, 0, -1)),
        memoryview(PLAIN),
        TENSOR.clone().requires_grad_(),
        torch.nn.Parameter(TENSOR.clone()),
        TENSOR.half(),
        TENSOR.bfloat16(),
        TENSOR.to_sparse(),
        [each.requires_grad_() for each in TENSOR.clone()],
        torch.quantize_per_tensor(TENSOR, 1.0, 0, torch.quint8),
        torch.complex(TENSOR, TENSOR).imag,
        torch.complex(TENSOR, -TENSOR).conj().imag,  # its minus sign is a bit
    ],
    ids=lambda images: type(images).__name__,
)
def test_whatever_holds_the_same_numbers_is_the_same_data(images):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = from_arrays(images, LABELS)
    mine, plain = everything(data), everything(from_arrays(PLAIN, LABELS))
    assert torch.equal(mine, plain) or torch.equal(mine, plain.bfloat16().float())
    assert not mine.requires_grad


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.empty(N, 6, 5, device="meta"), "meta device"),
        (torch.complex(TENSOR, TENSOR), r"pass images\.abs\(\)"),
        (PLAIN * 1j, r"np\.abs\(images\)"),
        (None, "got NoneType"),
        (7, "got int"),
        ("photos/", "from_folder"),
        ({"x": PLAIN}, r"images\['x'\]"),
        ((each for each in PLAIN), r"pass list\(images\)"),
        (object(), "got object"),
        ([*PLAIN[:-1], None], "image 39 is missing"),
        ([*PLAIN[:-1], PLAIN[0, :3]], r"\(6, 5\) for image 0 and \(3, 5\) for image 39"),
        ([*TENSOR[:-1], TENSOR[0, :3]], r"\(6, 5\) for image 0 and \(3, 5\) for image 39"),
        ([*PLAIN.tolist()[:-1], [[1], [2, 3]]], "image 39"),
        (pd.Series([*PLAIN[:-1], PLAIN[0, :3]]), r"\(3, 5\) for image 39"),
        (np.ma.MaskedArray(PLAIN, PLAIN > 250), r"images\.filled\(0\)"),
        (np.array(["a", object()] * 20, dtype=object), "Python objects|expected numbers"),
        (np.zeros(N, dtype=[("a", "f4")]), "expected numbers"),
        (["a.png"] * N, r"from_folder\(path\)"),
        ([Path("a.png")] * N, r"from_folder\(path\)"),
        ([PLAIN[0], PLAIN[0, :, :, None] * [1, 1, 1]] * 20, "as many channels"),
        (pd.Series(pd.date_range("2024", periods=N)), "expected numbers"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused_in_our_words(images, words):
    message = refusal(images)
    assert message.startswith("images: ")
    assert re.search(words, message), message


class Flowing(IterableDataset):
    def __iter__(self):
        return iter([(image, 0) for image in TENSOR])


@pytest.mark.parametrize(
    "images",
    [
        torch.complex(TENSOR, TENSOR),
        PLAIN * 1j,
        {"x": PLAIN},
        (each for each in PLAIN),
        np.ma.MaskedArray(PLAIN, PLAIN == 3),
        PLAIN.astype(str),
        noise().astype(int) * 3,
        torch.from_numpy(noise()).int() * 3,
        (noise().astype(int) * 3).tolist(),
        TENSOR.double() * 1e-60,
        (noise() * 1e-300).tolist(),
        PLAIN.astype(float) + 1e12,
        noise(shape=(8, 8, 3)),
        torch.from_numpy(noise(shape=(8, 8, 3))),
        torch.from_numpy(noise(shape=(8, 8, 3))).to_sparse(),
        noise(shape=(8, 8, 3)).tolist(),
        list(noise(shape=(8, 8, 3))),
        list(torch.from_numpy(noise(shape=(8, 8, 3)))),
        pd.Series(list(noise(shape=(8, 8, 3)))),
        noise(shape=(64,)),
        pd.DataFrame(noise(shape=(64,))),
        torch.from_numpy(noise(shape=(3 * 64,))),
        TensorDataset(TENSOR, torch.from_numpy(LABELS)),
        Subset(TensorDataset(TENSOR, torch.from_numpy(LABELS)), range(N)),
        Subset(list(zip(PLAIN, LABELS)), range(N)),
        Subset([{"image": x, "file": "x.png", "label": 0} for x in TENSOR], range(N)),
        Subset([(Image.fromarray(x), 0) for x in noise()], range(N)),
        Flowing(),
        [Image.fromarray(x) for x in noise()],
        pd.Series([Image.fromarray(x) for x in noise()]),
        DataLoader(TensorDataset(TENSOR, torch.from_numpy(LABELS)), shuffle=True),
    ],
    ids=lambda images: type(images).__name__,
)
def test_a_cure_that_is_named_works_on_the_images_that_were_passed(images):
    first = cured(refusal(images), images=images)
    assert from_arrays(first, LABELS).task.classes == 4


def test_a_data_set_without_items_still_has_a_cure():
    assert "all images in one" in refusal(Subset([], []))


def test_a_data_set_without_end_is_collected_by_its_length():
    class Endless(Dataset):
        def __getitem__(self, i):
            return torch.from_numpy(noise()[i % N]), i % 4

        def __len__(self):
            return N

    assert from_arrays(cured(refusal(Endless()), images=Endless()), LABELS).task.classes == 4


def test_floats_of_any_size_are_judged_whatever_numpy_was_told_to_raise():
    with np.errstate(all="raise"):
        tiny = from_arrays(np.where(noise() > 100, 1.0, 1e-300), LABELS)
        assert "too small" in refusal(noise() * 1e-300)
        assert "not finite in 32 bits" in refusal(noise() * 1e300)
    assert everything(tiny).min() == 0


def test_data_made_in_inference_mode_can_be_trained_on():
    with torch.inference_mode():
        data = from_arrays(noise(60, (8, 8)), np.arange(60) % 3)
    space = ChainSpace(max_depth=2)
    last = list(search(RandomSearch(space), FullTraining(space, data, epochs=1), trials=1))[-1]
    assert not last.evaluation.is_failure


# ---------------------------------------------------------------------- which axis is which


@pytest.mark.parametrize(
    ("shape", "read"),
    [
        ((3, 32, 32), "first"),
        ((1, 28, 28), "first"),
        ((3, 6, 5), "first"),
        ((4, 8, 8), "first"),
        ((2, 4, 4), "first"),
        ((3, 4, 4), "first"),
        ((1, 1, 1), "first"),
        ((1, 1, 9), "first"),
        ((64, 32, 32), "first"),
        ((32, 32, 3), "last"),
        ((20, 30, 4), "last"),
        ((28, 28, 1), "last"),
        ((4, 4, 1), "last"),
        ((4, 4, 3), "doubtful"),
        ((4, 4, 4), "doubtful"),
        ((3, 3, 3), "doubtful"),
        ((3, 2, 4), "doubtful"),
        ((8, 4, 4), "doubtful"),
        ((16, 16, 16), "doubtful"),
        ((16, 16, 5), "doubtful"),
        ((30, 20, 10), "doubtful"),
        ((3, 3, 8), "doubtful"),
    ],
)
def test_channels_are_found_where_the_shape_tells_and_asked_for_where_not(shape, read):
    assert reading(*shape) == read


@given(st.tuples(*[st.integers(1, 40)] * 3))
@settings(deadline=None)
def test_channels_last_are_never_taken_for_channels_first_when_square(shape):
    side, _, few = shape
    if side > 4 and few <= 4:
        assert reading(side, side, few) == "last"
    if few > 1 and side != few:
        assert reading(few, side, side) in ("first", "doubtful")
        assert reading(side, side, few) in ("last", "doubtful") or side == 1


@given(st.tuples(*[st.integers(1, 6)] * 3))
@settings(deadline=None)
def test_moving_the_axis_is_named_only_where_it_is_enough(shape):
    images = noise(shape=shape)
    try:
        from_arrays(images, LABELS)
    except ValueError as error:
        if "transpose" in str(error):
            from_arrays(images.transpose(0, 3, 1, 2), LABELS)
    assert from_arrays(images, LABELS, channels="last").task.channels == shape[2]


def test_a_doubtful_layout_is_refused_with_both_readings_and_can_be_told():
    images = noise(shape=(4, 4, 3))
    message = refusal(images)
    assert "4 channels of 4 × 3 pixels" in message
    assert "4 × 4 pixels in 3 channels" in message
    assert "images.transpose(0, 3, 1, 2)" in message
    assert "images.permute(0, 3, 1, 2)" in refusal(torch.from_numpy(images))
    assert from_arrays(images.transpose(0, 3, 1, 2), LABELS).task == ImageTask(3, 4, 4, 4)
    assert from_arrays(images, LABELS, channels="first").task == ImageTask(4, 4, 3, 4)
    last = from_arrays(images, LABELS, channels="last")
    assert last.task == ImageTask(3, 4, 4, 4)
    assert {i.numpy().tobytes() for i in everything(last)} == {
        i.tobytes() for i in np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    }
    assert "transpose" not in refusal(noise(shape=(4, 4, 4)))  # it would stay as doubtful
    assert refusal(images, channels="third").startswith('channels: expected "first" or "last"')
