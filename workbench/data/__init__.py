"""Images and text to learn from, split once into train, validation and test.

- ``images``: ``ImageData``, the one value that everything else takes
- ``handwritten``: ``digits()``, offline, ships with scikit-learn (a module ``digits`` would hide
  the function of that name) · ``fashion``, ``cifar``: local files first, else one download
- ``downloads``: with checksums
- ``arrays``, ``folder``: the learner's own images · ``given``, ``collected``, ``layout``,
  ``pixels``, ``labels``: what an array must be · ``survey``, ``picture``: a folder looked through,
  a file read
- ``text``: ``TextData``, ``library_text()``, offline, what Python says about itself
- ``arguments``: what all of these take
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.data.arrays import from_arrays
    from workbench.data.cifar import cifar10
    from workbench.data.fashion import fashion_mnist
    from workbench.data.folder import from_folder
    from workbench.data.handwritten import digits
    from workbench.data.images import ImageData, Split
    from workbench.data.text import TextData, from_text, library_text

_ROOMS = {
    "ImageData": "images",
    "Split": "images",
    "TextData": "text",
    "cifar10": "cifar",
    "digits": "handwritten",
    "fashion_mnist": "fashion",
    "from_arrays": "arrays",
    "from_folder": "folder",
    "from_text": "text",
    "library_text": "text",
}

__all__ = [
    "ImageData",
    "Split",
    "TextData",
    "cifar10",
    "digits",
    "fashion_mnist",
    "from_arrays",
    "from_folder",
    "from_text",
    "library_text",
]

__getattr__ = lazy(__name__, _ROOMS)
