"""The contract of every search space. A new space joins by adding one entry to SPACES."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from thoroughness import so_many

from workbench.graphs import Graph
from workbench.protocols import SearchSpace
from workbench.records import Decision, ImageTask, Task, TextTask
from workbench.settings import describe
from workbench.spaces import (
    BranchSpace,
    ChainSpace,
    DARTSSpace,
    MacroSpace,
    NASNetSpace,
    RecurrentSpace,
    TopologySpace,
    zoph_le_space,
)
from workbench.spaces.spelling import Pair

IMAGES = (ImageTask(1, 8, 8, 10), ImageTask(1, 28, 28, 10), ImageTask(3, 32, 32, 10))
TEXT = TextTask(vocabulary=11, context=6)


@dataclass(frozen=True)
class Entry:
    """A space under contract.

    ``small`` makes an instance of at most some thousand architectures, ``default`` what a learner
    gets. ``used(arch)`` names the operations that the architecture's graph must mention (names of
    the menu in ``spaces/operations.py``). ``build_with`` makes a narrower instance whose networks
    are quick to build, where the default's are not.
    """

    name: str
    small: Callable[[], Any]
    default: Callable[[], Any]
    used: Callable[[Any], set[str]]
    tasks: tuple[Task, ...] = IMAGES
    build_with: Callable[[], Any] | None = None


def small_chains() -> ChainSpace:
    return ChainSpace(
        max_depth=2,
        filters=(4, 8),
        kernel_heights=(1, 3),
        kernel_widths=(3,),
        reductions=1,
        hidden_units=(0, 8),
    )


def small_branches(*, always_chain: bool = True) -> BranchSpace:
    return BranchSpace(
        max_depth=3,
        operations=("max pooling", "identity"),
        reductions=1,
        always_chain=always_chain,
        merges=("add", "pad"),
        merge_per_layer=not always_chain,
    )


def cell_operations(pairs: tuple[Pair, ...]) -> set[str]:
    return {name for pair in pairs for name in (pair.first_operation, pair.second_operation)}


SPACES = [
    Entry(
        "ChainSpace",
        small=small_chains,
        default=ChainSpace,
        used=lambda arch: {layer.operation for layer in arch.layers},
    ),
    Entry(
        "BranchSpace",
        small=small_branches,
        default=BranchSpace,
        used=lambda arch: {layer.operation for layer in arch.layers},
    ),
    Entry(
        "BranchSpace, every edge and merge open",
        small=lambda: small_branches(always_chain=False),
        default=lambda: BranchSpace(max_depth=3, always_chain=False, merge_per_layer=True),
        used=lambda arch: {layer.operation for layer in arch.layers},
    ),
    Entry(
        "ChainSpace, a stride for each side",
        small=lambda: ChainSpace(
            max_depth=2,
            operations=("max pooling", "identity"),
            reductions=1,
            stride_per_side=True,
            hidden_units=(0,),
        ),
        default=lambda: ChainSpace(strides=(1, 2, 3), stride_per_side=True),
        used=lambda arch: {layer.operation for layer in arch.layers},
    ),
    Entry(
        "BranchSpace, Zoph & Le's",
        small=lambda: BranchSpace(
            max_depth=2,
            operations=("max pooling", "identity"),
            strides=(1, 2, 3),
            reductions=1,
            always_chain=False,
            merges=("pad",),
            stride_per_side=True,
        ),
        default=zoph_le_space,
        used=lambda arch: {layer.operation for layer in arch.layers},
        build_with=lambda: zoph_le_space(depth=3),
    ),
    Entry(
        "TopologySpace",
        small=lambda: TopologySpace(nodes=3),
        default=TopologySpace,
        used=lambda arch: set(arch.operations),
        build_with=lambda: TopologySpace(channels=4, cells=1),
    ),
    Entry(
        "NASNetSpace",
        small=lambda: NASNetSpace(blocks=1, operations=("identity", "sep_conv_3x3")),
        default=NASNetSpace,
        used=lambda arch: cell_operations(arch.normal.blocks + arch.reduction.blocks),
        build_with=lambda: NASNetSpace(blocks=2, filters=4),
    ),
    Entry(
        "DARTSSpace",
        small=lambda: DARTSSpace(nodes=2, operations=("none", "skip_connect", "sep_conv_3x3")),
        default=DARTSSpace,
        used=lambda arch: cell_operations(arch.normal.nodes + arch.reduction.nodes),
    ),
    Entry(
        "RecurrentSpace",
        small=lambda: RecurrentSpace(activations=("tanh", "sigmoid"), combinations=("add",)),
        default=RecurrentSpace,
        used=lambda arch: {node.activation for node in (*arch.nodes, arch.inject)},
        tasks=(TEXT,),
        build_with=lambda: RecurrentSpace(units=8),
    ),
    Entry(
        "MacroSpace",
        small=lambda: MacroSpace(
            DARTSSpace(nodes=1, operations=("skip_connect", "sep_conv_3x3")), cells=(2, 3)
        ),
        default=lambda: MacroSpace(DARTSSpace(nodes=2)),
        used=lambda arch: cell_operations(arch.cell.normal.nodes + arch.cell.reduction.nodes),
    ),
]

NAMES = [entry.name for entry in SPACES]
ENTRIES = {entry.name: entry for entry in SPACES}

EXAMPLES = settings(suppress_health_check=list(HealthCheck))  # as many as the profile says
COSTLY = settings(EXAMPLES, max_examples=so_many(6, 25))
BUILDS = so_many(2, 8)  # networks for each task


@cache
def space_of(name: str, which: str = "default") -> Any:
    """One instance a test session: menus and sizes are worked out once."""
    entry = ENTRIES[name]
    make = {
        "default": entry.default,
        "small": entry.small,
        "build": entry.build_with or entry.default,
    }
    return make[which]()


def a_walk(space: SearchSpace[Any], data: st.DataObject) -> tuple[int, ...]:
    """Option indices of a complete walk, each one drawn by hypothesis."""
    taken: tuple[int, ...] = ()
    while (decision := space.next_decision(taken)) is not None:
        taken = (*taken, data.draw(st.integers(0, len(decision.options) - 1)))
    return taken


def all_walks(space: SearchSpace[Any], taken: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Brute force: every complete walk, without the space's own shortcuts."""
    decision = space.next_decision(taken)
    if decision is None:
        yield taken
        return
    for index in range(len(decision.options)):
        yield from all_walks(space, (*taken, index))


