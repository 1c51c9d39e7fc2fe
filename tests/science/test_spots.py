"""Disagreement spots against places planted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.spots import find_spots
from backend.science.volume import Mask
from tests.science.spines import balls, mask


def test_no_spots_where_all_agree() -> None:
    found = find_spots([balls(), balls(), balls()])
    assert found.spots == []
    assert found.smaller == 0


def test_a_planted_bump_has_its_place_volume_and_reach() -> None:
    bump = balls()
    bump.array[33:39, 19:22, 47:50] = 20
    (spot,) = find_spots([balls(), balls(), bump]).spots
    assert (spot.label, spot.kind) == (20, "boundary")
    assert spot.volume_mm3 == np.count_nonzero(bump.array != balls().array)
    # the ball ends at x = 32, the bump at 38
    assert spot.max_distance_mm == pytest.approx(6.0, abs=0.2)
    assert spot.voxel[0] == 38


def test_distances_and_volumes_are_in_millimetres() -> None:
    a, b = np.zeros((10, 10, 10)), np.zeros((10, 10, 10))
    a[2:5, 2:5, 2:5] = b[2:5, 2:5, 2:5] = 20
    b[5:7, 2:5, 2:5] = 20
    (spot,) = find_spots([mask(a, (3, 1, 2)), mask(b, (3, 1, 2))]).spots
    assert spot.volume_mm3 == pytest.approx(18 * 6)
    assert spot.max_distance_mm == pytest.approx(6.0)


def test_a_missing_vertebra_is_one_spot() -> None:
    (spot,) = find_spots([balls(), balls((19, 0, 21)), balls()]).spots
    assert (spot.label, spot.kind, spot.names) == (20, "missing", (20, 0, 20))
    assert spot.volume_mm3 == np.count_nonzero(balls().array == 20)
    assert balls().array[spot.voxel] == 20


def test_a_naming_dispute_is_told_from_the_shape() -> None:
    spots = find_spots([balls(), balls((20, 21, 22))]).spots
    assert {spot.kind for spot in spots} == {"naming"}
    assert len(spots) == 3


def test_spots_are_sorted_by_volume() -> None:
    a = balls()
    a.array[33:36, 15:26, 45:52] = 20
    a.array[33:41, 20, 18] = 21
    a.array[33:41, 21, 18] = 21
    spots = find_spots([balls(), a])
    assert [s.label for s in spots.spots] == [20, 21]


def test_flicker_is_counted_not_listed() -> None:
    flicker = balls()
    flicker.array[33, 20, 48] = 20
    found = find_spots([balls(), flicker])
    assert found.spots == []
    assert (found.smaller, found.smaller_mm3) == (1, 1.0)


def test_every_spot_of_rough_raters_lies_where_they_differ() -> None:
    masks = [balls(noise=1.5, seed=s) for s in range(3)]
    found = find_spots(masks, smallest_mm3=1.0)
    stacked = np.stack([m.array for m in masks])
    differs = (stacked != stacked[0]).any(axis=0)
    assert all(differs[spot.voxel] for spot in found.spots)
    assert sum(s.volume_mm3 for s in found.spots) + found.smaller_mm3 == np.count_nonzero(differs)


def test_order_of_raters_does_not_matter() -> None:
    masks: list[Mask] = [balls(noise=1.0, seed=s) for s in range(3)]
    forward = find_spots(masks).spots
    assert [s.to_json() for s in find_spots(masks[::-1]).spots] == [s.to_json() for s in forward]
