"""Handwritten digits, 8 × 8 pixels: ships inside scikit-learn, so it needs no network.

1,797 images of 43 people (Alpaydin & Kaynak, 1998), the offline default of every notebook.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from workbench.data.arguments import Judged
from workbench.data.arrays import from_arrays
from workbench.data.images import ImageData


def digits(*, split_seed: Judged[int] = 0) -> ImageData:
    """The 1,797 digits: 60 % train, 20 % validation, 20 % test; images (1, 8, 8), ten classes."""
    loaded = load_digits()
    pixels = np.rint(loaded.images * (255 / 16)).astype(np.uint8)  # sixteen grey levels to 0 … 255
    labels = loaded.target.astype(np.int64)
    return from_arrays(pixels, labels, name="digits", split_seed=split_seed)
