"""What each number of a mask covers: how much, where, and how far it reaches. Numbers need not be VerSe's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import Mask, centre_voxel, closest_axes, label_boxes

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]

_SAMPLE = 3_000


@dataclass(frozen=True, slots=True)
class Region:
    """The voxels of one number. ``centre`` is RAS mm; ``extent_mm`` reaches along R, A and S.

    The extent is that of the box in the grid's own axes, each counted for the patient's axis that it is
    nearest to; ``span_s_mm`` is its lower and upper end along S. ``cut`` says that the border of the image
    touches the region.
    """

    number: int
    voxels: int
    volume_ml: float
    centre: Point
    extent_mm: Point
    span_s_mm: tuple[float, float]
    cut: bool
    box: Box


def regions_of(mask: Mask) -> dict[int, Region]:
    """The regions of a mask by number, background left out."""
    return {
        number: region_of(mask, number, box, mask.array[box] == number)
        for number, box in label_boxes(mask.array).items()
    }


def region_of(mask: Mask, number: int, box: Box, inside: NDArray[np.bool_]) -> Region:
    """The region of one number, which fills ``inside`` of its box."""
    order, _ = closest_axes(mask.geometry.directions)
    spacing = mask.geometry.spacing_mm
    voxels = int(np.count_nonzero(inside))
    x, y, z = (float(v) for v in mask.geometry.voxel_to_ras_mm(centre_voxel(inside, box)))
    reach = [0.0, 0.0, 0.0]
    for axis, world in enumerate(order):
        reach[world] = (box[axis].stop - box[axis].start) * spacing[axis]
    middle = float(mask.geometry.voxel_to_ras_mm([(s.start + s.stop - 1) / 2 for s in box])[2])
    return Region(
        number,
        voxels,
        voxels * mask.geometry.voxel_volume_mm3 / 1000,
        (x, y, z),
        (reach[0], reach[1], reach[2]),
        (middle - reach[2] / 2, middle + reach[2] / 2),
        any(s.start == 0 or s.stop == n for s, n in zip(box, mask.array.shape, strict=True)),
        box,
    )


def places_of(mask: Mask, box: Box, inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Places in RAS mm of what is ``inside`` a box: all, or every n-th where there are many."""
    voxels = np.argwhere(inside) + np.array([side.start for side in box])
    few = voxels[:: max(1, len(voxels) // _SAMPLE)]
    return mask.geometry.voxel_to_ras_mm(few).astype(np.float32)


def place_of(mask: Mask, point: Point) -> tuple[int, int, int]:
    """The voxel nearest to a point in RAS mm, as an index into the mask's own array."""
    voxel = np.rint(mask.geometry.ras_mm_to_voxel(point)).astype(int)
    i, j, k = np.clip(voxel, 0, np.array(mask.geometry.shape) - 1)
    return int(i), int(j), int(k)
