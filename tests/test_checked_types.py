"""Annotations are checked while tests run: shapes where there are any, types everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from checked_types import left_to_jaxtyping
from jaxtyping import TypeCheckError

from workbench.spaces.merged_channels import shapes_of
from workbench.training.edge_convolutions import at_once, phases


def test_types_are_checked() -> None:
    with pytest.raises(TypeError, match="arch"):
        shapes_of("a chain", 1)  # type: ignore[arg-type]


def test_shapes_are_checked() -> None:
    assert at_once(torch.zeros(1, 2, 4, 4))
    with pytest.raises(TypeCheckError, match="phases"):
        phases(torch.zeros(2, 4, 4))


def test_who_names_a_shape_by_an_alias_is_found(tmp_path: Path) -> None:
    root = tmp_path / "house"
    for room in ("data", "spaces"):
        (root / room).mkdir(parents=True)
    texts = {
        "data/images.py": 'from jaxtyping import Float\nImages: TypeAlias = Float[Tensor, "n c"]\n',
        "spaces/reader.py": "from house.data.images import Images\n",
        "spaces/names.py": "Names: TypeAlias = dict[str, str]\n",
        "spaces/__init__.py": "from house.data.images import Images\n",
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    assert left_to_jaxtyping(root) == ["house.data.images", "house.spaces.reader"]
