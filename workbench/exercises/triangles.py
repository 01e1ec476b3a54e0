"""Who reads whom as a triangle of ticks: several patterns of one depth, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from workbench import checks
from workbench.spaces.branches import Branches
from workbench.views.paper import BLUE, GREY, LOCK, PALE, axes, card, figure, picture

WIDTH, HEIGHT = 200, 225  # CSS pixels of one triangle


class Triangles:
    """One triangle a name: row i, column j is filled where layer i reads layer j.

    Raises ValueError without a name.
    """

    def __init__(self, named: Mapping[str, Branches]) -> None:
        checks.of_type("Triangles: named", named, Mapping)
        for arch in named.values():
            checks.of_type("Triangles: named", arch, Branches)
        if not named:
            raise ValueError("Triangles: named: expected at least one pattern, got {}")
        self.named = dict(named)

    @property
    def alt(self) -> str:
        """What is to be seen, pattern by pattern."""
        return ". ".join(f"{name}: {_said(arch)}" for name, arch in self.named.items()) + "."

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        sheet = figure(WIDTH * len(self.named), HEIGHT)
        for ax, (name, arch) in zip(axes(sheet, columns=len(self.named)), self.named.items()):
            depth = len(arch.layers)
            with LOCK:
                every = [(j, i) for i in range(2, depth + 1) for j in range(1, i)]
                ticked = [(j, i) for i, reads in enumerate(arch.inputs, 1) for j in reads]
                ax.plot(*_places(every), "s", ms=9, mfc="white", mec=PALE)
                ax.plot(*_places(ticked), "s", ms=9, mfc=BLUE, mec=BLUE)
                ax.set_xlim(0.4, depth - 0.4)
                ax.set_ylim(depth + 0.6, 1.4)
                ax.set_aspect("equal")
                ax.set_xticks(range(1, depth))
                ax.set_yticks(range(2, depth + 1))
                ax.tick_params(length=0, colors=GREY)
                ax.spines[:].set_visible(False)
                ax.set_title(name)
                ax.set_xlabel("is read")
                ax.set_ylabel("layer")
        return card(picture(sheet, self.alt))


def _places(squares: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Columns and rows."""
    return [column for column, _ in squares], [row for _, row in squares]


def _said(arch: Branches) -> str:
    depth = len(arch.layers)
    ticks, most = sum(map(len, arch.inputs)), depth * (depth - 1) // 2
    last = ", ".join(map(str, arch.inputs[-1])) or "the image"
    return f"{ticks} of {most} places of a triangle are filled; layer {depth} reads {last}"