def met(space: SearchSpace[Any], arch: Any) -> dict[str, tuple[Decision, Hashable]]:
    """The decisions of an architecture by name, each with the option it takes."""
    walk = space.begin()  # as good as one replayed from its start for each decision: tested below
    found: dict[str, tuple[Decision, Hashable]] = {}
    for index in space.decisions(arch):
        assert walk.decision is not None
        found[walk.decision.name] = (walk.decision, walk.decision.options[index])
        walk.take(index)
    return found


def moved(
    space: SearchSpace[Any], arch: Any, place: int, new: int, otherwise: Callable[[Decision], int]
) -> Any:
    """DESIGN's one-decision rule, written a second time: change one decision, keep by name."""
    taken = space.decisions(arch)
    kept = {
        name: option
        for position, (name, (_, option)) in enumerate(met(space, arch).items())
        if position > place
    }
    walk = space.begin()
    for index in (*taken[:place], new):
        walk.take(index)
    while (decision := walk.decision) is not None:
        if kept.get(decision.name, _NOTHING) in decision.options:
            walk.take(decision.options.index(kept[decision.name]))
        else:
            walk.take(otherwise(decision))
    return walk.arch


_NOTHING = object()


# ----------------------------------------------------------------- writing an architecture down


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_spelling_and_decisions_lead_back(name: str, data: st.DataObject) -> None:
    space = space_of(name)
    taken = a_walk(space, data)
    arch = space.compose(taken)
    assert space.decisions(arch) == taken
    assert space.compose(space.decisions(arch)) == arch
    assert hash(space.compose(taken)) == hash(arch)
    spelled = space.spell(arch)
    assert "\n" not in spelled
    assert space.parse(spelled) == arch


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_an_open_walk_is_the_walk_that_is_replayed(name: str, data: st.DataObject) -> None:
    space = space_of(name)
    walk, taken = space.begin(), ()
    while walk.decision is not None:
        assert walk.decision == space.next_decision(taken)
        assert len(walk.decision.options) > 1
        with pytest.raises(ValueError, match="not decided yet"):
            _ = walk.arch
        options = len(walk.decision.options)
        for wrong in (-1, options, 10**6):
            with pytest.raises(ValueError, match=re.escape(walk.decision.name)):
                walk.take(wrong)
        index = data.draw(st.integers(0, options - 1))
        walk.take(index)
        taken = (*taken, index)
    assert walk.arch == space.compose(taken)
    with pytest.raises(ValueError, match="complete"):
        walk.take(0)
    assert walk.arch == space.compose(taken)


