"""Outlines and names of two or more raters, against answers known by hand."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from backend.science.agreement import ballots as ballots_module
from backend.science.agreement import compare_group, compare_pair
from backend.science.agreement.ballots import count_ballots
from backend.science.agreement.boxes import label_extents
from backend.science.agreement.instances import match_raters
from backend.science.agreement.overlap import conformity_index, dice
from backend.science.agreement.surfels import (
    distances_between,
    neighbour_codes,
    surface_of,
    surfel_areas_mm2,
)
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask
from backend.science.tolerances import DISTANCE_SLACK_MM
from tests.science.real_data import real_data
from tests.science.spines import balls, bars_of, empty, mask


def test_dice_of_hand_counted_masks() -> None:
    a, b = np.array([1, 1, 1, 0], bool), np.array([0, 1, 1, 1], bool)
    assert dice(a, b) == pytest.approx(4 / 6)
    assert math.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))
    assert dice(np.ones(3, bool), np.zeros(3, bool)) == 0


def test_swapped_labels_have_no_overlap_by_name() -> None:
    """V6: the foreground agrees, the vertebrae do not."""
    report = compare_pair(mask([1, 1, 2, 2]), mask([2, 2, 1, 1]))
    assert [shape.dice for shape in report.labels.values()] == [0.0, 0.0]
    assert {(d.label_a, d.label_b) for d in report.naming} == {(1, 2), (2, 1)}


def test_conformity_of_three_masks_by_hand() -> None:
    masks = [np.array(m, bool) for m in ([1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0])]
    # intersections 2, 1, 2; unions 3, 3, 3
    assert conformity_index(masks) == pytest.approx(5 / 9)


def test_areas_of_flat_and_single_voxel_surfaces() -> None:
    """A plane counts its full area, a single voxel an octahedron of eight triangles."""
    areas = surfel_areas_mm2((2.0, 3.0, 5.0))
    half = np.zeros((2, 2, 2), bool)
    half[0] = True
    assert areas[neighbour_codes(half)[1, 1, 1]] == pytest.approx(15.0)
    voxel = surface_of(np.ones((1, 1, 1), bool), (1.0, 1.0, 1.0))
    assert voxel.areas_mm2.sum() == pytest.approx(8 * math.sqrt(3) / 8)


def test_areas_do_not_change_under_exchange_of_inside_and_outside() -> None:
    areas = surfel_areas_mm2((0.7, 1.1, 2.0))
    assert np.allclose(areas, areas[::-1])
    assert (areas[1:255] > 0).all()
    assert areas[0] == areas[255] == 0


def test_distances_between_parallel_plates() -> None:
    """Two plates three voxels apart on an anisotropic grid: every distance is known."""
    a, b = np.zeros((8, 20, 20), bool), np.zeros((8, 20, 20), bool)
    a[1:3], b[1:6] = True, True
    spacing = (1.5, 1.0, 1.0)
    distances = distances_between(surface_of(a, spacing), surface_of(b, spacing), spacing)
    assert distances.hausdorff_mm() == pytest.approx(4.5)
    assert distances.surface_dice(0.0) < distances.surface_dice(4.5) == 1.0


def test_a_tolerance_of_exactly_one_voxel_counts_as_within() -> None:
    a, b = np.zeros((8, 6, 6), bool), np.zeros((8, 6, 6), bool)
    a[1:3], b[1:4] = True, True
    for step in (0.1, 0.3, 0.7, 1.1):
        spacing = (step, 1.0, 1.0)
        distances = distances_between(
            surface_of(a, spacing, (901, 3, 3)), surface_of(b, spacing, (901, 3, 3)), spacing
        )
        assert distances.surface_dice(step) == 1.0


def test_distance_to_an_empty_mask_is_infinite() -> None:
    a, nothing = np.ones((2, 2, 2), bool), np.zeros((2, 2, 2), bool)
    distances = distances_between(surface_of(a, (1, 1, 1)), surface_of(nothing, (1, 1, 1)), (1, 1, 1))
    assert distances.robust_hausdorff_mm(95) == math.inf
    assert distances.surface_dice(1.0) == 0
    both = distances_between(surface_of(nothing, (1, 1, 1)), surface_of(nothing, (1, 1, 1)), (1, 1, 1))
    assert math.isnan(both.surface_dice(1.0))
    assert math.isnan(both.assd_mm())


def _brute_force(a: np.ndarray, b: np.ndarray, spacing: tuple[float, float, float]) -> dict[str, float]:
    """The same measures by full distance transforms of the whole array."""
    weights = np.array([[[128, 64], [32, 16]], [[8, 4], [2, 1]]])
    found = []
    for one in (a, b):
        codes = ndimage.correlate(np.pad(one, 1).astype(np.uint8), weights, mode="constant")
        found.append((codes, (codes != 0) & (codes != 255)))
    (codes_a, border_a), (codes_b, border_b) = found
    areas = surfel_areas_mm2(spacing)
    to_b = ndimage.distance_transform_edt(~border_b, sampling=spacing)[border_a]
    to_a = ndimage.distance_transform_edt(~border_a, sampling=spacing)[border_b]
    area_a, area_b = areas[codes_a[border_a]], areas[codes_b[border_b]]
    return {
        "mean": float(((to_b * area_a).sum() + (to_a * area_b).sum()) / (area_a.sum() + area_b.sum())),
        "hausdorff": float(max(to_a.max(), to_b.max())),
        "nsd": float((area_a[to_b <= 1].sum() + area_b[to_a <= 1].sum()) / (area_a.sum() + area_b.sum())),
    }


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(bool, (5, 6, 7)),
    arrays.arrays(bool, (5, 6, 7)),
    st.tuples(*[st.sampled_from([0.5, 1.0, 1.7])] * 3),
)
def test_equal_to_full_distance_transforms(
    a: np.ndarray, b: np.ndarray, spacing: tuple[float, float, float]
) -> None:
    if not (a.any() and b.any()):
        return
    distances = distances_between(surface_of(a, spacing), surface_of(b, spacing), spacing)
    expected = _brute_force(a, b, spacing)
    assert distances.assd_mm() == pytest.approx(expected["mean"], abs=1e-9)
    assert distances.hausdorff_mm() == pytest.approx(expected["hausdorff"], abs=1e-9)
    assert distances.surface_dice(1.0) == pytest.approx(expected["nsd"], abs=1e-9)


def test_equal_to_the_public_package_on_a_real_mask() -> None:
    package = pytest.importorskip("surface_distance", reason="the public surface-distance package is absent")
    first = read_mask(real_data("verse004/sub-verse004_seg-vert_msk.nii.gz"))
    spacing = first.geometry.spacing_mm
    for label in (16, 20, 24):
        a = first.array == label
        b = np.roll(ndimage.binary_opening(a), 1, axis=0)
        reference = package.compute_surface_distances(a, b, spacing)
        own = distances_between(surface_of(a, spacing), surface_of(b, spacing), spacing)
        there, back = package.compute_average_surface_distance(reference)
        area_a, area_b = reference["surfel_areas_gt"].sum(), reference["surfel_areas_pred"].sum()
        expected = (there * area_a + back * area_b) / (area_a + area_b)
        assert own.assd_mm() == pytest.approx(expected, abs=1e-6)
        assert own.robust_hausdorff_mm(95) == pytest.approx(
            package.compute_robust_hausdorff(reference, 95), abs=1e-6
        )
        for tolerance in (1.0, 2.0):
            assert own.surface_dice(tolerance) == pytest.approx(
                package.compute_surface_dice_at_tolerance(reference, tolerance + DISTANCE_SLACK_MM), abs=1e-6
            )


@given(arrays.arrays(np.uint8, (4, 3, 5), elements=st.sampled_from([0, 1, 20])), st.sampled_from("CF"))
def test_boxes_are_those_of_scipy(array: np.ndarray, order: Literal["C", "F"]) -> None:
    expected = {n: box for n, box in enumerate(ndimage.find_objects(array), start=1) if box is not None}
    assert boxes_of(np.array(array, order=order)) == expected


@given(
    arrays.arrays(np.uint8, (4, 6, 8), elements=st.sampled_from([0, 1, 20])),
    st.sampled_from("CF"),
    st.tuples(*[st.sampled_from([1, 2, -1])] * 3),
    st.permutations(range(3)),
)
def test_boxes_of_views_that_skip_flip_or_turn_axes_are_those_of_their_copies(
    array: np.ndarray, order: Literal["C", "F"], steps: tuple[int, int, int], axes: list[int]
) -> None:
    """A view may have one dimension without being contiguous: every second voxel of an even axis."""
    x, y, z = (slice(None, None, step) for step in steps)
    view = np.array(array, order=order)[x, y, z].transpose(axes)
    assert label_extents(view) == label_extents(np.array(view, order="C"))
    assert count_ballots([view, view]).labels(0) == sorted(set(view.ravel().tolist()) - {0})


@given(arrays.arrays(np.uint8, (4, 3, 5), elements=st.sampled_from([0, 19, 20])), st.sampled_from("CF"))
def test_extents_count_every_voxel_also_of_runs_that_reach_a_line_s_end(
    array: np.ndarray, order: Literal["C", "F"]
) -> None:
    found = label_extents(np.array(array, order=order))
    assert set(found) == set(np.unique(array).tolist()) - {0}
    for label, extent in found.items():
        at = np.argwhere(array == label)
        assert extent.voxels == len(at)
        assert extent.index_sum == tuple(at.sum(axis=0))
        assert [(side.start, side.stop - 1) for side in extent.box] == [
            *zip(at.min(axis=0), at.max(axis=0), strict=True)
        ]


@pytest.mark.parametrize("stretches", [2, 3])
def test_large_masks_compared_in_two_threads_give_what_one_gives(
    stretches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last stretch is not full, and bytes are left over after the last word."""
    monkeypatch.setattr(ballots_module, "_STRETCH", 64)
    rng = np.random.default_rng(stretches)
    masks = [rng.choice([0, 0, 0, 20], (stretches * 8 * 64 - 13, 1, 1)).astype(np.uint8) for _ in range(3)]
    alone = count_ballots(masks)
    monkeypatch.setattr(ballots_module, "_WORTH_A_THREAD", 0)
    both = count_ballots(masks)
    for name in ("disputed", "pattern_of", "patterns", "counts", "unanimous"):
        assert (getattr(alone, name) == getattr(both, name)).all()
    assert (alone.drawn.index == both.drawn.index).all()


