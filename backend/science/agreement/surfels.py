"""Surface elements of binary masks, and the distances between two surfaces.

A surface is read at the corners where eight voxels meet. Which of the eight are inside gives a neighbour code
of 256, and each code stands for a piece of the marching-cubes surface with its area in mm2. The corner is the
place of that piece; its distance to another surface is the distance to that surface's nearest corner. These
are the semantics of the public surface-distance package (Nikolov et al., arXiv:1809.04430), computed here
only on the box of one vertebra and with the distances found only where the two surfaces part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.tolerances import within_mm

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Spacing = tuple[float, float, float]
Corner = tuple[int, int, int]

# Sums of areas are this exact; a share that is the wanted percentile on paper must not miss it by rounding.
_SHARE_ROUNDING = 1e-9

# The fourteen ways in which a surface can pass between eight voxels, up to rotation, reflection and exchange
# of inside and outside: the voxels inside, and the projected areas (in voxel faces, perpendicular to the
# three axes) of the triangles of the surface. Vertices lie half way between an inside and an outside voxel.
_ONE = (0.125, 0.125, 0.125)
_TWO = (0.25, 0.25, 0.25)
_PATTERNS: tuple[tuple[tuple[Corner, ...], tuple[tuple[float, float, float], ...]], ...] = (
    ((), ()),
    (((0, 0, 0),), (_ONE,)),
    (((0, 0, 0), (0, 0, 1)), ((0.25, 0.25, 0.0), (0.25, 0.25, 0.0))),
    (((0, 0, 0), (0, 1, 1)), (_ONE, _ONE)),
    (((0, 0, 0), (1, 1, 1)), (_ONE, _ONE)),
    (((0, 0, 0), (0, 0, 1), (0, 1, 0)), (_ONE, _TWO, (0.5, 0.0, 0.0))),
    (((0, 0, 0), (1, 0, 0), (0, 1, 1)), (_ONE, (0.0, 0.25, 0.25), (0.0, 0.25, 0.25))),
    (((0, 0, 1), (0, 1, 0), (1, 0, 0)), (_ONE, _ONE, _ONE)),
    (((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)), ((0.5, 0.0, 0.0), (0.5, 0.0, 0.0))),
    (((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)), (_ONE, _ONE, _TWO, _TWO)),
    (
        ((1, 1, 1), (1, 1, 0), (1, 0, 0), (0, 1, 1)),
        (_ONE, (0.375, 0.375, 0.375), (0.0, 0.25, 0.25), (0.25, 0.0, 0.25)),
    ),
    (((0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0)), (_ONE, _ONE, _TWO, (0.5, 0.0, 0.0))),
    (
        ((0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1)),
        ((0.25, 0.25, 0.0), (0.25, 0.25, 0.0), (0.25, 0.25, 0.0), (0.25, 0.25, 0.0)),
    ),
    (((0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, 1)), (_ONE, _ONE, _ONE, _ONE)),
)


def _code(inside: frozenset[Corner]) -> int:
    return sum(1 << (7 - (4 * x + 2 * y + z)) for x, y, z in inside)


@lru_cache(maxsize=1)
def _triangles_of_codes() -> tuple[tuple[tuple[float, float, float], ...], ...]:
    """The triangles of all 256 codes, from the fourteen patterns and the symmetries of the cube."""
    everything = frozenset((x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1))
    table: list[tuple[tuple[float, float, float], ...] | None] = [None] * 256
    for corners, triangles in _PATTERNS:
        for order, flip in product(permutations(range(3)), product((0, 1), repeat=3)):
            turned = frozenset(
                (c[order[0]] ^ flip[0], c[order[1]] ^ flip[1], c[order[2]] ^ flip[2]) for c in corners
            )
            areas = tuple((t[order[0]], t[order[1]], t[order[2]]) for t in triangles)
            table[_code(turned)] = areas
            table[_code(everything - turned)] = areas
    return tuple(entry if entry is not None else () for entry in table)


@lru_cache(maxsize=64)
def surfel_areas_mm2(spacing_mm: Spacing) -> FloatArray:
    """Area in mm2 of the surface piece of each of the 256 neighbour codes on a grid of this spacing."""
    sx, sy, sz = spacing_mm
    face = np.array([sy * sz, sx * sz, sx * sy])
    areas = np.zeros(256)
    for code, triangles in enumerate(_triangles_of_codes()):
        for triangle in triangles:
            areas[code] += np.linalg.norm(np.array(triangle) * face)
    areas.setflags(write=False)
    return areas


def neighbour_codes(inside: BoolArray) -> NDArray[np.uint8]:
    """The code of every voxel corner; the array is one longer than the mask on each axis, outside counts as
    0.
    """
    padded = np.pad(inside, 1).view(np.uint8)
    codes = padded[:-1, :, :] << 4
    codes |= padded[1:, :, :]
    codes = (codes[:, :-1, :] << 2) | codes[:, 1:, :]
    codes = (codes[:, :, :-1] << 1) | codes[:, :, 1:]
    return np.asarray(codes, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Surface:
    """The surface pieces of one mask: corner indices (n, 3) in the volume's grid and areas in mm2."""

    corners: IntArray
    areas_mm2: FloatArray

    @property
    def is_empty(self) -> bool:
        """Whether there is no surface at all."""
        return self.areas_mm2.size == 0


