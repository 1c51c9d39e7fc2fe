"""Bringing a mask onto another grid without loss: axes in another order, or an extent cut to the content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from backend.science.errors import BadInput
from backend.science.geometry import canonical_geometry, to_canonical
from backend.science.volume import GRID_TOLERANCE_MM, Mask, Volume, VolumeGeometry, closest_axes

Gridded = TypeVar("Gridded", Volume, Mask)


def in_order_of(gridded: Gridded, geometry: VolumeGeometry) -> Gridded | None:
    """The same voxels in the axis order of ``geometry``; None where they do not lie on its grid."""
    if gridded.geometry.matches(geometry):
        return gridded
    canonical = to_canonical(gridded)
    if not canonical.geometry.matches(canonical_geometry(geometry)):
        return None
    order, signs = closest_axes(geometry.directions)
    turned = canonical.array.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]
    return type(gridded)(geometry, np.asfortranarray(turned))


def offset_in(geometry: VolumeGeometry, whole: VolumeGeometry) -> tuple[int, int, int] | None:
    """By how many voxels of ``whole`` the first voxel of ``geometry`` lies from its first; None where the two
    have not the same voxels in the same axis order. The part may lie partly or wholly outside."""
    start = np.rint(whole.ras_mm_to_voxel(geometry.voxel_to_ras_mm((0, 0, 0)))).astype(int)
    affine = np.array(whole.affine_ras_mm)
    affine[:3, 3] = whole.voxel_to_ras_mm(start)
    if not geometry.matches(VolumeGeometry(geometry.shape, affine), GRID_TOLERANCE_MM):
        return None
    i, j, k = (int(n) for n in start)
    return i, j, k


def fits_within(geometry: VolumeGeometry, whole: VolumeGeometry) -> bool:
    """Whether both have the same voxels, in whatever axis order and over whatever extent."""
    return offset_in(canonical_geometry(geometry), canonical_geometry(whole)) is not None


def place_on(mask: Mask, whole: VolumeGeometry) -> Mask | None:
    """The mask on the grid of ``whole``, no voxel resampled and none lost; None where that cannot be.

    Axes may be in another order, and the extent larger or smaller, as programs leave it that store only what
    is drawn. What is drawn must lie within ``whole``.
    """
    same = in_order_of(mask, whole)
    if same is not None:
        return same
    part, target = to_canonical(mask), canonical_geometry(whole)
    offset = offset_in(part.geometry, target)
    if offset is None:
        return None
    theirs, ours = [], []
    for start, length, size in zip(offset, part.geometry.shape, target.shape, strict=True):
        low, high = max(start, 0), min(start + length, size)
        if low >= high:
            return None
        theirs.append(slice(low, high))
        ours.append(slice(low - start, high - start))
    inside = part.array[tuple(ours)]
    if np.count_nonzero(inside) != np.count_nonzero(part.array):
        return None
    array = np.zeros(target.shape, dtype=np.uint8, order="F")
    array[tuple(theirs)] = inside
    return in_order_of(Mask(target, array), whole)


def common_grid(geometries: Sequence[VolumeGeometry]) -> VolumeGeometry:
    """The smallest grid, in the first one's axis order, on which all lie that share the first one's voxels.

    Those that do not share them are left out; whoever places them on it is told.
    """
    first = geometries[0]
    target = canonical_geometry(first)
    low, high = np.zeros(3, dtype=int), np.array(target.shape)
    for geometry in geometries[1:]:
        other = canonical_geometry(geometry)
        offset = offset_in(other, target)
        if offset is not None:
            low, high = np.minimum(low, offset), np.maximum(high, np.add(offset, other.shape))
    if not low.any() and np.array_equal(high, target.shape):
        return first
    order, signs = closest_axes(first.directions)
    # a corner of the union in the first one's own order: where an axis runs backwards, the far end
    corner = [low[world] if sign > 0 else high[world] - 1 for world, sign in zip(order, signs, strict=True)]
    canonical_corner = np.zeros(3)
    for axis, world in enumerate(order):
        canonical_corner[world] = corner[axis]
    affine = np.array(first.affine_ras_mm)
    affine[:3, 3] = target.voxel_to_ras_mm(canonical_corner)
    shape = [int(high[world] - low[world]) for world in order]
    return VolumeGeometry((shape[0], shape[1], shape[2]), affine)


def require_on(mask: Mask, whole: VolumeGeometry, *, of: str, source: str | None = None) -> Mask:
    """The same; ``BadInput`` ``other_grid`` with both grids where it cannot be."""
    placed = place_on(mask, whole)
    if placed is None:
        raise BadInput("other_grid", grids_differ(mask.geometry, whole, of=of), source=source)
    return placed


def grids_differ(geometry: VolumeGeometry, other: VolumeGeometry, *, of: str) -> str:
    """A sentence that says how a mask's grid differs from that of ``of``."""
    mine, theirs = canonical_geometry(geometry), canonical_geometry(other)
    if mine.shape != theirs.shape:
        detail = f"{_size(mine)} here, {_size(theirs)} there"
    else:
        detail = f"its corners lie up to {mine.offset_mm(theirs):.1f} mm away"
    return f"the mask is on another grid than {of}: {detail}"


def _size(geometry: VolumeGeometry) -> str:
    shape = "x".join(map(str, geometry.shape))
    return f"{shape} voxels of {' x '.join(f'{s:.3g}' for s in geometry.spacing_mm)} mm"
