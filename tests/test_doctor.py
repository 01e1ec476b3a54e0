"""``workbench doctor`` tries what ``workbench lab`` needs, names true causes and their cures."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench import doctor
from workbench.__main__ import main
from workbench.course import STATE, size, working_copy
from workbench.doctor import Finding, examine, installation, report, session
from workbench.doctor.finding import cure_of


def test_the_doctor_names_everything() -> None:
    findings = examine()
    named = {finding.name for finding in findings}
    wanted = {"torch", "jupyterlab", "ipykernel", "ipywidgets", "device", "Graphviz", "kernel"}
    wanted |= {"temporary files", "home", "figures", "JupyterLab", "port", "folder", "digits"}
    assert wanted <= named
    assert not [finding for finding in findings if finding.broken]
    assert report(findings).endswith("Ready: workbench lab")
    assert report(findings, Path("my course")).endswith("Ready: workbench lab --folder 'my course'")
    kernel = next(finding for finding in findings if finding.name == "kernel")
    assert sys.executable in kernel.state or os.path.realpath(sys.executable) in kernel.state


def only(monkeypatch: pytest.MonkeyPatch, kept: str) -> None:
    """Leave out every check but one."""
    for room in (installation, session):
        for name in vars(room).copy():
            if name in CHECKS and name != kept:
                monkeypatch.setattr(room, name, lambda *_: iter(()))


CHECKS = {
    *("packages", "device", "figures", "graphviz", "kernel", "jupyterlab", "port"),
    *("originals", "folder", "data"),
}


def test_the_doctor_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["torch<2", "no-such-package>=1", 'only-for-tests>=1; extra == "test"', "numpy"]
    monkeypatch.setattr(installation, "requires", lambda name: wanted)
    only(monkeypatch, "packages")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert 'pip install "torch<2"' in said
    assert 'pip install "no-such-package>=1"' in said
    assert "only-for-tests" not in said
    assert "2 to cure." in said
    assert f"{sys.executable} -m pip" in said  # not of whichever Python is first on the PATH


def test_a_check_that_raises_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Finding]:
        yield Finding("before", "fine")
        raise ImportError("libgraphviz.so: not found", name="pygraphviz._graphviz")

    only(monkeypatch, "graphviz")
    monkeypatch.setattr(session, "graphviz", broken)
    before, finding = examine()[-2:]
    assert before.name == "before"
    assert finding.broken
    assert "libgraphviz.so: not found" in finding.state
    assert '--force-reinstall "pygraphviz<3,>=2"' in finding.cure


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ModuleNotFoundError("No module named 'sklearn'", name="sklearn"), '"scikit-learn'),
        (ModuleNotFoundError("No module named '_ctypes'", name="_ctypes"), "without _ctypes"),
        (ImportError("libgobject-2.0.so.0: cannot open shared object file"), "libglib2.0-0"),
        (ImportError("libgomp.so.1: cannot open shared object file"), "package with libgomp.so.1"),
        (ImportError("nobody knows what"), "new virtual environment"),
        (ImportError("workbench.x", name="workbench.x"), "new virtual environment"),
        (PermissionError(13, "Permission denied", "/somewhere/x"), "/somewhere/x can be read"),
        (RuntimeError("odd"), "new virtual environment"),
    ],
)
def test_a_cure_is_something_to_do(error: Exception, word: str) -> None:
    cure = cure_of(error)
    assert word in cure
    assert "else is MISSING" not in cure


def test_advice_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(installation, "_has_nvidia", lambda: False)
    (finding,) = installation.device()
    assert "CPU build" in finding.cure
    assert "first" in finding.cure
    assert not finding.broken
    assert report([finding]).startswith("note")
    monkeypatch.setattr(installation, "_has_nvidia", lambda: True)
    (finding,) = installation.device()
    assert "driver" in finding.cure


# ------------------------------------------------------------------ what lab needs, one by one


def test_a_folder_that_cannot_be_written_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "below", tmp_path / "file", Path("~nobody-of-that-name")):
        (finding,) = session.folder(place)
        assert finding.broken
        assert "--folder" in finding.cure
        assert not report([finding]).endswith("Ready: workbench lab")
    (finding,) = session.folder(tmp_path / "Ω" / "deep below")
    assert not finding.broken
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]  # nothing was made


def test_every_part_of_a_working_copy_is_tried(tmp_path: Path) -> None:
    """One whose ``.workbench`` was left by another user; here, a file in the way."""
    working_copy(tmp_path / "mine")
    (finding,) = session.folder(tmp_path / "mine")
    assert not finding.broken
    shutil.rmtree(tmp_path / "mine" / STATE)
    (tmp_path / "mine" / STATE).write_text("")
    (finding,) = session.folder(tmp_path / "mine")
    assert finding.broken


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 100_000 < size() < 50_000_000
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: io.FileIO("/dev/full", "w"))
    (finding,) = session.folder(tmp_path / "mine")
    assert finding.broken
    assert "No space left" in finding.state


def test_a_port_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = session.port()
    assert not finding.broken

    def refused(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refused)
    (finding,) = session.port()
    assert finding.broken
    assert "127.0.0.1" in finding.cure


def test_where_jupyterlabs_ports_are_taken_another_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        monkeypatch.setattr(session, "PORTS", (door.getsockname()[1],))
        (finding,) = session.port()
    assert "--port 0" in finding.cure


def test_a_kernel_that_dies_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))  # no standard library there
    (finding,) = session.kernel(tmp_path)
    assert finding.broken
    assert "encodings" in finding.state
    assert "ipykernel_launcher" in finding.cure


def test_a_learners_file_that_hides_a_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "ipywidgets.py").write_text("import no_such_thing")
    (finding,) = session.kernel(tmp_path)
    assert finding.broken
    assert "no_such_thing" in finding.state
    assert "Rename a file of yours" in finding.cure


def test_temporary_files_are_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    (finding,) = session.temporary()
    assert finding.broken
    assert "TMPDIR" in finding.cure
    only(monkeypatch, "none of them")
    assert [each.name for each in examine() if each.broken] == ["temporary files"]


def test_jupyterlabs_page_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import jupyterlab.commands

    (finding,) = session.jupyterlab()
    assert not finding.broken
    monkeypatch.setattr(jupyterlab.commands, "get_app_dir", lambda: str(tmp_path))
    (finding,) = session.jupyterlab()
    assert '--force-reinstall "jupyterlab' in finding.cure


def test_data_that_are_not_ours_to_read_are_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.data import cifar

    def found() -> Path:
        raise PermissionError(13, "Permission denied", "/root/.cache")

    monkeypatch.setattr(cifar, "found", found)
    assert not [finding for finding in installation.data() if finding.broken]


# ------------------------------------------------------------------ from the outside


def doctored(cwd: Path, *words: str, **variables: str) -> tuple[int, str]:
    """Exit status and report of a doctor in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "doctor", *words],
        cwd=cwd,
        env={k: v for k, v in {**os.environ, **variables}.items() if v},
        capture_output=True,
        check=False,
        timeout=250,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode("ascii")


