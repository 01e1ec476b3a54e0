"""CIFAR-10: 60,000 colour photographs, 32 × 32 pixels, ten classes (Krizhevsky, 2009).

The binary version, never the pickled one: reading a pickle runs whatever it says. A record is one
byte of label and 3 × 32 × 32 bytes of image, channel by channel, row by row.
"""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from jaxtyping import UInt8

from workbench import checks
from workbench.data.arguments import Judged, split_seed_of
from workbench.data.downloads import cache, fetched
from workbench.data.images import ImageData, Split, assembled, divided

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
SHA256 = "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
ARCHIVE = "cifar-10-binary.tar.gz"
TRAIN = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST = ("test_batch.bin",)
IMAGES = 10_000  # in each file
RECORD = 1 + 3 * 32 * 32  # bytes
CLASSES = (  # by label, as batches.meta.txt lists them
    "airplane", "automobile", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
INSTEAD = (
    "Work with digits(), which needs no network, or put cifar-10-binary.tar.gz (or the six .bin "
    "files in it) into a folder and say cifar10(folder=…)"
)


def cifar10(
    *,
    folder: Judged[str | Path | None] = None,
    train: Judged[int] = 45_000,
    validation: Judged[int] = 5_000,
    split_seed: Judged[int] = 0,
) -> ImageData:
    """CIFAR-10: ``train`` and ``validation`` of its 50,000 training images, 10,000 for test.

    Read from ``folder`` if given (the archive, or its .bin files), else from the cache, downloaded
    once (162 MB). Smaller numbers give a quicker, stratified part.

    Raises OSError where files are missing and cannot be downloaded, ValueError where one is
    truncated or corrupt, or ``train`` and ``validation`` are out of range.
    """
    place = checks.path("folder", folder) if folder is not None else found()
    split_seed = split_seed_of(split_seed)
    train = checks.whole("train", train, least=1)
    validation = checks.whole("validation", validation, least=1)
    if place is None:
        place = fetched(URL, SHA256, cache() / "cifar-10", instead=INSTEAD).parent
    files = _files(place)
    everything = _split(place, [files[name] for name in TRAIN])
    first, second = divided(everything, train, validation, seed=split_seed)
    test = _split(place, [files[name] for name in TEST])
    return assembled(
        "cifar-10", first, second, test, classes=CLASSES, split_seed=split_seed, flip=True
    )


def found() -> Path | None:
    """The folder in which the archive already lies on this machine, if there is one."""
    place = cache() / "cifar-10"
    return place if (place / ARCHIVE).is_file() else None


def _files(place: Path) -> dict[str, bytes]:
    loose = place / "cifar-10-batches-bin" if (place / "cifar-10-batches-bin").is_dir() else place
    if all((loose / name).is_file() for name in (*TRAIN, *TEST)):
        return {name: (loose / name).read_bytes() for name in (*TRAIN, *TEST)}
    archive = place if place.is_file() else place / ARCHIVE
    if not archive.is_file():
        raise FileNotFoundError(f"{place}: neither {ARCHIVE} nor its .bin files. {INSTEAD}")
    files = {}
    try:
        with tarfile.open(archive) as tar:  # read in place: nothing is unpacked onto the disk
            for member in tar:
                inside = tar.extractfile(member) if member.isfile() else None
                if inside is not None:
                    files[PurePosixPath(member.name).name] = inside.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"{archive}: truncated or corrupt ({error}); delete it and get it again"
        ) from error
    missing = [name for name in (*TRAIN, *TEST) if name not in files]
    if missing:
        raise ValueError(f"{archive}: no {missing[0]} in it: is it CIFAR-10's *binary* version?")
    return files


def _split(place: Path, files: list[bytes]) -> Split:
    pictures, answers = zip(*(read_records(place, raw) for raw in files), strict=True)
    images = torch.from_numpy(np.concatenate(pictures))  # (n, 3, 32, 32)
    return Split(images, torch.from_numpy(np.concatenate(answers).astype(np.int64)))


def read_records(
    place: Path, raw: bytes
) -> tuple[UInt8[np.ndarray, "n 3 32 32"], UInt8[np.ndarray, " n"]]:
    """Images and labels of one binary file. Raises ValueError where it is damaged."""
    if len(raw) != IMAGES * RECORD:
        raise ValueError(
            f"{place}: truncated or corrupt: expected {IMAGES * RECORD} bytes a file, got "
            f"{len(raw)}; delete it and get it again"
        )
    records = np.frombuffer(raw, np.uint8).reshape(IMAGES, RECORD)
    if records[:, 0].max() > 9:
        raise ValueError(f"{place}: corrupt: a label is {records[:, 0].max()}, expected 0 … 9")
    return records[:, 1:].reshape(IMAGES, 3, 32, 32).copy(), records[:, 0].copy()
