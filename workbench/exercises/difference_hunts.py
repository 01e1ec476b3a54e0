"""Bug hunts about the finite difference of DARTS's second order (Liu et al. 2019, eq. 8).

``difference_hunt``: α is moved together with the weights, as happens where α are parameters of
the module and a loop runs over all of them.
``parentheses_hunt``: / 2. * eps for / (2. * eps) (microsoft/nni, issue 3044; khanrc/pt.darts, issue
43; antoyang/NAS-Benchmark, issue 4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workbench.exercises.bug_hunt import BugHunt

Slope = Callable[[Mapping[str, float]], float]


def product(slope: Slope, at: Mapping[str, float], v: Mapping[str, float], step: float) -> float:
    """The product ∂²L/∂α∂w · v of eq. 8, from two values of ``slope``, which is ∂L/∂α.

    ``at`` and ``v`` hold a number for every parameter, "w" and "alpha". The two points lie
    ``step`` · v apart from ``at`` along the weight.
    """
    plus = {name: at[name] + step * v[name] for name in at}
    minus = {name: at[name] - step * v[name] for name in at}
    return (slope(plus) - slope(minus)) / (2 * step)


def product_central(
    slope: Slope, at: Mapping[str, float], v: Mapping[str, float], step: float
) -> float:
    """What ``product`` promises, w+ first."""
    plus, minus = ({**at, "w": at["w"] + sign * step * v["w"]} for sign in (1, -1))
    return (slope(plus) - slope(minus)) / (2 * step)


def product_from_below(
    slope: Slope, at: Mapping[str, float], v: Mapping[str, float], step: float
) -> float:
    """What ``product`` promises, w− first; only "w" and "alpha" are handed on."""
    ends = [slope({"alpha": at["alpha"], "w": at["w"] + s * step * v["w"]}) for s in (-1, 1)]
    return (ends[1] - ends[0]) / (2 * step)


difference_hunt = BugHunt(
    "The second-order term by a finite difference. Write `test(implementation)`: it passes on "
    "right code and fails on this one.",
    suspect=product,
    right=product_central,
    another=product_from_below,
    allowed="It looks at w− first, and the order is left open.",
    fault=(
        "It moves α together with w, so the difference holds ∂²L/∂α² as well. Code gets this where "
        "α are parameters of the module and a loop moves all of `model.parameters()`. The search "
        "runs on, and nobody sees it, because the term is small beside the first-order one."
    ),
    hints=(
        "Along which parameters does eq. 8 move? Which ones stand still?",
        "Choose a slope that depends on w and, much more, on α.",
        "With `slope = lambda at: at['w'] + 10 * at['alpha']` and v = 1 for both, it is 1.",
    ),
    solution=(
        "def test(implementation):\n"
        '    both = {"w": 1.0, "alpha": 1.0}\n'
        '    found = implementation(lambda at: at["w"] + 10 * at["alpha"], both, both, 0.1)\n'
        "    assert abs(found - 1) < 1e-6"
    ),
    minutes=8,
)


def quotient(plus: Sequence[float], minus: Sequence[float], eps: float) -> list[float]:
    """Eq. 8 from both gradients of α: their difference over twice ``eps``, entry by entry."""
    return [(p - n) / 2.0 * eps for p, n in zip(plus, minus)]


def quotient_of_differences(
    plus: Sequence[float], minus: Sequence[float], eps: float
) -> list[float]:
    """What ``quotient`` promises."""
    return [(p - n) / (2.0 * eps) for p, n in zip(plus, minus)]


def quotient_each(plus: Sequence[float], minus: Sequence[float], eps: float) -> list[float]:
    """What ``quotient`` promises; each gradient is divided."""
    return [p / (2.0 * eps) - n / (2.0 * eps) for p, n in zip(plus, minus)]


parentheses_hunt = BugHunt(
    "The last line of eq. 8, as three published libraries had it. Write `test(implementation)`: it "
    "passes on right code and fails on this one.",
    suspect=quotient,
    right=quotient_of_differences,
    another=quotient_each,
    allowed="It divides before it subtracts, which rounds otherwise in the last digit.",
    fault=(
        "`/ 2.0 * eps` divides by 2 and *multiplies* by ε. With ε near 0.01 the second-order term "
        "is 10,000 times too small: second order at four times the price of first order, with the "
        "same result. Three libraries had it for months, because the search still worked."
    ),
    hints=(
        "Read the line from left to right, as Python does.",
        "Try an ε that is not 1.",
        "`implementation([3.0], [1.0], 0.5)` should be `[2.0]`.",
    ),
    solution=(
        "def test(implementation):\n    assert abs(implementation([3.0], [1.0], 0.5)[0] - 2) < 1e-9"
    ),
    minutes=3,
)
