"""Cells that papers published, as their code writes them: numbered states, two entries a block.

``numbered`` gives them names. The numbers alone don't say what they mean: NASNet's code has
0 = c[k-1] and 1 = c[k-2], DARTS's the reverse. Read the other way they are other cells.
"""

from __future__ import annotations

from typing import TypeAlias

from workbench.spaces.spelling import Pair

Code: TypeAlias = tuple[tuple[str, int], ...]  # (operation, state it reads), two a block
Numbers: TypeAlias = tuple[int, ...]

NASNET_NUMBERS = ("c[k-1]", "c[k-2]")  # what 0 and 1 mean
DARTS_NUMBERS = ("c[k-2]", "c[k-1]")

SEP3, SEP5, SEP7, DIL3 = "sep_conv_3x3", "sep_conv_5x5", "sep_conv_7x7", "dil_conv_3x3"
AVG, MAX, SKIP, SAME, ROW = (
    "avg_pool_3x3",
    "max_pool_3x3",
    "skip_connect",
    "identity",
    "conv_1x7_7x1",
)

# Zoph et al. (2018), figure 4, in the released code's numbers and with its explicit output
NASNET_A: tuple[tuple[Code, Numbers], tuple[Code, Numbers]] = (
    (
        (
            *((SEP5, 0), (SEP3, 1)),
            *((SEP5, 1), (SEP3, 1)),
            *((AVG, 0), (SAME, 1)),
            *((AVG, 1), (AVG, 1)),
            *((SEP3, 0), (SAME, 0)),
        ),
        (1, 2, 3, 4, 5, 6),
    ),
    (
        (
            *((SEP5, 0), (SEP7, 1)),
            *((MAX, 0), (SEP7, 1)),
            *((AVG, 0), (SEP5, 1)),
            *((SAME, 3), (AVG, 2)),
            *((SEP3, 2), (MAX, 0)),
        ),
        (3, 4, 5, 6),
    ),
)
# Real et al. (2019), figure 5, in DARTS's numbers; its outputs are all unused states
AMOEBANET_A: tuple[Code, Code] = (
    (
        *((AVG, 0), (MAX, 1)),
        *((SEP3, 0), (SEP5, 2)),
        *((SEP3, 0), (AVG, 3)),
        *((SEP3, 1), (SAME, 1)),
        *((SAME, 0), (AVG, 1)),
    ),
    (
        *((AVG, 0), (SEP3, 1)),
        *((MAX, 0), (SEP7, 2)),
        *((SEP7, 0), (AVG, 1)),
        *((MAX, 0), (MAX, 1)),
        *((ROW, 0), (SEP3, 5)),
    ),
)
# Liu et al. (2019): the cells found by the first-order (V1) and second-order (V2) approximation
DARTS: dict[str, tuple[Code, Code]] = {
    "DARTS_V1": (
        (
            *((SEP3, 1), (SEP3, 0)),
            *((SKIP, 0), (SEP3, 1)),
            *((SKIP, 0), (SEP3, 1)),
            *((SEP3, 0), (SKIP, 2)),
        ),
        (
            *((MAX, 0), (MAX, 1)),
            *((SKIP, 2), (MAX, 0)),
            *((MAX, 0), (SKIP, 2)),
            *((SKIP, 2), (AVG, 0)),
        ),
    ),
    "DARTS_V2": (
        (
            *((SEP3, 0), (SEP3, 1)),
            *((SEP3, 0), (SEP3, 1)),
            *((SEP3, 1), (SKIP, 0)),
            *((SKIP, 0), (DIL3, 2)),
        ),
        (
            *((MAX, 0), (MAX, 1)),
            *((SKIP, 2), (MAX, 1)),
            *((MAX, 0), (SKIP, 2)),
            *((SKIP, 2), (MAX, 1)),
        ),
    ),
}


def numbered(
    code: Code, inputs: tuple[str, str] = NASNET_NUMBERS, letter: str = "b"
) -> tuple[Pair, ...]:
    """The blocks of a numbered cell, combined by addition; ``inputs`` says what 0 and 1 mean.

    The blocks themselves are 2, 3, … and are named ``letter`` and their count from 1.

    Raises ValueError for a number below 0, or of a block that does not come before.
    """
    names = list(inputs)
    pairs: list[Pair] = []
    for (one, first), (two, second) in zip(code[::2], code[1::2], strict=True):
        if not (0 <= first < len(names) and 0 <= second < len(names)):
            raise ValueError(
                f"{letter}{len(pairs) + 1} reads {first} and {second}, "
                f"expected numbers from 0 to {len(names) - 1}"
            )
        pairs.append(Pair(names[first], names[second], one, two))
        names.append(f"{letter}{len(pairs)}")
    return tuple(pairs)


def _named(numbers: Numbers) -> tuple[str, ...]:
    return tuple(NASNET_NUMBERS[n] if n < 2 else f"b{n - 1}" for n in numbers)


# name -> (blocks, output) of the normal and of the reduction cell
NASNET = {
    "NASNet-A": tuple((numbered(code), None) for code, _ in NASNET_A),
    "NASNet-A released": tuple((numbered(code), _named(end)) for code, end in NASNET_A),
    "AmoebaNet-A": tuple((numbered(code, DARTS_NUMBERS), None) for code in AMOEBANET_A),
}
