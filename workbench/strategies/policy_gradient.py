"""The two objectives that a policy climbs, and the step up.

REINFORCE (Williams 1992; Zoph & Le 2017, section 3.2): ∇J = E[∇ log π(a) (R − b)], the mean over m
architectures, each the sum over its decisions. PPO (Schulman et al. 2017, eq. 7): the clipped
surrogate E[min(r A, clip(r, 1 − ε, 1 + ε) A)] with r = π(a) / π_old(a), whose gradient at π = π_old
is the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn


def expected_reward(
    log_probability: Float[Tensor, " architectures"], advantages: Float[Tensor, " architectures"]
) -> Float[Tensor, ""]:
    """(1/m) Σ A log π(a): its gradient is REINFORCE's."""
    return (log_probability * advantages).mean()  # Zoph & Le 2017, section 3.2


def clipped_surrogate(
    ratio: Float[Tensor, " n"], advantages: Float[Tensor, " n"], clip_range: float
) -> Float[Tensor, " n"]:
    """min(r A, clip(r, 1 − ε, 1 + ε) A), of each; ε = 0: r A, nothing is clipped.

    Where r has gone beyond 1 ± ε on the side that A wants, the gradient is 0.
    """
    plain = ratio * advantages
    if not clip_range:
        return plain
    near = ratio.clamp(1 - clip_range, 1 + clip_range) * advantages
    return torch.minimum(plain, near)  # Schulman et al. 2017, eq. 7


class Climber:
    """Steps of ``rate`` up a gradient, cut to ``clip_norm``: by Adam, or plain ascent."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], *, rate: float, adam: bool, clip_norm: float
    ) -> None:
        self._clip_norm = clip_norm
        self._parameters = list(parameters)
        maker = torch.optim.Adam if adam else torch.optim.SGD
        self._optimizer = maker(self._parameters, lr=rate)

    def climb(self, objective: Float[Tensor, ""]) -> None:
        """One step towards more of it."""
        self._optimizer.zero_grad()
        (-objective).backward()
        if self._clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self._clip_norm)
        self._optimizer.step()
