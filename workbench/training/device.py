"""What a network runs on: the processor, or a graphics card."""

from __future__ import annotations

import platform

import torch

from workbench import checks

KINDS = ("cpu", "cuda", "mps")


def choose_device(name: str = "auto") -> torch.device:
    """``auto``: cuda if there is one, else cpu. ``cpu``, ``cuda``, ``cuda:1``, ``mps``: that one.

    ``mps`` (Apple) is taken on request only: for networks as small as ours the processor is faster.

    Raises ValueError for an unknown name and for a device that is not there.
    """
    checks.text("device", name, cure="say 'auto' or 'cpu'")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, colon, index = name.partition(":")
    if kind not in KINDS or (colon and not index.isdecimal()):
        raise ValueError(f"device: expected 'auto', 'cpu', 'cuda' or 'mps', got {name!r}")
    count = _count(kind)
    if int(index or 0) >= count:
        raise ValueError(
            f"device: {name!r} is not there (PyTorch sees {count} of {kind}); choose 'auto' or "
            "'cpu', or install a PyTorch build for this device"
        )
    return torch.device(name)


def missing() -> tuple[str, ...]:
    """The kinds of device that PyTorch does not see on this machine."""
    return tuple(kind for kind in KINDS if not _count(kind))


def _count(kind: str) -> int:
    if kind == "cuda":
        return torch.cuda.device_count()
    return int(torch.backends.mps.is_available()) if kind == "mps" else 1


def device_name(device: torch.device) -> str:
    """A device in words for people: "cpu (x86_64, 2 threads)", "NVIDIA A100"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    machine = platform.machine() or "unknown processor"
    if device.type == "mps":
        return f"Apple GPU ({machine})"
    return f"cpu ({machine}, {torch.get_num_threads()} threads)"
