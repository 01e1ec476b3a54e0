"""What trained trials leave behind, so that later ones can go on from there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.records import RunError
from workbench.settings import difference
from workbench.training.checkpoint import Checkpoint


class KeptTrials:
    """Checkpoints by trial: in memory or, with a ``folder``, in files ``trial-17.safetensors``.

    Each says what it belongs to (architecture, settings, the run's seed) and is used for nothing
    else; what more its ``about`` holds is never compared.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._here: dict[int, Checkpoint] = {}
        self._run: int | None = None  # the run's seed, as its checkpoints know it

    def begin(self, seed: int) -> None:
        """A run with this seed begins. Raises OSError where the folder cannot be written to."""
        self._run = seed
        if self.folder is not None:  # better now than after the first training
            self.folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()

    def keep(
        self, trial: int, checkpoint: Checkpoint, about: Mapping[str, Any], *, horizon: int | None
    ) -> None:
        """What ``trial`` got to; in memory only before the ``horizon``, if there is one.

        Raises OSError where it cannot be written.
        """
        checkpoint = replace(checkpoint, about=self._belongs(about))
        if self.folder is not None:
            checkpoint.save(self._path(trial))
        elif horizon is None or checkpoint.epoch < horizon:
            self._here[trial] = checkpoint
        else:  # nothing is left to continue, nor of an earlier part of the same training
            self._here.pop(trial, None)

    def earlier(self, trial: int, about: Mapping[str, Any]) -> Checkpoint:
        """What ``trial`` left, to be continued; ``about``: what of it must agree.

        Raises RunError where there is nothing or it belongs to another run, OSError where its file
        is missing or damaged.
        """
        if self.folder is not None:
            checkpoint = Checkpoint.load(self._path(trial))
        elif trial in self._here:
            checkpoint = self._here[trial]
        else:
            raise RunError(
                f"trial {trial} left nothing to continue in this process; say checkpoints=folder "
                "where several processes train or a search is resumed"
            )
        mine = self._belongs(about)
        other = difference(mine, _among(mine, checkpoint))
        if other:
            raise RunError(
                f"the checkpoint of trial {trial} belongs to another run: {other}; use another "
                "folder for checkpoints"
            )
        return checkpoint

    def trained(self, trial: int, about: Mapping[str, Any]) -> Checkpoint:
        """What ``trial`` left, to be looked at, of whatever run's seed.

        Raises RunError where no checkpoints are kept or the file belongs to another run, OSError
        where it is missing or damaged.
        """
        if self.folder is None:
            raise RunError(
                f"trial {trial}: its network was not kept; make the estimator with "
                "checkpoints=folder"
            )
        checkpoint = Checkpoint.load(self._path(trial))
        mine = self._belongs(about)
        other = difference(mine, _among(mine, checkpoint) | {"run's seed": mine["run's seed"]})
        if other:
            raise RunError(f"the checkpoint of trial {trial} belongs to another run: {other}")
        return checkpoint

    def _belongs(self, about: Mapping[str, Any]) -> dict[str, Any]:
        return {**about, "run's seed": self._run}

    def _path(self, trial: int) -> Path:
        return (self.folder or Path()) / f"trial-{trial}.safetensors"


def _among(mine: Mapping[str, Any], checkpoint: Checkpoint) -> dict[str, Any]:
    return {key: value for key, value in checkpoint.about.items() if key in mine}
