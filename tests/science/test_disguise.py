"""A disguised CT is the same spine elsewhere on the grid, and comes back voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.disguise import Disguise, shifted, visible_in_both
from tests.science import spines


@pytest.mark.parametrize(
    "disguise",
    [Disguise(), Disguise(mirror=True), Disguise(shift=(3, -2, 5)), Disguise(mirror=True, shift=(-1, 4, -3))],
)
def test_masks_and_hu_move_together_and_masks_come_back(disguise: Disguise) -> None:
    mask = spines.balls()
    hu = mask.array.astype(np.int16) * 10
    moved = disguise.mask(mask.array)
    inside = moved > 0
    assert inside.any()
    assert (disguise.volume(hu)[inside] == moved[inside].astype(np.int16) * 10).all()
    assert (disguise.undo(moved) == visible_in_both(mask, disguise).array).all()
    assert Disguise.from_json(disguise.to_json()) == disguise


def test_nothing_is_lost_of_a_spine_that_leaves_room() -> None:
    mask = spines.balls()
    for seed in range(20):
        disguise = shifted(mask.array, seed)
        assert all(disguise.shift), "every axis moves"
        assert (visible_in_both(mask, disguise).array == mask.array).all()
        assert disguise == shifted(mask.array, seed)
    assert len({shifted(mask.array, seed) for seed in range(20)}) > 5


def test_a_spine_that_fills_the_grid_loses_its_edge_only() -> None:
    mask = spines.mask(np.full((30, 30, 60), 20))
    disguise = shifted(mask.array, 1)
    kept = visible_in_both(mask, disguise).array
    assert 0.7 < kept.mean() / 20 < 1
    assert not disguise.is_none
