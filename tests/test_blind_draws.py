"""What notebooks 01 to 03 show: recorded blind draws, strips, triangles, gradients that agree."""

from __future__ import annotations

import pytest
import torch

from workbench.data import digits
from workbench.exercises.blind_draws import (
    CORRECT,
    DRAWS,
    EPOCHS,
    IMAGES,
    SEEDS,
    blind,
    gains,
    leads,
    medians,
    recorded,
    spaces,
)
from workbench.exercises.gradient_agreement import agreement
from workbench.exercises.strips import Strips
from workbench.exercises.triangles import Triangles
from workbench.history import History
from workbench.records import Candidate, Evaluation, Told
from workbench.spaces import BranchSpace


@pytest.mark.parametrize(("name", "draws"), [("chains", 3), ("convolutions", 2), ("cells", 1)])
def test_what_is_written_down_is_what_training_gives(name: str, draws: int) -> None:
    again = blind(spaces()[name], digits(), draws=draws, epochs=EPOCHS, seed=2)
    scores = tuple(told.evaluation.score for told in again.told)
    assert scores == pytest.approx(recorded(name, 2)[:draws], abs=1e-9)


def test_every_space_was_drawn_from_under_every_seed() -> None:
    assert set(CORRECT) == set(spaces())
    for rows in CORRECT.values():
        assert len(rows) == len(SEEDS)
        assert all(len(row) == DRAWS and 0 < min(row) <= max(row) <= IMAGES for row in rows)
    assert len(digits().validation) == IMAGES
    with pytest.raises(ValueError, match="recorded: name"):
        recorded("trees")
    with pytest.raises(ValueError, match="recorded: seed"):
        recorded("cells", 7)


def test_leads_and_gains_are_differences_of_what_was_recorded() -> None:
    first = sorted(recorded("cells", 0))
    assert medians("cells")[0] == {"seed": 0, "value": pytest.approx((first[14] + first[15]) / 2)}
    assert leads("cells")[0]["value"] == pytest.approx(first[-1] - (first[14] + first[15]) / 2)
    there, back = gains("cells", over="chains"), gains("chains", over="cells")
    assert [one["value"] for one in there] == [-other["value"] for other in back]
    assert [one["seed"] for one in there] == list(SEEDS)


def told(*scores: float) -> History[str]:
    return History(tuple(Told(i, Candidate("a"), Evaluation(s, 0.1)) for i, s in enumerate(scores)))


def test_strips_say_what_is_to_be_seen_and_share_an_axis() -> None:
    both = Strips({"a": told(0.9, 0.1, 0.5), "b": (0.2, 0.4)}, yours=0, caption="Seed <0>.")
    first, second = both.alt.split(". ")
    assert "a: 2 dots from 10.0 % to 50.0 %" in first  # the star is none of them
    assert "median 30.0 %; yours, a star, is rank 1 of 3" in first
    assert "b: 1 dots" not in second
    assert "median 30.0 %" in second
    page = both._repr_html_()
    assert page.count("<img alt=") == 1
    assert "Seed &lt;0&gt;." in page
    assert repr(both) == both.alt


def test_a_strip_has_no_rank_for_yours_that_failed() -> None:
    failed = History((Told(0, Candidate("a"), Evaluation.failed()), *told(0.4, 0.9, 0.5).told[1:]))
    assert Strips({"a": failed}, yours=0).alt.endswith("median 70.0 %; yours failed.")


def test_strips_without_a_network_or_a_name() -> None:
    assert Strips({"a": History()}).alt == "a: no network yet."
    assert "<img alt=" in Strips({"a": History()})._repr_html_()
    with pytest.raises(ValueError, match="Strips: named: expected a strip"):
        Strips({})
    for named in ({"a": 3}, {"a": ("x",)}, {3: (0.5,)}):
        with pytest.raises((TypeError, ValueError), match="named"):
            Strips(named)  # type: ignore[arg-type]


def test_triangles_say_which_places_are_filled() -> None:
    shown = Triangles(BranchSpace(max_depth=4, filters=(8,), always_chain=False).published())
    assert shown.alt.startswith("chain: 3 of 6 places of a triangle are filled; layer 4 reads 3. ")
    assert "ResNet: 4 of 6 places of a triangle are filled; layer 4 reads 1, 3" in shown.alt
    assert repr(shown) == shown.alt
    assert shown._repr_html_().count("<img alt=") == 1
    with pytest.raises(ValueError, match="Triangles: named: expected at least one"):
        Triangles({})


def test_with_skips_batches_agree_and_without_they_do_not() -> None:
    space, images = BranchSpace(max_depth=14, filters=(8,), always_chain=False), digits()
    famous = space.published()
    before = torch.get_rng_state()
    chain, skips = (agreement(space, famous[name], images, seed=1) for name in ("chain", "ResNet"))
    assert torch.equal(torch.get_rng_state(), before)
    assert -1 <= chain < 0.2 < 0.3 < skips <= 1
    assert agreement(space, famous["chain"], images, seed=1) == chain
