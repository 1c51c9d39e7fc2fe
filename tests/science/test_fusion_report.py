"""What a fusion asks of the distances, settles, cleans and reports: bars and blocks, answers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.science.fusion import FusionParameters, fuse
from backend.science.volume import Mask, VolumeGeometry
from tests.science.spines import bars_of, mask

LAYER = 100  # voxels of one layer of a bar
UNCLEANED = FusionParameters(clean=False)


def _layers(fused: Mask, label: int) -> list[int]:
    return [int(z) for z in np.flatnonzero((fused.array == label).all(axis=(0, 1)))]


@pytest.mark.parametrize(
    ("ends", "by_distance"),
    [
        # of 15 layers agreed on 5 are disputed, just a third: no method can differ by more than that
        ((15, 16, 20), 16),
        # 6 of 15. Mean distance of the 17th layer: (2 + 1 - 5) / 3 < 0, of the 18th: (3 + 2 - 4) / 3 > 0
        ((15, 16, 21), 17),
    ],
)
def test_distances_are_asked_only_where_methods_could_differ_by_a_third(
    ends: tuple[int, ...], by_distance: int
) -> None:
    """The majority ends after 16 layers."""
    (one,) = fuse([bars_of({20: (0, end)}) for end in ends]).instances
    assert (one.voxels, one.majority_voxels) == (16 * LAYER, 16 * LAYER)
    assert one.sba_voxels == by_distance * LAYER


@pytest.mark.parametrize("many", [20, 21])
def test_each_vertebra_is_asked_of_the_distances_by_itself(many: int) -> None:
    """One has 2 layers agreed on and 5 disputed, the other 16 and 5. At the second disputed layer the mean is
    (2 + 1 - 4) / 3 < 0, at the third (3 + 2 - 3) / 3 > 0; of the latter it is not asked.
    """
    few = 41 - many
    starts = {20: 21, 21: 0}
    agreed = {many: 2, few: 16}
    more = (0, 1, 5)
    masks = [bars_of({n: (at, at + agreed[n] + beyond) for n, at in starts.items()}) for beyond in more]
    found = {one.label: one for one in fuse(masks).instances}
    assert (found[many].majority_voxels, found[many].sba_voxels) == (3 * LAYER, 4 * LAYER)
    assert (found[few].majority_voxels, found[few].sba_voxels) == (17 * LAYER, 17 * LAYER)


def test_what_is_averaged_by_shape_always_asks_the_distances() -> None:
    """20 layers agreed, 5 disputed: few, but the result hangs on them. At the 22nd: (2 + 1 - 4) / 3 < 0."""
    masks = [bars_of({20: (5, 5 + layers)}) for layers in (20, 21, 25)]
    by_shape, by_votes = fuse(masks, "sba"), fuse(masks, "majority")
    assert _layers(by_shape.mask, 20) == list(range(5, 27))
    assert by_shape.instances[0].sba_voxels == 22 * LAYER
    assert _layers(by_votes.mask, 20) == list(range(5, 26))
    assert by_votes.instances[0].sba_voxels == 21 * LAYER


def test_one_voxel_alone_is_settled_like_many() -> None:
    """A hole of one voxel five steps deep in one of two blocks: (1 - 5) / 2 lies inside."""
    whole = np.zeros((20, 20, 20), dtype=np.uint8)
    whole[5:14, 5:14, 5:14] = 20
    holed = whole.copy()
    holed[9, 9, 9] = 0
    result = fuse([mask(whole), mask(holed)], parameters=UNCLEANED)
    assert (result.mask.array == whole).all()
    assert (result.instances[0].undecided_voxels, result.instances[0].sba_voxels) == (1, 9**3)


def test_a_vertebra_that_nobody_disputes_does_not_end_the_settling() -> None:
    """L1 alike by both, L2 three layers apart: the first of them is inside, the second on the surface."""
    result = fuse([bars_of({20: (25, 35), 21: (5, 15)}), bars_of({20: (25, 35), 21: (5, 18)})])
    assert _layers(result.mask, 20) == list(range(25, 35))
    assert _layers(result.mask, 21) == list(range(5, 16))
    upper, lower = result.instances
    assert (upper.undecided_voxels, lower.undecided_voxels) == (0, 3 * LAYER)
    assert (upper.disputed_voxels, lower.disputed_voxels) == (0, 3 * LAYER)
    assert (upper.uncertainty_mm3, lower.uncertainty_mm3) == (0.0, 3 * LAYER * 1.0)
    for one in (upper, lower):
        assert (one.islands_removed, one.holes_filled) == (0, 0)


def test_where_all_who_drew_were_left_out_there_is_background() -> None:
    """Layers of 12.5 ml: a flood of 200 ml by each of two raters, who share four layers of it."""
    steps = (5.0, 5.0, 5.0)
    result = fuse([bars_of({19: (32, 38), 20: (0, 16)}, steps), bars_of({19: (32, 38), 21: (12, 28)}, steps)])
    assert [rater.left_out for rater in result.raters] == [(20,), (21,)]
    assert _layers(result.mask, 19) == list(range(32, 38))
    assert np.count_nonzero(result.mask.array) == 6 * LAYER


def test_who_abstains_somewhere_moves_nothing_there_by_what_was_drawn_elsewhere() -> None:
    """Layers of 12.5 ml. A flood of 400 ml by the first covers the upper third of L2, of which it drew the
    rest: there the others agree, and the first's own end of L2, up to four layers away, tells nothing.
    """
    steps = (5.0, 5.0, 5.0)
    others = [bars_of({20: (30, end), 21: (0, 12)}, steps) for end in (35, 36)]
    result = fuse([bars_of({20: (8, 40), 21: (0, 8)}, steps), *others], "sba")
    assert [rater.left_out for rater in result.raters] == [(20,), (), ()]
    assert _layers(result.mask, 21) == list(range(12))
    assert [one.undecided_voxels for one in result.instances] == [LAYER, 0]


def test_a_vertebra_that_was_dropped_has_no_voxels() -> None:
    one, two = bars_of({20: (5, 10), 19: (20, 30)}), bars_of({19: (20, 30)})
    kept, dropped = fuse([one, two, two]).instances
    assert (kept.label, kept.voxels, kept.rater_voxels) == (19, 10 * LAYER, (10 * LAYER,) * 3)
    assert (dropped.label, dropped.voxels, dropped.rater_voxels) == (0, 0, (5 * LAYER, 0, 0))


@pytest.mark.parametrize("upper", [True, False])
def test_every_vertebra_is_cleaned_for_itself(upper: bool) -> None:
    """An island of two voxels and a hole of one, drawn by two of three, in L1 or in L2."""
    label, own = (20, slice(25, 35)) if upper else (21, slice(5, 15))
    clear = bars_of({20: (25, 35), 21: (5, 15)})
    clear.array[:2] = clear.array[8:] = 0  # room for an island beside
    spoilt = Mask(clear.geometry, clear.array.copy())
    spoilt.array[0, 4, own.start : own.start + 2] = label
    spoilt.array[5, 5, own.start + 5] = 0
    masks = [clear, spoilt, Mask(spoilt.geometry, spoilt.array.copy())]
    result = fuse(masks)
    assert (result.mask.array == clear.array).all()
    told = {one.label: (one.islands_removed, one.holes_filled) for one in result.instances}
    assert told == {20: (0, 0), 21: (0, 0)} | {label: (2, 1)}
    raw = fuse(masks, parameters=UNCLEANED)
    assert (raw.mask.array == spoilt.array).all()
    assert {(one.islands_removed, one.holes_filled) for one in raw.instances} == {(0, 0)}


@pytest.mark.parametrize(("voxels", "too_large"), [(1279, False), (1281, True)])
def test_too_large_is_said_in_millilitres(voxels: int, too_large: bool) -> None:
    """Voxels of an eighth of a millilitre: 159.875 and 160.125 ml, of 160 that a lumbar vertebra can have."""
    array = np.zeros((12, 12, 12), dtype=np.uint8)
    array.ravel()[:voxels] = 20
    (one,) = fuse([mask(array, (5.0, 5.0, 5.0))] * 2).instances
    assert one.voxels == voxels
    assert one.flags == (("too_large",) if too_large else ())


def test_the_result_lies_on_the_first_grid() -> None:
    """Affines that differ by rounding are one grid; result and entropy take over the first to the bit."""
    masks = [bars_of({20: (5, 15)}), bars_of({20: (5, 18)})]
    affine = masks[1].geometry.affine_ras_mm.copy()
    affine[:3] += 1e-7
    nearly = replace(masks[1], geometry=VolumeGeometry(masks[1].geometry.shape, affine))
    for first, second in ((masks[0], nearly), (nearly, masks[0])):
        result = fuse([first, second])
        assert result.mask.geometry is first.geometry
        assert result.sparse_entropy.geometry is first.geometry
    (alone,) = fuse([masks[0]]).instances
    assert alone.voxels == 10 * LAYER


def test_entropy_is_kept_only_where_those_with_a_vote_differ() -> None:
    masks = [bars_of({20: (5, 15)}), bars_of({20: (5, 15)}), bars_of({20: (5, 18)})]
    voteless = FusionParameters("weighted", weights=(1.0, 1.0, 0.0))
    assert fuse(masks, parameters=voteless).sparse_entropy.index.size == 0
    assert fuse(masks).sparse_entropy.index.size == 3 * LAYER
