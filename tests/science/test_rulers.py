"""Rulers: millimetres and degrees with answers known by construction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.morphometry.rulers import RulerKind, ruler_value

# voxels of 0.5 x 0.8 x 3 mm, turned by 20 and by 10 degrees
_SPACING = np.diag([0.5, 0.8, 3.0])


def _turn(degrees: float, axes: tuple[int, int]) -> np.ndarray:
    matrix = np.eye(3)
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a, b = axes
    matrix[a, a], matrix[a, b], matrix[b, a], matrix[b, b] = c, -s, s, c
    return matrix


OBLIQUE = _turn(20, (0, 1)) @ _turn(10, (1, 2)) @ _SPACING


def _at(*voxels: tuple[float, float, float]) -> Any:
    return [(OBLIQUE @ np.array(voxel) + [12.0, -30.0, 800.0]).tolist() for voxel in voxels]


@pytest.mark.parametrize(
    ("kind", "voxels", "answer"),
    [
        ("length", [(0, 0, 0), (6, 5, 0)], 5.0),  # 3 and 4 mm
        ("length", [(0, 0, 0), (0, 0, 4)], 12.0),
        ("angle", [(10, 0, 0), (0, 0, 0), (0, 5, 0)], 90.0),
        ("angle", [(0, 15, 0), (0, 0, 0), (0, 15, 4)], 45.0),  # 12 mm forward, 12 mm up
        ("angle", [(10, 0, 0), (0, 0, 0), (-10, 0, 0)], 180.0),
        ("cobb", [(0, 0, 0), (24, 0, 0), (0, 0, 9), (24, 0, 13)], 45.0),  # level, and 12 mm over 12 mm
        ("cobb", [(0, 0, 0), (24, 0, -4), (0, 0, 9), (24, 0, 13)], 90.0),
        ("cobb", [(0, 0, 0), (4, 0, -4), (0, 0, 9), (4, 0, 13)], 2 * math.degrees(math.atan(6))),  # 161
        ("cobb", [(0, 0, 0), (24, 0, 0), (0, 0, 9), (24, 0, 9)], 0.0),
    ],
)
def test_a_ruler_reads_millimetres_and_degrees_of_the_patient(
    kind: RulerKind, voxels: list[tuple[float, float, float]], answer: float
) -> None:
    assert ruler_value(kind, _at(*voxels)) == pytest.approx(answer, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("length", [[0, 0, 0]]),
        ("length", [[0, 0, 0], [0, 0, 0]]),
        ("length", [[0, 0, 0], [0, 0, math.nan]]),
        ("length", [[0, 0, 0], [0, 0, 1e6]]),
        ("angle", [[0, 0, 0], [1, 0, 0]]),
        ("angle", [[1, 0, 0], [1, 0, 0], [0, 5, 0]]),
        ("cobb", [[0, 0, 0], [1, 0, 0], [5, 5, 5], [5, 5, 5]]),
    ],
)
def test_what_is_no_ruler_is_refused(kind: RulerKind, points: list[list[float]]) -> None:
    with pytest.raises(BadInput, match="ruler"):
        ruler_value(kind, points)
