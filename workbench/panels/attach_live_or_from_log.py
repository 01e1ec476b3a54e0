"""``attach()``: a panel again, after the page was reloaded or the kernel restarted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench import checks
from workbench.data.images import ImageData
from workbench.panels.comparison.panel import ComparisonPanel
from workbench.panels.darts.panel import DARTSPanel
from workbench.panels.running.open_panels import newest
from workbench.panels.running.run_plan import FOLDER
from workbench.panels.running.state_string import Recipe
from workbench.panels.search.panel import SearchPanel
from workbench.store import header, load
from workbench.strategies import DifferentiableSearch


def attach(
    log: str | Path | None = None, *, data: ImageData | None = None, own: Sequence[type] = ()
) -> SearchPanel | DARTSPanel | ComparisonPanel:
    """The live panel of this kernel that was made last; without one, a panel from a log.

    Live panels are those of a search or of a race, logs those of searches. ``log`` is a log, or a
    folder whose newest log is taken (default ``runs``); given, it is used even where a panel lives.
    Continue goes on from it. ``data`` is needed where it was your own,
    and ``own`` names your own classes: of the space, the strategy, the estimator.

    Raises FileNotFoundError where there is neither panel nor log, ValueError for a log that no
    panel wrote, a corrupt one, or one that needs ``data`` or ``own``.
    """
    if data is not None:
        checks.of_type("attach: data", data, ImageData)
    own = checks.several("attach: own", own, "(Perceptrons,)")
    live: SearchPanel | DARTSPanel | ComparisonPanel | None = (
        newest(SearchPanel, DARTSPanel, ComparisonPanel) if log is None else None
    )
    place = checks.path("attach: log", FOLDER if log is None else log)
    return live or from_log(_newest(place), data=data, own=own)


def _newest(place: Path) -> Path:
    if place.is_file():
        return place
    logs = sorted(place.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    logs = [path for path in logs if path.stat().st_size]  # a name that was chosen is no log yet
    if not logs:
        raise FileNotFoundError(
            f"attach: no live panel in this kernel, and no log (*.jsonl) in {place.resolve()}; "
            "say which with attach(folder) or attach(file)"
        )
    return logs[-1]


def from_log(
    path: Path, *, data: ImageData | None = None, own: Sequence[type] = ()
) -> SearchPanel | DARTSPanel:
    """A panel that shows the run in a log, ready to go on from there."""
    text = header(path).get("notes", {}).get("panel")
    if not isinstance(text, str):
        raise ValueError(
            f"{path}: written by recorded(…), not by a panel; workbench.store.load reads it"
        )
    method = Recipe.read(text).parts.get("method", {}).get("name")
    kind = DARTSPanel if method == DifferentiableSearch.__name__ else SearchPanel
    panel = kind.from_state(text, data=data, own=own, log=path)
    try:
        panel.restore(path, load(path, panel.space))
    except (
        BaseException
    ):  # of a corrupt log no empty panel stays, which the next attach() would find
        panel.close()
        raise
    return panel
