"""The arguments ``labels`` and ``classes``: whole numbers from 0 on, and what they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Shaped

from workbench.data.arguments import whole
from workbench.data.given import Given, missing, refuse_missing, taken
from workbench.data.images import Labels, called, numbered

MOST = 65_536  # classes; more of them than images is a slip


def labels_of(labels: Any) -> Labels:
    """n whole numbers as int64; floats without a fraction and bools are whole numbers too.

    Raises ValueError for anything else, with a cure that works on what was passed.
    """
    given = taken("labels", labels)
    array = given.array
    if array.ndim != 1:
        _refuse_shape(given)
    if array.dtype.kind in "USmM":  # dates are names too
        _refuse_names(given, labels)
    if array.dtype.kind == "f":
        _check_whole(array)
    elif array.dtype.kind not in "bui":
        raise ValueError(f"labels: expected one whole number an image, got {array.dtype}")
    if not len(array):
        raise ValueError("labels: expected whole numbers from 0 on, got none")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= MOST:
        expected = "whole numbers from 0 on" if low < 0 else f"whole numbers 0 … {MOST - 1}"
        raise ValueError(
            f"labels: expected {expected}, got {low} … {high}; number the classes by "
            f"{_renumbered(given)}"
        )
    return torch.from_numpy(array.astype(np.int64))


def classes_of(labels: Labels, classes: Any, given: Any) -> tuple[str, ...]:
    """The classes' names, as many as there are classes.

    ``classes`` is their number, or their names in order, or None: as many as the labels ``given``
    name, without a gap. Raises ValueError where labels and classes do not fit.
    """
    met = torch.unique(labels)
    names = _names(classes, int(met[-1]) + 1)
    if int(met[-1]) >= len(names):
        raise ValueError(f"labels: expected 0 … {len(names) - 1}, got {int(met[-1])}")
    if len(met) < 2:
        raise ValueError(
            f"labels: all are {called(int(met[0]), names)}; with one class only there is nothing "
            "to learn to tell apart"
        )
    if len(met) < len(names) and classes is None:
        gap = int(torch.nonzero(met != torch.arange(len(met)))[0])
        raise ValueError(
            f"labels: no image of class {gap}; say classes={len(names)} if that is meant, or "
            f"number the classes without gaps by {_renumbered(taken('labels', given))}"
        )
    return names


def _names(classes: Any, met: int) -> tuple[str, ...]:
    if classes is None:
        return numbered(met)
    number = whole(classes)
    if number is not None and 2 <= number <= MOST:
        return numbered(number)
    listed = classes if isinstance(classes, list | tuple) else getattr(classes, "tolist", tuple)()
    if not isinstance(listed, list | tuple) or not 2 <= len(listed) <= MOST:
        raise ValueError(
            "classes: expected how many there are, at least 2, or their names in the order of "
            f"the labels, got {classes!r}"
        )
    names = tuple(n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in listed)
    if len(set(names)) < len(names) or any(missing(name) or not str(name) for name in listed):
        raise ValueError(f"classes: expected names that differ, none of them empty, got {listed}")
    return names


def _check_whole(array: Shaped[np.ndarray, "..."]) -> None:
    for what, wrong in (("NaN", np.isnan(array)), ("infinite", np.isinf(array))):
        if wrong.any():
            raise ValueError(
                f"labels: label {int(np.argmax(wrong))} is {what} ({int(wrong.sum())} in all are); "
                "fill it in, or leave that image and its label out"
            )
    split = array != np.floor(array)
    if split.any():
        first = int(np.argmax(split))
        raise ValueError(
            f"labels: expected whole numbers, got {array[first]} as label {first}; classes are "
            "numbered 0, 1, 2, …"
        )


# ---------------------------------------------------------------------- cures, as expressions


def _renumbered(given: Given) -> str:
    module = "torch" if given.is_tensor else "np"
    return f"{module}.unique({given.spelled}, return_inverse=True)[1]"


def _refuse_names(given: Given, labels: Any) -> None:
    array, plain = given.array, isinstance(labels, list | tuple)
    if plain:
        refuse_missing("labels", labels)  # NumPy would make it the class "nan"
    if array.dtype.kind in "mM":
        refuse_missing("labels", [None if gone else 0 for gone in np.isnat(array)])
    spelled = "labels" if plain else given.spelled
    if array.dtype.kind in "US" and all(each.isdigit() and each.isascii() for each in array):
        spelled = f"np.asarray({spelled}).astype(int)"  # "10" comes after "9", not after "1"
    raise ValueError(
        "labels: expected one whole number an image, shape (n,), got names such as "
        f"{str(array[0])!r:.60}; names become numbers by "
        f"names, numbers = np.unique({spelled}, return_inverse=True), then "
        "from_arrays(images, numbers, classes=names) keeps both"
    )


def _refuse_shape(given: Given) -> None:
    array, spelled = given.array, given.spelled
    start = f"labels: expected one whole number an image, shape (n,), got {array.shape}"
    if array.ndim and array.size == max(array.shape):
        raise ValueError(f"{start}; pass {spelled}.ravel()")
    if array.ndim == 2 and array.dtype.kind in "buif":
        if array.dtype.kind == "f" and np.isnan(array).any():
            first = int(np.argmax(np.isnan(array).any(axis=1)))
            raise ValueError(f"{start}, and NaN in row {first}; leave out what is not known")
        ones, rest = (array == 1).sum(axis=1), (array == 0).sum(axis=1)
        # PyTorch has no argmax of bools
        numbers = f"{spelled}.int()" if given.is_tensor and array.dtype.kind in "bu" else spelled
        if (ones == 1).all() and (rest == array.shape[1] - 1).all():
            raise ValueError(f"{start}, one-hot rows; pass {numbers}.argmax(1)")
        if array.dtype.kind == "f" and not np.isin(array, (0, 1)).all():
            raise ValueError(
                f"{start}, scores, it seems; the likeliest class is {numbers}.argmax(1)"
            )
        raise ValueError(f"{start}: an image has one class here, not several")
    raise ValueError(start)
