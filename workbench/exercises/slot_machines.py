"""Three slot machines and learners that pull them: REINFORCE where every number can be checked.

A learner is a softmax over the machines. After each pull, θ grows by rate · (R − b) · (e_k − p),
one step up the gradient of log p_k, weighted with what the machine paid [Williams 1992].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from IPython.display import HTML
from jaxtyping import Float

from workbench import checks
from workbench.exercises.exercise import Case, Exercise, NotAttemptedError
from workbench.views.paper import (
    BLUE,
    LOCK,
    POINTS,
    VERMILLION,
    axes,
    card,
    figure,
    picture,
)

LOGITS, PAYS = (0.2, -0.1, 0.5), (0.6, 0.9, 0.75)
BEST = 1  # the second machine pays most
SURE = 0.9  # a probability of the best machine

Baseline: TypeAlias = Literal["none", "earlier rewards"]


@dataclass(frozen=True)
class Learners:
    """``best``: each learner's probability of the best machine, before any pull and after each."""

    baseline: Baseline
    rate: float
    best: Float[np.ndarray, "learners pulls"]  # fractions, (learners, pulls + 1)

    @property
    def pulls(self) -> int:
        """How often each has pulled."""
        return int(self.best.shape[1]) - 1

    @property
    def right(self) -> int:
        """How many are sure of the best machine at the end."""
        return int((self.best[:, -1] > SURE).sum())

    @property
    def wrong(self) -> int:
        """How many have all but given it up."""
        return int((self.best[:, -1] < 1 - SURE).sum())

    def __repr__(self) -> str:
        return (
            f"{len(self.best)} learners, {self.pulls} pulls each, baseline {self.baseline}, rate "
            f"{self.rate:g}: {self.right} are sure of the best machine, {self.wrong} have given it "
            "up"
        )


def learners(
    *,
    baseline: Baseline = "none",
    rate: float = 0.5,
    pulls: int = 300,
    many: int = 20,
    seed: int = 0,
) -> Learners:
    """Let ``many`` learners pull; the baseline is 0, or the mean of a learner's earlier rewards.

    Raises ValueError for an impossible setting.
    """
    checks.one_of("learners: baseline", baseline, get_args(Baseline))
    rate = checks.number("learners: rate", rate, above=0.0, below=1e6)
    pulls = checks.whole("learners: pulls", pulls, least=1, most=100_000)
    many = checks.whole("learners: many", many, least=1, most=10_000)
    seed = checks.whole("learners: seed", seed, least=0)
    rows = [
        _one(baseline, rate, pulls, np.random.default_rng([seed, each])) for each in range(many)
    ]
    return Learners(baseline, rate, np.array(rows))


def lost_and_found(*, pulls: int, seed: int) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
    """How many of 20 gave up without a baseline, and how many are sure with one, of three seeds.

    Rows as ``claim`` takes them.
    """
    lost, found = [], []
    for each in range(seed, seed + 3):
        plain = learners(baseline="none", pulls=pulls, seed=each)
        compared = learners(baseline="earlier rewards", pulls=pulls, seed=each)
        lost.append({"seed": each, "value": plain.wrong})
        found.append({"seed": each, "value": compared.right})
    return lost, found


def as_written(*, pulls: int, seed: int) -> dict[str, dict[str, int]]:
    """The settings of a claim about learners, and those that its sentence was written for."""
    return {"settings": {"pulls": pulls, "seed": seed}, "written": {"pulls": 300, "seed": 0}}


def _one(baseline: Baseline, rate: float, pulls: int, rng: np.random.Generator) -> list[float]:
    theta, total, best = np.array(LOGITS), 0.0, []
    for pull in range(pulls + 1):
        p = np.exp(theta - theta.max())
        p /= p.sum()
        best.append(float(p[BEST]))
        if pull == pulls:
            break
        k = int(rng.choice(len(p), p=p))
        b = 0.0 if baseline == "none" else total / pull if pull else PAYS[k]
        theta = theta + rate * (PAYS[k] - b) * (np.eye(len(p))[k] - p)
        total += PAYS[k]
    return best


def two_ways(one: Learners, other: Learners, names: Sequence[str]) -> HTML:
    """Both side by side: a line a learner, its probability of the best machine."""
    made = figure(520, 180)
    with LOCK:
        for ax, runs, name in zip(axes(made, columns=2), (one, other), names):
            _lines(ax, runs)
            ax.set_title(name, fontsize=POINTS, loc="left")
    said = [f"{name}: {_ends(runs)}" for runs, name in zip((one, other), names)]
    alt = f"The probability of the best machine over {one.pulls} pulls, a line a learner. "
    drawn = card(picture(made, alt + ". ".join(said) + "."))
    lines = "".join(f"<div>{each}.</div>" for each in said)
    return HTML(f'{drawn}<div style="font-size:13px">{lines}</div>')  # type: ignore[no-untyped-call]


def _lines(ax: Any, runs: Learners) -> None:
    for row in runs.best:
        right = row[-1] >= 0.5
        ax.plot(row, color=BLUE if right else VERMILLION, lw=0.7, ls="-" if right else "--")
    ax.set(xlabel="pulls", ylim=(-0.03, 1.03), xlim=(0, runs.pulls), yticks=[0, 0.5, 1])
    ax.set_ylabel("P(best machine)")


def _ends(runs: Learners) -> str:
    many, right, wrong = len(runs.best), runs.right, runs.wrong
    return f"of {many} learners {right} are sure of the best machine, {wrong} have given it up"


# ------------------------------------------------------------------ an experiment

PULLS, WANTED, MANY = 40, 19, 20


def _runs(answer: Any) -> Learners:
    if answer is None or answer is ...:
        raise NotAttemptedError
    if not isinstance(answer, Learners):
        raise ValueError(f"expected what `lesson.learners(…)` gives, got {answer!r}")
    return answer


def _few(answer: Any) -> str:
    pulls = _runs(answer).pulls
    return "" if pulls <= PULLS else f"they pulled {pulls} times."


def _many(answer: Any) -> str:
    many = len(_runs(answer).best)
    return "" if many >= MANY else f"they are {many}."


def _right(answer: Any) -> str:
    runs = _runs(answer)
    return "" if runs.right >= WANTED / MANY * len(runs.best) else f"{runs.right} are."


sure = Exercise(
    f"Choose `baseline` and `rate` so that, after {PULLS} pulls, at least {WANTED} of {MANY} "
    "learners are sure of the best machine.",
    cases=(
        Case(f"at most {PULLS} pulls each", _few),
        Case(f"at least {MANY} learners", _many),
        Case(f"at least {WANTED} of {MANY} are sure of the best machine", _right),
    ),
    hints=(
        "Without a baseline every pull is praised. Can a large rate cure that?",
        "With a baseline an advantage is small, 0.15 at most. So what may the rate be?",
        'Try `baseline="earlier rewards"`, and rates of 1, 2, 4, 8.',
    ),
    solution='tuned = lesson.learners(baseline="earlier rewards", rate=4.0, pulls=40)',
    minutes=6,
)