@pytest.mark.parametrize("name", NAMES)
def test_open_walks_are_independent(name: str) -> None:
    space, rng = space_of(name), random.Random(3)
    one, other = space.begin(), space.begin()
    one.take(1)
    first = other.decision
    while one.decision is not None:
        one.take(rng.randrange(len(one.decision.options)))
    assert other.decision == first == space.next_decision(())


@pytest.mark.parametrize("name", NAMES)
def test_decisions_are_made_once_and_kept(name: str) -> None:
    space = space_of(name)
    arch = space.sample(random.Random(0))
    first, again = space.trace(arch), space.trace(arch)
    assert all(one is other for (one, _), (other, _) in zip(first, again))


@pytest.mark.parametrize("name", NAMES)
def test_spellings_tell_architectures_apart(name: str) -> None:
    space = space_of(name, "small")
    rng = random.Random(0)
    some = {space.sample(rng) for _ in range(500)}
    assert len({space.spell(arch) for arch in some}) == len(some)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["", "no such architecture", "-", "0", "|", "\x00", "🙂" * 50])
def test_nonsense_is_refused_with_a_value_error(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".{10}"):
        space_of(name).parse(text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["a", "1", "a(", "a~", "1+", " | a(", " || ", "-", "["])
def test_a_long_text_is_refused_as_soon_as_it_is_read(name: str, part: str) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match=r".{10}"):
        space_of(name).parse(part * 40_000)
    assert time.process_time() - begun < 1  # looking on from every letter takes some seconds


BY_HAND = """
import numpy as np
from workbench.spaces.chain import Chain, ChainSpace
from workbench.spaces.branches import Branches, BranchSpace
from workbench.spaces.darts import DARTSSpace
from workbench.spaces.hierarchical import MacroSpace, Stacked
from workbench.spaces.layers import Layer
from workbench.spaces.macro_architecture import MacroArchitecture

def conv(filters=16, stride=1):
    return Layer("convolution", filters, 3, 3, stride)

chains, branches = ChainSpace(hidden_units=(0, 1)), BranchSpace(hidden_units=(0, 1))
macro = MacroSpace(DARTSSpace(nodes=1))
for space, arch in (
    (chains, Chain([conv(np.int64(16), np.int64(2))], np.int64(0))),
    (chains, Chain([conv(16, [2, 2])])),
    (branches, Branches([conv()] * 3, [[], [1], np.array([1, 2])], ["", "", "add"], np.int64(1))),
    (macro, Stacked(MacroArchitecture(5, 8, [np.int64(1)]), macro._some_cell)),
):
    assert space.parse(space.spell(arch)) == space.compose(space.decisions(arch)) == arch
    assert hash(arch) and "np." not in repr(arch), arch
for wrong in (
    lambda: conv(32 / 2),
    lambda: conv(16, 2.0),
    lambda: conv(16, (1, 2, 1)),
    lambda: Chain((conv(),), True),
    lambda: Branches((conv(),), ((),), ("",), True),
    lambda: Branches((conv(), conv()), ((), (1.0,)), ("", "")),
    lambda: MacroArchitecture(5, 8, (1.0,)),
):
    try:
        raise SystemExit(f"taken: {wrong()}")
    except ValueError as error:
        assert "whole number" in str(error), error
"""


