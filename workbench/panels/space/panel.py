"""``SpacePanel``: build an architecture by hand; see it drawn, counted, and how many there are."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from html import escape
from threading import RLock
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.data.images import ImageData
from workbench.panels.parts import layout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.running.open_panels import called, register
from workbench.panels.running.run_result import RunResult
from workbench.panels.space import counts
from workbench.panels.space.change_decision import carried, changed, shown_steps
from workbench.panels.space.decision_list import DecisionList
from workbench.panels.space.kept_edits import KeptEdits
from workbench.panels.space.published_architectures import PublishedMenu
from workbench.panels.space.settings_form import SpaceForm, rebuilt
from workbench.panels.space.single_training import SingleTraining
from workbench.panels.space.skip_connection_matrix import AnchorMatrix, is_anchor
from workbench.panels.space.visible_and_locked_controls import ShowAndLock
from workbench.records import ImageTask, Task
from workbench.views.drawings import Drawing, draw
from workbench.views.paper import card

RANDOM = "Show an architecture whose every decision is drawn at random"
EDGES = 18  # CSS pixels of a card beside its drawing
TASK = ImageTask(1, 8, 8, 10)  # the digits


class SpacePanel:
    """A control for every decision and every setting of a space, and what follows from them.

    ``arch`` is where it starts (default: a random one, always the same). ``data`` adds the button
    "Train this one" (``epochs``, ``seed``) and gives the ``task`` that parameters and MACs are
    counted for. ``show`` names what stands in the open, in patterns: decisions by name
    ("depth", "layer 1 / *"), row ("layer *") or role ("filters"), and settings of the space
    ("max_depth"); all else is under "More settings". ``lock`` names, in the same way, what can
    only be looked at. ``ranges`` gives sliders of settings their ends: ``{"max_depth": (1, 6)}``.

    Raises ValueError for a pattern that means nothing, or an ``arch`` that is not in the space.
    """

    def __init__(
        self,
        space: Any,
        *,
        task: Task | None = None,
        data: ImageData | None = None,
        arch: Any = None,
        show: Sequence[str] | None = None,
        lock: Sequence[str] = (),
        ranges: Mapping[str, tuple[int, int]] | None = None,
        epochs: int = 8,
        seed: int = 0,
    ) -> None:
        if data is not None:
            checks.of_type("SpacePanel: data", data, ImageData)
        seed = checks.whole("SpacePanel: seed", seed, least=0)
        epochs = checks.whole("SpacePanel: epochs", epochs, least=1)
        self._space, self._rng = space, random.Random(seed)
        self.task: Task = task or (data.task if data is not None else TASK)
        self._patterns = ShowAndLock(show, lock)
        self._listeners: list[Callable[[Any], None]] = []
        self._gate, self._rest_open, self._size = RLock(), False, counts.Size(self._count)
        self._arch = space.sample(self._rng) if arch is None else arch
        space.decisions(self._arch)  # raises where it is not in the space
        self._said, self._numbers, self._sheet = layout.sheet(), layout.line(), layout.sheet()
        self._stack, self._stacked = layout.sheet(), None
        self._form = SpaceForm(
            space,
            self._choose_setting,
            complain=self._complain,
            ranges=ranges,
            lock=self._patterns.locks,
        )
        self._patterns.check(space.menu() if show or lock else (), self._form.controls)
        locked = self._patterns.locks
        self._open = DecisionList(
            self._choose, seen=lambda d: self._patterns.shows(d) and not is_anchor(d), locked=locked
        )
        self._matrix = AnchorMatrix(self._choose, seen=self._patterns.shows, locked=locked)
        self._known = PublishedMenu(lambda arch: self._become(self._space, arch))
        self._rest = DecisionList(self._choose, seen=self._patterns.hides, locked=locked)
        self._training = data and SingleTraining(
            lambda: (self._space, self._arch), data, epochs=epochs, seed=seed,
            complain=self._complain,
        )  # fmt: skip
        self._kept = KeptEdits((space, self._arch), self._become)
        self.widget = self._assembled()
        self._complain(None)
        register(self)
        self._renew()
        self._kept.bring_back()

    # ------------------------------------------------------------ what a notebook calls

    @property
    def space(self) -> Any:
        """The space with its settings as they stand."""
        return self._space

    @property
    def arch(self) -> Any:
        """The architecture as it stands; set it to show another one of this space."""
        return self._arch

    @arch.setter
    def arch(self, arch: Any) -> None:
        self._space.decisions(arch)  # raises where it is not in the space
        self._become(self._space, arch)

    def on_change(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        """Call ``callback(arch)`` after each change of the architecture or of the space.

        Returns a function that ends this.
        """
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def random(self) -> None:
        """Show a random architecture."""
        self._become(self._space, self._space.sample(self._rng))

    def train(self) -> None:
        """Train this architecture, in the background. Raises ValueError where there are no data."""
        self._trained().start()

    def stop(self) -> None:
        """End a training within one batch."""
        if self._training:
            self._training.stop()

    def wait(self) -> RunResult:
        """Block until the training has ended; an interrupt stops it."""
        training = self._trained()
        state = training.runner.wait()
        return RunResult(state, training.history, yours=0, twin=self.twin)

    def close(self) -> None:
        """Stop what runs and take the widgets away."""
        self.stop()
        self._size.close()
        self._kept.leave(self._space, self._arch)
        close_widgets(self)

    def _trained(self) -> SingleTraining:
        if not self._training:
            raise ValueError(
                "SpacePanel: nothing to train on; give it data: SpacePanel(space, data=digits())"
            )
        return self._training

    # ------------------------------------------------------------ what a learner does

    def _choose(self, name: str, index: int) -> None:
        try:
            self._become(self._space, changed(self._space, self._arch, name, index))
        except Exception as error:
            self._complain(error)

    def _choose_setting(self, name: str, value: Any) -> None:
        try:
            space = rebuilt(self._space, **{name: value})
            self._become(space, carried(self._space, self._arch, space))
        except Exception as error:
            self._complain(error)

    def _become(self, space: Any, arch: Any) -> None:
        with self._gate:
            # where something was refused, its control does not say what the space has
            new = space is not self._space or bool(self._said.value)
            self._space, self._arch = space, arch
            self._complain(None)
            self._renew()
            if new:
                self._form.show(space)
            for listener in tuple(self._listeners):
                listener(arch)

    def _complain(self, error: BaseException | str | None) -> None:
        layout.complain(self._said, error)

    # ------------------------------------------------------------ what is seen

    def _assembled(self) -> widgets.VBox:
        controls = self._form.controls
        front = [name for name in controls if self._patterns.opens(name)]
        back = [controls[name] for name in controls if name not in front]
        top = [layout.button("Random architecture", self.random, tip=RANDOM, icon="random")]
        if self._training:
            top += [self._training.press, self._training.halt, self._training.said]
        views = [self._sheet]
        if hasattr(self._space, "macro_graph"):
            views = [layout.tabs({"Cell": self._sheet, "Stack": self._stack})]
        shown = [*views, *([self._training.curve] if self._training else [])]
        left = layout.column(
            self._known.widget,
            *(controls[name] for name in front),
            self._open.widget,
            self._matrix.widget,
            layout.more(*back, self._rest.widget, opened=self._show_rest),
        )
        self._right = layout.column(*shown)
        columns = layout.wrap(left, self._right)
        said = self._said, self._kept.notice.widget, self._numbers
        return layout.panel(layout.row(*top), *said, columns, lost=self._kept.words)

    def _show_rest(self) -> None:
        self._rest_open = True
        self._rest.show(shown_steps(self._space, self._arch))

    def _renew(self) -> None:
        """The drawing first: it is what a learner looks at while a slider moves."""
        drawing = self.drawing()
        self._sheet.value = drawing.html()
        self._right.layout.flex = f"1 1 {max(layout.COLUMN, drawing.least + EDGES)}px"
        steps = shown_steps(self._space, self._arch)
        self._open.show(steps)
        self._matrix.show(steps)
        self._known.show(self._space, self._arch)
        if self._rest_open:
            self._rest.show(steps)
        self._restack()
        self._count()
        self._kept.show(self._space, self._arch, called(self))

    def _restack(self) -> None:
        """The stack of cells is drawn again only where it has changed."""
        if not hasattr(self._space, "macro_graph"):
            return
        stack = self._space.macro_graph(self._arch)
        if stack != self._stacked:
            self._stacked = stack
            self._stack.value = draw(stack).html()

    def drawing(self) -> Drawing:
        """The architecture, drawn."""
        return draw(self._space.graph(self._arch))

    def facts(self) -> list[tuple[str, str]]:
        """What is counted, as (name, value) pairs of text; waits for the size of the space."""
        return self._network_facts() + counts.of_space(self._counted())

    def _counted(self) -> int | Exception | None:
        self._size.of(self._space)
        self._size.wait()
        return self._size.of(self._space)

    def _network_facts(self) -> list[tuple[str, str]]:
        try:
            return counts.of_network(counts.cost(self._space, self._arch, self.task))
        except Exception as error:  # a learner's own ``build`` may raise anything
            self._complain(error)
            return []

    def _count(self) -> None:
        with self._gate:
            pairs = self._network_facts() + counts.of_space(self._size.of(self._space))
            self._numbers.value = counts.tiles(pairs)

    def twin(self) -> str:
        """The panel as a reader without a kernel sees it: pictures and a line of numbers."""
        curve = self._training.picture() if self._training else ""
        spelled = escape(self._space.spell(self._arch))
        said = f"<p>{counts.sentence(self.facts())}</p><p><code>{spelled}</code></p>"
        drawing = draw(self._space.graph(self._arch), prefix="twin-")  # the same text each time
        stack = draw(self._stacked, prefix="twin-stack-").image() if self._stacked else ""
        return drawing.image() + stack + (card(curve) if curve else "") + said

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        words = f"{type(self._space).__name__}: {self._space.spell(self._arch)}"
        name = called(self)
        live = (
            f"its name (here: <code>{escape(name)}</code>) in a cell" if name else "its cell again"
        )
        return layout.bundle(self.widget, self.twin, words, live=live)
