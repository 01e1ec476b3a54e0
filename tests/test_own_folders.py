"""The learner's own image files: which are read, and what is said of the others."""

from __future__ import annotations

import os
import re
import shutil

import numpy as np
import pytest
import torch
from learners_images import everything, folder_of, folder_of_images, quietly, random_pixels, read_as
from PIL import Image

from workbench.data import cifar10, fashion_mnist, from_folder
from workbench.data.survey import SUFFIXES
from workbench.records import ImageTask


def test_from_folder_reads_one_sub_folder_a_class(tmp_path):
    data = quietly(folder_of_images(tmp_path))
    assert data.task == ImageTask(3, 6, 5, 2)
    assert data.classes == ("cat", "dog")
    assert quietly(tmp_path, grey=True, size=(8, 8)).task == ImageTask(1, 8, 8, 2)
    read_as(tmp_path, [random_pixels(i) for i in range(10)])


def test_from_folder_says_what_is_wrong_and_where(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="at least 2, got \\['cat'\\]"):
        from_folder(folder_of_images(tmp_path / "one", classes=("cat",)))
    with pytest.raises(ValueError, match=r"1\.png: .* say size="):
        from_folder(folder_of_images(tmp_path / "mixed", sizes=((6, 5), (5, 6))))
    root = folder_of_images(tmp_path / "broken")
    whole = (root / "dog" / "4.png").read_bytes()
    (root / "dog" / "4.png").write_bytes(whole[:60])
    with pytest.raises(OSError, match=r"4\.png: not a readable image"):
        from_folder(root)
    (root / "bird").mkdir()
    with pytest.raises(ValueError, match="bird: no images"):
        from_folder(root)
    (tmp_path / "photos.zip").touch()
    with pytest.raises(FileNotFoundError, match=r"photos\.zip: is a file; unpack it"):
        from_folder(tmp_path / "photos.zip")


# ---------------------------------------------------------------------- nothing is left out unsaid


def test_hidden_things_and_what_systems_leave_behind_are_passed_over(tmp_path):
    root = folder_of_images(tmp_path)
    plain = quietly(root).fingerprint
    (root / ".ipynb_checkpoints").mkdir()  # JupyterLab leaves these
    (root / "cat" / "._0.png").write_bytes(b"what macOS leaves")
    shutil.copytree(root / "cat", root / "__MACOSX" / "cat")
    shutil.copytree(root / "cat", root / "dog" / "@eaDir")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "cat/.DS_Store", "dog/Thumbs.db"):
        (root / name).write_bytes(b"litter")
    assert quietly(root).fingerprint == plain


@pytest.mark.parametrize("end", SUFFIXES)
def test_every_suffix_is_read_in_capitals_too(tmp_path, end):
    if end == ".pfm":
        make = lambda i: Image.fromarray(random_pixels(i, (16, 16), 9, np.float32))  # noqa: E731
    elif end in (".pbm", ".pgm"):
        make = lambda i: Image.fromarray(random_pixels(i, (16, 16)))  # noqa: E731
    else:
        make = lambda i: Image.fromarray(random_pixels(i, (16, 16, 3)))  # noqa: E731
    kind = {".ico": {"sizes": [(16, 16)]}, ".apng": {"format": "PNG"}}.get(end, {})
    root = folder_of(tmp_path, make, end, **kind)
    for i in range(5):
        (root / "cat" / f"{i}{end}").rename(root / "cat" / f"{i}{end.upper()}")
    data = quietly(root)
    assert len(everything(data)) == 20


def test_tiffs_beside_pngs_are_read(tmp_path):
    root = folder_of_images(tmp_path)
    for i in range(40):
        Image.fromarray(random_pixels(100 + i)).save(root / "cat" / f"{i}.tif")
    assert len(everything(quietly(root))) == 60


def test_images_in_deeper_folders_are_said_with_number_and_place(tmp_path):
    root = folder_of_images(tmp_path)
    folder_of_images(root / "cat", classes=("more", "yet more"))
    with pytest.warns(UserWarning, match=r"20 image\(s\) in folders inside .*cat.more.0\.png"):
        data = from_folder(root)
    assert len(everything(data)) == 20


def test_a_folder_too_high_names_the_right_one(tmp_path):
    for part in ("test", "train"):
        folder_of_images(tmp_path / part)
    with pytest.raises(ValueError, match=r"20 image\(s\) lie deeper, such as .*0\.png") as caught:
        from_folder(tmp_path)
    folder = re.search(r"say from_folder\('(.*)'\)", str(caught.value))[1]
    assert from_folder(folder).classes == ("cat", "dog")


def test_a_wrapping_folder_is_named(tmp_path):
    folder_of_images(tmp_path / "pets")
    (tmp_path / "__MACOSX").mkdir()
    with pytest.raises(ValueError, match=r"pets: no images; .* say from_folder\('.*pets'\)"):
        from_folder(tmp_path)


def test_images_of_no_class_and_files_of_other_kinds_are_said(tmp_path):
    root = folder_of_images(tmp_path)
    Image.fromarray(random_pixels()).save(root / "loose.png")
    (root / "cat" / "scan").write_bytes((root / "cat" / "0.png").read_bytes())
    (root / "dog" / "photo.heic").touch()
    with pytest.warns(UserWarning, match="left out") as said:
        from_folder(root)
    words = "\n".join(str(each.message) for each in said)
    assert re.search(r"1 image\(s\) beside the classes' folders, .*loose\.png", words)
    assert re.search(r"2 file\(s\) whose names do not end like .*scan", words)