def boxes_of(array: np.ndarray) -> dict[int, tuple[slice, slice, slice]]:
    return {label: extent.box for label, extent in label_extents(array).items()}


@given(
    st.lists(
        arrays.arrays(np.uint8, (3, 4, 3), elements=st.sampled_from([0, 19, 20])), min_size=2, max_size=9
    )
)
def test_ballots_count_every_voxel(masks: list[np.ndarray]) -> None:
    ballots = count_ballots(masks)
    for a in range(len(masks)):
        for b in range(len(masks)):
            expected = np.zeros((256, 256), int)
            np.add.at(expected, (masks[a].ravel(), masks[b].ravel()), 1)
            assert (ballots.joint(a, b) == expected).all()


def test_a_missing_vertebra_and_an_extra_one_are_named() -> None:
    report = compare_pair(balls((19, 20, 21)), balls((19, 0, 21)))
    assert report.only_in_a == [20]
    assert report.only_in_b == []
    assert list(report.labels) == [19, 21]
    assert report.labels[19].dice == 1
    assert report.labels[19].hd95_mm == 0
    assert report.mean_dice() == pytest.approx(2 / 3)


def test_a_naming_dispute_is_not_two_empty_vertebrae() -> None:
    """One calls the upper ball T12, the other T13."""
    report = compare_pair(balls((19, 20, 21)), balls((28, 20, 21), noise=0.5))
    assert report.only_in_a == report.only_in_b == []
    assert [(d.label_a, d.label_b) for d in report.naming] == [(19, 28)]
    assert report.naming[0].shape.dice > 0.9


