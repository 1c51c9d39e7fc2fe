"""Voxel grids with their place in the patient.

Frames: world coordinates are RAS+ millimetres (x to the patient's right, y to the front, z to the head);
voxel coordinates are 0-based array indices of voxel centres. Arrays are indexed ``array[i, j, k]``. On the
wire the first axis runs fastest, so Fortran order is the cheap one: readers and resamplers here return it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from backend.science.errors import BadInput

FloatArray = NDArray[np.float64]
MaskArray = NDArray[np.uint8]

# Two grids are the same when no pair of corner voxels lies farther apart than this. Headers lose the last
# decimals on their way through float32, and a mask must not be refused for that; a tenth of a millimetre is
# far below what a rater could place.
GRID_TOLERANCE_MM = 0.1
_MIN_DETERMINANT_MM3 = 1e-9
_AXIS_NAMES = (("L", "R"), ("P", "A"), ("I", "S"))


@dataclass(frozen=True, slots=True, eq=False)
class VolumeGeometry:
    """Shape of a grid and the affine from voxel indices to RAS+ mm; ``BadInput`` if either is unusable."""

    shape: tuple[int, int, int]
    affine_ras_mm: FloatArray

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise BadInput("bad_shape", f"the grid must have three axes of at least one voxel, not {shape}")
        affine = np.array(self.affine_ras_mm, dtype=np.float64)
        if affine.shape != (4, 4) or not np.allclose(affine[3], (0, 0, 0, 1)):
            raise BadInput("singular_affine", "the affine is not a 4x4 matrix ending in 0 0 0 1")
        if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < _MIN_DETERMINANT_MM3:
            raise BadInput("singular_affine", "the affine is singular: voxels cannot be placed in space")
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine_ras_mm", affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along each array axis."""
        sx, sy, sz = np.linalg.norm(self.affine_ras_mm[:3, :3], axis=0)
        return float(sx), float(sy), float(sz)

    @property
    def directions(self) -> FloatArray:
        """Unit vectors of the array axes in RAS, as the columns of a 3x3 matrix."""
        matrix: FloatArray = self.affine_ras_mm[:3, :3]
        unit: FloatArray = matrix / np.linalg.norm(matrix, axis=0)
        return unit

    @property
    def axcodes(self) -> str:
        """Where each array axis points most nearly, such as ``"RAS"`` or ``"PIR"``."""
        order, signs = closest_axes(self.directions)
        return "".join(_AXIS_NAMES[world][int(sign > 0)] for world, sign in zip(order, signs, strict=True))

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel, in mm3."""
        return float(abs(np.linalg.det(self.affine_ras_mm[:3, :3])))

    def voxel_to_ras_mm(self, points: ArrayLike) -> FloatArray:
        """Voxel indices (..., 3) to RAS+ mm."""
        result: FloatArray = np.asarray(points, dtype=np.float64) @ self.affine_ras_mm[:3, :3].T
        return result + self.affine_ras_mm[:3, 3]

    def ras_mm_to_voxel(self, points: ArrayLike) -> FloatArray:
        """RAS+ mm (..., 3) to (fractional) voxel indices."""
        shifted = np.asarray(points, dtype=np.float64) - self.affine_ras_mm[:3, 3]
        result: FloatArray = shifted @ np.linalg.inv(self.affine_ras_mm[:3, :3]).T
        return result

    def corners_ras_mm(self) -> FloatArray:
        """Centres of the eight corner voxels."""
        ends = np.array(np.meshgrid(*((0, n - 1) for n in self.shape), indexing="ij"))
        return self.voxel_to_ras_mm(ends.reshape(3, -1).T)

    def matches(self, other: VolumeGeometry, tolerance_mm: float = GRID_TOLERANCE_MM) -> bool:
        """Whether both describe the same voxels in the same place and order."""
        return self.shape == other.shape and self.offset_mm(other) <= tolerance_mm

    def offset_mm(self, other: VolumeGeometry) -> float:
        """Largest distance between corresponding corners (grids of one shape; others give the same sense)."""
        return float(np.linalg.norm(self.corners_ras_mm() - other.corners_ras_mm(), axis=1).max())

    def to_json(self) -> dict[str, Any]:
        """For JSON: shape, and the affine to RAS+ mm by rows."""
        return {
            "shape": list(self.shape),
            "affine_ras_mm": self.affine_ras_mm.tolist(),
            "spacing_mm": list(self.spacing_mm),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> VolumeGeometry:
        """What `to_json` wrote. Raises `BadInput` for a grid that cannot be."""
        return cls(tuple(value["shape"]), np.array(value["affine_ras_mm"], dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A CT: Hounsfield units on a grid, int16 or float."""

    geometry: VolumeGeometry
    array: NDArray[Any]

    def __post_init__(self) -> None:
        _require_shape(self.geometry, self.array)


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A multi-label mask: uint8 VerSe numbers on a grid, 0 for background."""

    geometry: VolumeGeometry
    array: MaskArray

    def __post_init__(self) -> None:
        _require_shape(self.geometry, self.array)
        if self.array.dtype != np.uint8:
            raise BadInput("bad_mask_type", f"a mask holds uint8, not {self.array.dtype}")


def closest_axes(directions: FloatArray) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Which world axis each array axis is nearest to, each world axis once, and with which sign.

    Of the six assignments the one with the largest sum of absolute cosines wins. A grid turned by 45 degrees
    has two that differ by rounding: of those the one that leaves the axes in their order, so that a grid in
    closest canonical order stays as it is.
    """
    cosines = np.abs(directions)
    sums = {p: float(sum(cosines[w, a] for a, w in enumerate(p))) for p in _PERMUTATIONS}
    largest = max(sums.values())
    best = next(p for p in _PERMUTATIONS if sums[p] > largest - _TIED)
    signs = tuple(1 if directions[w, a] >= 0 else -1 for a, w in enumerate(best))
    return best, (signs[0], signs[1], signs[2])


