"""Bayesian optimisation: a model of the scores says where the next training is worth most.

Elsken et al. 2019, section 3; Frazier (2018), A tutorial on Bayesian optimization.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, get_args

import numpy as np

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Told
from workbench.strategies import expected_improvement
from workbench.strategies.draws import generator
from workbench.strategies.encodings import Encoding, NumberRows, encoded
from workbench.strategies.pool import Pool, everything
from workbench.strategies.random_search import RandomSearch

if TYPE_CHECKING:
    from workbench.strategies.gaussian_process import Hyperparameters

A = TypeVar("A")

Encoded = Literal["decisions", "paths", "numbers"]
Acquisition = Literal["log ei", "ei", "mean"]
UNIT = "it is in the score's unit (0.01: one point of accuracy)"
SHOWN = 20  # rows in ``inside`` of candidates, and as many of what was measured


class BayesianOptimization(Generic[A]):
    """Asks where a Gaussian process expects the greatest improvement over the best so far.

    The first ``initial`` scores come from random architectures, those that ``RandomSearch`` of this
    seed asks about. Then, at each ask (in brackets: whose idea it is; the rest is ours):

    - *Kernel* exp(−Σ_i w_i 1[a_i ≠ b_i]) over the space's decisions, a decision not met being an
      option of its own. Each decision has its weight (ARD), since an edge on the only short way
      through a cell matters more than others; a prior holds the weights of many decisions
      together. ``encoding="paths"``: a cell is its set of paths [BANANAS, White et al. 2021], with
      one weight, as there are hundreds of them. ``encoding="numbers"``, where every option is a
      number (a depth, a width): squared exponential, with a length scale for each decision.
    - *Hyperparameters* are fitted from scratch to the first 10, 20, 30, … scores (``initial``, then
      every ``refit``), and kept between; targets are standardised at each ask. So the n-th ask is a
      function of the settings, n and what was told.
    - *Acquisition*: "ei", expected improvement in closed form [Jones et al. 1998]; "log ei", its
      logarithm, which asks the same where numbers are ordinary and still ranks where EI underflows
      to 0 [Ament et al. 2023, BoTorch's recommendation]; "mean", no exploration. ``margin``, in
      units of the score, is how far a score must be above the best to count as an improvement. The
      best is the highest posterior mean among what was measured, as one training's score is noisy
      [plug-in EI, Picheny et al. 2013].
    - *Candidates*: all architectures of a space of at most ``enumerate_up_to`` (of 15,625 cells an
      ask with 100 scores takes 0.3 s, of the 500 below 0.03 s); else ``candidates`` of them, half
      mutants (one decision changed) of the ten best, half random. What was asked about before is
      never asked about again; a small space is exhausted, and ``ask`` gives None.
    - *Asks outstanding* are told to the model as if they had scored what it expects of them: they
      are not asked again, and their neighbours look less unknown, neither better nor worse
      [kriging believer, Ginsbourger et al. 2010].
    - *Failures* and scores that are no numbers are missing, not 0: the model never hears of them,
      and they are not asked about again.

    An ask takes time cubic in the number of scores. Raises ValueError for an impossible setting.
    """

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        encoding: Encoded = "decisions",
        acquisition: Acquisition = "log ei",
        margin: float = 0.0,
        initial: int = 10,
        refit: int = 10,
        candidates: int = 500,
        enumerate_up_to: int = 2000,
        seed: int = 0,
    ) -> None:
        name = "BayesianOptimization"
        self.space, self.seed = space, checks.whole(f"{name}: seed", seed)
        self.encoding = checks.one_of(f"{name}: encoding", encoding, get_args(Encoded))
        self.acquisition = checks.one_of(f"{name}: acquisition", acquisition, get_args(Acquisition))
        self.margin = checks.number(
            f"{name}: margin", margin, above=-math.inf, below=math.inf, cure=UNIT
        )
        self.initial = checks.whole(f"{name}: initial", initial, least=2)
        self.refit = checks.whole(f"{name}: refit", refit, least=1)
        self.candidates = checks.whole(f"{name}: candidates", candidates, least=2)
        self.enumerate_up_to = checks.whole(f"{name}: enumerate_up_to", enumerate_up_to, least=0)
        self._rows: Encoding[A] = encoded(encoding, space)
        self._random = RandomSearch(space, seed=seed)  # knows what was asked about
        self._asks = 0  # also those skipped
        self._asked: set[A] = set()  # or told
        self._pending: dict[A, None] = {}  # in the order of asking
        self._scored: list[Told[A]] = []
        self._fit: tuple[int, Hyperparameters] | None = None  # of so many scores
        self._belief: _Belief[A] | None = None  # until something is asked or told

    def ask(self) -> Candidate[A] | None:
        """The candidate of greatest acquisition; None when every architecture was asked about."""
        belief = self._believed() if self._modelled else None
        if belief is None or not belief.pool.archs:
            candidate = self._random.ask()
            if candidate is not None:
                self._note(candidate.arch)
            return candidate
        at = int(np.argmax(belief.wanted))  # the argument of the highest acquisition
        arch, parent = belief.pool.archs[at], belief.pool.parents[at]
        means = f"expected {belief.mean[at]:.4f} ± {belief.deviation[at]:.4f}"
        origin = "" if parent is None else f", mutant of trial {parent}"
        candidate = Candidate(
            arch,
            parents=() if parent is None else (parent,),
            reason=f"{means}, best so far {belief.best:.4f}{origin}",
        )
        self.skip(candidate)
        return candidate

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is pending, and not asked about again."""
        self._random.skip(candidate)
        self._note(candidate.arch)

    def tell(self, told: Told[A]) -> None:
        """Learn a score; a failure, and a score that is no number, is as if not measured."""
        arch = told.candidate.arch
        self._random.tell(told)  # raises where it is not in the space
        self._asked.add(arch)
        self._pending.pop(arch, None)
        if told.evaluation.has_score and math.isfinite(told.evaluation.score):
            self._scored.append(told)
        self._belief = None

    def inside(self) -> Mapping[str, Rows]:
        """``posterior``: what is believed now, that is what decides the next ask.

        Rows of the 20 most wanted candidates (``parent``: the trial whose mutant it is, or None),
        and of the 20 best that were measured (with their ``trial``, their ``score``, None
        elsewhere, and an ``acquisition`` of 0, as they are not asked again). It is
        EI of "log ei" as well, beside its logarithm. With the encoding "numbers" and one decision
        they are *all* architectures, each with its number ``x``. ``weights``: of each decision, by
        how much log k falls where two architectures differ in it. Before there is a model:
        ``draws``.
        """
        if not self._modelled:
            return self._random.inside()
        belief = self._believed()
        fit = self._fitted()
        return {
            "posterior": self._shown(belief),
            "weights": [
                {"decision": name, "weight": weight}
                for name, weight in zip(self._rows.names, fit.weights)
            ],
        }

    def _shown(self, belief: _Belief[A]) -> Rows:
        if not (isinstance(self._rows, NumberRows) and self._rows.decisions == 1):
            return belief.shown(self.space, most=SHOWN)
        return self._rows.along(belief.shown(self.space, most=len(belief.mean)))

    @property
    def _modelled(self) -> bool:
        return len(self._scored) >= self.initial and self._rows.decisions > 0

    def _note(self, arch: A) -> None:
        self._asks += 1
        self._asked.add(arch)
        self._pending[arch] = None
        self._belief = None

    @cached_property
    def _all(self) -> list[A] | None:
        """Every architecture of a small space."""
        small = self.space.size() <= self.enumerate_up_to
        return everything(self.space) if small else None

    def _fitted(self) -> Hyperparameters:
        """Of the first 10, 20, 30, … scores, whenever it is asked for."""
        from workbench.strategies.gaussian_process import fitted  # seconds to import

        count = len(self._scored) - (len(self._scored) - self.initial) % self.refit
        if self._fit is None or self._fit[0] != count:
            rows, owners = self._rows.rows([each.candidate.arch for each in self._scored[:count]])
            scores = np.array([each.evaluation.score for each in self._scored[:count]])
            most, decisions = self._rows.most(rows), self._rows.decisions
            self._fit = count, fitted(rows, scores, owners, decisions=decisions, most=most)
        return self._fit[1]

    def _believed(self) -> _Belief[A]:
        """Candidates of the next ask with mean, deviation and how much each is wanted."""
        if self._belief is not None:
            return self._belief
        from workbench.strategies.gaussian_process import posterior

        pool = Pool.of(
            self.space,
            self._scored,
            self._asked,
            generator(self.seed, self._asks),
            size=self.candidates,
            everything=self._all,
        )
        told, waiting = [each.candidate.arch for each in self._scored], [*self._pending]
        rows, owners = self._rows.rows([*told, *waiting, *pool.archs])
        n, m = len(told), len(told) + len(waiting)
        mean, deviation = posterior(
            self._fitted(),
            rows[:n],
            np.array([each.evaluation.score for each in self._scored]),
            np.concatenate([rows[:n], rows[m:]]),
            owners,
            promised=rows[n:m],
        )
        best = float(mean[:n].max())
        self._belief = _Belief(
            self._scored[:],
            (mean[:n], deviation[:n]),
            pool,
            mean[n:],
            deviation[n:],
            best,
            self._wanted(mean[n:], deviation[n:], best),
            self.acquisition,
        )
        return self._belief

    def _wanted(self, mean: Any, deviation: Any, best: float) -> Any:
        if self.acquisition == "mean":
            return mean
        logarithm = self.acquisition == "log ei"
        formula = (
            expected_improvement.log_expected_improvement
            if logarithm
            else expected_improvement.expected_improvement
        )
        return formula(mean, deviation, best, margin=self.margin)


@dataclass(frozen=True)
class _Belief(Generic[A]):
    """What the next ask is decided by; arrays are in the order of what they belong to."""

    scored: list[Told[A]]
    measured: tuple[Any, Any]  # mean and deviation there
    pool: Pool[A]
    mean: Any
    deviation: Any
    best: float
    wanted: Any
    acquisition: str

    def shown(self, space: SearchSpace[A], *, most: int) -> Rows:
        """Rows of ``posterior``, candidates first, the most wanted first."""
        rows: list[dict[str, Any]] = []
        for i in np.argsort(-self.wanted, kind="stable")[:most]:
            wanted = float(self.wanted[i])
            logarithm = self.acquisition == "log ei"
            rows.append(
                _row(space, self.pool.archs[i], self.mean[i], self.deviation[i])
                | {"acquisition": math.exp(wanted) if logarithm else wanted, "score": None}
                | {"parent": self.pool.parents[i]}
                | ({"log acquisition": max(wanted, -1e300)} if logarithm else {})
            )
        scores = np.array([each.evaluation.score for each in self.scored])
        for i in np.argsort(-scores, kind="stable")[:most]:
            arch = self.scored[i].candidate.arch
            rows.append(
                _row(space, arch, self.measured[0][i], self.measured[1][i])
                | {"acquisition": 0.0, "score": float(scores[i]), "trial": self.scored[i].trial}
            )
        return rows


def _row(space: SearchSpace[A], arch: A, mean: float, deviation: float) -> dict[str, Any]:
    return {
        "architecture": space.spell(arch),
        "mean": float(mean),
        "deviation": float(deviation),
    }
