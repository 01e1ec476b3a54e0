"""Five knobs turned: what an estimate costs, and how much of the ranking is left."""

from __future__ import annotations

from html import escape
from typing import Any

from matplotlib.axes import Axes

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.fidelity import Fidelity
from workbench.panels.fidelity.knobs import NAMES, Knobs
from workbench.panels.fidelity.live_study import LiveStudy
from workbench.panels.fidelity.plane import chosen, plane
from workbench.panels.fidelity.study import Point, Study
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.running.open_panels import register
from workbench.panels.running.worker_thread import Runner, State
from workbench.records import Told
from workbench.spaces.walk import Space
from workbench.views.backdrop import Backdrop
from workbench.views.paper import LOCK, axes, card, figure

MOST_EPOCHS, MOST_CELLS = 1_000, 200
BEGIN = "Train a few"


class FidelityPanel:
    """Where a fidelity lies between its cost and its rank correlation with full training.

    ``study`` was recorded (``table_study``, ``read_study``) with ``epochs`` in full. With ``space``
    and ``data`` a few architectures (``cells``) can be trained here at any setting of the knobs:
    the first time in full as well. A live point is judged by these few. Without them only
    those knobs are there that the study turned.

    Raises ValueError for an impossible number, or ``data`` without ``space``.
    """

    def __init__(
        self,
        study: Study,
        *,
        epochs: int = 12,
        space: Space[Any] | None = None,
        data: ImageData | None = None,
        cells: int = 12,
        seed: int = 0,
    ) -> None:
        self.study = checks.of_type("FidelityPanel: study", study, Study)
        if not study.points:
            raise ValueError("FidelityPanel: study: expected a fidelity at least: study.add(…)")
        epochs = checks.whole("FidelityPanel: epochs", epochs, least=1, most=MOST_EPOCHS)
        cells = checks.whole("FidelityPanel: cells", cells, least=3, most=MOST_CELLS)
        seed = checks.whole("FidelityPanel: seed", seed, least=0)
        if (space is None) != (data is None):
            raise ValueError("FidelityPanel: space and data: expected both, or neither")
        self._whole = Fidelity(epochs)
        self.live: LiveStudy | None = None
        if space is not None and data is not None:
            self.live = LiveStudy(space, data, epochs=epochs, cells=cells, seed=seed)
        known = [point.fidelity.knobs for point in study.points]
        varied = {name for name in NAMES if len({knobs[name] for knobs in known}) > 1}
        self._knobs = Knobs(
            epochs=epochs,
            changed=lambda: self._renew(),
            shown=NAMES if self.live or not varied else varied,
        )
        self._drawings: dict[tuple[Fidelity, int], str] = {}  # by live points too
        self._plane: tuple[tuple[Point, ...], Backdrop, Axes] | None = None  # with live points
        self._runner: Runner | None = None
        self._told = self._awaited = 0
        self._said, self._sheet, self._notice = layout.line(), layout.sheet(), layout.sheet()
        layout.complain(self._notice, None)
        self._sheet.add_class("wb-fidelity")
        self._run = layout.button(
            BEGIN, self._press, tip=f"Train {cells} architectures here at this setting",
            icon="play", primary=True,
        )  # fmt: skip
        buttons = [layout.row(self._run)] if self.live else []
        self.widget = layout.panel(
            self._knobs.widget, *buttons, self._notice, self._said, self._sheet
        )
        register(self)
        self._renew()

    @property
    def fidelity(self) -> Fidelity:
        """Where the knobs stand; set it to turn them."""
        return self._knobs.fidelity

    @fidelity.setter
    def fidelity(self, fidelity: Fidelity) -> None:
        self._knobs.turn(checks.of_type("FidelityPanel: fidelity", fidelity, Fidelity))

    @property
    def state(self) -> State:
        """What the training is doing."""
        return self._runner.state if self._runner else "idle"

    def point(self, fidelity: Fidelity) -> Point | None:
        """Of the live few where it was trained here, else the recorded one; None: neither."""
        live = self.live.point(fidelity) if self.live else None
        return live or self.study.point(fidelity)

    def words(self, fidelity: Fidelity) -> str:
        """The numbers at a fidelity, or what it takes to have them."""
        point = self.point(fidelity)
        if point is not None:
            return f"{point.words}."
        if self.live is None:
            return f"{fidelity.words}: not recorded."
        many = self.live.missing(fidelity)
        return f"{fidelity.words}: not measured; {many} trainings here would say."

    def run(self) -> None:
        """Train the few where the knobs stand. Raises ValueError where nothing can be trained.

        BusyError while another panel's run is at work.
        """
        live, fidelity = self.live, self.fidelity
        if live is None:
            raise ValueError("FidelityPanel: run: give space and data to train here")
        if self.state in ("running", "stopping"):
            return
        self._told, self._awaited = 0, live.missing(fidelity)
        self._runner = Runner(
            lambda: live.events(fidelity), show=self.show, changed=self._changed,
            name="the fidelity panel",
        )  # fmt: skip
        self._runner.run()

    def stop(self) -> None:
        """End the training; what is complete stays."""
        if self._runner is not None:
            self._runner.stop()

    def wait(self) -> str:
        """Block until the training has ended, and give the numbers; its error is raised."""
        if self._runner is not None:
            self._runner.wait()
            if self._runner.error is not None:
                raise self._runner.error
        return self.words(self.fidelity)

    def show(self, event: Any) -> None:
        """Take one event of the training."""
        if isinstance(event, Told):
            self._told += 1
            self._said.value = escape(f"Trained {self._told} of {self._awaited}.")

    def _press(self) -> None:
        try:
            layout.complain(self._notice, None)
            if self.state == "running":
                self.stop()
            else:
                self.run()
        except Exception as error:
            layout.complain(self._notice, error)

    def _changed(self) -> None:
        running = self.state in ("running", "stopping")
        self._run.description = "Stop" if running else BEGIN
        self._run.icon = "stop" if running else "play"
        if self._runner is not None and self._runner.error is not None:
            layout.complain(self._notice, self._runner.error)
        if not running:
            self._renew()

    def _renew(self) -> None:
        self._said.value = escape(self.words(self.fidelity))
        self._sheet.value = card(self._drawn(self.fidelity))

    def _drawn(self, fidelity: Fidelity) -> str:
        more = self.live.study.points if self.live and self.live.study else ()
        if (fidelity, len(more)) not in self._drawings:
            self._drawings[fidelity, len(more)] = self._draw(fidelity, more)
        return self._drawings[fidelity, len(more)]

    def _draw(self, fidelity: Fidelity, more: tuple[Point, ...]) -> str:
        front, size = self.study.front(), self.study.by_size
        alone = f"; the number of parameters alone has τ {size.tau.value:.2f}" if size else ""
        told = (
            f"{len(self.study.points) + len(more)} fidelities on a plane of cost and rank "
            f"correlation ({self.study.source}); a front of {len(front)} rises from "
            f"τ {front[0].agreement.tau.value:.2f} to {front[-1].agreement.tau.value:.2f}{alone}. "
            f"{self.words(fidelity)}"
        ).replace("-", "−")
        point = self.point(fidelity)
        with LOCK:
            if self._plane is None or self._plane[0] != more:
                self._plane = more, *_plane(self.study, more)
            _, backdrop, ax = self._plane
            return backdrop.picture(told, chosen(point, ax) if point else [])

    def close(self) -> None:
        """Stop what runs and take the widgets away."""
        self.stop()
        close_widgets(self)

    def twin(self) -> str:
        """The moment without a kernel: where the knobs stand, and full training where recorded.

        Nothing else, as a notebook may ask for the cheapest of the front.
        """
        shown = dict.fromkeys((self.fidelity, self._whole))
        return "".join(
            f"<p>{escape(self.words(f))}</p>{card(self._drawn(f))}"
            for f in shown
            if f == self.fidelity or self.point(f)
        )

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        return layout.bundle_of(self, self.words(self.fidelity))


def _plane(study: Study, more: tuple[Point, ...]) -> tuple[Backdrop, Axes]:
    """All points, of which none stands out yet."""
    made, size = figure(520, 320), study.by_size
    (ax,) = axes(made)
    plane((*study.points, *more), study.front(), ax, by_size=size.tau.value if size else None)
    return Backdrop(made), ax
