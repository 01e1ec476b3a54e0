"""``workbench doctor``: what is installed, what it runs on, what is missing, and the cure of each.

Every check stands alone: one that raises becomes a finding, so a half-broken installation is
still described to the end.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

import workbench

CPU_BUILD = (
    "without an NVIDIA GPU, PyTorch's CPU build saves gigabytes. The right order: first the "
    "command for 'CPU' on https://pytorch.org/get-started/locally, then pip install -e ."
)


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``cure`` is empty where all is well.

    ``needed``: the course does not run without it; otherwise the cure is advice.
    """

    name: str
    state: str
    cure: str = ""
    needed: bool = True

    @property
    def broken(self) -> bool:
        """Whether something that the course needs is missing."""
        return self.needed and bool(self.cure)


def examine() -> list[Finding]:
    """Run every check."""
    findings = [_python()]
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("packages", _packages),
        ("device", _device),
        ("Graphviz", _graphviz),
        ("kernel", _kernel),
        ("notebooks", _notebooks),
        ("data", _data),
    )
    for name, check in checks:
        try:
            findings += check()
        except Exception as error:  # a broken installation can raise anything, anywhere
            state = f"cannot be checked: {type(error).__name__}: {error}"
            findings.append(Finding(name, state, "cure what else is MISSING here, then try again"))
    return findings


def report(findings: list[Finding]) -> str:
    """The findings as text, one a line, each cure under its finding, a verdict last."""
    lines = []
    for finding in findings:
        mark = "MISSING" if finding.broken else "note" if finding.cure else "ok"
        lines.append(f"{mark:8}{finding.name}: {finding.state}")
        if finding.cure:
            lines.append(f"{'':8}-> {finding.cure}")
    broken = sum(finding.broken for finding in findings)
    lines.append(f"{broken} to cure." if broken else "Ready: workbench lab")
    return "\n".join(lines)


def _python() -> Finding:
    state = f"{platform.python_version()} at {sys.executable}, {platform.platform()}"
    old = sys.version_info < (3, 11)
    cure = "make a virtual environment with Python 3.11 or newer, install there" if old else ""
    return Finding(f"workbench {workbench.__version__}, Python", state, cure)


def _packages() -> Iterator[Finding]:
    """Every package that pyproject.toml asks for, in a version of its tested range."""
    for requirement in map(Requirement, requires("workbench") or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        cure = f'pip install "{requirement}"'
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


def _device() -> Iterator[Finding]:
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


def _graphviz() -> Iterator[Finding]:
    """Renders a test drawing in this process, as the panels do; no ``dot`` program is needed."""
    try:
        from workbench.views.engine import render

        drawn = render("digraph { conv -> pool }")
    except Exception as error:
        cure = 'pip install --force-reinstall "pygraphviz>=2,<3" (its wheels carry Graphviz)'
        yield Finding("Graphviz", f"does not draw: {type(error).__name__}: {error}", cure)
        return
    yield Finding("Graphviz", f"draws ({len(drawn)} bytes of SVG for a test drawing)")


def _kernel() -> Iterator[Finding]:
    """Starts the kernel that ``workbench lab`` would start, and asks who it is."""
    from workbench.kernel import kernel_manager

    manager, told = kernel_manager(), list[str]()
    manager.start_kernel(stderr=subprocess.DEVNULL)  # its log is not the learner's business
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive(
            "import sys, ipywidgets, workbench; print(sys.executable)",
            timeout=60,
            output_hook=lambda message: told.append(str(message["content"].get("text", ""))),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    yield Finding("kernel", "starts: " + "".join(told).strip())


def _notebooks() -> Iterator[Finding]:
    from workbench.course import notebooks, originals

    found = notebooks()
    cure = "" if found else "install workbench from a full checkout: pip install -e ."
    yield Finding("notebooks", f"{len(found)} in {originals()}", cure)
    if not os.access(Path.cwd(), os.W_OK):
        cure = "change to a folder of your own before workbench lab, or give it --folder"
        yield Finding("this folder", f"{Path.cwd()} cannot be written", cure, needed=False)


def _data() -> Iterator[Finding]:
    """The default data are shipped; the larger sets are optional, and fetched where they can be."""
    from workbench.data import cifar, digits, fashion

    task = digits().task
    yield Finding("digits", f"{task.height}×{task.width} images, {task.classes} classes, offline")
    for name, place, cure in (
        ("Fashion-MNIST", fashion.found(), "workbench.data.fashion_mnist() downloads 30 MB once"),
        ("CIFAR-10", cifar.found(), "workbench.data.cifar10() downloads 170 MB once"),
    ):
        if place is None:
            yield Finding(name, "not on this machine (optional)", cure, needed=False)
        else:
            yield Finding(name, f"in {place}")
