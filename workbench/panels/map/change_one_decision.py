""" "Change one decision": what a cell would be worth with another operation on one of its edges.

A row an edge, a column an operation. Each place holds a pair of bars: thin and dark the cell as it
is, the same everywhere; below it the cell with this one change. Bars begin at a floor that is said.
"""

from __future__ import annotations

from html import escape

import numpy as np

from workbench.panels.map.neighbour_graph import SURE, Landscape, Neighbour
from workbench.panels.map.variance_by_edge import HEAD, fill, points, short
from workbench.spaces.topology import Topology
from workbench.views.numbers_in_words import percent
from workbench.views.palette import blend, label
from workbench.views.paper import BLUE, GREY, VERMILLION

WORSE = blend(VERMILLION, 0.55)  # most are: no reason to shout
FLOOR = 0.12  # accuracy below the cell's own at which bars begin, at most
STYLE = "width:100%;border-collapse:separate;border-spacing:3px;font-size:12px;table-layout:fixed"
EDGE = "text-align:left;font-weight:600;font-size:12px;width:40px;color:#333;white-space:nowrap"
PLACE = (
    "display:block;width:100%;box-sizing:border-box;padding:3px 3px 2px;border-radius:4px;"
    "background:{paper};border:1px solid {border};font:inherit;color:#111;text-align:left;"
    "line-height:14px;{more}"
)
BAR = '<i style="display:block;height:{height}px;width:{wide:.1f}%;background:{ink}"></i>'


def html(land: Landscape, arch: Topology, *, still: bool = False) -> str:
    """The table of pairs; ``still``: nothing in it can be pressed."""
    here = float(land.table.mean(arch))
    known = {(each.edge, each.operation): each for each in land.neighbours(arch)}
    heights = [float(land.means[each.cell]) for each in known.values()]
    floor = max(here - FLOOR, min([here, *heights]) - 0.005)
    top = max([here, *heights, floor + 0.001])
    scale = (floor, top)
    head = "".join(f'<th scope="col" style="{HEAD.format(fill(name))}">{escape(label(name))}</th>'
                   for name in land.operations)  # fmt: skip
    body = "".join(
        f'<tr class="wb-edge-{edge}"><th scope="row" style="{EDGE}">{escape(short(name))}</th>'
        + "".join(
            _place(land, arch, known.get((edge, operation)), (edge, column), here, scale, still)
            for column, operation in enumerate(land.operations)
        )
        + "</tr>"
        for edge, name in enumerate(land.edges)
    )
    said = escape(words(land, arch))
    return (
        f'<div role="group" aria-label="{said}"><table style="{STYLE}"><colgroup>'
        f'<col style="width:38px"></colgroup><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
        f'<p style="margin:2px 3px 0;font-size:12px;line-height:1.4;color:#555">{said}. '
        f"Thin dark bar: as it is, {percent(here)}; below it: with this change. Bars begin at "
        f"{percent(floor)}. Differences in points.</p></div>"
    )


def _place(
    land: Landscape,
    arch: Topology,
    other: Neighbour | None,
    at: tuple[int, int],
    here: float,
    scale: tuple[float, float],
    still: bool,
) -> str:
    edge, column = at
    name = land.operations[column]
    if other is None:  # the operation that it has
        inside = _bars(here, None, scale, "#333") + f"<b>{100 * here:.1f}</b>"
        words = f"{land.edges[edge]}: {label(name)}, as it is, {percent(here)}"
        style = PLACE.format(paper="#F3F3F3", border="#333", more="border-width:2px;padding:2px;")
        return f'<td><span style="{style}" title="{escape(words)}">{inside}</span></td>'
    there = float(land.means[other.cell])
    sign, ink, kind = _kind(land, arch, other, there - here)
    inside = _bars(here, there, scale, ink)
    inside += f'{sign}<span style="float:right">{points(there - here)}</span>'
    words = f"{land.edges[edge]}: {label(name)} instead: {percent(there)}, {kind}"
    style = PLACE.format(paper="#fff", border="#ddd", more="" if still else "cursor:pointer;")
    press = f'data-press="{edge}:{escape(name)}" data-row="{edge}" data-column="{column}"'
    tag, more = ("span", "") if still else ("button", f'type="button" tabindex="-1" {press}')
    said = f'title="{escape(words)}" aria-label="{escape(words)}"'
    return f'<td><{tag} {more} style="{style}" {said}>{inside}</{tag}></td>'


def _kind(
    land: Landscape, arch: Topology, other: Neighbour, difference: float
) -> tuple[str, str, str]:
    """A sign, a colour, and words for how a neighbour compares."""
    own = land.table.number(arch)
    if other.cell == own:
        return "=", GREY, "the same cell in other words"
    error = land.error(own, other.cell)
    if np.isfinite(error) and abs(difference) < SURE * error:
        return "≈", GREY, "no difference that the seeds' noise would leave"
    return ("▲", BLUE, "better") if difference > 0 else ("▼", WORSE, "worse")


def _bars(here: float, there: float | None, scale: tuple[float, float], ink: str) -> str:
    floor, top = scale

    def wide(value: float) -> float:
        return 100 * max(0.0, min(1.0, (value - floor) / (top - floor)))

    second = "" if there is None else BAR.format(height=6, wide=max(wide(there), 1.0), ink=ink)
    gap = '<i style="display:block;height:6px"></i>' if there is None else ""
    return BAR.format(height=2, wide=wide(here), ink="#333") + second + gap


def words(land: Landscape, arch: Topology) -> str:
    """How many of the neighbours are better, worse, the same: "24 neighbours: 3 better, …"."""
    here = float(land.table.mean(arch))
    counts = {"better": 0, "worse": 0, "within the noise": 0, "the same cell": 0}
    names = {"▲": "better", "▼": "worse", "≈": "within the noise", "=": "the same cell"}
    many = 0
    for each in land.neighbours(arch):
        many += 1
        sign, _, _ = _kind(land, arch, each, float(land.means[each.cell]) - here)
        counts[names[sign]] += 1
    listed = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    optimum = "; no changed decision is better: a local optimum" * (land.uphill(arch) is None)
    return f"{many} neighbours: {listed}{optimum}"
