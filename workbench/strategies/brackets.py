"""How many candidates train for how long: the rungs of successive halving, the brackets of it.

Jamieson & Talwalkar (2016), Non-stochastic best arm identification; Li, Jamieson, DeSalvo,
Rostamizadeh & Talwalkar (2018, JMLR), Hyperband, algorithm 1. Whole numbers throughout: a floating
logarithm says that 3 goes into 243 four times (``int(log(243) / log(3)) == 4``), and it is five.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench import checks


@dataclass(frozen=True)
class Rung:
    """So many ``trials`` are trained up to ``epochs`` epochs in all."""

    trials: int
    epochs: int

    def __post_init__(self) -> None:
        checks.whole("Rung: trials", self.trials, least=1)
        checks.whole("Rung: epochs", self.epochs, least=1)


def most_halvings(most_epochs: int, eta: int, *, least_epochs: int = 1) -> int:
    """How often ``most_epochs`` can be cut to 1/eta with ``least_epochs`` left: Hyperband's s_max.

    With one epoch left it is ⌊log_eta(most_epochs)⌋.
    """
    halvings, divisor = 0, eta
    while most_epochs // divisor >= least_epochs:
        halvings, divisor = halvings + 1, divisor * eta
    return halvings


def budgets(most_epochs: int, eta: int, halvings: int) -> tuple[int, ...]:
    """Epochs in all at each rung, the fewest first: r_i = ⌊R · eta^(i − s)⌋, the last one R."""
    return tuple([most_epochs // eta ** (halvings - i) for i in range(halvings + 1)])


def bracket(starts: int, most_epochs: int, eta: int, halvings: int) -> tuple[Rung, ...]:
    """Successive halving of ``starts`` candidates: n_i = ⌊n · eta^−i⌋ are left at rung i."""
    return tuple(
        [
            Rung(starts // eta**i, epochs)
            for i, epochs in enumerate(budgets(most_epochs, eta, halvings))
        ]
    )


def hyperband_brackets(
    most_epochs: int, eta: int, *, least_epochs: int = 1
) -> dict[int, tuple[Rung, ...]]:
    """Hyperband's brackets by s, in its order: s_max, the most halvings, first; 0, none, last.

    A bracket s starts n = ⌈(s_max + 1) · eta^s / (s + 1)⌉ candidates, so that each costs about
    as many epochs (JMLR's rounding; the authors' first version and HpBandSter start
    ⌊(s_max + 1) / (s + 1)⌋ · eta^s, fewer of them).
    """
    most = most_halvings(most_epochs, eta, least_epochs=least_epochs)
    return {
        s: bracket(-(-(most + 1) * eta**s // (s + 1)), most_epochs, eta, s)  # algorithm 1: n
        for s in range(most, -1, -1)
    }
