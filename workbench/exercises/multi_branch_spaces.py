"""Questions and checks of ``notebooks/02_multi_branch_spaces.ipynb``."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from workbench.data.images import ImageData
from workbench.estimators.full import FullTraining
from workbench.exercises.blind_draws import free_ticks, ticks_only
from workbench.exercises.contract import contract
from workbench.exercises.exercise import Case, Exercise, returns
from workbench.exercises.forks import Fork, Forks, ForkSketch
from workbench.exercises.gradient_agreement import agreement
from workbench.exercises.note import Note
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import own, own_reaches, trained_for
from workbench.exercises.strips import Strips
from workbench.exercises.triangles import Triangles
from workbench.exercises.winners import Winner
from workbench.records import Candidate
from workbench.spaces.branches import Branches, BranchSpace, connections
from workbench.trial import answer_of
from workbench.views.drawings import Drawing

__all__ = ["Fork", "ForkSketch", "Strips", "Triangles", "Winner", "agreement", "ticks_only"]

LAYERS, DRAWS, EPOCHS = 14, 30, 2  # as the notebook is written

# ------------------------------------------------------------------ what the cells share


def trained(space: Any, arch: Any, images: ImageData, *, epochs: int, seed: int) -> float:
    """Validation accuracy, a fraction, of one architecture after ``epochs``."""
    training = FullTraining(space, images, epochs=epochs)
    return answer_of(training.estimate(Candidate(arch), trial=0, seed=seed)).score


class SideBySide:
    """Drawings in a row that wraps, each under its name."""

    def __init__(self, drawings: Mapping[str, Drawing]) -> None:
        self.drawings = dict(drawings)

    def __repr__(self) -> str:
        return ", ".join(f"{name}: {drawing.alt}" for name, drawing in self.drawings.items())

    def _repr_html_(self) -> str:
        row = "".join(
            f'<div style="flex:0 1 240px;min-width:0"><b>{escape(name)}</b>{drawing.image()}</div>'
            for name, drawing in self.drawings.items()
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:10px">{row}</div>'


# ------------------------------------------------------------------ ticks as patterns


def dense(depth: int) -> list[list[int]]:
    """Of each layer, from the first, the layers that it reads in a DenseNet."""
    return [list(range(1, layer)) for layer in range(1, depth + 1)]


ticks = Exercise(
    "Write `dense(depth)`: a list of the layers that layer 1, 2, … `depth` of a DenseNet reads.",
    cases=(
        returns([[]], 1, why="Layer 1 has no earlier layer. It reads the image."),
        returns([[], [1]], 2, why="Layer 2 reads layer 1."),
        returns([[], [1], [1, 2]], 3, why="Layer 3 reads layers 1 and 2."),
        returns([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]], 5, why="Every earlier layer, always."),
    ),
    hints=(
        "Which layers come before layer 4? Those it reads, all of them.",
        "`list(range(1, layer))` are the layers before `layer`. Layers count from 1.",
        "`[list(range(1, layer)) for layer in range(1, … + 1)]`",
    ),
    solution=dense,
    minutes=5,
)


def wiring(arch: Branches) -> Note:
    """Says whether an architecture's ticks are a chain's, a ResNet's, a DenseNet's, or its own."""
    depth, rule = len(arch.layers), next((merge for merge in arch.merges if merge), "")
    for pattern in ("chain", "ResNet", "DenseNet"):
        if arch.inputs == connections(pattern, depth):
            usual = "concatenate" if pattern == "DenseNet" else "add"
            other = "" if rule in ("", usual) else f" (though a {pattern} would {usual})"
            return Note(f"These are the ticks of a {pattern} of {depth} layers{other}.", "right")
    return Note(f"A pattern of your own: {count_ticks(arch)} ticks among {depth} layers.")


def count_ticks(arch: Branches) -> int:
    """How many pairs of layers are joined."""
    return sum(len(reads) for reads in arch.inputs)


slow = Prediction(
    "Train the chain three times as long. How many digits does it read then, in %?",
    options=range(10, 101, 5),
    label=lambda value: f"{value:.0f} %",
)


def eight_layers() -> BranchSpace:
    """Up to eight equal convolutions; ticks and their merge are all that is decided."""
    return free_ticks(2, 8)


def zoph_le(depth: int) -> BranchSpace:
    """Zoph and Le's space of ``depth`` layers: 64 convolutions each, every pattern of ticks."""
    sides = (1, 3, 5, 7)
    return free_ticks(depth, depth, filters=(24, 36, 48, 64), sides=sides, merges=("pad",))


def triangles(depth: int, *, chain: bool) -> int:
    """How many patterns of ticks there are; with ``chain`` each layer reads the one before."""
    return BranchSpace(
        min_depth=depth,
        max_depth=depth,
        operations=("identity",),
        always_chain=chain,
        merges=("add",),
    ).size()


