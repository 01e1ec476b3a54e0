"""How good is an architecture? Performance estimation (Elsken et al. 2019, section 4).

- ``full``: ``FullTraining``, train it and look
- ``table``: ``Table``, look it up: every cell was trained before
- ``table_file``: ``TableFile``, what such a table is on disk
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.estimators.full import FullTraining
    from workbench.estimators.table import Table
    from workbench.estimators.table_file import TableFile

_ROOMS = {"FullTraining": "full", "Table": "table", "TableFile": "table_file"}

__all__ = ["FullTraining", "Table", "TableFile"]

__getattr__ = lazy(__name__, _ROOMS)
