"""Cost against rank correlation: every fidelity a point, those that none beats on a line."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from workbench.panels.fidelity.study import Point
from workbench.views.paper import BLUE, GREY, HALO, INK, PALE, VERMILLION, inked


@inked
def plane(
    points: Sequence[Point],
    front: Sequence[Point],
    ax: Axes,
    *,
    by_size: float | None = None,
) -> Axes:
    """Share of the full cost (in %, logarithmic) against Kendall's τ with full training.

    ``by_size`` is the τ of the numbers of parameters, which cost nothing.
    """
    costs = [100 * point.cost for point in points]
    taus = [point.agreement.tau.value for point in points]
    ax.plot(costs, taus, "o", color=GREY, ms=5, alpha=0.7, ls="none", zorder=2)
    ax.plot(
        [100 * point.cost for point in front],
        [point.agreement.tau.value for point in front],
        "-", color=BLUE, lw=1.4, marker="o", ms=5, zorder=3,
    )  # fmt: skip
    ax.axhline(0, color=PALE, lw=0.8, zorder=1)
    if by_size is not None:
        ax.axhline(by_size, color=GREY, lw=1, ls="--", zorder=1)
        ax.annotate(
            "number of\nparameters\nalone", (1, by_size), xycoords=("axes fraction", "data"),
            xytext=(4, 0), textcoords="offset points", va="center", color=INK,
        )  # beside the line's end, where no point and no bar can lie  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(min([1.0, *costs]) * 0.8, 160)
    ax.set_ylim(min([-0.05, by_size or 0.0, *taus]) - 0.05, 1.05)
    ax.set_xticks([x for x in (0.1, 1, 3, 10, 30, 100) if x >= min([1.0, *costs]) * 0.8])
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.minorticks_off()
    ax.set_xlabel("cost, % of full training (logarithmic)")
    ax.set_ylabel("Kendall's τ with full training")
    return ax


@inked
def chosen(point: Point, ax: Axes) -> list[Artist]:
    """One of them stands out, with the interval of its τ."""
    tau, x = point.agreement.tau, 100 * point.cost
    return [
        *ax.plot([x, x], [tau.low, tau.high], color=VERMILLION, lw=2, zorder=4),
        *ax.plot(x, tau.value, "D", color=VERMILLION, ms=9, mec="white", zorder=5),
        ax.annotate(
            f"τ {tau.value:.2f}".replace("-", "−"), (x, tau.value), xytext=(-8, 10),
            textcoords="offset points", ha="right", color=INK, path_effects=HALO, zorder=6,
            annotation_clip=False,
        ),
    ]  # fmt: skip