def surface_of(inside: BoolArray, spacing_mm: Spacing, origin: Corner = (0, 0, 0)) -> Surface:
    """The surface of a mask; ``origin`` is the index of the crop's first voxel in the volume."""
    codes = neighbour_codes(inside)
    # codes 0 and 255 wrap to 255 and 254, so that one comparison finds the border
    flat = np.flatnonzero((codes - np.uint8(1)).ravel() < 254)
    values = codes.ravel()[flat]
    corners = np.stack(np.unravel_index(flat, codes.shape), axis=1) + np.asarray(origin, dtype=np.int64)
    return Surface(corners, surfel_areas_mm2(spacing_mm)[values])


@dataclass(frozen=True, slots=True)
class SurfaceDistances:
    """For each surface piece of A the distance to B in mm, and the other way; areas in the same order."""

    a_to_b_mm: FloatArray
    b_to_a_mm: FloatArray
    areas_a_mm2: FloatArray
    areas_b_mm2: FloatArray

    def assd_mm(self) -> float:
        """Average symmetric surface distance: the area-weighted mean over both surfaces together."""
        total = float(self.areas_a_mm2.sum() + self.areas_b_mm2.sum())
        if total == 0:
            return float("nan")
        if not (self.areas_a_mm2.size and self.areas_b_mm2.size):
            return float("inf")
        both = float(self.a_to_b_mm @ self.areas_a_mm2 + self.b_to_a_mm @ self.areas_b_mm2)
        return both / total

    def robust_hausdorff_mm(self, percent: float) -> float:
        """The larger of the two directed area-weighted percentiles; inf if either surface is empty."""
        if not (self.areas_a_mm2.size and self.areas_b_mm2.size):
            return float("inf")
        return max(
            _weighted_percentile(self.a_to_b_mm, self.areas_a_mm2, percent),
            _weighted_percentile(self.b_to_a_mm, self.areas_b_mm2, percent),
        )

    def hausdorff_mm(self) -> float:
        """The largest distance from either surface to the other; inf if either is empty."""
        if not (self.areas_a_mm2.size and self.areas_b_mm2.size):
            return float("inf")
        return float(max(self.a_to_b_mm.max(), self.b_to_a_mm.max()))

    def surface_dice(self, tolerance_mm: float) -> float:
        """Share of both surfaces that lies within the tolerance of the other; nan if both empty.

        The tolerance is inclusive, with ``DISTANCE_SLACK_MM``.
        """
        total = float(self.areas_a_mm2.sum() + self.areas_b_mm2.sum())
        if total == 0:
            return float("nan")
        near = float(
            self.areas_a_mm2[within_mm(self.a_to_b_mm, tolerance_mm)].sum()
            + self.areas_b_mm2[within_mm(self.b_to_a_mm, tolerance_mm)].sum()
        )
        return near / total


def distances_between(a: Surface, b: Surface, spacing_mm: Spacing) -> SurfaceDistances:
    """Distances between two surfaces given on one grid; all inf towards an empty surface."""
    if a.is_empty or b.is_empty:
        return SurfaceDistances(
            np.full(a.areas_mm2.size, np.inf), np.full(b.areas_mm2.size, np.inf), a.areas_mm2, b.areas_mm2
        )
    shared_a, shared_b = _shared_corners(a.corners, b.corners)
    return SurfaceDistances(
        _nearest_mm(a.corners, ~shared_a, b.corners, spacing_mm),
        _nearest_mm(b.corners, ~shared_b, a.corners, spacing_mm),
        a.areas_mm2,
        b.areas_mm2,
    )


def _shared_corners(a: IntArray, b: IntArray) -> tuple[BoolArray, BoolArray]:
    low = np.minimum(a.min(axis=0), b.min(axis=0))
    size = np.maximum(a.max(axis=0), b.max(axis=0)) - low + 1
    flat_a = np.ravel_multi_index(tuple((a - low).T), tuple(size))
    flat_b = np.ravel_multi_index(tuple((b - low).T), tuple(size))
    seen = np.zeros(int(size.prod()), dtype=np.uint8)
    seen[flat_a] |= 1
    seen[flat_b] |= 2
    return seen[flat_a] == 3, seen[flat_b] == 3


def _nearest_mm(points: IntArray, wanted: BoolArray, targets: IntArray, spacing_mm: Spacing) -> FloatArray:
    """Distance of each wanted point to its nearest target, 0 for the others."""
    result = np.zeros(len(points))
    if wanted.any():
        scale = np.asarray(spacing_mm)
        tree: Any = scipy.spatial.cKDTree(
            targets * scale, balanced_tree=False, compact_nodes=False, leafsize=16
        )
        query = points[wanted]
        _, nearest = tree.query(query * scale)
        # from whole steps once more, so that distances on the grid carry no rounding from large coordinates
        # and a tolerance of exactly one voxel counts as within
        steps = (query - targets[nearest]) * scale
        result[wanted] = np.sqrt((steps * steps).sum(axis=1))
    return result


def _weighted_percentile(distances: FloatArray, areas: FloatArray, percent: float) -> float:
    order = np.lexsort((areas, distances))
    cumulated = np.cumsum(areas[order])
    # the last share is exactly 1, so that there is a place for every percentile
    place = int(np.searchsorted(cumulated / cumulated[-1], percent / 100.0 - _SHARE_ROUNDING))
    return float(distances[order][place])
