"""How well a network predicts a text: perplexity, e to the mean of −log p(next token).

Between 1 (it always knew) and the size of the vocabulary (it never knows), or beyond (it errs).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from workbench import checks
from workbench.data.text import TextData, Tokens
from workbench.spaces.recurrent_network import RecurrentNetwork

ROWS = 16  # pieces of a text that are read side by side: many times quicker than one after another
MOST = 700.0  # nats: e to it can still be written


def in_rows(tokens: Tokens, rows: int) -> Int64[Tensor, "rows time"]:
    """A text cut into as many equal pieces, or fewer where it is short; what is left over is not
    read."""
    rows = max(1, min(rows, len(tokens) // 2))
    return tokens[: len(tokens) // rows * rows].view(rows, -1)


def read_on(
    network: nn.Module, tokens: Int64[Tensor, "rows time"], state: Any
) -> tuple[Float[Tensor, "rows time vocabulary"], Any]:
    """Logits after each token, and the state after the last; ``state`` None: it is the beginning.

    A network that is no ``RecurrentNetwork`` has no state: each piece is its beginning.
    """
    if not isinstance(network, RecurrentNetwork):
        return network(tokens), None
    return network.unrolled(tokens, network.begin(len(tokens)) if state is None else state)


def nats_per_chunk(
    network: nn.Module, tokens: Tokens, context: int, device: torch.device
) -> Iterator[tuple[float, int]]:
    """The sum of −log p over each chunk of ``context`` time steps, and how many tokens it has.

    The network is in evaluation mode during each chunk only.
    """
    rows = in_rows(tokens, ROWS).to(device)
    state: Any = None
    last = rows.shape[1] - 1  # the last token is only predicted
    for start in range(0, last, context):
        end = min(start + context, last)
        was_training = network.training
        network.eval()
        try:
            with torch.no_grad():
                logits, state = read_on(network, rows[:, start:end], state)
                targets = rows[:, start + 1 : end + 1]
                nats = functional.cross_entropy(
                    logits.flatten(0, 1), targets.flatten(), reduction="sum"
                )
        finally:
            network.train(was_training)
        yield float(nats), targets.numel()


def perplexity(network: nn.Module, data: TextData, device: torch.device) -> float:
    """Of ``network``, which is on ``device``, on ``data.validation``."""
    checks.of_type("perplexity: data", data, TextData)
    parts = [*nats_per_chunk(network, data.validation, data.task.context, device)]
    return as_perplexity(sum(nats for nats, _ in parts) / sum(count for _, count in parts))


def as_perplexity(nats: float) -> float:
    """e^nats, as far as that can be written."""
    return math.exp(min(nats, MOST))


def bigram_perplexity(data: TextData) -> float:
    """On ``data.validation``, of a table: how often each token followed each other one in training.

    One is added to each count (Laplace), as pairs that were never seen would be impossible else.
    What a network has to beat that looks back further than one token.
    """
    checks.of_type("bigram_perplexity: data", data, TextData)
    size = data.task.vocabulary
    pairs = data.train[:-1] * size + data.train[1:]
    counts = torch.bincount(pairs, minlength=size * size).view(size, size).double() + 1
    chances = counts / counts.sum(1, keepdim=True)
    nats = -chances[data.validation[:-1], data.validation[1:]].log().mean()
    return as_perplexity(float(nats))
