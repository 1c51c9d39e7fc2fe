"""Vertebral bodies from masks of whole vertebrae: where they are and which way they face.

The mask does not tell the body from the arch, but the spinal canal does: in a thin slab along the midline the
two fall apart. The slab needs a rough direction; the direction follows from the body. Two rounds settle it.
All points and axes are RAS+ mm.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.boxes import Box, Extent, label_extents, origin
from backend.science.components import pieces_of
from backend.science.labels import COCCYX, SACRUM, sort_labels
from backend.science.volume import Mask, VolumeGeometry

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Point = tuple[float, float, float]

# C1 is a ring without a body and C2 carries the dens; sacrum and coccyx are fused. None has three heights.
NOT_MEASURED = frozenset({1, 2, SACRUM, COCCYX})

# Half widths of the slab, widest first: the narrowest canal is about 16 mm wide.
_SLAB_MM = (5.0, 3.0, 1.5)
# Deeper than any body: body and spinous process hang together in the slab.
_DEEPEST_BODY_MM = 46.0
# A piece of the slab with less than this share of the largest piece's volume is a chip, not the body.
_SMALLEST_SHARE = 0.2
# Height of the band in which the posterior wall is read; rims and lips lie above and below it.
_BAND_MM = 3.0
# With less distance than this between the body and the whole vertebra's centre there is no arch to tell
# the direction.
_SHORTEST_ARCH_MM = 3.0
# Neighbours differ by a few percent; one with less than this share of the voxels is cut off by the image.
_WHOLE_NEIGHBOUR = 0.4
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A vertebra's own axes: centre of the body, unit vectors to the front, to the left and to the head."""

    centre: FloatArray
    front: FloatArray
    left: FloatArray
    up: FloatArray

    @property
    def axes(self) -> FloatArray:
        """The unit vectors (front, left, up) as columns."""
        return np.column_stack([self.front, self.left, self.up])

    def to_json(self) -> dict[str, list[float]]:
        """Unit vectors in RAS, for pictures in the vertebra's own planes."""
        return {
            "centre": [float(x) for x in self.centre],
            "front": [float(x) for x in self.front],
            "left": [float(x) for x in self.left],
            "up": [float(x) for x in self.up],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[float]]) -> Frame:
        """The reverse of `to_json`."""
        centre, front, left, up = (
            np.array(value[name], dtype=np.float64) for name in ("centre", "front", "left", "up")
        )
        return cls(centre, front, left, up)


@dataclass(frozen=True, slots=True)
class Body:
    """A vertebral body: its frame, its volume, and whether it could be told from the arch.

    ``guided`` says that neighbours gave the direction to the head; without any it is the patient's.
    """

    label: int
    frame: Frame
    volume_ml: float
    separated: bool
    guided: bool


@dataclass(frozen=True, slots=True)
class Crop:
    """One label cut out: its voxels, the index of the first one and the geometry they belong to."""

    inside: BoolArray
    origin: tuple[int, int, int]
    geometry: VolumeGeometry

    @classmethod
    def of(cls, mask: Mask, label: int, box: Box) -> Crop:
        """The voxels of one label within a box that holds them."""
        return cls(mask.array[box] == label, origin(box), mask.geometry)

    def along(self, axis: FloatArray, start: FloatArray) -> NDArray[np.float32]:
        """Position of every voxel along an axis, in mm from a point."""
        affine = self.geometry.affine_ras_mm
        per_voxel = axis @ affine[:3, :3]
        zero = float(axis @ (self.geometry.voxel_to_ras_mm(self.origin) - start))
        steps = [
            np.arange(n, dtype=np.float32) * np.float32(s)
            for n, s in zip(self.inside.shape, per_voxel, strict=True)
        ]
        result: NDArray[np.float32] = (
            steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None, :] + np.float32(zero)
        )
        return result

    def centre_of(self, voxels: BoolArray) -> FloatArray:
        """Centre of mass of some voxels."""
        total = int(np.count_nonzero(voxels))
        middle = [
            float(voxels.sum(axis=tuple(o for o in range(3) if o != a)) @ np.arange(n)) / total
            for a, n in enumerate(voxels.shape)
        ]
        result: FloatArray = self.geometry.voxel_to_ras_mm(np.array(middle) + self.origin)
        return result


def body_centroids(mask: Mask, *, labels: Collection[int] | None = None) -> dict[int, Point]:
    """Centroid of each vertebral body, the arch left out, in RAS+ mm; what VerSe publishes.

    C1, C2, sacrum and coccyx have no body of their own here; they get the centre of the whole mask.
    """
    result: dict[int, Point] = {}
    found = find_bodies(mask, labels=labels)
    for label, extent in label_extents(mask.array).items():
        if labels is not None and label not in labels:
            continue
        if label in found:
            x, y, z = found[label].frame.centre
        else:
            x, y, z = mask.geometry.voxel_to_ras_mm(np.array(extent.index_sum) / extent.voxels)
        result[label] = (float(x), float(y), float(z))
    return {label: result[label] for label in sort_labels(result)}