@pytest.mark.skipif(sys.platform == "win32", reason="homes of a posix machine")
def test_no_home_no_utf8_and_all_is_ready(tmp_path: Path) -> None:
    """No HOME, and a user whom the machine does not know; a console of ASCII alone."""
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\ndef nobody(uid): raise KeyError(uid)\npwd.getpwuid = nobody\n"
    )
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    poor = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    status, said = doctored(tmp_path, HOME="", PYTHONPATH=paths, **poor)
    assert "home: there is none that can be read" in said
    assert "8?8 images" in said
    assert said.rstrip().endswith("Ready: workbench lab")
    assert status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="homes of a posix machine")
def test_causes_are_named_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, said = doctored(
        tmp_path,
        *("--folder", str(tmp_path / "file" / "course")),
        HOME=str(tmp_path / "file" / "home"),
        MPLBACKEND="nonsense",
        PYTHONIOENCODING="ascii",
    )
    missing = [line for line in said.splitlines() if line.startswith("MISSING")]
    assert [line.split()[1] for line in missing] == ["MPLBACKEND:", "folder:"]
    assert "nonsense" in missing[0]
    assert "reinstall" not in said
    assert said.rstrip().endswith("2 to cure.")
    assert status == 1


def test_the_doctors_own_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "none of them")
    monkeypatch.setenv("MPLBACKEND", "agg")
    before = dict(os.environ)
    assert doctor.examine()
    assert dict(os.environ) == before
