"""Settings by part: what a name means, presets, and that what was typed is what is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from fakes import Guess, chains
from hypothesis import given
from hypothesis import strategies as st

from workbench import estimators, strategies
from workbench.data import ImageData, digits
from workbench.estimators import FullTraining
from workbench.panels import SearchPanel
from workbench.panels.parts.setting_controls import (
    number,
    number_control,
    setting_control,
    whole_number,
)
from workbench.panels.running.setting_name_lookup import SettingNames
from workbench.panels.search.settings_form import SettingsForm
from workbench.settings import arguments, presets
from workbench.strategies import RandomSearch


class Picky(RandomSearch[Any]):
    """A learner's strategy with an argument that a learner's estimator has too."""

    PRESETS: Mapping[str, Mapping[str, Any]] = {"paper": {"rate": 0.5, "batch": 8}, "lesson": {}}

    def __init__(self, space: Any, *, rate: float = 0.1, batch: int = 2, seed: int = 0) -> None:
        super().__init__(space, seed=seed)
        self.rate, self.batch = rate, batch


class Trained(Guess):
    """A learner's estimator."""

    def __init__(self, space: Any, data: ImageData, *, epochs: int = 2, rate: float = 0.3) -> None:
        super().__init__(space, epochs=epochs)
        self.data, self.rate = data, rate


def form(**more: Any) -> SettingsForm:
    parts = {"strategy": (Picky,), "estimator": (Trained,)}
    return SettingsForm(parts, **{"trials": 3, "seed": 1} | more)


def panel(**more: Any) -> SearchPanel:
    return SearchPanel(chains(), digits(), strategies=(Picky,), estimators=(Trained,), **more)


# ---------------------------------------------------------------- names


def test_a_bare_name_means_the_one_part_that_has_it() -> None:
    names = SettingNames(("trials",), {"strategy": ("lr", "rate"), "estimator": ("rate",)})
    assert names.full("lr") == "strategy.lr"
    assert names.full("strategy.rate") == "strategy.rate"
    assert names.full("trials") == "trials"
    assert names.short("strategy.lr") == "lr"
    assert names.short("estimator.rate") == "estimator.rate"
    with pytest.raises(ValueError, match=r"'strategy.rate' or 'estimator.rate'"):
        names.full("rate")
    for unknown in ("speed", "strategy.speed", "method.lr", "", "."):
        with pytest.raises(ValueError, match="expected some of"):
            names.full(unknown)


def test_parts_that_share_an_argument_keep_their_own() -> None:
    made = form(settings={"strategy.rate": 0.7, "batch": 4}, show=["estimator.rate", "batch"])
    assert made.chosen("strategy")[1] == {"rate": 0.7, "batch": 4}
    assert made.chosen("estimator")[1] == {"epochs": 2, "rate": 0.3}
    assert [each.description for each in made.top.children] == ["estimator.rate", "batch"]
    locked = form(lock=["strategy.rate"])
    controls = {each.description: each for each in (*locked.top.children, *locked.more.children)}
    assert controls["strategy.rate"].disabled
    assert not controls["estimator.rate"].disabled
    for how in ("settings", "show", "lock"):
        with pytest.raises(ValueError, match="several parts have it"):
            form(**{how: {"rate": 1.0} if how == "settings" else ["rate"]})


def test_a_state_string_keeps_the_parts_apart() -> None:
    one = panel(settings={"strategy.rate": 0.7, "estimator.rate": 0.2})
    again = SearchPanel.from_state(one.state, own=(Picky, Trained))
    assert again.state == one.state
    assert json.loads(again.state)["strategy"] == {"name": "Picky", "rate": 0.7}
    assert json.loads(again.state)["estimator"] == {"name": "Trained", "rate": 0.2}


def test_our_own_classes_share_no_argument() -> None:
    def names(package: Any) -> set[str]:
        makers = [getattr(package, name) for name in package.__all__]
        # a method has no estimator beside it
        kinds = [each for each in makers if isinstance(each, type) and not hasattr(each, "events")]
        return {name for maker in kinds for name in arguments(maker)}

    assert not names(strategies) & names(estimators)


# ---------------------------------------------------------------- presets


def test_a_class_with_its_settings_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"strategies: expected a class, .* settings=\{…\}"):
        SettingsForm({"strategy": (partial(Picky, rate=0.2),)}, trials=3, seed=1)


@pytest.mark.parametrize("wanted", [Picky, "LocalSearch"])
def test_a_strategy_that_is_not_there_is_refused_with_those_that_are(wanted: object) -> None:
    with pytest.raises(ValueError, match=r"strategy: expected the name of one of \['Picky'\]"):
        form(settings={"strategy": wanted})
    assert form(settings={"strategy": "Picky"}).chosen("strategy")[0] is Picky


