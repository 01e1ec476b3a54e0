"""A network looked through before it is trained: which layout it can have, whether it draws."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from workbench.records import ImageTask
from workbench.spaces.cell_network import CellNetwork
from workbench.spaces.primitives import StridedPointwise
from workbench.training.randomness import OwnGenerators, draws, own_draws

FEW = 16  # input channels; the fault is known below 8
PLAIN = frozenset(
    getattr(nn, name)
    for name in (
        *("AdaptiveAvgPool2d", "AvgPool2d", "BatchNorm2d", "Flatten", "Identity", "Linear"),
        *("MaxPool2d", "ModuleDict", "ModuleList", "ReLU", "Sequential"),
    )
)


@dataclass(frozen=True)
class Inspection:
    """What was seen. ``channels_last``: it runs in that layout. ``fragile``: on a processor that
    may crash. ``draws``: it reads PyTorch's global generator (None: that could not be seen)."""

    channels_last: bool
    fragile: bool = False
    draws: bool | None = None

    def layout(self, device: torch.device) -> torch.memory_format:
        """In which order the values of images and kernels lie in memory."""
        if self.channels_last and not (self.fragile and device.type == "cpu"):
            return torch.channels_last
        return torch.contiguous_format


class _Watch(TorchDispatchMode):
    """Notes the operations that pass, those that ``functional`` calls make included."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.strided_pointwise = self.draws = False

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if func is torch.ops.aten.convolution.default:
            weight, stride = args[1], args[3]  # (c_out, c_in of a group, kernel …)
            pointwise = all(side == 1 for side in weight.shape[2:]) and max(stride) > 1
            self.strided_pointwise |= pointwise and min(weight.shape[:2]) < FEW
        self.draws |= draws(func) and given.get("generator") is None
        return func(*args, **given)


class _Views(TorchFunctionMode):
    """Notes where an image is read as another shape without ``reshape``'s care for its layout."""

    def __init__(self) -> None:
        super().__init__()
        self.of_images = False

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        self.of_images |= func is Tensor.view and args[0].dim() == 4
        return func(*args, **(kwargs or {}))


def complete(network: nn.Module, task: ImageTask, *, seed: int) -> None:
    """Give the weights of lazy layers (``nn.LazyLinear``) their shapes, and values from ``seed``.

    They have neither before a first image has passed, so there is nothing to train yet.
    """
    if not any(is_lazy(parameter) for parameter in network.parameters()):
        return
    was_training = network.training
    with own_draws(seed), torch.no_grad():
        network.eval()
        network(torch.zeros(2, task.channels, task.height, task.width))
    network.train(was_training)


def ordinary(network: nn.Module) -> None:
    """Give a network that was built inside ``torch.inference_mode()`` weights that can be trained.

    PyTorch records nothing of tensors made there, wherever they are used; their copies, made
    outside, are as any others. A weight that two layers share they share still.
    """
    copies: dict[Tensor, Tensor] = {}
    for part in network.modules():
        weights = list(part.named_parameters(recurse=False, remove_duplicate=False))
        for name, tensor in (*weights, *part.named_buffers(recurse=False, remove_duplicate=False)):
            if not tensor.is_inference():
                continue
            if tensor not in copies:
                made = tensor.clone()
                trained = isinstance(tensor, nn.Parameter)
                copies[tensor] = nn.Parameter(made, tensor.requires_grad) if trained else made
            setattr(part, name, copies[tensor])


def inspected(network: nn.Module, task: ImageTask) -> Inspection:
    """One step of training with a copy on the meta device, where tensors have no values.

    Channels last is the layout that convolutions are quickest in, with two exceptions. The weight
    gradient of a strided 1×1 convolution of few channels crashes in it (``StridedPointwise`` says
    why), and a network that cannot be looked through, or reads images by ``view``, needs the plain
    one.
    """
    if _is_known(network):
        return Inspection(channels_last=True, draws=False)
    watch, views, layout = _Watch(), _Views(), torch.channels_last
    images = torch.empty(2, task.channels, task.height, task.width, device="meta")
    try:
        shadow = copy.deepcopy(network).to(device="meta", memory_format=layout)  # type: ignore[call-overload]
        shadow.train()
        images = images.contiguous(memory_format=layout)
        with OwnGenerators(0), watch, views:
            shadow.both(images) if isinstance(shadow, CellNetwork) else shadow(images)
    except Exception:  # a learner's network may do anything; training it will say what is wrong
        return Inspection(channels_last=False, draws=watch.draws or None)
    return Inspection(not views.of_images, watch.strided_pointwise, watch.draws)


def _is_known(network: nn.Module) -> bool:
    """Whether it is made of this package's layers and plain ones alone: a search trains thousands,
    and looking through a large one takes a tenth of a second."""
    for part in network.modules():
        kind = type(part)
        if isinstance(part, nn.Conv2d) and not isinstance(part, StridedPointwise):
            known = kind is nn.Conv2d and not (max(part.kernel_size) == 1 < max(part.stride))
        else:
            known = kind in PLAIN or kind.__module__.startswith("workbench.spaces.")
        if not known:
            return False
    return True
