"""Zero-cost proxies: what an untrained network tells of itself on one minibatch.

Abdelfattah et al. (2021), section 3, and Mellor et al. (2021): each is a function of a network at
initialisation, a few images and their labels; higher is better. L is the mean cross-entropy of the
minibatch. Sums over weights W go over those of convolutions and linear layers, as in the released
code: scales and shifts of batch normalisation, and biases, are left out. Networks are used in the
mode that they are in (the papers: that of training, so normalisation is by the minibatch) and left
with the weights that they came with; only running means move, as in any pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

Images: TypeAlias = Shaped[Tensor, "n c h w"]
Labels: TypeAlias = Int64[Tensor, " n"]
Score: TypeAlias = Callable[[nn.Module, Images, Labels], float]

K = 1e-5  # keeps the logarithm of a vanishing eigenvalue finite
NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def weights(network: nn.Module) -> list[Tensor]:
    """The weights of convolutions and linear layers: all parameters that are no vectors."""
    return [weight for weight in network.parameters() if weight.ndim > 1]


def gradient_norm(network: nn.Module, images: Images, labels: Labels) -> float:
    """Σ_layers ‖∂L/∂W‖₂."""
    return float(sum(g.norm() for _, g in _slopes(network, images, labels)))


def snip(network: nn.Module, images: Images, labels: Labels) -> float:
    """Σ |W ⊙ ∂L/∂W|: how much the loss hangs on each connection (Lee et al. 2019)."""
    return float(sum((w * g).abs().sum() for w, g in _slopes(network, images, labels)))


def grasp(network: nn.Module, images: Images, labels: Labels) -> float:
    """−Σ (H g) ⊙ W with g = ∂L/∂W, H the Hessian (Wang et al. 2020); H g by a second pass."""
    found = [*_slopes(network, images, labels, again=True)]
    if not found:
        return 0.0
    product = torch.stack([(g * g.detach()).sum() for _, g in found]).sum()
    if not product.requires_grad:  # a loss that does not hang on any weight
        return 0.0
    curved = torch.autograd.grad(product, [w for w, _ in found], allow_unused=True)
    return -float(sum((w.detach() * h).sum() for (w, _), h in zip(found, curved) if h is not None))


def synflow(network: nn.Module, images: Images, labels: Labels) -> float:
    """Σ |W ⊙ ∂R/∂W|, R the sum of the outputs of the network of |W| for images of ones.

    Tanaka et al. (2020). No values of images or labels are looked at, only the shape; batch
    normalisation is left out, and it is computed in double precision, as numbers grow with depth.
    All terms are positive, so layers cannot cancel each other out: where no layer has a bias, each
    one's sum is R itself.
    """
    positive = copy.deepcopy(network).double()
    without_normalisation(positive)
    with torch.no_grad():
        for parameter in positive.parameters():
            parameter.abs_()
    ones = torch.ones_like(images[:1], dtype=torch.float64)
    asked = weights(positive)
    slopes = torch.autograd.grad(positive(ones).sum(), asked, allow_unused=True)
    pairs = zip(asked, slopes)
    return float(sum((w.detach() * g).abs().sum() for w, g in pairs if g is not None))


def fisher(network: nn.Module, images: Images, labels: Labels) -> float:
    """Σ_channels ½ · mean_n (Σ_hw a ⊙ ∂L/∂a)², a what a convolution or linear layer gives.

    Theis et al. (2018), as used by Turner et al. (2020).
    """
    given: list[Tensor] = []

    def keep(_: nn.Module, __: Any, output: Tensor) -> None:
        given.append(output)

    layers = [part for part in network.modules() if isinstance(part, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(keep) for layer in layers]
    try:
        loss = functional.cross_entropy(network(images), labels)
    finally:
        for hook in hooks:
            hook.remove()
    slopes = torch.autograd.grad(loss, given, allow_unused=True)
    total = 0.0
    for a, slope in zip(given, slopes):
        if slope is not None:
            flow = a.detach() * slope
            each = flow.flatten(2).sum(2) if a.ndim > 2 else flow  # (n, channels)
            total += float(each.square().mean(0).sum() / 2)
    return total


def jacobian_covariance(network: nn.Module, images: Images, labels: Labels) -> float:
    """−Σ [log(λ + k) + 1 / (λ + k)], λ the eigenvalues of the Jacobians' correlations.

    Mellor et al. (2021), first version. An image's Jacobian is ∂(Σ outputs)/∂x; the score is −n at
    most, where no two images are treated alike. NaN where an image has no influence at all.
    """
    asked = images.detach().clone().requires_grad_()
    (jacobian,) = torch.autograd.grad(network(asked).sum(), asked)
    rows = jacobian.flatten(1).double()  # (n, values)
    correlations = torch.corrcoef(rows)
    if not correlations.isfinite().all():
        return float("nan")
    values = torch.linalg.eigvalsh(correlations) + K
    return -float((values.log() + 1 / values).sum())


def naswot(network: nn.Module, images: Images, labels: Labels) -> float:
    """log |det K|, K_ij the number of ReLUs that are alike, on or off, for images i and j.

    Mellor et al. (2021), eq. 2. −∞ where two images have the same code.
    """
    with torch.no_grad(), _Codes() as seen:
        network(images)
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for code in seen.codes:
        on = code.double()  # (n, ReLUs)
        kernel += on @ on.T + (1 - on) @ (1 - on).T
    return log_determinant(kernel)


def log_determinant(kernel: Shaped[Tensor, "n n"]) -> float:
    """log |det K|."""
    return float(torch.linalg.slogdet(kernel).logabsdet)


class _Codes(TorchDispatchMode):
    """Notes of each ReLU that passes which of its outputs are positive: (n, outputs of an image).

    At this level ``nn.ReLU`` and ``functional.relu`` are the same.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.codes: list[Tensor] = []

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func in (torch.ops.aten.relu.default, torch.ops.aten.relu_.default):
            self.codes.append((result > 0).flatten(1))
        return result


def without_normalisation(network: nn.Module) -> None:
    """Each batch normalisation of ``network`` becomes the identity."""
    for part in list(network.modules()):
        for name, child in list(part.named_children()):
            if isinstance(child, NORMALISATIONS):
                setattr(part, name, nn.Identity())


def _slopes(
    network: nn.Module, images: Images, labels: Labels, *, again: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """The weights that L hangs on, each with ∂L/∂W; ``again``: to be differentiated once more."""
    asked = weights(network)
    loss = functional.cross_entropy(network(images), labels)
    found = torch.autograd.grad(loss, asked, create_graph=again, allow_unused=True)
    for weight, slope in zip(asked, found):
        if slope is not None:
            yield (weight if again else weight.detach()), slope


SCORES: Mapping[str, Score] = {
    "gradient norm": gradient_norm,
    "SNIP": snip,
    "GraSP": grasp,
    "SynFlow": synflow,
    "Fisher": fisher,
    "Jacobian covariance": jacobian_covariance,
    "NASWOT": naswot,
}
