"""How much of a kind is tried: a property's examples, networks built, random moments.

Plain ``pytest`` tries a part; ``pytest --hypothesis-profile=deep``, as in ``.ci/run``, all of it.
"""

from __future__ import annotations

from hypothesis import settings

DEEP = settings.default.max_examples >= 200


def so_many(plain: int, deep: int) -> int:
    """As many as the chosen profile wants."""
    return deep if DEEP else plain
