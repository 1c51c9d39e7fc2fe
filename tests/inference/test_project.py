"""The spine's line goes through the column of bodies, not through other round bones."""

from __future__ import annotations

import numpy as np

from inference.stages.project import line_from_bodies


def column_with(*others: tuple[slice, slice, slice]) -> np.ndarray:
    body = np.zeros((80, 70, 100), np.float32)
    for z in range(20, 90, 12):
        body[34:46, 30:40, z : z + 9] = 1
    for other in others:
        body[other] = 1
    return body


def test_hips_do_not_bend_the_line() -> None:
    alone = line_from_bodies(column_with())
    hips = ((slice(4, 20), slice(34, 50), slice(0, 18)), (slice(60, 76), slice(34, 50), slice(0, 18)))
    beside = line_from_bodies(column_with(*hips))
    assert alone is not None
    assert beside is not None
    assert np.array_equal(alone.points, beside.points)
    assert alone.bottom == beside.bottom


def test_bodies_that_are_not_joined_make_one_line() -> None:
    line = line_from_bodies(column_with())
    assert line is not None
    assert np.abs(line.points - [39.5, 34.5]).max() < 0.5
    assert line.heights[0] <= 20
    assert line.heights[-1] >= 89


def test_a_leaning_column_is_followed() -> None:
    body = np.zeros((80, 70, 100), np.float32)
    for k, z in enumerate(range(10, 90, 12)):
        body[20 + 4 * k : 32 + 4 * k, 30:40, z : z + 9] = 1
    line = line_from_bodies(body)
    assert line is not None
    assert line.points[-1, 0] - line.points[0, 0] > 20


def test_nothing_makes_no_line() -> None:
    assert line_from_bodies(np.zeros((20, 20, 20), np.float32)) is None
