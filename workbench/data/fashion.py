"""Fashion-MNIST: 70,000 grey images of clothes, 28 × 28 pixels, ten classes.

Xiao, Rasul & Vollgraf (2017), arXiv:1708.07747. The files are in the IDX format: two zero bytes,
a type code (8: unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit
number, then the values.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from workbench import checks
from workbench.data.arguments import Judged, split_seed_of
from workbench.data.downloads import cache, fetched
from workbench.data.images import ImageData, Split, assembled, divided

URL = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
FILES = {  # MD5 sums as the data set's own README lists them
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}
CLASSES = (  # by label, as the data set's own README lists them
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # the package dataset-fashion-mnist


def fashion_mnist(
    *,
    folder: Judged[str | Path | None] = None,
    train: Judged[int] = 50_000,
    validation: Judged[int] = 10_000,
    split_seed: Judged[int] = 0,
) -> ImageData:
    """Fashion-MNIST: ``train`` and ``validation`` of its 60,000 training images, 10,000 for test.

    Read from ``folder`` if given, else from where Debian's package dataset-fashion-mnist puts it,
    else from the cache, downloaded once (30 MB). Smaller numbers give a quicker, stratified part.

    Raises OSError where files are missing and cannot be downloaded, ValueError where one is
    truncated or corrupt, or ``train`` and ``validation`` are out of range.
    """
    place = checks.path("folder", folder) if folder is not None else found()
    split_seed = split_seed_of(split_seed)
    train = checks.whole("train", train, least=1)
    validation = checks.whole("validation", validation, least=1)
    arrays = [read_idx(_file(place, name)) for name in FILES]
    images, labels, test_images, test_labels = arrays
    for pictures, answers, n in ((images, labels, 60_000), (test_images, test_labels, 10_000)):
        if pictures.shape != (n, 28, 28) or answers.shape != (n,) or answers.max() > 9:
            raise ValueError(
                f"{place}: expected {n} images of 28 × 28 with labels 0 … 9, got "
                f"{pictures.shape} and {answers.shape}: these are not Fashion-MNIST's files"
            )
    first, second = divided(_split(images, labels), train, validation, seed=split_seed)
    return assembled(
        "fashion-mnist",
        first,
        second,
        _split(test_images, test_labels),
        classes=CLASSES,
        split_seed=split_seed,
        flip=True,
    )


def found() -> Path | None:
    """The folder in which the files already lie on this machine, if there is one."""
    for place in (DEBIAN, cache() / "fashion-mnist"):
        if all(_present(place, name) for name in FILES):
            return place
    return None


def _split(images: UInt8[np.ndarray, "n h w"], labels: UInt8[np.ndarray, " n"]) -> Split:
    return Split(
        torch.from_numpy(images[:, None].copy()), torch.from_numpy(labels.astype(np.int64))
    )


def _present(place: Path, name: str) -> Path | None:
    for file in (place / name, place / name.removesuffix(".gz")):
        if file.is_file():
            return file
    return None


def _file(place: Path | None, name: str) -> Path:
    instead = (
        f"Work with digits(), which needs no network, or put the four files {', '.join(FILES)} "
        "into a folder and say fashion_mnist(folder=…); on Debian and Ubuntu: "
        "apt install dataset-fashion-mnist"
    )
    if place is None:
        return fetched(URL + name, FILES[name], cache() / "fashion-mnist", instead=instead)
    file = _present(place, name)
    if file is None:
        raise FileNotFoundError(f"{place}: no file {name} (with or without .gz). {instead}")
    return file


def read_idx(path: Path) -> UInt8[np.ndarray, "..."]:
    """An IDX file of unsigned bytes, gzipped or not. Raises ValueError where it is damaged."""
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(
                f"{path}: truncated or corrupt ({error}); delete it and get it again"
            ) from error
    if len(raw) < 4 or raw[:3] != b"\x00\x00\x08" or not raw[3]:
        raise ValueError(f"{path}: not an IDX file of bytes: it starts with {raw[:4]!r}")
    start = 4 + 4 * raw[3]
    if len(raw) < start:
        raise ValueError(f"{path}: truncated or corrupt: it ends in its header; get it again")
    shape = tuple(int(size) for size in np.frombuffer(raw[4:start], ">u4"))
    if len(raw) - start != math.prod(shape):
        raise ValueError(
            f"{path}: truncated or corrupt: {math.prod(shape)} values announced for shape {shape}, "
            f"{len(raw) - start} are there; delete it and get it again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
