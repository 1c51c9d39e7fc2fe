"""Outlines that ran out, ties on the surface, and votes that must not weigh too much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.science.agreement.surfels import Spacing
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask
from backend.science.fusion import FusionParameters, FusionResult, fuse
from backend.science.fusion.bounds import largest_ml
from backend.science.fusion.model import LARGEST_SHARE, Method
from backend.science.fusion.staple import expected_dice
from backend.science.fusion.voting import ABSTAIN, UNDECIDED, majority
from backend.science.volume import Mask
from tests.science.real_data import real_data
from tests.science.spines import balls, empty, mask

METHODS: tuple[Method, ...] = ("majority", "staple", "sba", "weighted")
# 30 voxels of 2 mm on each side: 216 ml. Two vertebrae of 6.4 ml.
SHAPE = (30, 30, 30)
STEPS = (2.0, 2.0, 2.0)
UPPER, LOWER = (slice(10, 20), slice(10, 20), slice(19, 27)), (slice(10, 20), slice(10, 20), slice(4, 12))
SIZE = 10 * 10 * 8
FLOOD_FLAGS = {
    "outline_left_out",
    "too_large",
    "sizes_differ",
    "methods_differ",
    "staple_volume",
    "minority_dropped",
}


def two_vertebrae(names: tuple[int, int] = (20, 21)) -> NDArray[np.uint8]:
    array = np.zeros(SHAPE, dtype=np.uint8)
    array[UPPER], array[LOWER] = names
    return array


def flooded(extent: str) -> NDArray[np.uint8]:
    """One label over the whole image, over half of it, over both vertebrae, or each its half."""
    array = two_vertebrae()
    if extent == "whole":
        array[:] = 20
    elif extent == "half":
        array[:, :, 15:] = 20
    elif extent == "around":
        array[4:26, 4:26, 2:29] = 20
    else:
        array[:, :, 15:], array[:, :, :15] = 20, 21
    return array


def coarse(array: NDArray[np.uint8]) -> Mask:
    return mask(array, STEPS)


def _fuse(arrays: Sequence[NDArray[np.uint8]], method: Method) -> FusionResult:
    weights = tuple(1.0 + 0.1 * number for number in range(len(arrays)))
    return fuse([coarse(array) for array in arrays], method, FusionParameters(weights=weights))


@pytest.mark.parametrize("extent", ["whole", "half", "around", "each"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("raters", [2, 3, pytest.param(4, marks=pytest.mark.slow), 5])
def test_a_flood_never_wins_without_a_flag(raters: int, extent: str, method: Method) -> None:
    """One to all but one of the raters flooded: what comes out is right, or it is pointed out."""
    if method == "staple" and raters == 2:
        return
    for flooders in range(1, raters):
        arrays = [flooded(extent)] * flooders + [two_vertebrae()] * (raters - flooders)
        result = _fuse(arrays, method)
        for label in (20, 21):
            voxels = int((result.mask.array == label).sum())
            flags = {flag for i in result.instances if label in i.names for flag in i.flags}
            wrong = not SIZE * 0.9 <= voxels <= SIZE * 1.1
            assert not wrong or flags & FLOOD_FLAGS, (flooders, label, voxels, flags)
            touched = any(int((array == label).sum()) != SIZE for array in arrays)
            assert not touched or flags, (flooders, label, "passed without a word")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("flooders", "others"), [(1, 1), (1, 2), (2, 1), (3, 1), (2, 2), (4, 1), (1, 4)])
def test_of_a_flood_that_no_vertebra_can_be_the_others_masks_stand(
    flooders: int, others: int, method: Method
) -> None:
    """216 ml under one name: it is left out, abstains everywhere, and takes nobody's place."""
    if method == "staple" and flooders + others == 2:
        return
    result = _fuse([flooded("whole")] * flooders + [two_vertebrae()] * others, method)
    assert (result.mask.array == two_vertebrae()).all()
    assert all("outline_left_out" in i.flags for i in result.instances)
    assert [i.left_out for i in result.instances] == [tuple(range(flooders))] * 2
    assert [r.left_out for r in result.raters] == [(20,)] * flooders + [()] * others


def test_the_trial_of_a_flooded_rater_keeps_the_others_mask() -> None:
    first, wild = (
        read_mask(real_data(f"../trials/s02_sba_flooded_rater/sba2/{name}.nii.gz")) for name in ("a", "w")
    )
    for masks in ([first, wild], [wild, first]):
        result = fuse(masks)
        assert (result.mask.array == first.array).all()
        assert all("outline_left_out" in i.flags for i in result.instances)


