"""Plausibility of a mask: what a reader would want pointed out before it is accepted.

Everything is judged in three dimensions: in a single slice a vertebra may well look like two islands.
Distances are in RAS mm, so findings do not depend on the axis order of the file.

While a mask is edited it is judged again after each stroke, and a stroke changes one vertebra of twenty: what
takes long of each is remembered by its voxels.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock

import cc3d
import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.components import pieces_of
from backend.science.finding import Finding
from backend.science.labels import BY_LABEL, COCCYX, SACRUM, name_of, sort_labels, successors
from backend.science.quality_direction import UP, bodies_behind, levels_upwards
from backend.science.quality_shape import arch_findings, impossible_sizes
from backend.science.regions import Region, place_of, places_of, region_of
from backend.science.volume import Mask, Volume, label_boxes

Point = tuple[float, float, float]
Box = tuple[slice, slice, slice]

# a second piece of at least this share of the first is no crumb but the same name given twice
DUPLICATE_SHARE = 0.25
DUPLICATE_DISTANCE_MM = 15.0
# neighbouring centres of mass lie 12 mm apart in the neck and up to 45 mm in the lumbar spine
CLOSEST_MM, FARTHEST_MM = 7.0, 65.0
SIDEWAYS_MM = 15.0
SIZE_RATIO = 2.5
# fat and muscle lie between -150 and 80 HU, air far below
SOFT_HU = 80
AIR_HU = -250
AIR_SHARE = 0.02
# the centre of a whole vertebra lies in its body or its canal; half a canal away from the mask it does not
CENTRE_MM = 14.0
_CUT_VOXELS = 4
_MEDIAN_SAMPLE = 20_000


def check_mask(
    mask: Mask, *, volume: Volume | None = None, body_centres: Mapping[int, Point] | None = None
) -> list[Finding]:
    """Everything implausible about a mask, from the head down; with the CT also what lies outside bone.

    Codes: `FINDING_CODES`. The volume must lie on the mask's grid. ``body_centres`` are the vertebral bodies'
    centres in RAS mm where they are known: each must lie in its vertebra. Without one the centre of the
    whole vertebra must lie near it.
    """
    if volume is not None and not volume.geometry.matches(mask.geometry):
        raise ValueError("the volume lies on another grid than the mask")
    boxes = label_boxes(mask.array)
    if not boxes:
        return [Finding("empty_mask", "warning", "The mask holds no vertebra")]
    shapes = {label: _shape_of(mask, label, box) for label, box in boxes.items()}
    counts = {label: shape.voxels for label, shape in shapes.items()}
    centres = {label: shape.centre for label, shape in shapes.items()}
    known = [label for label in sort_labels(counts) if label in BY_LABEL]
    findings = [
        Finding(
            "unknown_label",
            "error",
            f"{label} is not a VerSe label",
            label,
            count,
            place_of(mask, centres[label]),
        )
        for label, count in counts.items()
        if label not in BY_LABEL
    ]
    findings += _sequence_findings(mask, known, centres, boxes)
    findings += _course_findings(mask, known, centres)
    whole = [label for label in known if not _touches_border(mask, boxes[label])]
    findings += _size_findings(mask, whole, counts, centres)
    regions = {label: shapes[label].region for label in known}
    findings += impossible_sizes(mask, regions)
    samples = {label: shapes[label].sample for label in known}
    findings += arch_findings(mask, regions, samples)
    findings += filter(None, [bodies_behind(mask, regions, samples)])
    for label in known:
        findings += shapes[label].findings
        findings += _centre_findings(mask, shapes[label], (body_centres or {}).get(label))
        if volume is not None:
            findings += _bone_findings(mask, volume, label, boxes[label], centres[label])
    return sorted(findings, key=lambda finding: _from_the_head(finding.label))


def _stands_above(mask: Mask, one: int, other: int, boxes: Mapping[int, Box]) -> bool:
    """Whether ``one``, whose centre is the higher, stands above ``other``.

    Of a vertebra that the border cuts, the image may hold just the hanging spinous process, whose centre lies
    below the next body's; then both ends of the two have to agree.
    """
    if not any(_touches_border(mask, boxes[label]) for label in (one, other)):
        return True
    (low, high), (other_low, other_high) = (_ends_s_mm(mask, label, boxes[label]) for label in (one, other))
    return low > other_low and high > other_high


def _ends_s_mm(mask: Mask, label: int, box: Box) -> tuple[float, float]:
    """The lowest and the highest place of a label along the body's axis, in RAS mm."""
    voxels = np.argwhere(mask.array[box] == label) + [side.start for side in box]
    heights = mask.geometry.voxel_to_ras_mm(voxels)[:, 2]
    return float(heights.min()), float(heights.max())


