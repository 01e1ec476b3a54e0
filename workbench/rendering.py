"""``workbench render``: execute a notebook and write the static outputs that are committed.

A code host, or JupyterLab before the first Run, shows what is left here: ``text/html`` with
``<img alt=…>`` (the static twin of each panel), text, and numbers; no widget state, no absolute
paths. They say that they are examples, and no cell has a run number: whoever reads this has run
nothing yet. ``metadata.workbench`` remembers which code made the outputs.

The logs of the panels' finished runs are kept in a folder of this machine, under the hash of all
that can change their numbers: where only looks have changed, they are replayed, and nothing trains.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

from workbench.data.downloads import cache
from workbench.freshness import ASK, WATCH, Used, hashes, remember, remembered, stale
from workbench.homes import in_full
from workbench.kernel import ThisKernel
from workbench.links import renewed
from workbench.views.stored_examples import example

WIDGET = "application/vnd.jupyter.widget-view+json"
PNG = r"(data:image/png;base64,)([A-Za-z0-9+/=]+)"
RUNS_CACHE = "WORKBENCH_RUNS_CACHE"  # as in panels.running
LARGEST = 300_000  # bytes of a committed notebook
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}


def render(path: Path, *, again: bool = False, kept: Path | None = None) -> float | None:
    """Execute ``path`` in a temporary copy of its folder and write its outputs; seconds it took.

    None, and nothing done, where the outputs are of the present code (``again=True`` runs all the
    same, and trains anew). ``kept`` is the folder of kept runs (default: in the user's cache).
    Raises ValueError for a cell that fails (nothing is written) or a result above 300 KB.
    """
    path = in_full(path, name="path")
    notebook = nbformat.read(path, as_version=4)
    if not stale(notebook) and not again:
        return None
    began = time.perf_counter()
    kept = cache() / "runs" if kept is None else in_full(kept, name="kept")
    with tempfile.TemporaryDirectory() as scratch:
        folder, runs = Path(scratch).resolve() / "notebooks", Path(scratch) / "runs"
        shutil.copytree(path.resolve().parent, folder, ignore=shutil.ignore_patterns(".*"))
        known = kept / hashes(notebook, remembered(notebook))["numbers"]
        if known.is_dir() and not again:
            shutil.copytree(known, runs)
        variables = {"WORKBENCH_RENDER": "1", RUNS_CACHE: str(runs)}
        used = execute(notebook, folder, name=path.name, variables=variables)
        clean(notebook, (folder, Path(__file__).resolve().parent.parent))
        remember(notebook, used)
        _write(path, notebook)
        if runs.is_dir():
            place = kept / hashes(notebook, used)["numbers"]
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):  # no room to keep them: the next time trains anew
                shutil.copytree(runs, place)
    return time.perf_counter() - began


def renew_links(path: Path) -> bool:
    """Point the links of a notebook or a Markdown file to where their lines are now; if any moved.

    Nothing is executed, outputs stay. Raises ValueError for a link whose line has gone.
    """
    path = in_full(path, name="path")
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
        moved = renewed(text, path.parent)
        if moved != text:
            path.write_text(moved, encoding="utf-8")
        return moved != text
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    before = [cell.source for cell in cells]
    for cell in cells:
        cell.source = renewed(cell.source, path.parent)
    if before == [cell.source for cell in cells]:
        return False
    _write(path, notebook)
    return True


def execute(
    notebook: Any, folder: Path, *, name: str, variables: dict[str, str], timeout: int = 600
) -> Used:
    """Run every cell of ``notebook``, in ``folder``, with this interpreter; outputs stay in it.

    ``variables`` are added to the environment (an empty value takes one out of it); ``timeout`` is
    seconds a cell. Returns what of workbench the notebook used.
    Raises ValueError that names the cell that failed, with its traceback.
    """
    notebook.cells.append(nbformat.v4.new_code_cell(ASK))
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisKernel,
        kernel_name="python3",
        extra_arguments=[f"--IPKernelApp.exec_lines={WATCH}"],
        timeout=timeout,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env={k: v for k, v in {**os.environ, **variables}.items() if v})
    except CellExecutionError as error:
        raise ValueError(f"{name}: a cell failed\n{error}") from None
    finally:
        last = notebook.cells.pop()
    return Used.read(json.loads(last.outputs[-1]["text"]))


def clean(notebook: Any, folders: tuple[Path, ...]) -> None:
    """Drop what must not be committed: see the module's head. ``folders`` are cut off paths."""
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": LANGUAGE}
        | {key: value for key, value in notebook.metadata.items() if key == "title"}
    )
    seed, panels = None, set[str]()
    for cell in notebook.cells:
        for noise in ("execution", "scrolled", "collapsed"):
            cell.metadata.pop(noise, None)
        if cell.cell_type == "code":
            seed, panels = _seed(cell, seed), panels | _panels_made(cell.source)
            cleaned = (_output(output, folders) for output in cell.outputs)
            told_of = panels & _names(cell.source)
            cell.outputs = [_example(each, seed, told_of) for each in cleaned if each is not None]
            cell.execution_count = None  # nobody who reads this has run it


