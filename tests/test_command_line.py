"""``workbench lab``, ``doctor`` and ``render``, from the outside and room by room."""

from __future__ import annotations

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
from workbench.doctor import Finding, examine, report


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
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        found = re.search(r"(http://127\.0\.0\.1:\d+)/\S*[?&]token=(\w+)", line)
        if found:
            break
    else:
        pytest.fail(f"workbench lab ended: {said}")
    answers(found[1])
    yield process, found[1], found[2], home
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


# ------------------------------------------------------------------ doctor


def test_doctor_names_everything() -> None:
    findings = examine()
    named = {finding.name for finding in findings}
    wanted = {"torch", "jupyterlab", "ipykernel", "ipywidgets", "device", "Graphviz", "kernel"}
    assert wanted <= named
    assert "digits" in named
    assert not [finding for finding in findings if finding.broken]
    assert report(findings).endswith("Ready: workbench lab")
    kernel = next(finding for finding in findings if finding.name == "kernel")
    assert sys.executable in kernel.state or os.path.realpath(sys.executable) in kernel.state


def test_doctor_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["torch<2", "no-such-package>=1", 'only-for-tests>=1; extra == "test"', "numpy"]
    monkeypatch.setattr(doctor, "requires", lambda name: wanted)
    for check in ("_device", "_graphviz", "_kernel", "_notebooks", "_data"):
        monkeypatch.setattr(doctor, check, lambda: iter(()))
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert 'pip install "torch<2"' in said
    assert 'pip install "no-such-package>=1"' in said
    assert "only-for-tests" not in said
    assert "2 to cure." in said


def test_a_check_that_raises_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Iterator[Finding]:
        raise ImportError("libgraphviz.so: not found")
        yield

    for check in ("_packages", "_device", "_kernel", "_notebooks", "_data"):
        monkeypatch.setattr(doctor, check, lambda: iter(()))
    monkeypatch.setattr(doctor, "_graphviz", broken)
    finding = examine()[-1]
    assert finding.broken
    assert "libgraphviz.so: not found" in finding.state


def test_advice_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(doctor, "_has_nvidia", lambda: False)
    (finding,) = doctor._device()
    assert "CPU build" in finding.cure
    assert "first" in finding.cure
    assert not finding.broken
    assert report([finding]).startswith("note")
    monkeypatch.setattr(doctor, "_has_nvidia", lambda: True)
    (finding,) = doctor._device()
    assert "driver" in finding.cure
