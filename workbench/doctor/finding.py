"""A finding, and the cure of an error that no check has foreseen."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import workbench
from workbench import checks

PIP = f"{shlex.quote(sys.executable)} -m pip install"  # of this Python, whichever is on the PATH
ANEW = (
    "make a new virtual environment (python -m venv), install there from a full checkout "
    "(pip install -e .), and run workbench doctor of that one"
)

ABSENT = "cannot open shared object file"  # what Linux says of a library that a wheel builds on
LIBRARIES = (  # what Graphviz's wheel builds on, and a small container leaves out
    "apt-get install libglib2.0-0 libx11-6 libxext6 libxrender1 libexpat1 zlib1g on Debian and "
    "Ubuntu, dnf install glib2 libX11 libXext libXrender expat zlib on Fedora"
)


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``cure`` is empty where all is well.

    ``needed``: the course does not run without it; otherwise the cure is advice.
    """

    name: str
    state: str
    cure: str = ""
    needed: bool = True

    def __post_init__(self) -> None:
        for name in ("name", "state", "cure"):
            checks.text(f"Finding: {name}", getattr(self, name))
        checks.yes_or_no("Finding: needed", self.needed)

    @property
    def broken(self) -> bool:
        """Whether something that the course needs is missing."""
        return self.needed and bool(self.cure)


def said(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def cure_of(error: BaseException) -> str:
    """What to do about an error, by its kind; never "look at the rest of this report"."""
    if isinstance(error, ImportError) and ABSENT in str(error):
        library = str(error).split(":")[0]
        return f"install the system's own package with {library}; for Graphviz's wheel: {LIBRARIES}"
    if isinstance(error, ImportError) and error.name:
        module = error.name.split(".")[0]
        if module in sys.stdlib_module_names:
            return f"this Python was built without {module}: take another one, and {ANEW}"
        if module != workbench.__name__:
            return f"{reinstall(module)}; if that is no help, {ANEW}"
    if isinstance(error, OSError) and error.filename:
        return f"see to it that {error.filename} can be read and written; if it can, {ANEW}"
    return ANEW


def reinstall(module: str) -> str:
    """The command that installs anew what a module comes from, in a version that we ask for."""
    try:
        name = next(iter(packages_distributions().get(module, ())), module)
        wanted = [text for text in requires("workbench") or () if _named(text, name)]
    except PackageNotFoundError:  # workbench itself is not installed
        name, wanted = module, []
    return f'{PIP} --force-reinstall "{wanted[0] if wanted else name}"'


def _named(requirement: str, name: str) -> bool:
    from packaging.requirements import Requirement

    return Requirement(requirement).name == name
