"""A notebook says that the first import is a wait; nobody else hears of it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from IPython.core import getipython
from IPython.core.events import EventManager, available_events

from workbench import waiting


class Shown:
    """What a display would show, by its last word."""

    html = ""

    def update(self, made: dict[str, str], *, raw: bool) -> None:
        assert raw
        Shown.html = made["text/html"]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A kernel's shell in which torch has not been loaded."""
    made = SimpleNamespace(kernel=object())
    made.events = EventManager(made, available_events)

    def display(made: dict[str, str], *, raw: bool, display_id: bool) -> Shown:
        shown = Shown()
        shown.update(made, raw=raw)
        assert display_id
        return shown

    Shown.html = ""
    monkeypatch.setattr(getipython, "get_ipython", lambda: made)
    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.delenv("WORKBENCH_RENDER", raising=False)
    return made


def test_it_is_said_until_the_cell_is_done(shell: SimpleNamespace) -> None:
    waiting.say_so()
    assert Shown.html == waiting.WORDS
    shell.events.trigger("post_run_cell", None)
    assert Shown.html == waiting.DONE
    Shown.html = ""
    shell.events.trigger("post_run_cell", None)  # of the next cell
    assert Shown.html == ""


@pytest.mark.parametrize("case", ["loaded", "rendering", "no kernel", "no notebook"])
def test_nobody_else_hears_of_it(
    case: str, shell: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case == "loaded":
        monkeypatch.setitem(sys.modules, "torch", sys)
    elif case == "rendering":
        monkeypatch.setenv("WORKBENCH_RENDER", "1")
    elif case == "no kernel":
        del shell.kernel
    else:
        monkeypatch.delitem(sys.modules, "IPython")
    waiting.say_so()
    assert Shown.html == ""
