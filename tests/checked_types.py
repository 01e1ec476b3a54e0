"""While tests run, every call into ``workbench`` has its annotations checked.

Shapes ("batch c h w") are jaxtyping's, which costs some 5 µs a call. In rooms that are called a
million times modules without any are checked by beartype alone, at a tenth of that, but for those
whose annotations it cannot resolve: named tuples, names imported for type checkers only.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from beartype import BeartypeConf
from beartype.claw import beartype_packages
from jaxtyping import install_import_hook

PACKAGE = "workbench"
OFTEN = "spaces", "strategies", "estimators", "history"  # rooms
UNRESOLVED = "NamedTuple", "TYPE_CHECKING"
ALIAS = re.compile(r'^(\w+): TypeAlias = .*\w\[[\w.]+, "', re.MULTILINE)  # of an array of a shape


def check_calls() -> None:
    """Before anything of the package is imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: pip install -e .")
    conf = BeartypeConf(claw_is_pep526=False, violation_type=TypeError)
    beartype_packages([f"{PACKAGE}.{room}" for room in OFTEN], conf=conf)
    install_import_hook(left_to_jaxtyping(Path(spec.origin).parent), "beartype.beartype")


def left_to_jaxtyping(root: Path) -> list[str]:
    """Modules of a package: all but those in rooms that are called often, and of these the ones
    that name a shape, or an alias of one, or what beartype cannot resolve."""
    texts = {path: path.read_text(encoding="utf-8") for path in root.rglob("[!_]*.py")}
    aliases = [name for text in texts.values() for name in ALIAS.findall(text)]
    names = re.compile(rf"\b({'|'.join(['jaxtyping', *UNRESOLVED, *aliases])})\b")
    found = [
        path.relative_to(root)
        for path, text in texts.items()
        if path.relative_to(root).parts[0] not in OFTEN or names.search(text)
    ]
    return sorted(".".join((root.name, *path.with_suffix("").parts)) for path in found)
