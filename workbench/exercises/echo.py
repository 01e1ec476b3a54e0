"""A made-up score on NASNet cells, without an image: does block 2 repeat the operations of block 1?

So what is right for block 2 depends on what was taken for block 1. A controller that remembers can
learn that. Softmaxes that know nothing of each other can earn as much, by agreeing on one operation
for both; but they cannot follow where another one is forced, nor be undecided and right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from IPython.display import HTML, Markdown

from workbench import checks
from workbench.history import History
from workbench.panels.controller.softmaxes import softmaxes
from workbench.protocols import SearchSpace
from workbench.records import Candidate, Evaluation, Event, Told
from workbench.scales import ScoreScale
from workbench.search import finish, search
from workbench.spaces import NASNetSpace
from workbench.spaces.nasnet_cell import NASNet
from workbench.strategies import PPO
from workbench.views.paper import BLUE, INK, LOCK, POINTS, SKY, axes, card, figure, picture

FOUR = ("identity", "sep_conv_3x3", "avg_pool_3x3", "max_pool_3x3")
FIRST, SECOND = "normal / block 1 / first operation", "normal / block 2 / first operation"
SETTINGS: Mapping[str, Any] = {
    "hidden_size": 50,
    "initial_range": 0.5,
    "controller_rate": 5e-3,
    "entropy_weight": 0.3,  # so much that several operations stay in play
}


def small_cells(*, filters: int = 4) -> NASNetSpace:
    """Cells of two blocks, four operations, addition alone: 9,216 a cell, and two of them."""
    return NASNetSpace(blocks=2, operations=FOUR, combinations=("add",), filters=filters)


class Echo:
    """The share of block 2's operations that equal block 1's, place by place, in both cells.

    Raises ValueError for a space whose cells have less than two blocks.
    """

    scale = ScoreScale("share of operations repeated", "", 1.0, 0.0, 1.0, 2)

    def __init__(self, space: NASNetSpace) -> None:
        checks.of_type("Echo: space", space, NASNetSpace)
        if space.blocks < 2:
            raise ValueError(f"Echo: space: expected two blocks or more, got {space.blocks}")
        self.space: SearchSpace[NASNet] = space

    def prepare(self, *, seed: int) -> Generator[Event[NASNet], None, None]:
        """Nothing to prepare."""
        yield from ()

    def estimate(
        self, candidate: Candidate[NASNet], *, trial: int, seed: int
    ) -> Generator[Event[NASNet], None, Evaluation]:
        """Looked up, not trained."""
        score = repeated(candidate.arch)
        yield from ()
        return Evaluation(score, 0.0)

    def tell(self, told: Told[NASNet]) -> None:
        """It does not listen."""


def repeated(arch: NASNet) -> float:
    """``Echo``'s score: 0, ¼, ½, ¾ or 1."""
    pairs = [
        (getattr(cell.blocks[0], name), getattr(cell.blocks[1], name))
        for cell in (arch.normal, arch.reduction)
        for name in ("first_operation", "second_operation")
    ]
    return sum(bool(one == other) for one, other in pairs) / len(pairs)


def taught(
    space: NASNetSpace, *, trials: int, seed: int = 0, **settings: Any
) -> tuple[PPO[NASNet], History[NASNet]]:
    """A PPO that has been told ``trials`` of ``Echo``'s scores, and its run.

    Settings that are not given are ``SETTINGS``, ours, found by trying a few.
    """
    strategy = PPO(space, **{**SETTINGS, **settings}, seed=seed)
    return strategy, finish(search(strategy, Echo(space), trials=trials, seed=seed))


def reward_at_last(history: History[Any], *, last: int = 100) -> float:
    """The mean score of the last trials."""
    scores = [told.evaluation.score for told in history.told][-last:]
    return sum(scores) / len(scores)


def began_with(history: History[NASNet], *, last: int = 100) -> Counter[str]:
    """How often each operation was taken for ``FIRST`` by the last trials."""
    archs = [told.candidate.arch for told in history.told][-last:]
    return Counter(arch.normal.blocks[0].first_operation for arch in archs)


