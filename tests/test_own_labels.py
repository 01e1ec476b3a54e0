"""The learner's own labels and the names of classes: taken, refused, cured."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import torch
from learners_images import LABELS, N, cured, noise, refusal
from scipy import sparse
from torch.utils.data import Subset, TensorDataset

from workbench.data import from_arrays

ONE_HOT = np.eye(4)[LABELS]


@pytest.mark.parametrize(
    "labels",
    [
        LABELS.astype(float),
        LABELS.astype(">i2"),
        LABELS.astype(np.uint64),
        LABELS.astype(object),
        LABELS.tolist(),
        tuple(LABELS),
        torch.from_numpy(LABELS).bfloat16(),
        torch.from_numpy(LABELS).to(torch.uint8),
        list(torch.from_numpy(LABELS)),
        pd.Series(LABELS, dtype="Int64"),
        pd.Series(LABELS, index=range(N, 0, -1)),
        pd.Categorical(LABELS),
        [int(each) for each in LABELS],
    ],
    ids=lambda labels: type(labels).__name__,
)
def test_whole_numbers_are_labels_whatever_holds_them(labels):
    assert from_arrays(noise(), labels).fingerprint == from_arrays(noise(), LABELS).fingerprint


def test_yes_and_no_are_two_classes():
    assert from_arrays(noise(), LABELS > 1).task.classes == 2
    assert from_arrays(noise(), torch.from_numpy(LABELS > 1)).task.classes == 2


@pytest.mark.parametrize(
    "labels",
    [
        ONE_HOT,
        ONE_HOT.astype(bool),
        ONE_HOT.astype(int).tolist(),
        torch.from_numpy(ONE_HOT),
        torch.from_numpy(ONE_HOT.astype(bool)),
        torch.from_numpy(ONE_HOT).to_sparse(),
        list(torch.from_numpy(ONE_HOT)),
        pd.get_dummies(pd.Series(LABELS)),
        pd.Series(list(ONE_HOT)),
        sparse.csr_array(ONE_HOT).toarray(),
        ONE_HOT * 0.7 + 0.075,
        LABELS[:, None],
        LABELS[None],
        LABELS[:, None].tolist(),
        torch.from_numpy(LABELS)[:, None],
        [torch.tensor([each]) for each in LABELS],
        pd.DataFrame(LABELS),
        LABELS * 2 - 1,
        LABELS + 1,
        (LABELS * 10).tolist(),
        torch.from_numpy(LABELS + 1),
        pd.Series(LABELS + 1),
        LABELS * 10**9,
        ONE_HOT * 3 - 1,
        torch.from_numpy(ONE_HOT).to(torch.uint16),
        torch.from_numpy(LABELS * 100).to(torch.uint16),
        Subset(TensorDataset(torch.from_numpy(noise()), torch.from_numpy(LABELS)), range(N)),
    ],
    ids=lambda labels: type(labels).__name__,
)
def test_a_cure_that_is_named_works_on_the_labels_that_were_passed(labels):
    mended = cured(refusal(noise(), labels), labels=labels)
    assert from_arrays(noise(), mended).fingerprint == from_arrays(noise(), LABELS).fingerprint


def test_the_cures_are_spelled_for_arrays_and_tensors():
    assert "pass labels.argmax(1)" in refusal(noise(), ONE_HOT)
    assert "pass labels.argmax(1)" in refusal(noise(), torch.from_numpy(ONE_HOT))
    assert "pass labels.ravel()" in refusal(noise(), LABELS[:, None])
    images = noise(shape=(8, 8, 3))
    assert "images.transpose(0, 3, 1, 2)" in refusal(images)
    assert "images.permute(0, 3, 1, 2)" in refusal(torch.from_numpy(images))


NAMES = np.array(["cow", "cat", "dog", "bee"])[LABELS]


@pytest.mark.parametrize(
    "labels",
    [
        NAMES,
        NAMES.tolist(),
        NAMES.astype(bytes),
        NAMES.astype(object),
        pd.Series(NAMES),
        pd.Series(NAMES, dtype="category"),
        pd.Series(NAMES, dtype=object),
        np.array(["9", "10", "8", "11"])[LABELS],
        ["9", "10", "8", "11"] * 10,
    ],
    ids=lambda labels: str(labels[0]),
)
def test_names_become_numbers_by_the_line_that_the_error_gives(labels):
    message = refusal(noise(), labels)
    line, then = (
        re.search(r"by (names, numbers = .*?), then (from_arrays\(.*?\)) keeps", message)[1],
        re.search(r"then (from_arrays\(.*?\)) keeps", message)[1],
    )
    scope = {"np": np, "labels": labels, "images": noise(), "from_arrays": from_arrays}
    exec(line, scope)
    data = eval(then, scope)  # noqa: S307 - our own words
    numeric = str(labels[0]) == "9"
    assert data.classes == (("8", "9", "10", "11") if numeric else ("bee", "cat", "cow", "dog"))
    wanted = sorted(str(each.decode() if isinstance(each, bytes) else each) for each in labels)
    counted = [data.classes[int(each)] for each in torch.cat(
        [split.labels for split in (data.train, data.validation, data.test)])]  # fmt: skip
    assert sorted(counted) == wanted


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.where(np.arange(N) == 7, np.nan, LABELS), r"label 7 is NaN \(1 in all"),
        (torch.tensor([*LABELS[:-1], float("nan")]), "label 39 is NaN"),
        (np.where(np.arange(N) > 6, np.inf, LABELS), "label 7 is infinite"),
        (np.where(np.arange(N) == 7, 0.5, LABELS), "got 0.5 as label 7"),
        ([*LABELS[:-1], None], "label 39 is missing"),
        ([*NAMES[:-1], float("nan")], "label 39 is missing"),
        (pd.Series([*LABELS[:-1], None], dtype="Int64"), "label 39 is (missing|NaN)"),
        (pd.Series([*NAMES[:-1], None]), "label 39 is missing"),
        (np.ma.MaskedArray(LABELS, np.arange(N) == 7), "the first in label 7"),
        (np.eye(5)[LABELS] + np.eye(5)[4], "one class here, not several"),
        (LABELS * 1j, "expected one whole number an image, got complex128"),
        (torch.from_numpy(LABELS * 1j), "expected real numbers"),
        (np.array(["2024", "NaT"] * 20, dtype="M8[Y]"), "label 1 is missing"),
        (np.where(np.arange(N) == 7, np.nan, 0.5)[:, None] * [1, 1], "NaN in row 7"),
        (np.array([10**30, 0] * 20), r"\[str\(each\) for each in labels\]"),
        ([[0], [1, 2]] * 20, r"\(1,\) for label 0 and \(2,\) for label 1"),
        (3, "got int"),
        ("cat", "got str"),
        ([], r"expected one whole number an image|got none"),
        (sparse.csr_array(ONE_HOT), r"pass labels\.toarray\(\)"),
    ],
)
def test_labels_that_are_none_are_refused_with_their_number(labels, words):
    message = refusal(noise(), labels)
    assert message.startswith("labels: ")
    assert re.search(words, message), message


def test_a_huge_label_takes_no_memory():
    assert "0 … 65535" in refusal(noise(), LABELS * 10**15)


# ---------------------------------------------------------------------- names of the classes


def test_names_of_classes_are_kept_and_said():
    data = from_arrays(noise(), LABELS, classes=["ant", "bee", "cat", "dog"])
    assert data.classes == ("ant", "bee", "cat", "dog")
    assert data.task.classes == 4
    assert "4 classes: ant, bee, cat, dog" in repr(data)
    assert from_arrays(noise(), LABELS).classes == ("0", "1", "2", "3")
    assert 'class 1 ("bee") has 2 images' in refusal(
        noise(), [0] * 38 + [1, 1], classes=("ant", "bee")
    )
    assert 'all are 1 ("bee")' in refusal(noise(), [1] * N, classes=("ant", "bee"))


def test_names_of_classes_change_no_log():
    named = from_arrays(noise(), LABELS, classes=["ant", "bee", "cat", "dog"])
    assert named.described() == from_arrays(noise(), LABELS).described()
