"""Text as tokens: what is split where, what is refused, Python's own documentation."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
import torch

from workbench.data import TextData, from_text, library_text
from workbench.records import TextTask

TEXT = "the cat sat on the mat, and so did the dog"


def test_the_parts_are_consecutive_pieces() -> None:
    data = from_text(TEXT, context=5, validation=0.25, test=0.125)
    assert data.task == TextTask(len(set(TEXT)), 5)
    assert data.vocabulary == tuple(sorted(set(TEXT)))
    parts = [data.decoded(part) for part in (data.train, data.validation, data.test)]
    assert [len(part) for part in parts] == [27, 10, 5]
    assert "".join(parts) == TEXT


def test_it_says_what_it_is() -> None:
    data = from_text(TEXT, name="cats")
    assert repr(data) == (
        "cats: 34 + 4 + 4 tokens (train, validation, test) out of 14: ' ,acdeghimnost'; context 32"
    )
    described = data.described()
    assert json.loads(json.dumps(described)) == described
    assert described["sizes"] == [34, 4, 4]
    same, other = from_text(TEXT), from_text(TEXT[::-1])
    assert data.fingerprint == same.fingerprint != other.fingerprint
    with pytest.raises(FrozenInstanceError):
        data.name = "dogs"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"vocabulary": ("a", "b")}, "TextData: vocabulary: expected 3 different texts"),
        ({"vocabulary": ("a", "b", "b")}, "vocabulary"),
        ({"train": torch.tensor([0, 3])}, r"TextData: train: expected token numbers 0 … 2, got 0"),
        ({"test": torch.tensor([0, -1])}, "TextData: test"),
        ({"validation": torch.tensor([1])}, "at least 2 token numbers"),
    ],
)
def test_what_is_no_text_is_refused(change: dict[str, Any], wrong: str) -> None:
    row = torch.tensor([0, 1, 2])
    data = TextData("few", TextTask(3, 4), row, row, row, ("a", "b", "c"))
    with pytest.raises(ValueError, match=wrong):
        replace(data, **change)


@pytest.mark.parametrize(
    ("text", "settings", "wrong"),
    [
        ("aaaaaaaa", {}, "at least 2 different characters, got 1"),
        ("", {}, "at least 2 different characters, got 0"),
        ("abcabc", {}, "use a longer text"),
        (TEXT, {"validation": 0.6, "test": 0.4}, "leave some for training"),
        (TEXT, {"context": 0}, "context"),
    ],
)
def test_what_cannot_be_split_is_refused(text: Any, settings: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        from_text(text, **settings)


def test_data_made_in_inference_mode_can_be_trained_on() -> None:
    with torch.inference_mode():
        data = from_text(TEXT)
    assert not data.train.is_inference()


def test_the_library_s_text_is_python_s_documentation() -> None:
    data = library_text(characters=20_000, context=16)
    assert data.task.context == 16
    assert sum(map(len, (data.train, data.validation, data.test))) == 20_000
    assert "statement" in data.decoded(data.train)
    assert library_text(characters=20_000).fingerprint == data.fingerprint
    with pytest.raises(ValueError, match="characters"):
        library_text(characters=10)
