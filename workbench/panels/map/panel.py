"""``TableMap``: every cell of a table as a dot; pick one, change a decision, watch a strategy."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from html import escape
from threading import RLock
from typing import Any

from workbench import checks
from workbench.history import History
from workbench.panels.map.axes import places
from workbench.panels.map.cell_views import CellViews
from workbench.panels.map.dots import CellMap
from workbench.panels.map.figures import still_map
from workbench.panels.map.neighbour_graph import Landscape
from workbench.panels.map.walk_controls import WalkControls
from workbench.panels.map.widget_layout import VIEWS, MapLayout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.layout import bundle
from workbench.panels.running.open_panels import called, register
from workbench.panels.running.run_result import RunResult
from workbench.spaces.topology import Topology
from workbench.strategies.bayesian import BayesianOptimization
from workbench.strategies.by_hand import ByHand
from workbench.strategies.evolution import RegularizedEvolution
from workbench.strategies.local_search import LocalSearch
from workbench.strategies.random_search import RandomSearch

STRATEGIES = (RandomSearch, LocalSearch, RegularizedEvolution, BayesianOptimization, ByHand)
REMEMBERED = 200  # cells that "back" leads to


class TableMap:
    """A table's cells as dots, one of them picked, and a strategy's trials drawn over them.

    ``table`` is a ``Table``. A click, an arrow key, the slider or a bar of "change one decision"
    picks a cell; ``picked`` is it, and ``observe`` tells whoever listens. ``strategies`` are
    classes to run on the table (none: nothing to run; ``ByHand`` tries what is picked);
    ``trials``, ``seed`` and ``settings`` are what their controls start with. ``x`` is what lies
    across: "parameters", "MACs", "seconds", or "similarity" (two axes of likeness; accuracy is a
    colour then). ``arch`` is the cell picked first (default: a random one, always the same).
    ``show`` names what is seen beside the map (of "cell", "neighbours", "shares", "curves"), and
    settings to stand in the open; ``lock`` names settings that cannot be changed.

    Raises ValueError for an unknown axis, view or setting, or an ``arch`` of another space.
    """

    def __init__(
        self,
        table: Any,
        *,
        strategies: Sequence[Callable[..., Any]] = STRATEGIES,
        trials: int = 300,
        seed: int = 0,
        x: str = "parameters",
        arch: Topology | None = None,
        settings: Mapping[str, Any] | None = None,
        show: Sequence[str] | None = None,
        lock: Sequence[str] = (),
    ) -> None:
        at = places(table, checks.text("TableMap: x", x))
        trials = checks.whole("TableMap: trials", trials, least=1)
        seed = checks.whole("TableMap: seed", seed, least=0)
        strategies = checks.several("TableMap: strategies", strategies, "(RandomSearch,)")
        show = None if show is None else checks.several("TableMap: show", show, '("neighbours",)')
        lock = checks.several("TableMap: lock", lock, '("trials",)')
        self.table, self.space = table, table.space
        self.landscape = Landscape(table)
        self._rng, self._gate = random.Random(seed), RLock()
        self._listeners: list[Callable[[Topology], None]] = []
        self._before: list[Topology] = []
        self._arch = table.cells[self._rng.randrange(len(table.cells))] if arch is None else arch
        table.number(self._arch)  # raises where it is not in the table
        views = tuple(name for name in show or () if name in VIEWS) or VIEWS
        self._map = CellMap(self.landscape, at)
        self._map.widget.on_msg(self._heard)
        self._views = CellViews(self.landscape, self._pick)
        self._walks = strategies and WalkControls(
            self.landscape,
            strategies=strategies,
            trials=trials,
            seed=seed,
            settings=settings,
            show=[name for name in show or () if name not in VIEWS] or None,
            lock=lock,
            drawn=self._map.draw,
            turn=lambda: self._move("try"),
        )
        self._layout = MapLayout(
            self._map,
            self._views,
            self._walks.widget if self._walks else None,
            views,
            x=x,
            across=lambda name: self._map.place(places(table, name)),
            moved=self._move,
            ranked=lambda rank: self._pick(table.cells[self._by_rank[rank - 1]]),
            cells=len(table.cells),
            optima=self.landscape.sentence(),
            edges=len(self.landscape.edges),
        )
        self.widget = self._layout.widget
        register(self)
        self._renew()

    # ------------------------------------------------------------ what a notebook calls

    @property
    def picked(self) -> Topology:
        """The cell that is picked; set it to pick another one of the table."""
        return self._arch

    @picked.setter
    def picked(self, arch: Topology) -> None:
        self.table.number(arch)  # raises where it is not in the table
        self._pick(arch)

    def observe(self, callback: Callable[[Topology], None]) -> Callable[[], None]:
        """Call ``callback(arch)`` after each pick. Returns a function that ends this."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    @property
    def history(self) -> History[Any]:
        """The events of the walk that is shown."""
        return self._walks.history if self._walks else History(())

    def run(self) -> None:
        """Let the chosen strategy walk, in the background.

        Raises ValueError for an impossible setting or without strategies, BusyError while another
        panel's run is at work.
        """
        self._running().run()

    def step(self) -> None:
        """One trial, then pause."""
        self._running().step()

    def pause(self) -> None:
        """Pause before the next trial."""
        self._running().pause()

    def stop(self) -> None:
        """End the walk."""
        if self._walks:
            self._walks.stop()

    def wait(self) -> RunResult:
        """Block until the walk has ended or pauses; an interrupt stops it."""
        return self._running().wait(self.twin)

    def close(self) -> None:
        """Stop what runs and take the widgets away."""
        self.stop()
        self._listeners.clear()
        close_widgets(self)

    def _running(self) -> WalkControls:
        if not self._walks:
            raise ValueError("TableMap: nothing to run; leave strategies out, or name some")
        return self._walks

    # ------------------------------------------------------------ what a learner does

    @property
    def _by_rank(self) -> Any:
        return self.landscape.ranks.argsort()

    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        """A click or a key on the map; it waits for an answer, whatever comes of it."""
        if "cell" in content:
            cell = content["cell"]
            if isinstance(cell, int) and 0 <= cell < len(self.table.cells):
                self._pick(self.table.cells[cell])
        elif content.get("move") in ("best", "random", "back", "try"):
            self._move(content["move"])

    def _move(self, how: str) -> None:
        """To the best neighbour (where it is better), to a random cell, or back; or try it."""
        if how == "best":
            best = self.landscape.uphill(self._arch)
            self._pick(best.arch if best else self._arch)
        elif how == "random":
            self._pick(self._rng.choice(self.table.cells))
        elif how == "back":
            self._pick(self._before.pop() if self._before else self._arch, keep=False)
        elif how == "try":
            if self._walks:
                self._walks.answer(self._arch)
            self._pick(self._arch)  # the map waits for an answer

    def _pick(self, arch: Topology, *, keep: bool = True) -> None:
        with self._gate:
            if keep and arch != self._arch:
                self._before = [*self._before, self._arch][-REMEMBERED:]
            self._arch = arch
            self._renew()
        for listener in tuple(self._listeners):
            listener(arch)

    def _renew(self) -> None:
        arch, cell = self._arch, self.table.number(self._arch)
        self._views.show(arch)
        words = self._views.words(arch)
        near = [each.cell for each in self.landscape.neighbours(arch)]
        self._map.show(cell, near, words=words, label=self._layout.label(words))
        self._layout.ranked(int(self.landscape.ranks[cell]))

    # ------------------------------------------------------------ for readers without a kernel

    def twin(self) -> str:
        """The panel as still markup: the map as an image, the picked cell, a line of numbers."""
        trials = self._walks.trials if self._walks else None
        optima = self._layout.optima_are_marked
        image = still_map(
            self.landscape, self._map.places, self._arch, trials,
            window=self._map.window, up=self._map.up, optima=optima,
        )  # fmt: skip
        parts = self._layout.still(image, self._views.still(self._arch))
        numbers = [self._views.words(self._arch)]
        if self._walks and trials:
            numbers += [f"{trials.strategy}: {' · '.join(self._walks.words())}"]
        lines = "".join(f"<p>{escape(each)}</p>" for each in numbers)
        return f"{parts}{lines}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        words = f"a map of {len(self.table.cells):,} cells; picked: {self.space.spell(self._arch)}"
        name = called(self)
        live = f"<code>{escape(name)}</code> in a cell" if name else "its cell again"
        return bundle(self.widget, self.twin, words, live=live, name=name)
