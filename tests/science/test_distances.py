"""Surface distances against answers worked out by hand and against the public package, on uneven shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.consensus.reports import ComparisonReport
from backend.consensus.services.items import find_items
from backend.projects.protocols import Thresholds
from backend.science.agreement import compare_pair
from backend.science.agreement.surfels import SurfaceDistances, distances_between, surface_of
from backend.science.correcting import UNMOVED_MM, Entry, plan
from backend.science.evaluation import HIT_MM, identify
from backend.science.spots import SMALLEST_MM3, find_spots
from backend.science.tolerances import DISTANCE_SLACK_MM, within_mm
from backend.science.volume import Mask, VolumeGeometry

BoolArray = NDArray[np.bool_]
SHAPE = (30, 24, 26)


def _by_hand(a_to_b: list[float], b_to_a: list[float]) -> SurfaceDistances:
    """Distances of surface pieces that all have 1 mm2."""
    a, b = np.array(a_to_b, dtype=np.float64), np.array(b_to_a, dtype=np.float64)
    return SurfaceDistances(a, b, np.ones(a.size), np.ones(b.size))


STAIRS = [float(step) for step in range(1, 101)]  # 1 to 100 mm


@pytest.mark.parametrize("turned", [False, True])
def test_the_percentile_is_the_larger_of_both_directions_at_95_percent(turned: bool) -> None:
    """Of a hundred steps of 1 to 100 mm the 95th is 95 mm; the other way all lie 1 mm away."""
    flat = [1.0] * 40
    found = _by_hand(flat, STAIRS) if turned else _by_hand(STAIRS, flat)
    assert found.robust_hausdorff_mm(95) == 95.0
    assert found.robust_hausdorff_mm(94) == 94.0
    assert found.robust_hausdorff_mm(90) == 90.0
    assert found.hausdorff_mm() == 100.0


def test_the_mean_counts_every_piece_of_both_surfaces_once() -> None:
    """(1 + ... + 100 + 40 x 1) / 140 pieces = 5090 / 140 mm."""
    found = _by_hand(STAIRS, [1.0] * 40)
    assert found.assd_mm() == pytest.approx(5090 / 140)


def test_large_pieces_count_more() -> None:
    """90 mm2 at 1 mm, 6 mm2 at 5 mm, 4 mm2 at 9 mm: the 95th percentile is 5 mm, the 97th 9 mm."""
    uneven = SurfaceDistances(
        np.array([9.0, 1.0, 5.0]), np.array([0.0]), np.array([4.0, 90.0, 6.0]), np.array([50.0])
    )
    assert uneven.robust_hausdorff_mm(95) == 5.0
    assert uneven.robust_hausdorff_mm(97) == 9.0
    assert uneven.robust_hausdorff_mm(90) == 1.0
    assert uneven.assd_mm() == pytest.approx((90 + 30 + 36) / 150)
    assert uneven.surface_dice(5.0) == pytest.approx(146 / 150)


@pytest.mark.parametrize("scale", [1.0, 1.0 + 1e-7, 1.0 - 1e-7, 0.1, 3.0])
def test_a_share_of_exactly_95_percent_is_not_missed_by_rounding(scale: float) -> None:
    """Nineteen pieces of twenty: the sums of areas that float32 steps give differ in the last digits."""
    distances = np.array([1.0] * 19 + [7.0])
    areas = np.full(20, 0.1) * scale
    found = SurfaceDistances(distances, np.array([0.0]), areas, np.array([scale]))
    assert found.robust_hausdorff_mm(95) == 1.0


# Shapes


def _block_with_stairs() -> tuple[BoolArray, BoolArray]:
    """A block, and the same with a staircase on one face and a notch in another: unlike in each direction."""
    a = np.zeros(SHAPE, dtype=np.bool_)
    a[6:22, 6:16, 4:18] = True
    b = a.copy()
    for step in range(6):
        b[6 + step : 10 + step, 6:9, 18 : 19 + step] = True
    b[19:22, 12:16, 4:7] = False
    b[22:27, 8:10, 8:10] = True
    return a, b


SPACINGS = [(1.0, 1.0, 1.0), (0.8, 1.3, 2.1)]


@pytest.mark.parametrize("spacing", SPACINGS)
def test_uneven_shapes_are_measured_as_by_the_public_package(spacing: tuple[float, float, float]) -> None:
    package: Any = pytest.importorskip(
        "surface_distance", reason="the public surface-distance package is absent"
    )
    a, b = _block_with_stairs()
    theirs = package.compute_surface_distances(a, b, spacing)
    label = np.uint8(20)
    geometry = VolumeGeometry(SHAPE, np.diag([*spacing, 1.0]))
    own = compare_pair(Mask(geometry, a * label), Mask(geometry, b * label)).labels[20]
    percentiles = {p: package.compute_robust_hausdorff(theirs, p) for p in (90, 94, 95, 96)}
    assert len(set(percentiles.values())) >= 3, "the shapes must tell these percentiles apart"
    assert own.hd95_mm == pytest.approx(percentiles[95], abs=1e-6)
    there, back = package.compute_average_surface_distance(theirs)
    area_a, area_b = theirs["surfel_areas_gt"].sum(), theirs["surfel_areas_pred"].sum()
    assert there != pytest.approx(back, rel=0.05)
    assert own.assd_mm == pytest.approx((there * area_a + back * area_b) / (area_a + area_b), abs=1e-6)
    assert own.hausdorff_mm == pytest.approx(package.compute_robust_hausdorff(theirs, 100), abs=1e-6)
    for tolerance, value in ((1.0, own.nsd_1mm), (2.0, own.nsd_2mm)):
        expected = package.compute_surface_dice_at_tolerance(theirs, tolerance + DISTANCE_SLACK_MM)
        assert value == pytest.approx(expected, abs=1e-6)


def test_shapes_that_tell_minimum_from_maximum() -> None:
    """A spike reaches 12 mm out of B, while A has nothing that lies far from B."""
    a, b = np.zeros(SHAPE, dtype=np.bool_), np.zeros(SHAPE, dtype=np.bool_)
    a[4:10, 4:20, 4:20] = True
    b[4:10, 4:20, 4:20] = True
    b[10:22, 4:10, 4:10] = True
    spacing = (1.0, 1.0, 1.0)
    found = distances_between(surface_of(a, spacing), surface_of(b, spacing), spacing)
    there = SurfaceDistances(found.a_to_b_mm, np.zeros(1), found.areas_a_mm2, np.ones(1))
    back = SurfaceDistances(np.zeros(1), found.b_to_a_mm, np.ones(1), found.areas_b_mm2)
    assert back.robust_hausdorff_mm(95) > there.robust_hausdorff_mm(95) + 5
    assert found.robust_hausdorff_mm(95) == back.robust_hausdorff_mm(95)
    assert found.hausdorff_mm() == 12.0


# Steps of exactly one voxel


def _turned(step_mm: float, degrees: float, dtype: type[np.floating]) -> VolumeGeometry:
    """A grid of equal steps, turned about the patient's long axis, its affine stored with some precision."""
    turn = np.radians(degrees)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    affine[:3, :3] *= step_mm
    return VolumeGeometry(SHAPE, affine.astype(dtype).astype(np.float64))


