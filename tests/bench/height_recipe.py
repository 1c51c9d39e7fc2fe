"""TotalSegmentator's published recipe for vertebral heights, written anew as the peer of a benchmark.

The steps follow its repository (``spine_report/measure_verte_height``): each vertebra is a mask on the
whole grid; eroded by 3 mm with a cube, the centre of what is left is its centroid; the axis runs between the
neighbours' centroids; sagittal slices every 5 mm over the central half are walked, from the centroid along
the axes in half-voxel steps with bilinear reading, to the heights at 15, 50 and 85 % of the depth; the slice
with the largest spread counts. There the body comes from a network of its own; here it is given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from backend.science.agreement.boxes import grow
from backend.science.volume import Mask, label_boxes

Three = tuple[float, float, float]
Place = tuple[float, float]
BoolArray = NDArray[np.bool_]

STATIONS = (0.15, 0.50, 0.85)
STEP = 0.5


def heights_on_whole_grid(mask: Mask, bodies: Mask, labels: Sequence[int]) -> dict[int, Three]:
    """As published: every mask has the size of the volume (1 mm voxels)."""
    masks = {label: (mask.array == label) & (bodies.array > 0) for label in labels}
    return _heights(masks, {label: np.zeros(3) for label in labels})


def heights_on_crops(mask: Mask, bodies: Mask, labels: Sequence[int]) -> dict[int, Three]:
    """The same recipe spared the empty part of the volume, which its authors do not do."""
    boxes = {label: grow(box, 4, mask.array.shape) for label, box in label_boxes(mask.array).items()}
    masks = {
        label: (mask.array[boxes[label]] == label) & (bodies.array[boxes[label]] > 0) for label in labels
    }
    starts = {label: np.array([side.start for side in boxes[label]], dtype=float) for label in labels}
    return _heights(masks, starts)


def _heights(masks: dict[int, BoolArray], starts: dict[int, NDArray[np.float64]]) -> dict[int, Three]:
    cube = np.ones((7, 7, 7), dtype=bool)
    cores = {label: ndimage.binary_erosion(body, cube) for label, body in masks.items()}
    centres = {
        label: np.argwhere(core if core.any() else masks[label]).mean(axis=0) + starts[label]
        for label, core in cores.items()
    }
    order = list(masks)
    found: dict[int, Three] = {}
    for place, label in enumerate(order):
        axis = centres[order[max(0, place - 1)]] - centres[order[min(len(order) - 1, place + 1)]]
        up = (float(axis[1]), float(axis[2]))
        centre = centres[label] - starts[label]
        across = np.flatnonzero(cores[label].any(axis=(1, 2)))
        margin = round(0.25 * across.size)
        best, widest = (0.0, 0.0, 0.0), -1.0
        for x in range(int(across[0]) + margin, int(across[-1]) - margin + 1, 5):
            heights = _on_slice(masks[label][x], (float(centre[1]), float(centre[2])), up)
            if heights is not None and max(heights) - min(heights) > widest:
                best, widest = heights, max(heights) - min(heights)
        found[label] = best
    return found


def _on_slice(plane: BoolArray, centre: Place, up: Place) -> Three | None:
    ends = _ends(plane, centre, (-up[1], up[0]))
    if ends is None:
        return None
    (back_y, back_z), (front_y, front_z) = ends
    heights = []
    for share in STATIONS:
        start = (back_y + share * (front_y - back_y), back_z + share * (front_z - back_z))
        line = _ends(plane, start, up)
        if line is None:
            return None
        heights.append(float(np.hypot(line[1][0] - line[0][0], line[1][1] - line[0][1])))
    return (heights[0], heights[1], heights[2])


def _ends(plane: BoolArray, start: Place, axis: Place) -> tuple[Place, Place] | None:
    length = float(np.hypot(*axis))
    unit = (axis[0] / length, axis[1] / length)
    behind, ahead = _edge(plane, start, (-unit[0], -unit[1])), _edge(plane, start, unit)
    return None if behind is None or ahead is None else (behind, ahead)


def _edge(plane: BoolArray, start: Place, unit: Place) -> Place | None:
    """Walk until the mask ends, then a step back in quarters."""
    for step in np.arange(STEP, 1.5 * max(plane.shape), STEP):
        if _inside(plane, start[0] + unit[0] * step, start[1] + unit[1] * step):
            continue
        for back in np.arange(step - STEP, step, STEP / 4):
            place = (start[0] + unit[0] * back, start[1] + unit[1] * back)
            if _inside(plane, *place):
                return (float(place[0]), float(place[1]))
        return None
    return None


def _inside(plane: BoolArray, y: float, z: float) -> bool:
    if not (0 <= y < plane.shape[0] - 1 and 0 <= z < plane.shape[1] - 1):
        return False
    i, j = int(y), int(z)
    a, b = y - i, z - j
    value = (
        plane[i, j] * (1 - a) * (1 - b)
        + plane[i + 1, j] * a * (1 - b)
        + plane[i, j + 1] * (1 - a) * b
        + plane[i + 1, j + 1] * a * b
    )
    return bool(value > 0.5)