def test_numbers_of_an_architecture_written_by_hand_are_plain_or_refused() -> None:
    """16.0 is in (16,), but no space reads the spelling "16.0"; types are not checked there."""
    subprocess.run([sys.executable, "-c", BY_HAND], check=True)


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_a_damaged_spelling_is_refused_or_another_architecture(
    name: str, data: st.DataObject
) -> None:
    space = space_of(name)
    spelled = space.spell(space.sample(random.Random(data.draw(st.integers(0, 10**6)))))
    place = data.draw(st.integers(0, len(spelled) - 1))
    damaged = spelled[:place] + data.draw(st.sampled_from("x09-/: |")) + spelled[place + 1 :]
    try:
        arch = space.parse(damaged)
    except ValueError:
        return
    assert space.parse(space.spell(arch)) == arch
    assert space.compose(space.decisions(arch)) == arch


@pytest.mark.parametrize("name", NAMES)
def test_an_impossible_walk_is_refused(name: str) -> None:
    space = space_of(name)
    taken = space.decisions(space.sample(random.Random(1)))
    for wrong in ((*taken, 0), taken[:-1], (-1, *taken[1:]), (10**6, *taken[1:])):
        with pytest.raises(ValueError, match=r"."):
            space.compose(wrong)


# ----------------------------------------------------------------------------- moving about


@pytest.mark.parametrize("name", NAMES)
def test_sampling_is_reproducible_and_draws_from_its_generator_alone(name: str) -> None:
    space = space_of(name)
    first = [space.sample(random.Random(seed)) for seed in range(20)]
    random.seed(123)
    np.random.seed(123)
    torch.manual_seed(123)
    assert [space.sample(random.Random(seed)) for seed in range(20)] == first
    assert len(set(first)) > 1
    again = ENTRIES[name].default()
    assert [again.sample(random.Random(seed)) for seed in range(20)] == first


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_a_mutant_changes_one_decision(name: str, seed: int) -> None:
    space, rng = space_of(name), random.Random(seed)
    arch = space.sample(rng)
    mutant = space.mutate(arch, random.Random(seed))
    assert mutant == space.mutate(arch, random.Random(seed))
    assert mutant != arch
    taken, changed = space.decisions(arch), space.decisions(mutant)
    assert space.compose(changed) == mutant
    place = next(i for i, (old, new) in enumerate(zip(taken, changed)) if old != new)
    # what both meet after the changed decision, and could keep, is kept
    old, new = met(space, arch), met(space, mutant)
    kept = [
        (name, option)
        for position, (name, (_, option)) in enumerate(old.items())
        if position > place
    ]
    for decision, option in kept:
        if decision in new and option in new[decision][0].options:
            assert new[decision][1] == option, f"{decision} was not kept"


@pytest.mark.parametrize("name", NAMES)
def test_mutations_can_be_limited_to_kinds(name: str) -> None:
    space, rng = space_of(name), random.Random(3)
    for _ in range(so_many(15, 60)):
        arch = space.sample(rng)
        decisions = met(space, arch)
        for kind in {decision.kind for decision, _ in decisions.values()}:
            mutant = space.mutate(arch, rng, kinds=frozenset({kind}))
            assert mutant != arch
            taken, changed = space.decisions(arch), space.decisions(mutant)
            place = next(i for i, (old, new) in enumerate(zip(taken, changed)) if old != new)
            assert list(decisions.values())[place][0].kind == kind
        with pytest.raises(ValueError, match="no such kind"):
            space.mutate(arch, rng, kinds=frozenset({"no such kind"}))


