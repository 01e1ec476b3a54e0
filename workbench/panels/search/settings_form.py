"""Constructor arguments as controls: whatever a strategy or an estimator takes, a learner can set.

One control for each keyword argument that is a number, a switch, a text or a choice of words.
Arguments of other kinds keep their default, or the value that the notebook gave.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args, get_origin

import ipywidgets as widgets

from workbench.panels.parts.layout import field, row

Maker: TypeAlias = Callable[..., Any]  # a strategy's or an estimator's class

DEVICES = ("auto", "cpu", "cuda", "mps")
FIRST = ("trials", "seed", "epochs", "strategy", "estimator")  # seen at once; the rest under More
ELSEWHERE = frozenset({"space", "data", "seed", "checkpoints"})  # set by the panel itself
RANGES = {"trials": (1, 10**6), "seed": (0, 2**31 - 1)}
MOST = 5  # controls that are seen at once


def arguments(maker: Maker) -> dict[str, inspect.Parameter]:
    """The keyword arguments that a panel may set, by name."""
    parameters = inspect.signature(maker).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and name not in ELSEWHERE
    }


def control(maker: Maker, name: str, value: object) -> widgets.Widget | None:
    """A control for one argument, starting at ``value``; None where its kind has none."""
    text = name.replace("_", " ")
    if name == "device":
        return widgets.Dropdown(options=DEVICES, value=value, description=text)
    words = _words(maker, name)
    if words:
        return widgets.Dropdown(options=words, value=value, description=text)
    if isinstance(value, bool):
        return widgets.Checkbox(value=value, description=text, indent=False)
    if isinstance(value, int):
        return widgets.IntText(value=value, description=text)  # keeps what was typed
    if isinstance(value, float):
        return widgets.FloatText(value=value, description=text, step=None)
    if isinstance(value, str):
        return widgets.Text(value=value, description=text)
    return None


def _words(maker: Maker, name: str) -> tuple[str, ...]:
    """The choices of an argument annotated ``Literal["a", "b"]``; none for other arguments."""
    made = maker.__init__ if isinstance(maker, type) else maker  # type: ignore[misc]
    try:
        kind = typing.get_type_hints(made).get(name)
    except (NameError, TypeError):  # an annotation that only type checkers can see
        return ()
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


class SettingsForm:
    """All settings of a search: trials, seed, which strategy and estimator, and their arguments.

    ``settings`` are starting values by argument name; ``show`` names what stands in ``top`` (at
    most five; the rest is in ``more``), ``lock`` what cannot be changed. ``changed()`` is called
    after each change.

    Raises ValueError for a name in ``settings``, ``show`` or ``lock`` that is no setting.
    """

    def __init__(
        self,
        strategies: Sequence[Maker],
        estimators: Sequence[Maker],
        *,
        trials: int,
        seed: int,
        settings: Mapping[str, Any] | None = None,
        show: Sequence[str] | None = None,
        lock: Sequence[str] = (),
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._makers = {maker.__name__: maker for maker in (*strategies, *estimators)}
        self._changed, self._given = changed, dict(settings or {})
        self._plain = {
            "trials": widgets.IntText(trials, description="trials"),
            "seed": widgets.IntText(seed, description="seed"),
            "strategy": _choice("strategy", strategies),
            "estimator": _choice("estimator", estimators),
        }
        self._own = {name: self._controls(maker) for name, maker in self._makers.items()}
        self._check([*self._given, *(show or ()), *lock])
        self._show = tuple(show) if show else self._usual()
        for name, each in self._every():
            each.disabled = name in lock
            if isinstance(each, widgets.Checkbox):
                each.layout.width = "auto"
            else:
                field(each, width=100)
            each.observe(lambda change: self._refresh(change), "value")
        self.top, self.more = row(), row()
        self._arrange()

    def _controls(self, maker: Maker) -> dict[str, widgets.Widget]:
        found = {}
        for name, parameter in arguments(maker).items():
            made = control(maker, name, self._given.get(name, parameter.default))
            if made is not None:
                found[name] = made
        return found

    def _usual(self) -> tuple[str, ...]:
        alone = {n for n in ("strategy", "estimator") if len(self._plain[n].options) == 1}
        return tuple(name for name in FIRST if name not in alone)

    def _check(self, names: Sequence[str]) -> None:
        known = {*self._plain} | {n for maker in self._makers.values() for n in arguments(maker)}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise ValueError(f"setting {unknown[0]!r}: expected some of {sorted(known)}")

    def _every(self) -> list[tuple[str, widgets.Widget]]:
        own = [pair for controls in self._own.values() for pair in controls.items()]
        return [*self._plain.items(), *own]

    # ------------------------------------------------------------ what is chosen

    @property
    def trials(self) -> int:
        """How many architectures to try, beside the learner's own."""
        return int(self._plain["trials"].value)

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self._plain["seed"].value)

    def faults(self) -> list[str]:
        """What is expected of trials and seed, where they are something else."""
        return [
            f"{name}: expected a whole number from {low} to {high}, got {self._plain[name].value}"
            for name, (low, high) in RANGES.items()
            if not low <= self._plain[name].value <= high
        ]

    def chosen(self, kind: Literal["strategy", "estimator"]) -> tuple[Maker, dict[str, Any]]:
        """The chosen class, and its arguments as they stand."""
        maker = self._makers[self._plain[kind].value]
        given = {name: value for name, value in self._given.items() if name in arguments(maker)}
        shown = {name: each.value for name, each in self._own[maker.__name__].items()}
        return maker, given | shown

    # ------------------------------------------------------------ what is seen

    def _refresh(self, change: Mapping[str, Any]) -> None:
        if change["owner"] in (self._plain["strategy"], self._plain["estimator"]):
            self._arrange()
        self._changed()

    def _arrange(self) -> None:
        """Only the chosen strategy's and estimator's arguments are seen."""
        seen = dict(self._plain)
        for kind in ("strategy", "estimator"):
            seen |= self._own[self._plain[kind].value]
        top = [name for name in self._show if name in seen][:MOST]
        self.top.children = [seen[name] for name in top]
        self.more.children = [
            each
            for name, each in seen.items()
            if name not in top and not (name in self._plain and len(_options(each)) == 1)
        ]


def _options(each: widgets.Widget) -> Sequence[object]:
    return getattr(each, "options", ("any", "number"))


def _choice(name: str, makers: Sequence[Maker]) -> widgets.Dropdown:
    if not makers:
        raise ValueError(f"SearchPanel: expected at least one {name}, got none")
    names = [maker.__name__ for maker in makers]
    return widgets.Dropdown(options=names, value=names[0], description=name)
