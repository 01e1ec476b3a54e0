"""Links from the course's texts to lines of code.

A link to code carries, as its title, the comment that the line it points to holds, and its text
names the line as well (JupyterLab opens the file, but at its top):
``[line 35 of `search.py`](../workbench/search.py#L35 "Elsken et al. 2019, figure 1")``.
So a link can be checked, and found again when its line has moved.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

LINK = re.compile(
    r"""(?<!!)\[(?P<label>[^\]]+)\]\((?P<target>[^)\s"]+)(?:\s+"(?P<title>[^"]*)")?\)"""
)


class Link(NamedTuple):
    """A Markdown link; ``title`` is "" where it has none."""

    label: str
    target: str
    title: str

    @property
    def file(self) -> str:
        """The target without its place."""
        return self.target.partition("#")[0]

    @property
    def line(self) -> int | None:
        """The line it points to, None where it points to none."""
        place = re.fullmatch(r"L(\d+)", self.target.partition("#")[2])
        return int(place[1]) if place else None

    @property
    def text(self) -> str:
        """As Markdown."""
        title = f' "{self.title}"' if self.title else ""
        return f"[{self.label}]({self.target}{title})"


def links(text: str) -> list[Link]:
    """Every Markdown link to a file of the repository, in order."""
    return [link for link in map(_link, LINK.finditer(text)) if _is_here(link)]


def wrong(link: Link, folder: Path) -> str:
    """What is wrong with a link of a text in ``folder``, in words; "" where nothing is."""
    path = folder / link.file
    if not path.is_file():
        return f"{link.target}: no such file"
    if path.suffix != ".py":
        return ""
    if link.line is None or not link.title:
        return f"{link.target}: a link to code needs #L and, as its title, the line's comment"
    now = lines_with(link.title, path)
    if link.line not in now:
        return f"{link.target}: expected a comment {link.title!r}; it is now in lines {now}"
    if f"line {link.line} of " not in link.label:
        return f"{link.target}: its text must say line {link.line} of …, got {link.label!r}"
    return ""


def renewed(text: str, folder: Path) -> str:
    """``text`` with every link to code pointing to where its comment stands now.

    Where the file holds the comment no more, the other files of its top folder are searched.
    Raises ValueError for a comment that stands nowhere, or in several places.
    """

    def renew(match: re.Match[str]) -> str:
        link = _link(match)
        is_code = _is_here(link) and link.file.endswith(".py") and link.line and link.title
        return _renewed(link, folder).text if is_code else match[0]

    return LINK.sub(renew, text)


def _renewed(link: Link, folder: Path) -> Link:
    path = folder / link.file
    if link.line in lines_with(link.title, path):
        return link
    places = _places(link.title, [path]) or _places(link.title, _around(link, folder))
    if len(places) != 1:
        found = [f"{place.name}, line {line}" for place, line in places] or "nowhere"
        raise ValueError(
            f"{link.target}: expected one line with the comment {link.title!r}, found {found}: "
            "write it back, or point the link to one of them"
        )
    (place, line), (top, under) = places[0], _top(link)
    moved = PurePosixPath(top, place.relative_to(folder / top).as_posix()) if under else link.file
    label = link.label.replace(path.name, place.name)
    label = re.sub(r"\bline \d+ of ", f"line {line} of ", label)
    return link._replace(label=label, target=f"{moved}#L{line}")


def lines_with(comment: str, path: Path) -> list[int]:
    """The numbers of the lines of a source file whose comment holds ``comment``, from 1."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [i for i, line in enumerate(lines, start=1) if comment in line.partition("#")[2]]


def _places(comment: str, files: list[Path]) -> list[tuple[Path, int]]:
    return [(path, line) for path in files for line in lines_with(comment, path)]


def _around(link: Link, folder: Path) -> list[Path]:
    top, under = _top(link)
    return sorted((folder / top).rglob("*.py")) if under else []


def _top(link: Link) -> tuple[str, str]:
    """ "../workbench/views/dot.py" as ("../workbench", "views/dot.py")."""
    found = re.fullmatch(r"((?:\.\./)*[^/.][^/]*)/(.+)", link.file)
    return (found[1], found[2]) if found else ("", "")


def _link(match: re.Match[str]) -> Link:
    return Link(match["label"], match["target"], match["title"] or "")


def _is_here(link: Link) -> bool:
    return not re.match(r"[a-z]+:|#", link.target)
