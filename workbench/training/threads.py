"""How many threads of the processor PyTorch's operations may use, for a while.

With one, sums are added in one order, whatever the machine: a run can be repeated bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def threads(most: int | None) -> Iterator[None]:
    """At most so many inside, None: as many as there are; afterwards as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(most or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
