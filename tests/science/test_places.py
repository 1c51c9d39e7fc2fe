"""Places to look at, on spines that are built with one mistake in a known place."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.formats import nifti
from backend.science.labels import SACRUM
from backend.science.places import MOST_PLACES, Place, places_to_look_at
from backend.science.volume import Mask, VolumeGeometry
from tests.science.real_data import real_data

L5 = 24
T7, T8, T9, T10 = 14, 15, 16, 17
SHAPE = (110, 110, 120)
# the middle of the bodies, across and from back to front, mm in RAS (left is -x)
ACROSS, DEEP = 55.0, 60.0
CENTRES = {T7: 105.0, T8: 80.0, T9: 55.0, T10: 30.0}


def _places(shape: tuple[int, int, int], spacing: float) -> tuple[np.ndarray, ...]:
    return tuple(axis * spacing for axis in np.indices(shape).astype(np.float32))


def _vertebra(at: tuple[np.ndarray, ...], middle_z: float, turn: float = 0.0) -> np.ndarray:
    """Body, pedicles, lamina and processes: even on both sides, turned by so many degrees."""
    angle = np.deg2rad(turn)
    dx, dy = at[0] - ACROSS, at[1] - DEEP
    x, y = np.cos(angle) * dx + np.sin(angle) * dy, np.cos(angle) * dy - np.sin(angle) * dx
    z = at[2] - middle_z
    body = ((x / 15) ** 2 + (y / 12) ** 2 <= 1) & (abs(z) <= 9)
    pedicles = (abs(abs(x) - 9) <= 3) & (y <= -8) & (y >= -24) & (abs(z) <= 6)
    lamina = (abs(x) <= 12) & (y <= -22) & (y >= -27) & (abs(z) <= 8)
    spinous = (abs(x) <= 3) & (y <= -22) & (y >= -45) & (abs(z + 4) <= 6)
    transverse = (abs(x) <= 30) & (abs(y + 22) <= 4) & (abs(z) <= 4)
    return np.asarray(body | pedicles | lamina | spinous | transverse)


def _spine(spacing: float = 1.0, turn: float = 0.0) -> tuple[np.ndarray, VolumeGeometry]:
    nx, ny, nz = (round(size / spacing) for size in SHAPE)
    shape = (nx, ny, nz)
    at = _places(shape, spacing)
    array = np.zeros(shape, np.uint8, order="F")
    for label, z in CENTRES.items():
        array[_vertebra(at, z, turn)] = label
    return array, VolumeGeometry(shape, np.diag([spacing, spacing, spacing, 1.0]))


def _sacrum() -> tuple[np.ndarray, VolumeGeometry]:
    """L5 over a sacrum that tapers towards the coccyx."""
    shape = (110, 110, 110)
    at = _places(shape, 1.0)
    array = np.zeros(shape, np.uint8, order="F")
    array[_vertebra(at, 95.0)] = L5
    z = at[2]
    wide = (
        (abs(at[0] - ACROSS) <= 15 + z / 3) & (abs(at[1] - DEEP + (80 - z) / 4) <= 12) & (z <= 80) & (z >= 15)
    )
    array[wide] = SACRUM
    return array, VolumeGeometry(shape, np.eye(4))


def _found(array: np.ndarray, geometry: VolumeGeometry, doubt: np.ndarray | None = None) -> list[Place]:
    return places_to_look_at(Mask(geometry, array), doubt)


@pytest.mark.parametrize("turn", [0.0, 12.0])
def test_even_vertebrae_have_nothing_to_look_at_however_they_are_turned(turn: float) -> None:
    assert _found(*_spine(turn=turn)) == []
    assert _found(*_sacrum()) == []


@pytest.mark.parametrize(("spacing", "turn"), [(1.0, 0.0), (0.7, 10.0), (2.0, -5.0)])
def test_the_leak_of_a_thoracic_vertebra_into_the_aorta_is_first(spacing: float, turn: float) -> None:
    array, geometry = _spine(spacing, turn)
    x, y, z = _places(array.shape, spacing)
    # in front of the body and to the left of its middle, as the descending aorta lies
    aorta = (np.hypot(x - (ACROSS - 17), y - (DEEP + 16)) <= 11) & (abs(z - CENTRES[T8]) <= 10)
    array[aorta & (array == 0)] = T8
    (first,) = _found(array, geometry)
    assert (first.kind, first.label) == ("leak", T8)
    assert aorta[first.voxel]
    assert "left" in first.message
    # nearly all of the tube; what touches the body has a twin close by
    assert 0.6 <= first.volume_mm3 / (np.pi * 11**2 * 20) <= 1.1
    assert all(low <= at <= high for low, at, high in zip(first.low, first.voxel, first.high, strict=True))


def test_a_leak_to_both_sides_is_found_by_how_far_it_reaches() -> None:
    array, geometry = _spine()
    x, y, z = _places(array.shape, 1.0)
    ribs = (abs(x - ACROSS) <= 52) & (abs(y - DEEP + 22) <= 4) & (abs(z - CENTRES[T9]) <= 4)
    array[ribs & (array == 0)] = T9
    found = _found(array, geometry)
    assert [(place.kind, place.label) for place in found] == [("leak", T9), ("leak", T9)]
    assert all(ribs[place.voxel] and "farther than its neighbours" in place.message for place in found)


def test_a_streak_painted_into_the_sacrum_is_found_whoever_it_is_given_to() -> None:
    array, geometry = _sacrum()
    x, y, z = _places(array.shape, 1.0)
    streak = (abs(z - 50) <= 1.5) & (abs(y - 52) <= 1.5) & (array == SACRUM)
    array[streak] = L5
    first = _found(array, geometry)[0]
    assert (first.kind, first.label, first.other) == ("border", L5, SACRUM)
    assert streak[first.voxel]

    array, geometry = _sacrum()
    beyond = (abs(z - 50) <= 2.5) & (abs(y - 52) <= 2.5) & (x > ACROSS) & (x <= ACROSS + 50) & (array == 0)
    array[beyond] = SACRUM
    first = _found(array, geometry)[0]
    assert (first.kind, first.label) == ("leak", SACRUM)
    assert beyond[first.voxel]
    assert "right" in first.message


def test_doubt_counts_through_and_through_and_not_as_the_shell_of_a_border() -> None:
    array, geometry = _spine()
    shell = np.zeros(SHAPE, np.uint8)
    for axis in range(3):
        differs = np.diff(array.astype(np.int16), axis=axis) != 0
        shell[tuple(slice(0, size - (n == axis)) for n, size in enumerate(SHAPE))][differs] = 255
    assert _found(array, geometry, shell) == []
    x, y, z = _places(SHAPE, 1.0)
    ball = np.sqrt((x - 70) ** 2 + (y - 60) ** 2 + (z - 80) ** 2) <= 6
    (place,) = _found(array, geometry, np.where(ball, 220, shell).astype(np.uint8))
    assert (place.kind, place.label) == ("doubt", T8)
    assert ball[place.voxel]


def test_where_two_vertebrae_meet_in_doubt_is_a_place_and_where_they_meet_in_none_is_not() -> None:
    array, geometry = _spine()
    x, y, z = _places(SHAPE, 1.0)
    bridge = (abs(x - ACROSS) <= 5) & (abs(y - DEEP) <= 5) & (abs(z - 67.5) <= 4)
    array[bridge & (array == 0) & (z > 67)] = T8
    array[bridge & (array == 0)] = T9
    assert _found(array, geometry, np.zeros(SHAPE, np.uint8)) == []
    doubt = np.where(abs(z - 67.5) < 1, 200, 0).astype(np.uint8)
    (place,) = _found(array, geometry, doubt)
    assert (place.kind, place.label, place.other) == ("border", T8, T9)
    assert bridge[place.voxel]


def test_the_list_is_short_and_leaves_room_for_every_vertebra() -> None:
    array, geometry = _spine()
    x, y, z = _places(SHAPE, 1.0)
    for label, middle in CENTRES.items():
        for n in range(6):
            blob = np.sqrt((x - 92) ** 2 + (y - 10 - 16 * n) ** 2 + (z - middle) ** 2) <= 6
            array[blob & (array == 0)] = label
    found = _found(array, geometry)
    assert len(found) <= MOST_PLACES
    assert {label: sum(place.label == label for place in found) for label in CENTRES} == dict.fromkeys(
        CENTRES, 3
    )


def test_an_empty_mask_has_no_places_and_doubt_on_another_grid_is_refused() -> None:
    array, geometry = _spine(2.0)
    assert _found(np.zeros_like(array), geometry) == []
    with pytest.raises(ValueError, match="another grid"):
        _found(array, geometry, np.zeros((2, 2, 2), np.uint8))


@pytest.mark.parametrize(
    "name", ["tptbox-lumbar/vertebrae.nii.gz", "verse004/sub-verse004_seg-vert_msk.nii.gz"]
)
def test_real_masks_have_few_places_and_a_leak_put_there_is_first(name: str) -> None:
    mask = nifti.read_mask(real_data(name))
    before = places_to_look_at(mask)
    assert len(before) <= 3
    label = int(np.median(np.unique(mask.array)[1:]))
    voxels = np.argwhere(mask.array == label)
    points = mask.geometry.voxel_to_ras_mm(voxels)
    middle = np.median(points, axis=0)
    aorta = middle - np.array([18.0, 0.0, 0.0])
    aorta[1] = points[:, 1].max() + 4
    cells = np.argwhere(mask.array == 0)
    away = mask.geometry.voxel_to_ras_mm(cells) - aorta
    tube = cells[(np.hypot(away[:, 0], away[:, 1]) <= 10) & (abs(away[:, 2]) <= 10)]
    leaking = mask.array.copy()
    leaking[tuple(tube.T)] = label
    first = places_to_look_at(Mask(mask.geometry, leaking))[0]
    assert (first.kind, first.label) == ("leak", label)
    assert np.linalg.norm(mask.geometry.voxel_to_ras_mm(np.array([first.voxel]))[0] - aorta) <= 12
