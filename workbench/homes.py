"""Where a path leads, and where programs may write: in the home, or where there is none, elsewhere.

Containers, ``sudo`` and shared machines bring processes without a home, with somebody else's, or
with one that cannot be written. Jupyter, IPython and matplotlib all keep files there; each can be
told another place by an environment variable.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = "USERPROFILE" if os.name == "nt" else "HOME"

# These would lead away from the course's own settings, from the address that is said, or from
# plots that show in the notebook.
MISLEADING = (
    *("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "JUPYTERLAB_DIR"),
    *("JUPYTER_NO_CONFIG", "JUPYTER_PORT", "JUPYTER_PORT_RETRIES", "MPLBACKEND"),
)

# variable -> a folder below the spare one
SPARE = {
    "JUPYTER_DATA_DIR": "jupyter",
    "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}


def in_full(path: str | Path, *, name: str) -> Path:
    """``path`` from the root on: ``~`` is a home, links are followed; it need not exist.

    ``name`` is what the caller calls it. Raises ValueError where it leads nowhere.
    """
    try:
        return Path(path).expanduser().resolve()
    except (RuntimeError, ValueError) as error:  # no such home, links in a circle, a null byte
        cure = "write it without ~" if str(path).startswith("~") else "choose another"
        raise ValueError(f"{name}: {path} leads nowhere ({error}): {cure}") from None
    except FileNotFoundError:
        raise ValueError(
            f"{name}: {path} is looked for in the present folder, which has been deleted: change "
            "to another one (cd), or write the path in full"
        ) from None


def can_write(folder: Path) -> bool:
    """Whether programs can keep files in ``folder``, found by making one; the folder is made too.

    Not where its path holds bytes that are no text: Jupyter makes addresses of such paths.
    """
    try:
        str(folder).encode()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # keys of kernels may lie in it
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, UnicodeEncodeError):
        return False


@contextmanager
def settled(spare: Path) -> Iterator[dict[str, str]]:
    """While it lasts, this process and those it starts find places to write, and no wrong settings.

    Yields the environment variables set for it, none on a usual machine; what they name lies in
    ``spare``, a folder that can be written, and is its owner's alone.
    """
    changes = _changes(spare)
    for place in changes.values():
        Path(place).mkdir(parents=True, exist_ok=True, mode=0o700)
    before = {name: os.environ.get(name) for name in (*MISLEADING, *changes)}
    for name in MISLEADING:
        os.environ.pop(name, None)
    os.environ.update(changes)
    try:
        yield changes
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _changes(spare: Path) -> dict[str, str]:
    if not _has_home():
        return {HOME: str(spare / "home")} | {name: str(spare / at) for name, at in SPARE.items()}
    usual = _usual()
    unfit = [name for name in SPARE if not all(can_write(place) for place in usual[name])]
    return {name: str(spare / SPARE[name]) for name in unfit}


def _has_home() -> bool:
    """Whether there is a home that can at least be read."""
    try:
        os.listdir(Path.home())
    except (RuntimeError, OSError):
        return False
    return Path.home().is_absolute()


def _usual() -> dict[str, tuple[Path, ...]]:
    """Where each program writes as the environment stands."""
    from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

    chosen = {name: (Path(os.environ[name]),) for name in SPARE if os.environ.get(name)}
    home = Path.home()
    drawing = [home / ".matplotlib"]
    if sys.platform.startswith(("linux", "freebsd")):
        config = os.environ.get("XDG_CONFIG_HOME") or home / ".config"
        cache = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
        drawing = [Path(config, "matplotlib"), Path(cache, "matplotlib")]
    return {
        "JUPYTER_DATA_DIR": (Path(jupyter_data_dir()),),
        "JUPYTER_RUNTIME_DIR": (Path(jupyter_runtime_dir()),),
        "IPYTHONDIR": (home / ".ipython",),
        "MPLCONFIGDIR": tuple(drawing),
    } | chosen