def follows(strategy: PPO[NASNet]) -> float:
    """By how much a probability for ``SECOND`` differs at most between operations of ``FIRST``."""
    shares = [_shares(strategy, option) for option in range(len(FOUR))]
    return float(max(max(column) - min(column) for column in zip(*shares)))


def earned(
    space: NASNetSpace, ways: Mapping[str, Mapping[str, Any]], *, trials: int, seeds: Sequence[int]
) -> dict[str, list[dict[str, int | float]]]:
    """What PPO comes to with each way's settings, a row a seed, as ``claim`` takes them.

    ``value`` is the mean score of the last 100 trials, ``follows`` that function's.
    """
    found: dict[str, list[dict[str, int | float]]] = {}
    for name, settings in ways.items():
        for seed in seeds:
            strategy, run = taught(space, trials=trials, seed=seed, **settings)
            row = {"seed": seed, "value": reward_at_last(run), "follows": follows(strategy)}
            found.setdefault(name, []).append(row)
    return found


def earned_table(found: Mapping[str, Sequence[Mapping[str, int | float]]]) -> Markdown:
    """The same, a line a way."""
    lines = [
        "| controller | last 100 rewards, a seed each | forced: block 2 moves by |",
        "|:--|:--|:--|",
    ]
    for name, rows in found.items():
        cells = (", ".join(f"{row[of]:.2f}" for row in rows) for of in ("value", "follows"))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return Markdown("\n".join(lines))  # type: ignore[no-untyped-call]


def forced(strategies: Mapping[str, PPO[NASNet]]) -> HTML:
    """A row a strategy: the softmax of ``SECOND``, after each operation was forced for ``FIRST``.

    All other decisions are first options.
    """
    made = figure(760, 60 + 150 * len(strategies))
    grid = axes(made, rows=len(strategies), columns=len(FOUR))
    said: list[str] = []
    with LOCK:
        for row, (name, strategy) in enumerate(strategies.items()):
            shares = [_shares(strategy, option) for option in range(len(FOUR))]
            for option, each in enumerate(shares):
                _bars(grid[len(FOUR) * row + option], each, option)
            grid[len(FOUR) * row].set_title(
                f"{name}, forced:\n{FOUR[0]}", loc="left", fontsize=POINTS
            )
            for option in range(1, len(FOUR)):
                grid[len(FOUR) * row + option].set_title(FOUR[option], loc="left", fontsize=POINTS)
            apart = follows(strategy)
            said.append(f"{name}: probabilities of block 2 differ by up to {apart:.2f}")
    alt = f"Softmaxes of block 2, a panel for each forced operation of block 1. {'; '.join(said)}."
    lines = "".join(f"<div>{each}.</div>" for each in said)
    return HTML(card(picture(made, alt) + f'<div style="font-size:13px">{lines}</div>'))  # type: ignore[no-untyped-call]


def _shares(strategy: PPO[NASNet], option: int) -> tuple[float, ...]:
    space, taken = strategy.space, tuple[int, ...]()
    while (decision := space.next_decision(taken)) is not None and decision.name != SECOND:
        taken = (*taken, option if decision.name == FIRST else 0)
    return softmaxes(strategy.policy, space, taken)[len(taken)].shares


def _bars(ax: Any, shares: tuple[float, ...], option: int) -> None:
    colours = [BLUE if place == option else SKY for place in range(len(shares))]
    ax.barh(range(len(shares)), shares, color=colours, height=0.7)
    for place, share in enumerate(shares):
        weight = "bold" if place == option else "normal"
        ax.text(share + 0.03, place, f"{share:.2f}", va="center", weight=weight, color=INK)
    ax.set(xlim=(0, 1.3), xticks=[], ylim=(len(shares) - 0.5, -0.5))
    ax.set_yticks(range(len(shares)), [name.partition("_")[0] for name in FOUR])
    ax.spines["bottom"].set_visible(False)
