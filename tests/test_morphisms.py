"""Network morphisms: the child computes what its mother does, or the library says why it cannot."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
import torch
from grown import SPACES, TASK, a_morph, images, morphed, trained, with_weights
from thoroughness import so_many
from torch.nn import functional

from workbench.spaces import BranchSpace, ChainSpace, DARTSSpace, RecurrentSpace
from workbench.spaces.correspondence import correspondence
from workbench.spaces.merged_channels import NotPreservedError
from workbench.spaces.morphisms import MORPHISMS, branched, drawn_morph, is_preserving, morphs
from workbench.training import inherit
from workbench.training.metrics import cost_of
from workbench.training.transplant import expanded

EVERY = BranchSpace(
    always_chain=False,
    merge_per_layer=True,
    max_depth=6,
    kernel_heights=(1, 3),
    operations=("convolution", "max pooling"),
    hidden_units=(0, 8, 16),
)


def difference(
    space: Any, arch: Any, child: Any, seed: int, *, dtype: torch.dtype = torch.float64
) -> float:
    """How far the child's outputs are from its mother's, at most, as a share of the largest."""
    mother = trained(space, arch, seed, dtype=dtype)
    weights, kept = inherit(space, arch, mother.state_dict(), child, TASK, seed=seed)
    assert kept.exact, f"{space.spell(arch)} => {space.spell(child)}: {kept.why}"
    with torch.no_grad():
        batch = images(seed, dtype=dtype)
        before, after = mother(batch), with_weights(space, child, weights)(batch)
    return float((before - after).abs().max() / before.abs().max().clamp_min(1.0))


@pytest.mark.parametrize(("dtype", "most"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
def test_every_morphism_leaves_the_outputs_unchanged(dtype: torch.dtype, most: float) -> None:
    """Of each kind the same share; architectures, weights and images at random."""
    kinds = Counter[str]()
    for number in range(so_many(15, 500)):
        space, arch, morph = a_morph(number)
        assert difference(space, arch, morph.child, number, dtype=dtype) <= most, morph
        kinds[morph.kind] += 1
    assert len(kinds) == len(MORPHISMS)


def test_several_morphisms_at_once_leave_the_outputs_unchanged() -> None:
    for number in range(so_many(12, 300)):
        rng = random.Random(number)
        space = rng.choice(SPACES)
        arch = space.sample(rng)
        child = morphed(space, arch, rng, steps=rng.choice((2, 3, 5)))
        assert difference(space, arch, child, number) <= 1e-9


@pytest.mark.parametrize("reads", ["1&2", "1|2", "1+2"])
def test_what_is_silent_may_be_below_0_before_a_new_layer(reads: str) -> None:
    """A layer inserted after a pool, then a skip from below 0 into that pool."""
    mother = EVERY.parse("max3x3-conv3x3:8-max3x3-fc0")
    child = EVERY.parse(f"max3x3-conv3x3:8-max3x3[{reads}]-conv3x3:8-fc0")
    assert difference(EVERY, mother, child, 0) <= 1e-9


def test_many_morphisms_one_after_the_other_stay_exact() -> None:
    space = ChainSpace(max_depth=8, filters=tuple(range(2, 13)), kernel_heights=(1, 3))
    rng, arch = random.Random(1), space.parse("conv1x1:2-max3x3-sep1x1:2-fc0")
    network = trained(space, arch, 0)
    before = network(images(0))
    for step in range(so_many(14, 100)):
        found = drawn_morph(space, arch, rng)
        if found is None:
            break
        weights, kept = inherit(space, arch, network.state_dict(), found.child, TASK, seed=step)
        assert kept.exact
        arch, network = found.child, with_weights(space, found.child, weights)
    assert step >= 13
    torch.testing.assert_close(network(images(0)), before, rtol=0, atol=1e-9)


def test_net2wider_on_numbers() -> None:
    """Chen et al. (2016): unit 1 twice, what reads it halved."""
    first, second = torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0, 4.0]])
    wider = expanded(first, (0, 1, 0), (0,))
    reads = expanded(second, (0,), (0, 1, 0))
    assert wider.tolist() == [[1.0], [2.0], [1.0]]
    assert reads.tolist() == [[1.5, 4.0, 1.5]]
    batch = torch.tensor([[-1.0], [0.5], [2.0]])
    assert torch.equal(
        functional.relu(batch @ wider.T) @ reads.T, functional.relu(batch @ first.T) @ second.T
    )


def test_what_is_new_is_read_with_zeros_and_copies_share_one_weight() -> None:
    weight = torch.arange(1.0, 7.0).reshape(2, 3)
    columns = (2, None, 0, 2, 1, 2)
    read = expanded(weight, (1, 0), columns)
    assert read[:, 1].tolist() == [0.0, 0.0]
    for place in range(3):
        copies = [n for n, column in enumerate(columns) if column == place]
        torch.testing.assert_close(read[:, copies].sum(1), weight[[1, 0], place])


@pytest.mark.parametrize(
    ("before", "after", "parameters"),
    [
        # widened from 8 to 16 filters: 8 more × (2 channels × 9 + 16 readers × 9), 2 × 8 of norm
        ("conv3x3:8-conv3x3:16-fc0", "conv3x3:16-conv3x3:16-fc0", 8 * (2 * 9 + 16 * 9) + 2 * 8),
        # deepened: C² × 9, and γ and β
        ("conv3x3:8-fc0", "conv3x3:8-conv3x3:8-fc0", 8 * 8 * 9 + 2 * 8),
        ("conv1x3:8-fc0", "conv3x5:8-fc0", 2 * 8 * (15 - 3)),
    ],
)
def test_parameters_grow_by_the_formula(before: str, after: str, parameters: int) -> None:
    space = ChainSpace()
    one, other = space.parse(before), space.parse(after)
    assert other in {morph.child for morph in morphs(space, one)}
    costs = [cost_of(space, arch, TASK).parameters for arch in (one, other)]
    assert costs[1] - costs[0] == parameters


def test_morphs_are_named_lie_in_the_space_and_are_found_again() -> None:
    arch = EVERY.parse("conv1x3:8-conv3x3:16-max3x3[1+2]-conv3x3:8-fc8")
    found = morphs(EVERY, arch)
    assert {morph.kind for morph in found} == {*MORPHISMS}
    assert len({morph.child for morph in found}) == len({(m.kind, m.name) for m in found})
    for morph in found:
        EVERY.decisions(morph.child)
        correspondence(branched(arch), branched(morph.child))
    named = {f"{morph.kind}: {morph.name}": EVERY.spell(morph.child) for morph in found}
    rest = "conv3x3:16-max3x3[1+2]-conv3x3:8-fc8"
    assert named["widen: layer 1, 8 -> 32 filters"] == f"conv1x3:32-{rest}"
    assert named["widen kernel: layer 1, 1×3 -> 3×3"] == f"conv3x3:8-{rest}"
    assert named["widen: classifier, 8 -> 16 hidden units"] == f"conv1x3:8-{rest[:-1]}16"
    assert (
        named["deepen: conv3x3:16 after layer 2"]
        == "conv1x3:8-conv3x3:16-conv3x3:16-max3x3[1+3]-conv3x3:8-fc8"
    )
    assert (
        named["skip: layer 1 into layer 4 (concatenate)"]
        == "conv1x3:8-conv3x3:16-max3x3[1+2]-conv3x3:8[1&3]-fc8"
    )


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("conv3x3:8-conv3x3:8-conv3x3:8-fc0", "conv3x3:8-conv3x3:8-conv3x3:8[1+2]-fc0",
         "layer 3: add between equal shapes has no weight that could be zero; use concatenate"),
        ("max3x3-conv3x3:8-fc0", "max3x3-conv1x1:8-conv3x3:8-fc0",
         "deepen only after a layer that ends in ReLU"),
        ("conv3x3:8-fc0", "conv3x3:8-conv3x3:8/2-fc0", "cannot be the identity"),
        ("conv3x3:8-conv3x3:16-fc0", "conv3x3:16-conv3x3:8-fc0", "16 filters cannot become 8"),
        ("conv3x3:8-fc0", "sep3x3:8-fc0", "layer 1: sep3x3:8 cannot do the work of conv3x3:8"),
        ("max3x3-fc0", "max5x5-fc0", "max5x5 cannot do the work of max3x3"),
        ("conv3x3:8-fc0", "conv3x3:8-fc8", "0 hidden units cannot become 8"),
        ("conv3x3:8-conv3x3:8[]-fc0", "conv3x3:8-conv3x3:8-fc0", "not read any more"),
        ("conv3x3:8-conv3x3:16-conv3x3:8[1+2]-fc0", "conv3x3:16-conv3x3:16-conv3x3:8[1+2]-fc0",
         "a projection would vanish from the sum"),
        ("conv3x3:8-conv3x3:8-conv3x3:8[1+2]-fc0", "conv3x3:8-conv3x3:8-conv3x3:8[1&2]-fc0",
         "add cannot become concatenate"),
        ("conv3x3:8-conv3x3:8-fc0", "conv3x3:8-fc0", "fewer layers"),
    ],
)  # fmt: skip
def test_what_cannot_preserve_the_function_is_said(before: str, after: str, why: str) -> None:
    space = BranchSpace(
        always_chain=False,
        merge_per_layer=True,
        pool_sizes=(3, 5),
        hidden_units=(0, 8),
    )
    mother, child = space.parse(before), space.parse(after)
    assert not is_preserving(space, mother, child)
    with pytest.raises(NotPreservedError, match=why.replace("(", r"\(")):
        correspondence(branched(mother), branched(child))
    network = trained(space, mother, 0)
    _, kept = inherit(space, mother, network.state_dict(), child, TASK)
    assert not kept.exact
    assert why in kept.why


@pytest.mark.parametrize(
    "after",
    [
        "conv3x3:8-conv3x3:16-conv3x3:8[1&2]-fc0",  # weights of zero
        "conv3x3:8-conv3x3:16-conv3x3:8[1|2]-fc0",
        "conv3x3:8-conv3x3:16-conv3x3:8[1+2]-fc0",  # of a projection γ = 0
    ],
)
def test_a_new_connection_is_silent_and_learns_at_once(after: str) -> None:
    mother, child = EVERY.parse("conv3x3:8-conv3x3:16-conv3x3:8-fc0"), EVERY.parse(after)
    weights, kept = inherit(EVERY, mother, trained(EVERY, mother, 0).state_dict(), child, TASK)
    assert kept.exact
    network = with_weights(EVERY, child, weights).train()
    functional.cross_entropy(network(images(0, n=8)), torch.arange(8) % 4).backward()
    if "+" in after:
        new = network.get_parameter("merges.2.align.0.1.weight")
        silent, gradient = new, new.grad
    else:
        new = network.get_parameter("layers.2.0.weight")
        silent, gradient = new[:, :8], new.grad[:, :8]
    assert silent.abs().max() == 0
    assert gradient.abs().max() > 0


def test_in_training_mode_a_new_layer_is_nearly_the_identity() -> None:
    """Its batch normalisation uses the batch's statistics, which its own were made to expect."""
    space = ChainSpace()
    mother, child = space.parse("conv3x3:16-fc0"), space.parse("conv3x3:16-conv3x3:16-fc0")
    network, batch = trained(space, mother, 0), images(0, n=200)
    weights, _ = inherit(space, mother, network.state_dict(), child, TASK)
    naive = weights | {  # the identity in evaluation mode as well
        "1.1.weight": torch.full_like(weights["1.1.weight"], (1 + 1e-5) ** 0.5),
        "1.1.bias": torch.zeros_like(weights["1.1.bias"]),
        "1.1.running_mean": torch.zeros_like(weights["1.1.running_mean"]),
        "1.1.running_var": torch.ones_like(weights["1.1.running_var"]),
    }
    children = [with_weights(space, child, each) for each in (weights, naive)]
    for each in children:
        torch.testing.assert_close(each(batch), network(batch), rtol=0, atol=1e-9)
    before = network.train()(batch)
    near, far = ((each.train()(batch) - before).std() / before.std() for each in children)
    assert near < 0.1
    assert far > 3 * near


