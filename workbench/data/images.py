"""``ImageData``: a task's images as tensors, split once into train, validation and test.

A search trains on ``train`` and compares by ``validation``. ``test`` is for the one number at the
very end: nothing in ``training``, ``estimators`` or ``search`` reads it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float32, Int64, Shaped, UInt8
from torch import Tensor

from workbench import checks
from workbench.records import ImageTask

Images: TypeAlias = UInt8[Tensor, "n c h w"] | Float32[Tensor, "n c h w"]
Labels: TypeAlias = Int64[Tensor, " n"]
Indices: TypeAlias = Int64[np.ndarray, "_"]


@dataclass(frozen=True, eq=False)
class Split:
    """Some images and their labels: (n, channels, height, width) and (n,)."""

    images: Images
    labels: Labels

    def __post_init__(self) -> None:
        for name in ("images", "labels"):
            checks.of_type(f"Split: {name}", getattr(self, name), Tensor)
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"Split: images and labels: expected one label an image, got {len(self.images)} "
                f"images and {len(self.labels)} labels"
            )
        # made inside ``torch.inference_mode()``, a tensor could never be trained on
        for name in ("images", "labels"):
            tensor = getattr(self, name)
            if tensor.is_inference():
                with torch.inference_mode(False):
                    checks.keep(self, **{name: tensor.clone()})

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class ImageData:
    """Three splits and their task. Images keep their own scale (uint8: 0 … 255).

    ``mean`` and ``deviation`` are per channel, in that scale, of the training images alone.
    ``flip`` says that a mirror image keeps its class, so augmentation may use it. ``classes``
    are the names of the classes, by label; without names they are called "0", "1", ….

    Raises ValueError where there are not as many names as the task has classes.
    """

    name: str
    task: ImageTask
    train: Split
    validation: Split
    test: Split
    mean: Float32[Tensor, " c"]
    deviation: Float32[Tensor, " c"]
    split_seed: int = 0
    flip: bool = False
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.text("ImageData: name", self.name)
        checks.of_type("ImageData: task", self.task, ImageTask)
        for part in ("train", "validation", "test"):
            checks.of_type(f"ImageData: {part}", getattr(self, part), Split)
        for moment in ("mean", "deviation"):
            checks.of_type(f"ImageData: {moment}", getattr(self, moment), Tensor)
        seed = checks.whole("ImageData: split_seed", self.split_seed, least=0)
        checks.keep(self, split_seed=seed, flip=checks.yes_or_no("ImageData: flip", self.flip))
        given = checks.several("ImageData: classes", self.classes, '("cat", "dog")')
        names = given or numbered(self.task.classes)
        if len(names) != self.task.classes:
            raise ValueError(
                f"classes: expected {self.task.classes} names, as the task has, got {len(names)}"
            )
        checks.keep(self, classes=names)

    def __repr__(self) -> str:
        """One line: name, sizes, shape, and what the classes are called."""
        task, sizes = self.task, [len(self.train), len(self.validation), len(self.test)]
        names = ", ".join(self.classes[:10]) + (", …" if len(self.classes) > 10 else "")
        return (
            f"{self.name}: {' + '.join(f'{size:,}' for size in sizes)} images (train, validation, "
            f"test) of {task.channels} × {task.height} × {task.width}; "
            f"{task.classes} classes: {names}"
        )

    @cached_property
    def fingerprint(self) -> str:
        """The first 12 hexadecimal digits of a SHA-256 over all images and labels."""
        digest = hashlib.sha256()
        for split in (self.train, self.validation, self.test):
            for tensor in (split.images, split.labels):
                digest.update(str((tuple(tensor.shape), tensor.dtype)).encode())
                digest.update(tensor.contiguous().cpu().numpy().data)
        return digest.hexdigest()[:12]

    def described(self) -> dict[str, Any]:
        """Name, task, sizes, split seed and fingerprint as JSON values, for logs and panels.

        This is what a log is recognised by. The classes' names are not in it: they change no
        number of a run, and a log from before they were kept goes on as ever.
        """
        task = self.task
        return {
            "name": self.name,
            "task": [task.channels, task.height, task.width, task.classes],
            "sizes": [len(self.train), len(self.validation), len(self.test)],
            "split_seed": self.split_seed,
            "fingerprint": self.fingerprint,
        }


def assembled(
    name: str,
    train: Split,
    validation: Split,
    test: Split,
    *,
    classes: tuple[str, ...],
    split_seed: int = 0,
    flip: bool = False,
) -> ImageData:
    """Three splits as ``ImageData``; mean and deviation are measured on ``train``.

    ``classes`` are their names, by label. Raises ValueError where a class is missing from one.
    """
    counts = torch.stack(
        [torch.bincount(part.labels, minlength=len(classes)) for part in (train, validation, test)]
    )
    lacking = torch.nonzero((counts.sum(0) > 0) & (counts.amin(0) == 0)).flatten()
    if len(lacking):
        rare = int(lacking[0])
        raise ValueError(
            f"labels: class {called(rare, classes)} has {int(counts[:, rare].sum())} images, "
            "too few to be in train, validation and test: add images of it, leave it out, or make "
            "the parts larger"
        )
    _, channels, height, width = train.images.shape
    task = ImageTask(channels, height, width, len(classes))
    with torch.inference_mode(False):
        mean, deviation = _moments(train.images)
    return ImageData(
        name, task, train, validation, test, mean, deviation, split_seed, flip, classes
    )


def numbered(classes: int) -> tuple[str, ...]:
    """What classes without names are called: "0", "1", …."""
    return tuple(map(str, range(classes)))


def called(label: int, classes: tuple[str, ...]) -> str:
    """A class in a sentence: its number and, where it has one, its name: '3 ("cat")'."""
    return str(label) if classes[label] == str(label) else f'{label} ("{classes[label]}")'


def _moments(images: Images) -> tuple[Float32[Tensor, " c"], Float32[Tensor, " c"]]:
    means, squares = [], []
    for channel in images.unbind(1):  # one at a time: a float64 copy of everything is eight-fold
        values = channel.double()
        means.append(values.mean())
        squares.append(values.var(correction=0))
    deviation = torch.stack(squares).sqrt().float()
    # a constant channel carries nothing: leave its scale alone rather than divide by zero
    return torch.stack(means).float(), torch.where(deviation > 0, deviation, 1.0)


def normalised(
    images: Shaped[Tensor, "n c h w"], mean: Float32[Tensor, " c"], deviation: Float32[Tensor, " c"]
) -> Float32[Tensor, "n c h w"]:
    """Zero mean and unit deviation per channel."""
    return (images.float() - mean[:, None, None]) / deviation[:, None, None]


def stratified(labels: Labels, second: int, *, seed: int) -> tuple[Indices, Indices]:
    """Split 0 … n − 1 in two, ``second`` of them in the second part, classes in proportion.

    Shuffled, then sorted by class, then every (n / second)-th: each class has its share in the
    second part, rounded up or down.
    """
    n = len(labels)
    order = np.random.default_rng(seed).permutation(n)
    order = order[np.argsort(labels.numpy()[order], kind="stable")]
    chosen = np.zeros(n, bool)
    chosen[order[(2 * np.arange(second) + 1) * n // (2 * second)]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def divided(everything: Split, train: Any, validation: Any, *, seed: int) -> tuple[Split, Split]:
    """Two stratified parts of these sizes; what they leave over is left out.

    Raises ValueError where there are not as many images.
    """
    images, labels, n = everything.images, everything.labels, len(everything)
    first = checks.whole("train", train, least=1)
    second = checks.whole("validation", validation, least=1)
    if first + second > n:
        raise ValueError(
            f"train and validation: expected at least 1 each and {n} at most "
            f"together, got {train!r} and {validation!r}"
        )
    chosen = np.arange(n)
    if first + second < n:
        chosen = stratified(labels, first + second, seed=seed)[1]
    both = part(images, labels, chosen)
    parts = stratified(both.labels, second, seed=seed + 1)
    return part(both.images, both.labels, parts[0]), part(both.images, both.labels, parts[1])


def part(images: Images, labels: Labels, indices: Indices) -> Split:
    """The images at ``indices``, as a split of its own."""
    chosen = torch.from_numpy(indices)
    return Split(images[chosen], labels[chosen])