def _from_the_head(label: int | None) -> int:
    return -1 if label is None else BY_LABEL[label].order if label in BY_LABEL else 99


def _sequence_findings(
    mask: Mask, known: list[int], centres: Mapping[int, Point], boxes: Mapping[int, Box]
) -> list[Finding]:
    """Levels left out between two that are there, and levels that lie above one they should lie below.

    Where all of them do, that is said once.
    """
    upside_down = levels_upwards(known, {label: centres[label][UP] for label in known})
    findings = [] if upside_down is None else [upside_down]
    for upper, lower in pairwise(known):
        where = place_of(mask, centres[lower])
        if lower not in successors(upper):
            message = f"{name_of(lower)} follows {name_of(upper)}: a level between them is missing"
            findings.append(Finding("missing_level", "warning", message, lower, voxel=where))
        if upside_down or centres[upper][UP] > centres[lower][UP]:
            continue
        if _stands_above(mask, lower, upper, boxes):
            message = f"{name_of(lower)} lies above {name_of(upper)}"
            findings.append(Finding("order", "error", message, lower, voxel=where))
    return findings


def _course_findings(mask: Mask, known: list[int], centres: Mapping[int, Point]) -> list[Finding]:
    """Steps between neighbours: too short, too long, or to the side of the line of the others."""
    spine = [label for label in known if label not in (SACRUM, COCCYX)]
    points = np.array([centres[label] for label in spine])
    findings = []
    for (upper, lower), step in zip(
        pairwise(spine), np.linalg.norm(np.diff(points, axis=0), axis=1), strict=True
    ):
        if lower in successors(upper) and not CLOSEST_MM <= step <= FARTHEST_MM:
            message = f"{name_of(upper)} and {name_of(lower)} lie {step:.0f} mm apart"
            findings.append(
                Finding("distance", "warning", message, lower, voxel=place_of(mask, centres[lower]))
            )
    for index in range(1, len(spine) - 1):
        before, here, after = points[index - 1 : index + 2]
        share = (before[2] - here[2]) / (before[2] - after[2]) if before[2] != after[2] else 0.5
        off = float(abs(here[0] - (before[0] + share * (after[0] - before[0]))))
        if off > SIDEWAYS_MM and 0 <= share <= 1:
            label = spine[index]
            message = f"{name_of(label)} lies {off:.0f} mm to the side of the line of its neighbours"
            findings.append(
                Finding("sideways", "warning", message, label, voxel=place_of(mask, centres[label]))
            )
    return findings


def _size_findings(
    mask: Mask, whole: list[int], counts: Mapping[int, int], centres: Mapping[int, Point]
) -> list[Finding]:
    """Vertebrae much larger or smaller than the nearest two, of those that are whole."""
    spine = [label for label in whole if label not in (SACRUM, COCCYX)]
    findings = []
    for index, label in enumerate(spine):
        # at an end the next two, so that one odd vertebra does not make its neighbour look odd as well
        nearest = sorted((i for i in range(len(spine)) if i != index), key=lambda i: abs(i - index))[:2]
        ratios = [counts[label] / counts[spine[i]] for i in nearest]
        if not ratios:
            continue
        if min(ratios) > SIZE_RATIO or max(ratios) < 1 / SIZE_RATIO:
            word = "larger" if ratios[0] > 1 else "smaller"
            message = f"{name_of(label)} is much {word} than its neighbours"
            where = place_of(mask, centres[label])
            findings.append(Finding("size", "warning", message, label, counts[label], where))
    return findings


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one vertebra's voxels say by themselves."""

    region: Region
    # places of some of its voxels, RAS mm
    sample: NDArray[np.float32]
    # from the centre of mass to the nearest voxel, 0 where it is one of the vertebra's
    centre_outside_mm: float
    findings: tuple[Finding, ...]

    @property
    def voxels(self) -> int:
        return self.region.voxels

    @property
    def centre(self) -> Point:
        return self.region.centre


