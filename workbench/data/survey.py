"""What lies in a folder of images, before any of it is read: nothing is passed over unsaid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# what Pillow reads and people have
SUFFIXES = (
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp", ".avif",
    ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".tga", ".jp2", ".j2k", ".ico",
)  # fmt: skip
# what systems and programs leave in folders, besides names that begin with a dot
LITTER = frozenset(
    (
        "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin",
        "system volume information", "lost+found", "__pycache__",
    )
)  # fmt: skip


NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Survey:
    """The classes' folders, each with its images, and what belongs to no class.

    ``loose`` images lie beside the classes' folders, ``deeper`` ones in folders inside of them;
    ``others`` are files whose names do not end like an image's.
    """

    classes: tuple[tuple[Path, tuple[Path, ...]], ...]
    loose: tuple[Path, ...]
    deeper: tuple[Path, ...]
    others: tuple[Path, ...]

    def left_out(self, root: Path) -> Iterator[str]:
        """One sentence for each kind of file that is there and is not read."""
        kinds = (
            (self.loose, "image(s) beside the classes' folders, so of no class"),
            (self.deeper, "image(s) in folders inside the classes' folders"),
            (self.others, "file(s) whose names do not end like an image's (rename those that are)"),
        )
        for files, words in kinds:
            if files:
                yield f"{root}: left out: {len(files)} {words}, such as {files[0]}"


def surveyed(root: Path) -> Survey:
    """Look through ``root``, one sub-folder a class.

    Raises ValueError where there are fewer than two classes or one has no images, with where they
    are instead; OSError where a folder cannot be read.
    """
    folders, files = _listed(root)
    loose = [file for file in files if is_image(file)]
    others = [file for file in files if not is_image(file)]
    classes, deeper, empty = [], list[Path](), list[Path]()
    for folder in sorted(folders, key=_in_order(folders)):
        inner, files = _listed(folder)
        own = tuple(file for file in files if is_image(file))
        below = [file for each in inner for file in _below(each)]
        deeper += [file for file in below if is_image(file)]
        others += [file for file in (*files, *below) if not is_image(file)]
        classes.append((folder, own))
        if not own:
            empty.append(folder)
    if empty:
        raise ValueError(_without_images(root, empty[0], deeper, others))
    if len(classes) < 2:
        names = [folder.name for folder, _ in classes]
        beside = f" and {len(loose)} images that are in none of them" if loose else ""
        raise ValueError(
            f"{root}: expected one sub-folder a class, at least 2, got {names}{beside}"
        )
    return Survey(tuple(classes), tuple(loose), tuple(deeper), tuple(others))


def is_image(file: Path) -> bool:
    """Whether the file's name ends as an image's does, in capitals or not; a pipe is none.

    A link that leads nowhere is one, which cannot be read; one that leads to a pipe is none.
    """
    return file.suffix.lower() in SUFFIXES and (file.is_file() or not file.exists())


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Folders and files, sorted, without hidden things and litter."""
    seen = [
        child
        for child in sorted(folder.iterdir())
        if not child.name.startswith(".") and child.name.casefold() not in LITTER
    ]
    return [c for c in seen if c.is_dir()], [c for c in seen if not c.is_dir()]


def _below(folder: Path) -> list[Path]:
    """All files in ``folder`` and in the folders inside it; links to folders are not followed."""
    if folder.is_symlink():  # it may lead back up
        return []
    folders, files = _listed(folder)
    return files + [file for each in folders for file in _below(each)]


def _without_images(
    root: Path, folder: Path, deeper: Sequence[Path], others: Sequence[Path]
) -> str:
    inside = [file for file in deeper if folder in file.parents]
    unread = [file for file in others if folder in file.parents]
    words = f"{folder}: no images; expected files ending in {', '.join(SUFFIXES)}"
    if inside:
        words += (
            f"; {len(inside)} image(s) lie deeper, such as {inside[0]}: move them up, or, if the "
            f"classes' folders are in {folder}, say from_folder({str(folder)!r})"
        )
    elif unread:
        words += f"; {len(unread)} other file(s) are there, such as {unread[0].name}"
    else:
        words += f"; remove the folder if it is no class of {root.name}"
    return words


def _in_order(folders: Sequence[Path]) -> Callable[[Path], Any]:
    """A sort key: numbers by their value if all names are numbers, else numbers inside names."""
    if all(NUMBER.fullmatch(folder.name) for folder in folders):
        return lambda folder: (float(folder.name), folder.name)
    return lambda folder: (natural(folder.name), folder.name)


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key that has "class 2" before "class 10"."""
    parts = re.split("([0-9]+)", name)
    return [(0, int(part), "") if i % 2 else (1, 0, part) for i, part in enumerate(parts) if part]
