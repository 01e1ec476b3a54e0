"""Bug hunts about gradient-based search: batches, zeroed gradients, the last epoch.

``batches_hunt``: the loader is begun anew for each alpha step. The released DARTS code has this
line, and is right only because its loader draws anew each time it begins (quark0/darts, issue 8).
``zeroed_hunt``: gradients are zeroed after a step instead of before the backward pass, so the
weights also learn from validation images (automl/ConfigurableOptimizer, pull request 173).
``epoch_hunt``: the last epoch's genotype where the rule goes back to another (quark0/darts, issue
54, asks which one to take).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from workbench.exercises.bug_hunt import BugHunt

# ------------------------------------------------------------------ batches of the alpha steps


def pairs(train: Iterable[Any], held_out: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Each training batch, with the held-out batch of the alpha step before it.

    Every held-out batch comes once before any comes again; in which order is left open.
    """
    for batch in train:
        yield batch, next(iter(held_out))


def pairs_in_turn(train: Iterable[Any], held_out: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """What ``pairs`` promises, from the first to the last."""
    order = list(held_out)
    for step, batch in enumerate(train):
        yield batch, order[step % len(order)]


def pairs_from_the_end(train: Iterable[Any], held_out: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """What ``pairs`` promises, from the last to the first."""
    yield from pairs_in_turn(train, list(held_out)[::-1])


batches_hunt = BugHunt(
    "Which held-out batch does α learn from? Write `test(implementation)`: it passes on right code "
    "and fails on this one. Batches may be any values, such as letters.",
    suspect=pairs,
    right=pairs_in_turn,
    another=pairs_from_the_end,
    allowed="It takes the held-out batches from the last to the first; the order is left open.",
    fault=(
        "`iter` begins anew in each step, so `next` gives the first batch for ever, and α fits "
        "those 64 images. The released DARTS code has the same line. There a loader shuffles each "
        "time it begins, which hides the fault: batches are drawn with replacement, and some "
        "images never come. A loader that does not shuffle turns it into this one."
    ),
    hints=(
        "Where does `iter(held_out)` stand: outside of the loop, or in it?",
        "Ask for as many pairs as there are held-out batches, and look at the second halves.",
        "`list(implementation('abc', 'xyz'))` should hold x, y and z once each.",
    ),
    solution=(
        "def test(implementation):\n"
        '    pairs = list(implementation(["a", "b", "c"], ["x", "y", "z"]))\n'
        '    assert sorted(pair[1] for pair in pairs) == ["x", "y", "z"]'
    ),
    minutes=6,
)

# ------------------------------------------------------------------ when gradients are zeroed

Weight = Any  # a tensor that requires its gradient
Loss = Callable[[Weight, Weight], Tensor]


def search_step(w: Weight, alpha: Weight, train: Loss, validation: Loss, rate: float = 0.1) -> None:
    """One step of α down ``validation``, then one of w down ``train``, both in place.

    Steps are ``rate`` times the gradient. Losses are functions of (w, α), both of which require
    gradients and have none yet.
    """
    validation(w, alpha).backward()
    with torch.no_grad():
        alpha -= rate * alpha.grad
    alpha.grad = None
    train(w, alpha).backward()
    with torch.no_grad():
        w -= rate * w.grad
    w.grad = alpha.grad = None


def step_by_zeroing(
    w: Weight, alpha: Weight, train: Loss, validation: Loss, rate: float = 0.1
) -> None:
    """What ``search_step`` promises; gradients are zeroed before each backward pass."""
    for moved, loss in ((alpha, validation), (w, train)):
        w.grad = alpha.grad = None
        loss(w, alpha).backward()
        with torch.no_grad():
            moved -= rate * moved.grad


def step_by_asking(
    w: Weight, alpha: Weight, train: Loss, validation: Loss, rate: float = 0.1
) -> None:
    """What ``search_step`` promises; only the gradient that is needed is computed."""
    for moved, loss in ((alpha, validation), (w, train)):
        (slope,) = torch.autograd.grad(loss(w, alpha), moved)
        with torch.no_grad():
            moved -= rate * slope


zeroed_hunt = BugHunt(
    "One step of a search, α first. Write `test(implementation)`: it passes on right code and "
    "fails on this one. `torch.tensor(1.0, requires_grad=True)` makes a weight.",
    suspect=search_step,
    right=step_by_zeroing,
    another=step_by_asking,
    allowed="It leaves no `.grad` behind, which nobody asked for.",
    fault=(
        "`validation(…).backward()` leaves a gradient in w as well, and nobody zeroes it before "
        "the next pass adds to it. So the weights learn from the validation images too, and the "
        "two levels of the bilevel problem are one. A published toolbox zeroed after the steps."
    ),
    hints=(
        "`backward()` adds to `.grad`. Which gradients does the first pass leave behind?",
        "Choose a training loss that has no slope in w: how far may w move?",
        "With `train = lambda w, a: 0 * w` and `validation = lambda w, a: w + a`, w stays.",
    ),
    solution=(
        "import torch\n\n\n"
        "def test(implementation):\n"
        "    w = torch.tensor(1.0, requires_grad=True)\n"
        "    alpha = torch.tensor(0.0, requires_grad=True)\n"
        "    implementation(w, alpha, lambda w, a: 2 * w, lambda w, a: 5 * w + a)\n"
        "    assert abs(w.item() - 0.8) < 1e-6"
    ),
    minutes=8,
)

# ------------------------------------------------------------------ which epoch's genotype


def early_stopped(
    genotypes: Sequence[str], eigenvalues: Sequence[float], ratio: float = 1.3, back: int = 4
) -> str:
    """The genotype of a search that stops where λ has grown by ``ratio`` within ``back`` epochs.

    Then it is that of the epoch ``back`` before, when the rise began; without a stop, the last.
    Whether a growth by exactly ``ratio`` stops is left open.
    """
    found = genotypes[0]
    for epoch, eigenvalue in enumerate(eigenvalues):
        found = genotypes[epoch]
        if epoch >= back and eigenvalue / eigenvalues[epoch - back] > ratio:
            break
    return found


def stopped_above(
    genotypes: Sequence[str], eigenvalues: Sequence[float], ratio: float = 1.3, back: int = 4
) -> str:
    """What ``early_stopped`` promises; exactly ``ratio`` goes on."""
    for epoch in range(back, len(eigenvalues)):
        if eigenvalues[epoch] > ratio * eigenvalues[epoch - back]:
            return genotypes[epoch - back]
    return genotypes[len(eigenvalues) - 1]


def stopped_at(
    genotypes: Sequence[str], eigenvalues: Sequence[float], ratio: float = 1.3, back: int = 4
) -> str:
    """What ``early_stopped`` promises; exactly ``ratio`` stops."""
    for epoch in range(back, len(eigenvalues)):
        if eigenvalues[epoch] >= ratio * eigenvalues[epoch - back]:
            return genotypes[epoch - back]
    return genotypes[len(eigenvalues) - 1]


epoch_hunt = BugHunt(
    "A search that stops early, in small. Write `test(implementation)`: it passes on right code "
    "and fails on this one. Genotypes may be any texts.",
    suspect=early_stopped,
    right=stopped_above,
    another=stopped_at,
    allowed="It stops at a growth by exactly `ratio`, which is left open.",
    fault=(
        "It stops in time and then gives the genotype of the epoch in which it stopped, after the "
        "rise that it stopped for. RobustDARTS goes back to the epoch before the rise. Searches "
        "print a genotype an epoch, and people copy the last one."
    ),
    hints=(
        "When does it stop? And which genotype does it give then?",
        "Let λ stand still, then double. Which epoch came `back` before?",
        "With `back=1`, λ = 1, 1, 3 and genotypes a, b, c, the answer is b.",
    ),
    solution=(
        "def test(implementation):\n"
        '    assert implementation("abc", [1.0, 1.0, 3.0], back=1) == "b"'
    ),
    minutes=6,
)
