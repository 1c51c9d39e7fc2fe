"""The voxel grid that a scene is drawn on, and smooth random fields over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference.synthesis.primitives import FAR_MM, FloatArray, rasterise

Float32 = npt.NDArray[np.float32]
UInt8 = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Shape and affine (voxel -> RAS mm) with the coarse field (mm) by which space is bent."""

    shape: tuple[int, int, int]
    affine: FloatArray
    warp: FloatArray
    warp_step: FloatArray

    @property
    def spacing_mm(self) -> FloatArray:
        """Voxel size along each array axis."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def mean_spacing_mm(self) -> float:
        """Edge of a cube of the voxel's volume."""
        return float(np.prod(self.spacing_mm) ** (1 / 3))

    def box_of(self, corners_ras_mm: FloatArray, margin_mm: float = 4.0) -> IntArray | None:
        """The voxel box [i0, i1, j0, j1, k0, k1] round points of the world, or None where it misses the
        grid."""
        inverse = np.linalg.inv(self.affine)
        voxels = corners_ras_mm @ inverse[:3, :3].T + inverse[:3, 3]
        pad = margin_mm / self.spacing_mm
        low = np.maximum(0, np.floor(voxels.min(axis=0) - pad)).astype(np.int64)
        high = np.minimum(self.shape, np.ceil(voxels.max(axis=0) + pad) + 1).astype(np.int64)
        if (high <= low).any():
            return None
        return np.array([low[0], high[0], low[1], high[1], low[2], high[2]])


def make_grid(
    shape: Sequence[int],
    affine: FloatArray,
    rng: np.random.Generator,
    warp_mm: float,
    wavelength_mm: float = 28.0,
) -> Grid:
    """A grid whose space is bent by a smooth random field of standard deviation `warp_mm` (0: not at all)."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    step = np.maximum(1.0, wavelength_mm / spacing)
    nodes = [int(n / s) + 3 for n, s in zip(shape, step, strict=True)]
    warp = rng.standard_normal((*nodes, 3)) * warp_mm
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), np.asarray(affine, float), warp, step)


def corners(low: FloatArray, high: FloatArray) -> FloatArray:
    """The eight corners of a box."""
    return np.array(
        [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    )


@dataclass
class DistanceMap:
    """Signed distances (mm, negative inside) to the bones drawn so far over a part of the grid."""

    first: IntArray
    nearest: Float32
    second: Float32
    owner: UInt8
    is_body: UInt8

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the map lies in the grid."""
        a, b, c = (slice(int(f), int(f) + n) for f, n in zip(self.first, self.nearest.shape, strict=True))
        return a, b, c


def empty_map(shape: Sequence[int] | IntArray, first: Sequence[int] | IntArray = (0, 0, 0)) -> DistanceMap:
    """A map with nothing drawn: every distance is far."""
    far = np.full(tuple(shape), FAR_MM, np.float32)
    zeros = np.zeros(tuple(shape), np.uint8)
    return DistanceMap(np.asarray(first, np.int64), far, far.copy(), zeros, zeros.copy())


def draw(
    grid: Grid,
    target: DistanceMap | None,
    rows: list[FloatArray],
    rotation: FloatArray,
    centre: FloatArray,
    *,
    number: int = 1,
    blend_mm: float = 0.5,
    separate: bool = False,
) -> DistanceMap | None:
    """Draw one bone into `target`, or into a map of its own box; None where it misses the grid.

    `separate` draws each primitive in its own box: quicker for long thin chains, which need no blending.
    """
    table = np.stack(rows)
    box = _box(grid, table, rotation, centre)
    if box is None:
        return target
    if target is None:
        target = empty_map(np.asarray(box[1::2] - box[::2]), box[::2])
    for part in [row[None] for row in table] if separate else [table]:
        part_box = _box(grid, part, rotation, centre) if separate else box
        if part_box is not None:
            _draw_table(grid, target, part, part_box, rotation, centre, number, blend_mm)
    return target


def _box(grid: Grid, table: FloatArray, rotation: FloatArray, centre: FloatArray) -> IntArray | None:
    middles, radii = table[:, 16:19] @ rotation.T + centre, table[:, 19:20]
    return grid.box_of(corners((middles - radii).min(axis=0), (middles + radii).max(axis=0)))


def _draw_table(
    grid: Grid,
    target: DistanceMap,
    table: FloatArray,
    box: IntArray,
    rotation: FloatArray,
    centre: FloatArray,
    number: int,
    blend_mm: float,
) -> None:
    rasterise(
        grid.affine,
        grid.warp,
        grid.warp_step,
        box,
        target.first,
        np.ascontiguousarray(rotation),
        np.ascontiguousarray(centre),
        table,
        blend_mm,
        number,
        target.nearest,
        target.second,
        target.owner,
        target.is_body,
    )


def _linear(n: int, nodes: int, step: float) -> Float32:
    """Weights (n, nodes) of linear interpolation at every voxel between nodes `step` voxels apart."""
    at = np.arange(n) / step
    low = at.astype(int)
    weights = np.zeros((n, nodes), np.float32)
    weights[np.arange(n), low] = 1 - (at - low)
    weights[np.arange(n), low + 1] += at - low
    return weights


def noise(
    rng: np.random.Generator, shape: Sequence[int], correlation: Sequence[float] | FloatArray
) -> Float32:
    """Smooth noise of mean 0 and standard deviation 1; `correlation` is in voxels along each axis."""
    steps = [max(1.0, float(c)) for c in correlation]
    if max(steps) <= 1.0:
        return rng.standard_normal(tuple(shape), dtype=np.float32)
    nodes = [int(n / step) + 2 for n, step in zip(shape, steps, strict=True)]
    field = rng.standard_normal(nodes, dtype=np.float32)
    for n, count, step in zip(shape, nodes, steps, strict=True):
        # Each product interpolates the first axis and moves it to the end: three of them restore the order.
        field = np.tensordot(field, _linear(n, count, step), axes=(0, 1))
    field -= field.mean()
    return np.asarray(field / (field.std() + 1e-6), np.float32)
