"""What a strategy shows of its inside, drawn: one file for each noun, ``menu`` names them all.

- ``menu``: ``NOUNS``, a table's name -> what draws its rows and the columns it needs
- ``draws`` ``population`` ``posterior`` ``probabilities`` ``brackets`` ``mixture`` ``history``:
  figures · ``family`` ``controller``: graphs
- ``cells``: heat maps and stacked bars that several of them share
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.views.nouns.menu import NOUNS, pictured
    from workbench.views.nouns.noun import Noun

_ROOMS = {"NOUNS": "menu", "Noun": "noun", "pictured": "menu"}

__all__ = ["NOUNS", "Noun", "pictured"]

__getattr__ = lazy(__name__, _ROOMS)
