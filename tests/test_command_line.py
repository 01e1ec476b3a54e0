"""The command line and ``workbench lab``, from the outside: any console, any folder, any home."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench
from workbench import doctor, lab
from workbench.__main__ import main
from workbench.doctor import Finding


def test_import_is_light() -> None:
    code = "import sys, workbench, workbench.__main__; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert not {"torch", "matplotlib", "ipywidgets", "numpy"} & set(loaded.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert workbench.__version__ in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["dance"], ["lab", "--port", "many"]])
def test_wrong_words_are_explained(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "usage: workbench" in capsys.readouterr().err


def test_lab_refuses_the_originals(capsys: pytest.CaptureFixture[str]) -> None:
    from workbench.course import originals

    assert main(["lab", "--no-browser", "--folder", str(originals())]) == 1
    assert "--folder" in capsys.readouterr().err


# ------------------------------------------------------------------ consoles


@pytest.mark.parametrize("encoding", ["cp437", "cp1251", "ascii", "latin-1", "utf-8"])
def test_what_a_console_lacks_is_replaced(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ink = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(ink, encoding=encoding))
    findings = [Finding("digits", "8×8 images in /home/Ω日本/bad\udcff", "→ cure")]
    monkeypatch.setattr(doctor, "examine", lambda folder: findings)
    assert main(["doctor", "--folder", "Ω"]) == 1
    sys.stdout.flush()
    shown = ink.getvalue().decode(encoding)
    assert "images in /home/" in shown
    assert "1 to cure." in shown


def test_without_a_console_nothing_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under ``pythonw``, or with descriptors 1 and 2 closed."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(doctor, "examine", lambda folder: [])
    assert main(["doctor"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors of a posix machine")
def test_closed_descriptors_are_opened_for_those_that_come_after(tmp_path: Path) -> None:
    """A kernel that is started without them dies."""
    program = (
        "import subprocess, sys; "
        "from workbench import doctor; from workbench.__main__ import main; "
        "doctor.examine = lambda folder: []; main(); "
        "ask = 'import os; os.fstat(0); os.fstat(1)'; "
        "sys.exit(subprocess.run([sys.executable, '-c', ask]).returncode)"
    )
    ask = [sys.executable, "-c", program, "doctor"]
    closed = subprocess.run(ask, cwd=tmp_path, preexec_fn=lambda: os.closerange(0, 2), check=False)
    assert closed.returncode == 0


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own; an empty variable is taken out of the environment."""
    return subprocess.run(
        [sys.executable, "-m", "workbench", *words],
        cwd=cwd,
        env={k: v for k, v in {**os.environ, **variables}.items() if v},
        capture_output=True,
        check=False,
        timeout=200,
    )


POOR = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_a_refusal_can_be_said_on_a_poor_console(tmp_path: Path) -> None:
    (tmp_path / "Ω").write_text("a file")
    done = run("lab", "--no-browser", "--folder", str(tmp_path / "Ω"), cwd=tmp_path, **POOR)
    assert done.returncode == 1
    assert b"is a file: choose another with --folder" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("many", [1, 100_000])
def test_who_listens_may_leave(many: int, tmp_path: Path) -> None:
    """``workbench doctor | head -1``"""
    code = "import os, sys; os.close(0); sys.exit()"
    listener = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    listener.wait(timeout=30)
    program = (
        "import sys; from workbench import doctor; from workbench.__main__ import main; "
        f"doctor.examine = lambda folder: [doctor.Finding('x', 'y' * {many})]; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "doctor"],
        stdout=listener.stdin,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
    )
    assert done.stderr == b""


# ------------------------------------------------------------------ ports, folders


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "1000000000000"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    assert main(["lab", "--no-browser", f"--port={port}", "--folder", str(folder)]) == 1
    said = capsys.readouterr().err
    assert port in said
    assert "from 1 to 65535" in said
    assert "--port" in said
    assert not folder.exists()


@pytest.mark.parametrize("port", ["abc", "", "8888.0", "0x22"])
def test_a_port_that_is_no_number_is_explained(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["lab", f"--port={port}"])
    said = capsys.readouterr().err
    assert "--port: expected a whole number such as 8888" in said
    assert repr(port) in said


def test_a_port_that_another_program_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        words = ["lab", "--no-browser", f"--port={port}", "--folder", str(tmp_path / "mine")]
        assert main(words) == 1
    said = capsys.readouterr().err
    assert f"port: {port} cannot be had" in said
    assert "choose another" in said


@pytest.mark.parametrize("port", ["'8888'", "8.5"])
def test_a_port_from_python_is_checked_as_well(port: str, tmp_path: Path) -> None:
    code = f"from workbench.lab import lab; from pathlib import Path; lab(Path('x'), port={port})"
    ask = [sys.executable, "-c", code]
    done = subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "ValueError: port: expected a whole number from 1 to 65535" in done.stderr
    assert f"got {port}" in done.stderr


def test_a_folder_that_cannot_be_made_names_folder_and_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file/below", "x" * 300):
        assert main(["lab", "--no-browser", "--folder", str(tmp_path / place)]) == 1
        said = capsys.readouterr().err
        assert said.startswith("workbench lab: folder: ")
        assert "cannot be written" in said
        assert "choose another with --folder" in said


