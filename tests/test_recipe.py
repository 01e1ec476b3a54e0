"""A state string from somebody else: what it may not decide."""

from __future__ import annotations

from workbench.estimators import FullTraining
from workbench.panels.running.state_string import made


def test_a_text_names_no_folder_to_write_to() -> None:
    part = {"name": "FullTraining", "epochs": 3, "checkpoints": "/somewhere/else"}
    assert made(part, "estimators") == (FullTraining, {"epochs": 3})
