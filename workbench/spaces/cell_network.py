"""The macro-architecture: how cells are stacked into a network (Elsken et al. 2019, section 2).

One network serves every cell space: a stem, stages of cells, cells (or blocks) that halve the
image and double the channels, a head, and for final training an auxiliary head and drop-path. A
space brings only its cells, as a function ``make(position, previous, current) -> Cell``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn

from workbench.records import ImageTask
from workbench.spaces.final_training import AuxiliaryHead, DropPath
from workbench.spaces.macro_architecture import CellPosition, MacroArchitecture, Shape, Stem, halved

Finish: TypeAlias = Literal["none", "relu", "batch norm, relu"]


class Cell(nn.Module, ABC):
    """What a space stacks: reads the outputs of the last two cells, gives ``channels`` channels.

    At a position of kind "reduction" its output is half as high and wide, rounded up.
    """

    channels: int

    @abstractmethod
    def forward(
        self, previous: Float[Tensor, "batch c0 h0 w0"], current: Float[Tensor, "batch c1 h1 w1"]
    ) -> Float[Tensor, "batch c h w"]:
        """``previous`` is c[k-2], ``current`` is c[k-1]; a cell may ignore ``previous``."""


MakeCell: TypeAlias = Callable[
    [CellPosition, Shape, Shape], Cell
]  # position, shapes of c[k-2] and c[k-1]


class CellNetwork(nn.Module):
    """Stem, cells in the order of ``macro``, global average, linear classifier.

    ``make`` builds the cell of each position. ``finish`` is what stands before the global average:
    "none" (DARTS), "relu" (NASNet) or "batch norm, relu" (NAS-Bench-201). For final training:
    ``auxiliary_after`` is the position of the cell whose output feeds an auxiliary head (None: no
    head); ``drop_path`` is the probability of dropping a path at the end of training, in a
    ``deepening`` network (ScheduledDropPath) that of the last cell, less in earlier ones.
    """

    def __init__(
        self,
        task: ImageTask,
        macro: MacroArchitecture,
        make: MakeCell,
        *,
        stem_channels: int,
        stem: Stem = "cifar",
        finish: Finish = "relu",
        auxiliary_after: int | None = None,
        drop_path: float = 0.0,
        deepening: bool = False,
    ) -> None:
        super().__init__()
        self.drop_path, self.deepening, self.auxiliary_weight = drop_path, deepening, 0.4
        self.auxiliary_after, self.auxiliary = auxiliary_after, None
        shape = (stem_channels, task.height, task.width)
        shape = shape if stem == "cifar" else halved(shape, stem_channels)
        self.stem = nn.Sequential(
            nn.Conv2d(task.channels, stem_channels, 3, 1 + (stem == "imagenet"), 1, bias=False),
            nn.BatchNorm2d(stem_channels),
        )
        cells, before = [], shape
        for position in macro.positions(stem):
            cells.append(make(position, before, shape))
            reduced = position.kind == "reduction"
            before, shape = (
                shape,
                halved(shape, cells[-1].channels) if reduced else (cells[-1].channels, *shape[1:]),
            )
            if position.index == auxiliary_after:
                self.auxiliary = AuxiliaryHead(shape, task.classes)
        self.cells = nn.ModuleList(cells)
        self.finish = _finish(finish, shape[0])
        self.classifier = nn.Linear(shape[0], task.classes)

    def _outputs(self, images: Tensor) -> Iterator[Tensor]:
        previous = current = self.stem(images)
        for cell in self.cells:
            previous, current = current, cell(previous, current)
            yield current

    def _classify(self, features: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch classes"]:
        logits: Tensor = self.classifier(self.finish(features).mean((2, 3)))  # (batch, classes)
        return logits

    def forward(self, images: Float[Tensor, "batch c h w"]) -> Float[Tensor, "batch classes"]:
        """Logits."""
        *_, last = self._outputs(images)
        return self._classify(last)

    def both(
        self, images: Float[Tensor, "batch c h w"]
    ) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch classes"] | None]:
        """Logits and the auxiliary head's (None without one), whose loss counts 0.4 in training."""
        outputs = list(self._outputs(images))
        if self.auxiliary is None or self.auxiliary_after is None:
            return self._classify(outputs[-1]), None
        return self._classify(outputs[-1]), self.auxiliary(outputs[self.auxiliary_after])

    def at(self, progress: float) -> None:
        """Set every drop-path for ``progress`` through training, from 0 to 1.

        NASNet's ScheduledDropPath, cell i of n: drop_path · (i + 1) / n · progress; DARTS: alike
        in every cell.
        """
        if self.drop_path == 0.0:
            return
        for i, cell in enumerate(self.cells, start=1):
            deep = i / len(self.cells) if self.deepening else 1.0
            for module in cell.modules():
                if isinstance(module, DropPath):
                    module.drop = self.drop_path * deep * progress


def _finish(finish: Finish, channels: int) -> nn.Module:
    if finish == "batch norm, relu":
        return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
    return nn.ReLU() if finish == "relu" else nn.Identity()
