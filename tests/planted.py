"""Small spaces for controllers: made of plain decisions, and no network behind them."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from workbench.graphs import Graph, Node
from workbench.records import Decision, Evaluation, Told
from workbench.spaces.walk import Space, Walk

Word = tuple[int, ...]


class Letters(Space[Word]):
    """Words of so many letters, one decision each; ``options``: how many of each letter."""

    def __init__(self, *options: int) -> None:
        self.options = options

    def walk(self) -> Walk[Word]:
        word = []
        for place, count in enumerate(self.options):
            word.append((yield Decision(f"letter {place}", tuple(range(count)))))
        return tuple(word)

    def answers(self, arch: Word) -> Iterator[Hashable]:
        yield from arch

    def state(self, taken: tuple[int, ...]) -> Hashable:
        return len(taken)

    def spell(self, arch: Word) -> str:
        return "-".join(map(str, arch))

    def parse(self, text: str) -> Word:
        return tuple(map(int, text.split("-")))

    def graph(self, arch: Word) -> Graph:
        return Graph((Node("word", self.spell(arch)),))

    def build(self, arch: Word, task: Any) -> Any:
        raise ValueError("nothing is built of letters")


class Layers(Space[tuple[Any, ...]]):
    """``depth`` layers: a filter number each, then whether it reads each earlier layer."""

    def __init__(self, depth: int = 4, *, deepest: int = 0) -> None:
        self.depth, self.deepest = depth, deepest or depth

    def walk(self) -> Walk[tuple[Any, ...]]:
        depth = yield Decision("depth", tuple(range(self.depth, self.deepest + 1)))
        word: list[Any] = [depth]
        for i in range(1, depth + 1):
            word.append((yield Decision(f"layer {i} / filters", (4, 8), role="filters")))
            for j in range(1, i):
                name = f"layer {i} / reads layer {j}"
                word.append((yield Decision(name, (False, True), "anchor", "anchor", (j, i))))
        return tuple(word)

    def answers(self, arch: tuple[Any, ...]) -> Iterator[Hashable]:
        yield from arch

    def state(self, taken: tuple[int, ...]) -> Hashable:
        return self.next_decision(taken), taken[:1]

    def spell(self, arch: tuple[Any, ...]) -> str:
        return "-".join(map(str, arch))

    def parse(self, text: str) -> tuple[Any, ...]:
        raise ValueError("not read")

    def graph(self, arch: tuple[Any, ...]) -> Graph:
        return Graph((Node("word", self.spell(arch)),))

    def build(self, arch: tuple[Any, ...], task: Any) -> Any:
        raise ValueError("nothing is built here")


PLANTED = (5,) * 20  # decisions and options of the planted space


def samples_until_found(make: Callable[[Any, int], Any], seed: int, most: int) -> int | None:
    """How many architectures until the hidden one is found; its reward is the share that agrees."""
    space, rng = Letters(*PLANTED), random.Random(f"target {seed}")
    target = tuple(rng.randrange(count) for count in PLANTED)
    strategy = make(space, seed)
    for trial in range(most):
        candidate = strategy.ask()
        score = sum(a == b for a, b in zip(candidate.arch, target)) / len(target)
        strategy.tell(Told(trial, candidate, Evaluation(score, 1.0)))
        if score == 1.0:
            return trial + 1
    return None
