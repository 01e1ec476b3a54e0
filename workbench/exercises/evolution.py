"""Questions and checks of ``notebooks/06_evolution.ipynb``.

The bug hunt's fault: the child is a shallow copy of its parent's record, so both hold one and the
same list of operations, and mutating the child changes the parent, which keeps its old score.
Published code had it (offbit/evo-design, issue 4: a tournament changes the current population when
it mutates; EpistasisLab/tpot, issue 362: a missing clone turned whole populations into one).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from workbench.exercises.against_chance import stand_in
from workbench.exercises.bug_hunt import BugHunt
from workbench.exercises.descent import births
from workbench.exercises.diversity import diverse
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.exercises.liar import LyingTable
from workbench.exercises.lifetimes import (
    Lifetimes,
    family_tree,
    fate,
    lied_to,
    two_fates,
    typical,
    under_pressure,
)
from workbench.exercises.mutants import mutant
from workbench.exercises.prediction import Prediction
from workbench.exercises.quiz import Question, Quiz
from workbench.exercises.winners import Winner

__all__ = [
    "Lifetimes",
    "LyingTable",
    "Winner",
    "births",
    "diverse",
    "family_tree",
    "fate",
    "lied_to",
    "mutant",
    "stand_in",
    "two_fates",
    "typical",
    "under_pressure",
]

# ------------------------------------------------------------------ one step of aging evolution

Scored = tuple[float, str]  # a member: its score and its architecture


def aging_step(
    population: list[Scored],
    sampled: Sequence[int],
    mutate: Callable[[str], str],
    evaluate: Callable[[str], float],
) -> list[Scored]:
    """The population, the oldest first, after one child of the best of those at ``sampled``."""
    _, parent = max(population[place] for place in sampled)
    child = mutate(parent)
    return [*population[1:], (evaluate(child), child)]


def _mutate(arch: str) -> str:
    return f"{arch}*"


def _step(population: list[Scored], sampled: list[int], *, child: Scored, why: str) -> Case:
    """The case that ``child`` is born and joins, and that the oldest dies."""
    expected = [*population[1:], child]

    def judge(step: Any) -> str:
        if not callable(step):
            return f"expected a function, got {step!r}"
        members, scores = list(population), {child[1]: child[0]}
        try:
            got = step(members, list(sampled), _mutate, lambda arch: scores.get(arch, 0.5))
        except NotImplementedError:
            raise NotAttemptedError from None
        if got is None or got is ...:
            if members != population:
                return "the population changed, but nothing was returned. End with `return`."
            raise NotAttemptedError
        if list(got) == expected:
            return ""
        return f"from `{population}` expected `{expected}`, got `{got}`. {why}"

    return Case(f"`sampled = {sampled}`", judge)


TRIO: list[Scored] = [(0.9, "a"), (0.5, "b"), (0.7, "c")]  # a is the oldest, and the best

one_step = Exercise(
    "Write `aging_step(population, sampled, mutate, evaluate)`. It returns the population after "
    "one child. Members are pairs `(score, architecture)`, the oldest first; `sampled` holds the "
    "places of those who were drawn.",
    cases=(
        _step(
            TRIO,
            [2, 1],
            child=(0.6, "c*"),
            why="Of those drawn, c is the best; of all, a is the oldest.",
        ),
        _step(
            TRIO,
            [2, 0],
            child=(0.8, "a*"),
            why="The child is born before anybody dies; then a dies, though it is the best.",
        ),
        _step(
            TRIO,
            [1, 1],
            child=(0.1, "b*"),
            why="It joins, however bad it is: its age alone will remove it.",
        ),
        _step(
            [(0.9, "a")],
            [0],
            child=(0.2, "a*"),
            why="The child takes the place of its parent.",
        ),
    ),
    hints=(
        "Three things happen, in this order: a parent is chosen, its child is born, one dies.",
        "`max(population[place] for place in sampled)` is the pair with the highest score.",
        "`population[1:] + [(evaluate(child), child)]`: all but the oldest, then the child.",
    ),
    solution=aging_step,
    minutes=6,
)

# ------------------------------------------------------------------ the bug hunt

OPERATIONS = ("none", "skip", "conv1x1", "conv3x3", "pool")

Member = dict[str, Any]


def next_child(population: list[Member], rng: random.Random) -> Member:
    """A child of the best of three members drawn at random: on one edge another operation.

    Members look like {"cell": ["skip", "conv3x3", "pool"], "score": 0.91}. The child has no score
    yet. Who joins the population and who leaves it is decided elsewhere.
    """
    drawn = rng.choices(population, k=3)
    parent = max(drawn, key=lambda member: member["score"])
    child = dict(parent, score=None)
    edge = rng.randrange(len(child["cell"]))
    others = [name for name in OPERATIONS if name != child["cell"][edge]]
    child["cell"][edge] = rng.choice(others)
    return child


def child_of_a_tournament(population: list[Member], rng: random.Random) -> Member:
    """What ``next_child`` promises; one member may be drawn twice."""
    return _child(max(rng.choices(population, k=3), key=_score), rng)


def child_of_three_different(population: list[Member], rng: random.Random) -> Member:
    """What ``next_child`` promises; nobody is drawn twice."""
    return _child(max(rng.sample(population, min(3, len(population))), key=_score), rng)


def _score(member: Member) -> float:
    return float(member["score"])


def _child(parent: Member, rng: random.Random) -> Member:
    cell = list(parent["cell"])
    edge = rng.randrange(len(cell))
    cell[edge] = rng.choice([name for name in OPERATIONS if name != cell[edge]])
    return {"cell": cell, "score": None}


hunt = BugHunt(
    "Code like this was in published searches. Write `test(implementation)`: it passes on right "
    "code and fails on this one. Leave `rng` out, it is handed over.",
    suspect=next_child,
    right=child_of_a_tournament,
    another=child_of_three_different,
    allowed="It never draws a member twice, which the promise leaves open.",
    fault=(
        "`dict(parent)` copies the record, not the list in it: parent and child share one cell. "
        "The parent changes with its child and keeps a score that belongs to another cell. "
        "In one published search whole populations turned into one cell."
    ),
    hints=(
        "What may a step that makes a child never do? Look at what it was given, afterwards.",
        "Call it, then compare the population with what it was before.",
        "`list(population)` holds the same members: it changes with them. Use `copy.deepcopy`.",
    ),
    solution=(
        "import copy\n\n\n"
        "def test(implementation):\n"
        '    cells = [["skip", "pool"], ["none", "conv3x3"], ["pool", "pool"]]\n'
        '    population = [{"cell": cell, "score": 0.9} for cell in cells]\n'
        "    before = copy.deepcopy(population)\n"
        "    implementation(population)\n"
        "    assert population == before"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ predictions

fathered = Prediction(
    "P = 20, S = 5, and one member is far better than all others. Of 100 tournaments, how many "
    "does it win?",
    options=(5, 10, 15, 20, 25, 30, 40, 50, 75, 100),
    label=lambda births: f"{births:.0f} of 100",
)

one_line = Prediction(
    "20 founders, S = 5. After how many births do all 20 living members descend from one founder?",
    options=(20, 30, 40, 60, 80, 100, 150, 200, 300),
    label=lambda births: f"{births:.0f} births",
)

# ------------------------------------------------------------------ quizzes

from_before = Quiz(
    Question(
        "Candidate A is predicted at 91 %, surely. B at 90 %, give or take 5. The best so far has "
        "90.5 %. Which one has the higher expected improvement?",
        {
            "A": "It gains half a point at most. B may gain several.",
            "B": "Its bell reaches far beyond the best so far. Falling short costs nothing.",
            "neither": "A gains half a point, surely. B gains more than that on average.",
        },
        right="B",
    ),
    Question(
        "What does Bayesian optimisation pay that random search does not?",
        {
            "more training": "Both train one network a trial.",
            "time to think between trials": "It fits its model again. With fast trials that tells.",
            "nothing": "A model of all scores so far must be fitted. That takes time.",
        },
        right="time to think between trials",
    ),
)

dies = Quiz(
    Question(
        "Aging evolution: the population is full and a child joins. Who dies?",
        {
            "the worst": "That is what plain tournament selection does.",
            "the oldest": "However good it is. So nobody lives on one lucky score.",
            "the parent": "Only if it happens to be the oldest.",
        },
        right="the oldest",
    )
)

lost = Quiz(
    Question(
        "The best network so far dies of age. Is its work lost?",
        {
            "yes": "Its score stays in the history, and its children carry most of its cell on.",
            "no, it is in the history and in its children": (
                "The answer of a search is the best ever told. And good parents have many children."
            ),
            "no, aging spares the best": "Aging spares nobody.",
        },
        right="no, it is in the history and in its children",
    )
)

again = Quiz(
    Question(
        "How does a line of descent survive under aging?",
        {
            "one lucky score": "Its luck dies after P births, and it is not inherited.",
            "its children score well, trained anew": (
                "Each generation must prove itself again. Luck seldom holds that often."
            ),
            "many mutations": "A mutation changes a cell. It does not make it live longer.",
        },
        right="its children score well, trained anew",
    )
)