@dataclass
class _Remembered:
    """The shapes judged last, by a digest of all that they depend on. Safe among threads."""

    limit: int = 512
    _shapes: OrderedDict[bytes, _Shape] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: bytes) -> _Shape | None:
        with self._lock:
            shape = self._shapes.get(key)
            if shape is not None:
                self._shapes.move_to_end(key)
            return shape

    def keep(self, key: bytes, shape: _Shape) -> None:
        with self._lock:
            self._shapes[key] = shape
            while len(self._shapes) > self.limit:
                self._shapes.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._shapes.clear()


_remembered = _Remembered()


def forget_shapes() -> None:
    """Forget what is remembered, so that the next check takes as long as a first one."""
    _remembered.forget()


def _shape_of(mask: Mask, label: int, box: Box) -> _Shape:
    """The vertebra's shape, worked out anew only where its voxels or their place have changed."""
    inside = mask.array[box] == label
    key = _shape_key(mask, label, box, inside)
    shape = _remembered.get(key)
    if shape is None:
        shape = _judged(mask, label, box, inside)
        _remembered.keep(key, shape)
    return shape


def _shape_key(mask: Mask, label: int, box: Box, inside: NDArray[np.bool_]) -> bytes:
    frame = (label, [(side.start, side.stop) for side in box], mask.array.shape)
    digest = hashlib.blake2b(repr(frame).encode(), digest_size=16)
    digest.update(mask.geometry.affine_ras_mm.tobytes())
    # packed in the memory's own order, whichever that is: an eighth to hash
    fortran = inside.flags.f_contiguous
    digest.update(b"F" if fortran else b"C")
    digest.update(np.packbits(inside.ravel(order="F" if fortran else "C")).tobytes())
    return digest.digest()


def _judged(mask: Mask, label: int, box: Box, inside: NDArray[np.bool_]) -> _Shape:
    region = region_of(mask, label, box, inside)
    findings: list[Finding] = []
    if label in BY_LABEL:
        findings += _piece_findings(mask, label, box, inside)
        findings += _hole_findings(label, box, inside)
        findings += _cut_findings(mask, label, box, inside)
    voxels = np.argwhere(inside) + np.array([side.start for side in box])
    away = _outside_mm(mask, region, voxels)
    return _Shape(region, places_of(mask, box, inside), away, tuple(findings))


