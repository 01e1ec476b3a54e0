"""All settings of a run as controls: trials, seed, its parts, their presets and their arguments.

One control for each keyword argument that is a number, a switch, a text or a choice of words.
Arguments of other kinds keep their default, or the value that the notebook gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from workbench import checks
from workbench.panels.parts.layout import field, row
from workbench.panels.parts.setting_controls import (
    Maker,
    SettingControl,
    choice,
    number_control,
    setting_control,
)
from workbench.panels.running.setting_name_lookup import SettingNames
from workbench.settings import arguments, presets

FIRST = ("trials", "seed", "epochs")  # seen at once, with the menus; the rest under More
RANGES = {"trials": (1, 10**6), "seed": (0, 2**31 - 1)}
PLURAL = {"strategy": "strategies", "estimator": "estimators", "method": "methods"}
OWN = "own"  # the preset of settings that are nobody else's
MOST = 5  # controls that are seen at once


class SettingsForm:
    """``parts`` says for each part of a run ("strategy", "estimator", "method") its classes.

    A setting is called by its part ("strategy.lr"), or by its bare name where one part alone has
    it. ``settings`` are starting values by name; ``show`` names what stands in ``top`` (at most
    five; the rest is in ``more``), ``lock`` what cannot be changed. A class with ``PRESETS`` has
    a menu "preset" that sets its controls. ``trials`` None: there is no such setting.
    ``changed()`` is called after each change.

    Raises ValueError for a name in ``settings``, ``show`` or ``lock`` that is no setting, or two.
    """

    def __init__(
        self,
        parts: Mapping[str, Sequence[Maker]],
        *,
        trials: int | None,
        seed: int,
        settings: Mapping[str, Any] | None = None,
        show: Sequence[str] | None = None,
        lock: Sequence[str] = (),
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        for part, of in parts.items():
            for maker in checks.several(PLURAL[part], of, "(RandomSearch,)"):
                checks.function(PLURAL[part], maker, "RandomSearch")
                if not hasattr(maker, "__name__"):  # a partial, as a ComparisonPanel takes it
                    raise ValueError(
                        f"{PLURAL[part]}: expected a class, got {maker!r}: give the class itself, "
                        "and settings={…} for its arguments"
                    )
        show = None if show is None else checks.several("show", show, '("epochs",)')
        for name in (*(show or ()), *checks.several("lock", lock, '("epochs",)')):
            checks.text("show and lock", name)
        self._makers = {part: {each.__name__: each for each in of} for part, of in parts.items()}
        self._changed, self._quiet = changed, False
        seed = checks.whole("seed", seed, least=0)
        if "method" not in parts:
            trials = checks.whole("trials", trials, least=1)
        counts = {"seed": seed} if trials is None else {"trials": trials, "seed": seed}
        self._plain = {
            name: number_control(int(count), within=RANGES[name], description=name)
            for name, count in counts.items()
        }
        self._plain |= {part: choice(part, of) for part, of in parts.items()}
        self.names = SettingNames(
            self._plain, {part: self._arguments(part) for part in self._makers}
        )
        given = settings or {}
        self._given = {part: self.names.of_part(given, part) for part in self._makers}
        self._own = {
            part: {name: self._controls(part, name) for name in makers}
            for part, makers in self._makers.items()
        }
        self._show = [self.names.full(name) for name in show or self._usual()]
        locked = {self.names.full(name) for name in lock}
        for name, each in given.items():
            known = [*self._makers.get(name, ())]
            if known and each not in known:
                raise ValueError(f"{name}: expected the name of one of {known}, got {each!r}")
            if name in self._plain:
                self._plain[name].value = each
        for name, each in self._every():
            each.widget.disabled = name in locked
            self._dress(each)
        self.top, self.more = row(), row()
        self._arrange()
        self._first = {name: each.widget.value for name, each in self._every()}

    def restore(self) -> None:
        """Every setting as it was first, and ``changed()`` once."""
        self._quiet = True
        try:
            for name, each in self._every():
                each.widget.value = self._first[name]
        finally:
            self._quiet = False
        self._arrange()
        self._changed()

    def _arguments(self, part: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for maker in self._makers[part].values():
            found |= dict.fromkeys((*arguments(maker), *(["preset"] if presets(maker) else [])))
        return tuple(found)

    def _controls(self, part: str, name: str) -> dict[str, SettingControl]:
        maker = self._makers[part][name]
        found: dict[str, SettingControl] = {}
        named = presets(maker)
        if named:
            menu = widgets.Dropdown(options=(*named, OWN), value=OWN, description="preset")
            found["preset"] = SettingControl(menu)
        for argument, parameter in arguments(maker).items():
            value = self._given[part].get(argument, parameter.default)
            short = self.names.short(f"{part}.{argument}").replace("_", " ")
            made = setting_control(maker, argument, value, description=short)
            if made is not None:
                found[argument] = made
        if named:
            preset = self._given[part].get("preset", OWN)
            if preset not in (*named, OWN):
                raise ValueError(f"preset: expected some of {sorted(named)}, got {preset!r}")
            _set(found, named, preset, but=self._given[part])
        return found

    def _usual(self) -> tuple[str, ...]:
        menus = [part for part, makers in self._makers.items() if len(makers) > 1]
        first = [name for name in FIRST if name in self._plain or self._one_has(name)]
        return (*first, *menus)

    def _one_has(self, argument: str) -> bool:
        return sum(argument in names for names in self.names.parts.values()) == 1

    def _every(self) -> Iterator[tuple[str, SettingControl]]:
        yield from self._plain.items()
        for part, makers in self._own.items():
            for controls in makers.values():
                for name, each in controls.items():
                    yield f"{part}.{name}", each

    def _dress(self, each: SettingControl) -> None:
        if isinstance(each.widget, widgets.Checkbox):
            each.widget.layout.width = "auto"
        else:
            field(each.widget, width=100)
        each.observe(lambda: self._refresh(each))

    # ------------------------------------------------------------ what is chosen

    @property
    def trials(self) -> int | None:
        """How many architectures to try, beside the learner's own; None where that is no setting.

        Raises ValueError where what was typed is no such number; so does ``seed``.
        """
        return int(self._plain["trials"].value) if "trials" in self._plain else None

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self._plain["seed"].value)

    def faults(self) -> list[str]:
        """What was expected where what was typed is no value, one line each."""
        return [fault for _, each in self._seen() if (fault := each.fault)]

    @property
    def readable(self) -> bool:
        """Whether everything that is shown is a value, a wrong one perhaps."""
        return all(each.readable for _, each in self._seen())

    def chosen(self, part: str) -> tuple[Maker, dict[str, Any]]:
        """The chosen class of a part, and its arguments as they stand.

        Raises ValueError where what was typed is no value.
        """
        name = self._plain[part].value
        maker = self._makers[part][name]
        known = arguments(maker)
        given = {key: value for key, value in self._given[part].items() if key in known}
        shown = {key: each.value for key, each in self._own[part][name].items() if key in known}
        return maker, given | shown

    # ------------------------------------------------------------ what is seen

    def _seen(self) -> Iterator[tuple[str, SettingControl]]:
        """The plain settings, and those of the chosen classes, by full name."""
        yield from self._plain.items()
        for part in self._makers:
            for name, each in self._own[part][self._plain[part].value].items():
                yield f"{part}.{name}", each

    def _refresh(self, changed: SettingControl) -> None:
        if self._quiet:
            return
        self._quiet = True  # a preset sets many controls: one change
        try:
            for part, makers in self._own.items():
                for name, controls in makers.items():
                    _agree(controls, presets(self._makers[part][name]), changed)
        finally:
            self._quiet = False
        if changed in [self._plain[part] for part in self._makers]:
            self._arrange()
        self._changed()

    def _arrange(self) -> None:
        seen = dict(self._seen())
        top = [name for name in self._show if name in seen][:MOST]
        self.top.children = [seen[name].widget for name in top]
        self.more.children = [
            each.widget
            for name, each in seen.items()
            if name not in top and not (name in self._makers and len(self._makers[name]) == 1)
        ]


def _agree(
    controls: Mapping[str, SettingControl],
    named: Mapping[str, Mapping[str, Any]],
    changed: SettingControl,
) -> None:
    """Keep a class's preset menu and its other controls telling the same."""
    menu = controls.get("preset")
    if menu is None or changed not in controls.values():
        return
    if changed is menu:
        _set(controls, named, menu.value)
    else:
        menu.value = next((name for name in named if _is(controls, named[name])), OWN)


def _set(
    controls: Mapping[str, SettingControl],
    named: Mapping[str, Mapping[str, Any]],
    preset: str,
    *,
    but: Mapping[str, Any] | None = None,
) -> None:
    """Set a class's controls to a preset, those in ``but`` apart."""
    for name, value in named.get(preset, {}).items():
        if name in controls and name not in (but or ()):
            controls[name].value = value
    controls["preset"].value = next((n for n in named if _is(controls, named[n])), OWN)


def _is(controls: Mapping[str, SettingControl], values: Mapping[str, Any]) -> bool:
    return all(
        not controls[name].fault and controls[name].value == value
        for name, value in values.items()
        if name in controls
    )
