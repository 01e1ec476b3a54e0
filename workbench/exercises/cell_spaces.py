"""Questions and checks of ``notebooks/03_cell_spaces.ipynb``."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from workbench.exercises.blind_draws import gains, recorded
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError, returns
from workbench.exercises.multi_branch_spaces import trained
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import own_reaches, own_weighs, trained_for
from workbench.exercises.strips import Strips
from workbench.exercises.winners import Winner
from workbench.spaces.isomorphism import Rule
from workbench.spaces.nasnet_cell import NASNetCell
from workbench.spaces.published_cells import AMOEBANET_A, DARTS_NUMBERS, Code, numbered
from workbench.spaces.topology import Topology, TopologySpace

__all__ = ["Strips", "Winner", "gains", "recorded", "trained"]

# the first cell of the notebook: NASNet-A's normal cell, as its released code writes it
CODE = (
    ("sep_conv_5x5", 0),
    ("sep_conv_3x3", 1),
    ("sep_conv_5x5", 1),
    ("sep_conv_3x3", 1),
    ("avg_pool_3x3", 0),
    ("identity", 1),
    ("avg_pool_3x3", 1),
    ("avg_pool_3x3", 1),
    ("sep_conv_3x3", 0),
    ("identity", 0),
)

# ------------------------------------------------------------------ a cell, read from its list

AMOEBA: Code = AMOEBANET_A[0]  # the normal cell of AmoebaNet-A, in DARTS's numbers
_READ = NASNetCell(numbered(AMOEBA, DARTS_NUMBERS))
SOLUTION = {
    **{f"b{b}": (block.first, block.second) for b, block in enumerate(_READ.blocks, start=1)},
    "c[k]": _READ.unused,
}


def _reads(name: str, nudge: str) -> Case:
    """The case that the answer names the states of ``name``, in whatever order."""

    def judge(answer: Any) -> str:
        if not isinstance(answer, dict):
            return f"expected a dictionary such as {{'b1': ('c[k-2]', 'c[k-1]')}}, got {answer!r}"
        given = answer.get(name, ...)
        if given is None or given is ...:
            raise NotAttemptedError
        states = (given,) if isinstance(given, str) else tuple(given)
        same = Counter(states) == Counter(SOLUTION[name])
        return "" if same else f"not {', '.join(map(str, states)) or 'nothing'}. {nudge}"

    return Case(f"`{name}`", judge)


_PAIR = "Its two pairs are lines {} and {} of the list; 0 is c[k-2], 1 is c[k-1], 2 is b1."
reading = Exercise(
    "Say which states each block of AmoebaNet-A's normal cell reads, and what the cell puts out.",
    cases=(
        *(_reads(f"b{b}", _PAIR.format(2 * b - 1, 2 * b)) for b in range(2, 6)),
        _reads("c[k]", "Go through your own lines: which blocks does none of them name?"),
    ),
    hints=(
        "Two lines of the list make a block. The operation does not matter here, the number does.",
        "In DARTS's numbers 0 is `c[k-2]`, 1 is `c[k-1]`, and 2, 3, … are b1, b2, …",
        "Block 2 is `('sep_conv_3x3', 0), ('sep_conv_5x5', 2)`: it reads `c[k-2]` and `b1`.",
    ),
    solution="\n".join(
        ["reading = {", *(f'    "{name}": {states!r},' for name, states in SOLUTION.items()), "}"]
    ),
    minutes=8,
)


# ------------------------------------------------------------------ how many cells?


def count_cells(blocks: int, operations: int, combinations: int) -> int:
    """Cells of ``blocks`` blocks: block b chooses two of b + 1 states, two operations, a merge."""
    total = 1
    for block in range(1, blocks + 1):
        total *= (block + 1) ** 2 * operations**2 * combinations
    return total


count_of_cells = Exercise(
    "Write `count_cells(blocks, operations, combinations)`: how many cells of so many blocks?",
    cases=(
        returns(4, 1, 1, 1, why="Block 1 reads two of two states: 2 · 2 ways."),
        returns(36, 2, 1, 1, why="Block 2 may also read block 1: 2² · 3² ways."),
        returns(9_216, 2, 4, 1, why="Each block chooses two operations: times 4² a block."),
        returns(72, 1, 3, 2, why="2² · 3² · 2: one merge a block."),
        returns(2_286_906_949_584_691_200, 5, 13, 2, why="NASNet's own numbers."),
    ),
    hints=(
        "Block 1 sees 2 states, block 2 sees 3, block b sees b + 1.",
        "A block has (b + 1)² · operations² · combinations possibilities.",
        "Start with `total = 1`, and multiply in a loop over `range(1, blocks + 1)`.",
    ),
    solution=count_cells,
    minutes=5,
)

wider = Prediction(
    "Double the filters of every cell. By how much do the parameters grow (as a factor)?",
    options=(1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8),
    found="Counted",
)

different = Prediction(
    "15,625 cells can be written down. How many are left when equal ones count once, by the rule "
    "that NAS-Bench-201 published?",
    options=(15_625, 12_000, 10_000, 8_000, 6_500, 5_000, 3_000, 1_000)[::-1],
    found="Counted",
)


def every(space: TopologySpace) -> list[Topology]:
    """All cells of a topology space."""
    edges = space.nodes * (space.nodes - 1) // 2
    return [Topology(names) for names in product(space.operations, repeat=edges)]


def twins(space: TopologySpace, cells: list[Topology], rule: Rule = "published") -> list[Topology]:
    """The largest group of cells that are one and the same under ``rule``."""
    forms = [space.canonical(cell, rule=rule) for cell in cells]
    most = Counter(forms).most_common(1)[0][0]
    return [cell for cell, form in zip(cells, forms) if form == most]


# ------------------------------------------------------------------ small and good

TARGET, MOST, EPOCHS = 0.90, 4_000, 2


light = Exercise(
    f"Reach {100 * TARGET:.0f} % with a network of at most {MOST:,} parameters.",
    cases=(trained_for(EPOCHS), own_weighs(MOST), own_reaches(TARGET)),
    hints=(
        "Which operations have no parameters at all?",
        "Identities and poolings are free. One convolution in the normal cell is enough.",
        "Normal cell: one separable 3×3 on c[k-1], identities else. Reduction: max poolings.",
    ),
    solution=(
        "# in the panel, block by block:\n"
        "#   normal     block 1: sep 3×3 of c[k-1] + identity of c[k-2]\n"
        "#              block 2: identity of b1 + identity of c[k-1]\n"
        "#   reduction  block 1: max 3×3 of c[k-1] + max 3×3 of c[k-2]\n"
        "#              block 2: identity of b1 + identity of b1\n"
        "# then Run"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "A chain and a DenseNet of equal layers: in which questions of the walk do they differ?",
        {
            "the operations": "The layers can be the same, one by one.",
            "the ticks": "Only who reads whom differs, and how it is merged.",
            "the depth": "Both patterns exist at every depth.",
        },
        right="the ticks",
    ),
    Question(
        "Random ticks beat the chain nearly always. Who earned that?",
        {
            "random search": "It looked at nothing.",
            "the search space": "Nearly all of its networks have skips, which help.",
            "the seed": "Thirty draws agreed.",
        },
        right="the search space",
    ),
)

block = Quiz(
    Question(
        "How many decisions write down one cell of five blocks?",
        {
            "10": "Those are the states it reads. Operations and combinations are missing.",
            "25": "Five a block: two states, two operations, and how their results are combined.",
            "65": "Thirteen is how many operations a decision chooses from, not how many it takes.",
        },
        right="25",
    )
)

cell_or_network = Quiz(
    Question(
        "A paper publishes a cell. What else do you need to rebuild its network?",
        {
            "nothing": "Then how often is it repeated, and how wide is it?",
            "the trained weights": "Those would save you the training. The plan comes first.",
            "the stack: N, filters, stem, head": (
                "The cell is the motif. The stack makes a network of it."
            ),
        },
        right="the stack: N, filters, stem, head",
    )
)

transfer = Quiz(
    Question(
        "You search a cell on small images, N = 1. Then you want ImageNet. What do you change?",
        {
            "the operations": "They are the cell's. They stay.",
            "N and the filters": "A larger stack of the same cells: that is the transfer.",
            "the strategy": "The search is over.",
        },
        right="N and the filters",
    )
)