def _outside_mm(mask: Mask, region: Region, voxels: NDArray[np.int64]) -> float:
    if mask.array[place_of(mask, region.centre)] == region.number:
        return 0.0
    sample = voxels[:: max(1, len(voxels) // _MEDIAN_SAMPLE)]
    away = np.linalg.norm(mask.geometry.voxel_to_ras_mm(sample) - np.asarray(region.centre), axis=1)
    return float(away.min())


def _hole_findings(label: int, box: Box, inside: NDArray[np.bool_]) -> list[Finding]:
    """Holes within the vertebra (6 neighbours)."""
    filled = scipy.ndimage.binary_fill_holes(inside)
    holes = int(np.count_nonzero(filled)) - int(np.count_nonzero(inside))
    if not holes:
        return []
    i, j, k = np.argwhere(filled & ~inside)[0]
    where = (box[0].start + int(i), box[1].start + int(j), box[2].start + int(k))
    noun = "voxel" if holes == 1 else "voxels"
    message = f"{name_of(label)} has holes of {holes} {noun}"
    return [Finding("holes", "info", message, label, holes, where)]


def _piece_findings(mask: Mask, label: int, box: Box, inside: NDArray[np.bool_]) -> list[Finding]:
    """Pieces apart from the largest (26 neighbours)."""
    pieces, count = pieces_of(inside, 26)
    if count < 2:
        return []
    statistics = cc3d.statistics(pieces)
    sizes = statistics["voxel_counts"][1:].astype(int)
    corner = np.array([side.start for side in box])
    centres = mask.geometry.voxel_to_ras_mm(statistics["centroids"][1:] + corner)
    order = np.argsort(-sizes)
    second = order[1]
    i, j, k = np.argwhere(pieces == second + 1)[0] + corner
    where = (int(i), int(j), int(k))
    apart = float(np.linalg.norm(centres[order[0]] - centres[second]))
    large = sizes[second] >= DUPLICATE_SHARE * sizes[order[0]] and apart >= DUPLICATE_DISTANCE_MM
    # a vertebra cut by the border often falls into body and arch: that is no second one
    if large and not _touches_border(mask, box):
        message = f"{name_of(label)} is there twice, {apart:.0f} mm apart"
        return [Finding("duplicate", "error", message, label, int(sizes[second]), where)]
    crumbs = int(sizes.sum() - sizes[order[0]])
    noun = "island" if count == 2 else "islands"
    message = f"{name_of(label)} has {count - 1} {noun} of {crumbs} voxels in all"
    return [Finding("islands", "warning", message, label, crumbs, where)]


def _centre_findings(mask: Mask, shape: _Shape, body: Point | None) -> list[Finding]:
    """A centre that its vertebra does not hold: a mask in pieces, shifted, or under another's name."""
    label = shape.region.number
    where = place_of(mask, shape.centre if body is None else body)
    if body is not None:
        i, j, k = where
        near = mask.array[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2, max(0, k - 1) : k + 2]
        if (near == label).any():
            return []
        message = f"the centre of the body of {name_of(label)} lies outside its mask"
        return [Finding("centre_outside", "warning", message, label, voxel=where)]
    away = shape.centre_outside_mm
    if away <= CENTRE_MM:
        return []
    message = f"the centre of {name_of(label)} lies {away:.0f} mm outside its mask"
    return [Finding("centre_outside", "warning", message, label, voxel=where)]


def _touches_border(mask: Mask, box: Box) -> bool:
    return any(s.start == 0 or s.stop == n for s, n in zip(box, mask.array.shape, strict=True))


def _cut_findings(mask: Mask, label: int, box: Box, inside: NDArray[np.bool_]) -> list[Finding]:
    for axis, side in enumerate(box):
        for end, touches in ((0, side.start == 0), (-1, side.stop == mask.array.shape[axis])):
            if not touches:
                continue
            face = inside.take(end, axis=axis)
            if int(face.sum()) < _CUT_VOXELS:
                continue
            spots = np.argwhere(face)
            voxel = [0, 0, 0]
            for other, value in zip([a for a in range(3) if a != axis], spots[len(spots) // 2], strict=True):
                voxel[other] = box[other].start + int(value)
            voxel[axis] = 0 if end == 0 else mask.array.shape[axis] - 1
            message = f"{name_of(label)} is cut off by the border of the image"
            where = (voxel[0], voxel[1], voxel[2])
            return [Finding("cut_off", "warning", message, label, int(face.sum()), where)]
    return []


def _bone_findings(mask: Mask, volume: Volume, label: int, box: Box, centre: Point) -> list[Finding]:
    """Air inside a vertebra, or a vertebra as soft as muscle: the mask or the grid is in the wrong place."""
    hu = volume.array[box][mask.array[box] == label]
    sample = hu[:: max(1, hu.size // _MEDIAN_SAMPLE)]
    where = place_of(mask, centre)
    air = float((sample < AIR_HU).mean())
    if air > AIR_SHARE:
        message = f"{air:.0%} of {name_of(label)} lie in air"
        return [Finding("in_air", "warning", message, label, int((hu < AIR_HU).sum()), where)]
    edge = float(np.percentile(sample, 80))
    if edge < SOFT_HU:
        message = f"{name_of(label)} is as soft as muscle: it may lie outside bone"
        return [Finding("outside_bone", "warning", message, label, int(hu.size), where)]
    return []
