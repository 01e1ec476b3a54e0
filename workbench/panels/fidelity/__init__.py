"""``FidelityPanel``: five knobs, and where they lie between what it costs and what it is worth.

- ``panel``: the panel · ``study``: scores of the same cells at many fidelities, and their points
- ``recorded_study``: of a file, of a table's epochs · ``live_study``: a few trained here
- ``knobs``: five sliders · ``plane``: cost against rank correlation, with the Pareto front
"""

from __future__ import annotations
