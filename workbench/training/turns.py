"""Turns: a training works while it has its turn; while others have theirs it leaves nothing set."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from workbench.training.randomness import undisturbed
from workbench.training.threads import threads

DRAWS = (
    "the network draws from PyTorch's global generator (dropout does): it is lent a state of the "
    "training's own while the training works. What other threads draw or seed meanwhile can change "
    "the result, and their draws"
)


class Turns:
    """What changes hands at the beginning and the end of a turn; ``seconds`` is time at work.

    ``threads`` is how many of the processor's a turn may use (None: as many as there are). A
    network that ``draws`` from PyTorch's global generators itself (dropout does) is lent them for
    each turn, in a state of the training's own, made from ``seed``; other threads then had better
    not draw.
    """

    def __init__(
        self, device: torch.device, *, threads: int | None, draws: bool, seed: int
    ) -> None:
        self.device, self.threads, self.seconds = device, threads, 0.0
        self.generators: dict[str, Tensor] = {}
        if draws:
            for where in {torch.device("cpu"), device} - {torch.device("mps")}:
                other = torch.Generator(where).manual_seed(seed)
                self.generators[where.type] = other.get_state()
        self._said = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Work inside, stand still outside: clock, settings, threads and generators change hands.

        Nothing is left set between two turns: the generator that is pulled may be pulled by
        whomever, inside ``torch.no_grad()`` or under another default type.
        """
        start = time.perf_counter()
        try:
            with threads(self.threads), undisturbed(), self._lent():
                yield
        finally:
            self.seconds += time.perf_counter() - start

    def restore(self, states: Mapping[str, Tensor]) -> None:
        """Go on drawing from these states; on another kind of device than before, begin anew."""
        for kind in self.generators.keys() & states.keys():
            self.generators[kind] = states[kind]

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """The global generators in a state of our own, where the network may draw from them."""
        theirs = {kind: self._global(kind) for kind in self.generators}
        for kind, state in self.generators.items():
            self._set_global(kind, state)
        try:
            yield
        finally:
            mine = {kind: self._global(kind) for kind in theirs}
            for kind, state in theirs.items():
                self._set_global(kind, state)
            drawn = any(not torch.equal(mine[kind], self.generators[kind]) for kind in mine)
            self.generators = mine
        if drawn and not self._said:
            self._said = True
            warnings.warn(DRAWS, stacklevel=1)

    def _global(self, kind: str) -> Tensor:
        return torch.cuda.get_rng_state(self.device) if kind == "cuda" else torch.get_rng_state()

    def _set_global(self, kind: str, state: Tensor) -> None:
        if kind == "cuda":
            torch.cuda.set_rng_state(state, self.device)
        else:
            torch.set_rng_state(state)
