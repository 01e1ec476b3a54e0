"""Questions and checks of ``notebooks/00_introduction.ipynb``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from workbench.exercises.exercise import Exercise, returns
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.runs import at_most, own_reaches, own_weighs, trained_for
from workbench.exercises.strips import Strips
from workbench.exercises.winners import Winner

__all__ = ["Strips", "Winner"]

# ------------------------------------------------------------------ your rank


def rank(mine: float, others: Sequence[float]) -> int:
    """1 plus the number of those that are better; equals share a place."""
    return 1 + sum(other > mine for other in others)


ranking = Exercise(
    "Write `rank(mine, others)`: your place when everyone is sorted, the best first.",
    cases=(
        returns(1, 0.97, [0.91, 0.95], why="Nobody is better, so you are first. Count from 1."),
        returns(3, 0.60, [0.91, 0.95], why="Two are better, so you are third."),
        returns(2, 0.91, [0.95, 0.88, 0.20], why="Higher is better: one beats you, two do not."),
        returns(1, 0.95, [0.95, 0.88], why="An equal score is not better: you share the place."),
        returns(4, 0.50, [0.91, 0.60, 0.91], why="Three are better, though two of them are equal."),
        returns(1, 0.50, [], why="Alone, you are first."),
    ),
    hints=(
        "How many of the others are better than you?",
        "`sum(condition for other in others)` counts how often the condition is true.",
        "Nobody better means rank 1, so add 1 to that count.",
    ),
    solution=rank,
    minutes=5,
)


@cache
def place_among(trials: int) -> Prediction:
    """Your guess at your rank among ``trials`` random networks; the same one when asked again."""
    return Prediction(
        f"Which place will your network reach among {trials} random ones (1 is the best)?",
        options=range(1, trials + 2),
        label=lambda place: f"place {place:.0f}",
        found="Counted",
        missed=("too hopeful", "too modest"),
    )


# ------------------------------------------------------------------ as good with less

TARGET, MOST, BUDGET, EPOCHS = 0.98, 3000, 5, 6


thrift = Exercise(
    f"Your network with {100 * TARGET:.0f} % and at most {MOST:,} parameters.",
    cases=(
        at_most(BUDGET),
        trained_for(EPOCHS),
        own_weighs(MOST),
        own_reaches(TARGET),
    ),
    hints=(
        "Where do the parameters sit? Change one number at a time and watch the count.",
        "A separable convolution with many filters costs less than a plain one with few.",
        "Depth 3: a plain convolution, then two separable ones with more filters and stride 2.",
    ),
    solution=(
        'mine.arch = space.parse("conv3x3:16-sep3x3:32/2-sep3x3:32/2-fc0")\nlean.run()\nlean.wait()'
    ),
    minutes=8,
)

# ------------------------------------------------------------------ quizzes

which_part = Quiz(
    Question(
        "You forbid more than three layers. Which of the three parts did you change?",
        {
            "the search space": "The space says which architectures can be written down at all.",
            "the search strategy": (
                "The strategy only picks among what can be written down. "
                "You changed what can be written down: the space."
            ),
            "the estimation": (
                "The estimation says how good a given architecture is. "
                "You changed which ones there are: the space."
            ),
        },
        right="the search space",
    )
)

cheaper = Quiz(
    Question(
        "You train each candidate for 2 epochs instead of 6. Which part did you change?",
        {
            "the search space": "The same architectures can still be written down.",
            "the search strategy": "It still picks blindly, in the same order.",
            "the estimation": "The same architectures are picked; only the answers change.",
        },
        right="the estimation",
    )
)

held_back = Quiz(
    Question(
        "Why may the search never look at the test images?",
        {
            "they would slow it down": "They would, a little. That is not the reason.",
            "the winner was picked by its score": (
                "The best of many scores is partly luck. "
                "Only images that picked nothing can say how much."
            ),
            "they are harder than the others": "They are drawn from the same pile, blindly.",
        },
        right="the winner was picked by its score",
    )
)