def find_bodies(
    mask: Mask,
    *,
    labels: Collection[int] | None = None,
    centroids_ras_mm: Mapping[int, Point] | None = None,
    extents: Mapping[int, Extent] | None = None,
) -> dict[int, Body]:
    """The bodies of the measured levels, with their axes.

    ``labels`` limits the work to some levels; only they and their neighbours are looked at. Known body
    ``centroids_ras_mm`` are taken as they are; ``extents`` spare a pass over the mask.
    """
    extents = label_extents(mask.array) if extents is None else extents
    present = [label for label in sort_labels(extents) if label not in NOT_MEASURED]
    wanted = set(present if labels is None else labels)
    needed = [
        label for place, label in enumerate(present) if wanted & {*present[max(0, place - 1) : place + 2]}
    ]
    whole = {
        label: mask.geometry.voxel_to_ras_mm(np.array(e.index_sum) / e.voxels) for label, e in extents.items()
    }
    sizes = {label: extent.voxels for label, extent in extents.items()}
    crops = {label: Crop.of(mask, label, extents[label].box) for label in needed}
    centres = {label: whole[label] for label in present}
    known = {label: np.array(p) for label, p in (centroids_ras_mm or {}).items()}
    centres.update({label: point for label, point in known.items() if label in centres})
    bodies: dict[int, Body] = {}
    for step in range(_ROUNDS):
        for label in needed:
            above, below = _neighbours(label, present, sizes)
            up = _up(above, below, centres)
            front = _front(up, bodies[label].frame.centre - whole[label] if label in bodies else None)
            found = _find_body(label, crops[label], whole[label], up, front)
            bodies[label] = replace(found, guided=above != below)
            if label in known and step == _ROUNDS - 1:
                bodies[label] = replace(bodies[label], frame=replace(found.frame, centre=known[label]))
        centres.update({label: body.frame.centre for label, body in bodies.items() if label not in known})
    return {label: body for label, body in bodies.items() if label in wanted}


def _neighbours(label: int, present: list[int], sizes: Mapping[int, int]) -> tuple[int, int]:
    """The levels above and below that tell the direction; the level itself where there is none.

    A neighbour that the image cuts off has its centre in the wrong place.
    """
    place = present.index(label)
    above = present[max(0, place - 1)]
    below = present[min(len(present) - 1, place + 1)]
    whole = _WHOLE_NEIGHBOUR * sizes[label]
    return (above if sizes[above] >= whole else label, below if sizes[below] >= whole else label)


def _up(above: int, below: int, centres: Mapping[int, FloatArray]) -> FloatArray:
    """Direction to the head: from the level below to the level above, or what there is of them."""
    direction = centres[above] - centres[below] if above != below else np.zeros(3)
    length = float(np.linalg.norm(direction))
    if length < 1.0:
        return np.array([0.0, 0.0, 1.0])
    unit: FloatArray = direction / length
    return unit


def _front(up: FloatArray, arch_to_body: FloatArray | None) -> FloatArray:
    """Direction to the front, perpendicular to ``up``: away from the arch, or the patient's anterior."""
    for candidate in (arch_to_body, np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, -1.0])):
        if candidate is None:
            continue
        flat = candidate - up * float(up @ candidate)
        length = float(np.linalg.norm(flat))
        if length >= (_SHORTEST_ARCH_MM if candidate is arch_to_body else 0.1):
            unit: FloatArray = flat / length
            return unit
    raise ValueError("no direction is perpendicular to the axis")


def _find_body(label: int, crop: Crop, whole: FloatArray, up: FloatArray, front: FloatArray) -> Body:
    left = np.cross(up, front)
    across = np.abs(crop.along(left, whole))
    forward = crop.along(front, whole)
    height = crop.along(up, whole)
    body, separated = _midline_body(crop.inside, across, forward)
    wall = _posterior_wall(body, forward, height)
    ahead = crop.inside & (forward >= wall)
    pieces, count = pieces_of(ahead, 6)
    if count > 1:
        shared = np.bincount(pieces[body & ahead], minlength=count + 1)
        shared[0] = 0
        ahead = pieces == int(shared.argmax())
    volume_ml = int(np.count_nonzero(ahead)) * crop.geometry.voxel_volume_mm3 / 1000.0
    return Body(label, Frame(crop.centre_of(ahead), front, left, up), volume_ml, separated, guided=True)


def _midline_body(
    inside: BoolArray, across: NDArray[np.float32], forward: NDArray[np.float32]
) -> tuple[BoolArray, bool]:
    """The body within a slab about the midline, and whether the canal parted it from the arch."""
    best: BoolArray = inside
    for width in _SLAB_MM:
        slab = inside & (across <= width)
        pieces, count = pieces_of(slab, 6)
        if count == 0:
            continue
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        sizes[0] = 0
        large = np.flatnonzero(sizes >= _SMALLEST_SHARE * sizes.max())
        positions = np.bincount(pieces[slab], weights=forward[slab], minlength=count + 1)
        foremost = max(large, key=lambda piece: positions[piece] / sizes[piece])
        best = pieces == foremost
        reach = forward[best]
        if float(reach.max() - reach.min()) <= _DEEPEST_BODY_MM:
            return best, True
    return best, False


def _posterior_wall(body: BoolArray, forward: NDArray[np.float32], height: NDArray[np.float32]) -> float:
    """Position of the posterior wall at mid height."""
    middle = float(np.median(height[body]))
    band = body & (np.abs(height - middle) <= _BAND_MM)
    values = forward[band] if band.any() else forward[body]
    # half a voxel behind the rearmost voxel centres, so that the wall itself belongs to the body
    return float(np.quantile(values, 0.02)) - 0.5
