"""Milliseconds from an event to what is on screen, measured in the page itself."""

from __future__ import annotations

import statistics

from playwright.sync_api import Page

START = """([event, look]) => {
  const shown = new Function('return ' + look);
  const before = shown();
  window.took = new Promise((done) => document.addEventListener(event, () => {
    const began = performance.now();
    const glance = () => shown() !== before
      ? requestAnimationFrame(() => done(performance.now() - began))
      : requestAnimationFrame(glance);
    glance();
  }, { once: true, capture: true }));
}"""


class Stopwatch:
    """Runs from the next ``event`` until ``look``, an expression of the page's, gives another value
    than now and that frame is drawn."""

    def __init__(self, page: Page, event: str, look: str) -> None:
        self._page = page
        page.evaluate(START, [event, look])

    def took(self) -> float:
        """Milliseconds; waits until they are over."""
        return float(self._page.evaluate("window.took"))


def median_of(what: str, took: list[float]) -> float:
    """The median of so many milliseconds, said as well."""
    middle = statistics.median(took)
    spread = f"({min(took):.0f} … {max(took):.0f}, n = {len(took)}); at most 150"
    print(f"{what}: median {middle:.0f} ms {spread}")
    return middle
