"""The baseline, dragged: the cloud of policy gradients shrinks around a mean that stays.

A softmax over a few options with known rewards, so everything is exact. One update's gradient is
the mean over m draws of s_k (R_k − b), with s_k = ∇ log p_k = e_k − p [Williams 1992]. Its
expectation is p ⊙ (R − pᵀR) whatever b is, because Σ_k p_k s_k = 0; its variance is not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from workbench import checks
from workbench.panels.parts.dragged import Dragged
from workbench.views.paper import (
    BLUE,
    GREY,
    HALO,
    PALE,
    VERMILLION,
    axes,
    figure,
    inked,
    picture,
)

LOGITS, REWARDS = (0.2, -0.1, 0.5), (0.6, 0.9, 0.75)
MOST = 2_000  # arrows
# an orthonormal basis of the plane in which three numbers sum to 0: lengths are kept
PLANE = np.array([[1.0, -1.0, 0.0], [-1.0, -1.0, 2.0]]) / np.sqrt([[2.0], [6.0]])


class GradientCloud(Dragged[float]):
    """A slider over the baseline b, above the gradients of many updates as arrows.

    Three options with these ``logits`` and ``rewards``; an update has ``children`` draws, and there
    are ``updates`` of them, the same draws for every b. ``baseline`` is where the slider stands,
    ``mean`` and ``variance(b)`` are exact.

    Raises ValueError where there are not three logits and three rewards, or no draws.
    """

    def __init__(
        self,
        *,
        logits: Sequence[float] = LOGITS,
        rewards: Sequence[float] = REWARDS,
        children: int = 8,
        updates: int = 150,
        seed: int = 0,
    ) -> None:
        self._theta = _three("logits", logits)
        self._rewards = _three("rewards", rewards)
        self.children = checks.whole("GradientCloud: children", children, least=1, most=MOST)
        self.updates = checks.whole("GradientCloud: updates", updates, least=1, most=MOST)
        self.seed = checks.whole("GradientCloud: seed", seed, least=0)
        rng = np.random.default_rng(self.seed)
        self._draws = rng.choice(3, size=(self.updates, self.children), p=self._shares)
        steps = {round(0.1 * step, 1): f"{0.1 * step:.1f}" for step in range(11)}
        steps[self.expected] = f"{self.expected:.3f}, the mean reward"
        super().__init__(
            "baseline b",
            [(steps[b], b) for b in sorted(steps)],
            0.0,
            tip="What every reward is compared with",
            setting="GradientCloud: baseline",
            label=76,
            mark="wb-cloud",
        )

    @property
    def baseline(self) -> float:
        """The b that is shown; set it to one of the slider's stops."""
        return self.value

    @baseline.setter
    def baseline(self, b: float) -> None:
        nearest = min(self.stops, key=lambda stop: abs(stop - b))
        self.value = nearest if abs(nearest - b) <= 5e-4 else b  # as its label has it, rounded

    @property
    def told(self) -> tuple[float, ...]:
        """No baseline, and the mean reward as baseline."""
        return 0.0, self.expected

    @property
    def _shares(self) -> Float[np.ndarray, "3"]:
        raised: Float[np.ndarray, "3"] = np.exp(self._theta - self._theta.max())
        shares: Float[np.ndarray, "3"] = raised / raised.sum()
        return shares

    @property
    def expected(self) -> float:
        """E[R], the mean reward."""
        return float(self._shares @ self._rewards)

    @property
    def mean(self) -> Float[np.ndarray, "3"]:
        """The exact gradient p ⊙ (R − pᵀR)."""
        gradient: Float[np.ndarray, "3"] = self._shares * (self._rewards - self.expected)
        return gradient

    def variance(self, b: float) -> float:
        """One update's, summed over the three components: exact, (1/m) of that of one draw."""
        p = self._shares
        squares = ((np.eye(3) - p) ** 2).sum(1)  # ‖s_k‖²
        second = float(p @ (squares * (self._rewards - b) ** 2))
        return (second - float(self.mean @ self.mean)) / self.children

    def gradients(self, b: float) -> Float[np.ndarray, "updates 3"]:
        """The gradient of each update."""
        scores = np.eye(3) - self._shares  # a row an option: s_k
        each = scores * (self._rewards - b)[:, None]
        found: Float[np.ndarray, "updates 3"] = each[self._draws].mean(1)
        return found

    def words(self, b: float) -> str:
        """The numbers at a baseline."""
        now, plain = self.variance(b), self.variance(0.0)
        times = plain / now if min(plain, now) > 0 else 1.0  # equal rewards may vary by nothing
        said = f"b = {b:.3f}: the mean, which is the exact gradient, is "
        said += f"({', '.join(_signed(self.mean))}) for every b. Variance {now:.5f}"
        if abs(times - 1) < 5e-3:
            return f"{said}."
        more = f"{times:.0f} times less" if times > 1 else f"{1 / times:.1f} times more"
        return f"{said}, {more} than without a baseline."

    def _draw(self, b: float) -> str:
        made = figure(480, 360)
        furthest = np.abs(self.gradients(0.0) @ PLANE.T).max()  # the same axes for every b
        _arrows(axes(made)[0], self.gradients(b) @ PLANE.T, self.mean @ PLANE.T, furthest)
        wide = "a wide" if self.variance(b) > 0.25 * self.variance(0.0) else "a small"
        return picture(
            made,
            f"{self.updates} gradient arrows from one point, {wide} cloud around a mean that does "
            f"not move. {self.words(b)}",
        )


@inked
def _arrows(
    ax: Axes,
    each: Float[np.ndarray, "updates 2"],
    mean: Float[np.ndarray, "2"],
    furthest: float,
) -> None:
    """Gradients in the plane in which they lie, and their exact mean."""
    for option, (x, y) in enumerate(PLANE.T, 1):  # towards which option an arrow pushes
        far = 1.12 * furthest / float(np.hypot(x, y))
        ax.plot([0, far * x], [0, far * y], color=PALE, lw=0.8, ls="--", zorder=1)
        ax.text(
            1.12 * far * x, 1.12 * far * y, f"option {option}", color=GREY,
            ha="center", va="center",
        )  # fmt: skip
    for x, y in each:
        ax.plot([0, x], [0, y], color=BLUE, lw=0.7, alpha=0.35, zorder=2)
    ax.plot(each[:, 0], each[:, 1], "o", color=BLUE, ms=3, alpha=0.6, ls="none", zorder=3)
    ax.plot(*mean, "D", color=VERMILLION, ms=9, mec="white", zorder=5)
    ax.annotate(
        "mean", (float(mean[0]), float(mean[1])), xytext=(12, -14), textcoords="offset points",
        color=VERMILLION, weight="bold", path_effects=HALO, zorder=6,
    )  # fmt: skip
    room = 1.4 * furthest or 1.0
    ax.set(xlim=(-room, room), ylim=(-0.8 * room, room), aspect="equal", xticks=[], yticks=[])
    ax.spines[["left", "bottom"]].set_visible(False)


def _three(name: str, values: Sequence[float]) -> Float[np.ndarray, "3"]:
    found = checks.numbers(f"GradientCloud: {name}", values)
    if len(found) != 3 or not np.isfinite(found).all():
        raise ValueError(f"GradientCloud: {name}: expected three finite numbers, got {found}")
    array: Float[np.ndarray, "3"] = np.array(found)
    return array


def _signed(values: Float[np.ndarray, "3"]) -> list[str]:
    return [f"{value:+.3f}".replace("-", "−") for value in values]
