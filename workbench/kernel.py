"""The kernel that runs a notebook: this very interpreter, whatever else is called ``python3`` here.

A user-wide kernel named python3 (another project may have left one) would otherwise be found
first, and the learner's first cell would fail with "No module named workbench".
"""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default


class ThisInterpreter(KernelSpecManager):
    """Finds one kernel, ipykernel's native one: ``sys.executable -m ipykernel_launcher``."""

    @default("kernel_dirs")
    def _nowhere_else(self) -> list[str]:
        return []


def kernel_manager() -> KernelManager:
    """A manager, not yet started, for a kernel of this interpreter."""
    return KernelManager(kernel_name="python3", kernel_spec_manager=ThisInterpreter())


class ThisKernel(AsyncKernelManager):
    """The same, as a class, for nbclient (which makes, starts and ends its kernels itself)."""

    @default("kernel_spec_manager")
    def _this_interpreter(self) -> KernelSpecManager:
        return ThisInterpreter()
