"""A figure drawn once, and what changes drawn over it: the same pixels, in less time."""

from __future__ import annotations

from statistics import median
from time import thread_time

from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pixels import pixels

from workbench.views.backdrop import Backdrop
from workbench.views.paper import BLUE, HALO, LOCK, axes, figure, picture

ENDS = 0.0, 10.0


def plain() -> tuple[Figure, Axes]:
    made = figure(300, 200)
    (ax,) = axes(made)
    with LOCK:
        ax.plot(ENDS, ENDS)
        ax.set(xlabel="wide", ylabel="high")
    return made, ax


def mark(ax: Axes, x: float, y: float) -> list[object]:
    with LOCK:
        return [
            *ax.plot(x, y, "D", color=BLUE, zorder=5),
            ax.annotate("here", (x, y), path_effects=HALO, zorder=6),
        ]


@settings(max_examples=10)  # a whole picture each
@given(x=st.floats(*ENDS), y=st.floats(*ENDS))
def test_over_a_backdrop_and_in_one_go_are_the_same_pixels(x: float, y: float) -> None:
    made, ax = plain()
    backdrop = Backdrop(made)
    empty = backdrop.picture("empty", [])
    over = backdrop.picture("marked", mark(ax, x, y))
    whole, ax = plain()
    mark(ax, x, y)[1].set_in_layout(False)  # type: ignore[attr-defined]
    ax.set(xlim=(-0.5, 10.5), ylim=(-0.5, 10.5))
    assert (pixels(over) == pixels(picture(whole, "marked"))).all()
    assert (pixels(over) != pixels(empty)).any()
    assert pixels(backdrop.picture("empty", [])).tolist() == pixels(empty).tolist()


def test_what_was_made_for_a_picture_is_gone_and_the_axes_stay() -> None:
    made, ax = plain()
    backdrop = Backdrop(made)
    limits = ax.get_xlim(), ax.get_ylim()
    backdrop.picture("far away", mark(ax, 1000, -1000))
    assert len(ax.lines) == 1
    assert len(ax.texts) == 0
    assert (ax.get_xlim(), ax.get_ylim()) == limits


def test_a_changing_artist_has_its_room_and_is_seen_where_it_is_named() -> None:
    made, ax = plain()
    with LOCK:
        title = ax.set_title("first")
    backdrop = Backdrop(made, [title])
    bare = pixels(backdrop.picture("no title", []))
    with LOCK:
        title.set_text("second")
        titled = pixels(backdrop.picture("second", [title]))
    whole, ax = plain()
    with LOCK:
        ax.set_title("second")
    assert (titled == pixels(picture(whole, "second"))).all()
    assert (bare != titled).any()
    assert (pixels(backdrop.picture("no title", [])) == bare).all()


def test_alt_and_width_are_those_of_any_picture() -> None:
    markup = Backdrop(plain()[0]).picture("a < b", [])
    assert markup.startswith('<img alt="a &lt; b" style="display:block')
    assert "max-width:300px" in markup


def test_it_takes_less_than_half_the_time() -> None:
    made, ax = plain()
    backdrop, whole, over = Backdrop(made), list[float](), list[float]()
    for x in range(1, 8):
        start = thread_time()
        again, its = plain()
        mark(its, x, x)
        picture(again, "marked")
        whole.append(thread_time() - start)
        start = thread_time()
        backdrop.picture("marked", mark(ax, x, x))
        over.append(thread_time() - start)
    print(f"over a backdrop {median(over):.4f} s, whole {median(whole):.4f} s")
    assert median(over) < 0.5 * median(whole)