def test_a_home_in_a_path_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from workbench import rendering

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "00_a.ipynb").write_text("{}")
    (tmp_path / "file").write_text("")
    rendered: list[Path] = []
    monkeypatch.setattr(rendering, "render", lambda path, *, again: rendered.append(path))
    assert main(["render", "~/00_a.ipynb"]) == 0
    assert rendered == [(tmp_path / "00_a.ipynb").resolve()]
    assert main(["lab", "--no-browser", "--folder", "~/file"]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert main(["lab", "--no-browser", "--folder", "~nobody-of-that-name/mine"]) == 1
    assert "write it without ~" in capsys.readouterr().err
    assert not list(tmp_path.glob("~*"))


def test_a_missing_package_sends_to_the_doctor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab_server", None)
    monkeypatch.setitem(sys.modules, "jupyterlab_server.workspaces_handler", None)
    assert main(["lab", "--no-browser", "--folder", str(tmp_path / "mine")]) == 1
    assert "workbench doctor says what is missing" in capsys.readouterr().err


# ------------------------------------------------------------------ lab


def test_lab_arguments(tmp_path: Path) -> None:
    (tmp_path / "00_introduction.ipynb").write_text("{}")
    words = lab.arguments(tmp_path, port=9999, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in words
    assert "--ServerApp.port=9999" in words
    assert "--no-browser" in words
    assert "--LabApp.default_url=/lab/tree/00_introduction.ipynb" in words
    assert "--no-browser" not in lab.arguments(tmp_path)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def answers(address: str) -> None:
    """The address is printed a moment before the door is open."""
    for _ in range(100):
        try:
            urllib.request.urlopen(address + "/api", timeout=30).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer")


@pytest.mark.skipif(sys.platform == "win32", reason="quotes and line ends in a folder's name")
@pytest.mark.parametrize("console", [{}, POOR], ids=["UTF-8", "C"])
def test_lab_in_a_folder_of_any_name_without_a_home(
    console: dict[str, str], tmp_path: Path
) -> None:
    """It serves, a kernel starts, and the keys of that kernel lie where only its owner reads."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "Ω 'my' \"course\"\n%20#~"
    words = ["lab", "--no-browser", "--port=0", f"--folder={folder}"]
    bad = {"HOME": str(tmp_path / "file" / "home"), "MPLBACKEND": "nonsense", "JUPYTER_PORT": "x"}
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", *words],
        cwd=tmp_path,
        env={**os.environ, **console, **bad, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        address, token = address_of(process)
        answers(address)
        assert asked(address + "/api/contents", token)
        start = urllib.request.Request(f"{address}/api/kernels?token={token}", data=b"{}")
        with urllib.request.urlopen(start, timeout=30) as answer:
            kernel = json.load(answer)["id"]
        (keys,) = tmp_path.rglob(f"kernel-{kernel}.json")
        assert not keys.parent.stat().st_mode & 0o077
        assert keys.is_relative_to(folder) == (not console)  # its path is no text there
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0


def address_of(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Address and token as JupyterLab says them."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*[?&]token=(\w+)", line)
        if found:
            return found[1], found[2]
    pytest.fail(f"workbench lab ended: {said}")


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[str], str, str, Path]]:
    """A running ``workbench lab`` on a machine that has another kernel named python3."""
    home = tmp_path_factory.mktemp("home")
    other = home / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    kernel = {"argv": ["/elsewhere/python"], "display_name": "Other", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(kernel))
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "lab", "--no-browser", f"--port={free_port()}"],
        cwd=home,
        env={**os.environ, "JUPYTER_PATH": str(home / "jupyter")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address, token = address_of(process)
    answers(address)
    yield process, address, token, home
    process.kill()
    process.communicate(timeout=30)


def asked(address: str, token: str) -> object:
    with urllib.request.urlopen(f"{address}?token={token}", timeout=30) as answer:
        return json.load(answer)


def test_lab_wants_its_token(served: tuple[subprocess.Popen[str], str, str, Path]) -> None:
    _, address, token, _ = served
    assert asked(address + "/api/contents", token)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        asked(address + "/api/contents", "guess")


def test_lab_kernel_is_this_interpreter(
    served: tuple[subprocess.Popen[str], str, str, Path],
) -> None:
    _, address, token, _ = served
    kernels = asked(address + "/api/kernelspecs", token)
    assert isinstance(kernels, dict)
    assert list(kernels["kernelspecs"]) == ["python3"]
    assert kernels["kernelspecs"]["python3"]["spec"]["argv"][0] == sys.executable


def test_lab_brings_its_own_settings(
    served: tuple[subprocess.Popen[str], str, str, Path],
) -> None:
    _, address, token, home = served
    name = "@jupyterlab/apputils-extension:notification"
    setting = asked(f"{address}/lab/api/settings/{name}", token)
    assert isinstance(setting, dict)
    assert setting["schema"]["properties"]["fetchNews"]["default"] == "false"
    layout = asked(f"{address}/lab/api/workspaces/default", token)
    assert isinstance(layout, dict)
    assert layout["data"]["layout-restorer:data"]["left"]["collapsed"] is True
    with urllib.request.urlopen(f"{address}/custom/custom.css?token={token}", timeout=30) as css:
        assert "max-width" in css.read().decode()
    assert (home / "workbench-course" / ".workbench").is_dir()


def test_ctrl_c_ends_lab(served: tuple[subprocess.Popen[str], str, str, Path]) -> None:
    process, *_ = served  # last of this fixture's tests
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
