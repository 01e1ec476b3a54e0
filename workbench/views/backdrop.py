"""A figure that is drawn once, and what changes on it drawn over it, each time anew.

Laying a figure out and drawing its axes, ticks and labels takes a tenth of a second; the few
artists that follow a slider take a tenth of that.
"""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workbench.views.paper import LOCK, developed, inked


class Backdrop:
    """``figure`` as it is now, laid out for good; its axes do not follow what is added later.

    ``changing`` are artists of the figure that take their room in the layout, and are seen on a
    picture that names them only.
    """

    @inked
    def __init__(self, figure: Figure, changing: Iterable[Artist] = ()) -> None:
        self._changing = [*changing]
        engine = figure.get_layout_engine()
        if engine is not None:
            engine.execute(figure)
        figure.set_layout_engine("none")
        for ax in figure.axes:
            ax.autoscale_view()
            ax.autoscale(enable=False)
        for artist in self._changing:
            artist.set_animated(True)  # left out by draw()
        self._canvas = FigureCanvasAgg(figure)
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._empty = self._canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]

    def picture(self, alt: str, artists: Iterable[Artist]) -> str:
        """Markup as from ``paper.picture``: the figure, and over it ``artists``, in this order.

        They are on one of the figure's axes, changing ones or made for this picture: those are
        taken away afterwards. Hold ``LOCK`` from when they are made or set.
        """
        with LOCK:
            self._canvas.restore_region(self._empty)  # type: ignore[no-untyped-call]
            for artist in artists:
                artist.draw(self._canvas.get_renderer())  # type: ignore[no-untyped-call]
                if artist not in self._changing:
                    artist.remove()
            return developed(self._canvas, alt)
