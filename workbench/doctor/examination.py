"""Every check in its turn, and the report of what they find."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from workbench import checks
from workbench.course import FOLDER
from workbench.doctor import installation, session
from workbench.doctor.finding import Finding, cure_of, said
from workbench.homes import settled

Check = Callable[[], Iterator[Finding]]


def examine(folder: Path = FOLDER) -> list[Finding]:
    """Run every check, for a working copy in ``folder``."""
    folder = checks.path("examine: folder", folder)
    findings = [*_tried("Python", installation.python), *_tried("temporary", session.temporary)]
    backend = os.environ.get("MPLBACKEND", "")
    with ExitStack() as to_the_end:
        if not findings[-1].broken:  # the environment that workbench lab would make
            spare = to_the_end.enter_context(tempfile.TemporaryDirectory())
            places = to_the_end.enter_context(settled(Path(spare)))
            findings += _tried("home", lambda: session.home(places))
        every: tuple[tuple[str, Check], ...] = (
            ("packages", installation.packages),
            ("device", installation.device),
            ("figures", lambda: session.figures(backend)),
            ("Graphviz", session.graphviz),
            ("kernel", lambda: session.kernel(folder)),
            ("JupyterLab", session.jupyterlab),
            ("port", session.port),
            ("notebooks", installation.originals),
            ("folder", lambda: session.folder(folder)),
            ("data", installation.data),
        )
        for name, check in every:
            findings += _tried(name, check)
    return findings


def report(findings: list[Finding], folder: Path = FOLDER) -> str:
    """The findings as text, one a line, each cure under its finding, a verdict last.

    ``folder`` is part of the command to go on with, where it was chosen.
    """
    folder = checks.path("report: folder", folder)
    lines = []
    for finding in findings:
        mark = "MISSING" if finding.broken else "note" if finding.cure else "ok"
        lines.append(f"{mark:8}{finding.name}: {finding.state}")
        if finding.cure:
            lines.append(f"{'':8}-> {finding.cure}")
    broken = sum(finding.broken for finding in findings)
    chosen = "" if folder == FOLDER else f" --folder {shlex.quote(str(folder))}"
    lines.append(f"{broken} to cure." if broken else f"Ready: workbench lab{chosen}")
    return "\n".join(lines)


def _tried(name: str, check: Check) -> list[Finding]:
    """What a check finds, and if it raises, that."""
    findings = list[Finding]()
    try:
        findings.extend(check())  # those before an error are kept
    except Exception as error:  # a broken installation can raise anything, anywhere
        findings.append(Finding(name, f"fails: {said(error)}", cure_of(error)))
    return findings
