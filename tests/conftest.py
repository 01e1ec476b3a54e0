"""How the suite runs: how many examples hypothesis tries, how many workers share the tests.

``pytest`` alone is the plain profile: 25 examples a property, two networks built of each space.
``pytest --hypothesis-profile=deep`` (in ``.ci/run``) tries 200 and builds eight. The moments in a
browser and the lessons at full size are chosen by name, ``-m browser`` and ``-m lesson``, and are
steps of their own in ``.ci/run``.

The whole suite is shared by two workers, with one torch thread each, file by file: what a file
makes once is made once. A chosen file, a lesson or a benchmark runs in one process that has the
machine to itself. ``-n`` says otherwise.

What is promised bit for bit is promised of the processor, and such a test says ``device="cpu"``.
The fixture ``processor`` has ``device="auto"`` mean it too, where a panel chooses for itself.
A test marked ``gpu`` asks a graphics card, and is skipped where there is none; ``-m gpu`` runs
these alone.
"""

from __future__ import annotations

import os

import pytest
from checked_types import check_calls
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is imported
    os.environ["OMP_NUM_THREADS"] = "1"

check_calls()

WORKERS = 2

# the same examples each time, on a machine of any speed
settings.register_profile(
    "plain",
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", settings.get_profile("plain"), max_examples=200)
settings.load_profile("plain")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two for the whole suite, or what ``-m "not …"`` leaves of it; else none beside this one."""
    whole = config.args == config.getini("testpaths")
    marks = config.option.markexpr
    return min(WORKERS, os.cpu_count() or 1) if whole and marks.startswith("not ") else 0


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left to choose a device itself computes on the processor."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No card, nothing to ask of it."""
    if item.get_closest_marker("gpu") is not None:
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device here")