def _one_step_apart() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    a, b = np.zeros(SHAPE, dtype=np.uint8), np.zeros(SHAPE, dtype=np.uint8)
    a[5:15, 5:15, 5:15] = 20
    b[5:16, 5:15, 5:15] = 20
    return a, b


@pytest.mark.parametrize(
    "geometry",
    [
        VolumeGeometry(SHAPE, np.diag([1 + 1e-8, 1 + 1e-8, 1 + 1e-8, 1.0])),
        VolumeGeometry(SHAPE, np.diag([1 - 1e-8, 1 + 1e-7, 1 + 1e-6, 1.0])),
        *[_turned(1.0, degrees, np.float32) for degrees in (3.0, 11.0, 30.0, 77.0)],
    ],
)
def test_a_border_one_voxel_away_is_within_one_millimetre_on_any_grid(geometry: VolumeGeometry) -> None:
    a, b = _one_step_apart()
    own = compare_pair(Mask(geometry, a), Mask(geometry, b)).labels[20]
    assert own.nsd_1mm == 1.0
    assert own.hd95_mm == pytest.approx(1.0, abs=1e-5)
    clearly_larger = VolumeGeometry(SHAPE, np.diag([1.001, 1.001, 1.001, 1.0]))
    assert compare_pair(Mask(clearly_larger, a), Mask(clearly_larger, b)).labels[20].nsd_1mm < 1.0


def test_limits_are_inclusive_and_their_slack_is_small() -> None:
    assert within_mm(20.0, 20.0) is True  # of one distance, one answer that JSON can write
    assert within_mm(DISTANCE_SLACK_MM, 0.0)
    assert within_mm(20.0 + 1e-6, 20.0)
    assert not within_mm(20.001, 20.0)
    assert not within_mm(float("nan"), 20.0)
    assert within_mm(np.array([1.0 + 1e-6, 1.01]), 1.0).tolist() == [True, False]


@pytest.mark.parametrize(("off", "hit"), [(0.0, True), (1e-6, True), (0.01, False)])
def test_a_centroid_20_mm_away_is_identified(off: float, hit: bool) -> None:
    far = HIT_MM + off
    assert identify({20: (0.0, 0.0, 0.0)}, {20: (far, 0.0, 0.0)}).hits == {20: hit}


@pytest.mark.parametrize(
    ("hd95_mm", "asked"), [(2.9, False), (3.0, False), (3.0 + 1e-6, False), (3.01, True), (40.0, True)]
)
def test_borders_farther_apart_than_the_threshold_go_to_an_expert(hd95_mm: float, asked: bool) -> None:
    row = {"label": 20, "names": [20, 20], "missing": [], "minimum_dice": 0.99, "hd95_mm": hd95_mm}
    report = ComparisonReport.read({"raters": 2, "slots": ["A", "B"], "labels": {"20": row}})
    thresholds = Thresholds(dice_below=0.95, hd95_mm_above=3.0)
    items = find_items(report=report, answers={}, thresholds=thresholds)
    assert [item.reasons for item in items] == [("hd95",) if asked else ()]


def test_a_centre_moved_by_the_limit_is_unmoved() -> None:
    geometry = VolumeGeometry((40, 40, 40), np.eye(4))
    before = {20: (10.0, 10.0, 10.0)}

    def touched(by: float) -> tuple[int, ...]:
        return plan(before, [Entry(20, (10.0 + by, 10.0, 10.0), was=20)], geometry).touched

    assert touched(UNMOVED_MM + 1e-6) == ()
    assert touched(UNMOVED_MM + 0.01) == (20,)


@pytest.mark.parametrize("step", [1.0, 1.0 - 1e-8, float(np.float32(0.1)) * 10])
def test_a_spot_of_ten_voxels_is_listed_on_any_grid(step: float) -> None:
    geometry = VolumeGeometry(SHAPE, np.diag([step, step, step, 1.0]))
    a = np.zeros(SHAPE, dtype=np.uint8)
    a[5:15, 5:15, 5:15] = 20
    b = a.copy()
    b[15, 5:10, 5:7] = 20
    found = find_spots([Mask(geometry, a), Mask(geometry, b)])
    assert [round(spot.volume_mm3) for spot in found.spots] == [int(SMALLEST_MM3)]
