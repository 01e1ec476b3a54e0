"""Train each language model in full and look how well it predicts a text that it has not seen."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Generic, TypeVar

from torch import nn

from workbench import checks
from workbench.data.text import TextData
from workbench.estimators.kept_trials import KeptTrials
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Epoch, Evaluation, Event, Told
from workbench.scales import ScoreScale
from workbench.settings import describe
from workbench.training.device import choose_device
from workbench.training.loop import MOST
from workbench.training.metrics import Cost, cost_of
from workbench.training.randomness import own_draws, spawned
from workbench.training.text_loop import train_on_text, usable_on_text

A = TypeVar("A")


class TextTraining(Generic[A]):
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
        self.checkpoints = None if checkpoints is None else checks.path("checkpoints", checkpoints)
        self._trials = KeptTrials(self.checkpoints)

    def prepare(self, *, seed: int) -> Generator[Event[A], None, None]:
        """Nothing to prepare, as every candidate is trained on its own; ``seed`` is the run's.

        Raises OSError where nothing can be written to ``checkpoints``.
        """
        self._trials.begin(seed)
        yield from ()

    def estimate(
        self, candidate: Candidate[A], *, trial: int, seed: int
    ) -> Generator[Event[A], None, Evaluation]:
        """Train ``candidate``, yielding ``Batch`` and ``Epoch`` events of this ``trial``.

        ``seconds`` is the time spent working. ``measures`` are parameters, macs (of one token), the
        last epoch's training loss (nats a token) and the validation perplexity.

        Raises what ``FullTraining.estimate`` raises.
        """
        start = time.perf_counter()
        checks.of_type("TextTraining: candidate", candidate, Candidate)
        earlier, about = None, self._about(candidate)
        if candidate.continues is not None:
            earlier = self._trials.earlier(candidate.continues, about)
        seed = earlier.seed if earlier else seed
        network, needs = self._built(candidate.arch, seed)
        training = train_on_text(
            network,
            self.data,
            epochs=self._budget(candidate),
            horizon=self.epochs,
            batch_size=self.batch_size,
            rate=self.rate,
            clip=self.clip,
            device=self.device,
            trial=trial,
            checkpoint=earlier,
            seed=seed,
        )
        before, seconds = time.perf_counter() - start, 0.0
        measures = {"parameters": float(needs.parameters), "macs": float(needs.macs)}
        while True:
            try:
                event = next(training)
            except StopIteration as end:
                self._trials.keep(trial, end.value, about, horizon=self.epochs)
                curve = end.value.curve
                break
            if isinstance(event, Epoch):
                seconds = event.seconds
                measures |= {"loss": event.loss, **event.measures}
            yield event
        return Evaluation(curve[-1], before + seconds, curve, measures)

    def network(self, told: Told[A]) -> nn.Module:
        """The trained network of a trial, from its file in ``checkpoints``.

        Raises RunError where no checkpoints are kept or the file belongs to another run, OSError
        where it is missing or damaged.
        """
        checkpoint = self._trials.trained(told.trial, self._about(told.candidate))
        network, _ = self._built(told.candidate.arch, checkpoint.seed)
        network.load_state_dict(checkpoint.group("network"))
        return network.to(choose_device(self.device))

    def _budget(self, candidate: Candidate[A]) -> int:
        epochs = self.epochs if candidate.epochs is None else candidate.epochs
        if not 1 <= epochs <= self.epochs:
            raise ValueError(
                f"the candidate asks for {epochs} epochs, expected 1 … {self.epochs}: the learning "
                "rate has fallen to 0 by then; give the estimator a larger epochs"
            )
        return epochs

    def _built(self, arch: A, seed: int) -> tuple[nn.Module, Cost]:
        with own_draws(spawned(seed).weights):
            network = self.space.build(arch, self.data.task)
        return network, cost_of(self.space, arch, self.data.task)

    def _about(self, candidate: Candidate[A]) -> dict[str, Any]:
        """What a checkpoint belongs to."""
        return {"arch": self.space.spell(candidate.arch), "settings": describe(self)}
