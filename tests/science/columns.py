"""Columns of analytic vertebrae: a body with known heights and an arch behind it, at any turn and spacing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import Mask, VolumeGeometry

FloatArray = NDArray[np.float64]
Three = tuple[float, float, float]

# Heights at the front edge, the middle and the back edge of the body.
INTACT: Three = (26.0, 26.0, 26.0)
WEDGE: Three = (15.0, 20.0, 25.0)
BICONCAVE: Three = (26.0, 13.0, 26.0)
CRUSH: Three = (14.0, 14.0, 14.0)
DEPTH_MM, WIDTH_MM, LEVEL_MM = 32.0, 42.0, 34.0
_REACH_MM = ((-61.0, 17.0), (-22.0, 22.0), (-15.0, 15.0))


@dataclass(frozen=True)
class Column:
    """Vertebrae along a straight line through the grid's middle, turned about x, y and z (degrees)."""

    heights: Mapping[int, Three] = field(default_factory=dict)
    labels: Sequence[int] = (20, 21, 22, 23, 24)
    turn_deg: Three = (0.0, 0.0, 0.0)
    sway_deg: float = 0.0
    spacing_mm: Three = (1.0, 1.0, 1.0)
    # off the voxel centres, so that no surface lies exactly on them
    shift_mm: Three = (0.3, 0.2, 0.4)
    arch: bool = True


def rotation(turn_deg: Three) -> FloatArray:
    """Turns about x, then y, then z."""
    a, b, c = np.radians(turn_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def height_at(heights: Three, station: float) -> float:
    """Height at a share of the depth from the front: the parabola through front, middle and back."""
    front, middle, back = heights
    return float(
        front * 2 * (station - 0.5) * (station - 1)
        - middle * 4 * station * (station - 1)
        + back * 2 * station * (station - 0.5)
    )


def truth(heights: Three) -> Three:
    """Heights at 15, 50 and 85 % of the depth."""
    return height_at(heights, 0.15), height_at(heights, 0.5), height_at(heights, 0.85)


def _vertebra(x: FloatArray, y: FloatArray, z: FloatArray, heights: Three, arch: bool) -> NDArray[np.bool_]:
    """Inside of one vertebra in its own axes: x to the front, y to the left, z to the head, body at 0."""
    front, middle, back = heights
    s = 0.5 - x / DEPTH_MM
    height = front * 2 * (s - 0.5) * (s - 1) - middle * 4 * s * (s - 1) + back * 2 * s * (s - 0.5)
    rim = (2 * x / DEPTH_MM) ** 4 + (2 * y / WIDTH_MM) ** 4 <= 1
    inside = rim & (np.abs(z) <= height / 2)
    if arch:
        behind = -DEPTH_MM / 2 - x
        wide = np.abs(y)
        inside |= (behind > -4) & (behind < 20) & (wide > 9) & (wide < 16) & (z > -3) & (z < 5)
        inside |= (behind > 15) & (behind < 21) & (wide < 16) & (z > -9) & (z < 6)
        inside |= (behind > 18) & (behind < 44) & (wide < 3) & (z > -12) & (z < -2)
    return inside


def make(column: Column) -> tuple[Mask, dict[int, FloatArray]]:
    """The mask and the middle of each body in RAS mm."""
    turn = rotation(column.turn_deg)
    spacing = np.array(column.spacing_mm)
    extent = np.array([70.0, 110.0, LEVEL_MM * len(column.labels) + 10.0])
    half = np.abs(turn) @ (extent / 2) + 4
    shape = np.ceil(2 * half / spacing).astype(int)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -spacing * (shape - 1) / 2 + column.shift_mm
    geometry = VolumeGeometry((int(shape[0]), int(shape[1]), int(shape[2])), affine)
    array = np.zeros(geometry.shape, dtype=np.uint8, order="F")
    middles = {}
    for place, label in enumerate(column.labels):
        drop = (len(column.labels) - 1) / 2 - place
        tilt = rotation((0.0, column.sway_deg * drop, 0.0))
        axes = turn @ tilt @ np.column_stack([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
        middle = turn @ np.array([column.sway_deg * 0.3 * drop**2, 20.0, LEVEL_MM * drop])
        middles[label] = middle
        corners = middle + np.array(list(product(*_REACH_MM))) @ axes.T
        places = geometry.ras_mm_to_voxel(corners)
        low = np.clip(np.floor(places.min(axis=0)), 0, shape).astype(int)
        high = np.clip(np.ceil(places.max(axis=0)) + 1, 0, shape).astype(int)
        index = np.stack(
            np.meshgrid(*[np.arange(a, b) for a, b in zip(low, high, strict=True)], indexing="ij"), -1
        )
        local = (geometry.voxel_to_ras_mm(index) - middle) @ axes
        inside = _vertebra(
            local[..., 0], local[..., 1], local[..., 2], column.heights.get(label, INTACT), column.arch
        )
        array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))][inside] = label
    return Mask(geometry, array), middles
