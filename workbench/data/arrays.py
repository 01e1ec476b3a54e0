"""The learner's own images: from arrays, or from a folder with one sub-folder a class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from workbench.data.images import ImageData, Images, Labels, assembled, part, stratified

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


def from_arrays(
    images: Any,
    labels: Any,
    *,
    name: str = "my images",
    classes: int | None = None,
    validation: float = 0.2,
    test: float = 0.2,
    flip: bool = False,
    split_seed: int = 0,
) -> ImageData:
    """Images (n, height, width) or (n, channels, height, width) and n labels 0 … classes − 1.

    NumPy arrays or tensors. Whole numbers 0 … 255 are kept as uint8, others as float32. A share
    ``validation`` and a share ``test`` of each class is set apart, fixed by ``split_seed``.

    Raises ValueError for shapes, values, labels or shares that cannot be used, with the cure.
    """
    if not (0 < validation < 1 and 0 < test < 1 and validation + test < 1):
        raise ValueError(
            "validation and test: expected two shares that leave some for training, such as "
            f"0.2 and 0.2; got {validation} and {test}"
        )
    pictures, answers = _images(images), _labels(labels)
    if len(pictures) != len(answers):
        raise ValueError(
            f"images and labels: expected one label an image, got {len(pictures)} images and "
            f"{len(answers)} labels"
        )
    count = _classes(answers, classes)
    n = len(answers)
    rest, tested = stratified(answers, max(1, round(test * n)), seed=split_seed)
    trained, validated = stratified(
        answers[torch.from_numpy(rest)], max(1, round(validation * n)), seed=split_seed + 1
    )
    splits = (rest[trained], rest[validated], tested)
    train, valid, held = (part(pictures, answers, indices) for indices in splits)
    return assembled(name, train, valid, held, classes=count, split_seed=split_seed, flip=flip)


def _images(images: Any) -> Images:
    given = images.detach().cpu() if isinstance(images, Tensor) else np.asarray(images)
    array = given.numpy() if isinstance(given, Tensor) else given
    if array.dtype.kind not in "buif":
        raise ValueError(f"images: expected numbers, got {array.dtype}")
    if array.ndim == 3:
        array = array[:, None]  # (n, h, w) -> (n, 1, h, w)
    if array.ndim != 4 or 0 in array.shape:
        raise ValueError(
            "images: expected (n, height, width) or (n, channels, height, width), none of them 0, "
            f"got {tuple(np.shape(given))}"
        )
    if array.shape[1] > 4 and array.shape[3] <= 4:
        raise ValueError(
            f"images: {array.shape} looks like (n, height, width, channels); channels come second "
            "here: images.transpose(0, 3, 1, 2)"
        )
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # too large for float32: not finite, said below
            array = array.astype(np.float32)
    if not np.isfinite(array).all():
        bad = int(np.argwhere(~np.isfinite(array).all(axis=(1, 2, 3)))[0, 0])
        raise ValueError(
            f"images: image {bad} has a value that is not finite in "
            "32 bits; replace it or drop the image"
        )
    if array.dtype.kind != "f":
        if array.min() < 0 or array.max() > 255:
            raise ValueError(
                f"images: whole numbers must be 0 … 255, got {array.min()} … {array.max()}; "
                "convert to float if that is their scale"
            )
        return torch.from_numpy(array.astype(np.uint8))
    return torch.from_numpy(array)


def _labels(labels: Any) -> Labels:
    given = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else np.asarray(labels)
    if given.ndim != 1 or given.dtype.kind not in "ui":
        raise ValueError(
            "labels: expected one whole number an image, shape (n,), got "
            f"{given.dtype} {given.shape}; names become numbers by "
            "np.unique(names, return_inverse=True)[1]"
        )
    return torch.from_numpy(given.astype(np.int64))


def _classes(labels: Labels, classes: int | None) -> int:
    if not len(labels) or int(labels.min()) < 0:
        raise ValueError("labels: expected whole numbers from 0 on, got none or a negative one")
    count = int(labels.max()) + 1 if classes is None else classes
    if int(labels.max()) >= count:
        raise ValueError(f"labels: expected 0 … {count - 1}, got {int(labels.max())}")
    met = torch.nonzero(torch.bincount(labels)).flatten()
    if len(met) < 2:
        raise ValueError(
            f"labels: all are {int(met[0])}; with one class only there is nothing to learn to tell "
            "apart"
        )
    if len(met) < count and classes is None:
        missing = sorted(set(range(count)) - set(met.tolist()))
        raise ValueError(
            f"labels: no image of class {missing[0]}; number the classes without gaps, or say "
            f"classes={count}"
        )
    return count


def from_folder(
    path: str | Path,
    *,
    size: tuple[int, int] | None = None,
    grey: bool = False,
    validation: float = 0.2,
    test: float = 0.2,
    flip: bool = False,
    split_seed: int = 0,
) -> ImageData:
    """Image files in one sub-folder a class; classes are numbered in the order of their names.

    Hidden folders and files, whose names begin with a dot, are passed over.

    ``size`` (height, width) scales every image; without it all must be of one size. ``grey``
    reads one channel instead of three.

    Raises OSError where there is no such folder or a file cannot be read, ValueError where the
    images cannot be used; both name the file.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(
            f"{root}: no such folder; expected one sub-folder of images a class"
        )
    names = sorted(child.name for child in _seen(root) if child.is_dir())
    pictures, labels = [], []
    for label, name in enumerate(names):
        files = sorted(f for f in _seen(root / name) if f.suffix.lower() in SUFFIXES)
        if not files:
            raise ValueError(f"{root / name}: no images; expected files ending in {SUFFIXES}")
        for file in files:
            pictures.append(_picture(file, size, grey))
            labels.append(label)
            if pictures[-1].shape != pictures[0].shape:
                raise ValueError(
                    f"{file}: {pictures[-1].shape[1:]} pixels, others have "
                    f"{pictures[0].shape[1:]}; say size=(height, width)"
                )
    if len(names) < 2:
        raise ValueError(f"{root}: expected one sub-folder a class, at least 2, got {names}")
    return from_arrays(
        np.stack(pictures),
        np.array(labels),
        name=root.name,
        validation=validation,
        test=test,
        flip=flip,
        split_seed=split_seed,
    )


def _seen(folder: Path) -> list[Path]:
    return [child for child in folder.iterdir() if not child.name.startswith(".")]


def _picture(file: Path, size: tuple[int, int] | None, grey: bool) -> UInt8[np.ndarray, "c h w"]:
    from PIL import Image

    try:
        with Image.open(file) as image:
            pixels = image.convert("L" if grey else "RGB")
    except (OSError, SyntaxError, ValueError) as error:  # SyntaxError: Pillow's broken PNG
        raise OSError(f"{file}: not a readable image ({error}); remove or replace it") from error
    if size is not None:
        pixels = pixels.resize((size[1], size[0]))
    array = np.asarray(pixels)
    return array[None] if grey else array.transpose(2, 0, 1)  # (c, h, w)