@pytest.mark.parametrize("name", NAMES)
@settings(EXAMPLES, max_examples=so_many(3, 25))  # thousands of walks each
@given(seed=st.integers(0, 10**9))
def test_neighbours_follow_the_one_decision_rule(name: str, seed: int) -> None:
    space = space_of(name, "build")
    arch = space.sample(random.Random(seed))
    expected = [
        moved(space, arch, place, new, lambda decision: 0)
        for place, (decision, option) in enumerate(met(space, arch).values())
        for new in range(len(decision.options))
        if decision.options[new] != option
    ]
    neighbours = list(space.neighbours(arch))
    assert neighbours == expected
    assert arch not in neighbours
    assert len(set(neighbours)) == len(neighbours)


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_a_child_takes_each_decision_from_a_parent(name: str, seed: int) -> None:
    space, rng = space_of(name), random.Random(seed)
    mother, father = space.sample(rng), space.sample(rng)
    child = space.crossover(mother, father, random.Random(seed))
    assert child == space.crossover(mother, father, random.Random(seed))
    parents = (met(space, mother), met(space, father))
    for name_, (decision, option) in met(space, child).items():
        offers = {
            parent[name_][1]
            for parent in parents
            if name_ in parent and parent[name_][1] in decision.options
        }
        assert not offers or option in offers, f"{name_} comes from neither parent"
    assert space.crossover(mother, mother, rng) == mother


# ------------------------------------------------------------- how often: exact probabilities


def sampled(space: Any) -> dict[Any, float]:
    """Every architecture's exact probability: each decision uniform over its options."""
    return _ends(space, (), lambda decision: None)


def mutated(space: Any, arch: Any) -> dict[Any, float]:
    """Every mutant's: a decision, then another option of it, uniform; new decisions sampled."""
    taken, old = space.decisions(arch), met(space, arch)
    chances: dict[Any, float] = defaultdict(float)
    for place, (decision, option) in enumerate(old.values()):
        kept = {name: (value,) for name, (_, value) in list(old.items())[place + 1 :]}
        for new in range(len(decision.options)):
            if decision.options[new] != option:
                start, share = (*taken[:place], new), len(old) * (len(decision.options) - 1)
                for end, chance in _ends(
                    space, start, lambda d, kept=kept: kept.get(d.name)
                ).items():
                    chances[end] += chance / share
    return chances


def crossed(space: Any, mother: Any, father: Any) -> dict[Any, float]:
    """Every child's: each decision from either parent, the other where one has no valid answer."""
    parents = (met(space, mother), met(space, father))

    def answers(decision: Decision) -> tuple[Hashable, ...]:
        offers = [parent[decision.name][1] for parent in parents if decision.name in parent]
        return tuple(offer for offer in offers if offer in decision.options)

    return _ends(space, (), answers)


def _ends(space: Any, taken: tuple[int, ...], answers: Callable[[Decision], Any]) -> Any:
    """Where walks from ``taken`` end: uniform over valid ``answers``, else over all options."""
    decision = space.next_decision(taken)
    if decision is None:
        return {space.compose(taken): 1.0}
    known = [answer for answer in answers(decision) or () if answer in decision.options]
    options = known or list(decision.options)
    chances: dict[Any, float] = defaultdict(float)
    for option in options:
        index = decision.options.index(option)
        for end, chance in _ends(space, (*taken, index), answers).items():
            chances[end] += chance / len(options)
    return chances


DRAWS, UNLIKELY = 2000, 1e-4


def as_likely(drawn: Counter[Any], exact: dict[Any, float]) -> bool:
    """χ² against the exact probabilities; outcomes expected less than five times are joined."""
    total = sum(drawn.values())
    if not set(drawn) <= set(exact):
        return False
    seen, expected, small = [], [], [0.0, 0.0]
    for outcome, chance in exact.items():
        small = [small[0] + drawn[outcome], small[1] + chance * total]
        if small[1] >= 5:
            seen.append(small[0])
            expected.append(small[1])
            small = [0.0, 0.0]
    seen[-1], expected[-1] = seen[-1] + small[0], expected[-1] + small[1]
    return len(seen) == 1 or float(chisquare(seen, expected).pvalue) > UNLIKELY


def decided(space: Any, weights: Any) -> dict[str, dict[Any, Any]]:
    """How much each option of each decision of the menu weighs; None: not met."""
    found: dict[str, dict[Any, Any]] = {d.name: defaultdict(float) for d in space.menu()}
    for arch, weight in weights.items():
        steps = met(space, arch)
        for name in found:
            found[name][steps[name][1] if name in steps else None] += weight
    return found


