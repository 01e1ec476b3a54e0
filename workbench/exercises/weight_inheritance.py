"""Questions and checks of ``notebooks/12_weight_inheritance.ipynb``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from workbench.exercises.each_morphism import EachMorphism
from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.front_of_a_run import FrontOfARun
from workbench.exercises.hill_climbs import HillClimbs
from workbench.exercises.morph_panel import MorphPanel
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import at_most, best_reaches, shown, trained_for, with_seed
from workbench.exercises.trained_mother import TrainedMother
from workbench.exercises.trained_pair import pair, recorded_pairs
from workbench.exercises.undivided_weights import hunt

__all__ = [
    "EachMorphism",
    "FrontOfARun",
    "HillClimbs",
    "MorphPanel",
    "TrainedMother",
    "hunt",
    "pair",
    "recorded_pairs",
]

# ------------------------------------------------------------------ Net2Wider by hand


def shares(copies: Sequence[int], weights: Sequence[float]) -> list[float]:
    """What each unit of the wider layer hands on: ``copies`` says whose copy it is."""
    counts = Counter(copies)
    return [weights[unit] / counts[unit] for unit in copies]


wider = Exercise(
    "Write `shares(copies, weights)`. Unit `j` of the wider layer is a copy of unit `copies[j]`; "
    "`weights[i]` is the weight with which unit `i` was read. Return the weight with which each "
    "unit of the wider layer is to be read, so that the network computes what it did.",
    cases=(
        returns([1.5, 4.0, 1.5], (0, 1, 0), (3.0, 4.0), why="Unit 0 is there twice, unit 1 once."),
        returns([2.0, 2.0, 2.0, 1.0], (0, 0, 0, 1), (6.0, 1.0), why="A third of 6 each."),
        returns([5.0, -2.0], (0, 1), (5.0, -2.0), why="Nothing was copied."),
        returns([0.5, -1.0, 0.5, -1.0], (0, 1, 0, 1), (1.0, -2.0), why="Each is there twice."),
    ),
    hints=(
        "All copies of a unit have the same output. What must their weights add up to?",
        "Count how often each unit is copied, itself included: `copies.count(unit)`.",
        "`[weights[unit] / copies.count(unit) for unit in copies]`",
    ),
    solution=shares,
    minutes=5,
)

# ------------------------------------------------------------------ a climb

FEW, SHORT, AIM, SEED = 13, 3, 0.96, 0  # the seed is the notebook's

higher = Exercise(
    f"Change how the climb moves and press Run anew, until it ends at {100 * AIM:.0f} % or more, "
    f"with seed {SEED}, at most {FEW} networks and {SHORT} epochs for each. `higher.check(climb)`.",
    cases=(with_seed(SEED), *map(shown, (at_most(FEW), trained_for(SHORT), best_reaches(AIM)))),
    hints=(
        "Thirteen networks are three moves. How far does one move lead?",
        "A child may be several morphisms away from its mother. Which setting says how many?",
        "Try `morphisms` 3.",
    ),
    solution='settings = {"morphisms": 3}',
    minutes=8,
)

# ------------------------------------------------------------------ predictions

WINS = (0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20)

ahead = Prediction(
    "Twenty children go on from their mothers for two epochs. Each is also trained from scratch "
    "for two epochs. How often does the child that inherited end with the higher accuracy?",
    options=WINS,
    label=lambda wins: f"{wins:.0f} of 20",
)

won = Prediction(
    "The same twenty, eight epochs further. From scratch each is now trained for sixteen, as many "
    "as mother and child together. How often does the child that inherited win?",
    options=WINS,
    label=lambda wins: f"{wins:.0f} of 20",
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "Aging evolution: a child is trained from fresh weights. What does it have of its parent?",
        {
            "the architecture, but for one decision": "All that was learnt is learnt again.",
            "the weights": "Not there. A child begins with weights drawn at random.",
            "the score": "It is trained and told its own.",
        },
        right="the architecture, but for one decision",
    ),
    Question(
        "Successive halving trains a survivor on. Why does that not hurt?",
        {
            "its schedule goes on where it stopped": (
                "The horizon is the full budget from the start, so k and n − k epochs are n."
            ),
            "its schedule begins anew": "Then the rate would rise again, and undo what it learnt.",
            "survivors are good": "They might be, but that is no reason.",
        },
        right="its schedule goes on where it stopped",
    ),
)

after_relu = Quiz(
    Question(
        "A layer of convolution, batch normalisation and ReLU is to be inserted as the identity. "
        "Where?",
        {
            "anywhere": "ReLU cuts off what is below 0. That must not be there in the first place.",
            "after a layer that ends in ReLU": (
                "What it reads is never below 0, and there ReLU changes nothing."
            ),
            "only at the beginning": "The image is normalised: half of its values are below 0.",
        },
        right="after a layer that ends in ReLU",
    )
)

added = Quiz(
    Question(
        "Layer 3 reads layer 2. It is to read layer 1 as well, and both have 8 channels. How does "
        "the function stay as it is?",
        {
            "by add": "A sum of equal shapes has no weight at all, so none can be zero.",
            "by concatenate, read with weights of zero": (
                "The new channels are there, and their gradients are not zero: it learns at once."
            ),
            "it cannot": "It can, with a merge that has a weight to set.",
        },
        right="by concatenate, read with weights of zero",
    )
)

copies = Quiz(
    Question(
        "Two units are exact copies, and are read with equal weights. What does training make of "
        "them?",
        {
            "they grow apart": "Equal inputs, equal gradients: what would tell them apart?",
            "they stay copies": "That is why Net2Wider adds a little noise to the new ones.",
            "one of them dies": "Whatever happens to one happens to the other.",
        },
        right="they stay copies",
    )
)

total = Quiz(
    Question(
        "A child that inherited beats the same network trained from scratch, at equal further "
        "epochs. What does that say of its architecture?",
        {
            "it is better": "Both have the same architecture.",
            "nothing": "One was trained longer. Compare at equal epochs in all.",
            "it is worse": "Nothing of the kind was measured.",
        },
        right="nothing",
    )
)
