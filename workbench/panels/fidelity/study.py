"""The same architectures estimated at many fidelities: what each costs, how well it ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from workbench import checks
from workbench.estimators.fidelity import Fidelity
from workbench.history import RankAgreement, pareto_front, rank_agreement

TOP = 0.05  # of the architectures: the ones that a search is after
RESAMPLES = 200


@dataclass(frozen=True)
class Point:
    """A fidelity on the plane: ``cost`` is a share of full training's, of all architectures."""

    fidelity: Fidelity
    cost: float
    agreement: RankAgreement

    @property
    def words(self) -> str:
        """Its numbers in a sentence."""
        tau, top = self.agreement.tau, self.agreement.precision
        return (
            f"{self.fidelity.words}: {100 * self.cost:.3g} % of the cost, τ = {tau.value:.2f} "
            f"[{tau.low:.2f}, {tau.high:.2f}]; of the {100 * self.agreement.top:.0f} % that look "
            f"best {100 * top.value:.0f} % are, of {self.agreement.n:,} architectures"
        ).replace("-", "−")


class Study:
    """``truth`` of n architectures and the ``full_cost`` of each; fidelities are added.

    ``by_size`` is how well their ``parameters`` alone rank them, the baseline of any estimate that
    trains; None where these are not known. Raises ValueError for columns of unlike lengths.
    """

    def __init__(
        self,
        truth: Sequence[int | float],
        full_cost: Sequence[int | float],
        *,
        source: str,
        parameters: Sequence[int | float] | None = None,
    ) -> None:
        self.truth = _column("truth", truth, None)
        self.source = checks.text("Study: source", source)
        self.by_size: RankAgreement | None = None
        if parameters is not None:
            sizes = _column("parameters", parameters, len(self.truth))
            self.by_size = rank_agreement(sizes, self.truth, top=TOP, resamples=RESAMPLES)
        self._full = float(_column("full_cost", full_cost, len(self.truth)).sum())
        self._points: dict[Fidelity, Point] = {}

    def add(
        self, fidelity: Fidelity, scores: Sequence[int | float], costs: Sequence[int | float]
    ) -> Point:
        """What the architectures scored at a fidelity, and what that cost, in full cost's unit."""
        one = _column("scores", scores, len(self.truth))
        dear = float(_column("costs", costs, len(self.truth)).sum())
        agreement = rank_agreement(one, self.truth, top=TOP, resamples=RESAMPLES)
        self._points[fidelity] = Point(fidelity, dear / self._full, agreement)
        return self._points[fidelity]

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them, the cheapest first."""
        return tuple(sorted(self._points.values(), key=lambda point: point.cost))

    def point(self, fidelity: Fidelity) -> Point | None:
        """That of a fidelity; None where it was not measured."""
        return self._points.get(fidelity)

    def front(self) -> tuple[Point, ...]:
        """Those that no other one beats: none is cheaper and ranks as well."""
        rows = [
            {"point": point, "cost": point.cost, "tau": point.agreement.tau.value}
            for point in self.points
        ]
        return tuple(
            row["point"] for row in pareto_front(rows, better={"cost": "lower", "tau": "higher"})
        )


def _column(
    name: str, values: Sequence[int | float], length: int | None
) -> Float[np.ndarray, " n"]:
    found: Float[np.ndarray, " n"] = np.array(checks.numbers(f"Study: {name}", values), float)
    if len(found) < 2 or length not in (None, len(found)):
        expected = "at least 2" if length is None else str(length)
        raise ValueError(f"Study: {name}: expected {expected} numbers, got {len(found)}")
    return found