def test_three_times_the_largest_of_two_others_is_left_out() -> None:
    """Far below what a vertebra can be, but nobody else drew anything like it."""
    wide = two_vertebrae()
    wide[8:23, 8:23, 18:29] = 20  # 19.8 ml against 6.4 ml
    result = fuse([coarse(two_vertebrae()), coarse(wide), coarse(two_vertebrae())])
    assert result.raters[1].left_out == (20,)
    assert (result.mask.array == two_vertebrae()).all()
    less = two_vertebrae()
    less[8:23, 8:23, 18:28] = 20  # 18 ml
    kept = fuse([coarse(two_vertebrae()), coarse(less), coarse(two_vertebrae())])
    assert kept.raters[1].left_out == ()
    assert "sizes_differ" in kept.instances[0].flags


def test_of_two_possible_sizes_neither_is_left_out_but_it_is_said() -> None:
    wide = two_vertebrae()
    wide[8:23, 8:23, 18:29] = 20
    for masks in permutations([coarse(two_vertebrae()), coarse(wide)]):
        result = fuse(list(masks))
        assert [r.left_out for r in result.raters] == [(), ()]
        assert "sizes_differ" in result.instances[0].flags
        assert result.instances[1].flags == ()


def test_fragments_of_some_do_not_make_a_whole_vertebra_a_flood() -> None:
    result = fuse([balls(), balls(), balls(radius=4), balls(radius=4)])
    assert all(r.left_out == () for r in result.raters)
    assert all("sizes_differ" in i.flags for i in result.instances)


def test_what_all_drew_stands_however_large_and_is_pointed_out() -> None:
    for raters in (1, 2, 3):
        result = fuse([coarse(flooded("whole")) for _ in range(raters)])
        assert (result.mask.array == 20).all()
        assert result.instances[0].flags == ("too_large",)


def test_a_flood_beside_an_empty_mask_does_not_become_the_result() -> None:
    result = fuse([coarse(flooded("whole")), coarse(np.zeros(SHAPE, dtype=np.uint8))])
    assert not result.mask.array.any()
    assert "outline_left_out" in result.instances[0].flags


def test_the_largest_sizes_are_far_above_those_of_adults() -> None:
    """Largest whole vertebrae of six masks of adults: C2 28, T12 48, L5 66 ml."""
    for label, seen in ((2, 28.0), (19, 48.0), (28, 48.0), (24, 66.0), (25, 66.0)):
        assert 1.5 * seen < largest_ml(label) < 4 * seen


def test_who_abstains_has_no_weight() -> None:
    patterns = np.array(
        [[ABSTAIN, 20, 0], [ABSTAIN, ABSTAIN, 21], [ABSTAIN] * 3, [ABSTAIN, 20, 20]], np.uint8
    )
    assert majority(patterns).tolist() == [UNDECIDED, 21, 0, 20]
    assert majority(patterns, [9.0, 2.0, 1.0]).tolist() == [20, 21, 0, 20]


def test_careful_raters_are_not_flagged() -> None:
    for raters in (2, 3, 5):
        result = fuse([balls(noise=0.3, seed=seed) for seed in range(raters)])
        assert [instance.label for instance in result.instances if instance.flags] == []


# Ties on the surface


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 1.2, 0.9), (1 + 1e-7, 1.0, 1.0)])
def test_a_voxel_on_the_mean_surface_is_background(spacing: Spacing) -> None:
    """Plates that end after voxel 11 and after voxel 14: of 12, 13, 14 the middle one lies half way."""
    a, b = np.zeros((30, 20, 20), np.uint8), np.zeros((30, 20, 20), np.uint8)
    a[4:12], b[4:15] = 20, 20
    for masks in permutations([mask(a, spacing), mask(b, spacing)]):
        profile = fuse(list(masks), "sba").mask.array[:, 10, 10]
        assert np.flatnonzero(profile).tolist() == list(range(4, 13))


def test_between_two_vertebrae_at_one_distance_the_upper_one_has_it() -> None:
    """One rater ends T12 where the other ends L1, three voxels apart: the middle one is as deep in both."""
    a, b = np.zeros((20, 20, 30), np.uint8), np.zeros((20, 20, 30), np.uint8)
    a[4:16, 4:16, 14:26], a[4:16, 4:16, 4:14] = 19, 20
    b[4:16, 4:16, 17:26], b[4:16, 4:16, 4:17] = 19, 20
    for masks in permutations([mask(a), mask(b)]):
        profile = fuse(list(masks), "sba").mask.array[10, 10]
        assert profile[13:18].tolist() == [20, 20, 19, 19, 19]


