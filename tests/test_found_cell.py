"""The found cell beside random ones: who is trained, how alike, and what is said."""

from __future__ import annotations

from statistics import mean
from types import SimpleNamespace

import pytest
from test_darts_panel import data

from workbench.exercises.found_cell import FoundCell
from workbench.history import History
from workbench.records import Candidate, Evaluation, Told
from workbench.spaces import TopologySpace

SPACE = TopologySpace(channels=2, cells=1, stages=2)
CELL = SPACE.parse("|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|")


def test_the_found_cell_is_the_first_and_all_are_trained_alike() -> None:
    told = Told(0, Candidate(CELL), Evaluation(0.25, 1.0))
    later = TopologySpace(nodes=3)  # as it is set after the search, to which the cell is a stranger
    panel = SimpleNamespace(history=History((told,)), space=later, run_space=SPACE)
    found = FoundCell(panel, data(), epochs=1, seed=0, others=2)
    assert found.arch == CELL
    assert len(found.random) == 2
    assert found.lead == pytest.approx(found.found - mean(found.random))
    first, second, third = found.rows
    assert first[1] == "25.0 %"
    assert second[0] == "found, trained from scratch"
    assert second[2].endswith("%")
    assert "2 random cells" in third[0]
    assert "±" in third[1]
    assert found._repr_html_().count("<tr>") == 4
    assert "2 random cells" in repr(found)


def test_a_search_that_has_not_ended_has_no_cell() -> None:
    panel = SimpleNamespace(history=History(), run_space=SPACE)
    with pytest.raises(ValueError, match="trial"):
        FoundCell(panel, data(), epochs=1, seed=0)
