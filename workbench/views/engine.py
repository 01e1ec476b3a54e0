"""DOT text to SVG text, in this process: the Graphviz engine travels inside pygraphviz's wheel.

Two things are settled here. *Quiet*: the wheel's fontconfig reads the system's configuration,
whose newer elements it does not know, and warns on file descriptor 2, in the learner's cell. So at
the first drawing it is shown a configuration of ours instead. *The same everywhere*: that
configuration holds one font, the DejaVu Sans that comes with matplotlib, so a drawing is laid out
alike on every machine; DejaVu is wide, so other fonts that a browser may choose fit its boxes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import matplotlib as mpl
import pygraphviz

from workbench.views.arcs import has_arcs, place

FONT = "DejaVu Sans"
_LOCK = RLock()  # Graphviz keeps global state
_ready = False

_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>/cache</cachedir>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


def render(dot: str) -> str:
    """The SVG document that Graphviz's ``dot`` engine draws for DOT text.

    May be called from any thread; one drawing is made at a time. Raises ValueError for text that
    is not DOT.
    """
    global _ready
    with _LOCK:
        if not _ready:
            with _own_fonts():
                _layout('digraph { a [fontname="DejaVu Sans" label=<<b>a</b>>] }')
            _ready = True
        return _layout(dot)


def _layout(dot: str) -> str:
    try:
        graph = pygraphviz.AGraph(string=dot)
    except pygraphviz.DotError as error:
        raise ValueError(f"not DOT text: {error}") from error
    try:
        if not has_arcs(graph):
            return str(graph.draw(format="svg", prog="dot").decode())
        place(graph)
        return str(graph.draw(format="svg", prog="nop2").decode())
    finally:
        graph.close()


@contextmanager
def _own_fonts() -> Iterator[None]:
    """Show fontconfig our configuration while it starts; afterwards it has all it needs.

    A system root is the only way past a folder that fontconfig reads whatever its configuration
    says. Under the root, paths are looked up beneath it, but the fonts are later opened without
    it: so the same path leads to the same font in both places.
    """
    fonts = Path(mpl.get_data_path()).resolve() / "fonts" / "ttf"
    with tempfile.TemporaryDirectory(prefix="workbench-fonts-") as folder:
        root = Path(folder).resolve()
        within = root / fonts.relative_to(fonts.anchor)
        again = root / root.relative_to(root.anchor)
        within.mkdir(parents=True)
        again.mkdir(parents=True)
        for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
            shutil.copy(fonts / name, within / name)
        for place in (root, again):
            (place / "fonts.conf").write_text(_FONTS_CONF.format(fonts=fonts), encoding="utf-8")
        with _environment(FONTCONFIG_FILE=str(root / "fonts.conf"), FONTCONFIG_SYSROOT=str(root)):
            yield


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
