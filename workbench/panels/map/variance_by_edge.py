""" "What made it good?": the table's variance, shared out among edges, pairs and triples of them.

The shares are exact, since every cell is known (``workbench.history.variance_shares``). Beside them
stands what each operation on each edge adds to the mean, and what these effects alone would say of
the picked cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from html import escape
from typing import Any

from workbench.history import effects, variance_shares
from workbench.panels.map.neighbour_graph import Landscape
from workbench.spaces.topology import Topology
from workbench.views.numbers_in_words import percent
from workbench.views.palette import blend, label, look
from workbench.views.paper import BLUE, GREEN, GREY, PURPLE, VERMILLION

ORDERS = ((1, "single edges", BLUE), (2, "pairs", GREEN), (3, "triples", PURPLE))
SHOWN = {1: 10, 2: 4, 3: 2}  # rows of each order, the greatest
REST = "four and more"
SMALL = "font-size:12px;line-height:1.4"
HEAD = "font-weight:600;font-size:11px;padding:2px 0;text-align:center;border-radius:4px;{}"


class Shares:
    """The decomposition, computed when it is first looked at."""

    def __init__(self, land: Landscape) -> None:
        self._land = land

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return [dict(row) for row in variance_shares(self._land.table.grid(), self._land.edges)]

    @cached_property
    def _mean(self) -> float:
        return float(self._land.table.grid().mean())

    @cached_property
    def _effects(self) -> dict[tuple[int, str], float]:
        """What an operation on an edge adds to the mean over all cells."""
        land = self._land
        options = [land.operations] * len(land.edges)
        return {
            (edge, str(row["options"][0])): float(row["effect"])
            for edge, name in enumerate(land.edges)
            for row in effects(land.table.grid(), land.edges, options, of=(name,))
        }

    def totals(self) -> dict[str, float]:
        """The share of single edges, of pairs, of triples, and of all larger sets; together 1."""
        names = {order: name for order, name, _ in ORDERS}
        found = dict.fromkeys((*names.values(), REST), 0.0)
        for row in self._rows:
            found[names.get(row["order"], REST)] += row["share"]
        return found

    def html(self, arch: Topology) -> str:
        """Bars of shares, and the table of effects with the picked cell's operations outlined."""
        flex = "display:flex;flex-wrap:wrap;gap:6px 18px;align-items:flex-start"
        side = "flex:1 1 240px;min-width:0"
        return (
            f'<div style="{flex}"><div style="{side}">{self._bars()}</div>'
            f'<div style="{side}">{self._heat(arch)}</div></div>'
        )

    # ------------------------------------------------------------ shares

    def _bars(self) -> str:
        totals = self.totals()
        inks = {name: ink for _, name, ink in ORDERS} | {REST: GREY}
        parts = "".join(
            f'<i style="display:block;width:{100 * share:.2f}%;background:{inks[name]}"></i>'
            for name, share in totals.items()
        )
        key = " · ".join(
            f'<span style="white-space:nowrap"><i style="display:inline-block;width:9px;height:9px;'
            f'background:{inks[name]}"></i> {name} <b>{percent(share)}</b></span>'
            for name, share in totals.items()
            if name != REST or share > 0
        )
        whole = f'<div style="display:flex;height:12px;margin:2px 0 4px">{parts}</div>'
        most = max((row["share"] for row in self._rows), default=1.0)
        rows = [row for order, _, _ in ORDERS for row in self._of(order)[: SHOWN[order]]]
        lines = "".join(self._line(row, most) for row in rows)
        rest = len(self._rows) - len(rows)
        left = 1 - sum(row["share"] for row in rows)
        others = f"{rest} further sets together: {percent(max(left, 0.0))}" if rest else ""
        return (
            f'<div style="{SMALL}"><div>Variance of all spellings, 100 % =</div>{whole}'
            f'<div style="margin:0 0 6px">{key}</div>{lines}'
            f'<div style="color:#555;margin:3px 0 0">{others}</div></div>'
        )

    def _of(self, order: int) -> list[dict[str, Any]]:
        return [row for row in self._rows if row["order"] == order]

    def _line(self, row: dict[str, Any], most: float) -> str:
        edges = [self._land.edges.index(name) for name in row["decisions"]]
        names = " × ".join(short(name) for name in row["decisions"])
        ink = next(ink for order, _, ink in ORDERS if order == row["order"])
        wide = 100 * row["share"] / most
        return (
            f'<div class="{_marks(edges)}" style="display:flex;align-items:center;gap:6px" '
            f'tabindex="-1"><span style="flex:0 0 118px;white-space:nowrap">{escape(names)}</span>'
            f'<span style="flex:1 1 0"><i style="display:block;height:8px;width:{wide:.1f}%;'
            f'min-width:1px;background:{ink}"></i></span>'
            f'<span style="flex:0 0 48px;text-align:right">{percent(row["share"])}</span></div>'
        )

    # ------------------------------------------------------------ effects

    def _heat(self, arch: Topology) -> str:
        land = self._land
        most = max(abs(effect) for effect in self._effects.values()) or 1.0
        head = "".join(
            f'<th scope="col" style="{HEAD.format(fill(name))}">{escape(label(name))}</th>'
            for name in land.operations
        )
        body = "".join(
            f'<tr class="{_marks([edge])}"><th scope="row" style="text-align:left;color:#333">'
            f"{escape(short(name))}</th>"
            + "".join(
                _warm(self._effects[edge, operation], most, own=operation == arch.operations[edge])
                for operation in land.operations
            )
            + "</tr>"
            for edge, name in enumerate(land.edges)
        )
        style = "width:100%;border-collapse:separate;border-spacing:3px;font-size:12px"
        return (
            f'<div style="{SMALL}">What an operation adds to the mean of {percent(self._mean)}, in '
            f'points; outlined: the picked cell</div><table style="{style};table-layout:fixed">'
            f'<colgroup><col style="width:36px"></colgroup><thead><tr><td></td>{head}</tr></thead>'
            f'<tbody>{body}</tbody></table><p style="{SMALL};margin:2px 3px 0;color:#333">'
            f"{escape(self.words(arch))}</p>"
        )

    def words(self, arch: Topology) -> str:
        """The picked cell by its operations' effects alone, and what these leave over."""
        alone = self._mean + sum(self._effects[each] for each in enumerate(arch.operations))
        truth = float(self._land.table.mean(arch))
        return (
            f"Its operations alone would make {percent(alone)}. It has {percent(truth)}: "
            f"{points(truth - alone)} points come from how they work together, and from chance."
        )


def short(name: str) -> str:
    """ "edge 0→1" -> "0→1"."""
    return name.removeprefix("edge ")


def points(difference: float) -> str:
    """+0.012 -> "+1.2"; a true minus, and no sign before zero."""
    said = f"{100 * difference:+.1f}"
    return said[1:] if float(said) == 0 else said.replace("-", "−")


def _marks(edges: Iterable[int]) -> str:
    """Classes that the panel's style sheet lights these edges of the drawing by."""
    return " ".join(f"wb-edge-{edge}" for edge in edges)


def fill(operation: str) -> str:
    """The style of a column's head, in the colours of its operation."""
    kin = look(operation)
    return f"background:{kin.fill};border:1px solid {blend(kin.hue, 0.5)};color:#111"


def _warm(effect: float, most: float, *, own: bool) -> str:
    paper = blend(BLUE if effect > 0 else VERMILLION, 0.5 * abs(effect) / most)
    frame = "2px solid #111" if own else "1px solid #eee"
    return (
        f'<td style="text-align:center;border-radius:4px;padding:3px 0;background:{paper};'
        f'border:{frame};font-weight:{600 if own else 400}">{points(effect)}</td>'
    )
