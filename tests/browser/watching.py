"""What passes on a page, and when it stands still: by its own frames, not by a clock.

A state that lasts a tenth of a second is over before a test has asked twice, on a fast machine; on
a slow one half a second is not enough for a page to find its places. So the page itself looks,
after each change and in each frame, and a test asks what there was.
"""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page

PATIENCE = 60_000  # ms; no wait of these tests takes longer on a machine that works
STILL = 20  # frames, a third of a second where nothing else is done, until a place is kept

WATCH = """([name, look]) => {
  const see = new Function('return ' + look), seen = window[name] = [];
  const glance = () => {
    const now = JSON.stringify(see());
    if (seen.at(-1) !== now) seen.push(now);
  };
  const frame = () => { glance(); requestAnimationFrame(frame); };
  new MutationObserver(glance).observe(
    document, {subtree: true, childList: true, characterData: true, attributes: true});
  frame();
}"""

PLACES = """([frames, patience]) => new Promise((done, fail) => {
  const places = () => [innerWidth, innerHeight,
    ...[...document.querySelectorAll('.jp-Notebook, .jp-Cell, .jp-OutputArea-output, .wb-panel *')]
      .map(each => each.getBoundingClientRect())
      .map(({x, y, width, height}) => [x, y, width, height])].join();
  const began = performance.now();
  let last = '', still = 0;
  const frame = () => {
    const now = places();
    still = now === last ? still + 1 : 0;
    last = now;
    if (still >= frames) done();
    else if (performance.now() - began > patience) fail(new Error('the page never stood still'));
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""


class Watch:
    """All that ``look``, an expression of the page's, has given since; each value when it changed.

    It ends with the page: after a reload there is nothing to ask.
    """

    count = 0

    def __init__(self, page: Page, look: str) -> None:
        Watch.count += 1
        self._page, self._name = page, f"watched{Watch.count}"
        page.evaluate(WATCH, [self._name, look])

    @property
    def seen(self) -> list[Any]:
        """The values so far, oldest first."""
        return [json.loads(each) for each in self._page.evaluate(f"window.{self._name}")]

    def wait(self, condition: str) -> None:
        """Until ``condition``, of the array ``seen``, holds: it may be over again by then."""
        script = f"(seen => {condition})(window.{self._name}.map(JSON.parse))"
        self._page.wait_for_function(script, timeout=PATIENCE)


def settle(page: Page, *, frames: int = STILL) -> None:
    """Wait until nothing has moved in the notebook for so many frames."""
    page.evaluate(PLACES, [frames, PATIENCE])
