"""Pure questions put to the events of a search: what was tried, what it cost, what was best.

Answers are plain rows (lists of dicts) that a view draws or pandas tabulates. Scores are
fractions, higher is better; seconds are those that the trials themselves report.

- ``run``: ``History``, the events of one search · ``tables``: its trials and learning curves
- ``costs``: what it cost, ``ledger`` · ``budget``: ``within``, until it has cost enough
- ``progress``: the best so far, ``incumbents``, ``regret``
- ``ranks``: how alike two columns rank, ``rank_agreement`` · ``fronts``: ``pareto_front``
- ``laps``: ``Lap``, one search of a race · ``seeds``: ``bands`` and ``paired`` over many
- ``intervals``: ``Interval``, a number and where it would fall with other data
- ``expected``: ``expected_best`` of n random draws · ``decomposition``: ``variance_shares`` and
  ``effects``, which decisions made the difference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.history.budget import within
    from workbench.history.costs import Meter, ledger
    from workbench.history.decomposition import effects, variance_shares
    from workbench.history.expected import expected_best
    from workbench.history.fronts import pareto_front
    from workbench.history.intervals import Interval
    from workbench.history.laps import Lap, Step
    from workbench.history.progress import incumbents, regret
    from workbench.history.ranks import RankAgreement, rank_agreement, rank_correlation
    from workbench.history.run import History, Row
    from workbench.history.seeds import Paired, bands, paired
    from workbench.history.tables import COLUMNS, learning_curves, to_frame, trials

_NAMES = {
    "budget": ("within",),
    "costs": ("Meter", "ledger"),
    "decomposition": ("effects", "variance_shares"),
    "expected": ("expected_best",),
    "fronts": ("pareto_front",),
    "intervals": ("Interval",),
    "laps": ("Lap", "Step"),
    "progress": ("incumbents", "regret"),
    "ranks": ("RankAgreement", "rank_agreement", "rank_correlation"),
    "run": ("History", "Row"),
    "seeds": ("Paired", "bands", "paired"),
    "tables": ("COLUMNS", "learning_curves", "to_frame", "trials"),
}

__all__ = [
    "COLUMNS",
    "History",
    "Interval",
    "Lap",
    "Meter",
    "Paired",
    "RankAgreement",
    "Row",
    "Step",
    "bands",
    "effects",
    "expected_best",
    "incumbents",
    "learning_curves",
    "ledger",
    "paired",
    "pareto_front",
    "rank_agreement",
    "rank_correlation",
    "regret",
    "to_frame",
    "trials",
    "variance_shares",
    "within",
]

__getattr__ = lazy(__name__, {name: room for room, names in _NAMES.items() for name in names})
