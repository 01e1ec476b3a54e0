"""The command line: ``workbench lab``, ``workbench doctor``, ``workbench render``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import workbench


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (ValueError, OSError) as error:
        print(f"workbench {chosen.command}: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench", description=workbench.__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    lab = commands.add_parser("lab", help="open the course in JupyterLab (Ctrl-C ends it)")
    lab.add_argument(
        "--folder",
        type=Path,
        default=Path("workbench-course"),
        help="where your own copy of the notebooks lives (default: %(default)s, right here)",
    )
    lab.add_argument("--port", type=int, help="the port to serve on (default: 8888 or the next)")
    lab.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    lab.set_defaults(run=_lab)
    doctor = commands.add_parser("doctor", help="say what is installed, what is missing, the cure")
    doctor.set_defaults(run=_doctor)
    render = commands.add_parser("render", help="execute notebooks and write their static outputs")
    render.add_argument(
        "notebooks", nargs="*", type=Path, help="files (default: every original of the course)"
    )
    render.add_argument(
        "--again", action="store_true", help="even where the outputs are up to date; train anew"
    )
    render.add_argument(
        "--links", action="store_true", help="only renew the line numbers in links to code"
    )
    render.set_defaults(run=_render)
    return parser


# Each command imports its room only when it is chosen: --help needs neither torch nor Jupyter.


def _lab(chosen: argparse.Namespace) -> int:
    from workbench.lab import lab

    lab(chosen.folder, port=chosen.port, browser=not chosen.no_browser)
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from workbench.doctor import examine, report

    findings = examine()
    print(report(findings))
    return 1 if any(finding.broken for finding in findings) else 0


def _render(chosen: argparse.Namespace) -> int:
    from workbench.course import notebooks, originals
    from workbench.rendering import render, renew_links

    if chosen.links:
        for path in chosen.notebooks or [*notebooks(), *sorted(originals().glob("*.md"))]:
            print(f"{path.name}: {'renewed' if renew_links(path) else 'up to date'}", flush=True)
        return 0
    for path in chosen.notebooks or notebooks():
        seconds = render(path, again=chosen.again)
        took = "up to date" if seconds is None else f"{seconds:.1f} s"
        print(f"{path.name}: {took}, {path.stat().st_size / 1000:.0f} KB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
