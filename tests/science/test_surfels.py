"""Pieces of surface and their distances, one voxel at a time: areas, codes, corners, percentiles."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest

from backend.science.agreement.surfels import (
    Spacing,
    SurfaceDistances,
    distances_between,
    neighbour_codes,
    surface_of,
    surfel_areas_mm2,
)

ONE_VOXEL = np.ones((1, 1, 1), dtype=np.bool_)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 1.3, 2.1), (3.0, 0.4, 0.7)])
def test_each_of_the_256_areas_is_that_of_the_public_package(spacing: Spacing) -> None:
    tables: Any = pytest.importorskip(
        "surface_distance.lookup_tables", reason="the public surface-distance package is absent"
    )
    theirs = tables.create_table_neighbour_code_to_surface_area(spacing)
    assert surfel_areas_mm2(spacing) == pytest.approx(np.array(theirs), abs=1e-12)


def test_a_corner_sees_the_voxel_at_the_opposite_end_of_its_code() -> None:
    """Bits from the highest: (0,0,0), (0,0,1), (0,1,0), ... (1,1,1) of the eight voxels around."""
    codes = neighbour_codes(ONE_VOXEL)
    seen = {place: int(codes[place]) for place in product((0, 1), repeat=3)}
    assert seen == {
        (1, 1, 1): 128,
        (1, 1, 0): 64,
        (1, 0, 1): 32,
        (1, 0, 0): 16,
        (0, 1, 1): 8,
        (0, 1, 0): 4,
        (0, 0, 1): 2,
        (0, 0, 0): 1,
    }


def test_the_corners_of_a_voxel_lie_at_its_place_and_one_further() -> None:
    surface = surface_of(ONE_VOXEL, (1.0, 1.0, 1.0), (10, 20, 30))
    assert set(map(tuple, surface.corners.tolist())) == set(product((10, 11), (20, 21), (30, 31)))
    assert surface.areas_mm2 == pytest.approx([math.sqrt(3) / 8] * 8)
    assert not surface.is_empty
    assert surface_of(~ONE_VOXEL, (1.0, 1.0, 1.0)).is_empty


def test_a_full_block_has_no_surface_inside() -> None:
    """4 x 5 x 6 voxels: of 5 x 6 x 7 corners all but 3 x 4 x 5 lie on the surface."""
    block = surface_of(np.ones((4, 5, 6), dtype=np.bool_), (1.0, 1.0, 1.0))
    assert len(block.corners) == 5 * 6 * 7 - 3 * 4 * 5


def test_two_voxels_far_apart_on_a_grid_of_unlike_steps() -> None:
    """Steps of 1, 10 and 100 mm, B three, two and one voxels further: no axis can stand in for another."""
    spacing = (1.0, 10.0, 100.0)
    a = surface_of(ONE_VOXEL, spacing, (5, 6, 7))
    b = surface_of(ONE_VOXEL, spacing, (8, 8, 8))
    found, turned = distances_between(a, b, spacing), distances_between(b, a, spacing)
    there = [math.hypot(3 - x, 20 - 10 * y, 100 - 100 * z) for x, y, z in product((0, 1), repeat=3)]
    back = [math.hypot(2 + x, 10 + 10 * y, 100 * z) for x, y, z in product((0, 1), repeat=3)]
    assert found.a_to_b_mm == pytest.approx(there)
    assert found.b_to_a_mm == pytest.approx(back)
    assert (turned.a_to_b_mm.tolist(), turned.b_to_a_mm.tolist()) == (
        found.b_to_a_mm.tolist(),
        found.a_to_b_mm.tolist(),
    )
    assert found.hausdorff_mm() == pytest.approx(math.hypot(3, 20, 100))
    assert found.assd_mm() == pytest.approx((sum(there) + sum(back)) / 16)


def test_corners_that_both_surfaces_have_are_no_distance_apart() -> None:
    """Neighbours along y share four corners; the other four lie one step of 1.3 mm away."""
    spacing = (0.8, 1.3, 2.1)
    a, b = (surface_of(ONE_VOXEL, spacing, (4, y, 9)) for y in (4, 5))
    found = distances_between(a, b, spacing)
    for distances in (found.a_to_b_mm, found.b_to_a_mm):
        assert sorted(distances) == pytest.approx([0.0] * 4 + [1.3] * 4)


@pytest.mark.parametrize("turned", [False, True])
def test_an_empty_surface_is_infinitely_far_from_any_and_two_cannot_be_told(turned: bool) -> None:
    some, none = surface_of(ONE_VOXEL, (1, 1, 1)), surface_of(~ONE_VOXEL, (1, 1, 1))
    found = distances_between(none, some, (1, 1, 1)) if turned else distances_between(some, none, (1, 1, 1))
    assert (found.assd_mm(), found.hausdorff_mm(), found.robust_hausdorff_mm(95)) == (math.inf,) * 3
    assert found.surface_dice(1.0) == 0.0
    nothing = distances_between(none, none, (1, 1, 1))
    assert math.isnan(nothing.assd_mm())
    assert math.isnan(nothing.surface_dice(1.0))
    assert (nothing.hausdorff_mm(), nothing.robust_hausdorff_mm(95)) == (math.inf, math.inf)


def _pieces(there: list[float], areas: list[float]) -> SurfaceDistances:
    """Distances one way with these areas; the other way one piece of 1 mm2 at 0 mm."""
    return SurfaceDistances(np.array(there), np.zeros(1), np.array(areas), np.ones(1))


def test_every_percentile_of_four_pieces() -> None:
    """Areas 10, 20, 30, 40 at 4, 3, 2 and 1 mm: the shares end at 40, 70, 90 and 100 %."""
    found = _pieces([4.0, 3.0, 2.0, 1.0], [10.0, 20.0, 30.0, 40.0])
    ends = {1: 1.0, 40: 1.0, 41: 2.0, 70: 2.0, 71: 3.0, 90: 3.0, 91: 4.0, 95: 4.0, 100: 4.0}
    assert {percent: found.robust_hausdorff_mm(percent) for percent in ends} == ends


def test_a_single_piece_is_every_percentile() -> None:
    found = _pieces([7.0], [0.3])
    assert [found.robust_hausdorff_mm(percent) for percent in (1, 95, 100)] == [7.0] * 3


def test_surface_dice_adds_both_directions() -> None:
    """Of A 30 of 100 mm2 lie within 2 mm, of B 50 of 60 mm2: 80 of 160."""
    found = SurfaceDistances(
        np.array([1.0, 5.0]), np.array([2.0, 2.1]), np.array([30.0, 70.0]), np.array([50.0, 10.0])
    )
    assert found.surface_dice(2.0) == pytest.approx(80 / 160)
    assert found.surface_dice(0.5) == 0.0
    assert found.surface_dice(5.0) == 1.0
    assert found.assd_mm() == pytest.approx((30 + 350 + 100 + 21) / 160)
