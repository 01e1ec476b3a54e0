"""What was computed once and is shipped: recorded races, tables of trained architectures.

Files lie beside this one and travel with the package; ``index.json`` says for each the command
that makes it again.

- ``finding``: ``recording``, where a file lies
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.recordings.finding import recording

__all__ = ["recording"]

__getattr__ = lazy(__name__, {"recording": "finding"})
