"""``workbench lab``: JupyterLab on the learner's working copy, set up for reading and running.

Nothing of the learner's own Jupyter settings is read or changed: settings and layout of this
course live in a folder of their own (``.workbench`` in the working copy).
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from pathlib import Path

from workbench.course import STATE, Changes, notebooks, working_copy
from workbench.homes import can_write, in_full, settled

PORTS = 65535  # the last one

# JupyterLab's default settings as this course wants them; a learner's own changes win over them.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}

# 58 widths of a "0" hold at most 75 characters of running text (a "0" is wider than the average
# letter). Tables, code and pictures keep the width they need. What a saved notebook shows in place
# of a panel whose kernel is gone ("Error displaying widget: model not found") says what to do.
STYLE = """\
.jp-RenderedMarkdown > :is(p, ul, ol, dl, blockquote, details, h1, h2, h3, h4, h5, h6) {
  max-width: 58ch;
}
.jp-RenderedMarkdown > table {
  margin-left: 0;
}
.jp-OutputArea-child:has(.wb-loaded) {
  display: none;
}
.jp-OutputArea-output.jupyter-widgets:not(:has(*)) {
  font-size: 0;
}
.jp-OutputArea-output.jupyter-widgets:not(:has(*))::before {
  content: "Its kernel has ended, so this panel is gone. To have it again choose Run → Run All \
Above Selected Cell, then run this cell too. Runs are kept: workbench.attach() shows the newest.";
  font-size: 13px;
  display: block;
  padding: 6px 10px;
  border-left: 4px solid #D55E00;
  background: var(--jp-layout-color2);
}
"""

# Both sidebars shut. JupyterLab overwrites this with the layout the learner leaves.
LAYOUT = {
    "data": {
        "layout-restorer:data": {
            "left": {"collapsed": True, "visible": True, "widgets": ["filebrowser"]},
            "right": {"collapsed": True, "visible": True, "widgets": []},
            "relativeSizes": [0, 1, 0],
        }
    },
    "metadata": {"id": "default"},
}


def lab(folder: Path, *, port: int | None = None, browser: bool = True) -> None:
    """Refresh the working copy in ``folder`` and serve it until Ctrl-C.

    Serves on 127.0.0.1 with a token, from ``port`` (None: 8888 or the next free one; 0: any).
    Where the home cannot be used, Jupyter's files lie in the working copy. Raises ValueError for a
    port that cannot be had, ValueError or OSError as ``course.working_copy`` does.
    """
    folder = in_full(folder, name="folder")
    if port is not None:
        _try(port)
    changes = working_copy(folder)
    for line in _told(folder, changes):
        print(line, flush=True)
    os.environ.update(_environment(folder))
    with tempfile.TemporaryDirectory() as passing:
        spare = folder / STATE if can_write(folder / STATE) else Path(passing)
        with settled(spare) as places:
            if places:
                print(f"Your home cannot be used; Jupyter's own files go to {spare}", flush=True)
            from jupyterlab.labapp import LabApp  # it reads the environment when it is imported

            LabApp.launch_instance(argv=arguments(folder, port=port, browser=browser))


def arguments(folder: Path, *, port: int | None = None, browser: bool = True) -> list[str]:
    """JupyterLab's command line."""
    first = notebooks(folder)[:1]
    chosen = [
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.answer_yes=True",  # Ctrl-C ends it; open notebooks save themselves
        "--ServerApp.kernel_spec_manager_class=workbench.kernel.ThisInterpreter",
        "--LabApp.custom_css=True",
        f"--LabApp.default_url=/lab{''.join(f'/tree/{path.name}' for path in first)}",
    ]
    if not browser:
        chosen.append("--no-browser")
    if port is not None:  # what was asked for, or an error; never its neighbour
        chosen += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        chosen.append("--allow-root")  # containers; only this machine can reach 127.0.0.1
    return chosen


def _try(port: int) -> None:
    """Open the port and close it again: JupyterLab itself serves a port that is none, in words."""
    if not isinstance(port, int) or not 0 <= port <= PORTS:
        raise ValueError(
            f"port: expected a whole number from 1 to {PORTS}, or 0 for any free one, got "
            f"{port!r}: leave --port out, or choose another such as 8888"
        )
    try:
        with socket.socket() as door:
            if os.name == "posix":  # as JupyterLab: a port that was served a moment ago is free
                door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(("127.0.0.1", port))
            door.listen()
    except OSError as error:
        raise ValueError(
            f"port: {port} cannot be had ({error.strerror or error}): leave --port out, or choose "
            "another such as 8888"
        ) from None


def _environment(folder: Path) -> dict[str, str]:
    """Write settings, style and layout; the variables that make Jupyter find them."""
    state = folder / STATE
    config = state / "config"
    _write(config / "labconfig" / "default_setting_overrides.json", SETTINGS)
    _write(config / "custom" / "custom.css", STYLE)
    _lay_out(config / "lab" / "workspaces")
    return {"JUPYTER_CONFIG_DIR": str(config)}


def _lay_out(workspaces: Path) -> None:
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    manager = WorkspacesManager(str(workspaces))
    if not manager.load("default")["data"]:
        manager.save("default", json.dumps(LAYOUT))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    path.write_text(text, encoding="utf-8")


def _told(folder: Path, changes: Changes) -> list[str]:
    lines = [f"Your notebooks are in {folder}"]
    if changes.copied:
        many = f" and {len(changes.copied) - 3} more" if len(changes.copied) > 3 else ""
        lines.append("Copied there now: " + ", ".join(changes.copied[:3]) + many)
    for yours, newer in changes.offered:
        lines.append(f"{yours} has a newer version: see {newer}. Yours stays as you left it.")
    return lines
