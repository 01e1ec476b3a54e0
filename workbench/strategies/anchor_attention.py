"""Attention over anchor points: which earlier layers does this layer read?

Zoph & Le (2017), section 3.3: P(layer j is an input of layer i) = sigmoid(vᵀ tanh(W_prev h_j +
W_curr h_i)), where h_j is the controller's state at layer j's anchor point. Each is drawn by
itself.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class AnchorAttention(nn.Module):
    """Logits of "layer j is read", and what the controller reads after an anchor point.

    The paper does not print the next step's input. Here it is the mean of the embeddings of all
    layers that are read, and of one for the anchor point itself.
    """

    def __init__(self, hidden_size: int, layers: int) -> None:
        super().__init__()
        kind = torch.float64
        self.previous = nn.Parameter(torch.empty(hidden_size, hidden_size, dtype=kind))  # W_prev
        self.current = nn.Parameter(torch.empty(hidden_size, hidden_size, dtype=kind))  # W_curr
        self.v = nn.Parameter(torch.empty(hidden_size, dtype=kind))
        self.embedding = nn.Parameter(torch.empty(1 + layers + 1, hidden_size, dtype=kind))

    def forward(
        self, earlier: Float[Tensor, "questions hidden"], now: Float[Tensor, "questions hidden"]
    ) -> Float[Tensor, " questions"]:
        # vᵀ tanh(W_prev h_j + W_curr h_i)
        logits: Tensor = torch.tanh(earlier @ self.previous.T + now @ self.current.T) @ self.v
        return logits

    def inputs(self, reads: list[list[int]]) -> Float[Tensor, "points hidden"]:
        """The next input after each anchor point, whose layer reads these earlier ones."""
        weights = torch.zeros(len(reads), len(self.embedding), dtype=self.embedding.dtype)
        for row, layers in zip(weights, reads):
            row[[0, *(1 + layer for layer in layers)]] = 1 / (1 + len(layers))
        return weights @ self.embedding