def fair(space: Any, draw: Callable[[random.Random], Any], exact: dict[Any, float]) -> bool:
    """Whether what is drawn agrees with ``exact``: whole architectures, and each decision."""
    assert math.isclose(sum(exact.values()), 1.0)
    rng = random.Random(20)
    drawn = Counter(draw(rng) for _ in range(DRAWS))
    if not as_likely(drawn, exact):
        return False
    mine, theirs = decided(space, drawn), decided(space, exact)
    return all(as_likely(Counter(mine[name]), theirs[name]) for name in theirs)


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_as_likely_as_they_should_be(name: str) -> None:
    space = space_of(name, "small")
    assert fair(space, space.sample, sampled(space))


@pytest.mark.parametrize("name", NAMES)
def test_mutants_are_as_likely_as_they_should_be(name: str) -> None:
    space, rng = space_of(name, "small"), random.Random(11)
    for arch in [space.sample(rng) for _ in range(2)]:
        exact = mutated(space, arch)
        assert fair(space, lambda rng, arch=arch: space.mutate(arch, rng), exact)


@pytest.mark.parametrize("name", NAMES)
def test_children_are_as_likely_as_they_should_be(name: str) -> None:
    space, rng = space_of(name, "small"), random.Random(12)
    for parents in [(space.sample(rng), space.sample(rng)) for _ in range(2)]:
        exact = crossed(space, *parents)
        assert fair(space, lambda rng, parents=parents: space.crossover(*parents, rng), exact)


class Biased(TopologySpace):
    """Draws late options more often, changes the first decision alone, prefers the mother."""

    def sample(self, rng: random.Random) -> Any:
        walk = self.begin()
        while walk.decision is not None:
            options = len(walk.decision.options)
            walk.take(max(rng.randrange(options), rng.randrange(4 * options) - 3 * options))
        return walk.arch

    def mutate(self, arch: Any, rng: random.Random, *, kinds: Any = None) -> Any:
        first, *rest = arch.operations
        other = rng.choice([name for name in self.operations if name != first])
        return replace(arch, operations=(other, *rest))

    def crossover(self, mother: Any, father: Any, rng: random.Random) -> Any:
        pairs = zip(mother.operations, father.operations)
        return replace(mother, operations=tuple(rng.choice((m, m, f)) for m, f in pairs))


def test_the_three_tests_above_see_a_biased_space() -> None:
    fair_one, biased, rng = TopologySpace(nodes=3), Biased(nodes=3), random.Random(1)
    one, other = fair_one.sample(rng), fair_one.sample(rng)
    for space, expected in ((fair_one, True), (biased, False)):
        assert fair(space, space.sample, sampled(space)) == expected
        assert fair(space, lambda r, s=space: s.mutate(one, r), mutated(space, one)) == expected
        child = crossed(space, one, other)
        assert fair(space, lambda r, s=space: s.crossover(one, other, r), child) == expected


# --------------------------------------------------------------------------- the whole space


@pytest.mark.parametrize("name", NAMES)
def test_size_is_the_brute_force_count(name: str) -> None:
    space = space_of(name, "small")
    everything = [space.compose(taken) for taken in all_walks(space)]
    assert len(set(everything)) == len(everything), "two walks lead to one architecture"
    assert space.size() == len(everything)
    assert len(everything) > 10