def test_noise_tells_copies_apart_and_originals_stay() -> None:
    space = ChainSpace()
    mother, child = space.parse("conv3x3:8-fc0"), space.parse("conv3x3:16-fc0")
    old = trained(space, mother, 0).state_dict()
    plain, disturbed, again = (
        inherit(space, mother, old, child, TASK, noise=noise, seed=3)[0]["0.0.weight"]
        for noise in (0.0, 0.01, 0.01)
    )
    assert torch.equal(disturbed[:8], old["0.0.weight"])
    assert torch.equal(disturbed, again)
    apart = (disturbed[8:] - plain[8:]).std() / old["0.0.weight"].std()
    assert 0.005 < apart < 0.02


def test_otherwise_what_has_the_same_name_and_shape_is_kept() -> None:
    space = ChainSpace()
    mother, child = space.parse("conv3x3:8-conv1x1:16-fc0"), space.parse("conv3x3:8-sep3x3:16-fc0")
    old = trained(space, mother, 0).state_dict()
    copy = {name: tensor.clone() for name, tensor in old.items()}
    weights, kept = inherit(space, mother, old, child, TASK)
    assert not kept.exact
    assert torch.equal(weights["0.0.weight"], old["0.0.weight"])
    assert {"0.0.weight", "4.weight"} <= {*kept.names}
    assert "1.1.weight" not in kept.names  # a pointwise convolution where a norm was
    weights["0.0.weight"].zero_()
    assert all(torch.equal(old[name], copy[name]) for name in old)  # nothing is shared


