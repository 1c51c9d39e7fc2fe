"""A steep spine is looked at again in a turned field: which way, that places stay, and which look stands."""

from __future__ import annotations

import numpy as np
import pytest

from backend.science.volume import VolumeGeometry
from inference.patches import AIR_HU, FloatArray
from inference.sampling import IsoGrid
from inference.stages.project import Line
from inference.stages.secondlook import can_be_turned, in_view, shows_more, turned_field, upright_frame

SHAPE = (40, 50, 60)


def leaning(low_deg: float, high_deg: float, axis: int = 1) -> Line:
    """A line whose lean goes evenly from one angle to another from its foot to its head."""
    points = np.full((60, 2), 20.0)
    points[:, axis] += np.concatenate(
        [[0.0], np.cumsum(np.tan(np.radians(np.linspace(low_deg, high_deg, 59))))]
    )
    return Line(0, points)


def rotated(seed: int) -> FloatArray:
    """A rotated affine of 3 mm, as a header of 32 bits has it."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = 3.0 * q
    affine[:3, 3] = (-31.0, 12.0, 404.0)
    return affine.astype(np.float32).astype(float)


def test_what_lies_straight_or_leans_to_both_sides_alike_is_not_turned() -> None:
    assert upright_frame(None) is None
    assert upright_frame(leaning(-20, 25)) is None
    assert upright_frame(leaning(-45, 45)) is None, "turning would help one half and harm the other"
    assert upright_frame(Line(0, np.full((8, 2), 20.0))) is None


@pytest.mark.parametrize("axis", [0, 1])
def test_a_line_is_turned_by_the_middle_of_its_leans(axis: int) -> None:
    frame = upright_frame(leaning(5, 55, axis))
    assert frame is not None
    assert frame.T @ frame == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(frame) == pytest.approx(1.0)
    up = frame[:, 2]
    assert np.degrees(np.arctan2(up[axis], up[2])) == pytest.approx(30, abs=3)  # slopes are taken over 36 mm
    assert up[1 - axis] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("affine", [np.diag([3.0, 3.0, 3.0, 1.0]), rotated(1), rotated(2)])
def test_a_place_of_the_turned_field_is_the_same_place_of_the_patient(affine: FloatArray) -> None:
    grid = IsoGrid(VolumeGeometry(SHAPE, affine), 3.0)
    image = np.full(SHAPE, AIR_HU, np.float32)
    marks = [(12, 14, 9), (30, 20, 44), (20, 40, 30)]
    for mark in marks:
        image[tuple(slice(k - 1, k + 2) for k in mark)] = 1000.0
    frame = upright_frame(leaning(5, 55))
    assert frame is not None
    turned, into = turned_field(image, grid, frame)
    for mark in marks:
        place = into.from_source(into.source.ras_mm_to_voxel(grid.to_ras_mm(mark)))
        nearest = np.rint(place).astype(int)
        assert nearest.min() >= 0, "all of the image is in view"
        assert (nearest < np.array(turned.shape)).all(), "all of the image is in view"
        assert turned[tuple(nearest)] > 900
    assert turned[0, 0, 0] == AIR_HU


def test_a_line_that_leans_stands_upright_in_the_turned_field() -> None:
    grid = IsoGrid(VolumeGeometry((40, 80, 60), np.diag([3.0, 3.0, 3.0, 1.0])), 3.0)
    line = leaning(35, 35)
    frame = upright_frame(line)
    assert frame is not None
    _, into = turned_field(np.zeros((40, 80, 60), np.float32), grid, frame)
    places = grid.to_ras_mm(np.column_stack([line.points, line.heights]))
    there = into.from_source(into.source.ras_mm_to_voxel(places))
    assert np.ptp(there[:, 0]) < 0.01
    assert np.ptp(there[:, 1]) < 0.01
    assert (np.diff(there[:, 2]) > 0).all(), "the head stays above"


def test_a_line_ends_where_the_image_does() -> None:
    grid = IsoGrid(VolumeGeometry(SHAPE, np.diag([3.0, 3.0, 3.0, 1.0])), 3.0)
    beyond = Line(-10, np.full((90, 2), 20.0))
    kept = in_view(beyond, grid, grid)
    assert kept is not None
    assert (kept.bottom, kept.bottom + len(kept.points) - 1) == (1, SHAPE[2] - 2), "and not at its border"
    assert in_view(Line(0, np.full((60, 2), 200.0)), grid, grid) is None
    assert in_view(None, grid, grid) is None


def test_a_sheared_field_is_not_turned() -> None:
    sheared = np.diag([3.0, 3.0, 3.0, 1.0])
    sheared[1, 2] = 0.8
    assert not can_be_turned(IsoGrid(VolumeGeometry(SHAPE, sheared), 3.0))
    assert can_be_turned(IsoGrid(VolumeGeometry(SHAPE, rotated(3)), 3.0))


def test_the_second_look_stands_where_it_finds_more_and_is_as_sure() -> None:
    assert shows_more([0.9, 0.9, 0.95], [0.9, 0.9])
    assert not shows_more([0.9, 0.9], [0.9, 0.9]), "nothing is gained"
    assert not shows_more([0.9, 0.9, 0.3], [0.9, 0.9]), "what it adds is none"
    assert not shows_more([], [0.9])
    assert shows_more([0.9], [])