def test_a_word_that_is_none_of_a_menu_is_shown_and_refused() -> None:
    panel = SearchPanel(chains(), digits(), estimators=(FullTraining,), settings={"device": 5})
    assert panel._form._own["estimator"]["FullTraining"]["device"].value == "5"
    with pytest.raises(ValueError, match="device"):
        panel.run()
    panel.close()


def test_a_preset_sets_the_controls_and_they_name_it() -> None:
    made = form()
    controls = made._own["strategy"]["Picky"]
    assert controls["preset"].value == "lesson"
    controls["preset"].value = "paper"
    assert made.chosen("strategy")[1] == {"rate": 0.5, "batch": 8}
    controls["rate"].value = 0.2
    assert controls["preset"].value == "own"
    controls["rate"].value = 0.5
    assert controls["preset"].value == "paper"
    assert form(settings={"preset": "paper"}).chosen("strategy")[1]["batch"] == 8
    mixed = form(settings={"preset": "paper", "batch": 3}).chosen("strategy")[1]
    assert mixed == {"rate": 0.5, "batch": 3}
    with pytest.raises(ValueError, match="preset: expected some of"):
        form(settings={"preset": "published"})


def test_a_preset_changes_the_settings_once() -> None:
    heard: list[int] = []
    made = form(changed=lambda: heard.append(1))
    made._own["strategy"]["Picky"]["preset"].value = "paper"
    assert heard == [1]


def test_presets_are_complete_and_the_defaults_are_the_lesson() -> None:
    assert presets(Picky)["paper"] == {"rate": 0.5, "batch": 8}
    for package in (strategies, estimators):
        for name in package.__all__:
            maker = getattr(package, name)
            for preset, values in presets(maker).items():
                defaults = {key: arguments(maker)[key].default for key in values}
                assert preset != "lesson" or values == defaults, name

    class Wrong(Picky):
        PRESETS: Mapping[str, Mapping[str, Any]] = {"paper": {"speed": 1}}

    with pytest.raises(ValueError, match="'speed' is no setting"):
        presets(Wrong)


# ---------------------------------------------------------------- what was typed


@pytest.mark.parametrize(
    ("typed", "means"), [("1e9", 10**9), (" 20 ", 20), ("1_000", 1000), ("-3", -3), ("2.0", 2)]
)
def test_a_whole_number_is_read_in_full(typed: str, means: int) -> None:
    found = whole_number(typed)
    assert found == means
    assert type(found) is int


@pytest.mark.parametrize("typed", ["2.7", "", "twenty", "1e9x", "nan", "inf", "1,5", "0x10"])
def test_what_is_no_whole_number_is_refused_aloud(typed: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        whole_number(typed)


@given(st.text(max_size=12))
def test_no_text_becomes_another_number(text: str) -> None:
    for read in (whole_number, number):
        try:
            found = read(text)
        except ValueError:
            continue
        assert float(text) == found


def test_a_bad_value_is_marked_and_answered_until_it_is_mended() -> None:
    made = panel()
    seed = made._form._plain["seed"]
    good = made.state
    for typed in ("2.7", "", "seven"):
        seed.widget.value = typed
        assert seed.widget.value == typed  # nothing that was typed is changed
        assert "wb-bad" in seed.widget._dom_classes
        assert "seed: expected a whole number" in made._arrangement.notice._words.value
        with pytest.raises(ValueError, match="seed: expected a whole number"):
            made.run()
        assert made._session.now is None
    assert json.loads(made.state)["seed"] == json.loads(good)["seed"]
    seed.widget.value = "1e99"
    with pytest.raises(ValueError, match="seed: expected a whole number from 0 to"):
        made.run()
    seed.widget.value = "1e3"
    assert json.loads(made.state)["seed"] == 1000
    assert "wb-bad" not in seed.widget._dom_classes
    assert made._arrangement.notice.widget.layout.display == "none"
    made.close()


class Bounded:
    """A learner's class with arguments that may be left open."""

    def __init__(self, *, xi: float | None = None, restarts: int | None = 3) -> None:
        self.xi, self.restarts = xi, restarts


def test_a_number_that_may_be_none() -> None:
    xi = setting_control(Bounded, "xi", None)
    assert xi is not None
    assert (xi.widget.value, xi.value) == ("none", None)
    for typed, means in (("0.5", 0.5), ("", None), (" None ", None), ("1e-3", 1e-3)):
        xi.widget.value = typed
        assert xi.value == means
        assert xi.fault == ""
    xi.widget.value = "much"
    assert "expected a number" in xi.fault
    xi.value = None
    assert xi.widget.value == "none"
    restarts = setting_control(Bounded, "restarts", 3)
    assert restarts is not None
    assert restarts.value == 3
    restarts.widget.value = "2.5"
    assert "whole number" in restarts.fault


def test_a_number_keeps_its_kind() -> None:
    assert number_control(3).value == 3
    assert number_control(0.5).value == 0.5
    control = number_control(0.5, description="rate")
    control.widget.value = "1e-3"
    assert control.value == 0.001
