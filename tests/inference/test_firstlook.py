"""Where a first click on an empty level has the network look: as the spine runs, and where C1 and C2 are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backend.science.volume import Mask, Volume, VolumeGeometry
from inference import firstlook, loading
from inference.firstlook import About, along_axes, frame_at, guesses
from inference.patches import PATCH_SHAPE, patch_origin
from inference.sampling import IsoGrid
from inference.stages.segment import Patch, Place
from inference.stance import Turn, usual_direction
from inference.synthesis.column import rotation
from inference.weights import WeightSet

C1, C2, C3, C4 = 1, 2, 3, 4
T1, T2, T3, T4 = 8, 9, 10, 11
GRID = IsoGrid(VolumeGeometry((120, 120, 120), np.diag([1.5, 1.5, 1.5, 1.0])), 1.5)
MIDDLE = np.array([60.0, 60.0, 60.0])
STEP = 14.0  # voxels from body to body


def chain(tilt_deg: float, *levels: int, clicked: int) -> dict[int, np.ndarray]:
    """Centres along a line that leans forward by so much more than the clicked level usually does."""
    up = forward(tilt_deg) @ usual_direction(clicked)
    return {level: MIDDLE + (clicked - level) * STEP * up for level in levels}


def forward(deg: float) -> np.ndarray:
    """The rotation that leans forward."""
    return np.asarray(rotation(-math.radians(deg), 0.0, 0.0))


def angle_to(turned: np.ndarray | None, deg: float) -> float:
    """How far (degrees) a rotation is from leaning forward."""
    assert turned is not None
    off = np.trace(turned @ forward(deg).T)
    return float(np.degrees(np.arccos(np.clip((off - 1) / 2, -1, 1))))


def test_neighbours_on_both_sides_say_how_the_spine_leans_wherever_in_the_body_the_click_is() -> None:
    around = chain(35.0, T1, T3, clicked=T2)
    for beside in ((0, 0, 0), (0, 3, 0), (2, -2, 1)):
        assert angle_to(frame_at(T2, MIDDLE + beside, around), 35.0) < 4


@pytest.mark.parametrize("levels", [(T3, T4), (T1, 7)], ids=["below", "above"])
def test_on_one_side_the_farther_neighbour_counts(levels: tuple[int, int]) -> None:
    around = chain(35.0, *levels, clicked=T2)
    assert angle_to(frame_at(T2, MIDDLE, around), 35.0) < 8
    assert angle_to(frame_at(T2, MIDDLE + np.array([0, 3.0, 0]), around), 35.0) < 14


def test_what_is_far_away_or_named_upside_down_says_nothing() -> None:
    far = {level: MIDDLE + 4 * (centre - MIDDLE) for level, centre in chain(35.0, T1, T3, clicked=T2).items()}
    assert frame_at(T2, MIDDLE, far) is None
    around = chain(0.0, T1, T3, clicked=T2)
    assert frame_at(T2, MIDDLE, {T1: around[T3], T3: around[T1]}) is None
    assert frame_at(T2, MIDDLE, {}) is None


def test_the_middle_of_the_atlas_is_not_on_the_line() -> None:
    around = chain(0.0, C3, C4, clicked=C2)
    straight = frame_at(C2, MIDDLE, around)
    assert straight is not None
    beside = frame_at(C2, MIDDLE, {**around, C1: MIDDLE + np.array([0, -30.0, 10])})
    assert beside is not None
    assert np.allclose(beside, straight)


def cubes(**centres: tuple[int, int, int]) -> Mask:
    array = np.zeros(GRID.source.shape, np.uint8)
    for name, (x, y, z) in centres.items():
        array[x - 5 : x + 6, y - 5 : y + 6, z - 4 : z + 5] = int(name[1:])
    return Mask(GRID.source, array)


def test_neighbours_say_where_the_ring_of_the_atlas_is_and_without_one_all_sides_are_asked() -> None:
    front_arch = np.array([60.0, 66.0, 81.0])
    [place] = guesses(cubes(c2=(60, 60, 70), c3=(60, 59, 54), c4=(60, 58, 38)), C1, front_arch)
    assert np.allclose(place.centre, (60, 60 - 10.4 / 1.5, 70 + 15.2 / 1.5), atol=1.5)
    alone = guesses(cubes(c20=(60, 60, 10)), C1, front_arch)
    assert len(alone) == 5
    assert any(np.allclose(place.centre, front_arch - (0, 20 / 1.5, 0)) for place in alone)


def test_a_neighbour_too_far_for_the_click_to_be_on_the_ring_is_not_asked() -> None:
    assert len(guesses(cubes(c2=(60, 60, 10)), C1, np.array([60.0, 60.0, 112.0]))) == 5


def test_a_body_is_looked_for_at_the_click_turned_only_where_it_leans_much() -> None:
    [straight] = guesses(cubes(c19=(60, 60, 85), c21=(60, 60, 45)), 20, MIDDLE)
    assert straight.matrix is None
    [turned] = guesses(cubes(c19=(60, 80, 85), c21=(60, 40, 45)), 20, MIDDLE)
    assert turned.matrix is not None
    assert np.array_equal(turned.centre, MIDDLE)


def test_a_turned_look_is_carried_back_to_the_axes() -> None:
    turn = Turn(forward(40.0), MIDDLE)
    first = patch_origin(MIDDLE).astype(float)
    index = np.moveaxis(np.indices(PATCH_SHAPE), 0, -1)
    at = turn.to_grid(first + index)
    target = MIDDLE + np.array([4.0, -9.0, 6.0])
    drawn = (np.linalg.norm(at - target, axis=-1) < 5).astype(np.float32)
    origin, found = along_axes(Patch(GRID, (first,), (drawn,), turn))
    assert np.linalg.norm(origin + np.argwhere(found > 0.5).mean(axis=0) - target) < 0.3
    assert abs((found > 0.5).sum() / drawn.sum() - 1) < 0.1
    same, straight = along_axes(Patch(GRID, (first,), (drawn,)))
    assert np.array_equal(same, first)
    assert straight is drawn


def test_the_look_is_kept_whose_middle_is_where_it_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, stand_in_weights: WeightSet
) -> None:
    """The network draws the nearer of two rings: that which is looked for lies in the middle of a guess."""
    rings = (MIDDLE, MIDDLE + np.array([0, -4.0, 22.0]))

    def segment(array: Any, grid: IsoGrid, wanted: dict[int, Place], *_: Any, **how: Any) -> Iterator[Any]:
        assert not how["settle"]
        [(label, place)] = wanted.items()
        ring = min(rings, key=lambda middle: float(np.linalg.norm(middle - place.centre)))
        origin = patch_origin(place.centre).astype(float)
        away = np.linalg.norm(np.moveaxis(np.indices(PATCH_SHAPE), 0, -1) + origin - ring, axis=-1)
        yield label, Patch(grid, (origin,), (((away > 5) & (away < 9)).astype(np.float32),))

    monkeypatch.setattr(firstlook, "segment", segment)
    monkeypatch.setattr(loading, "load_network", lambda file, device: None)
    ct = Volume(GRID.source, np.zeros(GRID.source.shape, np.int16))
    front = MIDDLE + np.array([0, 12.0, 4.0])
    about = About(C1, guesses(cubes(c20=(60, 60, 10)), C1, front), first=True)
    origin, found = about.look(ct, stand_in_weights)
    assert np.linalg.norm(origin + np.argwhere(found > 0.5).mean(axis=0) - MIDDLE) < 1
    assert np.abs(origin - patch_origin(about.places[1].centre)).max() == 0
