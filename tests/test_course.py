"""The working copy: the originals stay clean, and nothing that a learner wrote is ever lost."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench
from workbench import course as course_room
from workbench.course import COPIES, STATE, Changes, working_copy

NAME = "01_chains.ipynb"
NEW, NEWER = "01_chains.new.ipynb", "01_chains.new2.ipynb"


@pytest.fixture
def course(tmp_path: Path) -> tuple[Path, Path]:
    source = tmp_path / "notebooks"
    source.mkdir()
    (source / NAME).write_text("one")
    (source / "GLOSSARY.md").write_text("words")
    return source, tmp_path / "mine"


def test_first_copy(course: tuple[Path, Path]) -> None:
    source, mine = course
    assert working_copy(mine, source=source) == Changes((NAME, "GLOSSARY.md"), ())
    assert (mine / NAME).read_text() == "one"
    assert working_copy(mine, source=source) == Changes()


def test_work_is_kept_and_the_newer_original_offered(course: tuple[Path, Path]) -> None:
    source, mine = course
    working_copy(mine, source=source)
    (mine / NAME).write_text("my work")
    assert working_copy(mine, source=source) == Changes()
    (source / NAME).write_text("two")
    assert working_copy(mine, source=source) == Changes((), ((NAME, NEW),))
    assert (mine / NAME).read_text() == "my work"
    assert (mine / NEW).read_text() == "two"
    (mine / NEW).unlink()  # the learner does not want it
    assert working_copy(mine, source=source) == Changes()


def test_an_offer_worked_on_is_work(course: tuple[Path, Path]) -> None:
    source, mine = course
    working_copy(mine, source=source)
    (mine / NAME).write_text("my work")
    (source / NAME).write_text("two")
    working_copy(mine, source=source)
    (mine / NEW).write_text("two and my work")
    (source / NAME).write_text("three")
    assert working_copy(mine, source=source).offered == ((NAME, NEWER),)
    assert (mine / NEW).read_text() == "two and my work"


def test_an_untouched_copy_is_brought_up_to_date(course: tuple[Path, Path]) -> None:
    source, mine = course
    working_copy(mine, source=source)
    (source / NAME).write_text("two")
    assert working_copy(mine, source=source) == Changes((NAME,), ())
    assert sorted(path.name for path in mine.glob("*.ipynb")) == [NAME]


def test_a_lost_memory_overwrites_nothing(course: tuple[Path, Path]) -> None:
    source, mine = course
    working_copy(mine, source=source)
    (mine / NAME).write_text("my work")
    (mine / STATE / COPIES).write_text('{"01_cha')
    working_copy(mine, source=source)
    assert (mine / NAME).read_text() == "my work"


def test_links_to_sources_lead_somewhere(course: tuple[Path, Path]) -> None:
    """… and what they lead to does not stand before the package itself."""
    source, mine = course
    working_copy(mine, source=source)
    copy = mine / "workbench" / "search.py"
    assert copy.read_bytes() == (Path(workbench.__file__).parent / "search.py").read_bytes()
    ask = [sys.executable, "-c", "import workbench; print(workbench.__file__)"]
    found = subprocess.run(ask, cwd=mine, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()) == Path(workbench.__file__)
    copy.unlink()
    copy.write_text("changed")
    working_copy(mine, source=source)
    assert "changed" not in copy.read_text()


def test_refused_places(course: tuple[Path, Path]) -> None:
    source, mine = course
    for place in (source, source / "below"):
        with pytest.raises(ValueError, match="originals"):
            working_copy(place, source=source)
    mine.write_text("a file")
    with pytest.raises(ValueError, match="is a file"):
        working_copy(mine, source=source)


def test_a_home_is_spelled_out(course: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    source, mine = course
    monkeypatch.setenv("HOME", str(source.parent))
    monkeypatch.setenv("USERPROFILE", str(source.parent))
    working_copy(Path("~/mine"), source=Path("~/notebooks"))
    assert (mine / NAME).read_text() == "one"
    assert [path.name for path in course_room.notebooks(Path("~/mine"))] == [NAME]
    with pytest.raises(ValueError, match="originals"):
        working_copy(Path("~/notebooks/below"), source=source)


def test_another_package_called_workbench_is_not_overwritten(course: tuple[Path, Path]) -> None:
    source, mine = course
    (mine / "workbench").mkdir(parents=True)
    (mine / "workbench" / "__init__.py").write_text("")
    (mine / "workbench" / "search.py").write_text("somebody's work")
    with pytest.raises(ValueError, match="a package called workbench"):
        working_copy(mine, source=source)
    assert (mine / "workbench" / "search.py").read_text() == "somebody's work"
    assert not (mine / NAME).exists()


def test_what_cannot_be_written_is_named_with_its_cure(course: tuple[Path, Path]) -> None:
    source, mine = course
    mine.mkdir()
    (mine / STATE).write_text("a file")
    with pytest.raises(OSError, match=r"folder: .*mine cannot be written .*\.workbench.*--folder"):
        working_copy(mine, source=source)


def test_a_full_disk_is_left_as_it_was(
    course: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        path.touch()
        raise OSError(28, "No space left on device")

    source, mine = course
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        working_copy(mine, source=source)
    assert [path.name for path in mine.iterdir()] == [STATE]


OPERATIONS = st.one_of(
    st.tuples(st.just("original"), st.sampled_from(["v1", "v2", "v3", "v4"])),
    st.tuples(st.just("edit"), st.sampled_from([NAME, NEW, NEWER])),
    st.tuples(st.just("delete"), st.sampled_from([NAME, NEW, NEWER])),
    st.tuples(st.just("forget"), st.just("")),
)


@given(st.lists(OPERATIONS, max_size=12))
def test_no_history_loses_work_or_touches_originals(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_room, "_lay_sources", lambda folder: None)  # slow, and its own test
        source, mine = Path(folder) / "notebooks", Path(folder) / "mine"
        source.mkdir()
        (source / NAME).write_text("v0")
        working_copy(mine, source=source)
        work: dict[str, str] = {}
        for number, (action, word) in enumerate(steps):
            if action == "original":
                (source / NAME).write_text(word)
            elif action == "edit":
                work[word] = f"work {number}"
                (mine / word).write_text(work[word])
            elif action == "delete":
                (mine / word).unlink(missing_ok=True)
                work.pop(word, None)
            else:
                (mine / STATE / COPIES).unlink()
            original = (source / NAME).read_text()
            working_copy(mine, source=source)
            assert (source / NAME).read_text() == original
            assert (mine / NAME).exists()
            assert [path.name for path in source.iterdir()] == [NAME]
            for name, content in work.items():
                assert (mine / name).read_text() == content
            assert working_copy(mine, source=source) == Changes()
