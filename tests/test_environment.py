"""The files that set the house up agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import workbench

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())


def conda_and_pip() -> tuple[list[str], list[str]]:
    """The two lists of environment.yml (a plain file: one ``- package`` a line)."""
    lines = (TOP / "environment.yml").read_text().splitlines()
    items = [re.match(r"( *)- (?!pip:)(\S+)$", line) for line in lines]
    found = [(len(item[1]), item[2]) for item in items if item]
    shallow = min(indent for indent, _ in found)
    return (
        [word for indent, word in found if indent == shallow and word != "conda-forge"],
        [word for indent, word in found if indent > shallow],
    )


def ranges(words: list[str]) -> dict[str, str]:
    requirements = [Requirement(word) for word in words]
    return {item.name: str(item.specifier) for item in requirements}


def test_conda_installs_what_pip_installs() -> None:
    conda, pip = conda_and_pip()
    assert ranges([word for word in pip if word != "."]) == ranges(
        PROJECT["project"]["dependencies"]
    )
    of_conda = ranges(conda)
    assert of_conda["python"] == PROJECT["project"]["requires-python"]
    assert of_conda["python-graphviz"] == ranges(PROJECT["project"]["dependencies"])["graphviz"]
    assert {"graphviz", "pip"} <= set(of_conda)


def test_conda_installs_this_checkout() -> None:
    assert re.search(r"^ +- -e \.$", (TOP / "environment.yml").read_text(), re.MULTILINE)


def test_one_version() -> None:
    assert PROJECT["project"]["version"] == workbench.__version__ == version("workbench")


@pytest.mark.skipif(sys.platform == "win32", reason=".ci/run is a bash script")
def test_ci_script_is_bash_and_executable() -> None:
    script = TOP / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_top_level_is_the_houses() -> None:
    """Nothing else visible is committed there."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    tops = {path.split("/")[0] for path in tracked.stdout.splitlines()}
    visible = {top for top in tops if not top.startswith(".")}
    files = {"environment.yml", "README.md", "pyproject.toml", "LICENSE"}
    assert visible <= files | {"workbench", "notebooks", "tests"}
