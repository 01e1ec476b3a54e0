"""The table's own images, as many of them as a notebook needs: they travel with the package.

Fashion-MNIST (Xiao, Rasul & Vollgraf 2017; MIT licence), averaged to 7 × 7. So a supernet can be
trained offline on what the table's cells were trained on, and be held against the table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.data.images import ImageData, Split, assembled
from workbench.recordings import recording

FILE = "fashion-7x7-images.npz"
SCALE = 16  # means of 4 × 4 bytes are whole numbers of sixteenths
PARTS = ("train", "validation", "test")


def table_images(path: Path | None = None) -> ImageData:
    """All 4,000 training images of the table, 1,000 to validate and 500 to test.

    ``path``: another such file (None: the package's).
    """
    with np.load(recording(FILE) if path is None else path) as file:
        splits = [
            Split(
                torch.from_numpy(file[part].astype(np.float32) / SCALE)[:, None],
                torch.from_numpy(file[f"{part} labels"].astype(np.int64)),
            )
            for part in PARTS
        ]
        classes = tuple(map(str, file["classes"]))
    return assembled("fashion-mnist / 4", *splits, classes=classes, flip=True)


def write(data: ImageData, path: Path) -> None:
    """Images of one channel, whole numbers of sixteenths, as ``table_images`` reads them."""
    columns: dict[str, Any] = {"classes": np.array(data.classes)}
    for part in PARTS:
        split: Split = getattr(data, part)
        columns[part] = (SCALE * split.images[:, 0]).round().numpy().astype(np.uint16)
        columns[f"{part} labels"] = split.labels.numpy().astype(np.uint8)
    np.savez_compressed(path, **columns)
