"""``DARTSPanel``: a gradient-based search, its α epoch by epoch, and the cell it would end in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.data.images import ImageData
from workbench.history import History
from workbench.panels.darts import cards
from workbench.panels.darts.epochs_so_far import AfterEpoch, after_epochs
from workbench.panels.darts.supernet_settings import SHOWN, SupernetSettings
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.layout import COLUMN, bundle, choice, column, line, sheet, stack, wrap
from workbench.panels.running.open_panels import called, register
from workbench.panels.running.redraw_throttle import Frames
from workbench.panels.running.run_result import RunResult
from workbench.panels.running.state_string import Recipe
from workbench.panels.running.worker_thread import AT_WORK
from workbench.panels.search.panel import SearchPanel
from workbench.panels.search.time_slider import TimeSlider
from workbench.records import Batch, Event, Mixture
from workbench.spaces.edges import EdgeSpace
from workbench.strategies import DifferentiableSearch

SHOW = ("order", "epochs", "alpha_rate", "xi", "seed")  # settings beside the buttons
CARDS = {"supernet": cards.supernet, "discrete": cards.discrete, "mixture": cards.mixture}
VIEWS = (*CARDS, "curves")
STYLE = """<style>
.wb-darts .wb-time { width: 100%; }
.wb-darts .wb-sides > .wb-column + .wb-column { display: none; }
.wb-darts .wb-numbers { min-height: 19px; }
</style>"""


class DARTSPanel:
    """Run a gradient-based search and look at its mixture, now or after any epoch before.

    Above, a ``SearchPanel`` for ``DifferentiableSearch`` on ``space`` (a ``DARTSSpace``, a
    ``TopologySpace``) and ``data``, and the cells of the supernet as settings; below, a slider over
    the epochs, the relaxed cell, the cell it would be discretised to, α as a heat map, and curves.

    ``seed``, ``settings``, ``lock`` and ``log`` are as a ``SearchPanel`` takes them; ``show`` names
    at most five settings to stand beside the buttons; ``lock`` may also name settings of the
    space. ``epoch`` is where the slider stands, and ``kind`` which kind of cell is shown.

    Raises ValueError for a space without edges or an unknown setting.
    """

    def __init__(
        self,
        space: Any,
        data: ImageData,
        *,
        seed: int = 0,
        settings: Mapping[str, Any] | None = None,
        show: Sequence[str] = SHOW,
        lock: Sequence[str] = (),
        log: str | Path | None = None,
    ) -> None:
        if not isinstance(space, EdgeSpace):
            raise ValueError(
                "DARTSPanel: space: expected cells with an operation on each edge, as "
                f"DARTSSpace's or TopologySpace's, got {type(space).__name__}"
            )
        lock = checks.several("DARTSPanel: lock", lock, '("epochs",)')
        show = checks.several("DARTSPanel: show", show, '("epochs",)')
        self._supernet = SupernetSettings(space, lock=[name for name in lock if name in SHOWN])
        self._search = SearchPanel(
            self._supernet,
            data,
            methods=(DifferentiableSearch,),
            seed=seed,
            settings=settings,
            show=(*show, "cost"),
            lock=[name for name in lock if name not in SHOWN],
            log=log,
        )
        self._seen: tuple[AfterEpoch, ...] = ()
        self._time = TimeSlider(moved=self._moved, fork=None, unit="epoch")
        self._kinds = choice("cell", space.cell_kinds())
        self._kinds.layout.display = None if len(space.cell_kinds()) > 1 else "none"
        self._kinds.observe(lambda change: self._moved(), "value")
        self._numbers = line()
        self._numbers.add_class("wb-numbers")
        self._sheets = {name: sheet() for name in VIEWS}
        for name, each in self._sheets.items():
            each.add_class(f"wb-{name}")
        self._frames = Frames({name: self._drawer(name) for name in VIEWS})
        self._deaf = self._search.session.listen(self._hear)
        pairs = [
            wrap(*[column(self._sheets[name], basis=COLUMN) for name in pair])
            for pair in (VIEWS[:2], VIEWS[2:])
        ]
        style = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        self.widget = stack(
            style, self._supernet.widget, self._search.widget, self._time.widget, self._numbers,
            self._kinds, *pairs,
        )  # fmt: skip
        for name in ("wb-panel", "wb-darts"):
            self.widget.add_class(name)
        register(self)
        self._renew()

    # ------------------------------------------------------------ what a notebook calls

    @property
    def history(self) -> History[Any]:
        """The events of the present run so far."""
        return self._search.history

    @property
    def runs(self) -> list[History[Any]]:
        """The histories of earlier runs, oldest first."""
        return self._search.runs

    @property
    def state(self) -> str:
        """The state string: of the run that is shown, or of the settings before the first."""
        return self._search.state

    @property
    def space(self) -> Any:
        """The space as it is set now."""
        return self._supernet.space

    @property
    def run_space(self) -> Any:
        """The space of the run that is shown; before its first epoch ended, as it is set now."""
        now = self._search.session.now
        return now.plan.space if now is not None and self._seen else self.space

    @property
    def epochs(self) -> tuple[AfterEpoch, ...]:
        """What each epoch of the present run ended with: numbers and α."""
        return self._seen

    @property
    def epoch(self) -> int:
        """The epoch after which the search is shown, 0 before the first; set it to go there."""
        return self._shown.number if self._shown else 0

    @epoch.setter
    def epoch(self, number: int) -> None:
        ended = [after.number for after in self._seen]
        if number not in ended:
            raise ValueError(f"DARTSPanel: epoch: expected one that ended, {ended}, got {number!r}")
        self._time.slider.value = ended.index(number) + 1

    @property
    def kind(self) -> str:
        """The kind of cell that is shown; set it to show another."""
        return str(self._kinds.value)

    @kind.setter
    def kind(self, kind: str) -> None:
        self._kinds.value = checks.one_of("DARTSPanel: kind", kind, self._kinds.options)

    def run(self) -> None:
        """As ``SearchPanel.run``."""
        self._search.run()

    def step(self, unit: str | None = None) -> None:
        """As ``SearchPanel.step``: one "batch", "epoch" or "trial", then pause."""
        self._search.step(unit)

    def pause(self) -> None:
        """Pause before the next batch."""
        self._search.pause()

    def stop(self) -> None:
        """End the run before its next batch; what it has logged stays."""
        self._search.stop()

    def reset(self) -> None:
        """Stop, and forget this panel's runs; their logs stay on disk."""
        self._search.reset()

    def wait(self) -> RunResult:
        """Block until the run has ended or pauses, as ``SearchPanel.wait``."""
        found = self._search.wait()
        return RunResult(found.state, self.history, yours=None, scale=found.scale, twin=self.twin)

    def show(self, event: Event[Any]) -> None:
        """Take one event, from a worker or made by hand, and renew what is due."""
        self._search.show(event)

    def restore(self, log: Path, history: History[Any]) -> None:
        """Show a run that was logged earlier with these settings; Continue goes on from its log."""
        self._search.restore(log, history)

    def close(self) -> None:
        """Stop what runs and take the widgets away; logs stay."""
        self._deaf()
        self._deaf = lambda: None
        self._search.close()
        close_widgets(self)

    def twin(self) -> str:
        """The panel as still markup: α after the first epoch and this one; the rest after this."""
        space, last = self.run_space, self._shown
        shown = [self._seen[0], last] if last and last is not self._seen[0] else [last]
        parts = [cards.supernet(space, last, self.kind, still=True)]
        parts += [cards.mixture(space, after, self.kind, still=True) for after in shown]
        parts += [cards.discrete(space, last, self.kind, still=True)]
        parts += [cards.curves(space, self._seen, still=True)]
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:10px">'
            + "".join(f'<div style="flex:0 1 auto;max-width:100%">{part}</div>' for part in parts)
            + f"</div><p>{escape(self._words)}</p>{self._search.twin()}"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        name, live = called(self), "<code>workbench.attach()</code>"
        live += f", or its name (here: <code>{escape(name)}</code>)," if name else ""
        return bundle(
            self.widget,
            self.twin,
            self._words or "no epoch yet",
            live=f"{live} in a cell",
            name=name,
        )

    @classmethod
    def from_state(
        cls, text: str, *, data: ImageData | None = None, own: Sequence[type] = (), **more: Any
    ) -> DARTSPanel:
        """The panel that a state string describes; see ``SearchPanel.from_state``.

        Raises ValueError for a damaged string, missing data, or the state of another search.
        """
        given = Recipe.read(text).arguments(data, own)
        if given.pop("methods", None) != (DifferentiableSearch,):
            raise ValueError("DARTSPanel: expected the state of a DifferentiableSearch")
        del given["yours"]
        return cls(**given, **more)

    # ------------------------------------------------------------ what is seen

    @property
    def _shown(self) -> AfterEpoch | None:
        number = self._time.trial
        if number is None:
            return self._seen[-1] if self._seen else None
        return next((after for after in self._seen if after.number == number), None)

    @property
    def _words(self) -> str:
        return " · ".join(cards.numbers(self.run_space, self._shown))

    def _hear(self, event: Event[Any] | None) -> None:
        if event is None:
            self._renew()
        elif isinstance(event, Mixture):
            past = self._time.trial is not None  # somebody looks at the past: it does not change
            self._take()
            self._frames.touch(*(["curves"] if past else VIEWS))
            self._frames.beat()
        elif isinstance(event, Batch):
            self._frames.beat()

    def _take(self) -> None:
        self._seen = after_epochs(self._search.history)
        self._time.extend([after.number for after in self._seen])
        self._numbers.value = escape(self._words)

    def _renew(self) -> None:
        """Draw everything, if the run is at rest; at work, what is due comes by itself."""
        self._take()
        self._frames.touch(*VIEWS)
        if self._search.session.state not in AT_WORK:
            self._frames.flush(free=True)

    def _moved(self) -> None:
        """The learner chose another epoch, or another kind of cell."""
        self._numbers.value = escape(self._words)
        self._frames.touch(*CARDS)
        self._frames.flush(*CARDS, free=self._search.session.state not in AT_WORK)

    def _drawer(self, name: str) -> Callable[[], None]:
        def renew() -> None:
            space, shown = self.run_space, self._shown
            self._sheets[name].value = (
                cards.curves(space, self._seen)
                if name == "curves"
                else CARDS[name](space, shown, self.kind)
            )

        return renew
