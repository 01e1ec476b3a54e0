"""Where a training got to: all that k epochs must hand on so that n − k more make n, bit for bit.

On disk it is one safetensors file: tensors, and everything else as JSON in the file's own header.
Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor

from workbench import checks

# what reading may raise; RecursionError: of brackets within brackets
DAMAGED = (safetensors.SafetensorError, KeyError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training after ``epoch`` epochs.

    ``tensors`` hold, on the CPU, the network's state ("network/…"), the optimiser's momenta
    ("momentum/…") and the generators' states ("generator/…"). ``scale`` is the loss scaler's state
    where float16 needs one. ``about`` is what the owner wants to find again, as JSON values.
    """

    epoch: int
    seed: int
    curve: tuple[float, ...]
    tensors: Mapping[str, Tensor]
    scale: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checks.whole("Checkpoint: epoch", self.epoch, least=0)
        checks.whole("Checkpoint: seed", self.seed, least=0)
        checks.numbers("Checkpoint: curve", self.curve)
        for name in ("tensors", "scale", "about"):
            checks.of_type(f"Checkpoint: {name}", getattr(self, name), Mapping)

    def group(self, name: str) -> dict[str, Tensor]:
        """The tensors of one owner, "network" say, under their own names."""
        start = f"{name}/"
        return {key[len(start) :]: t for key, t in self.tensors.items() if key.startswith(start)}

    def save(self, path: Path) -> None:
        """Write to ``path``: to a temporary name first, then renamed, so never half a file."""
        words = {"epoch": self.epoch, "seed": self.seed, "curve": list(self.curve)}
        words |= {"scale": dict(self.scale), "about": dict(self.about)}
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            save_file(dict(self.tensors), temporary, metadata={"progress": json.dumps(words)})
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read what ``save`` wrote. Raises OSError where it is missing or damaged."""
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                words = json.loads((file.metadata() or {})["progress"])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return cls(
                words["epoch"],
                words["seed"],
                tuple(words["curve"]),
                tensors,
                words["scale"],
                words["about"],
            )
        except FileNotFoundError:
            raise FileNotFoundError(f"{path}: no such checkpoint") from None
        except DAMAGED as error:
            raise OSError(
                f"{path}: not a checkpoint, or a damaged one ({error}); delete it and train anew"
            ) from error


def kept(tensor: Tensor) -> Tensor:
    """A copy on the CPU that shares nothing and has the plain layout that files want."""
    return torch.empty(tensor.shape, dtype=tensor.dtype).copy_(tensor.detach())
