"""The contract of every operation of the menu: it trains, in whatever shape, without a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from thoroughness import DEEP
from torch import nn

from workbench.records import ImageTask
from workbench.spaces.primitives import AveragePooling, StridedPointwise
from workbench.training import cost

PROGRAM = Path(__file__).parents[1] / "trains_everything.py"


# what a processor with AVX-512 does besides is tried by the deep profile: the fault is not there
@pytest.mark.parametrize("instructions", ["AVX2", *[""] * DEEP])
def test_every_operation_trains_in_every_stride_and_width(instructions: str) -> None:
    quiet = os.environ | {"OMP_NUM_THREADS": "1"}
    if instructions:
        quiet["ONEDNN_MAX_CPU_ISA"] = instructions
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], env=quiet, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "all trained" in done.stdout


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("size", [(8, 8), (7, 5), (1, 1)])
@pytest.mark.parametrize("stride", [2, 3])
def test_the_strided_pointwise_layer_is_the_convolution_it_stands_for(
    stride: int, size: tuple[int, int], groups: int
) -> None:
    plain = nn.Conv2d(4, 8, 1, stride, groups=groups, bias=False)
    ours = StridedPointwise(4, 8, stride, groups=groups)
    ours.load_state_dict(plain.state_dict())
    one = torch.randn(3, 4, *size, requires_grad=True)
    other = one.detach().clone().requires_grad_()
    torch.testing.assert_close(ours(one), plain(other))
    ours(one).square().sum().backward()
    plain(other).square().sum().backward()
    torch.testing.assert_close(one.grad, other.grad)
    torch.testing.assert_close(ours.weight.grad, plain.weight.grad)
    task = ImageTask(4, *size, 2)
    assert cost(ours, task) == cost(plain, task)


def test_it_draws_the_same_initial_weights() -> None:
    weights = []
    for make in (lambda: nn.Conv2d(4, 8, 1, 2, bias=False), lambda: StridedPointwise(4, 8, 2)):
        torch.manual_seed(0)
        weights.append(make().weight)
    assert torch.equal(*weights)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
@pytest.mark.parametrize("stride", [1, 2])
def test_average_pooling_has_the_gradient_of_what_it_computes(device: str, stride: int) -> None:
    """A GPU's own kernel for maps laid out channels last has not: PyTorch issue 188344."""
    layer = AveragePooling((3, 3), stride)
    maps = torch.randn(2, 4, 7, 5, dtype=torch.double, requires_grad=True)
    out = nn.functional.avg_pool2d(maps, 3, stride, 1, count_include_pad=False)
    into = torch.randn_like(out)
    (expected,) = torch.autograd.grad(out, [maps], into)
    laid = maps.detach().to(device).contiguous(memory_format=torch.channels_last).requires_grad_()
    found = layer(laid)
    torch.testing.assert_close(found.cpu(), out)
    (ours,) = torch.autograd.grad(found, [laid], into.to(device))
    torch.testing.assert_close(ours.cpu(), expected)
