"""Local search: change one decision, keep what is better, and begin anew where nothing is.

White, Nolen & Savani (2021), Exploring the loss landscape in neural architecture search.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar, get_args

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.spaces.one_decision import answers_of, steps_of
from workbench.strategies.draws import generator
from workbench.strategies.lineage import change, family, shown
from workbench.strategies.unasked import Unasked

A = TypeVar("A")

Order: TypeAlias = Literal["first improvement", "whole neighbourhood"]
ORDERS: tuple[Order, ...] = get_args(Order)
SHOWN = 100  # steps in ``inside``'s history, the last ones


class LocalSearch(Generic[A]):
    """Climbs from the best of a few random architectures to a local optimum, then begins anew.

    It stands at one architecture, asks about its neighbours (one decision changed) in random
    order and moves to a better one. Where all were told and none is better, it is at a local
    optimum: the next climb starts. The details, and where they come from:

    - ``start``: so many random architectures are told, then the climb begins at the best of
      them. Paper: 1; the authors' code, naszilla: 10, the default here.
    - ``order``: "first improvement" moves as soon as a better neighbour is told (naszilla's
      default); "whole neighbourhood" asks about all and moves to the best (the paper).
    - ``restarts``: how many climbs may follow the first; None, the default: as many as there
      are trials (naszilla). The paper's algorithm stops at the first optimum: 0.
    - No architecture is asked about twice. A neighbour that was told before costs nothing: is
      one better, the climb goes on there at once. A climb may so end where an earlier one did.
    - Better is strictly better: a plateau ends a climb. Failures come last.

    Start asks are random until ``start`` have been told, however many are under way; whatever is
    told meanwhile counts as one of them, also your own and late neighbours. While all neighbours
    are under way it waits. It finishes where the restarts, or the space, are used up.

    Raises ValueError for an impossible setting.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {"start": 1, "order": "whole neighbourhood", "restarts": 0},
        "lesson": {},
    }

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        start: int = 10,
        order: Order = "first improvement",
        restarts: int | None = None,
        seed: int = 0,
    ) -> None:
        self.space, self.seed = space, checks.whole("LocalSearch: seed", seed)
        self.start = checks.whole("LocalSearch: start", start, least=1)
        self.order = checks.one_of("LocalSearch: order", order, ORDERS)
        self.restarts = checks.whole_or_none("LocalSearch: restarts", restarts, least=0)
        self._asks = 0  # also those skipped
        self._unasked = Unasked(space)
        self._told: dict[A, Told[A]] = {}  # what came first of each architecture
        self._starting: list[Told[A]] = []  # told since this climb was begun, as long as it stands
        self._here: Told[A] | None = None  # nowhere: still drawing where to start
        self._neighbours: list[A] = []  # of where it stands
        self._open: list[A] = []  # neighbours not asked about
        self._waiting: set[A] = set()  # neighbours not told
        self._optima: list[Told[A]] = []  # where each climb ended
        self._trials: dict[int, Told[A]] = {}
        self._best: Told[A] | None = None
        self._stands = deque[tuple[int, float | None, float | None]](maxlen=SHOWN)

    def ask(self) -> Candidate[A] | None:
        """A random architecture to start from, or a neighbour; None: wait, or finished."""
        rng = generator(self.seed, self._asks)
        if self._here is not None:
            if not self._open:
                return None
            candidate = self._neighbour(self._here, rng.choice(self._open))
        elif self._finished or (arch := self._unasked.draw(rng)) is None:
            return None
        else:
            candidate = Candidate(arch, reason=f"start of climb {len(self._optima) + 1}, at random")
        self.skip(candidate)
        return candidate

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is not asked about again."""
        self._asks += 1
        self._note(candidate.arch)

    def tell(self, told: Told[A]) -> None:
        """Moves where it is better; at a local optimum the next climb is begun."""
        arch = told.candidate.arch
        if arch in self._unasked:
            self.space.decisions(arch)  # raises where it is not in the space
            self._note(arch)
        self._told.setdefault(arch, told)
        if self._here is None:
            self._starting.append(told)
            if len(self._starting) >= self.start and not self._finished:
                self._stand(max(self._starting, key=_key))
                self._climb()
        elif arch in self._waiting:
            self._waiting.discard(arch)
            self._climb()
        self._remember(told)

    def inside(self) -> Mapping[str, Rows]:
        """``neighbourhood``: what each neighbour of where it stands changes, and what came of it.

        ``history``: the score of where it stands and of the best so far, after each trial told.
        ``family``: the way here from its start, and all neighbours that were tried here.
        ``optima``: where each climb ended, the last 200.
        """
        here = [] if self._here is None else [self._here]
        of = [self._told[arch].trial for arch in self._neighbours if arch in self._told]
        return {
            "neighbourhood": [row for told in here for row in self._rows(told)],
            "history": [
                {"step": step, "series": series, "value": value}
                for step, *values in self._stands
                for series, value in zip(("here", "best so far"), values)
                if value is not None
            ],
            "optima": [
                {
                    "climb": climb,
                    "trial": told.trial,
                    "architecture": self.space.spell(told.candidate.arch),
                    "score": shown(told.evaluation),
                }
                for climb, told in list(enumerate(self._optima, 1))[-2 * SHOWN :]
            ],
            "family": family(self._trials, [*(told.trial for told in here), *of]),
        }

    @property
    def _finished(self) -> bool:
        return self.restarts is not None and len(self._optima) > self.restarts

    def _neighbour(self, here: Told[A], arch: A) -> Candidate[A]:
        said = self._change(here.candidate.arch, arch)
        reason = f"neighbour of trial {here.trial}: {said}"
        return Candidate(arch, parents=(here.trial,), reason=reason)

    def _change(self, before: A, after: A) -> str:
        one, other = (answers_of(steps_of(self.space, arch)) for arch in (before, after))
        return change(one, other)

    def _note(self, arch: A) -> None:
        self._unasked.asked(arch)
        if arch in self._open:
            self._open.remove(arch)

    def _stand(self, here: Told[A]) -> None:
        self._here, self._starting = here, []
        found = dict.fromkeys(self.space.neighbours(here.candidate.arch))
        self._neighbours = [arch for arch in found if arch != here.candidate.arch]
        self._open = [arch for arch in self._neighbours if arch in self._unasked]
        self._waiting = {arch for arch in self._neighbours if arch not in self._told}

    def _climb(self) -> None:
        """Move as far as what is known leads; at a local optimum the climb ends."""
        while (better := self._better()) is not None:
            self._stand(better)
        if self._here is not None and not self._waiting:  # a local optimum
            self._optima.append(self._here)
            self._here, self._neighbours = None, []

    def _better(self) -> Told[A] | None:
        """The best neighbour known, if it is better than here and the order lets it be taken."""
        if self._here is None or (self._waiting and self.order == "whole neighbourhood"):
            return None
        known = [told for arch in self._neighbours if (told := self._told.get(arch)) is not None]
        best = max(known, key=_key, default=self._here)
        return best if _key(best) > _key(self._here) else None

    def _remember(self, told: Told[A]) -> None:
        self._trials[told.trial] = told
        if self._best is None or _key(told) > _key(self._best):
            self._best = told
        here = None if self._here is None else shown(self._here.evaluation)
        self._stands.append((len(self._trials), here, shown(self._best.evaluation)))

    def _rows(self, here: Told[A]) -> list[dict[str, Any]]:
        rows = []
        for arch in self._neighbours:
            told = self._told.get(arch)
            rows.append(
                {
                    "change": self._change(here.candidate.arch, arch),
                    "trial": told and told.trial,
                    "score": told and shown(told.evaluation),
                    "state": "told" if told else "open" if arch in self._unasked else "running",
                }
            )
        return rows


def _key(told: Told[Any]) -> tuple[bool, bool, float]:
    return told.evaluation.sort_key
