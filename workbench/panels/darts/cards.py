"""The pictures of a gradient-based search after one epoch, and its curves over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from workbench.graphs import Graph
from workbench.panels.darts.epochs_so_far import AfterEpoch, mixture_rows
from workbench.panels.darts.heat_table import heat_table
from workbench.panels.parts.card_markup import HEADING, QUIET
from workbench.spaces.relaxed_cell import discrete_graph, relaxed_graph
from workbench.views.drawings import draw
from workbench.views.mixture_curves import charts_of, mixture_curves
from workbench.views.nouns.mixture import says
from workbench.views.numbers_in_words import percent
from workbench.views.paper import LOCK, axes, card, figure, picture

SIZE = 620, 195  # CSS pixels: of the curves' figure, its width; of a row of two charts, its height
NOTHING = "nothing yet: press Run"


def supernet(space: Any, seen: AfterEpoch | None, kind: str, *, still: bool = False) -> str:
    """The relaxed cell: width and bar of an edge are its softmax; dashed edges would be dropped."""
    if seen is None:
        return _empty("Supernet")
    words = f"Supernet after epoch {seen.number}: {kind} cell, dashed edges would be dropped"
    return _drawn(relaxed_graph(space, seen.weights, kind), words, still)


def discrete(space: Any, seen: AfterEpoch | None, kind: str, *, still: bool = False) -> str:
    """The cell that the search would end in here."""
    if seen is None:
        return _empty("Discrete cell")
    words = f"Discrete {kind} cell of epoch {seen.number}: {percent(seen.discrete)}"
    words += " with the supernet's weights"
    return _drawn(discrete_graph(space, seen.weights, kind), words, still)


def mixture(space: Any, seen: AfterEpoch | None, kind: str, *, still: bool = False) -> str:
    """Softmax of α as a heat map, an edge a row."""
    if seen is None:
        return _empty("α")
    heading = HEADING.format(f"Softmax of α after epoch {seen.number}: {escape(kind)} cell")
    rows = mixture_rows(space, seen.weights, kind)
    return card(heading + heat_table(rows, says(rows)))


def curves(space: Any, seen: Sequence[AfterEpoch], *, still: bool = False) -> str:
    """Losses, accuracies, entropy, skip connections, and λ_max where it was measured."""
    if not seen:
        return _empty("Curves")
    rows = [after.row for after in seen]
    wanted = charts_of(rows)
    lines = math.ceil(wanted / 2)
    with LOCK:
        made = figure(SIZE[0], SIZE[1] * lines)
        on = axes(made, rows=lines, columns=2)
        for spare in on[wanted:]:
            spare.set_axis_off()
        mixture_curves(rows, on, epochs=seen[-1].epochs, operations=len(space.operations))
        image = picture(made, in_words(seen))
    return card(HEADING.format("Epoch by epoch") + image)


def in_words(seen: Sequence[AfterEpoch]) -> str:
    """What the curves show, as their alt text."""
    first, last = seen[0], seen[-1]
    said = (
        f"After {last.number} of {last.epochs} epochs: training loss from {first.train_loss:.2f} "
        f"to {last.train_loss:.2f}, entropy of the mixtures from {first.entropy:.2f} to "
        f"{last.entropy:.2f} nats, skip connections from {first.skips:.0f} to {last.skips:.0f}, "
        f"the supernet at {percent(last.supernet)}, its discrete cell at {percent(last.discrete)}"
    )
    measured = [after.eigenvalue for after in seen if math.isfinite(after.eigenvalue)]
    if measured:
        said += f", dominant eigenvalue from {measured[0]:.2f} to {measured[-1]:.2f}"
    return said + "."


def numbers(space: Any, seen: AfterEpoch | None) -> list[str]:
    """The numbers of one epoch, in words; nothing before the first."""
    if seen is None:
        return []
    even = math.log(len(space.operations))
    skips = f"{seen.skips:.0f} skip connection{'s' * (seen.skips != 1)}"
    found = [
        f"epoch {seen.number} of {seen.epochs}",
        f"training loss {seen.train_loss:.3f}",
        f"held-out loss {seen.held_out_loss:.3f}" * math.isfinite(seen.held_out_loss),
        f"entropy {seen.entropy:.2f} of {even:.2f} nats",
        f"{skips} in the {space.cell_kinds()[0]} cell",
        f"λ_max {seen.eigenvalue:.3f}" * math.isfinite(seen.eigenvalue),
        f"supernet {percent(seen.supernet)}",
        f"discrete cell {percent(seen.discrete)}",
    ]
    return [words for words in found if words]


def _drawn(graph: Graph, words: str, still: bool) -> str:
    drawing = draw(graph)
    paper = drawing.image() if still else drawing.html()
    return paper.replace(">", ">" + HEADING.format(escape(words)), 1)


def _empty(title: str) -> str:
    return card(HEADING.format(title) + QUIET.format(NOTHING))