def test_only_images_and_no_folders_is_said(tmp_path):
    for i in range(3):
        Image.fromarray(random_pixels(i)).save(tmp_path / f"{i}.png")
    with pytest.raises(ValueError, match=r"at least 2, got \[\] and 3 images that are in none"):
        from_folder(tmp_path)


def test_a_class_of_other_files_says_which(tmp_path):
    root = folder_of_images(tmp_path)
    (root / "owl").mkdir()
    for i in range(4):
        (root / "owl" / f"{i}.npy").touch()
    with pytest.raises(ValueError, match=r"owl: no images; .* 4 other file\(s\) .* 0\.npy"):
        from_folder(root)


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    root = folder_of_images(tmp_path)
    os.mkfifo(root / "cat" / "x.png")  # opening it would wait for a writer for ever
    (root / "cat" / "z.png").symlink_to(root / "cat" / "x.png")
    (root / "dog" / "y.png").mkdir()
    with pytest.warns(UserWarning, match=r"2 file\(s\) .*x\.png"):
        from_folder(root)


def test_a_link_that_leads_back_up_is_no_endless_folder(tmp_path):
    root = folder_of_images(tmp_path)
    (root / "cat" / "up").symlink_to(root)
    assert len(everything(quietly(root))) == 20


# ---------------------------------------------------------------------- names


def test_numeric_names_are_in_numeric_order(tmp_path):
    root = folder_of_images(tmp_path, classes=[str(i) for i in range(12)])
    data = quietly(root)
    assert data.classes == tuple(str(i) for i in range(12))
    Image.new("RGB", (5, 6), "red").save(root / "2" / "0.png")
    red = torch.tensor([255, 0, 0], dtype=torch.uint8)[:, None, None]
    parts = (quietly(root).train, quietly(root).validation, quietly(root).test)
    labels = [part.labels[(part.images == red).all((1, 2, 3))].tolist() for part in parts]
    assert sum(labels, []) == [2]  # noqa: RUF017


@pytest.mark.parametrize(
    "names",
    [
        ("-1", "0", "0.5", "1", "10"),
        ("class 1", "class 2", "class 10"),
        ("007", "8", "10"),
        ("2 cats", "10 cats", "dogs"),
        ("Abyssinian", "bengal", "ägyptische Mau", "²"),
    ],
)
def test_numbers_in_names_count(tmp_path, names):
    root = folder_of_images(tmp_path, classes=sorted(names))
    expected = names if names[0] != "Abyssinian" else tuple(sorted(names))
    assert quietly(root).classes == expected


def test_the_name_of_a_rare_class_is_in_the_error(tmp_path):
    root = folder_of_images(tmp_path)
    for i in range(1, 10):
        (root / "dog" / f"{i}.png").unlink()
    with pytest.raises(ValueError, match=r'class 1 \("dog"\) has 1 images'):
        from_folder(root)


def test_names_that_are_no_text_can_be_written_down(tmp_path):
    root = folder_of_images(tmp_path / "x")
    os.rename(os.fsencode(root / "cat"), os.fsencode(root) + b"/caf\xe9")
    assert quietly(root).classes == ("caf�", "dog")


def test_the_data_is_named_after_its_folder_wherever_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(folder_of_images(tmp_path / "pets"))
    assert quietly(".").name == quietly("../pets/").name == "pets"


# ---------------------------------------------------------------------- others' errors


@pytest.mark.parametrize(
    "size",
    [8, (8,), (8, 8, 3), "8x8", (0, 8), (8, -1), (8.5, 8), (8, 10**6), {8, 9}, True, object()],
)
def test_a_size_that_is_none_is_refused(tmp_path, size):
    with pytest.raises(ValueError, match=r"^size: expected \(height, width\)") as caught:
        from_folder(folder_of_images(tmp_path), size=size)
    if size == 8:
        assert "say size=(8, 8)" in str(caught.value)


def test_sizes_of_numpys_and_lists_are_sizes(tmp_path):
    root = folder_of_images(tmp_path)
    for size in ([8, 9], np.array([8, 9]), (np.int64(8), 9), torch.tensor([8, 9])):
        assert quietly(root, size=size).task == ImageTask(3, 8, 9, 2)


@pytest.mark.parametrize("path", [None, "", "  ", 5, b"photos", "a\0b", ["a"]])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match=r"^path: expected a path"):
        from_folder(path)


def test_settings_that_are_none_are_refused(tmp_path):
    root = folder_of_images(tmp_path)
    for name, value in {"grey": "yes", "flip": 1, "split_seed": None, "validation": "x"}.items():
        with pytest.raises(ValueError, match=rf"^{name}"):
            from_folder(root, **{name: value})


def test_a_home_is_a_home_everywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder_of_images(tmp_path / "pets")
    assert from_folder("~/pets").name == "pets"
    for load in (fashion_mnist, cifar10):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "empty"))):
            load(folder="~/empty")
        with pytest.raises(ValueError, match=r"^folder: ~nobody-here/x: .* without ~"):
            load(folder="~nobody-here/x")
        with pytest.raises(ValueError, match=r"^split_seed: "):
            load(folder="~/empty", split_seed=None)
    with pytest.raises(ValueError, match=r"^path: ~nobody-here: "):
        from_folder("~nobody-here")