def every_tick(arch: Branches) -> Branches:
    """The same layers, each adding all the earlier ones."""
    depth = len(arch.layers)
    reads = connections("DenseNet", depth)
    merges = tuple("add" if len(each) > 1 else "" for each in reads)
    return Branches(arch.layers, reads, merges, arch.hidden_units)


def written_for(**settings: Any) -> dict[str, dict[str, Any]]:
    """The settings of a claim of this notebook, and those that its sentence was written for."""
    meant = {"layers": LAYERS, "draws": DRAWS, "epochs": EPOCHS, "seed": 0}
    return {"settings": settings, "written": {name: meant[name] for name in settings}}


# ------------------------------------------------------------------ few ticks, much effect

TARGET, MOST, DEPTH = 0.85, 12, 8


def _chain_kept(history: Any) -> str:
    reads = own(history).candidate.arch.inputs
    if len(reads) != DEPTH:
        return f"yours has {len(reads)} layers."
    cut = [i for i in range(2, DEPTH + 1) if i - 1 not in reads[i - 1]]
    return f"layer {cut[0]} does not read layer {cut[0] - 1}." if cut else ""


def _few(history: Any) -> str:
    used = count_ticks(own(history).candidate.arch)
    return "" if used <= MOST else f"yours has {used}."


few_ticks = Exercise(
    f"Reach {100 * TARGET:.0f} % with at most {MOST} ticks, the chain's 7 included (all are 28).",
    cases=(
        trained_for(EPOCHS),
        Case(f"{DEPTH} layers, and each reads the one before", _chain_kept),
        Case(f"at most {MOST} ticks", _few),
        own_reaches(TARGET),
    ),
    hints=(
        "Far skips shorten the way from the image to the classifier. Near ones hardly do.",
        "Let the last layer read several early ones, and concatenate.",
        "Keep the chain, and concatenate. Let layer 8 read two early layers besides the seventh.",
    ),
    solution=(
        "# in the panel with the triangle: the chain's seven ticks, and\n"
        "#   layer 4 reads 1, layer 6 reads 1 and 3, layer 8 reads 1 and 4\n"
        "# merge: concatenate; then Run"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ a space of your own

own_space = Exercise(
    "Write `walk` and `answers` of a space of forks, so that it keeps the contract.",
    cases=contract(size=21),
    hints=(
        "Two questions are written. When is there a third, and what does it ask?",
        'It is asked as the others are: `merge = yield Decision("merge", …)`. Then return a Fork.',
        'Without a right branch return `Fork(left, 0, "")`, and do not ask for the merge.',
    ),
    solution=Forks,
    minutes=25,
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "A chain of three layers gets a fourth. Which question of the walk is new?",
        {
            "only layer 4's": "The first three layers are asked exactly as before.",
            "every layer's": "A chain's layers are asked one by one; none knows its number.",
            "none": "Somebody has to say what layer 4 does.",
        },
        right="only layer 4's",
    ),
    Question(
        "Thirty random chains: the best reads 80 %, the middle one 35 %. What does that tell?",
        {
            "the strategy is bad": "The strategy drew blindly. It has no merit and no guilt.",
            "good chains are rare in this space": (
                "Half of all draws are below 35 %. Another menu would move that half."
            ),
            "80 % is the most there is": "Thirty of millions were seen.",
        },
        right="good chains are rare in this space",
    ),
)

merges = Quiz(
    Question(
        "Two maps of 8 channels meet. What does the next layer read?",
        {
            "8 channels if added, 16 if concatenated": (
                "A sum keeps the width. A concatenation lays the maps side by side."
            ),
            "16 channels in both cases": "A sum adds numbers in place; nothing gets wider.",
            "8 channels in both cases": "Side by side there are twice as many.",
        },
        right="8 channels if added, 16 if concatenated",
    )
)

loose = Quiz(
    Question(
        "Nobody reads layer 3, and it is not the last layer. What becomes of its output?",
        {
            "it is thrown away": "Then its weights would never learn. The rules avoid that.",
            "the classifier reads it": (
                "All loose ends are concatenated before the classifier (Zoph and Le)."
            ),
            "the network is refused": "Every pattern of ticks is a network.",
        },
        right="the classifier reads it",
    )
)

bounded = Quiz(
    Question(
        "A search over this space runs for a year. Can it find a layer that multiplies two maps?",
        {
            "yes, given enough trials": "More trials see more of the same set. It is not in it.",
            "no, whatever the strategy": (
                "The menu has no product. What cannot be written down cannot be found."
            ),
            "only with a learned strategy": "Strategies choose among what can be written down.",
        },
        right="no, whatever the strategy",
    )
)
