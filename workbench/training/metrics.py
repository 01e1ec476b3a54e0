"""What is measured of a network: accuracy, parameters, multiply-accumulates (MACs)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from workbench import checks
from workbench.data.images import ImageData, Split, normalised
from workbench.protocols import SearchSpace
from workbench.records import ImageTask, Task, TextTask
from workbench.training.randomness import own_draws

A = TypeVar("A")

CHUNK = 512  # images classified at once: large enough to be quick, small enough to be stopped


@dataclass(frozen=True)
class Cost:
    """What a network needs: trainable ``parameters``, and ``macs`` for one image or one token."""

    parameters: int
    macs: int

    def __post_init__(self) -> None:
        checks.whole("Cost: parameters", self.parameters, least=0)
        checks.whole("Cost: macs", self.macs, least=0)


def correct_per_chunk(
    network: nn.Module,
    split: Split,
    data: ImageData,
    device: torch.device,
    *,
    chunk: int = CHUNK,
    layout: torch.memory_format = torch.contiguous_format,
) -> Iterator[int]:
    """How many images of each chunk of ``split`` the network classifies correctly, in order.

    ``data`` gives mean and deviation. The network is in evaluation mode during each chunk only.
    ``layout`` is the order of the images' values in memory.
    """
    mean, deviation = data.mean.to(device), data.deviation.to(device)
    for start in range(0, len(split), chunk):
        images = split.images[start : start + chunk].to(device)
        labels = split.labels[start : start + chunk].to(device)
        was_training = network.training
        network.eval()
        try:
            with torch.no_grad(), half_precision(device):
                images = normalised(images, mean, deviation).contiguous(memory_format=layout)
                logits = network(images)  # (chunk, classes)
        finally:
            network.train(was_training)
        yield int((logits.argmax(1) == labels).sum())


def accuracy(network: nn.Module, split: Split, data: ImageData, device: torch.device) -> float:
    """The share of ``split`` that ``network`` (on ``device``) classifies correctly, in [0, 1]."""
    checks.of_type("split", split, Split)
    checks.of_type("data", data, ImageData)
    return sum(correct_per_chunk(network, split, data, device)) / len(split)


def half_type(device: torch.device) -> torch.dtype | None:
    """The type of mixed precision: bfloat16 where a CUDA card has it, else float16; None: none."""
    if device.type != "cuda":
        return None
    native = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if native else torch.float16


def half_precision(device: torch.device) -> torch.autocast:
    """A context of mixed precision on CUDA, of nothing in particular elsewhere."""
    kind = half_type(device)
    return torch.autocast(device.type if kind else "cpu", kind, enabled=kind is not None)


def cost(network: nn.Module, task: Task) -> Cost:
    """Parameters, exactly, and MACs of one image of ``task``: half of PyTorch's count of FLOPs.

    Of a task of text, MACs of one token; looking up its embedding is none.

    Counted on the meta device, where tensors have shapes and no values; ``network`` is untouched.
    Convolutions and matrix products count, as is usual in NAS; normalisations and activations not,
    nor does an auxiliary head, in either: it is thrown away after training (DARTS counts so too).
    """
    checks.of_type("cost: task", task, (ImageTask, TextTask))
    if any(tensor.device.type != "meta" for tensor in network.parameters()):
        network = copy.deepcopy(network).to("meta")
    if isinstance(task, TextTask):
        example = torch.empty(1, 1, dtype=torch.int64, device="meta")
    else:
        example = torch.empty(1, task.channels, task.height, task.width, device="meta")
    was_training = network.training
    network.eval()  # batch normalisation of one image of one pixel has no batch statistics
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            network(example)
    finally:
        network.train(was_training)
    kept = (tensor for name, tensor in network.named_parameters() if not _is_auxiliary(name))
    parameters = sum(tensor.numel() for tensor in kept if tensor.requires_grad)
    return Cost(parameters, counter.get_total_flops() // 2)


def _is_auxiliary(name: str) -> bool:
    return name.startswith("auxiliary.")  # where ``CellNetwork`` keeps it


def cost_of(space: SearchSpace[Any], arch: Any, task: Task) -> Cost:
    """The cost of an architecture, without ever giving its weights memory.

    Raises ValueError where the space cannot build ``arch`` for ``task``.
    """
    with own_draws(0), torch.device("meta"):
        network = space.build(arch, task)
    return cost(network, task)
