"""Random search over 20 chains, 8 epochs each, on the digits: how good is the best, how soon?

python tests/benchmarks/chain_search.py 0 1 2 3 4 5 6 7 8 9     # seeds; a line of JSON each
"""

from __future__ import annotations

import json
import sys
import time

from workbench.data import digits
from workbench.estimators import FullTraining
from workbench.history import History
from workbench.search import finish, search
from workbench.spaces import ChainSpace
from workbench.strategies import RandomSearch


def chain_search(seed: int, *, trials: int = 20, epochs: int = 8) -> dict[str, float]:
    """One search with every default: best validation accuracy, seconds of wall and processor."""
    space, wall, cpu = ChainSpace(), time.perf_counter(), time.process_time()
    estimator = FullTraining(space, digits(), epochs=epochs, device="cpu")
    strategy = RandomSearch(space, seed=seed)
    history: History = finish(search(strategy, estimator, trials=trials, seed=seed))
    return {
        "seed": seed,
        "best": max(told.evaluation.score for told in history.told),
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
    }


if __name__ == "__main__":
    for seed in map(int, sys.argv[1:] or ["0"]):
        print(json.dumps(chain_search(seed)), flush=True)
