"""``attach()``: a panel again, after the page was reloaded or the kernel restarted."""

from __future__ import annotations

from pathlib import Path

from workbench.data.images import ImageData
from workbench.panels.running.live_panels import newest
from workbench.panels.running.plan import FOLDER
from workbench.panels.search.panel import SearchPanel
from workbench.store import header, load


def attach(log: str | Path | None = None, *, data: ImageData | None = None) -> SearchPanel:
    """The live panel of this kernel that was made last; without one, a panel from a log.

    ``log`` is a log, or a folder whose newest log is taken (default ``runs``); given, it is used
    even where a panel lives. Continue goes on from it. ``data`` is needed where it was your own.

    Raises FileNotFoundError where there is neither panel nor log, ValueError for a log that no
    panel wrote.
    """
    live = newest(SearchPanel) if log is None else None
    return live or from_log(_newest(Path(log or FOLDER)), data=data)


def _newest(place: Path) -> Path:
    if place.is_file():
        return place
    logs = sorted(place.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not logs:
        raise FileNotFoundError(
            f"attach: no live panel in this kernel, and no log (*.jsonl) in {place.resolve()}; "
            "say which with attach(folder) or attach(file)"
        )
    return logs[-1]


def from_log(path: Path, *, data: ImageData | None = None) -> SearchPanel:
    """A panel that shows the run in a log, ready to go on from there."""
    text = header(path).get("notes", {}).get("panel")
    if not isinstance(text, str):
        raise ValueError(
            f"{path}: written by recorded(…), not by a panel; workbench.store.load reads it"
        )
    panel = SearchPanel.from_state(text, data=data, log=path)
    panel.restore(path, load(path, panel.space))
    return panel
