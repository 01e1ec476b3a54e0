"""While tests run, every call into ``workbench`` has its annotations checked.

Shapes ("batch c h w") are jaxtyping's, which costs some 5 µs a call; modules without any are
checked by beartype alone, at a tenth of that.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from beartype import BeartypeConf
from beartype.claw import beartype_package
from jaxtyping import install_import_hook

PACKAGE = "workbench"
ALIAS = re.compile(r'^(\w+): TypeAlias = .*\w\[[\w.]+, "', re.MULTILINE)  # of an array of a shape


def check_calls() -> None:
    """Before anything of the package is imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: pip install -e .")
    beartype_package(PACKAGE, conf=BeartypeConf(claw_is_pep526=False))
    install_import_hook(shaped(Path(spec.origin).parent), "beartype.beartype")


def shaped(root: Path) -> list[str]:
    """The modules of a package that name a shape: jaxtyping's types, or an alias of one."""
    texts = {path: path.read_text(encoding="utf-8") for path in root.rglob("[!_]*.py")}
    aliases = [name for text in texts.values() for name in ALIAS.findall(text)]
    names = re.compile(rf"\b(jaxtyping|{'|'.join(aliases)})\b")
    found = [path.relative_to(root) for path, text in texts.items() if names.search(text)]
    return sorted(".".join((root.name, *path.with_suffix("").parts)) for path in found)