@pytest.mark.parametrize("space", [RecurrentSpace(units=2), DARTSSpace(cells=2, channels=2)])
def test_spaces_without_morphisms_keep_what_fits(space: Any) -> None:
    from workbench.records import TextTask

    task = TextTask(5, 4) if isinstance(space, RecurrentSpace) else TASK
    rng = random.Random(0)
    mother = space.sample(rng)
    child = space.mutate(mother, rng)
    old = space.build(mother, task).state_dict()
    same, kept = inherit(space, mother, old, mother, task)
    assert kept.exact
    assert kept.share == 1
    assert all(torch.equal(same[name], old[name]) for name in old)
    weights, kept = inherit(space, mother, old, child, task)
    assert not kept.exact
    assert 0 < kept.share <= 1
    space.build(child, task).load_state_dict(weights)
    with pytest.raises(ValueError, match=r"space: expected a ChainSpace or a BranchSpace, got a"):
        morphs(space, mother)


def test_weights_of_another_network_are_refused() -> None:
    space = ChainSpace()
    mother, other = space.parse("conv3x3:8-fc0"), space.parse("conv3x3:16-fc0")
    weights = trained(space, other, 0).state_dict()
    with pytest.raises(
        ValueError, match=r"expected '0.0.weight' of shape \(8, 2, 3, 3\), got \(16"
    ):
        inherit(space, mother, weights, other, TASK)
    with pytest.raises(ValueError, match=r"got nothing: give the state_dict\(\)"):
        inherit(space, mother, {}, other, TASK)


def test_the_mother_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the shapes of her weights are looked at: there is no memory for values."""
    space = ChainSpace()
    arch = space.sample(random.Random(0))
    weights, seen, build = trained(space, arch, 0).state_dict(), [], ChainSpace.build

    def noted(self: ChainSpace, *given: Any) -> Any:
        network = build(self, *given)
        seen.append(next(network.parameters()).device.type)
        return network

    monkeypatch.setattr(ChainSpace, "build", noted)
    inherit(space, arch, weights, arch, TASK)
    assert seen == ["meta", "cpu"]
