"""Where paths lead, and where programs write where the home is of no use."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from workbench import homes
from workbench.homes import MISLEADING, SPARE, can_write, in_full, settled

posix = pytest.mark.skipif(sys.platform == "win32", reason="homes of a posix machine")


@pytest.fixture(autouse=True)
def _a_usual_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name in (*MISLEADING, *SPARE, "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_on_a_usual_machine_nothing_is_set(tmp_path: Path) -> None:
    before = dict(os.environ)
    with settled(tmp_path / "spare") as places:
        assert places == {}
        assert dict(os.environ) == before
    assert not (tmp_path / "spare").exists()


def nobody(uid: int) -> None:
    raise KeyError(uid)


@posix
@pytest.mark.parametrize("home", [None, "", "relative", "{file}/home", "/no/such/home"])
def test_without_a_home_all_lies_in_the_spare_folder(
    home: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pwd

    monkeypatch.chdir(tmp_path)
    (tmp_path / "relative").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home.format(file=tmp_path / "file"))
    if home == "":  # Python's own answer to that is "/", which root can write
        monkeypatch.setattr(homes, "can_write", lambda folder: False)
    before = dict(os.environ)
    with settled(tmp_path / "spare") as places:
        assert set(SPARE) <= set(places)
        for name, place in places.items():
            assert os.environ[name] == place
            assert Path(place).parent == tmp_path / "spare"
            assert not Path(place).stat().st_mode & 0o077  # the keys of kernels lie there
    assert dict(os.environ) == before


@posix
def test_only_what_cannot_be_written_lies_elsewhere(tmp_path: Path) -> None:
    """A home in which ``sudo`` has left a folder of root's: here, a file in its place."""
    (tmp_path / "home" / ".ipython").write_text("")
    with settled(tmp_path / "spare") as places:
        assert places == {"IPYTHONDIR": str(tmp_path / "spare" / "ipython")}


@posix
def test_a_variable_that_leads_nowhere_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path / "file" / "mpl"))
    with settled(tmp_path / "spare") as places:
        assert set(places) == {"MPLCONFIGDIR"}
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path / "file" / "mpl")


def test_misleading_variables_are_gone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in MISLEADING:
        monkeypatch.setenv(name, "nonsense")
    with settled(tmp_path / "spare"):
        assert not set(MISLEADING) & set(os.environ)
    assert all(os.environ[name] == "nonsense" for name in MISLEADING)


def test_a_folder_is_tried_by_writing(tmp_path: Path) -> None:
    assert can_write(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("")
    assert not can_write(tmp_path / "file")
    assert not can_write(tmp_path / "file" / "below")
    assert not can_write(tmp_path / "bytes that are no text: \udcff")


def test_a_home_is_spelled_out(tmp_path: Path) -> None:
    home = (tmp_path / "home").resolve()
    assert in_full("~", name="folder") == home
    assert in_full(Path("~/a b/Ω"), name="folder") == home / "a b" / "Ω"
    assert in_full(tmp_path / "~x", name="folder") == (tmp_path / "~x").resolve()


@pytest.mark.parametrize("path", ["~nobody-of-that-name/x", "a\0b"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"folder: .* leads nowhere"):
        in_full(path, name="folder")


@posix
def test_a_folder_that_was_deleted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ValueError, match="deleted"):
        in_full("course", name="folder")
    assert in_full(tmp_path, name="folder") == tmp_path.resolve()
