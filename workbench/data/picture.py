"""One image file as an array of pixels: what a viewer shows, not what the file happens to store.

Transparent parts show a ground, a camera's orientation turns the image, a palette's numbers are
looked up. Grey levels beyond eight bits are kept apart. Colour profiles are not applied.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Shaped
from PIL import Image, ImageColor, ImageOps

Depth: TypeAlias = Literal[8, 16, 32]  # bits: 0 … 255, the same in finer steps, any numbers


@dataclass(frozen=True)
class Picture:
    """Pixels (c, h, w): uint8 at ``depth`` 8, 0 … 255 as float32 at 16, raw float64 at 32.

    ``frames`` is how many the file holds; the first one is here. ``vanishes``: parts are
    transparent, and on this ground nothing is to be seen. ``said`` is what Pillow warned of.
    """

    pixels: Shaped[np.ndarray, "c h w"]
    depth: Depth
    frames: int
    vanishes: bool
    said: tuple[str, ...]


def ground_of(given: Any) -> tuple[int, int, int]:
    """A colour's red, green and blue, 0 … 255. Raises ValueError for what is no colour."""
    try:
        red, green, blue = ImageColor.getrgb(given)[:3]
    except (ValueError, AttributeError, TypeError):
        raise ValueError(
            f'ground: expected a colour such as "white", "black" or "#808080", got {given!r}'
        ) from None
    return red, green, blue


@np.errstate(all="ignore")  # whatever the caller's NumPy is told to raise
def read_picture(
    file: Path, *, size: tuple[int, int] | None, grey: bool, ground: tuple[int, int, int]
) -> Picture:
    """The image in ``file``: upright, on its ``ground``, scaled to ``size`` (height, width).

    Raises OSError, naming the file, where it cannot be read.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # many pixels, yet not too many for Pillow: it is read, so there is nothing to say
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(file) as image:
                if image.format == "EPS":  # whatever its name ends in: Pillow would run Ghostscript
                    raise ValueError("PostScript, a program, which is not run")
                frames = _frames(image)
                image.load()
                pixels, depth, vanishes = _seen(_upright(image), size, grey, ground)
        except Image.DecompressionBombError as error:
            raise OSError(
                f"{file}: too large ({error}); save it smaller, or, if the file is yours, allow "
                "it by PIL.Image.MAX_IMAGE_PIXELS = None"
            ) from error
        except MemoryError as error:
            raise OSError(f"{file}: does not fit into memory; save it smaller") from error
        except Exception as error:  # its readers raise what they like: SyntaxError, struct.error
            raise OSError(
                f"{file}: not a readable image ({error}); remove or replace it"
            ) from error
    said = tuple(str(warning.message) for warning in caught)
    return Picture(pixels, depth, frames, vanishes, said)


def _frames(image: Image.Image) -> int:
    # a telephone's JPEG holds its own preview or depth map as a further "frame"
    return 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a damaged note about the image: viewers show it as it lies
        return image


def _seen(
    image: Image.Image, size: tuple[int, int] | None, grey: bool, ground: tuple[int, int, int]
) -> tuple[Shaped[np.ndarray, "c h w"], Depth, bool]:
    if image.mode == "F" or image.mode.startswith("I"):
        values, depth = _deep(image, ground)
        values = _resized(values, size)[None]  # (1, h, w)
        return (values if grey else np.repeat(values, 3, axis=0)), depth, False
    vanishes = False
    if image.has_transparency_data:
        image, vanishes = _on_ground(image, ground)
    if image.mode not in ("1", "L", "P", "RGB"):
        image = image.convert("RGB")
    plain = image.convert("L" if grey else "RGB")
    if size is not None:
        plain = plain.resize((size[1], size[0]))
    array = np.asarray(plain)
    return (array[None] if grey else array.transpose(2, 0, 1)), 8, vanishes  # (c, h, w)


def _on_ground(image: Image.Image, ground: tuple[int, int, int]) -> tuple[Image.Image, bool]:
    if image.mode == "La":  # premultiplied: Pillow converts it in two steps only
        image = image.convert("LA")
    drawn = image.convert("RGBA")
    flat = Image.new("RGBA", drawn.size, (*ground, 255))
    flat.alpha_composite(drawn)
    shown, alpha = flat.convert("RGB"), np.asarray(drawn)[:, :, 3]
    colours = np.asarray(shown).reshape(-1, 3)
    vanishes = alpha.min() < 255 and bool((colours == ground).all())
    return shown, vanishes


def _deep(
    image: Image.Image, ground: tuple[int, int, int]
) -> tuple[Shaped[np.ndarray, "h w"], Depth]:
    """Grey levels beyond eight bits: 16 are brought to 0 … 255 in fractions, others kept."""
    values = np.asarray(image)
    # Pillow's "I" is 32 bits wide also where a format's numbers end at 65,535
    wide = image.mode == "I" and image.format in ("PNG", "PPM")
    if not (wide or image.mode.startswith("I;16")):
        return values.astype(np.float64), 32
    scaled = values.astype(np.float32) * np.float32(255 / 65_535)
    hole = image.info.get("transparency")
    if isinstance(hole, int):  # the one grey level that stands for "nothing here"
        scaled[values == hole] = np.asarray(Image.new("RGB", (1, 1), ground).convert("L"))[0, 0]
    return scaled, 16


def _resized(
    values: Shaped[np.ndarray, "h w"], size: tuple[int, int] | None
) -> Shaped[np.ndarray, "_ _"]:
    if size is None:
        return values
    image = Image.fromarray(values.astype(np.float32)).resize((size[1], size[0]))
    # a cubic overshoots at edges: there are no levels beyond those that were there
    return np.asarray(image).clip(values.min(), values.max()).astype(values.dtype)
