"""How each vertebra stands, so that the network may be shown it as one of its level usually stands.

The network has learnt vertebrae in patches along the scanner's axes, each level tilted as it is in most
people. Where the spine's line is bent or leans far more than that (a kyphotic upper thorax, scoliosis), the
patch is turned with it: by the rotation from the usual direction of the line at this level to the one that
is there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.science.labels import sort_labels
from inference.levels import STATION
from inference.patches import PATCH_SPACING_MM, FloatArray

# People differ by about as much, and the network has seen that; a patch along the axes is sampled once only.
LEAST_TURN_DEG = 12.0
# Beyond this a neighbour's centre says little about the direction here.
NEIGHBOUR_MM = 70.0


@dataclass(frozen=True)
class Turn:
    """A patch's rotation about a point: `matrix` takes directions of the patch to those of the 1.5 mm grid,
    `pivot` (voxels of the grid) stays where it is."""

    matrix: FloatArray
    pivot: FloatArray

    def to_grid(self, points: npt.ArrayLike) -> FloatArray:
        """Points (..., 3) as the patch has them, in voxels of the grid."""
        return np.asarray(self.pivot + (np.asarray(points, float) - self.pivot) @ self.matrix.T)

    def from_grid(self, points: npt.ArrayLike) -> FloatArray:
        """The inverse of `to_grid`."""
        return np.asarray(self.pivot + (np.asarray(points, float) - self.pivot) @ self.matrix)


def upright(up: FloatArray) -> FloatArray:
    """The frame (columns right, front, up) whose third axis has a direction given in canonical order, and
    whose first is as near to the grid's as that allows."""
    third = up / np.linalg.norm(up)
    first = np.array([1.0, 0.0, 0.0]) - third[0] * third
    first = first / np.linalg.norm(first)
    return np.column_stack([first, np.cross(third, first), third])


def directions(centres: Mapping[int, FloatArray]) -> dict[int, FloatArray]:
    """By label the direction of the spine's line, upwards, from the centres (1.5 mm voxels) of the vertebra
    and its neighbours; none for a vertebra that has no neighbour."""
    order = sort_labels(centres)
    out = {}
    for k, label in enumerate(order):
        near = [
            centres[other]
            for other in order[max(0, k - 1) : k + 2]
            if float(np.linalg.norm(centres[other] - centres[label])) * PATCH_SPACING_MM < NEIGHBOUR_MM
        ]
        up = near[0] - near[-1]
        if len(near) > 1 and float(np.linalg.norm(up)) > 0:
            out[label] = up
    return out


def usual_direction(label: int) -> FloatArray:
    """The upward direction of a level in most people who lie on a scanner's table (right, front, up)."""
    from inference.synthesis.column import usual_tilt_deg

    tilt = math.radians(usual_tilt_deg(STATION[label]))
    return np.array([0.0, math.sin(tilt), math.cos(tilt)])


def far_off(turned: FloatArray, least_deg: float = LEAST_TURN_DEG) -> bool:
    """Whether a vertebra that is turned so from how its level usually stands is shown in a turned patch."""
    return math.degrees(math.acos(float(np.clip((np.trace(turned) - 1) / 2, -1, 1)))) > least_deg


def turns(centres: Mapping[int, FloatArray]) -> dict[int, FloatArray]:
    """By label the rotation of its patch, for the vertebrae that stand more than `LEAST_TURN_DEG` off the
    usual. `centres` are voxels of the 1.5 mm grid (right, front, up)."""
    found = {
        label: upright(up) @ upright(usual_direction(label)).T for label, up in directions(centres).items()
    }
    return {label: matrix for label, matrix in found.items() if far_off(matrix)}