@pytest.mark.parametrize("name", NAMES)
def test_states_that_agree_have_the_same_future(name: str) -> None:
    """``size`` and ``menu`` visit each state once, so equal states must be interchangeable."""
    space = space_of(name, "small")
    futures: dict[Hashable, Any] = {}

    @cache
    def future(taken: tuple[int, ...]) -> Hashable:
        decision = space.next_decision(taken)
        if decision is None:
            return None
        return decision, tuple(future((*taken, i)) for i in range(len(decision.options)))

    def visit(taken: tuple[int, ...]) -> None:
        state = space.state(taken)
        assert futures.setdefault(state, future(taken)) == future(taken), f"at {taken}: {state}"
        decision = space.next_decision(taken)
        for index in range(len(decision.options) if decision else 0):
            visit((*taken, index))

    visit(())


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_the_menu_lists_every_decision_that_a_walk_meets(name: str, seed: int) -> None:
    space = space_of(name)
    menu = {decision.name: decision for decision in space.menu()}
    assert len(menu) == len(space.menu())
    arch = space.sample(random.Random(seed))
    for decision, _ in met(space, arch).values():
        listed = menu[decision.name]
        assert set(decision.options) <= set(listed.options)
        assert (decision.kind, decision.role) == (listed.kind, listed.role)
        assert decision.between == listed.between
        assert len(decision.options) > 1


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_an_encoding_is_one_hot_over_the_menu(name: str, seed: int) -> None:
    space = space_of(name)
    arch = space.sample(random.Random(seed))
    encoded = space.encode(arch)
    assert encoded.shape == (sum(len(decision.options) for decision in space.menu()),)
    assert encoded.dtype == np.float64
    chosen, start = met(space, arch), 0
    for decision in space.menu():
        part = encoded[start : start + len(decision.options)]
        start += len(decision.options)
        if decision.name in chosen:
            expected = [float(option == chosen[decision.name][1]) for option in decision.options]
            assert part.tolist() == expected
        else:
            assert not part.any()


@pytest.mark.parametrize("name", NAMES)
def test_encodings_tell_architectures_apart(name: str) -> None:
    space = space_of(name)
    rng = random.Random(5)
    some = {space.sample(rng) for _ in range(300)}
    assert len({space.encode(arch).tobytes() for arch in some}) == len(some)


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_json_and_tell_instances_apart(name: str) -> None:
    default, small = describe(space_of(name)), describe(space_of(name, "small"))
    assert json.loads(json.dumps(default)) == default
    assert default != small
    assert describe(ENTRIES[name].default()) == default


# ------------------------------------------------------------------------ drawing, building


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(seed=st.integers(0, 10**9))
def test_the_graph_mentions_every_operation_used(name: str, seed: int) -> None:
    space = space_of(name)
    arch = space.sample(random.Random(seed))
    graph = space.graph(arch)
    assert isinstance(graph, Graph)
    assert graph == space.graph(arch)
    assert ENTRIES[name].used(arch) <= graph.operations()
    assert graph.title.strip()


@pytest.mark.parametrize("task", [*IMAGES, TEXT], ids=lambda task: str(task).replace(" ", ""))
@pytest.mark.parametrize("name", NAMES)
def test_networks_run_forward_and_backward(name: str, task: Task) -> None:
    entry, space, rng = ENTRIES[name], space_of(name, "build"), random.Random(7)
    if task not in entry.tasks:
        with pytest.raises(ValueError, match=r"Task"):
            space.build(space.sample(rng), task)
        return
    for _ in range(BUILDS):
        arch = space.sample(rng)
        torch.manual_seed(0)
        network = space.build(arch, task).train()
        inputs, targets, classes = batch_for(task)
        logits = network(inputs)
        assert logits.shape == (*targets.shape, classes), space.spell(arch)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, -2), targets.flatten())
        loss.backward()
        assert math.isfinite(loss.item()), space.spell(arch)
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        assert gradients, space.spell(arch)
        assert all(torch.isfinite(g).all() for g in gradients), space.spell(arch)
        assert any(g.abs().sum() > 0 for g in gradients), space.spell(arch)


def batch_for(task: Task) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Four inputs, their targets, the number of classes."""
    draw = torch.Generator().manual_seed(1)
    if isinstance(task, ImageTask):
        images = torch.randn(4, task.channels, task.height, task.width, generator=draw)
        return images, torch.randint(task.classes, (4,), generator=draw), task.classes
    shape = (4, task.context)
    tokens = torch.randint(task.vocabulary, shape, generator=draw)
    return tokens, torch.randint(task.vocabulary, shape, generator=draw), task.vocabulary


@pytest.mark.parametrize("name", NAMES)
def test_a_network_depends_on_its_seed_alone(name: str) -> None:
    space, task = space_of(name, "build"), ENTRIES[name].tasks[0]
    arch = space.sample(random.Random(2))
    weights = []
    for _ in range(2):
        torch.manual_seed(3)
        weights.append(space.build(arch, task).state_dict())
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
