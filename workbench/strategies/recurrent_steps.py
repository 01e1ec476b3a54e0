"""A walk through decisions, cut into the steps of a recurrent controller.

A decision is a step of its own, with a softmax over its options. The anchors of a layer (whether it
reads this or that earlier layer) share one step, the layer's *anchor point* (Zoph & Le 2017,
section 3.3). Every layer has one, also a first layer, which has nothing to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

import torch
from torch import Tensor

from workbench.protocols import SearchSpace, Stroll
from workbench.records import Decision

A = TypeVar("A")

Heads: TypeAlias = Literal["a decision", "a role"]  # one softmax for each
Forced: TypeAlias = Callable[[Decision], int | None]  # an option's index; None: it is decided
Answer: TypeAlias = Callable[[int], bool]  # is this earlier layer read?
YES_OR_NO = (False, True)


class Question(NamedTuple):
    """One of an anchor point: is the ``earlier`` layer read, whose point is step ``point``?"""

    decision: Decision
    earlier: int
    point: int
    yes: bool


class Step(NamedTuple):
    """One recurrent step: a softmax at ``place`` and the column taken; or (-1) an anchor point."""

    place: int
    column: int = 0
    decision: Decision | None = None
    questions: tuple[Question, ...] = ()

    @property
    def reads(self) -> list[int]:
        """The earlier layers that are read, of an anchor point."""
        return [question.earlier for question in self.questions if question.yes]


class SoftmaxTable:
    """Which softmax answers a decision, and which of its columns are open.

    One softmax for each decision of the menu, or for each role; it has a column for each option
    that any of its decisions can have, and fewer options leave columns closed. A *place* is a
    softmax with certain columns open, known by its number. With ``attention`` anchors have none:
    attention answers them, at the anchor points of the layers ``first`` … ``points``.
    """

    def __init__(self, space: SearchSpace[Any], *, heads: Heads, attention: bool) -> None:
        self._by_role, self._attention, menu = heads == "a role", attention, space.menu()
        self._columns: dict[str, dict[Hashable, int]] = {}
        for decision in menu:
            if not self.is_anchor(decision):
                columns = self._columns.setdefault(self._name(decision), {})
                for option in decision.options:
                    columns.setdefault(option, len(columns))
        self._numbers = {name: number for number, name in enumerate(self._columns)}
        self.softmaxes = max(1, len(self._columns))
        self.widest = max([2, *map(len, self._columns.values())])
        pairs = [d.between for d in menu if d.between is not None and self.is_anchor(d)]
        self.first = min((earlier for earlier, _ in pairs), default=1)
        self.points = max((layer for _, layer in pairs), default=0)
        self._stems = {
            _heading(d).removesuffix(str(d.between[1])) for d in menu if d.between is not None
        }
        self._layers: dict[str, int] = {}
        self._places: dict[Decision, int] = {}
        self._latest: dict[str, tuple[Decision, int]] = {}  # a decision's hash takes a while
        self._open: list[tuple[int, tuple[int, ...]]] = []  # softmax and columns, by place
        self._tensors: tuple[Tensor, Tensor, Tensor] | None = None

    def is_anchor(self, decision: Decision) -> bool:
        """Whether attention answers it."""
        return (
            self._attention
            and decision.kind == "anchor"
            and decision.between is not None
            and decision.options == YES_OR_NO
        )

    def place(self, decision: Decision) -> int:
        """The place of a decision with the options that it has now.

        Raises ValueError for one that is not in the menu.
        """
        latest = self._latest.get(decision.name)
        if latest is not None and latest[0] is decision:
            return latest[1]
        found = self._places.get(decision)
        if found is None:
            name = self._name(decision)
            known = self._columns.get(name, {})
            missing = [option for option in decision.options if option not in known]
            if missing:
                raise ValueError(
                    f"a controller has no softmax for {decision.name!r} with {missing[0]!r}: it "
                    "is not in the menu; give the space a method state(taken), so that all can be "
                    "listed"
                )
            found = self._places[decision] = len(self._open)
            columns = tuple(known[option] for option in decision.options)
            self._open.append((self._numbers[name], columns))
            self._tensors = None
        self._latest[decision.name] = decision, found
        return found

    def columns(self, place: int) -> tuple[int, ...]:
        """The column of each option of the decision there."""
        return self._open[place][1]

    def at(self, places: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Of each place: the softmax (n,), whether a column is open (n, widest), the last open."""
        if self._tensors is None:
            is_open = torch.zeros(len(self._open), self.widest, dtype=torch.bool)
            for place, (_, columns) in enumerate(self._open):
                is_open[place, list(columns)] = True
            self._tensors = (
                torch.tensor([number for number, _ in self._open], dtype=torch.int64),
                is_open,
                torch.tensor([max(columns) for _, columns in self._open], dtype=torch.int64),
            )
        rows = torch.tensor(places, dtype=torch.int64)
        softmaxes, is_open, last = self._tensors
        return softmaxes[rows], is_open[rows], last[rows]

    def layer(self, decision: Decision) -> int:
        """The layer that a decision belongs to ("layer 3 / filter height": 3); 0: to none."""
        if decision.name not in self._layers:
            heading = _heading(decision)
            numbers = [heading.removeprefix(s) for s in self._stems if heading.startswith(s)]
            self._layers[decision.name] = next((int(n) for n in numbers if n.isdigit()), 0)
        return self._layers[decision.name]

    def _name(self, decision: Decision) -> str:
        return (self._by_role and decision.role) or decision.name


