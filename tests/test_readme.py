"""What the README says is true: its links, its commands, its course map, its code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from workbench.course import notebooks

TOP = Path(__file__).parent.parent
README = (TOP / "README.md").read_text(encoding="utf-8")


def links() -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", README)
    return [link for link in found if not link.startswith("http")]


@pytest.mark.parametrize("link", sorted(set(links())))
def test_links_lead_somewhere(link: str) -> None:
    assert (TOP / link).exists()


def test_links_are_found() -> None:
    assert "notebooks/00_introduction.ipynb" in links()
    assert ".github/panel.png" in links()


def test_the_picture_is_small_and_described() -> None:
    assert (TOP / ".github" / "panel.png").stat().st_size <= 200_000
    assert re.search(r"!\[[^\]]{40,}\]\(\.github/panel\.png\)", README)


def test_the_two_commands() -> None:
    assert "pip install -e . && workbench lab " in README
    assert 'pip install -e ".[test]" && pytest\n' in README


def test_the_course_map_lists_every_notebook_in_order() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(notebooks/(\w+)\.ipynb\) \| .+ \| \d+ \|$", README, re.M)
    assert [target for _, target in rows] == [path.stem for path in notebooks()]
    assert all(name == target for name, target in rows)


@pytest.fixture(scope="module")
def house() -> dict[str, Any]:
    """The names that the README's code defines, all blocks run in order."""
    names: dict[str, Any] = {"__name__": "readme"}
    for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), names)
    return names


def test_its_search_finds_the_smallest_network(house: dict[str, Any]) -> None:
    assert house["space"].spell(house["history"].best.candidate.arch) == "16"


def test_its_space_keeps_the_contract(house: dict[str, Any]) -> None:
    from workbench.exercises.contract import contract

    space = house["Perceptrons"]()
    for case in contract(size=3 + 9 + 27):
        complaint = case.judge(space)
        assert not complaint, f"{case.name}: {complaint}"


def test_its_strategy_and_space_serve_a_panel(house: dict[str, Any], tmp_path: Path) -> None:
    panel = house["SearchPanel"](
        house["space"],
        house["data"],
        strategies=(house["Climber"],),
        trials=3,
        settings={"epochs": 1},
        log=tmp_path / "run.jsonl",
    )
    panel.run()
    outcome = panel.wait()
    assert "finished: 3 trials" in str(outcome)  # the climber tried one of them again
    assert len(panel.history.told) == 3
    panel.close()