def test_a_shifted_count_is_seen_as_names_only() -> None:
    report = compare_pair(balls((19, 20, 21)), balls((20, 21, 22)))
    assert [(d.label_a, d.label_b) for d in report.naming] == [(19, 20), (20, 21), (21, 22)]
    assert all(d.shape.dice == 1 for d in report.naming)
    assert report.labels[20].dice == 0


def test_volumes_and_centres_are_in_millilitres_and_millimetres() -> None:
    a, b = np.zeros((10, 10, 10)), np.zeros((10, 10, 10))
    a[2:4, 2:4, 2:4], b[4:6, 2:4, 2:4] = 20, 20
    shape = compare_pair(mask(a, (2, 1, 1)), mask(b, (2, 1, 1))).labels[20]
    assert shape.volume_a_ml == pytest.approx(0.016)
    assert shape.centroid_distance_mm == pytest.approx(4.0)


def test_a_comparison_of_bars_by_hand() -> None:
    """Layers of 0.2 ml. L1 of 10 and 8 layers; one vertebra called L2 and L3; T12 and L6 by one each."""
    steps = (1.0, 1.0, 2.0)
    a = bars_of({19: (32, 38), 20: (20, 30), 21: (7, 17)}, steps)
    b = bars_of({20: (20, 28), 22: (7, 17), 25: (0, 3)}, steps)
    found = compare_pair(a, b)
    assert (list(found.labels), found.only_in_a, found.only_in_b) == ([20], [19], [25])
    assert [(one.label_a, one.label_b, one.shape.dice) for one in found.naming] == [(21, 22, 1.0)]
    shape = found.labels[20]
    assert (shape.dice, shape.jaccard) == pytest.approx((16 / 18, 8 / 10))
    assert (shape.volume_a_ml, shape.volume_b_ml) == pytest.approx((2.0, 1.6))
    assert shape.volume_difference_ml == pytest.approx(0.4)
    assert shape.centroid_distance_mm == pytest.approx(2.0)
    assert found.mean_dice() == pytest.approx(16 / 18 / 5), "five names: 19, 20, 21, 22, 25"
    for wanted, labels, only_in_a, only_in_b, naming in (
        (20, [20], [], [], 0),
        (19, [], [19], [], 0),
        (25, [], [], [25], 0),
        (21, [], [], [], 1),
        (22, [], [], [], 1),
    ):
        one = compare_pair(a, b, labels=[wanted])
        assert (list(one.labels), one.only_in_a, one.only_in_b) == (labels, only_in_a, only_in_b)
        assert len(one.naming) == naming


