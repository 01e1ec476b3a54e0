"""Where a strategy's random numbers come from: a generator for each ask, none carried along.

So the n-th ask does not depend on how many numbers the asks before it have drawn, and a strategy
that skipped them asks the same.
"""

from __future__ import annotations

import random


def generator(seed: int, ask: int) -> random.Random:
    """The generator of ask number ``ask`` (from 0) of a strategy with this ``seed``."""
    return random.Random(f"{seed} {ask}")  # a text is hashed, so neighbouring pairs are unrelated
