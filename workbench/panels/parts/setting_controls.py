"""A constructor's argument as a control: a menu, a tick, a number, a text.

What was typed is what is used: a number is kept as the text that a learner wrote, and is either
read in full or refused aloud, its field marked, until it is mended.
"""

from __future__ import annotations

import inspect
import math
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, get_args, get_origin

import ipywidgets as widgets

from workbench.training.device import KINDS, choose_device, device_name, missing

Maker: TypeAlias = Callable[..., Any]  # the class of a space, a strategy, an estimator, a method

BAD = "wb-bad"  # the style of a field whose text is no value
NONE = "none"  # what a field shows of None


class SettingControl:
    """A control and how its widget's value becomes the argument's.

    ``read(shown)`` raises ValueError for what is no value; ``write(value)`` is its inverse.
    ``judge(value)`` says what is wrong with a value, "" where nothing is.
    """

    def __init__(
        self,
        widget: widgets.Widget,
        *,
        read: Callable[[Any], Any] = lambda shown: shown,
        write: Callable[[Any], Any] = lambda value: value,
        judge: Callable[[Any], str] = lambda value: "",
    ) -> None:
        self.widget, self._read, self._write, self._judge = widget, read, write, judge

    @property
    def value(self) -> Any:
        """The argument. Raises ValueError that says what was expected and what is there."""
        try:
            return self._read(self.widget.value)
        except ValueError as error:
            raise ValueError(f"{self.widget.description}: {error}") from None

    @value.setter
    def value(self, value: Any) -> None:
        self.widget.value = self._write(value)

    @property
    def fault(self) -> str:
        """What is wrong with what is shown; "" where nothing is. The field is marked."""
        try:
            words = self._judge(self.value)
            words = f"{self.widget.description}: {words}" if words else ""
        except ValueError as error:
            words = str(error)
        mark = self.widget.add_class if words else self.widget.remove_class
        mark(BAD)
        return words

    @property
    def readable(self) -> bool:
        """Whether what is shown is a value at all, a wrong one perhaps."""
        try:
            _ = self.value
        except ValueError:
            return False
        return True

    def observe(self, changed: Callable[[], None]) -> None:
        """Call ``changed()`` after each change of what is shown."""
        self.widget.observe(lambda change: changed(), "value")


def setting_control(maker: Maker, name: str, value: object, **about: Any) -> SettingControl | None:
    """A control for one argument of ``maker``, starting at ``value``; None where its kind has none.

    ``about`` is passed on to the widget (``description``, ``tooltip``, ``disabled``).
    """
    about = {"description": name.replace("_", " ")} | about
    menu = devices() if name == "device" else literals(maker, name)
    if menu:
        if value not in menu:  # whoever makes the thing says what is wrong with it
            value = str(value)
            menu = (*menu, value)
        return SettingControl(widgets.Dropdown(options=menu, value=value, **about))
    if isinstance(value, int | float | None) and or_none(maker, name):
        return number_or_none_control(value, whole=or_none(maker, name) == "int", **about)
    if isinstance(value, bool):
        return SettingControl(widgets.Checkbox(value=value, indent=False, **about))
    if isinstance(value, int | float):
        return number_control(value, **about)
    if isinstance(value, str):
        return SettingControl(widgets.Text(value=value, continuous_update=False, **about))
    return None


def devices() -> tuple[str, ...]:
    """What a search can run on here; ``not_offered`` says why the rest is not."""
    lacking = missing()
    return ("auto", *(kind for kind in KINDS if kind not in lacking))


def runs_on(device: str) -> str:
    """What a device setting means on this machine, in words."""
    try:
        return device_name(choose_device(device))
    except ValueError as error:
        return str(error)


def not_offered() -> str:
    """Why a menu of devices is as short as it is; "" where it holds all of them."""
    kinds = " and ".join(missing())
    return f"{kinds} not offered: PyTorch sees none on this machine" if kinds else ""


def number_control(
    value: int | float, *, within: tuple[int, int] | None = None, **about: Any
) -> SettingControl:
    """A field for a number of the kind of ``value`` (whole or not), from … to ``within``."""
    kind = "a whole number" if isinstance(value, int) else "a number"
    read = whole_number if isinstance(value, int) else number

    def judge(found: int | float) -> str:
        if within is None or within[0] <= found <= within[1]:
            return ""
        return f"expected {kind} from {within[0]} to {within[1]}, got {found}"

    field = widgets.Text(str(value), continuous_update=False, **about)
    return SettingControl(field, read=read, write=str, judge=judge)


def number_or_none_control(
    value: int | float | None, *, whole: bool, **about: Any
) -> SettingControl:
    """A field for a number, or the word "none"."""
    read = whole_number if whole else number
    field = widgets.Text(_written(value), continuous_update=False, **about)
    return SettingControl(
        field,
        read=lambda text: None if text.strip().lower() in ("", NONE) else read(text),
        write=_written,
    )


def _written(value: int | float | None) -> str:
    return NONE if value is None else str(value)


def number(text: str) -> float:
    """ "0.2", "1e-3", "1_000" as a number. Raises ValueError for anything else."""
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"expected a number such as 0.1 or 1e-3, got {text!r}") from None
    if not math.isfinite(found):
        raise ValueError(f"expected a finite number, got {text!r}")
    return found


def whole_number(text: str) -> int:
    """ "20", "1e3", "1_000" as a whole number. Raises ValueError for anything else."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        found = number(text)
    except ValueError:
        raise ValueError(f"expected a whole number, got {text!r}") from None
    if not found.is_integer():
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(found)


def literals(maker: Maker, name: str) -> tuple[str, ...]:
    """The words of an argument annotated ``Literal["a", "b"]``; none for other arguments."""
    made = maker.__init__ if inspect.isclass(maker) else maker
    try:
        kind = typing.get_type_hints(made).get(name)
    except (NameError, TypeError):  # an annotation that only type checkers can see
        return ()
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def or_none(maker: Maker, name: str) -> Literal["", "int", "float"]:
    """The kind of number of an argument annotated ``float | None`` or ``int | None``, else ""."""
    made = maker.__init__ if inspect.isclass(maker) else maker
    written = str(getattr(made, "__annotations__", {}).get(name, ""))
    match written.replace(" ", ""):
        case "float|None":
            return "float"
        case "int|None":
            return "int"
    return ""


def choice(name: str, makers: Sequence[Maker]) -> SettingControl:
    """A menu of classes by name. Raises ValueError where there is none."""
    if not makers:
        raise ValueError(f"SearchPanel: expected at least one {name}, got none")
    names = [maker.__name__ for maker in makers]
    return SettingControl(widgets.Dropdown(options=names, value=names[0], description=name))
