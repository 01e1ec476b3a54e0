"""The contract of a search space, held against a learner's own: what fails is said in words.

The same promises as in ``tests/contracts/test_spaces.py``, on fewer draws. A space that keeps them
works with every strategy, every estimator and every panel of the course.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from workbench.exercises.exercise import Case, NotAttemptedError
from workbench.graphs import Graph
from workbench.records import ImageTask
from workbench.training.inspection import inspected
from workbench.training.randomness import own_draws

DRAWS, COUNTED = 40, 3000  # architectures looked at; the largest space that is counted one by one
TASK = ImageTask(1, 8, 8, 10)


def contract(*, size: int | None = None) -> tuple[Case, ...]:
    """Cases for a space (an instance, or a class without arguments); ``size`` is what it holds."""
    cases = [
        _case("`walk` and `answers` agree", _there_and_back),
        _case("`parse(spell(a)) == a`", _spelled),
        _case("a mutant differs", _mutant),
        _case("neighbours differ in one decision", _neighbours),
        _case("`size()` is the count", _counted),
        _case("`graph` draws it", _drawn),
        _case("`build` gives a network that learns", _built),
    ]
    if size is not None:
        cases.insert(5, _case(f"{size} architectures", lambda space: _of_size(space, size)))
    return tuple(cases)


def _case(name: str, judge: Callable[[Any], str]) -> Case:
    return Case(name, lambda answer: judge(_space(answer)))


def _space(answer: Any) -> Any:
    """The space itself. Raises NotAttemptedError where its walk is still empty."""
    space = answer() if isinstance(answer, type) else answer
    walk = space.walk()
    if walk is None or (isinstance(walk, Iterator) and _unfinished(walk)):
        raise NotAttemptedError
    return space


def _unfinished(walk: Iterator[Any]) -> bool:
    """Whether a walk that always takes the last option ends in ``...``, as a sketch does."""
    try:
        asked = next(walk)
        for _ in range(COUNTED):
            asked = walk.send(asked.options[-1])  # type: ignore[attr-defined]
    except StopIteration as end:
        return end.value is ...
    except Exception:  # the cases say what is wrong with it
        return False
    return False


def _some(space: Any) -> Iterator[Any]:
    return (space.sample(random.Random(seed)) for seed in range(DRAWS))


def _there_and_back(space: Any) -> str:
    for arch in _some(space):
        if space.answers(arch) is None:
            return "`answers` returns nothing yet."
        if (again := space.compose(space.decisions(arch))) != arch:
            return f"{arch} became {again}."
    return ""


def _spelled(space: Any) -> str:
    for arch in _some(space):
        if (again := space.parse(space.spell(arch))) != arch:
            return f"{arch} is spelled {space.spell(arch)!r}, which is read as {again}."
    return ""


def _mutant(space: Any) -> str:
    for arch in _some(space):
        if space.mutate(arch, random.Random(0)) == arch:
            return f"{arch} mutates into itself: two walks lead to one architecture."
    return ""


def _neighbours(space: Any) -> str:
    for arch in _some(space):
        found = list(space.neighbours(arch))
        if len(set(found)) < len(found) or arch in found:
            return f"{arch} has a neighbour twice, or itself for a neighbour."
    return ""


def _walks(space: Any, taken: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    decision = space.next_decision(taken)
    if decision is None:
        yield taken
        return
    for index in range(len(decision.options)):
        yield from _walks(space, (*taken, index))


def _counted(space: Any) -> str:
    if space.size() > COUNTED:
        return ""
    walks = list(_walks(space))
    different = len({space.compose(taken) for taken in walks})
    if different < len(walks):
        return f"{len(walks)} walks lead to only {different} architectures."
    said = space.size()
    return "" if said == different else f"there are {different}, `size()` says {said}."


def _of_size(space: Any, size: int) -> str:
    return "" if space.size() == size else f"it holds {space.size()}."


def _drawn(space: Any) -> str:
    for arch in _some(space):
        if not isinstance(graph := space.graph(arch), Graph) or not graph.title:
            return f"the graph of {arch} is no `Graph` with a title."
    return ""


def _built(space: Any) -> str:
    with own_draws(0):
        images, targets = torch.randn(4, 1, 8, 8), torch.tensor([0, 3, 7, 9])
        for arch in list(_some(space))[:8]:
            network = space.build(arch, TASK).train()
            # dropout takes no generator: then the global one is lent, and given back as it was
            lent = inspected(network, TASK).draws is not False
            with torch.random.fork_rng(devices=[], enabled=lent):
                fault = _learns(network, images, targets)
            if fault:
                return f"{arch}: {fault}"
    return ""


def _learns(network: nn.Module, images: Tensor, targets: Tensor) -> str:
    logits = network(images)
    if logits.shape != (4, 10):
        return f"expected logits (4, 10) for 4 images, got {tuple(logits.shape)}."
    torch.nn.functional.cross_entropy(logits, targets).backward()
    slopes = [p.grad for p in network.parameters() if p.grad is not None]
    if not slopes or not all(torch.isfinite(slope).all() for slope in slopes):
        return "no finite gradients, so it cannot learn."
    return ""
