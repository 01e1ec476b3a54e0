"""What of a search is on screen, and when it is renewed: the line, the pictures, the caption.

Numbers are renewed up to four times a second, pictures as ``Frames`` allows. Both happen in the
thread that pulls the search, between two of its events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from workbench.panels.parts.run_buttons import Next
from workbench.panels.parts.setting_controls import not_offered, runs_on
from workbench.panels.parts.status_line import StatusLine, Words
from workbench.panels.running.live_pace import Audience, Tempo
from workbench.panels.running.redraw_throttle import Frames, Pace
from workbench.panels.running.run_plan import Plan
from workbench.panels.running.session import Session
from workbench.panels.running.strategy_at_trial import Past
from workbench.panels.running.worker_thread import AT_WORK, State
from workbench.panels.search.earlier_runs import EarlierRuns
from workbench.panels.search.run_snapshot import Snapshot
from workbench.panels.search.view_list import VIEWS, SearchViews
from workbench.panels.search.widget_layout import Arrangement
from workbench.protocols import Rows
from workbench.records import Batch, Epoch, Event, Opened, Told
from workbench.scales import ScoreScale

AT_REST = frozenset({"paused", "stopped", "finished", "failed"})

GLANCE = 0.05  # seconds between two looks at whether something is due, while batches pass


class Screen:
    """Keeps an ``arrangement`` and its ``views`` up to date with a ``session``.

    ``plan()`` gives what is shown: the present run's plan, or that of the settings.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        views: SearchViews,
        session: Session,
        shown: Sequence[str],
        plan: Callable[[], Plan],
    ) -> None:
        self._arrangement, self._views = arrangement, views
        self._session, self._plan = session, plan
        self._names, self._status, self._lock = tuple(shown), StatusLine(), threading.RLock()
        self._inside: Mapping[str, Rows] | Exception = {}
        self._pace, self._moved, self._due = Pace(0.25), False, 0.0
        self._differs = False  # the settings are not those of the run that is shown
        self._tempo, self._audience = Tempo(), Audience()
        self._runs = EarlierRuns()
        self._changes, self._key, self._seen = 0, tuple[Any, ...](), Snapshot(None)
        self._time, self._told, self._past = arrangement.time, list[int](), Past()
        self._then: tuple[Snapshot, int, Snapshot] | None = None  # as it was, and of what and when
        draws = {name: self._drawer(name) for name in self._names}
        dear = {view.name for view in VIEWS if view.dear}
        # what is cheap need not wait for what is dear
        self._figures = Frames({name: draws[name] for name in self._names if name in dear})
        self._rest = Frames(
            {name: draws[name] for name in self._names if name not in dear}, least=1.0
        )
        self._listen()

    def _listen(self) -> None:
        """To the small controls under the pictures, and for the first sign of a living page."""
        own, buttons = self._arrangement, self._arrangement.buttons
        for name, control in own.choices.items():
            control.observe(lambda change, name=name: self.redraw(name), "value")
        own.pace.observe(lambda change: setattr(self._tempo, "rate", change["new"]), "value")
        for press in (buttons.run, buttons.step):
            press.on_click(lambda _: setattr(self._audience, "came", True))

    # ------------------------------------------------------------ what the session calls

    def show(self, event: Event[Any]) -> None:
        """Take one event and renew what is due."""
        now = time.perf_counter()
        if isinstance(event, Batch) and now < self._due:
            return  # there are hundreds of batches a second
        self._due = now + GLANCE
        with self._lock:
            self._status.take(event)
            self._changes += not isinstance(event, Batch)
            if isinstance(event, Told):
                self._told.append(event.trial)
        self._touch(*(view.name for view in VIEWS if isinstance(event, view.stale)))
        if self._pace.ready():
            self.say()
        if self._time.trial is not None:  # somebody looks at the past: it does not change
            return
        if isinstance(event, Epoch) and not self._moved:
            self._moved = True
            self._figures.flush("curves")  # the first point of a run does not wait
        self._figures.beat()
        self._rest.beat()
        if isinstance(event, Opened):
            self.say()
            self.redraw("champion")
        if isinstance(event, Told) and self._holding():
            self._tempo.hold(self._holding, self._idle)

    def _holding(self) -> bool:
        """Whether this trial, just told, should be seen before the next one begins.

        Not while events are read back, from a log or by ``restore``: only what is new is played.
        """
        run = self._session.now
        pulling = run is not None and run.runner.thread is threading.current_thread()
        fresh = self._status.told > self._runs.behind
        return pulling and fresh and self._audience.watching() and self._session.state == "running"

    def _idle(self) -> None:
        """Nobody trains while a trial is held: pictures may come as often as a page takes them."""
        if self._pace.ready():
            self.say()
        self._figures.beat(free=True)
        self._rest.beat(free=True)

    def clear(self) -> None:
        """A run begins: nothing of the one before stays."""
        with self._lock:
            status, kept = self._status, len(self._session.runs)
            self._runs.begin(self._session.now, kept, status.told, status.ends)
            self._status.clear()
            self._changes += 1
            self._told = []
            self._time.extend(())
        self._inside, self._moved = {}, False
        compared = "best" in self._names and self._session.runs
        self._arrangement.compare.layout.display = None if compared else "none"
        self._touch(*self._names)

    def changed(self) -> None:
        """The state changed: words and buttons at once; at rest, a last picture of everything."""
        self.say()
        if self._session.error is not None:
            self._arrangement.notice.error(self._session.error)
        if self._session.state in AT_REST:
            self.redraw()

    def travelled(self) -> None:
        """The learner moved the time slider: show the run as it was there, or as it is now."""
        self.redraw()

    # ------------------------------------------------------------ renewing

    def redraw(self, *names: str) -> None:
        """Draw these views (default: all) now."""
        self._touch(*(names or self._names))
        for frames in (self._figures, self._rest):
            frames.flush(*names, free=self._session.state != "running")

    @property
    def scale(self) -> ScoreScale:
        """How the scores of what is shown are said and drawn."""
        return self._runs.scale(self._plan(), self._status.ends)

    def line(self) -> list[str]:
        """The state and the numbers, as words."""
        with self._lock:
            plan = self._plan()
            return self._status.line(self._session.state, plan.total, **self._words(plan))

    def say(self) -> None:
        """Renew the line of numbers and what the buttons say."""
        with self._lock:
            state = self._session.state
            self._time.extend(self._told)
            self._arrangement.buttons.show(state, self._next(state))
            if state not in AT_WORK:
                self._arrangement.test_images.show(state, self._session.history, scale=self.scale)
            more = ("settings changed: the next run takes them",) if self._differs else ()
            plan = self._plan()
            self._arrangement.status.value = self._status.html(
                state, plan.total, *more, **self._words(plan)
            )

    def _words(self, plan: Plan) -> Words:
        return {"shared": _shared(plan), "scale": self.scale, "turn": self._session.turn}

    def _next(self, state: State) -> Next:
        """What a press of Run would do now."""
        if self._session.now is None:
            return "Run"
        return "Run anew" if self._differs or state == "finished" else "Continue"

    def caption(self, *, changed: bool = False) -> None:
        """Seed, device, log and state string; ``changed``: the settings are not the run's now."""
        self._differs = changed
        plan, now = self._plan(), self._session.now
        device = runs_on(plan.device)
        why = f" · {lacking}" if (lacking := not_offered()) else ""
        self._arrangement.runs_on.value = f"runs on {escape(device)}{why}"
        self._arrangement.say(
            seed=plan.seed,
            device=device,
            log=str(now.path) if now else "",
            state=plan.recipe.text,
            changed=changed,
        )

    def _touch(self, *names: str) -> None:
        self._figures.touch(*names)
        self._rest.touch(*names)

    def _drawer(self, name: str) -> Callable[[], None]:
        return lambda: self._views.draw(name, self._snapshot(name))

    def _snapshot(self, name: str = "") -> Snapshot:
        """What there is to be seen now; views of one state share it, and the rows in it."""
        run, plan = self._session.now, self._plan()
        worker = run.runner.thread if run else None
        if name == "inside" and worker is threading.current_thread():
            self._ask_inside()  # only whoever pulls may ask
        own, state = self._arrangement, self._session.state
        noun, axis = own.chosen("inside"), own.chosen("best") or "trials"
        runs, scale = self._session.runs if own.compare.value else [], self.scale
        kept = [number for number in self._runs.comparable(plan, scale) if number < len(runs)]
        about = scale, tuple(kept), len(runs), id(self._inside)
        key = (self._changes, state, plan.total, plan.space, noun, axis, about)
        if key != self._key:
            self._key = key
            self._seen = Snapshot(
                space=plan.space,
                history=self._session.history,
                total=plan.total,
                at_work=state in AT_WORK,
                yours=plan.yours,
                strategy=plan.title,
                earlier=tuple(runs[number] for number in kept),
                names=tuple(self._runs.names[number] for number in kept),
                apart=len(runs) - len(kept),
                scale=scale,
                inside=self._inside,
                noun=noun,
                axis=axis,
            )
        trial = self._time.trial
        return self._seen if trial is None else self._as_it_was(self._seen, trial)

    def _as_it_was(self, seen: Snapshot, trial: int) -> Snapshot:
        """The run when ``trial`` had just been told, and what its strategy showed then."""
        if self._then is None or self._then[0] is not seen or self._then[1] != trial:
            then = replace(seen.until(trial), at_work=True)
            inside: Mapping[str, Rows] | Exception
            try:
                inside = self._past.inside(self._plan(), then.history.events)
            except Exception as error:
                inside = error
            self._then = seen, trial, replace(then, inside=inside)
        return self._then[2]

    def _ask_inside(self) -> None:
        """What the strategy shows now, or what it raised: its drawing does not end the search."""
        try:
            self._inside = self._session.inside()
        except Exception as error:
            self._inside = error
        else:
            self._arrangement.offer(tuple(self._inside))

    def twin(self) -> str:
        """The same views for a reader without a kernel: images, tables, a line of numbers."""
        seen = self._snapshot()
        parts = [self._views.html(name, seen, still=True) for name in self._names]
        idle = self._session.state == "idle"  # says nothing of a picture
        numbers = self.line()[idle:]
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:10px">'
            + "".join(f'<div style="flex:0 1 auto;max-width:100%">{part}</div>' for part in parts)
            + f"</div><p>{escape(' · '.join(numbers))}</p>"
        )


def _shared(plan: Plan) -> str:
    """What epochs of no trial are: all of a method's search, before a search a preparation."""
    return "searching" if "method" in plan.parts else "preparing"
