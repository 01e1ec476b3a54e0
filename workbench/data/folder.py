"""The learner's own images from a folder with one sub-folder a class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from workbench import checks
from workbench.data.arguments import Judged, size_of
from workbench.data.arrays import from_arrays
from workbench.data.images import ImageData
from workbench.data.picture import Picture, ground_of, read_picture
from workbench.data.survey import surveyed

NO_VALUE = 1e30  # maps mark holes by −3.4e38: all else would be one grey beside it


def from_folder(
    path: Judged[str | Path],
    *,
    size: Judged[tuple[int, int] | None] = None,
    grey: Judged[bool] = False,
    ground: Judged[str] = "white",
    validation: Judged[float] = 0.2,
    test: Judged[float] = 0.2,
    flip: Judged[bool] = False,
    split_seed: Judged[int] = 0,
) -> ImageData:
    """Image files in one sub-folder a class; the sub-folders' names are the classes' names.

    Classes are numbered in the order of their names, "2" before "10". Images are as a viewer
    shows them: upright (EXIF), transparent parts in the colour ``ground``. Sixteen-bit grey is
    brought to 0 … 255 in fractions; of 32-bit and float files the least value in all of them
    becomes 0, the largest 255. Of an animation or of several pages the first is taken.

    ``size`` (height, width) scales every image; without it all must be of one size. ``grey``
    reads one channel instead of three. Hidden files, whose names begin with a dot, and what
    systems leave behind (``__MACOSX``, ``Thumbs.db``) are passed over; a warning says what else
    is not read.

    Raises OSError where there is no such folder or a file cannot be read, ValueError where the
    images cannot be used; both name the file.
    """
    root, scaled, colour = checks.path("path", path), size_of(size), ground_of(ground)
    grey = checks.yes_or_no("grey", grey)
    if not root.is_dir():
        what = "is a file; unpack it first" if root.exists() else "no such folder"
        raise FileNotFoundError(f"{root}: {what}; expected one sub-folder of images a class")
    found = surveyed(root)
    for sentence in found.left_out(root):
        warnings.warn(sentence, stacklevel=2)
    files = [file for _, own in found.classes for file in own]
    pictures = list[Picture]()
    for file in files:
        pictures.append(read_picture(file, size=scaled, grey=grey, ground=colour))
        _check_size(file, pictures)
    for sentence in _noticed(root, files, pictures, ground):
        warnings.warn(sentence, stacklevel=2)
    return from_arrays(
        _together(files, pictures),
        np.repeat(np.arange(len(found.classes)), [len(own) for _, own in found.classes]),
        name=_readable(root.name or root.resolve().name),
        classes=tuple(_readable(folder.name) for folder, _ in found.classes),
        channels="first",
        validation=validation,
        test=test,
        flip=flip,
        split_seed=split_seed,
    )


def _check_size(file: Path, pictures: Sequence[Picture]) -> None:
    first, last = pictures[0].pixels.shape[1:], pictures[-1].pixels.shape[1:]
    if last != first:
        raise ValueError(f"{file}: {last} pixels, others have {first}; say size=(height, width)")


def _noticed(
    root: Path, files: Sequence[Path], pictures: Sequence[Picture], ground: str
) -> list[str]:
    """What was met while reading and is no error, one sentence a kind, with number and place.

    Raises ValueError where not one drawing is to be seen.
    """
    pairs = list(zip(files, pictures, strict=True))
    moving = [file for file, picture in pairs if picture.frames > 1]
    gone = [file for file, picture in pairs if picture.vanishes]
    said = [(file, picture.said[0]) for file, picture in pairs if picture.said]
    sentences = []
    if gone:
        other = "black" if sum(ground_of(ground)) > 382 else "white"
        words = (
            f"{root}: {len(gone)} of {len(files)} images, such as {gone[0]}, are {ground} where "
            f"they are not transparent: on {ground} nothing of them is seen; say "
            f'ground="{other}", or, if nothing is seen there either, save them without transparency'
        )
        if len(gone) == len(files):
            raise ValueError(words)
        sentences.append(words)
    if moving:
        sentences.append(
            f"{root}: {len(moving)} file(s) hold several frames or pages, such as {moving[0]}: "
            "the first one is taken, the others are left out"
        )
    if said:
        file, words = said[0]
        sentences.append(f"{root}: {len(said)} file(s) read with a warning, {file}: {words}")
    return sentences


def _together(files: Sequence[Path], pictures: Sequence[Picture]) -> Shaped[np.ndarray, "n c h w"]:
    """All pictures on one scale. Raises ValueError where they have no common one."""
    pairs = list(zip(files, pictures, strict=True))
    free = [file for file, picture in pairs if picture.depth == 32]
    known = [file for file, picture in pairs if picture.depth != 32]
    if free and known:
        raise ValueError(
            f"{free[0]}: 32-bit values, as in {len(free)} files, have no scale in common with the "
            f"{len(known)} files of 8 or 16 bits, such as {known[0]}; save all in one format"
        )
    for file, picture in pairs:
        if picture.depth == 32 and not (np.abs(picture.pixels) < NO_VALUE).all():
            raise ValueError(
                f"{file}: a value is not finite, or so large that it stands for none; replace it "
                "or remove the file"
            )
    try:
        whole = np.stack([picture.pixels for picture in pictures])
    except MemoryError as error:
        raise ValueError(
            f"{files[0].parent.parent}: {len(files)} images of {pictures[0].pixels.shape[1:]} "
            "pixels do not fit into memory; say size=(height, width)"
        ) from error
    if not free:
        return whole
    low, high = float(whole.min()), float(whole.max())
    with np.errstate(all="ignore"):
        return ((whole - low) * (255 / (high - low or 1))).astype(np.float32)


def _readable(name: str) -> str:
    """A name that can be written down: bytes that are no text in it become "�"."""
    return os.fsencode(name).decode("utf-8", errors="replace")