class Unrolling(Generic[A]):
    """A walk under way, as steps: ``place`` (or -1, an anchor point) is what comes next.

    ``forced`` gives the option of a decision that the controller does not take (a depth that a
    schedule sets): no step is spent on it.
    """

    def __init__(self, table: SoftmaxTable, walk: Stroll[A], *, forced: Forced) -> None:
        self.steps: list[Step] = []
        self.points: dict[int, int] = {}  # the step of a layer's anchor point
        self.place: int | None = None  # None: the architecture is complete
        self._table, self._walk, self._forced = table, walk, forced
        self._layer = self._anchor = 0
        self._look()

    @property
    def arch(self) -> A:
        """The architecture. Raises ValueError while a decision is open."""
        return self._walk.arch

    @property
    def asks(self) -> bool:
        """Whether the anchor point that comes next has a question."""
        return self.place == -1 and self._question() is not None

    def met(self) -> Iterator[tuple[int, Decision, Question | None]]:
        """Each decision met, in order, with its step; and the question that it was, if it was."""
        for number, step in enumerate(self.steps):
            if step.decision is not None:
                yield number, step.decision, None
            yield from ((number, question.decision, question) for question in step.questions)

    def take(self, column: int) -> None:
        """Take the option in this column of the softmax."""
        decision, place = self._walk.decision, self.place
        if decision is not None and place is not None:
            self._walk.take(self._table.columns(place).index(column))
            self.steps.append(Step(place, column, decision))
        self._look()

    def stop_at_anchor_point(self, answer: Answer) -> None:
        """Ask, for each earlier layer in question, whether it is read."""
        questions, here = [], len(self.steps)
        while (decision := self._question()) is not None and decision.between is not None:
            earlier = decision.between[0]
            yes = answer(earlier)
            self._walk.take(int(yes))
            questions.append(Question(decision, earlier, self.points[earlier], yes))
        self.points[self._anchor] = here
        self.steps.append(Step(-1, questions=tuple(questions)))
        self._look()

    def _question(self) -> Decision | None:
        decision = self._walk.decision
        if decision is None or decision.between is None or not self._table.is_anchor(decision):
            return None
        return decision if decision.between[1] == self._anchor else None

    def _look(self) -> None:
        while (decision := self._walk.decision) is not None:
            index = self._forced(decision)
            if index is None:
                break
            self._walk.take(index)
        if decision is None:
            self.place = None
            return
        self._anchor = self._due(decision)
        self.place = -1 if self._anchor >= 0 else self._table.place(decision)

    def _due(self, decision: Decision) -> int:
        """The layer whose anchor point comes before this decision is taken; -1: none."""
        if not self._table.points:
            return -1
        if self._table.is_anchor(decision) and decision.between is not None:
            reader = decision.between[1]
            waiting = (n for n in range(self._table.first, reader) if n not in self.points)
            return next(waiting, reader)
        before, now = self._layer, self._table.layer(decision)
        self._layer = now or before
        left = before if now != before and now else 0
        return left if left and left not in self.points else -1


def walked(table: SoftmaxTable, space: SearchSpace[A], arch: A, *, depth: bool) -> Unrolling[A]:
    """The steps that lead to an architecture; ``depth``: its depth was forced.

    Raises ValueError where it is not in the space.
    """
    indices = iter(space.decisions(arch))
    way = Unrolling(table, space.begin(), forced=_given(indices) if depth else _nothing)
    while way.place is not None:
        if way.place == -1:
            way.stop_at_anchor_point(lambda earlier: bool(next(indices)))
        else:
            way.take(table.columns(way.place)[next(indices)])
    return way


def is_depth(decision: Decision) -> bool:
    """Whether a schedule may set it: it says how many layers there are."""
    return decision.name == "depth" and all(type(option) is int for option in decision.options)


def _given(indices: Iterator[int]) -> Forced:
    return lambda decision: next(indices) if is_depth(decision) else None


def _nothing(decision: Decision) -> int | None:
    return None


def _heading(decision: Decision) -> str:
    """ "layer 3" of "layer 3 / filter height"."""
    return decision.name.partition(" / ")[0]
