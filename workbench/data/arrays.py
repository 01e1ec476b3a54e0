"""The learner's own images from arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from workbench import checks
from workbench.data.arguments import Judged, shares_of, split_seed_of
from workbench.data.images import ImageData, assembled, part, stratified
from workbench.data.labels import classes_of, labels_of
from workbench.data.layout import Channels
from workbench.data.pixels import pixels_of


def from_arrays(
    images: Any,
    labels: Any,
    *,
    name: Judged[str] = "my images",
    classes: Judged[int | Sequence[str] | None] = None,
    channels: Judged[Channels | None] = None,
    validation: Judged[float] = 0.2,
    test: Judged[float] = 0.2,
    flip: Judged[bool] = False,
    split_seed: Judged[int] = 0,
) -> ImageData:
    """Images (n, height, width) or (n, channels, height, width) and n labels 0 … classes − 1.

    NumPy arrays, tensors or lists. Whole numbers 0 … 255 are kept as uint8, others as float32.
    ``classes`` is how many there are, or their names in order. ``channels``, "first" or "last",
    says where they are if the shape does not. A share ``validation`` and a share ``test`` of each
    class is set apart, fixed by ``split_seed``.

    Raises ValueError for shapes, values, labels or shares that cannot be used, with the cure.
    """
    validation, test = shares_of(validation, test)
    name = str(checks.text("name", name, empty=False))
    seed, flip = split_seed_of(split_seed), checks.yes_or_no("flip", flip)
    pictures, answers = pixels_of(images, channels), labels_of(labels)
    if len(pictures) != len(answers):
        raise ValueError(
            f"images and labels: expected one label an image, got {len(pictures)} images and "
            f"{len(answers)} labels"
        )
    names = classes_of(answers, classes, labels)
    n = len(answers)
    held_out = max(1, round(test * n))
    if held_out >= n:
        raise ValueError(f"test: a share of {test:g} is all of {n} images: take a smaller one")
    rest, tested = stratified(answers, held_out, seed=seed)
    trained, validated = stratified(
        answers[torch.from_numpy(rest)], max(1, round(validation * n)), seed=seed + 1
    )
    splits = (rest[trained], rest[validated], tested)
    train, valid, held = (part(pictures, answers, indices) for indices in splits)
    return assembled(name, train, valid, held, classes=names, split_seed=seed, flip=flip)
