"""Places of a mask that are worth a look, the most likely mistakes first: a short list for a reader to walk.

Three kinds. A *leak* is what a vertebra holds on one side and lacks on the other, or holds farther from its
centre than its neighbours reach. At a *border* a vertebra lies within its neighbour's bone, or the engine was
in doubt where the two meet. *Doubt* is where the engine was in doubt through more than a border's thin shell.

All is looked at in steps of about 1.5 mm, in RAS mm: what is smaller is nobody's short list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.components import pieces_of
from backend.science.labels import BY_LABEL, name_of, order_of
from backend.science.places_symmetry import Frame, beyond_reach, frames_of, without_twins
from backend.science.volume import Mask, MaskArray, label_boxes

PlaceKind = Literal["doubt", "leak", "border"]
PLACE_KINDS: tuple[PlaceKind, ...] = get_args(PlaceKind)
Voxel = tuple[int, int, int]
Bools = NDArray[np.bool_]

MOST_PLACES = 12
_MOST_OF_A_VERTEBRA = 3
_STEP_MM = 1.5
# a leak that a reader would mend: a cube of 6 mm
_LEAST_LEAK_MM3 = 200.0
# a streak of 2 by 2 mm over 15 mm; facets that interlock have less
_LEAST_BORDER_MM3 = 60.0
# within so many mm a voxel of one vertebra has this many times more of another around it
_AROUND_MM, _TIMES_MORE = 5.0, 3.0
# all of it is wrong and it is small, while half of what is uneven is as the patient is built
_INTRUSION_WEIGHT = 5.0
# two touching facets are some 100 mm2; of those, half a bit of doubt over
_LEAST_DISPUTE_MM2 = 40.0
_DOUBTFUL = 128
# the mean over 5 mm: the shell of a border has up to 0.3, whatever lies in doubt as a whole has more
_DOUBT_MM, _DOUBT_SHARE = 5.0, 0.45
_LEAST_DOUBT_MM3 = 100.0


@dataclass(frozen=True, slots=True)
class Place:
    """One place. Voxels are indices into the mask's own array; ``low`` and ``high`` (included) enclose it.

    ``score`` is in mm3 of what may be wrong, to rank by.
    """

    kind: PlaceKind
    label: int | None
    other: int | None
    message: str
    voxel: Voxel
    low: Voxel
    high: Voxel
    volume_mm3: float
    score: float

    def to_json(self) -> dict[str, Any]:
        """For JSON; the score stays here."""
        return {
            "kind": self.kind,
            "label": self.label,
            "other": self.other,
            "message": self.message,
            "voxel": list(self.voxel),
            "low": list(self.low),
            "high": list(self.high),
            "volume_mm3": round(self.volume_mm3, 1),
        }


@dataclass(frozen=True, slots=True)
class _Coarse:
    """The mask in steps of some 1.5 mm, as every n-th voxel of it."""

    mask: Mask
    labels: MaskArray
    steps: Voxel
    step_mm: tuple[float, float, float]

    @property
    def voxel_mm3(self) -> float:
        return float(np.prod(self.step_mm))

    def cells(self, mm: float) -> Voxel:
        """An odd number of cells along each axis, as near to so many mm as can be."""
        i, j, k = (2 * round(mm / 2 / step) + 1 for step in self.step_mm)
        return (i, j, k)

    def ras_mm(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.mask.geometry.voxel_to_ras_mm(cells * np.array(self.steps))
        return found


def places_to_look_at(mask: Mask, doubt: MaskArray | None = None) -> list[Place]:
    """The short list for a mask, the most likely and largest mistakes first, at most ``MOST_PLACES``.

    ``doubt`` is the engine's entropy on the mask's grid, 0 to 255 (one bit); without it nothing is told of
    doubt. Raises ``ValueError`` for another grid.
    """
    if doubt is not None and doubt.shape != mask.array.shape:
        raise ValueError("the doubt lies on another grid than the mask")
    coarse = _coarse_of(mask)
    told = (
        None
        if doubt is None
        else np.ascontiguousarray(doubt[tuple(slice(None, None, step) for step in coarse.steps)])
    )
    found = [*_leaks(coarse), *_intrusions(coarse)]
    if told is not None:
        found += [*_disputes(coarse, told), *_doubts(coarse, told)]
    found.sort(key=lambda place: -place.score)
    short: list[Place] = []
    for place in found:
        alike = sum(other.label == place.label for other in short)
        if alike < _MOST_OF_A_VERTEBRA and len(short) < MOST_PLACES:
            short.append(place)
    return short


def _coarse_of(mask: Mask) -> _Coarse:
    spacing = mask.geometry.spacing_mm
    i, j, k = (
        max(1, min(int(_STEP_MM / mm), size)) for mm, size in zip(spacing, mask.array.shape, strict=True)
    )
    step_mm = (i * spacing[0], j * spacing[1], k * spacing[2])
    # the first of every n voxels stands for all of them
    labels = np.ascontiguousarray(mask.array[::i, ::j, ::k])
    known = np.zeros(256, np.uint8)
    known[list(BY_LABEL)] = list(BY_LABEL)
    return _Coarse(mask, known[labels], (i, j, k), step_mm)


def _grown(coarse: _Coarse, box: tuple[slice, slice, slice], margin_mm: float) -> tuple[slice, slice, slice]:
    """A box of coarse cells with so much around it."""
    i, j, k = (
        slice(max(0, side.start - pad), min(size, side.stop + pad))
        for side, size, pad in (
            (side, size, int(np.ceil(margin_mm / step)))
            for side, step, size in zip(box, coarse.step_mm, coarse.labels.shape, strict=True)
        )
    )
    return (i, j, k)


def _pieces(
    coarse: _Coarse,
    inside: Bools,
    corner: tuple[int, int, int],
    weight: NDArray[np.float32] | None = None,
) -> Iterator[Place]:
    """The connected pieces (26 neighbours), each at its deepest cell, or its heaviest with a weight."""
    pieces, count = pieces_of(inside, 26)
    boxes = scipy.ndimage.find_objects(pieces)
    steps = np.array(coarse.steps)
    top = np.array(coarse.mask.array.shape) - 1
    for number in range(1, count + 1):
        box = boxes[number - 1]
        piece = pieces[box] == number
        start = np.array([side.start for side in box]) + corner
        if weight is not None:
            height = np.where(piece, weight[box], -1.0)
        else:
            padded = scipy.ndimage.distance_transform_edt(np.pad(piece, 1), sampling=coarse.step_mm)
            height = padded[1:-1, 1:-1, 1:-1]
        at = (start + np.unravel_index(int(np.argmax(height)), piece.shape)) * steps
        high = np.minimum((start + np.array(piece.shape)) * steps - 1, top)
        volume = float(np.count_nonzero(piece)) * coarse.voxel_mm3
        yield Place("doubt", None, None, "", _voxel(at), _voxel(start * steps), _voxel(high), volume, volume)


def _voxel(of: NDArray[np.int64]) -> Voxel:
    i, j, k = (int(value) for value in of)
    return (i, j, k)


def _millilitres(mm3: float) -> str:
    return f"{mm3 / 1000:.1f} ml" if mm3 >= 1000 else f"{mm3:.0f} mm³"


def _leaks(coarse: _Coarse) -> Iterator[Place]:
    """What has no twin on the other side of the vertebra, and what lies farther out than neighbours reach."""
    frames = frames_of(coarse.labels, coarse.ras_mm)
    twinless = without_twins(frames, coarse.step_mm, _inside_of(coarse))
    for label, frame in frames.items():
        cells = frame.cells
        alone, far = twinless[label], beyond_reach(label, frames)
        for flagged, is_far in ((alone, False), (far & ~alone, True)):
            corner = cells.min(axis=0)
            inside = np.zeros(cells.max(axis=0) - corner + 1, bool)
            inside[tuple((cells[flagged] - corner).T)] = True
            for piece in _pieces(coarse, inside, _voxel(corner)):
                if piece.volume_mm3 >= _LEAST_LEAK_MM3:
                    yield _leak(coarse, frame, label, piece, is_far=is_far)


def _inside_of(coarse: _Coarse) -> Callable[[NDArray[np.float64]], Bools]:
    """Whether points (RAS mm) lie in the image."""
    geometry, shape = coarse.mask.geometry, np.array(coarse.mask.array.shape)

    def inside(points: NDArray[np.float64]) -> Bools:
        voxels = geometry.ras_mm_to_voxel(points)
        return np.asarray(((voxels >= -0.5) & (voxels <= shape - 0.5)).all(axis=1), dtype=bool)

    return inside


def _leak(coarse: _Coarse, frame: Frame, label: int, piece: Place, *, is_far: bool) -> Place:
    where = coarse.mask.geometry.voxel_to_ras_mm(np.array([piece.voxel]))[0]
    side = "right" if float(where[0]) > frame.middle[0] else "left"
    what = _millilitres(piece.volume_mm3)
    if is_far:
        message = f"{name_of(label)} reaches farther than its neighbours: {what}"
    else:
        message = f"{name_of(label)} holds {what} on the {side} that it does not hold on the other side"
    return replace(piece, kind="leak", label=label, message=message)


def _intrusions(coarse: _Coarse) -> Iterator[Place]:
    """Voxels of a vertebra that have much more of another one around them than of their own."""
    around = coarse.cells(2 * _AROUND_MM)
    for label, tight in label_boxes(coarse.labels).items():
        box = _grown(coarse, tight, _AROUND_MM)
        part = coarse.labels[box]
        own = part == label
        share = scipy.ndimage.uniform_filter(own.astype(np.float32), around, mode="constant")
        for other in (int(value) for value in np.unique(part) if value not in (0, label)):
            theirs = scipy.ndimage.uniform_filter((part == other).astype(np.float32), around, mode="constant")
            within = own & (theirs > _TIMES_MORE * share)
            corner = _voxel(np.array([side.start for side in box]))
            for piece in _pieces(coarse, within, corner):
                if piece.volume_mm3 < _LEAST_BORDER_MM3:
                    continue
                message = f"{_millilitres(piece.volume_mm3)} of {name_of(label)} lie within {name_of(other)}"
                score = _INTRUSION_WEIGHT * piece.volume_mm3
                yield replace(piece, kind="border", label=label, other=other, message=message, score=score)


def _disputes(coarse: _Coarse, doubt: MaskArray) -> Iterator[Place]:
    """Where two neighbours touch and the engine was in doubt between them."""
    meeting: dict[tuple[int, int], list[tuple[NDArray[np.int64], float]]] = {}
    for axis in range(3):
        area = coarse.voxel_mm3 / coarse.step_mm[axis]
        one, two = (np.take(coarse.labels, span, axis) for span in _shifted(coarse.labels.shape[axis]))
        sure, unsure = (np.take(doubt, span, axis) for span in _shifted(coarse.labels.shape[axis]))
        meets = np.asarray((one != two) & (one > 0) & (two > 0) & (np.maximum(sure, unsure) >= _DOUBTFUL))
        cells = np.argwhere(meets)
        first, second = one[meets].astype(int), two[meets].astype(int)
        for pair in {(min(a, b), max(a, b)) for a, b in zip(first, second, strict=True)}:
            chosen = (np.minimum(first, second) == pair[0]) & (np.maximum(first, second) == pair[1])
            meeting.setdefault(pair, []).append((cells[chosen], area))
    for (a, b), parts in meeting.items():
        total = sum(len(cells) * area for cells, area in parts)
        if total < _LEAST_DISPUTE_MM2:
            continue
        upper, lower = sorted((a, b), key=order_of)
        yield _dispute(coarse, upper, lower, np.concatenate([cells for cells, _ in parts]), total)


def _shifted(size: int) -> tuple[range, range]:
    return range(size - 1), range(1, size)


def _dispute(coarse: _Coarse, upper: int, lower: int, cells: NDArray[np.int64], area: float) -> Place:
    middle = cells[np.argmin(((cells - np.median(cells, axis=0)) ** 2).sum(axis=1))]
    steps = np.array(coarse.steps)
    message = f"The engine was in doubt where {name_of(upper)} and {name_of(lower)} meet, over {area:.0f} mm²"
    return Place(
        "border",
        upper,
        lower,
        message,
        _voxel(middle * steps),
        _voxel(cells.min(axis=0) * steps),
        _voxel(cells.max(axis=0) * steps),
        area * coarse.step_mm[2],
        2 * area,
    )


def _doubts(coarse: _Coarse, doubt: MaskArray) -> Iterator[Place]:
    """Where the engine was in doubt through and through."""
    size = coarse.cells(_DOUBT_MM)
    mean = scipy.ndimage.uniform_filter(doubt.astype(np.float32) / 255, size, mode="constant")
    for piece in _pieces(coarse, mean >= _DOUBT_SHARE, (0, 0, 0), weight=mean):
        if piece.volume_mm3 < _LEAST_DOUBT_MM3:
            continue
        label = _level_at(coarse, piece)
        at = "" if label is None else f" at {name_of(label)}"
        message = f"The engine was in doubt about {_millilitres(piece.volume_mm3)}{at}"
        yield replace(piece, label=label, message=message, score=piece.volume_mm3)


def _level_at(coarse: _Coarse, piece: Place) -> int | None:
    """The level that most of the surroundings of a place belong to."""
    i, j, k = (
        slice(max(0, low // step - 2), high // step + 3)
        for low, high, step in zip(piece.low, piece.high, coarse.steps, strict=True)
    )
    counts = np.bincount(coarse.labels[i, j, k].ravel(), minlength=2)
    counts[0] = 0
    return int(np.argmax(counts)) if counts.any() else None
