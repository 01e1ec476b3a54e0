"""What is installed: Python, packages, device, the course's notebooks, data."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import workbench
from workbench import course
from workbench.doctor.finding import ANEW, PIP, Finding

CPU_BUILD = (
    "without an NVIDIA GPU, PyTorch's CPU build saves gigabytes. The right order: first the "
    "command for 'CPU' on https://pytorch.org/get-started/locally, then pip install -e ."
)


def python() -> Iterator[Finding]:
    """Which Python runs this, where."""
    state = f"{platform.python_version()} at {sys.executable}, {platform.platform()}"
    old = sys.version_info < (3, 11)
    cure = f"take Python 3.11 or newer: {ANEW}" if old else ""
    yield Finding(f"workbench {workbench.__version__}, Python", state, cure)


def packages() -> Iterator[Finding]:
    """Every package that pyproject.toml asks for, in a version of its tested range."""
    from packaging.requirements import Requirement

    try:
        wanted = requires("workbench") or []
    except PackageNotFoundError:
        yield Finding("packages", "workbench lies here, but is not installed", ANEW)
        return
    for requirement in map(Requirement, wanted):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        cure = f'{PIP} "{requirement}"'
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            yield Finding(requirement.name, "not installed", cure)
            continue
        # a local version such as 2.13.0+cpu is in the range of its public one
        if requirement.specifier.contains(found, prereleases=True):
            yield Finding(requirement.name, found)
        else:
            yield Finding(requirement.name, f"{found}, not {requirement.specifier}", cure)


def device() -> Iterator[Finding]:
    """What PyTorch would train on."""
    import torch

    if torch.cuda.is_available():
        yield Finding("device", f"cuda: {torch.cuda.get_device_name()}")
        return
    threads = f"{torch.get_num_threads()} threads"
    if torch.backends.mps.is_available():
        yield Finding("device", f"cpu, {threads}; Apple's GPU (mps) where a panel is told so")
    elif torch.version.cuda and not _has_nvidia():
        state = f"cpu, {threads}; this PyTorch carries CUDA {torch.version.cuda}, unused"
        yield Finding("device", state, CPU_BUILD, needed=False)
    elif _has_nvidia():
        state = f"cpu, {threads}; an NVIDIA GPU is here, but this PyTorch does not reach it"
        cure = (
            "choose 'CUDA' on https://pytorch.org/get-started/locally, install that first "
            "(update the GPU's driver where it asks for it), then pip install -e ."
        )
        yield Finding("device", state, cure, needed=False)
    else:
        yield Finding("device", f"cpu, {threads}; every notebook is made for it")


def _has_nvidia() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()


def originals() -> Iterator[Finding]:
    """The notebooks of the course."""
    try:
        found, place = course.notebooks(), str(course.originals())
    except FileNotFoundError as error:
        found, place = [], str(error)
    cure = "" if found else "install workbench from a full checkout: pip install -e ."
    yield Finding("notebooks", f"{len(found)} in {place}", cure)


def data() -> Iterator[Finding]:
    """The default data are shipped; the larger sets are optional, and fetched where they can be."""
    from workbench.data import cifar, digits, fashion

    task = digits().task
    yield Finding("digits", f"{task.height}×{task.width} images, {task.classes} classes, offline")
    for name, found, cure in (
        ("Fashion-MNIST", fashion.found, "workbench.data.fashion_mnist() downloads 30 MB once"),
        ("CIFAR-10", cifar.found, "workbench.data.cifar10() downloads 170 MB once"),
    ):
        try:
            place = found()
        except OSError:  # a folder that is not ours to read
            place = None
        if place is None:
            yield Finding(name, "not on this machine (optional)", cure, needed=False)
        else:
            yield Finding(name, f"in {place}")
