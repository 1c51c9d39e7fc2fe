"""Where the network looks when a level that has no voxel yet is clicked for the first time.

The patch stands as the vertebra does: along the line of its neighbours in the mask, turned as a run turns it
(`inference.stance`). C1 and C2 are rings, with no body in the middle that could be clicked: their neighbours
say where the middle is, or the network looks to all sides of the click.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import affine_transform

from backend.science.labels import sort_labels
from backend.science.volume import Mask, Volume, label_boxes
from inference.levels import STATION
from inference.patches import PATCH_SHAPE, PATCH_SPACING_MM, Float32, FloatArray, IntArray, patch_origin
from inference.sampling import IsoGrid
from inference.stages.components import keep_largest_component
from inference.stages.segment import Patch, Place, segment
from inference.stance import NEIGHBOUR_MM, far_off, upright, usual_direction
from inference.training.real import body_centre
from inference.weights import WeightSet

ATLAS, AXIS, SACRUM = 1, 2, 26
# Vertebrae without a body in the middle: a run does not correct their centres, and a click is often far off.
RINGS = (ATLAS, AXIS)
# A click and the neighbours' masks say less surely how a vertebra stands than a run does.
_LEAST_TURN_DEG, _MOST_TURN_DEG = 15.0, 75.0
_SIDE = 2  # neighbours on each side that say how the spine runs
# From a neighbour's centre to the ring's (mm: right, front, up), in the mean of the two VerSe masks that show
# them; which way the line of the neighbours is followed.
_STEPS = {
    ATLAS: ((AXIS, 1, np.array([0.0, -10.4, 15.2])),),
    AXIS: ((ATLAS, -1, np.array([0.0, -10.4, 15.2])), (3, 1, np.array([0.0, -1.8, 24.2]))),
}
# A click is on the vertebra, so its middle is no farther away.
_OFF_MM = 55.0
# Where the middle may be when only a click says so: it was on the body, in front, behind, or on a side.
_ASIDE_MM = np.array([[0, 0, 0], [0, -20, 0], [0, 20, 0], [-20, 0, 0], [20, 0, 0]], float)


def neighbours(labels: Mask, label: int) -> dict[int, FloatArray]:
    """Centres (voxels of 1.5 mm) of the nearest vertebrae of a mask in canonical order above and below a
    level, as far as the names go."""
    grid, boxes = IsoGrid(labels.geometry, PATCH_SPACING_MM), label_boxes(labels.array)
    order = sort_labels({other for other in boxes if other in STATION and other != SACRUM} | {label})
    here = order.index(label)
    out = {}
    for other in order[max(0, here - _SIDE) : here + _SIDE + 1]:
        if other != label:
            inside = labels.array[boxes[other]] == other
            middle = ring_centre(other, inside, labels.geometry.spacing_mm)
            out[other] = grid.from_source(middle + [side.start for side in boxes[other]])
    return out


def ring_centre(
    label: int, inside: npt.NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> FloatArray:
    """The centre (voxels) by which the network knows a vertebra: the middle of its body, or of all of C1."""
    if label == ATLAS:
        return np.asarray(np.argwhere(inside).mean(axis=0), float)
    return body_centre(inside, spacing_mm)


def frame_at(label: int, clicked: FloatArray, around: dict[int, FloatArray]) -> FloatArray | None:
    """The rotation of the spine at a click from how it usually stands there, by a chord of its line, on which
    C1's middle does not lie; None where there are no neighbours for one."""
    near = {
        other: centre
        for other, centre in around.items()
        if other != ATLAS and float(np.linalg.norm(centre - clicked)) * PATCH_SPACING_MM < NEIGHBOUR_MM
    }
    if label not in RINGS:
        near[label] = clicked
    if len(near) < 2:
        return None
    order = sort_labels({*near, label})
    above, below = order[: order.index(label)], order[order.index(label) + 1 :]
    # With neighbours on one side only, the farther one: it makes little of where exactly the click is.
    ends = (above[-1], below[0]) if above and below else (order[0], order[-1])
    top, bottom = (end if end in near else below[0] for end in ends)
    usual = np.mean(
        [usual_direction(other) for other in order[order.index(top) : order.index(bottom) + 1]], axis=0
    )
    up = near[top] - near[bottom]
    # What leans farther is no spine that lies on a table: the names are wrong, or the click.
    if float(up @ usual) < math.cos(math.radians(_MOST_TURN_DEG)) * float(np.linalg.norm(up)):
        return None
    return upright(up) @ upright(usual).T


