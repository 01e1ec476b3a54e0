"""What a controller is rewarded with, and what a reward is compared with.

Zoph & Le (2017), section 3.2: the advantage of an architecture is R − b, and the baseline b is an
exponential moving average of *earlier* rewards. So b does not depend on what was drawn now, and
subtracting it leaves the expected gradient as it is: E[∇ log π · b] = b ∇ Σ π = 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, TypeAlias

from workbench.records import Decision, Evaluation
from workbench.strategies.recurrent_steps import is_depth

Failures: TypeAlias = Literal["lowest reward", "left out"]


@dataclass(frozen=True)
class Reward:
    """``factor`` · score^``power``, of the final score or the best of the ``last_epochs`` ones.

    Published: the cube of the best of the last five epochs' validation accuracies (Zoph & Le 2017,
    section 4.1); 80 / perplexity² for language models, whose score here is 1 / perplexity.
    """

    power: int = 1
    factor: float = 1.0
    last_epochs: int = 0  # 0: the final score

    def of(self, evaluation: Evaluation) -> float | None:
        """The reward; None of a failure, and of a score that is no finite number."""
        if not evaluation.has_score:
            return None
        last = evaluation.curve[-self.last_epochs :] if self.last_epochs else ()
        scores = [score for score in last if math.isfinite(score)]
        score = max(scores, default=evaluation.score)
        try:
            reward = self.factor * score**self.power
        except OverflowError:
            return None
        return reward if math.isfinite(reward) else None


class MovingAverage:
    """The baseline: b ← ``decay`` · b + (1 − ``decay``) · R, after each reward; b = 0 at first.

    ``corrected``: b is divided by 1 − decay^t, so that it does not start too low (as in
    NATS-Bench); and the first batch, before which there is no reward, takes for each architecture
    the mean of the *others* of the batch (Kool et al. 2019), which does not depend on it either.
    """

    def __init__(self, *, decay: float = 0.95, corrected: bool = True) -> None:
        self.decay, self.corrected = decay, corrected
        self._sum, self._rewards = 0.0, 0

    def before(self, rewards: Sequence[float]) -> list[float]:
        """The baseline of each of these rewards, none of which is in its own."""
        if self.corrected and not self._rewards:
            if len(rewards) == 1:
                return [*rewards]  # nothing to compare with: an advantage of 0
            total = sum(rewards)
            return [(total - reward) / (len(rewards) - 1) for reward in rewards]
        scale = 1 - self.decay**self._rewards if self.corrected else 1.0
        return [self._sum / scale] * len(rewards)

    def add(self, rewards: Sequence[float]) -> None:
        """These are earlier ones from now on."""
        for reward in rewards:
            self._sum = self.decay * self._sum + (1 - self.decay) * reward
        self._rewards += len(rewards)


def normalised(advantages: Sequence[float]) -> list[float]:
    """Divided by their root mean square, so that a step is as long whatever the score's scale.

    Their mean is not taken out: that would be a baseline which includes the present reward.
    """
    square = sum(advantage**2 for advantage in advantages) / len(advantages)
    return [advantage / math.sqrt(square) if square > 1e-24 else 0.0 for advantage in advantages]


class Advantages:
    """What a batch's rewards are worth beside earlier ones: R − b, ``normalised`` if so wished.

    Without a ``baseline`` b is 0; ``decay`` and ``corrected`` are those of its moving average.
    """

    def __init__(self, *, baseline: bool, decay: float, corrected: bool, normalise: bool) -> None:
        self._baseline, self._normalise = baseline, normalise
        self._average = MovingAverage(decay=decay, corrected=corrected)

    def of(self, rewards: Sequence[float]) -> tuple[list[float], dict[str, float]]:
        """The advantages; the means of reward, baseline and R − b.

        The rewards are earlier ones from now on.
        """
        baselines = self._average.before(rewards) if self._baseline else [0.0] * len(rewards)
        self._average.add(rewards)
        advantages = [reward - b for reward, b in zip(rewards, baselines)]
        means = {
            "reward": fmean(rewards),
            "baseline": fmean(baselines),
            "advantage": fmean(advantages),
        }
        return normalised(advantages) if self._normalise else advantages, means


@dataclass(frozen=True)
class DepthSchedule:
    """Networks deepen by ``by`` layers after ``every`` architectures, from ``start`` on; 0: never.

    Zoph & Le (2017), section 4.1: 6 layers, and 2 more every 1,600. It sets the decision named
    "depth" of a space that has one, as far as there is such a depth, else the nearest below it.
    """

    every: int = 0
    start: int = 6
    by: int = 2

    @property
    def sets_depth(self) -> bool:
        """Whether there is a schedule."""
        return self.every > 0

    def forced(self, decision: Decision, ask: int) -> int | None:
        """The option of this decision at an ask (from 0); None where none is forced."""
        if not self.sets_depth or not is_depth(decision):
            return None
        depth = self.start + self.by * (ask // self.every)
        depths: list[int] = [*decision.options]  # type: ignore[list-item]  # ``is_depth`` says so
        return depths.index(max((d for d in depths if d <= depth), default=min(depths)))
