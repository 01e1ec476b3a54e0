"""A ``Graph`` as a picture: ``draw(graph)`` gives SVG that fits its place and can be read aloud."""

from __future__ import annotations

import base64
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import count
from xml.etree import ElementTree

from workbench import checks
from workbench.graphs import Graph
from workbench.views.blocks import put_frames
from workbench.views.dot import source
from workbench.views.engine import render
from workbench.views.labels import SMALL, chosen, plain
from workbench.views.numbers_in_words import many
from workbench.views.palette import label
from workbench.views.paper import card
from workbench.views.sheets import sheets, stacked

SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
FONTS = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif"
LEAST, NATURAL = 11, 1.15  # CSS pixels of the smallest text; of a point, where there is room
LISTED = 8  # operations that are listed one by one in words
LIVE = {"id", "class", "font-family"}  # attributes that a still picture does without
PLACES = {"d", "points", "x", "y", "cx", "cy", "rx", "ry", "width", "height", "transform"}

_prefixes = count(1)
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", LINK)


@dataclass(frozen=True)
class Drawing:
    """An SVG, the DOT text it was laid out from, and what it shows in words (``alt``)."""

    svg: str
    dot: str
    alt: str

    def __post_init__(self) -> None:
        for name in ("svg", "dot", "alt"):
            checks.text(f"Drawing: {name}", getattr(self, name))

    @property
    def least(self) -> int:
        """CSS pixels that the SVG needs so that its smallest text can be read."""
        found = re.search(r"min-width:(\d+)px", self.svg)
        return int(found[1]) if found else 0

    def html(self) -> str:
        """The SVG itself, inline, on a white card: tooltips work, it scales with its column."""
        return card(self.svg)

    def image(self) -> str:
        """The same as ``<img alt=… src="data:…">`` on a card: shown even where SVG is not."""
        data = base64.b64encode(_light(self.svg).encode()).decode()
        style = re.search(r'style="([^"]*)"', self.svg)
        return card(
            f'<img alt="{escape(self.alt)}" style="{style[1] if style else ""}" '
            f'src="data:image/svg+xml;base64,{data}">'
        )

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/html": self.image(), "text/plain": self.alt}


def _light(svg: str) -> str:
    """The same picture in two thirds of the bytes: without what only a live SVG needs.

    Places are said to a tenth of a point. What is read, on the page or aloud, stays as it is.
    """
    root = ElementTree.fromstring(svg)
    for element in list(root.iter()):
        for title in element.findall(f"{{{SVG}}}title"):  # tooltips
            element.remove(title)
        for name in LIVE & element.attrib.keys():
            del element.attrib[name]
        if element.attrib.get("text-anchor") == "start":
            del element.attrib["text-anchor"]
        for name in PLACES & element.attrib.keys():
            element.set(name, re.sub(r"\d+\.\d+", _to_a_tenth, element.attrib[name]))
        if element.tag != f"{{{SVG}}}text" and not (element.text or "").strip():
            element.text = None
        element.tail = None  # between elements stand line ends alone
    root.set("font-family", FONTS)
    return ElementTree.tostring(root, encoding="unicode")


def _to_a_tenth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def draw(graph: Graph, *, prefix: str | None = None, max_width: int | None = None) -> Drawing:
    """Draw a graph: operation by colour and shape, weights by width and number, tooltips.

    ``prefix`` starts every id in the SVG (default: a new one each time), so that drawings on one
    page don't collide. ``max_width`` is in CSS pixels; without it the drawing takes its natural
    width where there is room. Text never gets smaller than 11 px.

    Raises ValueError for a prefix that is no id, or a width below 1.
    """
    checks.of_type("graph", graph, Graph)
    if prefix is not None and not re.fullmatch(r"[A-Za-z][\w-]*", checks.text("prefix", prefix)):
        raise ValueError(f"prefix: expected a letter, then letters, digits, _ or -, got {prefix!r}")
    max_width = checks.whole_or_none("max_width", max_width, least=1)
    alt, prefix = _alt(graph), prefix or f"wb{next(_prefixes)}-"
    parts = sheets(graph)
    texts = [source(part) for part in parts]
    pictures = []
    for i, (part, text) in enumerate(zip(parts, texts)):
        picture = ElementTree.fromstring(_rendered(text))
        put_frames(picture, part)
        _name(picture, part, prefix if len(parts) == 1 else f"{prefix}{i}-")
        pictures.append(picture)
    root = stacked(pictures)
    _resize(root, max_width)
    root.set("role", "img")
    root.set("aria-label", alt)
    return Drawing(ElementTree.tostring(root, encoding="unicode"), "\n".join(texts), alt)


@lru_cache(maxsize=256)
def _rendered(dot: str) -> str:
    return render(dot)


def _alt(graph: Graph) -> str:
    shown = plain(graph.title) or "graph"
    nodes, edges = len(graph.nodes), sum(not edge.hidden for edge in graph.edges)
    size = f"{many(nodes, 'node')} and {many(edges, 'edge')}"
    return f"{shown} (drawing of {size}{_operations(graph)})"


def _operations(graph: Graph) -> str:
    """The operations by the names that they have in the drawing: a few in order, many counted.

    Of a mixture it is the one that its pill names.
    """
    on_edges = (edge for edge in graph.edges if not edge.hidden)
    names = [node.label for node in graph.nodes if node.operation]
    names += [
        edge.label or label(chosen(edge)[0] if edge.mixture else edge.operation)
        for edge in on_edges
    ]
    found = [plain(name).replace(", ", " and ") for name in names if name]  # one name, no two
    if len(found) > LISTED:
        found = [f"{times} × {name}" for name, times in Counter(found).items()]
    return f": {', '.join(found)}" if found else ""


def _resize(root: ElementTree.Element, max_width: int | None) -> None:
    """Points become a width that follows the column, between readable and natural."""
    width = float(root.attrib["viewBox"].split()[2])
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    least = width * LEAST / SMALL
    most = max(least, min(width * NATURAL, max_width or width * NATURAL))
    root.set(
        "style",
        f"display:block;margin:0 auto;width:100%;min-width:{least:.0f}px;"
        f"max-width:{most:.0f}px;height:auto",
    )


def _name(root: ElementTree.Element, graph: Graph, prefix: str) -> None:
    """Prefix ids, and put our tooltips where Graphviz put its names."""
    tips = _tips(graph)
    for element in root.iter():
        if element.tag == f"{{{SVG}}}text":
            element.set("font-family", FONTS)
            element.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", None)
            element.text = (element.text or "").replace("\xa0", " ")
        if "id" not in element.attrib:
            continue
        title = element.find(f"{{{SVG}}}title")
        tip = tips.get(element.attrib["id"], "")
        if title is not None and tip:
            title.text = tip
        elif title is not None:
            element.remove(title)
        element.set("id", prefix + element.attrib["id"])


def _tips(graph: Graph) -> dict[str, str]:
    tips = {f"n{i}": node.tooltip or node.label for i, node in enumerate(graph.nodes)}
    tips |= {f"c{i}": cluster.label for i, cluster in enumerate(graph.clusters)}
    for i, edge in enumerate(graph.edges):
        shares = ", ".join(f"{label(name)} {share:.3f}" for name, share in edge.mixture)
        between = f"{edge.tail} → {edge.head}"
        tip = edge.tooltip or (f"{between}: {shares}" if shares else between)
        tips |= dict.fromkeys((f"e{i}", f"e{i}a", f"p{i}"), tip)
    return {name: plain(tip) for name, tip in tips.items()}
