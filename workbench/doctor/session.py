"""What ``workbench lab`` needs, tried one after the other as it would."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.course import PACKAGE, STATE, destination, size
from workbench.doctor.finding import Finding, reinstall, said
from workbench.homes import HOME

ASK = "import sys, ipywidgets, workbench.views; print(sys.executable)"
PATIENCE = 60  # seconds until a kernel must have answered
PORTS = range(8888, 8938)  # those that JupyterLab tries


def temporary() -> Iterator[Finding]:
    """Writes a temporary file."""
    try:
        with tempfile.NamedTemporaryFile() as file:
            yield Finding("temporary files", f"in {Path(file.name).parent}")
    except OSError as error:
        cure = "make room on the disk, or set TMPDIR to a folder that can be written"
        yield Finding("temporary files", f"none can be written: {said(error)}", cure)


def home(places: Mapping[str, str]) -> Iterator[Finding]:
    """Whether ``homes.settled`` had to set ``places``: no obstacle, but good to know."""
    if not places:
        yield Finding("home", str(Path.home()))
        return
    why = "there is none that can be read" if HOME in places else "not all of it can be written"
    state = f"{why}: workbench lab lays {', '.join(places)} into your working copy"
    cure = f"set {HOME} to a folder of your own, to keep settings and downloads in one place"
    yield Finding("home", state, cure, needed=False)


def figures(backend: str) -> Iterator[Finding]:
    """Draws a figure. ``backend`` is what MPLBACKEND says: with nonsense, others cannot draw."""
    from matplotlib.rcsetup import validate_backend

    from workbench.views.paper import axes, figure, picture

    made = figure()
    axes(made)[0].plot([0, 1], [0, 1])
    yield Finding("figures", f"drawn ({len(picture(made, 'a test'))} bytes for a test figure)")
    try:
        validate_backend(backend or "agg")
    except ValueError:
        state = f"{backend!r} is none: matplotlib cannot even be imported with it"
        yield Finding("MPLBACKEND", state, "take the variable out of the environment (unset it)")


def graphviz() -> Iterator[Finding]:
    """Renders a test drawing in this process, as the panels do; no ``dot`` program is needed."""
    from workbench.views.engine import render

    drawn = render("digraph { conv -> pool }")
    yield Finding("Graphviz", f"draws ({len(drawn)} bytes of SVG for a test drawing)")


def kernel(folder: Path) -> Iterator[Finding]:
    """Starts the kernel that ``workbench lab`` would start, where it would, and asks who it is."""
    from workbench.kernel import kernel_manager

    manager, told, place = kernel_manager(), list[str](), os.path.expanduser(folder)
    with tempfile.TemporaryFile() as log:  # its log is the learner's business where it fails
        manager.start_kernel(stderr=log, cwd=place if os.path.isdir(place) else None)
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=PATIENCE)
            reply: Mapping[str, Any] = client.execute_interactive(
                ASK,
                timeout=PATIENCE,
                output_hook=lambda message: told.append(str(message["content"].get("text", ""))),
            )["content"]
        except (RuntimeError, TimeoutError) as error:  # it has died, or does not answer
            reply = {"status": "error", "ename": "no answer", "evalue": error}
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        log.seek(0)
        last = _last_words(log.read().decode(errors="replace"))
    if reply["status"] == "ok":
        yield Finding("kernel", "starts: " + "".join(told).strip())
        return
    more = f"; it last said: {last}" if last else ""
    cure = (
        f"see more with: {shlex.quote(sys.executable)} -m ipykernel_launcher. Rename a file of "
        f"yours that is called like a module; else {reinstall('ipykernel')}"
    )
    yield Finding("kernel", f"fails: {reply['ename']}: {reply['evalue']}{more}", cure)


def _last_words(log: str) -> str:
    """The last line that names an error, or the last of all."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")


def jupyterlab() -> Iterator[Finding]:
    """Loads the server and looks for the page that it would send."""
    import jupyterlab.labapp
    from jupyterlab.commands import get_app_dir

    page = Path(get_app_dir(), "static", "index.html")
    if page.is_file():
        yield Finding("JupyterLab", f"{jupyterlab.__version__} loads")
    else:
        yield Finding("JupyterLab", f"its page is not at {page}", reinstall("jupyterlab"))


def port() -> Iterator[Finding]:
    """Opens the first port that JupyterLab would take, and closes it again."""
    for number in (*PORTS, 0):  # 0: any
        try:
            with socket.socket() as door:
                door.bind(("127.0.0.1", number))
                door.listen()
        except OSError as error:
            refused = error
            continue
        if number:
            yield Finding("port", f"127.0.0.1:{number} can be opened")
        else:
            state = f"{PORTS[0]} to {PORTS[-1]} are taken"
            yield Finding("port", state, "end a JupyterLab, or choose: workbench lab --port 0")
        return
    cure = "let programs listen on 127.0.0.1: a container, a sandbox or a firewall forbids it"
    yield Finding("port", f"none can be opened: {said(refused)}", cure)


def folder(chosen: Path) -> Iterator[Finding]:
    """Writes as much as the working copy holds where it lies, or where it would be made."""
    cure = "change to a folder of your own (cd), or choose one with --folder"
    place = chosen
    try:
        place = destination(chosen)
        there = next(above for above in (place, *place.parents) if above.exists())
        for part in (there, place / STATE, place / PACKAGE.name):
            if part.exists():
                with tempfile.TemporaryFile(dir=part) as file:
                    file.write(bytes(size() if part == there else 1))
        yield Finding("folder", f"{place} can be written")
    except ValueError as error:
        yield Finding("folder", str(error), cure)
    except OSError as error:
        state = f"{place} cannot be written: {error.strerror or error}"
        yield Finding("folder", state, cure)
