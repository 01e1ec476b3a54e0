"""How often the least-squares ensemble and the posterior agree on stopping: one row, as JSON.

``python tests/benchmarks/agreement.py 200``: so many curves of the shipped table, after a third of
their epochs, against what the best of a hundred random trials reaches.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from workbench.estimators.learning_curves import extrapolate, is_hopeless, sample_posterior
from workbench.estimators.table_file import ACCURACY, TableFile
from workbench.recordings import recording

BEST, DELTA = 0.838, 0.05


def main(many: int) -> dict[str, float]:
    scores = TableFile.load(recording("fashion-7x7-topology.npz")).curves[ACCURACY].astype(float)
    rows = np.random.default_rng(0).permutation(len(scores))[:many]
    epochs, seen = scores.shape[1], scores.shape[1] // 3
    stops, seconds = [], []
    for curve in scores[rows].tolist():
        begun = time.process_time()
        least = extrapolate(curve[:seen], epochs=epochs)
        between = time.process_time()
        sampled = sample_posterior(curve[:seen], epochs=epochs)
        seconds.append((between - begun, time.process_time() - between))
        stops.append([is_hopeless(each, BEST, delta=DELTA) for each in (least, sampled)])
    both = np.array(stops)
    return {
        "curves": many,
        "epochs": epochs,
        "seen": seen,
        "best": BEST,
        "delta": DELTA,
        "agree": float((both[:, 0] == both[:, 1]).mean()),
        "stopped by least squares": float(both[:, 0].mean()),
        "stopped by mcmc": float(both[:, 1].mean()),
        "least squares, ms": round(1000 * float(np.median([one for one, _ in seconds])), 1),
        "mcmc, s": round(float(np.median([other for _, other in seconds])), 2),
    }


if __name__ == "__main__":
    print(json.dumps([main(int(sys.argv[1]))]))
