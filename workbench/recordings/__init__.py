"""What was computed once and is shipped: recorded races, tables of trained architectures.

Files lie beside this one and travel with the package; ``index.json`` says for each the command
that makes it again.

- ``finding``: ``recording``, where a file lies · ``keep``, one more of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.recordings.finding import keep, recording

__all__ = ["keep", "recording"]

__getattr__ = lazy(__name__, {"keep": "finding", "recording": "finding"})
