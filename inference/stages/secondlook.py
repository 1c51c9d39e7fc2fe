"""A steep spine looked at once more, in a field that is turned so that its line stands upright on the whole.

Finding and naming have learnt spines of people who lie straight, and read them slice by slice; bodies that
stand steeply share slices, and are missed or put where none is. Each vertebra's own patch is turned later, by
`inference.stance`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy import ndimage

from backend.science.volume import VolumeGeometry
from inference.patches import AIR_HU, WIDE_SPACING_MM, Float32, FloatArray
from inference.sampling import IsoGrid
from inference.stages.project import Line
from inference.stance import upright

# A line that leans nowhere more than this is within what the networks know; a smaller turn changes little.
STEEP_FROM_DEG, LEAST_TURN_DEG = 30.0, 8.0
# The second look stands where it expects more vertebrae by this, and is as sure of each.
LEAST_GAIN = 0.1
_MARGIN = 1  # voxels of 3 mm: a body whose middle is nearer to the border is more than half cut off
_OVER = 6  # slices of 3 mm that a slope is measured over, to both sides


def upright_frame(line: Line | None) -> FloatArray | None:
    """The frame (columns right, front, up, in voxels of the line's grid) in which the line leans as far to
    one side as to the other; None where it is not steep, or where turning would change little."""
    if line is None or len(line.points) <= 2 * _OVER:
        return None
    rise = (line.points[2 * _OVER :] - line.points[: -2 * _OVER]) / (2 * _OVER)
    leans = np.degrees(np.arctan(rise))
    middle = (leans.max(axis=0) + leans.min(axis=0)) / 2
    if np.abs(leans).max() < STEEP_FROM_DEG or np.abs(middle).max() < LEAST_TURN_DEG:
        return None
    aside, forward = np.tan(np.radians(middle))
    return upright(np.array([aside, forward, 1.0]))


def shows_more(again: Sequence[float], before: Sequence[float]) -> bool:
    """Whether a look has found more vertebrae than the one before, by how sure each body is one.

    What it takes for more of the spine, and is none, makes it less sure on average; then the first stands.
    """
    if not again:
        return False
    more = sum(again) >= sum(before) + LEAST_GAIN
    return more and (not before or float(np.mean(again)) >= float(np.mean(before)))


def can_be_turned(grid: IsoGrid) -> bool:
    """Whether the grid's axes stand upon each other; a sheared one (a tilted gantry) has no frame to turn."""
    axes = grid.source.directions
    return bool(np.allclose(axes.T @ axes, np.eye(3), atol=1e-3))


def turned_field(image: Float32, grid: IsoGrid, frame: FloatArray) -> tuple[Float32, IsoGrid]:
    """The 3 mm image in another frame, with a grid that leads back to the patient; all of it is in view, and
    air where nothing was."""
    middle = (np.array(image.shape) - 1) / 2
    corners = np.array(list(product(*((0, n - 1) for n in image.shape)))) - middle
    reach = np.ceil(np.abs(corners @ frame).max(axis=0)).astype(int)
    shape = (int(2 * reach[0] + 1), int(2 * reach[1] + 1), int(2 * reach[2] + 1))
    start = middle - frame @ reach
    turned = ndimage.affine_transform(
        image, frame, start, shape, np.float32, order=1, mode="constant", cval=AIR_HU
    )
    return np.asarray(turned, np.float32), IsoGrid(_geometry(grid, frame, start, shape), WIDE_SPACING_MM)


def in_view(line: Line | None, turned: IsoGrid, grid: IsoGrid) -> Line | None:
    """The part of a line of the turned field that lies well in the image itself: beyond its border there is
    only air, in which the column would go on as it ends."""
    if line is None:
        return None
    points = np.column_stack([line.points, line.heights])
    places = grid.from_source(grid.source.ras_mm_to_voxel(turned.to_ras_mm(points)))
    last_voxel = np.array(grid.shape) - 1
    inside = np.flatnonzero(((places >= _MARGIN) & (places <= last_voxel - _MARGIN)).all(axis=1))
    if not inside.size:
        return None
    first, last = int(inside[0]), int(inside[-1])
    return Line(line.bottom + first, line.points[first : last + 1])


def turn_deg(frame: FloatArray) -> float:
    """By how many degrees a frame is turned."""
    return math.degrees(math.acos(float(np.clip((np.trace(frame) - 1) / 2, -1, 1))))


def _geometry(
    grid: IsoGrid, frame: FloatArray, start: FloatArray, shape: tuple[int, int, int]
) -> VolumeGeometry:
    corner = grid.to_ras_mm(np.zeros(3))
    axes = np.column_stack([grid.to_ras_mm(unit) - corner for unit in np.eye(3)])
    affine = np.eye(4)
    affine[:3, :3] = axes @ frame
    affine[:3, 3] = grid.to_ras_mm(start)
    return VolumeGeometry(shape, affine)
