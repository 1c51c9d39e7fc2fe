"""Floods on voxels of 1 ml, and whole fusions of bars, each answer worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import log
from typing import Any

import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from backend.science.agreement.ballots import count_ballots
from backend.science.agreement.instances import Instance
from backend.science.agreement.surfels import Spacing
from backend.science.errors import BadInput
from backend.science.fusion import FusionParameters, fuse
from backend.science.fusion.bounds import abstentions, floods, largest_ml, without
from backend.science.fusion.fuse import default_method
from backend.science.fusion.model import FusedInstance, Method
from backend.science.volume import Mask, VolumeGeometry
from tests.science.spines import balls, bars_of, mask

sitk: Any = SimpleITK
UNIT: Spacing = (1.0, 1.0, 1.0)


def _ml(*sizes: dict[int, int]) -> list[NDArray[np.uint8]]:
    """Masks with so many ml of each label, every label from the same voxel on in each of them."""
    arrays = []
    for one in sizes:
        flat = np.zeros(1000, dtype=np.uint8)
        for place, (label, ml) in enumerate(sorted(one.items())):
            flat[place * 20 : place * 20 + ml] = label
        arrays.append(flat.reshape(10, 10, 10))
    return arrays


def _floods(
    *sizes: dict[int, int], names: Sequence[tuple[int, ...]], votes: Sequence[bool] | None = None
) -> set[tuple[int, int]]:
    geometry = VolumeGeometry((10, 10, 10), np.diag([10.0, 10.0, 10.0, 1.0]))
    counting = np.array([True] * len(sizes) if votes is None else votes)
    return floods(count_ballots(_ml(*sizes)), [Instance(one) for one in names], geometry, counting)


@pytest.mark.parametrize(("label", "largest"), [(3, 80), (12, 120), (22, 160), (26, 500), (27, 100)])
def test_a_millilitre_more_than_its_region_can_have_is_left_out(label: int, largest: int) -> None:
    """With one other who drew it, nobody but the absolute limit can tell."""
    assert largest_ml(label) == largest
    below, above = {label: largest - 1}, {label: largest + 1}
    assert _floods(below, below, names=[(label, label)]) == set()
    assert _floods(above, below, names=[(label, label)]) == {(0, label)}
    assert _floods(below, above, names=[(label, label)]) == {(1, label)}


def test_sizes_are_in_millilitres_whatever_a_voxel_holds() -> None:
    """A sacrum of 499.9 and one of 500.1 ml, on voxels of a tenth of a millilitre."""
    geometry = VolumeGeometry((20, 20, 20), np.diag([5.0, 5.0, 4.0, 1.0]))
    arrays = [np.zeros(8000, dtype=np.uint8) for _ in range(2)]
    arrays[0][:4999], arrays[1][:5001] = 26, 26
    ballots = count_ballots([one.reshape(20, 20, 20) for one in arrays])
    assert floods(ballots, [Instance((26, 26))], geometry, np.ones(2, dtype=np.bool_)) == {(1, 26)}


def test_what_all_who_vote_drew_alike_stands() -> None:
    assert _floods({3: 81}, {3: 90}, names=[(3, 3)]) == set()
    assert _floods({3: 81}, {3: 90}, {3: 10}, names=[(3, 3, 3)], votes=[True, True, False]) == set()
    assert _floods({3: 81}, {3: 10}, {3: 90}, names=[(3, 3, 3)], votes=[True, True, False]) == {
        (0, 3),
        (2, 3),
    }
    assert _floods({3: 81}, {}, names=[(3, 0)]) == {(0, 3)}, "to leave it out is an opinion, too"


def test_more_than_three_times_the_largest_of_two_others_is_left_out() -> None:
    names = [(20, 20, 20)]
    assert _floods({20: 30}, {20: 10}, {20: 9}, names=names) == set()
    assert _floods({20: 31}, {20: 10}, {20: 9}, names=names) == {(0, 20)}
    assert _floods({20: 9}, {20: 31}, {20: 10}, names=names) == {(1, 20)}
    assert _floods({20: 31}, {20: 10}, {20: 1}, names=names) == {(0, 20)}
    assert _floods({20: 31}, {20: 11}, {20: 1}, names=names) == set()


def test_one_other_is_not_enough_to_call_an_outline_too_large() -> None:
    assert _floods({20: 90}, {20: 10}, names=[(20, 20)]) == set()
    assert _floods({20: 90}, {20: 10}, {}, names=[(20, 20, 0)]) == set()
    # a third who has no vote, or who flooded, is no other
    assert _floods({20: 90}, {20: 10}, {20: 10}, names=[(20, 20, 20)], votes=[True, True, False]) == set()
    assert _floods({20: 90}, {20: 10}, {20: 170}, names=[(20, 20, 20)]) == {(2, 20)}


def test_each_instance_is_judged_by_the_name_each_rater_gave_it() -> None:
    """90 ml is too much for C7 and not for T1: who called it C7 is left out."""
    assert _floods({7: 90}, {8: 90}, names=[(7, 8)]) == {(0, 7)}


def test_an_outline_left_out_was_not_drawn() -> None:
    instances = [Instance((20, 20, 21)), Instance((21, 0, 22))]
    kept = without(instances, {(0, 20), (2, 22)})
    assert [one.names for one in kept] == [(0, 20, 21), (21, 0, 0)]


@pytest.mark.parametrize("other", [21, 1])
@pytest.mark.parametrize(("covered", "abstains"), [(9, False), (10, True), (11, True), (20, True)])
def test_who_flooded_half_of_another_vertebra_abstains_there(
    covered: int, abstains: bool, other: int
) -> None:
    """A flood of L1 (20) takes some of the twenty voxels of a vertebra that the second alone drew.

    What the second drew elsewhere (23) does not count, nor does L3 (22), which both drew alike.
    """
    first, second = (np.zeros((60, 1, 1), dtype=np.uint8) for _ in range(2))
    second[:10], second[20:40], second[42:45] = 20, other, 23
    first[: 20 + covered] = 20
    first[50:], second[50:] = 22, 22
    drawn = [Instance((20, 20)), Instance((0, other)), Instance((22, 22))]
    left_out = {(0, 20)}
    found = abstentions(count_ballots([first, second]), without(drawn, left_out), drawn, left_out)
    assert found.tolist() == [[True, False], [abstains, False], [False, False]]


def test_without_anything_left_out_nobody_abstains() -> None:
    array = np.full((4, 1, 1), 20, dtype=np.uint8)
    drawn = [Instance((20, 20))]
    assert abstentions(count_ballots([array, array]), drawn, drawn, set()).tolist() == [[False, False]]


# Whole fusions of bars that fill the volume's cross-section, so that distances run along z alone


def _bar(start: int, stop: int, label: int = 20, spacing: Spacing = UNIT) -> Mask:
    return bars_of({label: (start, stop)}, spacing)


def _layers(fused: Mask, label: int = 20) -> list[int]:
    return [int(z) for z in np.flatnonzero((fused.array == label).all(axis=(0, 1)))]


def test_two_raters_are_averaged_and_more_are_counted() -> None:
    assert [default_method(raters) for raters in (1, 2, 3, 4)] == ["sba", "sba", "majority", "majority"]


@pytest.mark.parametrize(("method", "last"), [("majority", 13), ("sba", 14)])
def test_three_bars_end_where_most_end_or_at_their_mean(method: Method, last: int) -> None:
    """Ends at 11, 13 and 18. Mean distance at 14: (3 + 1 - 5) / 3 < 0, at 15: (4 + 2 - 4) / 3 > 0."""
    for masks in permutations([_bar(5, 12), _bar(5, 14), _bar(5, 19)]):
        assert _layers(fuse(list(masks), method).mask) == list(range(5, last + 1))


def test_who_has_no_vote_moves_no_surface() -> None:
    """Ends at 11 and 17: the mean lies between 14 and 15, whatever a third without a vote drew."""
    masks = [_bar(5, 12), _bar(5, 18), _bar(5, 30)]
    weighted = FusionParameters("weighted", weights=(1.0, 1.0, 0.0))
    assert _layers(fuse(masks, parameters=weighted).mask) == list(range(5, 15))


def test_an_outline_left_out_does_not_speak_for_background() -> None:
    bars = [_bar(10, 18), _bar(10, 20), _bar(10, 22)]
    alone, beside = fuse(bars, "sba"), fuse([_bar(0, 40), *bars], "sba")
    assert _layers(beside.mask) == _layers(alone.mask) == list(range(10, 20))


@pytest.mark.parametrize(
    ("masks", "code"), [([], "no_masks"), ([_bar(5, 9), _bar(5, 9, spacing=(1.0, 1.0, 2.0))], "other_grid")]
)
def test_only_masks_of_one_grid_are_fused(masks: list[Mask], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        fuse(masks)
    assert refused.value.code == code


@pytest.mark.parametrize(("spacing", "inside"), [((1.0, 1.0, 1.0), True), ((1.0, 1.0, 3.0), False)])
def test_distances_are_in_millimetres(spacing: Spacing, inside: bool) -> None:
    """A voxel one step above the first's block, two steps inside the second's: (3 - 2) / 2 mm is outside."""
    a, b = np.zeros((20, 20, 40), dtype=np.uint8), np.zeros((20, 20, 40), dtype=np.uint8)
    a[4:16, 4:16, 2:30] = 20
    b[4:15, 4:16, 2:34] = 20
    fused = fuse([mask(a, spacing), mask(b, spacing)], "sba").mask.array
    assert bool(fused[13, 10, 30] == 20) is inside


def test_the_report_of_three_bars_by_hand() -> None:
    """8, 10 and 12 layers of 100 voxels of 2 mm3: 800 agreed, 400 disputed, each two against one."""
    spacing = (1.0, 1.0, 2.0)
    result = fuse(
        [_bar(10, 18, spacing=spacing), _bar(10, 20, spacing=spacing), _bar(10, 22, spacing=spacing)]
    )
    (one,) = result.instances
    assert (one.label, one.names, one.rater_voxels) == (20, (20, 20, 20), (800, 1000, 1200))
    assert (one.voxels, one.majority_voxels, one.sba_voxels) == (1000, 1000, 1000)
    assert (one.disputed_voxels, one.undecided_voxels) == (400, 0)
    assert (one.islands_removed, one.holes_filled, one.left_out) == (0, 0, ())
    entropy = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)) / log(2)
    assert one.uncertainty_mm3 == pytest.approx(400 * entropy * 2)
    dense = result.entropy.array
    assert dense[:, :, 18:22] == pytest.approx(entropy)
    assert np.count_nonzero(dense) == 400


def test_the_rates_of_two_bars_by_hand() -> None:
    """8 and 10 layers; the 200 voxels between count half. The box with five more layers on either side holds
    10 x 10 x 20 voxels: 800 agreed, 200 disputed, 1000 left out by both.
    """
    result = fuse([_bar(10, 18), _bar(10, 20)])
    (one,) = result.instances
    assert one.sensitivity == pytest.approx((800 / 900, 1.0))
    assert one.specificity == pytest.approx((1.0, 1000 / 1100))
    assert one.expected_dice == pytest.approx((2 * 800 / (900 + 800), 2 * 900 / (900 + 1000)))
    assert (one.staple_voxels, one.staple_iterations, one.undecided_voxels) == (None, 0, 200)
    assert (one.staple_converged, one.flags) == (True, ())
    assert _layers(result.mask) == list(range(10, 19))


def test_a_tie_of_four_is_settled_by_distance_and_counted() -> None:
    """Two end at 14, two at 20: of six disputed layers the first three are nearer to the inside."""
    result = fuse([_bar(5, 15), _bar(5, 21), _bar(5, 15), _bar(5, 21)], "majority")
    (one,) = result.instances
    assert _layers(result.mask) == list(range(5, 18))
    assert (one.majority_voxels, one.sba_voxels, one.undecided_voxels) == (1000, 1300, 600)


def _two_bars(upper: tuple[int, int], lower: tuple[int, int], spacing: Spacing = UNIT) -> Mask:
    return bars_of({20: upper, 21: lower}, spacing)


def _same_staple(one: FusedInstance, other: FusedInstance, judges: slice) -> None:
    for name in ("sensitivity", "specificity", "expected_dice"):
        assert getattr(one, name)[judges] == pytest.approx(getattr(other, name))
    assert (one.staple_voxels, one.staple_iterations) == (other.staple_voxels, other.staple_iterations)
    assert other.staple_iterations > 0


def test_a_flood_left_out_changes_nothing_of_the_others_staple() -> None:
    """Forty layers against 8, 10 and 12: more than three times the largest."""
    bars = [_bar(10, 18), _bar(10, 20), _bar(10, 22)]
    alone, beside = fuse(bars, "staple"), fuse([_bar(0, 40), *bars], "staple")
    assert beside.raters[0].left_out == (20,)
    assert np.array_equal(alone.mask.array, beside.mask.array)
    _same_staple(beside.instances[0], alone.instances[0], slice(1, None))


def _sizes(one: FusedInstance) -> tuple[int, ...]:
    return one.label, one.voxels, one.majority_voxels, one.disputed_voxels


def _rates(one: FusedInstance, raters: NDArray[np.intp]) -> list[tuple[float, float]]:
    return [(round(one.sensitivity[r], 9), round(one.specificity[r], 9)) for r in raters]


@pytest.mark.parametrize(
    "masks",
    [
        # a flood of L1 that covers what the others agree on
        [_bar(0, 40), _bar(10, 18), _bar(10, 20), _bar(10, 22)],
        # one counts from one further up, and both call one layer L1 of which neither is the other's L1
        [_two_bars((20, 30), (10, 20)), bars_of({19: (21, 30), 20: (10, 21)})],
    ],
)
def test_who_comes_first_makes_no_difference_to_the_report(masks: list[Mask]) -> None:
    """Boxes hold all that anyone drew, so that sizes and rates are the same in every order."""
    reports = []
    for order in permutations(range(len(masks))):
        found = fuse([masks[rater] for rater in order], parameters=FusionParameters(clean=False))
        for one in found.instances:
            assert one.voxels == int((found.mask.array == one.label).sum())
        back = np.argsort(order)
        reports.append([(_sizes(one), _rates(one, back)) for one in found.instances])
    assert all(report == reports[0] for report in reports)


def test_what_is_disputed_of_one_vertebra_says_nothing_of_another() -> None:
    uppers, lowers = [(25, 32), (25, 33), (25, 36)], [(4, 9), (4, 12), (4, 13)]
    both = fuse([_two_bars(*ends) for ends in zip(uppers, lowers, strict=True)], "staple").instances
    assert [one.label for one in both] == [20, 21]
    for one, label, ends in zip(both, (20, 21), (uppers, lowers), strict=True):
        alone = fuse([_bar(*end, label) for end in ends], "staple")
        _same_staple(one, alone.instances[0], slice(None))


def test_a_vertebra_without_staple_leaves_it_to_the_next() -> None:
    """Two flooded L1 with 325 ml, so that two are left to judge it; L2 has four, of whom no three agree.

    Distances would end L2 half way; STAPLE takes the two who drew more.
    """
    step: Spacing = (5.0, 5.0, 5.0)
    lowers = [(3, 8), (3, 8), (3, 12), (3, 12)]
    uppers = [(14, 40), (14, 40), (30, 35), (30, 36)]
    found = fuse([_two_bars(*ends, step) for ends in zip(uppers, lowers, strict=True)], "staple")
    alone = fuse([_bar(*end, 21, step) for end in lowers], "staple")
    assert [one.left_out for one in found.instances] == [(0, 1), ()]
    assert [one.staple_voxels is None for one in found.instances] == [True, False]
    assert _layers(found.mask, 21) == _layers(alone.mask, 21) == list(range(3, 12))
    assert _layers(found.mask, 20) == list(range(30, 35))
    _same_staple(found.instances[1], alone.instances[0], slice(None))


def test_the_rates_of_a_rater_without_a_vote_are_held_against_the_others_truth() -> None:
    """STAPLE of 8, 10 and 12 layers finds 10. Twenty layers hold all of them, and leave out 1000 of the 2000
    voxels that lie outside in a box of thirty layers.
    """
    bars = [_bar(10, 18), _bar(10, 20), _bar(10, 22)]
    weights = FusionParameters("weighted", weights=(1.0, 1.0, 1.0, 0.0))
    (one,) = fuse([*bars, _bar(10, 30)], parameters=weights).instances
    assert one.sensitivity == pytest.approx((0.8, 1.0, 1.0, 1.0))
    assert one.specificity == pytest.approx((1.0, 1.0, 0.9, 0.5))
    assert one.expected_dice == pytest.approx((16 / 18, 1.0, 20 / 22, 20 / 30))


def test_staple_of_a_vertebra_is_that_of_simpleitk_on_its_box() -> None:
    """The box around all outlines with five voxels more on each side; agreement counts as settled."""
    masks = [
        balls((19, 20, 0), radius=radius, noise=0.7, seed=seed) for seed, radius in enumerate((9, 10, 11))
    ]
    inside = [one.array == 20 for one in masks]
    places = np.argwhere(np.any(inside, axis=0))
    box = tuple(slice(low - 5, high + 6) for low, high in zip(places.min(0), places.max(0), strict=True))
    reference = sitk.STAPLEImageFilter()
    reference.SetForegroundValue(1)
    images = [sitk.GetImageFromArray(one[box].astype(np.uint8)) for one in inside]
    theirs = sitk.GetArrayFromImage(reference.Execute(images))
    result = fuse(masks, "staple", FusionParameters(clean=False))
    one = result.instances[1]
    assert one.sensitivity == pytest.approx(reference.GetSensitivity(), abs=2e-3)
    assert one.specificity == pytest.approx(reference.GetSpecificity(), abs=2e-3)
    assert np.array_equal(result.mask.array[box] == 20, theirs > 0.5)
    assert one.staple_voxels == one.voxels == int((theirs > 0.5).sum())
    truth = theirs.astype(np.float64)
    dice = [2 * truth[one[box]].sum() / (truth.sum() + one.sum()) for one in inside]
    assert one.expected_dice == pytest.approx(dice, abs=2e-3)
