"""Train one architecture from a button: a live accuracy curve, the earlier ones pale behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as widgets

from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.history import History
from workbench.panels.parts.layout import button, line, sheet
from workbench.panels.running.redraw_throttle import Frames
from workbench.panels.running.worker_thread import AT_WORK, BusyError, Runner
from workbench.records import Batch, Epoch, Event, Failed, Told
from workbench.search import search
from workbench.strategies.random_search import RandomSearch
from workbench.strategies.warm_start import WarmStart
from workbench.views.curves import learning_curves
from workbench.views.numbers_in_words import duration, percent
from workbench.views.paper import LOCK, axes, card, figure, picture

SIZE = 420, 230  # CSS pixels of the figure


class SingleTraining:
    """Trains what ``chosen()`` returns, a (space, architecture), for ``epochs`` epochs.

    ``press`` and ``stop`` are its buttons, ``said`` its line of numbers, ``curve`` its figure.
    Training runs in a worker thread; one run is at work in a kernel at a time.
    """

    def __init__(
        self,
        chosen: Callable[[], tuple[Any, Any]],
        data: ImageData,
        *,
        epochs: int = 8,
        seed: int = 0,
        complain: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        self._chosen, self.data, self.epochs, self.seed = chosen, data, epochs, seed
        self._complain = complain
        self._curves: list[list[float]] = []  # one a training, validation accuracies in [0, 1]
        self._events: list[Event[Any]] = []
        self._frames = Frames({"curve": self._draw})
        self.press = button(
            "Train this one", self.start, icon="play", primary=True,
            tip=f"Train this architecture for {epochs} epochs on {data.name}",
        )  # fmt: skip
        self.halt = button("Stop", self.stop, icon="stop", tip="End this training")
        self.said, self.curve = line(), sheet()
        self.halt.disabled = True
        self.curve.layout.display = "none"
        self.runner = Runner(
            self._search, show=self.show, changed=self._changed, name="the training of one network"
        )

    @property
    def history(self) -> History[Any]:
        """The events of the last training."""
        return History(tuple(self._events))

    def start(self) -> None:
        """Train; another run at work in this kernel is an error in words."""
        if self.runner.state in AT_WORK:
            return
        self._target = self._chosen()
        try:
            self.runner.run()
        except BusyError as busy:
            self._complain(busy)

    def stop(self) -> None:
        """End the training within one batch."""
        self.runner.stop()

    def _search(self) -> Iterator[Event[Any]]:
        space, arch = self._target
        self._events = []
        self._curves.append([])
        strategy = WarmStart(RandomSearch(space, seed=self.seed), first=(arch,))
        estimator = FullTraining(space, self.data, epochs=self.epochs)
        return search(strategy, estimator, trials=1, seed=self.seed)

    def show(self, event: Event[Any]) -> None:
        """Take in an event of the training."""
        if isinstance(event, Batch):
            self._frames.beat()
            return
        self._events.append(event)
        if isinstance(event, Epoch):
            self._curves[-1].append(event.score)
            self.said.value = f"epoch {event.epoch}/{event.epochs} · <b>{percent(event.score)}</b>"
            self._frames.touch("curve")
            self._frames.beat()
        elif isinstance(event, Failed):
            self.said.value = "failed"
            self._complain(event.error)
        elif isinstance(event, Told) and not event.evaluation.is_failure:
            seconds = duration(event.evaluation.seconds)
            score = percent(event.evaluation.score)
            self.said.value = (
                f"validation accuracy <b>{score}</b> after {self.epochs} epochs, {seconds}"
            )

    def _changed(self) -> None:
        state = self.runner.state
        working = state in AT_WORK
        self.press.disabled, self.halt.disabled = working, not working
        if state == "running":
            self.said.value = "training …"
        elif state == "stopping":
            self.said.value = "stopping …"
        elif state == "stopped":
            done = len(self._curves[-1]) if self._curves else 0
            self.said.value = f"stopped after {done} of {self.epochs} epochs"
        if not working:
            self._frames.flush()
        if state == "failed" and self.runner.error is not None:
            self.said.value = "failed"
            self._complain(self.runner.error)

    def _draw(self) -> None:
        self.curve.value = card(self.picture())
        self.curve.layout.display = None

    def picture(self) -> str:
        """The curves so far as ``<img>``; "" before the first epoch."""
        if not any(self._curves):
            return ""
        rows = _rows(self._curves)
        with LOCK:
            made = figure(*SIZE)
            ax = axes(made)[0]
            newest = max(row["trial"] for row in rows)
            learning_curves(rows, ax, current=newest, words={newest: "this one"})
            ax.set_xlim(0.7, self.epochs + 0.3)
            alt = (
                f"Validation accuracy after each epoch: now {percent(rows[-1]['score'])} "
                f"after epoch {rows[-1]['epoch']}; {newest} earlier trainings pale behind it"
            )
            return picture(made, alt)


def _rows(curves: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    return [
        {"trial": trial, "epoch": epoch, "score": score}
        for trial, curve in enumerate(curves)
        for epoch, score in enumerate(curve, start=1)
    ]


def nothing() -> widgets.HTML:
    """An empty place, where there are no data to train on."""
    return widgets.HTML(layout=widgets.Layout(display="none"))
