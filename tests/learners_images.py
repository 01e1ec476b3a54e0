"""Images and labels as learners have them, and the cures that errors name, as Python runs them."""

from __future__ import annotations

import contextlib
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from workbench.data import from_arrays, from_folder

N = 40
LABELS = np.arange(N) % 4


def noise(n=N, shape=(6, 5)):
    return np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)


def everything(data):
    return torch.cat([split.images for split in (data.train, data.validation, data.test)])


def refusal(images, labels=LABELS, **settings) -> str:
    with pytest.raises(ValueError, match=r": | must be ") as caught:
        from_arrays(images, labels, **settings)
    return str(caught.value)


def cured(message: str, **names: Any) -> Any:
    """What Python makes of the first expression about the argument that a message names."""
    for start in re.finditer(r"(?<= )(?=np\.|torch\.|list\(|images|labels|\[|\()", message):
        for end in range(len(message), start.end(), -1):
            words = message[start.end() : end]
            if not re.search(r"(images|labels)\b.*[\])]$", words):
                continue
            with contextlib.suppress(SyntaxError):
                code = compile(words, "the cure", "eval")
                return eval(code, {"np": np, "torch": torch, **names})  # noqa: S307
    raise AssertionError(f"no cure in: {message}")


def random_pixels(i=0, shape=(6, 5, 3), high=256, dtype=np.uint8):
    return np.random.default_rng(i).integers(0, high, shape).astype(dtype)


def folder_of_images(root: Path, sizes=((6, 5), (6, 5)), classes=("cat", "dog"), end=".png"):
    for name in classes:
        (root / name).mkdir(parents=True)
        for i in range(10):
            pixels = random_pixels(i, (*sizes[i % 2], 3))
            Image.fromarray(pixels).save(root / name / f"{i}{end}")
    return root


def folder_of(root: Path, make, end=".png", **saving):
    """Two classes of ten; ``make(i)`` is the i-th image."""
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for i in range(10):
            make(i).save(root / name / f"{i}{end}", **saving)
    return root


def quietly(root: Path, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return from_folder(root, **settings)


def as_bytes(pictures) -> set[bytes]:
    return {np.ascontiguousarray(each).tobytes() for each in pictures}


def read_as(root: Path, shown, **settings) -> None:
    """The folder's images are exactly ``shown``, a list of (h, w) or (h, w, 3) arrays."""
    data = quietly(root, **settings)
    wanted = [each.transpose(2, 0, 1) if each.ndim == 3 else each[None] for each in shown]
    assert as_bytes(everything(data).numpy()) == as_bytes(wanted)
