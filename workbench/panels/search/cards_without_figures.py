"""The cards of a search that need no figure: architectures, the table of trials, the bill."""

from __future__ import annotations

import sys
import traceback
from html import escape
from pathlib import Path
from typing import Any

from workbench.history import ledger
from workbench.panels.parts.card_markup import FAULT, HEADING, QUIET
from workbench.panels.parts.html_tables import MOST, scrolling, table, trial_rows
from workbench.panels.running.run_result import tries
from workbench.panels.search.run_snapshot import Snapshot
from workbench.records import Told
from workbench.views.drawings import draw
from workbench.views.numbers_in_words import duration, many, percent
from workbench.views.paper import card

FOREIGN = (Path(__file__).parents[2], sys.prefix, sys.base_prefix)  # code that is not a learner's


def tried(seen: Snapshot, *, still: bool = False) -> str:
    """The architecture that is being tried, was broken off, or was tried last."""
    if seen.current is not None:
        return architecture(seen, seen.current, f"Being tried (trial {seen.current})", still)
    if seen.broken is not None:
        epoch = seen.epoch(seen.broken)
        where = f"after epoch {epoch}" if epoch else "in its first epoch"
        words = f"Broken off {where} (trial {seen.broken})"
        return architecture(seen, seen.broken, words, still)
    if seen.last is None:
        return card(HEADING.format("Being tried") + QUIET.format("nothing yet"))
    return architecture(seen, seen.last.trial, f"Tried last, {_result(seen, seen.last)}", still)


def champion(seen: Snapshot, *, still: bool = False) -> str:
    """The best architecture so far."""
    if seen.best is None:
        why = "no trial has succeeded" if seen.last else "nothing yet"
        return card(HEADING.format("Best") + QUIET.format(why))
    opened = seen.history.opened.get(seen.best.trial)
    test = "" if opened is None else f", test {percent(opened)}"
    return architecture(seen, seen.best.trial, f"Best, {_result(seen, seen.best)}{test}", still)


def _result(seen: Snapshot, told: Told[Any]) -> str:
    failed = told.evaluation.is_failure
    score = "failed" if failed else seen.scale.say(told.evaluation.score)
    return f"{score} (trial {told.trial})"


def architecture(seen: Snapshot, trial: int, words: str, still: bool) -> str:
    """The drawing of a trial's architecture under ``words``, on one card."""
    heading = HEADING.format(escape(words))
    try:
        drawing = draw(seen.space.graph(seen.arch(trial)))
    except Exception as error:  # a drawing does not end a search
        return card(heading + FAULT.format(fault(error)))
    paper = drawing.image() if still else drawing.html()
    return paper.replace(">", ">" + heading, 1)


def trial_table(seen: Snapshot, *, still: bool = False) -> str:
    """The trials, the newest first."""
    best = seen.best.trial if seen.best else None
    spelled = [row | {"arch": seen.space.spell(row["arch"])} for row in seen.trials[-MOST:]]
    rows = trial_rows(spelled, best=best, scale=seen.scale)
    bold = next((i for i, row in enumerate(rows) if row["trial"] == best), None)
    return card(
        HEADING.format("Trials, the newest first (★ yours, ◆ best)")
        + scrolling(table(rows, bold=bold), rows=5, name="Trials")
    )


def bill(seen: Snapshot, *, still: bool = False) -> str:
    """What the search has cost so far."""
    rows = ledger(seen.history)
    if not rows:
        return card(QUIET.format("Cost so far: nothing"))
    last = rows[-1]
    words = f"Cost so far: {tries(seen.history)}, {many(last['epochs'], 'epoch')}, "
    words += f"{duration(last['seconds'])} of training"
    if last["trials"]:
        words += f" ({duration(last['seconds'] / last['trials'])} each)"
    words += f", {last['failed']} failed" if last["failed"] else ""
    return card(QUIET.format(words))


def fault(error: Exception) -> str:
    """An error in words, escaped, with the line of the learner's code that it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _foreign(Path(frame.filename))]
    where = f" (line {own[-1].lineno}, in {own[-1].name})" if own else ""
    return f"<b>{escape(type(error).__name__)}</b>: {escape(str(error))}{escape(where)}"


def _foreign(file: Path) -> bool:
    return any(file.is_relative_to(folder) for folder in FOREIGN)
