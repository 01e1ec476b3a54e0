"""A real ``workbench lab`` and a notebook in it, as a learner's browser sees them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from watching import PATIENCE

from workbench.lab import LAYOUT

expect.set_options(timeout=PATIENCE)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DONE = r"[1-9]\d*/\d+ done"  # of a panel's line, from the first trial's end to the run's

# JupyterLab's own: what it asks for and does not find (its server's optional parts), and what
# Chromium says about the page and not about any code of ours.
THEIRS = re.compile(
    r"status of (404|409|500)|favicon|ERR_INTERNET_DISCONNECTED|Lsp|language server"
)


def chromium() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Laboratory:
    """A running ``workbench lab --no-browser`` in ``home``; ``url(name)`` opens a notebook."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "workbench-course"
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            self.port = door.getsockname()[1]
        self.log = home / "lab.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench", "lab", "--no-browser", f"--port={self.port}"],
                cwd=home,
                stdout=log,
                stderr=log,
                env={k: v for k, v in os.environ.items() if k != "WORKBENCH_STRICT"},
            )
        self.address, self.token = self._address()

    def _address(self) -> tuple[str, str]:
        for _ in range(600):
            found = re.search(r"(http://127\.\S+?)/lab\S*token=(\w+)", self.log.read_text())
            if found:
                try:
                    urllib.request.urlopen(found[1] + "/api", timeout=30).close()
                    return found[1], found[2]
                except urllib.error.URLError:
                    pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.process.kill()
        raise RuntimeError("workbench lab does not serve:\n" + self.log.read_text())

    def url(self, name: str, *, port: int | None = None) -> str:
        address = f"http://127.0.0.1:{port}" if port else self.address
        return f"{address}/lab/tree/{name}?token={self.token}"

    def ask(self, path: str, method: str = "GET", content: object = None) -> Any:
        request = urllib.request.Request(
            self.address + path,
            method=method,
            headers={"Authorization": f"token {self.token}"},
            data=None if content is None else json.dumps(content).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def begin_again(self) -> None:
        """End every kernel and forget which notebooks were open, as at a learner's first start."""
        self.ask("/lab/api/workspaces/default", "PUT", LAYOUT)
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def write(self, name: str, *sources: str) -> str:
        """A notebook of these code cells in the learner's folder; returns its name."""
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(notebook, self.folder / name)
        return name

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=30)


class Notebook:
    """One notebook, open in the browser."""

    def __init__(self, page: Page, laboratory: Laboratory) -> None:
        self.page, self.laboratory = page, laboratory
        self.console: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.console.append(str(error.stack)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not THEIRS.search(message.text):
            self.console.append(message.text)

    def open(self, name: str, *, port: int | None = None) -> None:
        """From the laboratory's server, or from what stands in for it at ``port``."""
        self.name = name
        self.page.goto(self.laboratory.url(name, port=port))
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.wait_idle()

    def reload(self) -> None:
        """As by F5; what was not saved is lost, and the browser asks no questions."""
        self.open(self.name)

    def wait_idle(self) -> None:
        """The kernel is there (before, Run All would run nothing) and has nothing to do."""
        self.page.wait_for_function(
            """() => {
              const shown = document.querySelector('.jp-Notebook-ExecutionIndicator');
              const bar = document.querySelector('#jp-main-statusbar')?.textContent ?? '';
              return shown?.dataset.status == 'idle' && bar.includes('| Idle');
            }"""
        )

    def run_all(self, *, wait: bool = True, seconds: float = 150) -> float:
        """Run All Cells (and wait until the last code cell is done); seconds it took."""
        began = time.perf_counter()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        if not wait:
            return 0.0
        self.page.wait_for_function(
            """() => {
              const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
                .map(each => each.textContent.trim());
              return prompts.length && prompts.every(text => /^\\[\\d+\\]:$/.test(text));
            }""",
            timeout=1000 * seconds,
        )
        self.wait_idle()
        return time.perf_counter() - began

    def run_cell(self, cell: Locator) -> Locator:
        """Run one code cell, as by Ctrl-Enter in it, to its end; where its outputs stand.

        They may be drawn a little later than the cell is done.
        """
        prompt = cell.locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[.*\]:"))  # a cell is drawn piece by piece
        before = re.escape(prompt.inner_text().strip())
        cell.locator(".jp-InputArea-editor").click()
        self.page.keyboard.press("Control+Enter")
        done = re.compile(rf"^(?!{before})\[\d+\]:$")
        expect(prompt).to_have_text(done)
        return cell.locator(".jp-OutputArea")

    def save(self) -> None:
        with self.page.expect_response(
            lambda answer: "/api/contents/" in answer.url and answer.request.method == "PUT"
        ):
            self.page.keyboard.press("Control+s")

    def complaints(self) -> list[str]:
        """Errors and warnings in cells, and what the browser's console holds of ours."""
        red = self.page.locator(
            ".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr'], "
            ".jp-OutputArea-output[data-mime-type*='error']"
        )
        return red.all_inner_texts() + self.console


class Panel:
    """A SearchPanel on screen: its buttons, its line of numbers, its pictures."""

    def __init__(self, notebook: Notebook, place: int = 0) -> None:
        self.page = notebook.page
        self.root = self.page.locator(".wb-panel:has(.wb-status)").nth(place)

    def press(self, word: str) -> None:
        """Press the button whose text begins with ``word``."""
        self.root.locator("button", has_text=re.compile(rf"^\s*{word}")).first.click()

    @property
    def line(self) -> str:
        return self.root.locator(".wb-status").inner_text()

    def wait_state(self, word: str) -> None:
        """Wait for the word behind the dot: idle, running, paused, stopped, finished, failed."""
        expect(self.root.locator(".wb-state")).to_have_text(re.compile(word))

    def wait_line(self, pattern: str) -> None:
        """Wait until the line of numbers says so; what passes in a moment may be missed."""
        expect(self.root.locator(".wb-status")).to_contain_text(re.compile(pattern))

    def wait_picture(self, view: str, pattern: str) -> None:
        """Wait until a view's picture says so of itself (its alt text)."""
        picture = self.root.locator(f".wb-{view} img").first
        expect(picture).to_have_attribute("alt", re.compile(pattern))
