"""The first import of a kernel takes its time, most of it for PyTorch: a notebook says so.

On a cold start it is a quarter of a minute in which nothing moves. The words stand in the output of
the cell that imports, from its first moment, and go when the cell is done.
"""

from __future__ import annotations

import os
import sys
from typing import Any

WORDS = (
    '<p role="status" style="margin:0;font-size:13px;color:var(--jp-ui-font-color2,#666)">◌ '
    "Loading PyTorch and what goes with it: in a new kernel this takes 5 to 30 seconds.</p>"
)
DONE = '<span class="wb-loaded" hidden></span>'  # an output that takes no room


def say_so() -> None:
    """Say in the cell that runs now that it is a wait; nothing outside of a notebook's kernel."""
    shell = _shell()
    if shell is None or "torch" in sys.modules or os.environ.get("WORKBENCH_RENDER"):
        return
    from IPython.display import display

    words = {"text/html": WORDS, "text/plain": "Loading PyTorch …"}
    shown = display(words, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def done(*_: object) -> None:
        shell.events.unregister("post_run_cell", done)
        shown.update({"text/html": DONE, "text/plain": ""}, raw=True)

    shell.events.register("post_run_cell", done)


def _shell() -> Any:
    """IPython's shell where a kernel runs it; it is not imported to find that out."""
    if "IPython" not in sys.modules:
        return None
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None
