"""DARTS and its descendants: architecture weights learnt by gradient descent, beside the weights.

Liu, Simonyan & Yang (2019), algorithm 1. The paper's details that change what is found, where they
are published, and the argument that changes each:

1. α has an optimiser of its own, Adam with β₁ = 0.5 and a weight decay (section 3.1):
   ``alpha_rate``, ``alpha_beta``, ``alpha_decay``.
2. The step of α comes first, then that of the weights (algorithm 1): ``alpha_first``.
3. Batch normalisation in the cells has no scale and no shift (section 3.1.1): ``affine``.
4. One follows pooling (the released code's ``MixedOp``): ``normed_pools``.
5. w' has momentum and weight decay in it, and ξ is the weights' rate (the released code): ``xi``.
6. α learns from images that the weights never see (eq. 3): ``bilevel``.
7. *None* takes part in the softmax and is never chosen; ties go to what comes first (section 2.4,
   the released ``genotype``): what a space's ``discretised`` does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, get_args

import torch

from workbench import checks
from workbench.data.images import ImageData
from workbench.protocols import Rows
from workbench.records import Asked, Batch, Candidate, Epoch, Evaluation, Event, Mixture, Told
from workbench.scales import ACCURACY
from workbench.settings import describe, difference
from workbench.spaces.edges import EdgeSpace, softmax
from workbench.strategies.gradient_based.curvature import dominant_eigenvalue
from workbench.strategies.gradient_based.descent import Descent
from workbench.strategies.gradient_based.journal import Journal
from workbench.strategies.gradient_based.relaxations import Relaxation
from workbench.strategies.gradient_based.resumption import checkpoint_of, restore
from workbench.strategies.gradient_based.stopping import RULES, Stopping
from workbench.training.checkpoint import Checkpoint
from workbench.training.device import choose_device
from workbench.training.loop import MOST
from workbench.training.metrics import cost_of

A = TypeVar("A")


class DifferentiableSearch(Generic[A]):
    """A supernet's weights and its mixture learn in turn; at the end the mixture becomes a cell.

    ``order`` 2 looks a step of the weights ahead (DARTS eq. 7), by ξ (``xi``; None: the weights'
    rate of the epoch) and with a finite difference of ``epsilon`` / ‖v‖; 1 does not. The score told
    is the accuracy on ``data.validation`` of the discretised cell with the supernet's weights;
    nothing learns from those images. ``PRESETS``: "paper" has the published values; "lesson", the
    default, is ours, with a larger ``alpha_rate``: at 3e-4 a search of minutes leaves α close to
    where it began.

    Parts that combine: ``relaxation`` is how mixtures are drawn from α ("softmax", "gumbel" as in
    GDAS, "dirichlet" as in DrNAS, "one path"); ``partial`` the K of PC-DARTS; ``perturbation`` the
    last ε of SDARTS-RS (0: none); ``stopping`` when to end early ("skips" and "stable" as in
    DARTS+, "eigenvalue" as in RobustDARTS); ``bilevel`` False learns α and the weights jointly from
    all training images; for ``warm_up`` epochs α stands still; ``curvature`` measures the dominant
    eigenvalue of ∇²_α L_val after each epoch (the rule "eigenvalue" needs it, and does).

    ``rate`` falls to ``least_rate`` along half a cosine; ``clip`` bounds the norm of the weights'
    gradient (None: not); α begins at ``alpha_noise`` times normal numbers.

    Raises ValueError for an impossible setting.
    """

    scale = ACCURACY

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "paper": {"epochs": 50, "rate": 0.025, "alpha_rate": 3e-4},
        "lesson": {},
    }

    def __init__(
        self,
        space: EdgeSpace[A],
        data: ImageData,
        *,
        order: int = 1,
        epochs: int = 25,
        batch_size: int = 64,
        rate: float = 0.1,
        least_rate: float = 0.001,
        momentum: float = 0.9,
        weight_decay: float = 3e-4,
        clip: float | None = 5.0,
        alpha_rate: float = 0.02,
        alpha_beta: float = 0.5,
        alpha_decay: float = 1e-3,
        alpha_noise: float = 1e-3,
        alpha_first: bool = True,
        xi: float | None = None,
        epsilon: float = 0.01,
        bilevel: bool = True,
        relaxation: Relaxation = "softmax",
        partial: int = 1,
        perturbation: float = 0.0,
        stopping: Stopping = "never",
        warm_up: int = 0,
        curvature: bool = False,
        affine: bool = False,
        normed_pools: bool | None = None,
        device: str = "auto",
    ) -> None:
        of = "DifferentiableSearch: {}".format
        if not isinstance(space, EdgeSpace):
            raise ValueError(
                "DifferentiableSearch: space: expected cells with an operation on each edge, as "
                f"DARTSSpace's or TopologySpace's, got {type(space).__name__}"
            )
        finite = math.inf
        self.space, self.data = space, checks.of_type(of("data"), data, ImageData)
        self.order = checks.whole(of("order"), order, least=1, most=2)
        self.epochs = checks.whole(of("epochs"), epochs, least=1, most=MOST)
        self.batch_size = checks.whole(of("batch_size"), batch_size, least=2)
        self.rate = checks.number(of("rate"), rate, above=0.0, below=finite)
        self.least_rate = checks.number(of("least_rate"), least_rate, least=0.0, most=self.rate)
        self.momentum = checks.number(of("momentum"), momentum, least=0.0, below=1.0)
        self.weight_decay = checks.number(of("weight_decay"), weight_decay, least=0.0, below=finite)
        self.clip = checks.number_or_none(of("clip"), clip, above=0.0, below=finite)
        self.alpha_rate = checks.number(of("alpha_rate"), alpha_rate, above=0.0, below=finite)
        self.alpha_beta = checks.number(of("alpha_beta"), alpha_beta, least=0.0, below=1.0)
        self.alpha_decay = checks.number(of("alpha_decay"), alpha_decay, least=0.0, below=finite)
        self.alpha_noise = checks.number(of("alpha_noise"), alpha_noise, least=0.0, below=finite)
        self.alpha_first = checks.yes_or_no(of("alpha_first"), alpha_first)
        self.xi = checks.number_or_none(of("xi"), xi, least=0.0, below=finite)
        self.epsilon = checks.number(of("epsilon"), epsilon, above=0.0, below=finite)
        self.bilevel = checks.yes_or_no(of("bilevel"), bilevel)
        if self.order == 2 and not self.bilevel:
            raise ValueError(f"{of('order')}: expected 1 where bilevel is False: nothing is ahead")
        self.relaxation = checks.one_of(of("relaxation"), relaxation, get_args(Relaxation))
        self.partial = checks.whole(of("partial"), partial, least=1)
        width = space.macro_architecture().channels
        if width % self.partial:
            raise ValueError(
                f"{of('partial')}: expected a divisor of {width} channels, got {partial}"
            )
        self.perturbation = checks.number(of("perturbation"), perturbation, least=0.0, most=1.0)
        self.stopping = checks.one_of(of("stopping"), stopping, get_args(Stopping))
        self.warm_up = checks.whole(of("warm_up"), warm_up, least=0)
        self.curvature = checks.yes_or_no(of("curvature"), curvature)
        self.affine = checks.yes_or_no(of("affine"), affine)
        self.normed_pools = (
            None if normed_pools is None else checks.yes_or_no(of("normed_pools"), normed_pools)
        )
        choose_device(device)
        self.device = device
        self._run: Descent | None = None

    def events(self, *, seed: int, progress: Path | None = None) -> Generator[Event[A], None, None]:
        """Train, an epoch after the other, then say which architecture was found.

        Raises FloatingPointError where the search diverges; see also ``Method.events``.
        """
        run = self._run = Descent(self, checks.whole("seed", seed, least=0))
        about = {"settings": describe(self), "seed": seed}
        journal = self._resumed(run, progress, about)
        back = None
        for epoch in range(run.epoch + 1, self.epochs + 1):
            with run.turn():
                pairs = run.begin(epoch)
            for batch, pair in enumerate(pairs, start=1):
                with run.turn():
                    run.step(pair)
                yield Batch(None, epoch, batch, len(pairs))
            with run.turn():
                run.look()
            arch = self.space.discretised(run.tables())
            scores = []
            for mixture in (run.net.path(arch), run.relaxed()):
                correct, counts = 0, run.correct(mixture)
                while True:
                    with run.turn():
                        count = next(counts, None)
                    if count is None:
                        break
                    correct += count
                    yield Batch(None, epoch, len(pairs), len(pairs))
                scores.append(correct / len(self.data.validation))
            with run.turn():
                curvature = self._curvature(run, pairs[-1])
            journal = journal.after(self.space, arch, run.tables(), scores[0], curvature)
            loss, held_out = run.mean_losses()
            measures = {"supernet": scores[1], "held-out loss": held_out}
            measures |= journal.measures(self.space, run.tables())
            yield Epoch(None, epoch, self.epochs, loss, scores[0], run.seconds, measures)
            yield Mixture(None, epoch, run.tables())
            back = RULES[self.stopping](journal.noted)
            if back is not None:  # nothing is kept: resumed, it trains this epoch again, and ends
                break
            if progress is not None:
                with run.turn():
                    notes = about | journal.to_json(run.seconds)
                    checkpoint_of(run, journal.curve, notes).save(progress)
        yield from self._found(run, journal, back or len(journal.curve))

    def _found(self, run: Descent, journal: Journal, epoch: int) -> Generator[Event[A], None, None]:
        arch = self.space.parse(journal.archs[epoch - 1])
        ended = len(journal.curve)
        after = f"after epoch {epoch}" + (f", stopped in epoch {ended}" if ended > epoch else "")
        candidate = Candidate(arch, reason=f"the strongest of each mixture {after}")
        yield Asked(0, candidate)
        needs = cost_of(self.space, arch, self.data.task)
        measures = {"parameters": float(needs.parameters), "macs": float(needs.macs)}
        curve = journal.curve[:epoch]
        yield Told(0, candidate, Evaluation(curve[-1], run.seconds, curve, measures))

    def _curvature(self, run: Descent, pair: tuple[torch.Tensor, torch.Tensor]) -> float:
        """λ_max of ∇²_α L on the epoch's last batch of held-out images; NaN: not asked for."""
        if not self.curvature and self.stopping != "eigenvalue":
            return math.nan
        loss = run.judged(pair[1] if self.bilevel else pair[0])
        generator = torch.Generator(run.device).manual_seed(run.seed + run.epoch)
        return dominant_eigenvalue(loss, run.alphas, generator=generator, steps=20, tolerance=1e-2)

    def _resumed(self, run: Descent, progress: Path | None, about: dict[str, Any]) -> Journal:
        """The journal of the run whose checkpoint there is, which ``run`` now goes on with."""
        try:
            checkpoint = Checkpoint.load(progress) if progress else None
        except OSError:  # none, or a torn one: begin anew
            checkpoint = None
        if checkpoint is None:
            return Journal()
        theirs = {name: checkpoint.about.get(name) for name in about}
        other = difference(json.loads(json.dumps(about)), theirs)
        if other:
            raise ValueError(
                f"{progress}: the checkpoint of another run: {other}; delete it to begin anew"
            )
        restore(run, checkpoint)
        run.seconds = float(checkpoint.about["seconds"])
        return Journal.from_json(checkpoint.curve, checkpoint.about)

    def inside(self) -> Mapping[str, Rows]:
        """The mixture of each edge: the softmax of its α."""
        if self._run is None:
            return {}
        return {
            "mixture": [
                {"edge": f"{kind}: {tail} → {head}", "operation": name, "weight": weight}
                for kind, rows in self._run.tables().items()
                for (tail, head), row in zip(self.space.edges(), rows)
                for name, weight in zip(self.space.operations, softmax(row))
            ]
        }
