"""The best of n random draws, in expectation: what random search reaches, without running it.

Order statistics of a finite set; in this field Dodge et al. (2019, "Show Your Work", eq. 1) with
replacement, and Tang et al. (2020), who point out that without it the estimate is unbiased.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.special import gammaln

from workbench import checks


def expected_best(values: Iterable[int | float], n: int, *, replacement: bool = False) -> float:
    """E[the highest of ``n`` draws] from ``values``, each equally likely. Exact.

    Without replacement, as ``RandomSearch`` draws, all sets of n of the N values are equally
    likely, and the highest is among the i lowest with probability C(i, n) / C(N, n); with
    replacement (i / N)^n. For ``RandomSearch`` on a table the values are those of all
    architectures as it draws them, isomorphic ones too: ``table.grid().ravel()``. It is −inf where
    all n may be −inf.

    Raises ValueError for no values, one that is NaN or inf, n < 1, or more draws than values
    without replacement.
    """
    replacement = checks.yes_or_no("expected_best: replacement", replacement)
    given = checks.numbers("expected_best: values", values)
    column = np.sort(np.fromiter(given, np.float64))
    n, many = checks.whole("expected_best: n", n, least=1), len(column)
    if not many or not column[-1] < np.inf:  # NaN sorts last
        raise ValueError("expected_best: values: expected at least one number, and no NaN or inf")
    if not replacement and n > many:
        raise ValueError(
            f"expected_best: n: expected at most the {many} values there are, got {n}; or say "
            "replacement=True"
        )
    worst = int(np.isneginf(column).sum())
    if worst and (replacement or n <= worst):
        return -np.inf
    column[:worst] = column[worst]  # none of them is the highest of n, and inf × 0 is NaN
    ranks = np.arange(1, many)  # (N − 1,): i
    if replacement:
        below = (ranks / many) ** n
    else:
        below = np.zeros(many - 1)
        enough = ranks[ranks >= n]
        # C(i, n) / C(N, n) = i! (N − n)! / ((i − n)! N!)
        logs = gammaln(enough + 1) - gammaln(enough - n + 1)
        logs -= gammaln(many + 1) - gammaln(many - n + 1)
        below[ranks >= n] = np.exp(logs)
    # E[max] = v_N − Σ_i (v_{i+1} − v_i) P(max ≤ v_i)
    return float(column[-1] - np.diff(column) @ below)
