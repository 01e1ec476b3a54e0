"""What is on a picture that a panel or a notebook holds as markup."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image


def ink(markup: str) -> bytes:
    """The first picture's file."""
    found = re.search(r"base64,([\w+/=]+)", markup)
    assert found is not None, "there is no picture"
    return base64.b64decode(found[1])


def pixels(markup: str, mode: str = "RGB") -> np.ndarray:
    """The first picture's pixels, (height, width, 3); (height, width) in mode "L"."""
    return np.asarray(Image.open(io.BytesIO(ink(markup))).convert(mode))