# Weights


def test_expected_dice_falls_for_too_much_as_for_too_little() -> None:
    """A truth of 100 voxels: all of it, half of it, all and 100 more; then 20 unsure voxels."""
    drew = np.array([[1, 1, 1], [1, 0, 1], [0, 0, 1]], dtype=np.bool_)
    counts, truth = np.array([50.0, 50.0, 100.0]), np.array([1.0, 1.0, 0.0])
    assert expected_dice(drew, counts, truth, 0) == pytest.approx([1.0, 2 / 3, 2 / 3])
    assert expected_dice(drew, counts, truth, 100) == pytest.approx([1.0, 300 / 350, 400 / 500])
    unsure = expected_dice(np.array([[1, 0]], dtype=np.bool_), np.array([20.0]), np.array([0.5]), 40)
    assert unsure == pytest.approx([2 * 50 / 110, 2 * 40 / 90])
    assert np.isnan(expected_dice(np.zeros((1, 1), np.bool_), np.ones(1), np.zeros(1), 0)).all()


def test_who_draws_a_voxel_too_large_is_perfectly_sensitive_and_not_the_best() -> None:
    careful = [balls(noise=0.5, seed=seed) for seed in range(3)]
    middle = fuse([balls(radius=11.5), *careful]).instances[1]
    assert middle.sensitivity[0] > max(middle.sensitivity[1:])
    assert middle.expected_dice[0] < min(middle.expected_dice[1:])


@pytest.mark.parametrize("raters", [3, 4, 5])
def test_nobody_has_half_of_the_votes(raters: int) -> None:
    weights = (1e6, *[1.0] * (raters - 1))
    masks = [balls(radius=7), *[balls() for _ in range(raters - 1)]]
    result = fuse(masks, parameters=FusionParameters("weighted", weights=weights))
    assert (result.mask.array == balls().array).all()
    assert result.raters[0].share == pytest.approx(LARGEST_SHARE)
    assert [r.capped for r in result.raters] == [True] + [False] * (raters - 1)
    assert sum(r.share for r in result.raters) == pytest.approx(1.0)
    even = fuse(masks).raters
    assert [r.share for r in even] == pytest.approx([1 / raters] * raters)
    assert not any(r.capped for r in even)


def test_two_votes_are_not_capped_and_an_empty_rater_does_not_count_as_a_third() -> None:
    weights = FusionParameters("weighted", weights=(3.0, 1.0, 1.0))
    masks = [balls(noise=1.0, seed=1), balls(noise=1.0, seed=2), empty()]
    result = fuse(masks, parameters=weights)
    assert [r.share for r in result.raters] == pytest.approx([0.75, 0.25, 0.0])
    assert not any(r.capped for r in result.raters)


# STAPLE


def test_staple_is_not_offered_for_two() -> None:
    with pytest.raises(BadInput) as refused:
        fuse([balls(), balls(noise=1.0)], "staple")
    assert refused.value.code == "staple_needs_three"
    assert "two raters" in str(refused.value)


def test_of_two_raters_neither_is_called_perfect() -> None:
    one, other = balls(radius=10), balls(radius=8)
    middle = fuse([one, other]).instances[1]
    large, small = int((one.array == 20).sum()), int((other.array == 20).sum())
    truth = (large + small) / 2
    assert middle.staple_voxels is None
    assert middle.sensitivity == pytest.approx((1.0, small / truth))
    assert middle.expected_dice == pytest.approx((2 * truth / (large + truth), 2 * small / (small + truth)))


def test_two_judges_left_of_three_have_no_staple_either() -> None:
    masks = [coarse(flooded("whole")), coarse(two_vertebrae()), coarse(two_vertebrae())]
    result = fuse(masks, "staple")
    assert [i.staple_voxels for i in result.instances] == [None, None]
    assert (result.mask.array == two_vertebrae()).all()


def test_staple_that_did_not_converge_says_so() -> None:
    masks = [balls(radius=9, noise=2, seed=seed) for seed in range(4)]
    short = fuse(masks, "staple", FusionParameters(staple_iterations=1))
    assert all(not i.staple_converged and "staple_not_converged" in i.flags for i in short.instances)
    assert all(row["staple_converged"] is False for row in short.to_json()["labels"].values())
    long = fuse(masks, "staple", FusionParameters(staple_iterations=5000))
    assert all(i.staple_converged and "staple_not_converged" not in i.flags for i in long.instances)
