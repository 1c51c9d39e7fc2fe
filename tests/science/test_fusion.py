"""Fusing raters: ties, empty raters, missing vertebrae, shifted names, against answers known by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import ArrayLike
from scipy import ndimage

from backend.science.agreement import compare_pair
from backend.science.errors import BadInput
from backend.science.fusion import FusionParameters, fuse
from backend.science.fusion.distances import signed_distance_at_mm
from backend.science.fusion.model import Method
from backend.science.fusion.names import name_sequence
from backend.science.fusion.staple import staple
from backend.science.fusion.voting import UNDECIDED, MaskArray, majority, pattern_entropy
from backend.science.volume import Mask
from tests.science.spines import balls, empty, geometry, mask

sitk: Any = SimpleITK
METHODS: tuple[Method, ...] = ("majority", "staple", "sba")


def offered(method: Method, raters: int) -> Method:
    """STAPLE is not offered for two."""
    return "sba" if method == "staple" and raters == 2 else method


def _dice(a: Mask, b: Mask, label: int) -> float:
    one, two = a.array == label, b.array == label
    return float(2 * (one & two).sum() / (one.sum() + two.sum()))


# Voting on raw values


def vote(masks: Sequence[ArrayLike], weights: ArrayLike | None = None) -> MaskArray:
    """Majority of whole masks by the values as they are, without matching of vertebrae."""
    arrays = [np.asarray(one, dtype=np.uint8) for one in masks]
    return majority(np.stack([one.ravel() for one in arrays], axis=1), weights).reshape(arrays[0].shape)


def test_voting_on_names_leaves_shifted_names_undecided() -> None:
    """V7, two raters and three."""
    two = [[20, 20, 0, 21], [20, 21, 20, 22]]
    assert vote(two).tolist() == [20, UNDECIDED, UNDECIDED, UNDECIDED]
    assert vote([*two, [20, 22, 21, 23]]).tolist() == [20, UNDECIDED, UNDECIDED, UNDECIDED]


def test_an_absolute_majority_is_needed() -> None:
    patterns = np.array([[20, 20, 0, 0], [20, 20, 20, 0], [20, 20, 0, 21], [0, 0, 0, 21]], np.uint8)
    assert majority(patterns).tolist() == [UNDECIDED, 20, UNDECIDED, 0]


def test_weights_can_outvote_a_majority_and_settle_a_tie() -> None:
    assert vote([[20], [0], [0]], [3, 1, 1]).tolist() == [20]
    assert vote([[20], [0]], [2, 1]).tolist() == [20]
    assert vote([[20], [0], [0]], [2, 1, 1]).tolist() == [UNDECIDED]


@settings(deadline=None)
@given(
    st.lists(arrays.arrays(np.uint8, (3, 3, 2), elements=st.sampled_from([0, 1, 2])), min_size=3, max_size=3)
)
def test_equal_to_simpleitk_wherever_most_agree(masks: list[np.ndarray]) -> None:
    images = [sitk.GetImageFromArray(m) for m in masks]
    theirs = sitk.GetArrayFromImage(sitk.LabelVoting(images, UNDECIDED))
    assert (vote(masks) == theirs).all()


def test_entropy_by_hand() -> None:
    patterns = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 2]], np.uint8)
    half = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)) / np.log(2)
    assert pattern_entropy(patterns) == pytest.approx([0.0, half, 1.0])


# STAPLE


def _patterns(masks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    found: tuple[np.ndarray, np.ndarray] = np.unique(
        np.stack([m.ravel() for m in masks], axis=1), axis=0, return_counts=True
    )
    return found


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 5), st.integers(0, 10_000))
def test_staple_is_that_of_simpleitk(raters: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.zeros((8, 8, 8), bool)
    truth[2:6, 2:6, 2:6] = True
    masks = [truth ^ (rng.random(truth.shape) < 0.04 * (1 + r)) for r in range(raters)]
    reference = sitk.STAPLEImageFilter()
    reference.SetForegroundValue(1)
    reference.SetMaximumIterations(200)
    theirs = sitk.GetArrayFromImage(
        reference.Execute([sitk.GetImageFromArray(m.astype(np.uint8)) for m in masks])
    )
    votes, counts = _patterns(masks)
    own = staple(votes, counts, iterations=200, tolerance=1e-9)
    number = (np.stack([m.ravel() for m in masks], axis=1)[:, None, :] == votes).all(axis=2).argmax(axis=1)
    assert own.probability[number].reshape(truth.shape) == pytest.approx(theirs, abs=1e-3)
    assert own.sensitivity == pytest.approx(reference.GetSensitivity(), abs=1e-3)
    assert own.specificity == pytest.approx(reference.GetSpecificity(), abs=1e-3)


def test_staple_with_one_empty_rater_of_two_stays_below_one_half() -> None:
    """V7: the posterior comes to one half and does not pass it."""
    truth = np.zeros((10, 10, 10), bool)
    truth[3:7, 3:7, 3:7] = True
    votes, counts = _patterns([truth, np.zeros_like(truth)])
    assert 0.4 < staple(votes, counts).probability.max() <= 0.5


def test_staple_stops_at_its_cap() -> None:
    votes, counts = _patterns([balls(noise=2, seed=s).array > 0 for s in range(3)])
    assert staple(votes, counts, iterations=3, tolerance=0).iterations == 3


def test_staple_knows_the_careless_rater() -> None:
    masks = [balls(noise=0.3, seed=1), balls(noise=0.3, seed=2), balls(radius=7)]
    middle = fuse(masks).instances[1]
    assert middle.sensitivity[2] < 0.6 < min(middle.sensitivity[:2])


# Names


def test_the_names_of_most_raters_win_as_a_sequence() -> None:
    votes = [{19: 2.0, 18: 1.0}, {20: 2.0, 19: 1.0}, {21: 2.0, 20: 1.0}]
    result = name_sequence(votes)
    assert result.labels == (19, 20, 21)
    assert not any(result.tied)


def test_two_counts_against_each_other_are_a_tie_everywhere() -> None:
    result = name_sequence([{19: 1.0, 20: 1.0}, {20: 1.0, 21: 1.0}])
    assert result.tied == (True, True)
    assert result.labels == (19, 20)


def test_one_vertebra_outvoted_by_its_neighbours() -> None:
    """A single name that breaks the order loses, though it is the only vote there."""
    result = name_sequence([{19: 3.0}, {19: 3.0, 20: 1.0}, {21: 3.0}])
    assert result.labels == (19, 20, 21)


@pytest.mark.parametrize(
    "labels", [(18, 19, 28, 20), (18, 20, 21), (23, 24, 25, 26), (22, 23, 26), (7, 8, 9), (24, 26)]
)
def test_variants_of_the_spine_are_kept(labels: tuple[int, ...]) -> None:
    assert name_sequence([{label: 2.0} for label in labels]).labels == labels


def test_two_vertebrae_of_one_name_get_two_names() -> None:
    result = name_sequence([{20: 1.0}, {20: 1.0}])
    assert len(set(result.labels)) == 2
    assert any(result.invented)
    assert any(result.tied)


# Whole masks


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("raters", [1, 2, 3, 4])
def test_raters_who_agree_get_back_what_they_drew(method: Method, raters: int) -> None:
    """Also with an island and a hole: what all agree on is not cleaned away."""
    one = balls(noise=1.0)
    one.array[22, 20, 78] = 0
    one.array[1, 1, 1] = 19
    result = fuse([Mask(one.geometry, one.array.copy()) for _ in range(raters)], offered(method, raters))
    assert (result.mask.array == one.array).all()
    assert not any(instance.flags for instance in result.instances)
    assert result.entropy.array.max() == 0


@pytest.mark.parametrize("method", [*METHODS, "weighted"])
def test_the_order_of_raters_does_not_matter(method: Method) -> None:
    masks = [
        balls(noise=1.0, seed=1),
        balls((20, 21, 22), noise=1.0, seed=2),
        balls((19, 20, 0), noise=1.0, seed=3),
        empty(),
    ]
    weights = (0.9, 0.7, 0.8, 0.5)
    results = []
    for order in permutations(range(4)):
        parameters = FusionParameters(weights=tuple(weights[r] for r in order))
        results.append(fuse([masks[r] for r in order], method, parameters))
    first = results[0]
    for other in results[1:]:
        assert (other.mask.array == first.mask.array).all()
        assert [i.label for i in other.instances] == [i.label for i in first.instances]


def test_inputs_are_never_touched() -> None:
    masks = [balls(noise=1.0, seed=s) for s in range(3)]
    before = [m.array.copy() for m in masks]
    result = fuse(masks)
    result.mask.array[:] = 0
    assert all((m.array == b).all() for m, b in zip(masks, before, strict=True))


def test_two_raters_are_averaged_by_shape() -> None:
    result = fuse([balls(radius=8), balls(radius=10)])
    assert result.method == "sba"
    assert _dice(result.mask, balls(radius=9), 20) > 0.95


def test_a_plate_of_two_raters_ends_half_way() -> None:
    """Surfaces four voxels apart: the mean lies two from each."""
    a, b = np.zeros((30, 20, 20), np.uint8), np.zeros((30, 20, 20), np.uint8)
    a[4:12], b[4:16] = 20, 20
    profile = fuse([mask(a), mask(b)]).mask.array[:, 10, 10]
    assert np.flatnonzero(profile).tolist() == list(range(4, 14))


def test_three_raters_equal_plain_voting() -> None:
    masks = [balls(noise=1.0, seed=s) for s in range(3)]
    result = fuse(masks, parameters=FusionParameters(clean=False))
    assert result.method == "majority"
    assert (result.mask.array == vote([m.array for m in masks])).all()


def test_a_fragment_of_a_vertebra_is_not_a_vertebra_of_its_own() -> None:
    result = fuse([balls(), balls(), balls(radius=4)])
    assert [i.names for i in result.instances] == [(19, 19, 19), (20, 20, 20), (21, 21, 21)]
    assert (result.mask.array == balls().array).all()


def test_names_that_nobody_disputes_stay_even_out_of_order() -> None:
    masks = [balls((21, 19, 20), noise=0.5, seed=s) for s in range(3)]
    assert [i.label for i in fuse(masks).instances] == [21, 19, 20]


def test_two_against_two_is_settled_by_distance() -> None:
    masks = [balls(radius=8), balls(radius=8), balls(radius=10), balls(radius=10)]
    result = fuse(masks, "majority")
    assert _dice(result.mask, balls(radius=9), 20) > 0.95
    assert result.instances[1].undecided_voxels > 0


def test_a_shift_of_names_by_one_of_three_is_outvoted_and_named() -> None:
    result = fuse([balls(), balls((20, 21, 22)), balls()])
    assert (result.mask.array == balls().array).all()
    assert [r.name_shift for r in result.raters] == [0, 1, 0]
    assert all(i.flags == ("name_disputed",) for i in result.instances)


def test_a_shift_of_names_between_two_goes_to_adjudication() -> None:
    result = fuse([balls(), balls((20, 21, 22))])
    assert all("name_tied" in i.flags for i in result.instances)
    assert sorted(set(np.unique(result.mask.array))) == [0, 19, 20, 21]


def test_a_vertebra_that_one_of_two_missed_is_kept_and_flagged() -> None:
    result = fuse([balls(), balls((19, 0, 21))])
    assert (result.mask.array == balls().array).all()
    assert result.instances[1].flags == ("half_missing", "methods_differ")


def test_a_vertebra_that_one_of_three_missed_is_kept() -> None:
    result = fuse([balls(), balls(), balls((19, 0, 21))])
    assert (result.mask.array == balls().array).all()
    assert result.instances[1].flags == ("missing",)
    assert result.instances[1].sensitivity == (1.0, 1.0, 0.0)


def test_a_vertebra_that_only_one_of_three_drew_is_dropped_and_listed() -> None:
    result = fuse([balls(), balls((19, 0, 21)), balls((19, 0, 21))])
    assert 20 not in result.mask.array
    assert result.instances[1].flags == ("minority_dropped",)
    assert result.to_json()["dropped"] == [[20, 0, 0]]


def test_an_empty_rater_of_three_is_named_and_left_out() -> None:
    result = fuse([balls(), balls(noise=0.5), empty()])
    assert [r.excluded for r in result.raters] == ["", "", "empty"]
    assert [i.label for i in result.instances] == [19, 20, 21]
    assert all(i.sensitivity[2] == 0 for i in result.instances)


def test_the_wrong_spine_is_named_and_left_out() -> None:
    elsewhere = np.zeros_like(balls().array)
    elsewhere[:6, :6] = 20
    result = fuse([balls(), balls(), Mask(geometry(), elsewhere)])
    assert result.raters[2].excluded == "matches_nobody"
    assert (result.mask.array == balls().array).all()


@pytest.mark.parametrize("method", METHODS)
def test_nobody_drew_anything(method: Method) -> None:
    result = fuse([empty(), empty(), empty()], method)
    assert not result.mask.array.any()
    assert result.instances == ()


def test_two_raters_who_share_nothing_do_not_crash() -> None:
    upper, lower = balls((19, 0, 0)), balls((0, 0, 19))
    result = fuse([upper, lower])
    assert len(result.instances) == 2
    assert {i.label for i in result.instances} <= {18, 19, 20}
    assert all("half_missing" in i.flags for i in result.instances)


@pytest.mark.parametrize("method", [*METHODS, "weighted"])
def test_a_leaking_rater_of_three_moves_the_surface_no_more_than_the_majority_does(method: Method) -> None:
    leak = balls()
    leak.array[22:40, 18:22, 46:50] = 20
    parameters = FusionParameters(weights=(0.9, 0.8, 0.7))
    result = fuse([balls(), balls(), leak], method, parameters)
    by_majority = fuse([balls(), balls(), leak], "majority")
    moved = compare_pair(result.mask, balls()).labels[20].hausdorff_mm
    assert moved <= compare_pair(by_majority.mask, balls()).labels[20].hausdorff_mm + (
        # the mean distance feels one rater of three; it stays within two voxels
        2.0 if method == "sba" else 0.0
    )


def test_islands_go_and_holes_close_only_where_raters_differ() -> None:
    a, b = balls(), balls()
    for rater in (a, b):
        rater.array[2, 2, 2:4] = 20
    c = balls()
    a.array[22, 20, 48] = b.array[22, 20, 48] = 0
    result = fuse([a, b, c])
    assert (result.mask.array == balls().array).all()
    middle = result.instances[1]
    assert (middle.islands_removed, middle.holes_filled) == (2, 1)


def test_staple_far_from_the_majority_raises_its_flag() -> None:
    masks = [balls(radius=8, noise=0.2, seed=1), balls(radius=8, noise=0.2, seed=2)]
    masks += [balls(radius=11, noise=0.2, seed=3), balls(radius=11, noise=0.2, seed=4)]
    assert any("staple_volume" in i.flags for i in fuse(masks, "majority").instances)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (FusionParameters(method="weighted"), "weights_missing"),
        (FusionParameters(method="weighted", weights=(1.0,)), "bad_weights"),
        (FusionParameters(method="weighted", weights=(0.0, 0.0)), "bad_weights"),
        (FusionParameters(method="weighted", weights=(1.0, float("nan"))), "bad_weights"),
        (FusionParameters(method="best"), "unknown_method"),  # type: ignore[arg-type]
        (FusionParameters(staple_iterations=0), "bad_parameters"),
    ],
)
def test_unusable_parameters_are_refused(parameters: FusionParameters, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        fuse([balls(), balls()], parameters=parameters)
    assert refused.value.code == code


def test_parameters_survive_storage() -> None:
    parameters = FusionParameters("weighted", weights=(1.0, 0.5), staple_prior=0.3)
    assert FusionParameters.from_json(parameters.to_json()) == parameters
    with pytest.raises(BadInput):
        FusionParameters.from_json({"speed": 3})


def test_memory_order_does_not_matter() -> None:
    masks = [balls(noise=1.0, seed=s) for s in range(3)]
    turned = [Mask(m.geometry, np.ascontiguousarray(m.array)) for m in masks]
    assert (fuse(masks).mask.array == fuse(turned).mask.array).all()


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        arrays.arrays(np.uint8, (6, 5, 7), elements=st.sampled_from([0, 0, 19, 20])), min_size=1, max_size=5
    ),
    st.sampled_from(METHODS),
)
def test_what_all_agree_on_stands(masks: list[np.ndarray], method: Method) -> None:
    """Also for noise: no crash, no invented voxel, unanimous background stays background."""
    result = fuse([mask(m) for m in masks], offered(method, len(masks)))
    stacked = np.stack(masks)
    assert (result.mask.array[(stacked == 0).all(axis=0)] == 0).all()


@settings(deadline=None, max_examples=40)
@given(
    arrays.arrays(np.bool_, (7, 9, 8), elements=st.sampled_from([False, False, False, True])),
    st.sampled_from([(1.0, 1.0, 1.0), (0.4, 0.4, 3.0), (2.0, 1.0, 0.7)]),
    st.sampled_from("CF"),
)
def test_distances_at_places_are_those_of_a_full_transform(
    inside: np.ndarray, spacing: tuple[float, float, float], order: Literal["C", "F"]
) -> None:
    """Near and far places, on grids with unlike steps, in either memory order."""
    inside = np.array(inside, order=order)
    places = np.stack(np.unravel_index(np.arange(inside.size), inside.shape), axis=1)
    if not inside.any() or inside.all():
        return
    outward = ndimage.distance_transform_edt(~inside, sampling=spacing)
    inward = ndimage.distance_transform_edt(inside, sampling=spacing)
    full = (outward - inward)[tuple(places.T)]
    assert signed_distance_at_mm(inside, places, spacing) == pytest.approx(full, rel=1e-6)


def test_a_rater_with_all_the_weight_is_copied_and_equal_weights_are_a_majority() -> None:
    masks = [balls(noise=1.0, seed=s) for s in range(3)]
    alone = FusionParameters("weighted", weights=(0.0, 1.0, 0.0), clean=False)
    assert (fuse(masks, parameters=alone).mask.array == masks[1].array).all()
    equal = FusionParameters("weighted", weights=(0.7, 0.7, 0.7))
    assert (fuse(masks, parameters=equal).mask.array == fuse(masks, "majority").mask.array).all()


def test_weights_decide_the_name_of_a_whole_spine() -> None:
    heavy = FusionParameters("weighted", weights=(0.4, 0.7, 0.2))
    result = fuse([balls(), balls((20, 21, 22)), balls((20, 21, 22))], parameters=heavy)
    assert [i.label for i in result.instances] == [20, 21, 22]


@pytest.mark.parametrize("method", [*METHODS, "weighted"])
def test_every_method_survives_an_empty_rater_a_missing_vertebra_and_shifted_names(method: Method) -> None:
    """The empty rater is kept out, whatever weight was given; the missing vertebra stays; most names win."""
    masks = [balls(), balls(), balls((20, 21, 22)), balls((19, 0, 21)), empty()]
    weights = (1.0, 0.9, 0.8, 0.7, 5.0)
    result = fuse(masks, method, FusionParameters(weights=weights))
    assert [r.excluded for r in result.raters] == ["", "", "", "", "empty"]
    assert [i.label for i in result.instances] == [19, 20, 21]
    assert (result.mask.array == balls().array).all()
    assert [r.name_shift for r in result.raters[:4]] == [0, 0, 1, 0]
    assert "missing" in result.instances[1].flags