_TIED = 1e-6  # sums of cosines that differ by less are equal but for rounding
_PERMUTATIONS: tuple[tuple[int, int, int], ...] = (  # the one that changes nothing first
    (0, 1, 2),
    (0, 2, 1),
    (1, 0, 2),
    (1, 2, 0),
    (2, 0, 1),
    (2, 1, 0),
)


def label_voxels(array: MaskArray) -> dict[int, int]:
    """How many voxels each label has, background left out."""
    flat = array.ravel(order="K")
    counts = np.bincount(flat, minlength=256) if flat.size < _BINCOUNT_BLOCK else _blockwise_counts(flat)
    return {int(label): int(counts[label]) for label in np.flatnonzero(counts) if label != 0}


# bincount widens its input to int64; in blocks that costs a few megabytes instead of eight times the mask
_BINCOUNT_BLOCK = 1 << 20


def _blockwise_counts(flat: MaskArray) -> NDArray[np.int64]:
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, flat.size, _BINCOUNT_BLOCK):
        counts += np.bincount(flat[start : start + _BINCOUNT_BLOCK], minlength=256)
    return counts


def label_boxes(array: MaskArray) -> dict[int, tuple[slice, slice, slice]]:
    """The bounding box of each label as slices, background left out."""
    drawn = _drawn_box(array)
    if drawn is None:
        return {}
    crop = array[drawn]
    # the scan is five times as fast along the memory's own order
    fortran = array.flags.f_contiguous
    boxes = scipy.ndimage.find_objects(crop.T if fortran else crop)
    return {
        label: _moved(box[::-1] if fortran else box, drawn)
        for label, box in enumerate(boxes, start=1)
        if box is not None
    }


def _drawn_box(array: MaskArray) -> tuple[slice, slice, slice] | None:
    """The bounding box of all that is not background; a spine fills a tenth of its CT."""
    if array.size == 0:
        return None
    # the slowest axis first: whole slices lie in one piece, and few of them remain for the others
    box = [slice(0, n) for n in array.shape]
    for axis in (2, 1, 0) if array.flags.f_contiguous else (0, 1, 2):
        others = tuple(other for other in range(3) if other != axis)
        drawn = np.flatnonzero(array[tuple(box)].max(axis=others))
        if drawn.size == 0:
            return None
        box[axis] = slice(int(drawn[0]), int(drawn[-1]) + 1)
    return box[0], box[1], box[2]


def _moved(box: tuple[slice, ...], by: tuple[slice, ...]) -> tuple[slice, slice, slice]:
    i, j, k = (slice(b.start + m.start, b.stop + m.start) for b, m in zip(box, by, strict=True))
    return i, j, k


def centre_voxel(inside: NDArray[np.bool_], box: tuple[slice, ...]) -> tuple[float, float, float]:
    """Centre of mass, as an index into the whole array, of a label that fills ``inside`` of its box."""
    total = int(np.count_nonzero(inside))
    centre = []
    for axis in range(3):
        profile = inside.sum(axis=tuple(other for other in range(3) if other != axis))
        centre.append(box[axis].start + float(profile @ np.arange(profile.size)) / total)
    return centre[0], centre[1], centre[2]


def mask_centroids(mask: Mask) -> dict[int, tuple[float, float, float]]:
    """Centre of mass of the whole vertebra, arch and processes included, in RAS+ mm.

    Not the centroid of the body, which VerSe publishes and which lies about 1 cm farther forward.
    """
    result: dict[int, tuple[float, float, float]] = {}
    for label, box in label_boxes(mask.array).items():
        x, y, z = mask.geometry.voxel_to_ras_mm(centre_voxel(mask.array[box] == label, box))
        result[label] = (float(x), float(y), float(z))
    return result


def _require_shape(geometry: VolumeGeometry, array: NDArray[Any]) -> None:
    if array.shape != geometry.shape:
        raise BadInput("bad_shape", f"the voxels have shape {array.shape}, the grid {geometry.shape}")
