"""What each number of a mask covers: how much, where, and how far it reaches. Numbers need not be VerSe's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backend.science.geometry import canonical_geometry
from backend.science.volume import Mask, centre_voxel, closest_axes, label_boxes

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]


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
    order, _ = closest_axes(mask.geometry.directions)
    spacing = canonical_geometry(mask.geometry).spacing_mm
    ml = mask.geometry.voxel_volume_mm3 / 1000
    regions = {}
    for number, box in label_boxes(mask.array).items():
        inside = mask.array[box] == number
        voxels = int(np.count_nonzero(inside))
        x, y, z = (float(v) for v in mask.geometry.voxel_to_ras_mm(centre_voxel(inside, box)))
        reach = [0.0, 0.0, 0.0]
        for axis, world in enumerate(order):
            reach[world] = (box[axis].stop - box[axis].start) * spacing[world]
        cut = any(s.start == 0 or s.stop == n for s, n in zip(box, mask.array.shape, strict=True))
        extent = (reach[0], reach[1], reach[2])
        middle = float(mask.geometry.voxel_to_ras_mm([(s.start + s.stop - 1) / 2 for s in box])[2])
        span = (middle - reach[2] / 2, middle + reach[2] / 2)
        regions[number] = Region(number, voxels, voxels * ml, (x, y, z), extent, span, cut, box)
    return regions
