"""One image file: what a viewer shows is what is read."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from learners_images import (
    as_bytes,
    everything,
    folder_of,
    folder_of_images,
    quietly,
    random_pixels,
    read_as,
)
from PIL import EpsImagePlugin, Image, ImageOps

from workbench.data import from_folder


def drawing(i):
    """An alpha channel that holds all there is to see."""
    return random_pixels(i, (6, 5))


def on_white(alpha):
    black = Image.fromarray(np.dstack([np.zeros((6, 5, 3), np.uint8), alpha]))
    white = Image.new("RGBA", black.size, "white")
    white.alpha_composite(black)
    return np.asarray(white.convert("RGB"))


def rgba(i):
    return Image.fromarray(np.dstack([np.zeros((6, 5, 3), np.uint8), drawing(i)]))


def la(i):
    return Image.merge("LA", (Image.new("L", (5, 6)), Image.fromarray(drawing(i))))


@pytest.mark.parametrize(("make", "end"), [(rgba, ".png"), (la, ".png"), (rgba, ".tif")])
def test_a_drawing_in_the_alpha_channel_is_seen_on_white(tmp_path, make, end):
    root = folder_of(tmp_path, make, end)
    read_as(root, [on_white(drawing(i)) for i in range(10)])
    grey = [np.asarray(Image.fromarray(on_white(drawing(i))).convert("L")) for i in range(10)]
    read_as(root, grey, grey=True)


def palette(i):
    image = Image.fromarray(drawing(i) // 128, mode=None).convert("P")
    image.putpalette([0, 0, 0, 255, 0, 0])
    return image


def test_a_transparent_palette_colour_and_a_transparent_grey_show_the_ground(tmp_path):
    root = folder_of(tmp_path / "palette", palette, transparency=0)
    shown = [np.where(drawing(i)[..., None] < 128, [255, 255, 255], [255, 0, 0]) for i in range(10)]
    read_as(root, [each.astype(np.uint8) for each in shown])
    shown = [np.where(drawing(i)[..., None] < 128, [0, 0, 255], [255, 0, 0]) for i in range(10)]
    read_as(root, [each.astype(np.uint8) for each in shown], ground="blue")
    root = folder_of(
        tmp_path / "grey",
        lambda i: Image.fromarray((drawing(i) // 128 * 200).astype(np.uint8)),
        transparency=0,
    )
    shown = [np.where(drawing(i) < 128, 255, 200).astype(np.uint8) for i in range(10)]
    read_as(root, shown, grey=True)


def white_on_nothing(i):
    return Image.fromarray(np.dstack([np.full((6, 5, 3), 255, np.uint8), drawing(i)]))


def test_drawings_in_the_grounds_own_colour_are_refused_or_said(tmp_path):
    root = folder_of(tmp_path, white_on_nothing)
    with pytest.raises(ValueError, match=r'20 of 20 images, .*: on white .* ground="black", or'):
        from_folder(root)
    read_as(root, [drawing(i) for i in range(10)], ground="black", grey=True)
    for i in range(3, 10):
        rgba(i).save(root / "cat" / f"{i}.png")
    with pytest.warns(UserWarning, match=r'13 of 20 images, such as .*0\.png, .* ground="black"'):
        from_folder(root)
    root = folder_of(tmp_path / "empty", lambda i: Image.new("RGBA", (5, 6), (i, i, i, 0)))
    with pytest.raises(ValueError, match="without transparency"):
        from_folder(root)
    with pytest.raises(ValueError, match=r"^ground: expected a colour"):
        from_folder(root, ground="whitish")


def test_sixteen_bits_keep_the_order_of_their_grey_levels(tmp_path):
    levels = [random_pixels(i, (6, 5), 65_536, np.uint16) for i in range(10)]
    root = folder_of(tmp_path / "png", lambda i: Image.fromarray(levels[i]))
    data = quietly(root, grey=True)
    pixels = everything(data)
    assert pixels.dtype == torch.float32
    assert 0 <= pixels.min() < 1
    assert 254 < pixels.max() <= 255
    again = (pixels.double() * (65_535 / 255)).round().to(torch.int64).numpy()
    assert as_bytes(again.astype(np.uint16)) == as_bytes(each[None] for each in levels)
    colour = everything(quietly(root))
    assert colour.shape[1] == 3
    assert torch.equal(colour[:, 0], colour[:, 2])
    tiff = folder_of(tmp_path / "tiff", lambda i: Image.fromarray(levels[i]), end=".tif")
    assert quietly(tiff, grey=True).fingerprint == data.fingerprint


def test_sixteen_bits_lie_beside_eight_on_one_scale(tmp_path):
    eight = [random_pixels(i, (6, 5)) for i in range(10)]
    root = folder_of(tmp_path, lambda i: Image.fromarray(eight[i]))
    plain = everything(quietly(root, grey=True)).float()
    for i in range(10):
        Image.fromarray(eight[i].astype(np.uint16) * 257).save(root / "dog" / f"{i}.png")
    assert torch.equal(everything(quietly(root, grey=True)).round(), plain)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_32_bit_values_are_brought_to_one_scale_for_all_files(tmp_path, dtype):
    levels = [random_pixels(i, (6, 5), 3_000, dtype) - dtype(1_000) for i in range(10)]
    levels = [level / 7 for level in levels] if dtype == np.float32 else levels
    root = folder_of(tmp_path, lambda i: Image.fromarray(levels[i]), end=".tiff")
    pixels = everything(quietly(root, grey=True))
    assert (pixels.min(), pixels.max()) == (0, 255)
    low, high = min(map(np.min, levels)), max(map(np.max, levels))
    scale = 255 / (float(high) - float(low))
    wanted = [((each.astype(float) - float(low)) * scale).astype(np.float32) for each in levels]
    assert as_bytes(pixels.numpy()) == as_bytes(each[None] for each in wanted)
    small = everything(quietly(root, size=(3, 3)))
    assert small.shape[1:] == (3, 3, 3)
    assert small.min() >= 0
    assert small.max() <= 255


def test_32_bit_values_beside_others_have_no_scale(tmp_path):
    root = folder_of_images(tmp_path)
    Image.fromarray(random_pixels(0, (6, 5), 99, np.float32)).save(root / "dog" / "x.tif")
    with pytest.raises(ValueError, match=r"x\.tif: 32-bit values, as in 1 files, .* 20 files"):
        from_folder(root)


def test_tiny_values_are_read_whatever_numpy_was_told_to_raise(tmp_path):
    tiny = [random_pixels(i, (6, 5), 99, np.float64) * 1e-42 for i in range(10)]
    root = folder_of(tmp_path, lambda i: Image.fromarray(tiny[i].astype(np.float32)), end=".tif")
    with np.errstate(all="raise"):
        assert everything(quietly(root, size=(5, 5))).max() == 255


@pytest.mark.parametrize("hole", [np.nan, np.inf, -3.4e38])
def test_a_hole_in_a_map_is_no_grey_level(tmp_path, hole):
    holes = folder_of(
        tmp_path / "holes",
        lambda i: Image.fromarray(np.full((6, 5), hole if i == 7 else i, np.float32)),
        end=".tif",
    )
    with pytest.raises(ValueError, match=r"cat.7\.tif: a value is not finite"):
        from_folder(holes)


ORIENTATION = 0x0112


@pytest.mark.parametrize("end", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("shape", [(16, 16), (8, 16)])
def test_what_only_the_camera_turned_is_upright(tmp_path, end, turn, shape):
    """A bright corner in a dark image; each file is stored turned, and says how."""
    upright = np.zeros((*shape, 3), np.uint8)
    upright[: shape[0] // 2, : shape[1] // 2] = 255
    stored = np.asarray(ImageOps.exif_transpose(_marked(upright, _inverse(turn))))
    exif = Image.Exif()
    exif[ORIENTATION] = turn
    root = tmp_path / "turned"
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(upright).save(root / name / f"{i}{end}")
            if end == ".tif":
                Image.fromarray(stored).save(root / name / f"{i}t.tif", tiffinfo={274: turn})
            else:
                Image.fromarray(stored).save(root / name / f"{i}t{end}", exif=exif)
    pixels = everything(quietly(root, grey=True)).int()  # (20, 1, *shape): no error about sizes
    assert pixels.shape[2:] == shape
    assert ((pixels - torch.from_numpy(upright[:, :, 0].astype(int))).abs() < 60).all()


def _inverse(turn):
    return {6: 8, 8: 6}.get(turn, turn)


def _marked(pixels, turn):
    image = Image.fromarray(pixels)
    image.getexif()[ORIENTATION] = turn
    return image


def test_cmyk_and_one_bit_images_are_read_as_they_look(tmp_path):
    red = folder_of(tmp_path / "ink", lambda i: Image.new("CMYK", (5, 6), (0, 255, 255, 0)), ".tif")
    for i in range(10):
        Image.new("CMYK", (5, 6), (255, 255, 0, 0)).save(red / "dog" / f"{i}.tif")
    colours = {tuple(image[:, 0, 0].tolist()) for image in everything(quietly(red))}
    assert colours == {(255, 0, 0), (0, 0, 255)}
    assert everything(quietly(red, grey=True)).unique().tolist() == [29, 76]
    bits = folder_of(tmp_path / "bits", lambda i: Image.fromarray(drawing(i) > 127))
    read_as(
        bits, [np.where(drawing(i) > 127, 255, 0).astype(np.uint8) for i in range(10)], grey=True
    )


@pytest.mark.parametrize("end", [".gif", ".tif", ".webp", ".png"])
def test_of_several_frames_the_first_is_taken_and_said(tmp_path, end):
    frames = [Image.fromarray(np.full((6, 5, 3), grey, np.uint8)) for grey in (0, 128, 255)]
    root = folder_of_images(tmp_path, end=end)
    frames[0].save(root / "cat" / f"3{end}", save_all=True, append_images=frames[1:])
    with pytest.warns(UserWarning, match=rf"1 file\(s\) hold several frames .*cat.3\{end}"):
        data = from_folder(root)
    assert len(everything(data)) == 20
    assert (everything(data).flatten(1).float().mean(1) < 1).sum() == 1  # the black frame


# ---------------------------------------------------------------------- files that are trouble


def test_a_scan_that_pillow_fears_is_named(tmp_path, monkeypatch):
    root = folder_of_images(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    Image.fromarray(random_pixels(0, (20, 25, 3))).save(root / "dog" / "scan.png")
    with pytest.raises(OSError, match=r"scan\.png: too large .*MAX_IMAGE_PIXELS"):
        from_folder(root, size=(6, 5))
    Image.fromarray(random_pixels(0, (15, 15, 3))).save(root / "dog" / "scan.png")
    assert quietly(root, size=(6, 5)).task.height == 6  # large, and Pillow would only warn


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"BM"]
)
def test_a_file_that_is_no_image_is_named_whatever_pillow_raises(tmp_path, content):
    root = folder_of_images(tmp_path)
    (root / "dog" / "x.png").write_bytes(content)
    with pytest.raises(OSError, match=r"x\.png: not a readable image"):
        from_folder(root)


def test_a_program_that_poses_as_an_image_is_not_run(tmp_path, monkeypatch):
    root, run = folder_of_images(tmp_path), []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *given: run.append(given))
    Image.fromarray(random_pixels(0, (6, 5, 3))).save(root / "dog" / "x.png", format="EPS")
    with pytest.raises(OSError, match=r"x\.png: not a readable image \(PostScript, a program"):
        from_folder(root)
    assert run == []


@pytest.mark.parametrize("end", [".png", ".jpg", ".gif", ".tif", ".webp", ".bmp"])
def test_files_damaged_anywhere_are_read_or_named(tmp_path, end):
    root = folder_of(tmp_path, lambda i: Image.fromarray(random_pixels(i, (16, 16, 3))), end)
    whole = (root / "dog" / f"4{end}").read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        raw = bytearray(whole)
        for place in rng.integers(0, len(raw), 4):
            raw[place] = rng.integers(256)
        (root / "dog" / f"4{end}").write_bytes(raw[: rng.integers(1, len(raw) + 1)])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from_folder(root)
        except (OSError, ValueError) as error:
            assert f"4{end}" in str(error)  # noqa: PT017