def _output(output: Any, folders: tuple[Path, ...]) -> Any:
    """One output as it may be committed, or None."""
    if output.output_type == "stream":
        if output.name == "stderr":  # progress bars and warnings
            return None
        output.text = _portable(output.text, folders)
        return output if output.text.strip() else None
    data = output.data
    was_widget = data.pop(WIDGET, None) is not None
    if data.get("text/plain", "").startswith("<IPython.core.display.") and len(data) > 1:
        del data["text/plain"]
    if "text/html" in data:
        data.pop("image/svg+xml", None)  # untrusted notebooks drop it
        data["text/html"] = re.sub(PNG, _packed, data["text/html"])
    elif was_widget:
        return None  # all that is left is the repr of a widget
    for kind in ("text/html", "text/plain", "text/markdown"):
        if kind in data:
            data[kind] = _portable(data[kind], folders)
    return output if data else None


def _packed(found: re.Match[str]) -> str:
    """The same picture in fewer bytes; on screen, where frames follow each other, time counts."""
    ink = io.BytesIO()
    try:
        with Image.open(io.BytesIO(base64.b64decode(found[2]))) as picture:
            picture.save(ink, format="png", optimize=True)
    except (ValueError, OSError):  # somebody's idea of a picture
        return found[0]
    smaller = base64.b64encode(ink.getvalue()).decode()
    return found[1] + min(smaller, found[2], key=len)


def _example(output: Any, seed: int | None, panels: set[str]) -> Any:
    """An output that tells of a run, or shows a picture, as an example; any other as it is."""
    if output.output_type == "execute_result":
        output.execution_count = None
    if output.output_type == "stream":
        if not panels:
            return output
        text = output.text
        page = f'<pre style="margin:0">{escape(text)}</pre>'
        output = nbformat.v4.new_output(
            "display_data", {"text/html": page, "text/plain": text.rstrip()}
        )
    for kind in ("text/html", "text/markdown"):
        if kind in output.data and (panels or "<img" in output.data[kind]):
            output.data[kind] = example(output.data[kind], seed=seed, of=panels)
    return output


def _seed(cell: Any, before: int | None) -> int | None:
    """The seed that the cell of parameters sets; what it was ``before`` in any other cell."""
    found = re.search(r"^seed *= *(\d+)", cell.source, re.MULTILINE)
    return int(found[1]) if found and "parameters" in cell.metadata.get("tags", ()) else before


def _panels_made(source: str) -> set[str]:
    """The names of the search panels that a cell makes."""
    return set(re.findall(r"^(\w+) *= *(?:SearchPanel|attach)\(", source, re.MULTILINE))


def _names(source: str) -> set[str]:
    return set(re.findall(r"\b[A-Za-z_]\w*", source))


def _portable(text: str, folders: tuple[Path, ...]) -> str:
    for folder in folders:
        text = text.replace(f"{folder}{os.sep}", "").replace(str(folder), ".")
    text = text.replace(str(Path.home()), "~")
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _write(path: Path, notebook: Any) -> None:
    nbformat.validate(notebook)
    content = (nbformat.writes(notebook, version=4).rstrip("\n") + "\n").encode()
    if len(content) > LARGEST:
        heaviest = max(notebook.cells, key=lambda cell: len(json.dumps(cell.get("outputs", ""))))
        raise ValueError(
            f"{path.name}: {len(content) / 1000:.0f} KB, expected at most {LARGEST / 1000:.0f} KB: "
            f"draw less or smaller; the heaviest cell is {heaviest.get('id')}"
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    os.replace(temporary, path)
