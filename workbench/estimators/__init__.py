"""How good is an architecture? Performance estimation (Elsken et al. 2019, section 4).

- ``full``: ``FullTraining``, train it and look
- ``inherited``: ``Inherited``, train a child on from its parents' weights
- ``text``: ``TextTraining``, the same for language models · ``trainings``: what both have in
  common · ``kept_trials``: what they leave behind
- ``reduced``: ``ReducedTraining``, train something smaller · ``fidelity``: ``Fidelity``, its knobs
- ``table``: ``Table``, look it up: every cell was trained before
- ``table_file``: ``TableFile``, what such a table is on disk
- ``own_table``: ``table_from_scores``, one of your own
- ``sharing``: ``OneShot``, with weights that all share · its parts: ``shared_training``
  ``inherited_accuracy``
- ``proxies``: ``ZeroCost``, judge it untrained
- ``extrapolated``: ``Extrapolated``, stop a training that will not beat the best one
- ``predicted``: ``Predicted``, never train it: a regression on the encodings
- ``wrapped``: what an estimator around another one passes on
- ``learning_curves``: where a curve will end, from its beginning; a door of its own
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.doors import lazy

if TYPE_CHECKING:
    from workbench.estimators.extrapolated import Extrapolated
    from workbench.estimators.fidelity import Fidelity
    from workbench.estimators.full import FullTraining
    from workbench.estimators.inherited import Inherited
    from workbench.estimators.own_table import table_from_scores
    from workbench.estimators.predicted import Predicted
    from workbench.estimators.proxies import ZeroCost
    from workbench.estimators.reduced import ReducedTraining
    from workbench.estimators.sharing import OneShot
    from workbench.estimators.table import Table
    from workbench.estimators.table_file import TableFile
    from workbench.estimators.text import TextTraining

_ROOMS = {
    "Extrapolated": "extrapolated",
    "Fidelity": "fidelity",
    "FullTraining": "full",
    "Inherited": "inherited",
    "OneShot": "sharing",
    "ReducedTraining": "reduced",
    "Predicted": "predicted",
    "Table": "table",
    "TableFile": "table_file",
    "TextTraining": "text",
    "ZeroCost": "proxies",
    "table_from_scores": "own_table",
}

__all__ = [
    "Extrapolated",
    "Fidelity",
    "FullTraining",
    "Inherited",
    "OneShot",
    "Predicted",
    "ReducedTraining",
    "Table",
    "TableFile",
    "TextTraining",
    "ZeroCost",
    "table_from_scores",
]

__getattr__ = lazy(__name__, _ROOMS)
