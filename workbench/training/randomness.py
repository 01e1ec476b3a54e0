"""Whose randomness: a training draws from generators of its own, not from PyTorch's global ones.

The global generators belong to the process. Another thread may draw from them, or seed them, at
any moment: then neither its numbers nor ours are what a seed promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True)
class Streams:
    """A training's seeds: of its initial ``weights``, of the images' ``order`` and shifts, of the
    drop-``paths``, and of what a learner's network draws besides (``other``)."""

    weights: int
    order: int
    paths: int
    other: int


def spawned(seed: int) -> Streams:
    """Independent seeds out of a trial's one (NumPy's SeedSequence): equal ones would correlate.

    Raises ValueError for a negative seed.
    """
    if seed < 0:
        raise ValueError(f"seed: expected a whole number of at least 0, got {seed}")
    children = np.random.SeedSequence(seed).spawn(4)
    # one bit less than 64: PyTorch's seeds are signed
    return Streams(*(int(child.generate_state(1, np.uint64)[0]) >> 1 for child in children))


def draws(operation: torch._ops.OpOverload) -> bool:
    """Whether a PyTorch operation reads a generator."""
    return torch.Tag.nondeterministic_seeded in operation.tags


class OwnGenerators(TorchDispatchMode):
    """While entered, what this thread draws comes from generators made from ``seed``.

    One a device, made when first needed. An operation that was given a generator keeps it; one
    that takes none (dropout) reads the global one still.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seed = seed
        self.generators: dict[torch.device, torch.Generator] = {}

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if draws(func) and given.get("generator") is None:
            func, device = _with_generator(func), _device(args, given)
            if device.type != "meta" and _takes_generator(func):
                given["generator"] = self._generator(device)
        return func(*args, **given)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self.generators:
            self.generators[device] = torch.Generator(device).manual_seed(self.seed)
        return self.generators[device]


def _takes_generator(operation: torch._ops.OpOverload) -> bool:
    return any(argument.name == "generator" for argument in operation._schema.arguments)


def _with_generator(operation: torch._ops.OpOverload) -> torch._ops.OpOverload:
    """``rand``, ``randperm`` and their like have a second form that takes a generator."""
    if _takes_generator(operation):
        return operation
    form = operation._overloadname
    other = "generator" if form == "default" else f"{form}_generator"
    found: torch._ops.OpOverload = getattr(operation.overloadpacket, other, operation)
    return found


def _device(args: Sequence[Any], given: Mapping[str, Any]) -> torch.device:
    for value in args:
        if isinstance(value, Tensor):
            return value.device
    return torch.device(given.get("device") or "cpu")


class SinglePrecision(TorchFunctionMode):
    """While entered, this thread's new tensors are float32 where no type is asked for.

    The default type is the process's: setting it would reach other threads.
    """

    FACTORIES = frozenset(
        getattr(torch, name)
        for name in (
            *("empty", "zeros", "ones", "rand", "randn", "eye", "linspace", "logspace"),
            *("empty_strided", "empty_permuted"),
        )
    )
    FROM_VALUES = frozenset((torch.tensor, torch.as_tensor, torch.full, torch.arange))

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if given.get("dtype") is not None or given.get("out") is not None:
            return func(*args, **given)
        if func in self.FACTORIES:
            given["dtype"] = torch.float32
            return func(*args, **given)
        made = func(*args, **given)
        if func in self.FROM_VALUES and made.dtype == torch.float64 and not _holds_doubles(args):
            return func(*args, **given, dtype=torch.float32)
        return made


def _holds_doubles(args: Sequence[Any]) -> bool:
    """Whether float64 was said by what was passed, a tensor or an array."""
    return any(str(getattr(value, "dtype", "")).endswith("float64") for value in args)


@contextmanager
def undisturbed() -> Iterator[None]:
    """PyTorch as a training expects it, whatever the caller has set around it.

    Gradients are recorded (``torch.no_grad``, ``torch.inference_mode``), new tensors are float32
    (``torch.set_default_dtype``) and on the processor (``torch.set_default_device``), and nothing
    is computed in half precision (``torch.autocast``) but what the training computes so itself.
    """
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if torch.get_default_dtype() != torch.float32:
            stack.enter_context(SinglePrecision())
        yield


@contextmanager
def own_draws(seed: int) -> Iterator[None]:
    """Build a network inside: its weights are a function of ``seed``, and nobody else's draws move.

    PyTorch's global generators are neither read nor written, those of graphics cards included.
    """
    with undisturbed(), OwnGenerators(seed):
        yield
