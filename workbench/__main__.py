"""The command line: ``workbench lab``, ``doctor``, ``render``, ``table``, ``race``."""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import workbench
from workbench.course import FOLDER


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status.

    A console that lacks a character (×, the Ω of a folder's name) shows "?" in its place.
    """
    _settle_streams()
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except BrokenPipeError:  # "workbench doctor | head": who listened has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except ModuleNotFoundError as error:
        said = f"{error}. workbench doctor says what is missing, and how to install it"
    except (ValueError, OSError) as error:
        said = str(error)
    except KeyboardInterrupt:
        return 130
    print(f"workbench {chosen.command}: {said}", file=sys.stderr)
    return 1


def _settle_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for number in range(3):  # where one is closed (a launcher may do so), kernels do not start
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest free number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workbench", description=workbench.__doc__.split("\n")[0])
    parser.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    lab = commands.add_parser("lab", help="open the course in JupyterLab (Ctrl-C ends it)")
    _add_folder(lab)
    lab.add_argument(
        "--port",
        type=_port,
        help="the port to serve on; 0: any that is free (default: 8888 or the next)",
    )
    lab.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    lab.set_defaults(run=_lab)
    doctor = commands.add_parser("doctor", help="say what is installed, what is missing, the cure")
    _add_folder(doctor)
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
    table = commands.add_parser(
        "table", help="train every cell of the exhaustive table (hours; stop and resume at will)"
    )
    table.add_argument("--parts", type=Path, required=True, help="folder of the part files")
    table.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of each cell")
    table.add_argument("--jobs", type=int, default=1, help="processes (default: %(default)s)")
    table.add_argument(
        "--device", default="cpu", help="cuda: thousands of trainings at once, minutes in all"
    )
    table.add_argument("--epochs", type=int, help="another number of epochs, in another folder")
    table.add_argument("--operations", nargs="+", help="only cells of these: a smaller space")
    table.add_argument("--cells", type=int, help="only the first so many, a fair sample")
    table.add_argument("--best", type=int, help="only so many, the best of what is there so far")
    table.add_argument("--merge", type=Path, help="train nothing; put all parts into this one file")
    table.set_defaults(run=_table)
    race = commands.add_parser(
        "race", help="run a race of the course on the table (stop and resume at will)"
    )
    race.add_argument("name", nargs="?", help="which one (default: list them)")
    race.add_argument("--folder", type=Path, default=Path("runs"), help="(default: %(default)s)")
    race.add_argument("--table", type=Path, help="the table's file (default: the shipped one)")
    race.add_argument(
        "--ship", action="store_true", help="put the whole race among the package's recordings"
    )
    race.set_defaults(run=_race)
    return parser


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        help="where your own copy of the notebooks lives (default: %(default)s, right here)",
    )


def _port(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected a whole number such as 8888, got {text!r}"
        ) from None


# Each command imports its room only when it is chosen: --help needs neither torch nor Jupyter.


def _lab(chosen: argparse.Namespace) -> int:
    from workbench.lab import lab

    lab(chosen.folder, port=chosen.port, browser=not chosen.no_browser)
    return 0


def _doctor(chosen: argparse.Namespace) -> int:
    from workbench.doctor import examine, report

    findings = examine(chosen.folder)
    print(report(findings, chosen.folder), flush=True)
    return 1 if any(finding.broken for finding in findings) else 0


def _render(chosen: argparse.Namespace) -> int:
    from workbench.course import notebooks, originals
    from workbench.homes import in_full, settled
    from workbench.rendering import render, renew_links

    chosen_paths = [in_full(path, name="notebooks") for path in chosen.notebooks]
    if chosen.links:
        for path in chosen_paths or [*notebooks(), *sorted(originals().glob("*.md"))]:
            print(f"{path.name}: {'renewed' if renew_links(path) else 'up to date'}", flush=True)
        return 0
    with tempfile.TemporaryDirectory() as spare, settled(Path(spare)):
        for path in chosen_paths or notebooks():
            seconds = render(path, again=chosen.again)
            took = "up to date" if seconds is None else f"{seconds:.1f} s"
            print(f"{path.name}: {took}, {path.stat().st_size / 1000:.0f} KB", flush=True)
    return 0


def _table(chosen: argparse.Namespace) -> int:
    from workbench.estimators.table_maker import make_table
    from workbench.estimators.table_parts import merge_parts
    from workbench.estimators.table_training import TableRecipe, table_data, table_space

    if chosen.merge is not None:
        table = merge_parts(chosen.parts)
        table.save(chosen.merge)
        size = chosen.merge.stat().st_size / 1e6
        print(f"{len(table.keys)} cells, {len(table.cells)} trainings, {size:.1f} MB")
        return 0
    recipe = TableRecipe(epochs=chosen.epochs) if chosen.epochs else TableRecipe()
    for made in make_table(
        chosen.parts,
        table_space(),
        table_data(),
        seeds=chosen.seeds,
        recipe=recipe,
        operations=chosen.operations,
        cells=chosen.cells,
        best=chosen.best,
        jobs=chosen.jobs,
        device=chosen.device,
    ):
        print(
            f"{made.path.name}: {made.done} of {made.wanted} trainings, "
            f"{made.seconds / made.trained:.2f} s each, {made.left / 3600:.1f} h left",
            flush=True,
        )
    return 0


def _race(chosen: argparse.Namespace) -> int:
    from workbench.race import RACES, make_race
    from workbench.recordings import keep

    if chosen.name not in RACES:
        for each in RACES.values():
            size = f"{len(each.racers)} × {each.seeds} seeds × {each.budget}"
            print(f"{each.name}: {each.about} ({size})")
        return 0 if chosen.name is None else 2
    from workbench.estimators import Table
    from workbench.history import Lap

    planned = RACES[chosen.name]
    for event in make_race(planned, Table(path=chosen.table), chosen.folder):
        if isinstance(event, Lap):
            best = f"{event.steps[-1].score:.4f}" if event.steps else "nothing"
            print(f"seed {event.seed}, {event.racer}: best seen {best}", flush=True)
    made = chosen.folder / planned.file
    if chosen.ship:
        made = keep(made, planned.command)
    print(f"{made}: {planned.laps} laps, {made.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
