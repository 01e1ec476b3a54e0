"""One sensible chain on Fashion-MNIST, three epochs: what accuracy on the test images, how soon?

python tests/benchmarks/fashion.py          # prints one line of JSON
"""

from __future__ import annotations

import json
import time

import torch

from workbench.data import fashion_mnist
from workbench.spaces import ChainSpace
from workbench.training import accuracy, choose_device, cost, train

CHAIN = "conv3x3:16/2-conv3x3:32/2-conv3x3:32-fc32"


def fashion_accuracy(
    *, chain: str = CHAIN, epochs: int = 3, batch_size: int = 64, rate: float = 0.2, seed: int = 0
) -> dict[str, float]:
    """Train ``chain`` and test it once: accuracies in [0, 1], seconds of wall and processor."""
    space, data, device = ChainSpace(), fashion_mnist(), choose_device("auto")
    torch.manual_seed(seed)
    network = space.build(space.parse(chain), data.task)
    wall, cpu = time.perf_counter(), time.process_time()
    events = train(network, data, epochs=epochs, batch_size=batch_size, rate=rate, seed=seed)
    validation = [event.score for event in events if hasattr(event, "score")]
    return {
        "test": accuracy(network, data.test, data, device),
        "validation": validation[-1],
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "parameters": cost(network, data.task).parameters,
        "threads": torch.get_num_threads(),
    }


if __name__ == "__main__":
    print(json.dumps(fashion_accuracy()))
