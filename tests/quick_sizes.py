"""The sizes at which the quick tests run each notebook, and how they get there."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat

# For each notebook the names of its ``parameters`` cell, all of them.
QUICK: dict[str, dict[str, object]] = {
    "00_introduction": {"trials": 3, "epochs": 1, "seed": 1},
    "01_chain_structured_spaces": {"draws": 3, "epochs": 1, "seed": 1},
    "02_multi_branch_spaces": {"layers": 4, "draws": 3, "epochs": 1, "seed": 1},
    "03_cell_spaces": {"draws": 3, "epochs": 1, "seed": 1},
    "04_random_search": {"trials": 100, "many": 20, "draws": 2, "epochs": 1, "seed": 1},
    "05_bayesian_optimization": {
        "trials": 12,
        "epochs": 1,
        "walks": 1,
        "known": 12,
        "race_seeds": 1,
        "race_trials": 12,
        "seed": 1,
    },
    "06_evolution": {
        "trials": 4,
        "epochs": 1,
        "seeds": 2,
        "race_seeds": 2,
        "race_trials": 30,
        "seed": 1,
    },
    "07_reinforcement_learning": {
        "pulls": 60,
        "trials": 4,
        "epochs": 1,
        "race_seeds": 2,
        "race_trials": 20,
        "language_trials": 2,
        "seed": 1,
    },
    "08_cell_controllers": {
        "taught_trials": 40,
        "trials": 4,
        "epochs": 1,
        "race_seeds": 2,
        "race_trials": 20,
        "seed": 1,
    },
    "09_gradient_based_search": {
        "epochs": 2,
        "longer": 2,
        "trained": 2,
        "final_epochs": 1,
        "seed": 1,
    },
    "10_lower_fidelity": {
        "cells": 3,
        "epochs": 2,
        "trials": 4,
        "race_seeds": 2,
        "race_seconds": 20,
        "seed": 1,
    },
    "11_learning_curve_extrapolation": {"trials": 3, "epochs": 5, "many": 20, "seed": 1},
    "12_weight_inheritance": {"epochs": 1, "trials": 6, "born": 5, "seed": 1},
    "13_one_shot_models": {
        "epochs": 2,
        "asked": 4,
        "compared": 200,
        "children": 6,
        "steps": 1,
        "seed": 1,
    },
}


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def parameters(notebook: Any) -> Any:
    """The one cell tagged ``parameters``."""
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1, "expected exactly one cell tagged 'parameters'"
    return tagged[0]


def replaced(source: str, values: dict[str, object]) -> str:
    """A parameters cell with other values; its names must be those of ``values``, all of them."""
    lines = ast.parse(source).body
    assert all(isinstance(line, ast.Assign) and len(line.targets) == 1 for line in lines), (
        "a parameters cell holds simple assignments only"
    )
    names = [ast.unparse(line.targets[0]) for line in lines if isinstance(line, ast.Assign)]
    assert sorted(names) == sorted(values), "tests/test_notebooks.py, QUICK: other names"
    return "\n".join(f"{name} = {values[name]!r}" for name in names)


def quickened(notebook: Any, name: str) -> None:
    """Give a notebook its quick sizes."""
    cell = parameters(notebook)
    cell.source = replaced(cell.source, QUICK[name])