def guesses(labels: Mask, label: int, clicked: FloatArray) -> tuple[Place, ...]:
    """Where the network should look for a vertebra that is clicked first (voxels of 1.5 mm) on a mask in
    canonical order: at the click; or for C1 and C2, where a neighbour says, or to all sides."""
    around = neighbours(labels, label)
    turned = frame_at(label, clicked, around)
    matrix = None if turned is None or not far_off(turned, _LEAST_TURN_DEG) else turned
    if label not in RINGS:
        return (Place(clicked, matrix),)
    told = [
        around[other] + sign * (np.eye(3) if turned is None else turned) @ step / PATCH_SPACING_MM
        for other, sign, step in _STEPS[label]
        if other in around
    ]
    near = [centre for centre in told if np.linalg.norm(centre - clicked) * PATCH_SPACING_MM < _OFF_MM]
    return tuple(Place(centre, matrix) for centre in near or clicked + _ASIDE_MM / PATCH_SPACING_MM)


@dataclass(frozen=True)
class About:
    """Where to look for a vertebra: at one of some places; as a `first` look, at a level that nobody has
    drawn, the places are guesses, which what is found there corrects."""

    label: int
    places: tuple[Place, ...]
    first: bool

    def key(self) -> tuple[object, ...]:
        """What a look depends on, besides the CT and the weights."""
        rounded = (tuple(map(tuple, place.rounded())) for place in self.places)
        return (self.label if self.first else None, *rounded)

    def look(self, ct: Volume, weights: WeightSet) -> tuple[IntArray, Float32]:
        """The network's probabilities round the place that what is found there bears out best, as a block
        along the axes of the 1.5 mm grid, and its first voxel."""
        seen = (self._look(ct, place, weights) for place in self.places)
        _, origin, found = min(seen, key=lambda look: look[0])
        return origin, found

    def _look(self, ct: Volume, place: Place, weights: WeightSet) -> tuple[float, IntArray, Float32]:
        """How far (voxels) from the place what is there has its middle, where that chooses, and the look."""
        from inference.loading import load_network
        from inference.runtime import Runtime, has_fast_bf16

        network, runtime = load_network(weights.files["segment"], "cpu"), Runtime("cpu", has_fast_bf16())
        grid, settle = IsoGrid(ct.geometry, PATCH_SPACING_MM), self.first and self.label not in RINGS
        at = {self.label: place}
        [(_, patch)] = segment(ct.array, grid, at, network, runtime, settle=settle, looks=1)
        origin, found = along_axes(patch)
        if len(self.places) == 1:
            return 0.0, origin, found
        inside = keep_largest_component(found) > 0.5
        if not inside.any():
            return np.inf, origin, found
        there = origin + ring_centre(self.label, inside, (PATCH_SPACING_MM,) * 3)
        return float(np.linalg.norm(there - place.centre)), origin, found


def along_axes(patch: Patch) -> tuple[IntArray, Float32]:
    """The first look of a patch as a block along the grid's axes, and its first voxel."""
    first, found = patch.origins[0], patch.looks[0]
    if patch.turn is None:
        return np.rint(first).astype(np.int64), found
    origin = patch_origin(patch.turn.pivot)
    start = patch.turn.from_grid(origin) - first
    return origin, np.asarray(
        affine_transform(found, patch.turn.matrix.T, start, PATCH_SHAPE, order=1), np.float32
    )
