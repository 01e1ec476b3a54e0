"""Blind draws from four spaces, trained briefly on the digits: what a space is worth, recorded.

Notebooks 01, 02 and 03 each draw from a space of their own. To lay their strips side by side, under
three seeds, takes minutes; so that was done once, with ``blind``, and is written down here.
``tests/test_blind_draws.py`` trains some of the networks again.
"""

from __future__ import annotations

from statistics import median
from types import MappingProxyType
from typing import Any

from workbench import checks
from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.history import History
from workbench.search import finish, search
from workbench.spaces.branches import BranchSpace
from workbench.spaces.chain import ChainSpace
from workbench.spaces.topology import TopologySpace
from workbench.strategies.random_search import RandomSearch

DRAWS, EPOCHS, SEEDS = 30, 2, (0, 1, 2)
LAYERS = 14  # of a network whose ticks are drawn
IMAGES = 359  # validation images of the digits

# Of so many images read correctly: a row a seed, in the order of the draws.
# fmt: off
CORRECT = MappingProxyType({
    "convolutions": (
        (322, 286, 249, 343, 333, 269, 338, 337, 211, 291, 169, 300, 344, 329, 332,
         261, 273, 314, 341, 301, 269, 261, 232, 326, 296, 345, 347, 281, 291, 344),
        (283, 272, 191, 298, 331, 280, 322, 296, 303, 337, 267, 343, 314, 342, 343,
         351, 345, 350, 323, 267, 256, 255, 342, 304, 348, 333, 270, 347, 297, 342),
        (286, 348, 145, 320, 283, 223, 348, 247, 344, 323, 340, 336, 328, 290, 293,
         330, 253, 292, 248, 285, 338, 266, 288, 326, 347, 341, 301, 265, 269, 297),
    ),
    "chains": (
        (177, 113, 92, 42, 292, 109, 60, 36, 39, 39, 110, 248, 176, 58, 300,
         36, 30, 293, 119, 39, 36, 121, 183, 214, 325, 225, 317, 178, 72, 151),
        (57, 201, 59, 240, 336, 240, 75, 37, 36, 181, 183, 207, 281, 272, 160,
         98, 70, 248, 121, 37, 47, 134, 250, 185, 33, 245, 73, 331, 166, 72),
        (165, 36, 114, 57, 32, 71, 295, 34, 74, 131, 44, 96, 86, 51, 142,
         37, 160, 36, 59, 37, 37, 124, 318, 72, 318, 147, 167, 180, 85, 227),
    ),
    "ticks": (
        (326, 341, 334, 328, 345, 338, 333, 337, 342, 341, 341, 346, 319, 339, 234,
         241, 343, 343, 341, 343, 343, 324, 305, 336, 341, 319, 334, 340, 330, 314),
        (311, 321, 335, 333, 344, 326, 337, 332, 337, 333, 350, 302, 313, 344, 315,
         339, 334, 320, 326, 342, 328, 306, 333, 338, 340, 348, 332, 328, 343, 326),
        (333, 333, 346, 349, 312, 334, 349, 341, 342, 347, 325, 345, 341, 340, 337,
         315, 348, 346, 346, 340, 340, 330, 332, 344, 335, 329, 312, 334, 342, 338),
    ),
    "cells": (
        (342, 336, 343, 322, 319, 332, 344, 346, 325, 342, 338, 343, 339, 342, 328,
         339, 345, 330, 347, 348, 36, 339, 314, 345, 345, 342, 340, 340, 338, 313),
        (310, 339, 341, 341, 326, 330, 339, 307, 346, 343, 345, 331, 338, 339, 347,
         338, 36, 338, 336, 350, 323, 343, 351, 327, 321, 343, 329, 343, 331, 323),
        (316, 314, 330, 330, 334, 329, 344, 342, 345, 37, 339, 333, 345, 335, 319,
         35, 341, 342, 331, 317, 333, 344, 326, 345, 326, 277, 293, 206, 340, 338),
    ),
})
# fmt: on


def convolutions_only() -> ChainSpace:
    """The space of notebook 00: two to four convolutions with kernels of 3 and 5."""
    menu = ("convolution", "separable convolution", "dilated convolution")
    return ChainSpace(min_depth=2, operations=menu, kernel_heights=(3, 5), kernel_widths=(3, 5))


def free_ticks(
    min_depth: int,
    max_depth: int,
    *,
    filters: tuple[int, ...] = (8,),
    sides: tuple[int, ...] = (3,),
    merges: tuple[str, ...] = ("add", "concatenate", "pad"),
) -> BranchSpace:
    """Convolutions whose outputs are as large as the image, and every pattern of ticks.

    Each has one of so many ``filters``, and a kernel as high and as wide as one of ``sides``; where
    these are one each, ticks and what ``merges`` are all that is decided.
    """
    return BranchSpace(
        min_depth=min_depth,
        max_depth=max_depth,
        operations=("convolution",),
        filters=filters,
        kernel_heights=sides,
        kernel_widths=sides,
        strides=(1,),
        always_chain=False,
        merges=merges,
    )


def ticks_only(layers: int = LAYERS) -> BranchSpace:
    """Who reads whom among equal convolutions, always added: nothing else is decided."""
    return free_ticks(layers, layers, merges=("add",))


def spaces() -> dict[str, Any]:
    """The space of each name in ``CORRECT``."""
    return {
        "convolutions": convolutions_only(),
        "chains": ChainSpace(),
        "ticks": ticks_only(),
        "cells": TopologySpace(channels=4, cells=1),
    }


def blind(space: Any, images: ImageData, *, draws: int, epochs: int, seed: int) -> History[Any]:
    """A random search of ``draws`` trials, to its end."""
    estimator = FullTraining(space, images, epochs=epochs)
    return finish(search(RandomSearch(space, seed=seed), estimator, trials=draws, seed=seed))


def recorded(name: str, seed: int = 0) -> tuple[float, ...]:
    """The accuracies (fractions) of the space ``name`` under one of ``SEEDS``."""
    checks.one_of("recorded: name", name, CORRECT)
    checks.one_of("recorded: seed", seed, SEEDS)
    return tuple(correct / IMAGES for correct in CORRECT[name][seed])


def medians(name: str) -> list[dict[str, Any]]:
    """The median accuracy of a space, a row a seed."""
    return [{"seed": seed, "value": median(recorded(name, seed))} for seed in SEEDS]


def leads(name: str) -> list[dict[str, Any]]:
    """How far the best draw of a space lies above the median, a row a seed."""
    return [
        {"seed": row["seed"], "value": max(recorded(name, row["seed"])) - row["value"]}
        for row in medians(name)
    ]


def gains(name: str, over: str) -> list[dict[str, Any]]:
    """By how much the median of ``name`` is above that of the space ``over``, a row a seed."""
    return [
        {"seed": one["seed"], "value": one["value"] - other["value"]}
        for one, other in zip(medians(name), medians(over))
    ]