def test_masks_on_other_grids_are_refused() -> None:
    with pytest.raises(BadInput) as refused:
        compare_pair(mask(np.ones((3, 3, 3))), mask(np.ones((3, 3, 4))))
    assert refused.value.code == "other_grid"


def test_a_group_reports_each_vertebra_by_place() -> None:
    report = compare_group([balls(), balls((20, 21, 22)), balls((19, 0, 21)), empty()])
    upper = next(i for i in report.instances if i.label == 19)
    assert upper.names == (19, 20, 19, 0)
    assert upper.naming_disputed
    assert upper.missing == (3,)
    assert report.empty_raters == [3]
    middle = next(i for i in report.instances if i.names[0] == 20)
    assert middle.missing == (2, 3)
    assert report.to_json()["labels"]["19"]["hd95_mm"] is None


def test_a_group_that_agrees_agrees_fully() -> None:
    report = compare_group([balls(), balls(), balls()])
    assert [i.mean_dice() for i in report.instances] == [1, 1, 1]
    assert [i.conformity_index for i in report.instances] == [1, 1, 1]
    assert report.dice_matrix() == [[1.0] * 3] * 3


def test_instances_do_not_depend_on_the_order_of_raters() -> None:
    masks = [
        balls(noise=0.7, seed=1).array,
        balls((20, 21, 22), noise=0.7, seed=2).array,
        balls((0, 20, 21)).array,
    ]
    forward = {frozenset(enumerate(i.names)) for i in match_raters(count_ballots(masks))}
    order = [2, 0, 1]
    turned = match_raters(count_ballots([masks[rater] for rater in order]))
    assert {frozenset((order[place], name) for place, name in enumerate(i.names)) for i in turned} == forward
