"""The unrolled controller, one softmax as bars, and what both show in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text

from workbench.panels.controller.softmaxes import Softmax
from workbench.panels.parts.card_markup import HEADING
from workbench.protocols import SearchSpace
from workbench.views.backdrop import Backdrop
from workbench.views.drawings import draw
from workbench.views.nouns import controller
from workbench.views.numbers_in_words import percent, rounded
from workbench.views.paper import BLUE, INK, LOCK, SKY, axes, card, figure

WIDTH, ROW, FRAME = 400, 26, 74  # CSS pixels: of the bars, of one of them, of all around them
OPTIONS = 14  # bars in one picture
LAID_OUT = 16  # axes that are kept, of the latest lists of options
ROOM = 590  # CSS pixels of the unrolled controller: a panel in a window of 800
TINY, MOST_NATS = 1e-300, 690.0  # probabilities that a float can still hold


@dataclass(frozen=True)
class Pictures:
    """A walk as markup: words, the unrolled controller, the softmax of one decision, and beside it
    what was taken so far, or the architecture when it is complete. ``options`` of the next one."""

    words: str
    unrolled: str
    bars: str
    beside: str
    options: tuple[str, ...]


def pictures(
    space: SearchSpace[Any],
    now: Sequence[Softmax],
    before: Sequence[Softmax] | None,
    taken: Sequence[int],
    option: int | None,
    *,
    forced: Collection[int] = (),
    still: bool = False,
) -> Pictures:
    """Of a walk after ``taken``, as a policy reads it ``now`` and has ``before`` any update.

    Where a decision is open, ``option`` is the one that it is known to have later; of a complete
    walk the last decision is shown. ``forced``: the numbers of those that were not drawn.
    """
    complete = len(now) == len(taken)
    number = len(taken) - complete
    if complete:
        option = taken[number]
        drawing = draw(space.graph(space.compose(tuple(taken))))
        beside = drawing.image() if still else drawing.html()
    else:
        beside = table(now, before, taken, forced)
    one, earlier = now[number], before[number] if before else None
    by_hand = number in forced
    said = [words(one, earlier, option, by_hand=by_hand)]
    said += [so_far(now, before, taken)] if taken else []
    open_ones = () if complete else tuple(one.said(i) for i in range(len(one.shares)))
    drawn = unrolled(now, taken, still=still)
    return Pictures(
        " ".join(said), drawn, bars(one, earlier, option, by_hand=by_hand), beside, open_ones
    )


def unrolled(read: Sequence[Softmax], taken: Sequence[int], *, still: bool = False) -> str:
    """The last steps of a controller that has taken these decisions; one more may be open."""
    options = [*taken, *[None] * (len(read) - len(taken))]
    rows = [row for each, option in zip(read, options) for row in each.rows(option)]
    graph = controller.controller(rows, room=ROOM)
    drawing = draw(replace(graph, title=controller.says(rows, room=ROOM)))
    return drawing.image() if still else drawing.html()


def bars(now: Softmax, before: Softmax | None, taken: int | None, *, by_hand: bool = False) -> str:
    """A softmax as a card: a bar an option; circles show it ``before`` any update."""
    rows = shown(now, taken)
    with LOCK:
        labels = tuple(now.said(option) for option in rows)
        backdrop, ax, title = _axes(labels, before is not None, len(now.shares) - len(rows))
        title.set_text(now.decision.name)
        artists = [title, *_bars(ax, now, before, taken, rows), ax.spines["left"]]
        return card(backdrop.picture(words(now, before, taken, by_hand=by_hand), artists))


def shown(softmax: Softmax, taken: int | None) -> list[int]:
    """The options that have room, in their order: that which was taken and the likeliest."""
    order = sorted(
        range(len(softmax.shares)), key=lambda option: (option != taken, -softmax.shares[option])
    )
    return sorted(order[:OPTIONS])


@lru_cache(LAID_OUT)
def _axes(labels: tuple[str, ...], circles: bool, left_out: int) -> tuple[Backdrop, Axes, Text]:
    """All but the bars, and the title, of softmaxes over options of these names."""
    made = figure(WIDTH, FRAME + ROW * len(labels))
    (ax,) = axes(made)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(0, 1.24)  # room for the words beside a bar
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    others = f" ({left_out} unlikely options left out)" if left_out else ""
    ax.set_xlabel(f"probability{', circles: before any update' if circles else ''}{others}")
    title = ax.set_title("decision", loc="left", color=INK)
    ax.tick_params(axis="y", length=0)
    return Backdrop(made, [title, ax.spines["left"]]), ax, title  # bars begin under the spine


def _bars(
    ax: Axes, now: Softmax, before: Softmax | None, taken: int | None, rows: Sequence[int]
) -> list[Artist]:
    """A bar an option, circles, and the words beside the bars."""
    drawn, said = list[Artist](), list[Artist]()
    for place, option in enumerate(rows):
        share, mine = now.shares[option], option == taken
        colour, alpha = (BLUE, 1.0) if mine else (SKY, 0.6)
        drawn += ax.barh(place, share, height=0.64, color=colour, alpha=alpha)
        ends = share if before is None else max(share, before.shares[option])
        said += [
            ax.text(
                ends + 0.045, place, f"{share:.2f}" + "  taken" * mine,
                va="center", weight="bold" if mine else "normal", color=INK,
            )
        ]  # fmt: skip
    if before is not None:
        earlier = [before.shares[option] for option in rows]
        drawn += ax.plot(
            earlier, range(len(rows)), "o", ms=7, mfc="white", mec=INK, mew=1.4, ls="none"
        )
    return drawn + said


def words(now: Softmax, before: Softmax | None, taken: int | None, *, by_hand: bool = False) -> str:
    """What the bars show, in two sentences at most."""
    told = now.decision.name
    if taken is None:
        best = now.likeliest
        said = f"{told}: open; the likeliest is {now.said(best)} with {percent(now.shares[best])}"
        option = best
    else:
        how = "was given" if by_hand else "took"
        said = f"{told}: {how} {now.said(taken)}, which had {percent(now.shares[taken])}"
        option = taken
    if before is not None:
        said += f" (before any update {percent(before.shares[option])})"
    return f"{said}, of {len(now.shares)} options."


def so_far(now: Sequence[Softmax], before: Sequence[Softmax] | None, taken: Sequence[int]) -> str:
    """How likely the policy makes all that was taken, one number now and one before any update."""
    said = f"What was taken so far has probability {one_in(now, taken)}"
    return f"{said}{'' if before is None else f', before any update {one_in(before, taken)}'}."


def one_in(read: Sequence[Softmax], taken: Sequence[int]) -> str:
    """The product of the probabilities of what was taken: "1 in 3,125"."""
    logs = [math.log(max(each.shares[option], TINY)) for each, option in zip(read, taken)]
    times = math.exp(min(-sum(logs), MOST_NATS))
    return f"1 in {rounded(round(times)) if times >= 10 else f'{times:.1f}'.removesuffix('.0')}"


def table(
    now: Sequence[Softmax],
    before: Sequence[Softmax] | None,
    taken: Sequence[int],
    forced: Collection[int],
) -> str:
    """What was taken, a decision a row, the latest first."""
    head = ["decision", "took", "probability", *(["before any update"] if before else [])]
    lines = []
    for number in reversed(range(len(taken))):
        softmax, option = now[number], taken[number]
        took = softmax.said(option) + " (given)" * (number in forced)
        cells = [softmax.decision.name, took, f"{softmax.shares[option]:.2f}"]
        cells += [f"{before[number].shares[option]:.2f}"] if before else []
        lines.append("".join(f"<td>{escape(cell)}</td>" for cell in cells))
    rows = "".join(f"<tr>{each}</tr>" for each in lines) or "<tr><td>nothing yet</td></tr>"
    titles = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    style = "font-size:12px;text-align:left;border-spacing:10px 1px"
    filled = f"<thead><tr>{titles}</tr></thead><tbody>{rows}</tbody>"
    return card(
        f'{HEADING.format("Taken so far")}<div style="max-height:260px;overflow:auto">'
        f'<table style="{style}">{filled}</table></div>'
    )
