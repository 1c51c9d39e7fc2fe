"""Where raters differ: connected places, sorted, to be looked at one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import edt
import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.ballots import count_ballots, require_one_grid
from backend.science.agreement.boxes import Box, grow, origin, union
from backend.science.agreement.instances import MATCH_IOU, Instance, match_raters
from backend.science.components import pieces_of
from backend.science.labels import sort_labels
from backend.science.volume import Mask, VolumeGeometry, label_boxes

Kind = Literal["boundary", "naming", "missing"]
BoolArray = NDArray[np.bool_]

# Smaller places are the flicker of single voxels along every outline; the report counts them.
SMALLEST_MM3 = 10.0
_MARGIN_VOXELS = 1
# A place of ten voxels of 1 mm is 10 mm3, though float32 steps make it a hair less.
_VOLUME_SLACK = 1e-4


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of disagreement.

    ``voxel`` lies in the spot, at the point farthest from what all agree on; ``max_distance_mm`` is that
    distance. For a vertebra that some did not draw, or that has two names, the spot is the whole vertebra and
    the distance its longest side.
    """

    label: int
    kind: Kind
    voxel: tuple[int, int, int]
    volume_mm3: float
    max_distance_mm: float
    names: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """For JSON: label, kind, a voxel inside, and mm3."""
        return {
            "label": self.label,
            "kind": self.kind,
            "voxel": list(self.voxel),
            "volume_mm3": self.volume_mm3,
            "max_distance_mm": self.max_distance_mm,
            "names": list(self.names),
        }


@dataclass(frozen=True, slots=True)
class SpotList:
    """All spots, the largest first, and what was too small to be listed."""

    spots: list[Spot]
    smaller: int
    smaller_mm3: float

    def to_json(self) -> dict[str, Any]:
        """For JSON: the spots, and how many smaller ones are not listed."""
        return {
            "spots": [spot.to_json() for spot in self.spots],
            "smaller": self.smaller,
            "smaller_mm3": self.smaller_mm3,
        }


def find_spots(
    masks: Sequence[Mask], *, smallest_mm3: float = SMALLEST_MM3, minimum_iou: float = MATCH_IOU
) -> SpotList:
    """The places where two or more raters differ, matched by place so that names are told apart from shapes.

    Raises
    ------
    BadInput
        ``no_masks``, or ``other_grid`` when the masks do not lie on one grid.
    """
    require_one_grid(masks)
    ballots = count_ballots([mask.array for mask in masks])
    instances = match_raters(ballots, minimum_iou)
    boxes = [label_boxes(mask.array) for mask in masks]
    spots: list[Spot] = []
    smaller, smaller_mm3 = 0, 0.0
    for instance in instances:
        box = _box(instance, boxes)
        if instance.missing:
            spots.append(_whole(masks, instance, box, "missing"))
        if instance.disputed_name:
            spots.append(_whole(masks, instance, box, "naming"))
        if len(instance.raters) < 2:
            continue
        for spot in _boundary_spots(masks, instance, box):
            if spot.volume_mm3 >= smallest_mm3 * (1 - _VOLUME_SLACK):
                spots.append(spot)
            else:
                smaller += 1
                smaller_mm3 += spot.volume_mm3
    spots.sort(key=lambda s: (-s.volume_mm3, -s.max_distance_mm, s.label, s.voxel, s.kind))
    return SpotList(spots, smaller, smaller_mm3)


def _box(instance: Instance, boxes: list[dict[int, Box]]) -> Box:
    drawn = [boxes[rater][instance.names[rater]] for rater in instance.raters]
    result = drawn[0]
    for box in drawn[1:]:
        result = union(result, box)
    return result


def _label(instance: Instance) -> int:
    """The name most raters gave; of equally many the one nearest the head."""
    names = [name for name in instance.names if name]
    return sort_labels(name for name in names if names.count(name) == max(map(names.count, names)))[0]


def _drawn(masks: Sequence[Mask], instance: Instance, box: Box) -> tuple[BoolArray, BoolArray]:
    """Voxels that any, and that all of those drew who drew the vertebra at all."""
    some: BoolArray | None = None
    every: BoolArray | None = None
    for rater in instance.raters:
        inside = masks[rater].array[box] == instance.names[rater]
        some = inside.copy() if some is None else some | inside
        every = inside if every is None else every & inside
    if some is None or every is None:
        raise ValueError("an instance was drawn by at least one rater")
    return some, every


def _whole(masks: Sequence[Mask], instance: Instance, box: Box, kind: Kind) -> Spot:
    geometry = masks[0].geometry
    some, _ = _drawn(masks, instance, box)
    depth = edt.edt(np.ascontiguousarray(some), anisotropy=geometry.spacing_mm, black_border=True)
    sides = [(side.stop - side.start) * step for side, step in zip(box, geometry.spacing_mm, strict=True)]
    return Spot(
        label=_label(instance),
        kind=kind,
        voxel=_deepest(depth, box),
        volume_mm3=int(np.count_nonzero(some)) * _voxel_mm3(geometry),
        max_distance_mm=float(max(sides)),
        names=instance.names,
    )


def _boundary_spots(masks: Sequence[Mask], instance: Instance, box: Box) -> list[Spot]:
    geometry = masks[0].geometry
    box = grow(box, _MARGIN_VOXELS, geometry.shape)
    some, every = _drawn(masks, instance, box)
    # joined by faces only: by corners the flicker along an outline would run together into one shell
    pieces, count = pieces_of(some & ~every, 6)
    if count == 0:
        return []
    # who agrees on nothing at all has no common outline; then the piece's own depth must do
    far = (
        edt.edt(np.ascontiguousarray(~every), anisotropy=geometry.spacing_mm)
        if every.any()
        else edt.edt(np.ascontiguousarray(some), anisotropy=geometry.spacing_mm, black_border=True)
    )
    flat = np.flatnonzero(pieces.ravel())
    piece = pieces.ravel()[flat]
    distance = far.ravel()[flat]
    # by piece, then the farthest first: the first of each piece is its voxel
    order = np.lexsort((flat, -distance, piece))
    first = np.searchsorted(piece[order], np.arange(1, count + 1))
    sizes = np.bincount(piece, minlength=count + 1)[1:]
    voxels = np.stack(np.unravel_index(flat[order[first]], pieces.shape), axis=1) + origin(box)
    label = _label(instance)
    return [
        Spot(
            label=label,
            kind="boundary",
            voxel=(int(voxel[0]), int(voxel[1]), int(voxel[2])),
            volume_mm3=int(size) * _voxel_mm3(geometry),
            max_distance_mm=float(distance[order[place]]),
            names=instance.names,
        )
        for voxel, size, place in zip(voxels, sizes, first, strict=True)
    ]


def _deepest(depth: NDArray[np.float32], box: Box) -> tuple[int, int, int]:
    place = np.unravel_index(int(depth.argmax()), depth.shape)
    start = origin(box)
    return int(place[0]) + start[0], int(place[1]) + start[1], int(place[2]) + start[2]


def _voxel_mm3(geometry: VolumeGeometry) -> float:
    return geometry.voxel_volume_mm3
