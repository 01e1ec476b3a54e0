"""Questions and checks of ``notebooks/01_chain_structured_spaces.ipynb``."""

from __future__ import annotations

from typing import Any

from IPython.display import Markdown

from workbench.exercises.blind_draws import blind, convolutions_only, gains, leads
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import at_least, median_reaches, shown, trained_for
from workbench.exercises.strips import Strips
from workbench.exercises.winners import Winner
from workbench.spaces.chain import ChainSpace
from workbench.views.numbers_in_words import YEAR, lasting

__all__ = ["Strips", "Winner", "blind", "convolutions_only", "gains", "leads"]

# ------------------------------------------------------------------ how large is the space?


def count_chains(choices: int, max_depth: int) -> int:
    """Chains of 1, 2, … max_depth layers, each layer one of so many choices."""
    return sum(choices**length for length in range(1, max_depth + 1))


counting = Exercise(
    "Write `count_chains(choices, max_depth)`: all chains of 1, 2, … `max_depth` layers.",
    cases=(
        returns(64, 64, 1, why="One layer: one network a choice."),
        returns(12, 3, 2, why="Three of one layer and nine of two."),
        returns(4160, 64, 2, why="Shorter chains count as well: 64 + 64²."),
        returns(3, 1, 3, why="With one choice there is one chain of each length."),
        returns(69_810_262_080, 64, 6, why="64 + 64² + … + 64⁶."),
    ),
    hints=(
        "How many chains have exactly two layers? Exactly three?",
        "A chain of `length` layers makes `length` independent choices: `choices**length`.",
        "`sum(choices**length for length in range(…))`; the range ends one past the last length.",
    ),
    solution=count_chains,
    minutes=5,
)

SPANS = {
    "an hour": 3600.0,
    "a day": 86_400.0,
    "a month": YEAR / 12,
    "a year": YEAR,
    "20 years": 20 * YEAR,
    "200 years": 200 * YEAR,
    "2,000 years": 2000 * YEAR,
    "20,000 years": 20_000 * YEAR,
}


def span(seconds: int | float) -> str:
    """Seconds in words, a guess's own where it has some: "a month", "2,200 years"."""
    for words, length in SPANS.items():
        if length == seconds:
            return words
    return lasting(int(seconds))


patience = Prediction(
    "Up to six layers, 64 kinds each, one network a second. How long to try them all?",
    options=tuple(SPANS.values()),
    label=span,
    log=True,
    found="Counted",
)

SIDES, FILTERS = (1, 3, 5, 7), (24, 36, 48, 64)  # Zoph and Le's: 4 · 4 · 4 kinds of layer


def ladder(depth: int) -> ChainSpace:
    """Chains of up to ``depth`` convolutions, 64 kinds of them."""
    return ChainSpace(
        max_depth=depth,
        operations=("convolution",),
        filters=FILTERS,
        kernel_heights=SIDES,
        kernel_widths=SIDES,
        strides=(1,),
        hidden_units=(0,),
    )


def climb() -> Markdown:
    """The sizes of the ladder's spaces, and how long it takes to try them all, one a second."""
    sizes = {depth: ladder(depth).size() for depth in range(1, 7)}
    rows = [f"| {depth} | {size:,} | {lasting(size)} |" for depth, size in sizes.items()]
    head = "| max depth | chains | one a second takes |\n|--:|--:|--:|\n"
    return Markdown(head + "\n".join(rows))  # type: ignore[no-untyped-call]


def twelve_chains() -> ChainSpace:
    """One or two layers, each a convolution of 8 or 16 filters, or an identity."""
    return ChainSpace(
        max_depth=2,
        operations=("convolution", "identity"),
        filters=(8, 16),
        kernel_heights=(3,),
        kernel_widths=(3,),
        strides=(1,),
        hidden_units=(0,),
    )


# ------------------------------------------------------------------ what sampling favours

shallow = Prediction(
    "Three of these 12 chains have one layer. Which share of the draws will have one, in %?",
    options=tuple(range(0, 101, 5)),
    label=lambda value: f"{value:.0f} %",
)

# ------------------------------------------------------------------ a better space

TARGET, BUDGET, EPOCHS, LEAST = 0.90, 10, 2, 1_000


def _menu(panel: Any) -> str:
    """A single good network is no answer: who has it needs no search."""
    if not panel.history.told:
        raise NotAttemptedError
    chains = panel.space.size()
    return "" if chains >= LEAST else f"yours holds {chains:,}."


better_space = Exercise(
    f"Change the space, not the strategy: median at {100 * TARGET:.0f} % over {BUDGET} draws.",
    cases=(
        shown(at_least(BUDGET)),
        shown(trained_for(EPOCHS)),
        Case(f"the space holds at least {LEAST:,} chains", _menu),
        shown(median_reaches(TARGET)),
    ),
    hints=(
        "Which operations learn nothing? Take them off the menu.",
        "Take away what the weak networks of the strip plot have in common, then run again.",
        "Only convolutions, many filters, kernels of 3 and 5, at least two layers.",
    ),
    solution=(
        "my_space = ChainSpace(\n"
        "    min_depth=2,\n"
        "    max_depth=4,\n"
        '    operations=("convolution",),\n'
        "    filters=(32,),\n"
        "    kernel_heights=(3, 5),\n"
        "    kernel_widths=(3, 5),\n"
        "    hidden_units=(0,),\n"
        ")\n"
        "# then the panel again, and Run"
    ),
    minutes=10,
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "The same architecture was trained twice and got two scores. What was different?",
        {
            "the validation images": "They are set aside once, and are the same for everybody.",
            "the random weights it started from": (
                "Another start, another score. So a small lead may be luck."
            ),
            "the number of epochs": "Both runs had equally many.",
        },
        right="the random weights it started from",
    ),
    Question(
        "Twenty random networks, and yours is rank 14 of 21. What does that show?",
        {
            "random search is clever": "It looks at nothing. It draws blindly.",
            "many blind draws are a strong opponent": (
                "One careful guess meets twenty careless ones; often one of them is better."
            ),
            "your network is broken": "Seven networks were worse. It learned.",
        },
        right="many blind draws are a strong opponent",
    ),
)

conditional = Quiz(
    Question(
        "Layer 2 turns from a convolution into a max pooling. What happens to its `filters`?",
        {
            "the decision vanishes": (
                "A pooling has no filters, so nobody asks. The decision is conditional."
            ),
            "it becomes 0": "Zero filters would be a choice. Here there is nothing to choose.",
            "it stays, unused": (
                "Then two architectures would be the same network, and be counted twice."
            ),
        },
        right="the decision vanishes",
    )
)

growth = Quiz(
    Question(
        "Each layer has 64 kinds. One more layer is allowed. The space becomes about …",
        {
            "64 networks larger": "Every old chain can be extended in 64 ways, so it multiplies.",
            "64 times larger": "Each of the longest chains gets 64 continuations.",
            "twice as large": "That would be a layer with two kinds.",
        },
        right="64 times larger",
    )
)

uniform = Quiz(
    Question(
        "To draw every architecture equally often, how must the depth be drawn?",
        {
            "each depth equally often": (
                "Then the few shallow chains share as many draws as the many deep ones."
            ),
            "in proportion to how many chains have it": (
                "A depth with 64 times as many chains needs 64 times as many draws. "
                "(The operation likewise: a convolution is two of the three kinds.)"
            ),
            "always the largest": "The shallow chains would never be drawn.",
        },
        right="in proportion to how many chains have it",
    )
)
