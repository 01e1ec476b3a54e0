"""Train each language model in full and look how well it predicts a text that it has not seen."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TypeVar

from workbench import checks
from workbench.data.text import TextData
from workbench.estimators.one_by_one import OneByOne
from workbench.estimators.trainings import Trainings
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Evaluation, Event
from workbench.scales import ScoreScale
from workbench.training.loop import MOST
from workbench.training.text_loop import train_on_text, usable_on_text

A = TypeVar("A")


class TextTraining(OneByOne[A]):
    """Trains a candidate's language model; its score is 1/perplexity after the last epoch.

    In (0, 1], higher is better: how likely the model finds the next token, in the geometric mean.
    ``epochs`` is the budget and the horizon of the learning rate; a candidate may ask for fewer
    (``epochs``) and a later one go on from there (``continues``), as ``FullTraining`` has it, also
    with its folder ``checkpoints``.

    The other settings are those of ``workbench.training.train_on_text``.
    """

    scale = ScoreScale("1 / validation perplexity", "", 1.0, 0.0, 1.0, 4)

    def __init__(
        self,
        space: SearchSpace[A],
        data: TextData,
        *,
        epochs: int = 2,
        batch_size: int = 32,
        rate: float = 0.01,
        clip: float = 1.0,
        device: str = "auto",
        checkpoints: str | Path | None = None,
    ) -> None:
        self.space, self.data = space, checks.of_type("data", data, TextData)
        self.epochs = checks.whole("epochs", epochs, least=1, most=MOST)
        plain = usable_on_text(batch_size, rate, clip, device)
        self.batch_size, self.rate, self.clip, self.device = plain
        self.checkpoints = checks.path_or_none("checkpoints", checkpoints)
        self._trainings = Trainings(self)

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate``, yielding ``Batch`` and ``Epoch`` events of this ``trial``.

        ``seconds`` is the time spent working. ``measures`` are parameters, macs (of one token), the
        last epoch's training loss (nats a token) and the validation perplexity.

        Raises what ``FullTraining.estimate`` raises.
        """
        checks.of_type("TextTraining: candidate", candidate, Candidate)
        training = partial(
            train_on_text,
            data=self.data,
            batch_size=self.batch_size,
            rate=self.rate,
            clip=self.clip,
        )
        return (yield from self._trainings.estimate(candidate, training, trial=trial, seed=seed))
