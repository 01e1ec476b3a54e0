"""Annotations are checked while tests run: shapes where there are any, types everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from beartype.roar import BeartypeCallHintParamViolation
from checked_types import shaped
from jaxtyping import TypeCheckError

from workbench.training.edge_convolutions import at_once, phases
from workbench.training.loop import cosine


def test_types_are_checked() -> None:
    with pytest.raises(BeartypeCallHintParamViolation, match="rate"):
        cosine("a", 1, 2)  # type: ignore[arg-type]


def test_shapes_are_checked() -> None:
    assert at_once(torch.zeros(1, 2, 4, 4))
    with pytest.raises(TypeCheckError, match="phases"):
        phases(torch.zeros(2, 4, 4))


def test_who_names_a_shape_by_an_alias_is_found(tmp_path: Path) -> None:
    root = tmp_path / "house"
    (root / "room").mkdir(parents=True)
    texts = {
        "images.py": 'from jaxtyping import Float\nImages: TypeAlias = Float[Tensor, "n c"]\n',
        "room/reader.py": "from house.images import Images\n",
        "room/names.py": "Names: TypeAlias = dict[str, str]\n",
        "room/__init__.py": "from house.images import Images\n",
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    assert shaped(root) == ["house.images", "house.room.reader"]
