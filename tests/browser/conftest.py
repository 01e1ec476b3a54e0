"""One JupyterLab and one Chromium for all browser tests; a fresh page and kernel for each.

The browser's profile lives as long as the session: what it has compiled of JupyterLab's five
megabytes once, it does not compile again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from laboratory import FLAGS, Laboratory, Notebook, chromium
from playwright.sync_api import BrowserContext, sync_playwright


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    program = chromium()
    if program is None:
        missing = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("WORKBENCH_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=program, args=FLAGS
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def laboratory(
    browser: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Laboratory]:
    served = Laboratory(tmp_path_factory.mktemp("learner"))
    yield served
    served.close()


@pytest.fixture
def notebook(
    browser: BrowserContext, laboratory: Laboratory, request: pytest.FixtureRequest, shots: Path
) -> Iterator[Notebook]:
    """Nothing open yet. Afterwards: what it looked like is kept, its kernel ended."""
    page = browser.new_page()
    page.set_viewport_size({"width": 1366, "height": 900})
    yield Notebook(page, laboratory)
    page.screenshot(path=shots / f"{request.node.name}.png")
    page.evaluate("localStorage.clear()")
    page.close()
    laboratory.begin_again()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: $WORKBENCH_SHOTS, or pytest's own temporary folder."""
    folder = Path(os.environ.get("WORKBENCH_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
