"""A trained network, and what becomes of its outputs as its architecture is changed.

Everything is computed in double precision, so that what is exact shows: a float32 keeps seven
digits, and sums in another order differ in the last.
"""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from workbench import checks
from workbench.data.images import ImageData, normalised
from workbench.protocols import SearchSpace
from workbench.records import Epoch
from workbench.training.inheritance import inherit
from workbench.training.loop import train
from workbench.training.randomness import own_draws, spawned

A = TypeVar("A")

Weights: TypeAlias = Literal["morphism", "random"]
SMOOTHING = 0.1  # of labels, as the estimators have it
WEIGHTS: tuple[Weights, ...] = get_args(Weights)


def built(space: SearchSpace[A], arch: A, data: ImageData, seed: int) -> nn.Module:
    """A network of ``arch``, its weights drawn as a training of this seed draws them."""
    with own_draws(spawned(seed).weights):
        return space.build(arch, data.task)


def learning_curve(network: nn.Module, data: ImageData, *, epochs: int, seed: int) -> list[float]:
    """Train ``network`` on the processor, as ``Inherited`` would; its accuracy after each epoch."""
    training = train(
        network, data, epochs=epochs, label_smoothing=SMOOTHING, device="cpu", seed=seed
    )
    return [event.score for event in training if isinstance(event, Epoch)]


class Answers:
    """What a ``network`` says of ``images``, whose ``labels`` are known.

    ``judged``: its logits as it is judged, in evaluation mode. ``accuracy`` in [0, 1], of these.
    """

    def __init__(self, network: nn.Module, images: Tensor, labels: Tensor) -> None:
        self._network, self._images = network, images
        with torch.no_grad():
            self.judged: Float[Tensor, "images classes"] = network.eval()(images)
        self.accuracy = float((self.judged.argmax(1) == labels).double().mean())
        self.parameters = sum(each.numel() for each in network.parameters())

    @cached_property
    def learning(self) -> Float[Tensor, "images classes"]:
        """The logits as it learns, in training mode, all images as one batch."""
        with torch.no_grad():
            found: Tensor = copy.deepcopy(self._network).train()(self._images)
        return found

    def moved(self, before: Answers, *, learning: bool = False) -> float:
        """The largest change of a logit, as a share of the largest one ``before``."""
        now, then = (each.learning if learning else each.judged for each in (self, before))
        return float((now - then).abs().max() / then.abs().max())


class TrainedMother(Generic[A]):
    """A ``network`` of ``arch``, trained on ``data``; it is copied, and stays as it is.

    ``answers`` are its own, ``child(arch, weights)`` those of a changed one. ``network`` is the
    one that was given.

    Raises ValueError where the network is not one of ``arch``.
    """

    def __init__(
        self, space: SearchSpace[A], arch: A, network: nn.Module, data: ImageData, *, seed: int = 0
    ) -> None:
        self.space, self.arch, self.data = space, arch, data
        self.seed = checks.whole("TrainedMother: seed", seed, least=0)
        checks.of_type("TrainedMother: network", network, nn.Module)
        images = normalised(data.validation.images, data.mean, data.deviation)
        self._images = images.double()
        own = copy.deepcopy(network).cpu().double()
        self._state = {name: tensor.clone() for name, tensor in own.state_dict().items()}
        inherit(space, arch, self._state, arch, data.task)  # raises where it is another's
        self.network = network
        self.answers = self._answers(own)

    @classmethod
    def trained(
        cls, space: SearchSpace[A], arch: A, data: ImageData, *, epochs: int, seed: int = 0
    ) -> TrainedMother[A]:
        """A mother trained from scratch on the processor, as ``Inherited`` would.

        Raises ValueError for fewer than one epoch, or an architecture that cannot be built.
        """
        network = built(space, arch, data, seed)
        learning_curve(network, data, epochs=epochs, seed=seed)
        return cls(space, arch, network, data, seed=seed)

    def child(self, arch: A, weights: Weights = "morphism") -> Answers:
        """The outputs of ``arch``, its weights made of the mother's, or only where they fit.

        "morphism": as ``inherit`` makes them. "random": every tensor that is the mother's as it
        stood is kept, and what is new or has changed is drawn as for a fresh network.
        """
        checks.one_of("TrainedMother: weights", weights, WEIGHTS)
        state, _ = inherit(self.space, self.arch, self._state, arch, self.data.task, seed=self.seed)
        with own_draws(self.seed):
            network = self.space.build(arch, self.data.task).double()
        if weights == "random":
            state = {name: t for name, t in state.items() if self._has(t)}
        network.load_state_dict(state, strict=False)
        return self._answers(network)

    def _has(self, tensor: Tensor) -> bool:
        return any(
            mine.shape == tensor.shape and torch.equal(mine, tensor)
            for mine in self._state.values()
        )

    def _answers(self, network: nn.Module) -> Answers:
        return Answers(network, self._images, self.data.validation.labels)
