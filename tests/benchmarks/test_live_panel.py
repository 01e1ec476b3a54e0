"""How much a visible live panel slows training down: at most 5 % against the same search without.

Measured in a real kernel, whose messages are received here, in its own process and without the
type-checking hook. Runs with and without a panel take turns, so that both meet the same machine.
Seconds are from the first ask to the last tell; a panel's last picture, after that, costs no
training.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

ROUNDS = 5
LIMIT = 1.05
PATIENCE = 240  # seconds a cell may take

SETUP = """
import itertools, time
from workbench.data import digits
from workbench.estimators import FullTraining
from workbench.panels import Runner, SearchPanel
from workbench.search import search
from workbench.spaces import ChainSpace
from workbench.store import recorded
from workbench.strategies import RandomSearch

class Timed(RandomSearch):
    def ask(self):
        MOMENTS.append(time.perf_counter())
        return super().ask()

    def tell(self, told):
        super().tell(told)
        MOMENTS.append(time.perf_counter())

space, data, numbers = ChainSpace(), digits(), itertools.count()

def plain():
    def events():
        strategy, estimator = Timed(space), FullTraining(space, data, epochs=8)
        found = search(strategy, estimator, trials=20)
        path = f"plain-{next(numbers)}.jsonl"
        return recorded(found, path, strategy=strategy, estimator=estimator)
    return Runner(events, show=lambda event: None)

def seconds(run):
    MOMENTS.clear()
    run.run()
    run.wait()
    return MOMENTS[-1] - MOMENTS[0]

MOMENTS = []
panel = SearchPanel(space, data, strategies=(Timed,), trials=20)
seconds(plain())
"""


@pytest.mark.benchmark_slow
@pytest.mark.timeout(1800)
def test_a_live_panel_costs_at_most_a_twentieth(tmp_path: Path) -> None:
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        messages = [0]

        def hear(message: dict[str, Any]) -> None:
            kind, content = message["header"]["msg_type"], message["content"]
            messages[0] += kind == "comm_msg"
            if kind == "stream":
                said.append(content["text"])

        def execute(code: str) -> None:
            reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=hear)
            assert reply["content"]["status"] == "ok", reply["content"]

        said: list[str] = []
        execute(SETUP)
        execute("panel")
        for _ in range(ROUNDS):
            execute("print(seconds(plain()))")
            execute("panel.reset()")
            execute("print(seconds(panel))")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    times = [float(word) for word in "".join(said).split()]
    without, live = times[0::2], times[1::2]
    ratio = statistics.median(b / a for a, b in zip(without, live))
    print(json.dumps({"without": without, "live": live, "ratio": ratio, "messages": messages[0]}))
    assert len(live) == ROUNDS
    assert messages[0] / sum(live) < 20
    assert ratio <= LIMIT
