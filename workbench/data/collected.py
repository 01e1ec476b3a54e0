"""What to pass instead of a data set of PyTorch's: an expression that collects its items."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset

from workbench.data.arguments import whole


def collected(argument: str, given: Dataset[Any] | DataLoader[Any]) -> str:
    """How the images, or the labels, of ``given`` are collected; it fits the first item."""
    source = argument
    if isinstance(given, DataLoader):  # it may shuffle: images and labels would part
        given, source = given.dataset, f"{argument}.dataset"
    flows = isinstance(given, IterableDataset)
    each = "each" if flows else f"{source}[i]"
    items = f"for each in {source}" if flows else f"for i in range(len({source}))"
    try:
        item = next(iter(given)) if isinstance(given, IterableDataset) else given[0]
        image, label = _places(item)
        pixels = item if image is None else item[image]
    except Exception:  # a learner's own code; without an item there is only the general cure
        return "arrays: all images in one, their labels in another"
    labels = "" if label is None else f"[{each}[{label!r}] {items}]"
    if argument == "labels":
        return labels or "an array of them"
    place = "" if image is None else f"[{image!r}]"
    images = _stacked(pixels, each + place, items)
    return f"{images}, and as labels {labels}" if labels else images


def _places(item: Any) -> tuple[Any, Any]:
    """Where in an item its image and its label are; None, None: the item is the image."""
    if isinstance(item, tuple | list):
        return 0, 1 if len(item) > 1 else None
    if isinstance(item, dict):
        images = [key for key, value in item.items() if np.ndim(value) > 1]
        labels = [key for key, value in item.items() if whole(value) is not None]
        return images[0], labels[0] if labels else None
    return None, None


def _stacked(image: Any, one: str, items: str) -> str:
    if isinstance(image, Tensor):
        return f"torch.stack([{one} {items}])"
    if type(image).__module__.startswith("PIL."):
        return f'np.stack([np.asarray({one}.convert("RGB")) {items}]).transpose(0, 3, 1, 2)'
    return f"np.stack([{one} {items}])"
