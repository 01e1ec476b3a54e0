"""Tree-structured Parzen estimator: two histograms, of what is good and of the rest, ask next.

Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for hyper-parameter optimization, section 4.
The estimator is Optuna's, which is an extra: ``pip install "workbench[tpe]"``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from workbench import checks
from workbench.protocols import Rows, SearchSpace
from workbench.records import Candidate, Decision, Told
from workbench.spaces.one_decision import steps_of
from workbench.strategies.draws import generator
from workbench.strategies.lineage import shown

A = TypeVar("A")

SHOWN = 200  # draws in ``inside``, the best ones


class TPE(Generic[A]):
    """Asks for what is frequent among the good ones and rare among the rest.

    The details, and where they come from:

    - Each decision is modelled alone: l(x), how often an option was taken by the good trials, and
      g(x), by the rest. Of ``candidates`` options drawn from l the one of greatest l(x) / g(x) is
      taken, which has the greatest expected improvement [Bergstra et al. 2011, eq. 6].
    - Good are the best ⌈n / 10⌉ of n, 25 at most; trials older than the last 25 count less
      [Optuna's]. Until ``startup`` have been told, every decision is uniform.
    - Decisions are met along the space's walk, so one that a walk does not meet is not modelled by
      it: that is the tree. A decision with other options counts as another one [ours].
    - Asks outstanding count as bad ones ["constant liar", Optuna's], failures and scores that are
      no numbers not at all.
    - Each ask has a generator of its own [ours], so the n-th one is a function of the settings, n
      and what was asked and told before. It never finishes and may ask about one twice.

    Raises ImportError where Optuna is not installed, ValueError for an impossible setting.
    """

    def __init__(
        self,
        space: SearchSpace[A],
        *,
        startup: int = 10,
        candidates: int = 24,
        seed: int = 0,
    ) -> None:
        self.space, self.seed = space, checks.whole("TPE: seed", seed)
        self.startup = checks.whole("TPE: startup", startup, least=1)
        self.candidates = checks.whole("TPE: candidates", candidates, least=1)
        self._optuna = _optuna()
        self._study = self._new_study()
        self._asks = 0  # also those skipped
        self._pending: dict[A, list[int]] = {}  # the study's numbers
        self._told: list[Told[A]] = []

    def ask(self) -> Candidate[A]:
        """Walks through the decisions, each drawn as the study says."""
        self._study.sampler = self._sampler(self._asks)
        trial, walk = self._study.ask(), self.space.begin()
        while (decision := walk.decision) is not None:
            walk.take(trial.suggest_categorical(_key(decision), [*range(len(decision.options))]))
        self._asks += 1
        self._pending.setdefault(walk.arch, []).append(trial.number)
        scored = sum(told.evaluation.has_score for told in self._told)
        how = f"likely after {scored} scores" if scored >= self.startup else "drawn at random"
        return Candidate(walk.arch, reason=f"{how}, number {self._asks}")

    def skip(self, candidate: Candidate[A]) -> None:
        """This one was asked before: it is under way."""
        self._asks += 1
        number = len(self._study.get_trials(deepcopy=False))
        self._add(candidate.arch, self._optuna.trial.TrialState.RUNNING)
        self._pending.setdefault(candidate.arch, []).append(number)

    def tell(self, told: Told[A]) -> None:
        """Learn a score; a failure, and a score that is no number, is none."""
        arch, states = told.candidate.arch, self._optuna.trial.TrialState
        score = told.evaluation.score if told.evaluation.has_score else math.nan
        state = states.COMPLETE if math.isfinite(score) else states.FAIL
        value = score if state == states.COMPLETE else None
        if waiting := self._pending.get(arch):
            self._study.tell(waiting.pop(0), value, state=state)
        else:
            self._add(arch, state, value)  # raises where it is not in the space
        self._told.append(told)

    def inside(self) -> Mapping[str, Rows]:
        """``draws``: trial, architecture and score of what was told, the best 200, best first."""
        ranked = sorted(self._told, key=lambda told: told.evaluation.sort_key, reverse=True)
        rows = [
            {
                "trial": told.trial,
                "architecture": self.space.spell(told.candidate.arch),
                "score": shown(told.evaluation),
            }
            for told in ranked[:SHOWN]
        ]
        return {"draws": rows}

    def _new_study(self) -> Any:
        """Optuna tells the log of each new study: it would stand in every panel's notebook."""
        level = self._optuna.logging.get_verbosity()
        self._optuna.logging.set_verbosity(self._optuna.logging.WARNING)
        try:
            return self._optuna.create_study(direction="maximize", sampler=self._sampler(0))
        finally:
            self._optuna.logging.set_verbosity(level)

    def _add(self, arch: A, state: Any, value: float | None = None) -> None:
        """A trial that the study did not ask for."""
        steps = steps_of(self.space, arch)
        kinds = self._optuna.distributions.CategoricalDistribution
        known = {_key(step): kinds([*range(len(step.options))]) for step, _ in steps}
        params = {_key(step): index for step, index in steps}
        make = self._optuna.trial.create_trial
        self._study.add_trial(make(params=params, distributions=known, value=value, state=state))

    def _sampler(self, ask: int) -> Any:
        return self._optuna.samplers.TPESampler(
            n_startup_trials=self.startup,
            n_ei_candidates=self.candidates,
            constant_liar=True,
            seed=generator(self.seed, ask).getrandbits(32),
        )


def _key(decision: Decision) -> str:
    """Optuna wants the same options under the same name, always."""
    return f"{decision.name}: {decision.options}"


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ImportError('TPE needs Optuna: pip install "optuna>=4,<6"') from None
    return optuna
