"""``ControllerPanel``: watch a controller write an architecture down, decision by decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from html import escape
from threading import RLock
from typing import Any

from workbench import checks
from workbench.history import History
from workbench.panels.controller.learned_weights import LearnedWeights
from workbench.panels.controller.pictures import Pictures, pictures
from workbench.panels.controller.sampling import Decided, Sampling, Taken
from workbench.panels.controller.softmaxes import Softmax, softmaxes
from workbench.panels.controller.widget_layout import ControllerLayout
from workbench.panels.parts.dispose_widgets import close_widgets
from workbench.panels.parts.layout import bundle_of
from workbench.panels.running.live_pace import Audience, Tempo
from workbench.panels.running.open_panels import register
from workbench.panels.running.worker_thread import Runner, State

PACE = 3  # decisions a second, where somebody watches
READ = 256  # walks whose softmaxes are remembered


class ControllerPanel:
    """Step through the sampling of a ``Reinforce`` or a ``PPO``: softmax, choice, next softmax.

    ``strategy`` is a fresh one, and stays as it is. With ``run``, the history of a search that a
    strategy of the same settings made, a slider goes to the controller as it was before any update
    and after each of them: the decisions stay, their probabilities change. ``child`` is the number
    of the architecture that is drawn first: the one that the strategy would ask about in that
    trial, if it had never learned. The unit of a step is a decision.

    Raises ValueError for another strategy, one that has learned or whose depth a schedule sets, and
    for a run of another space.
    """

    def __init__(self, strategy: Any, run: History[Any] | None = None, *, child: int = 0) -> None:
        if run is not None:
            checks.of_type("ControllerPanel: run", run, History)
        child = checks.whole("ControllerPanel: child", child, least=0)
        self._learned = LearnedWeights(strategy, run)
        self.space, self._seed = strategy.space, strategy.seed
        self._update = self._learned.updates[-1]
        self._sampling = Sampling(self.space, seed=self._seed, child=child)
        self._gate = RLock()
        self._softmaxes: Callable[[int, Taken], tuple[Softmax, ...]] = lru_cache(READ)(self._look)
        self._tempo, self._audience, self._to_the_end = Tempo(PACE), Audience(), False
        self._runner = Runner(
            self._decisions,
            show=self._show,
            changed=self._changed,
            name="the controller's sampling",
            units={"decision": (Decided,)},
            alone=False,  # it draws from a generator of its own, and trains nothing
        )
        self._layout = ControllerLayout(
            step=self.step,
            run=self._run_or_pause,
            fresh=self.fresh,
            at=self._go_to,
            update=self._go_after,
            option=self._forced,
            updates=self._learned.updates,
        )
        self.widget = self._layout.widget
        register(self)
        self._renew()

    # ------------------------------------------------------------ what a notebook calls

    @property
    def child(self) -> int:
        """The number of the architecture that is drawn."""
        return self._sampling.child

    @property
    def taken(self) -> Taken:
        """The decisions so far, by the index of the option."""
        return self._sampling.taken

    @property
    def complete(self) -> bool:
        """Whether all decisions are taken."""
        return self._sampling.complete

    @property
    def arch(self) -> Any:
        """The architecture. Raises ValueError while a decision is open."""
        return self.space.compose(self.taken)

    @property
    def at(self) -> int:
        """How many of the decisions are looked at; set it to go back and forth."""
        return self._sampling.at

    @at.setter
    def at(self, count: int) -> None:
        most = len(self.taken)
        self._go_to(checks.whole("ControllerPanel: at", count, least=0, most=most))

    @property
    def update(self) -> int:
        """After how many updates the controller is looked at; set it to one of ``updates``."""
        return self._update

    @update.setter
    def update(self, number: int) -> None:
        self._layout.update.value = checks.one_of("ControllerPanel: update", number, self.updates)

    @property
    def updates(self) -> tuple[int, ...]:
        """After how many updates it can be looked at; 0: before any."""
        return self._learned.updates

    def softmax(self, number: int, *, update: int | None = None) -> Softmax:
        """Of the decision of this number, from 0: one that was taken, or the next.

        ``update``: after how many (default: as the panel stands). Raises ValueError where there is
        no such decision.
        """
        known = self._read(self.taken, update)
        return known[checks.whole("softmax: number", number, least=0, most=len(known) - 1)]

    def step(self) -> None:
        """One decision, then a pause."""
        self._to_the_end = False
        if not self._sampling.ended:
            self._runner.step("decision")

    def run(self) -> None:
        """Draw all decisions that are left, in the background."""
        self._to_the_end = True
        if not self._sampling.ended:
            self._runner.run()

    def pause(self) -> None:
        """Pause before the next decision."""
        self._runner.pause()

    def fresh(self) -> None:
        """Begin the next architecture, with dice of its own."""
        self._runner.pause()
        with self._gate:
            self._sampling = Sampling(self.space, seed=self._seed, child=self.child + 1)
        self._renew()

    def force(self, option: Any) -> None:
        """Take this option of the decision that is looked at; later ones stay where they can.

        Raises ValueError where there is no such option.
        """
        decision = self.space.next_decision(self.taken[: self.at])
        options = () if decision is None else decision.options
        if option not in options:
            raise ValueError(f"force: expected one of {list(options)}, got {option!r}")
        self._forced(options.index(option))

    def wait(self) -> State:
        """Block until it pauses or has drawn the last decision; what went wrong is raised."""
        state = self._runner.wait()
        if self._runner.error is not None:
            raise self._runner.error
        return state

    def close(self) -> None:
        """Stop, and take the widgets away."""
        self._runner.stop()
        self._runner.join(2.0)
        close_widgets(self)

    # ------------------------------------------------------------ the run, in a worker

    def _decisions(self) -> Iterator[Decided]:
        while True:
            with self._gate:
                if self._sampling.ended:
                    return
                decided = self._sampling.step(self._read)
            yield decided

    def _show(self, event: Decided) -> None:
        if self._to_the_end and self._audience.watching():
            self._renew()
            self._tempo.hold(lambda: self._runner.state == "running", lambda: None)

    def _changed(self) -> None:
        if self._runner.state not in ("running", "stopping"):
            self._renew()
        self._layout.state(self._runner.state, ended=self._sampling.ended)

    def _read(self, taken: Taken, update: int | None = None) -> tuple[Softmax, ...]:
        return self._softmaxes(self._update if update is None else update, taken)

    def _look(self, update: int, taken: Taken) -> tuple[Softmax, ...]:
        with self._gate:
            return softmaxes(self._learned.policy(update), self.space, taken)

    # ------------------------------------------------------------ what a learner does

    def _run_or_pause(self) -> None:
        self._audience.came = True
        if self._runner.state == "running":
            self.pause()
        else:
            self.run()

    def _go_to(self, count: int) -> None:
        with self._gate:
            self._sampling.at = min(count, len(self.taken))
        self._renew()

    def _go_after(self, update: int) -> None:
        self._update = update
        self._renew()

    def _forced(self, option: int) -> None:
        if option >= 0:
            with self._gate:
                self._sampling.force(option)
            self._renew()

    # ------------------------------------------------------------ what is shown

    def _renew(self) -> None:
        with self._gate:
            at, known = self.at, len(self.taken)
            option = self.taken[at] if at < known else None
            shown = self._pictures(self.taken[:at], option)
            # first the sliders: who sees the pictures may drag again, and would be set back
            self._layout.show(at=at, known=known, options=shown.options, taken=option)
            self._layout.words.value = escape(shown.words)
            self._layout.unrolled.value, self._layout.bars.value = shown.unrolled, shown.bars
            self._layout.beside.value = shown.beside
            self._layout.state(self._runner.state, ended=self._sampling.ended)

    def _pictures(self, taken: Taken, option: int | None, *, still: bool = False) -> Pictures:
        """Of a walk after these decisions; ``option``: which the next one is known to have."""
        before = self._read(taken, 0) if self._update else None
        made = pictures(
            self.space, self._read(taken), before, taken, option,
            forced=self._sampling.forced, still=still,
        )  # fmt: skip
        return replace(made, words=f"Architecture {self.child}. {made.words}")

    # ------------------------------------------------------------ for readers without a kernel

    def twin(self) -> str:
        """The panel as still markup; of an untouched one all that Run to the end would draw."""
        with self._gate:
            taken = self.taken[: self.at] or self._sampling.ahead(self._read)
            made = self._pictures(taken, None, still=True)
        return f"<p>{escape(made.words)}</p>{made.unrolled}{made.bars}{made.beside}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        count = len(self.taken)
        said = (
            f"a controller after {self.update} updates, {count} decision{'s' * (count != 1)} taken"
        )
        return bundle_of(self, said)
