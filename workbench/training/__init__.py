"""How a network is trained and measured.

- ``loop``: ``train``, a generator of ``Batch``es and ``Epoch``s · ``trainer``: what it drives ·
  ``tally``: what it counts · ``turns``: when it works, and what it leaves alone ·
  ``threads``: of the processor
- ``text_loop``: ``train_on_text``, the same for language models ·
  ``text_trainer``: what it drives · ``text_metrics``: perplexity
- ``checkpoint``: where a training got to, in memory or on disk
- ``supernet``: ``Supernet``, all architectures in one, mixed by weights on edges · its parts:
  ``mixed_cell`` ``mixed_edges`` ``edge_convolutions`` ``partial_channels`` ``fixed_cell``
- ``shared_weights``: ``SharedWeights``, one-shot models, of which an architecture is a path ·
  their parts: ``path_supernet`` (``PathSupernet``, one of them) ``path_cell`` ``path_sampling``
  ``path_training`` · ``recalibration``: batch normalisation measured anew
- ``zero_cost``: what an untrained network tells
- ``inheritance``: ``inherit``, weights handed down from a mother to her child · its parts:
  ``transplant`` ``learnt``
- ``device``: what it runs on · ``metrics``: accuracy, parameters, multiply-accumulates
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.training.checkpoint import Checkpoint
    from workbench.training.device import choose_device, device_name
    from workbench.training.inheritance import inherit
    from workbench.training.loop import train
    from workbench.training.metrics import Cost, accuracy, cost, cost_of
    from workbench.training.path_supernet import PathSupernet
    from workbench.training.supernet import Supernet
    from workbench.training.text_loop import train_on_text
    from workbench.training.text_metrics import bigram_perplexity, perplexity

_ROOMS = {
    "Cost": "metrics",
    "Checkpoint": "checkpoint",
    "PathSupernet": "path_supernet",
    "Supernet": "supernet",
    "accuracy": "metrics",
    "bigram_perplexity": "text_metrics",
    "choose_device": "device",
    "cost": "metrics",
    "cost_of": "metrics",
    "device_name": "device",
    "inherit": "inheritance",
    "perplexity": "text_metrics",
    "train": "loop",
    "train_on_text": "text_loop",
}

__all__ = [
    "Checkpoint",
    "Cost",
    "PathSupernet",
    "Supernet",
    "accuracy",
    "bigram_perplexity",
    "choose_device",
    "cost",
    "cost_of",
    "device_name",
    "inherit",
    "perplexity",
    "train",
    "train_on_text",
]

__getattr__ = lazy(__name__, _ROOMS)
