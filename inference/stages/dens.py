"""The dens belongs to the axis (C2), as VerSe draws it.

It stands inside the atlas (C1), behind its front arch, and on thick slices grows together with it: the
network gives both to C1. What of C1 lies near the middle, too far behind the front of the arch to be part of
it, and hangs together with C2 is the dens. In the two expert masks that were measured (gl003 and gl017 of
VerSe) the arch is 5 to 9.5 mm thick in the middle, the dens up to 11 mm wide and at its base 15 mm deep, the
gap 1 to 2.5 mm.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

ATLAS, AXIS = 1, 2
_ARCH_MM, _HALF_WIDTH_MM, _DEEPEST_MM = 8.0, 6.0, 27.0
# The front of C2, where its body and the base of the dens are.
_FRONT_OF_AXIS_MM = 14.0
# Less than this is the back of an arch that is thicker than usual.
_LEAST_MM3 = 150.0

UInt8 = npt.NDArray[np.uint8]


def _middle(axis: npt.NDArray[np.int64], spacing_mm: tuple[float, float, float]) -> float:
    """Left-right middle (voxels) of the front of C2."""
    front = axis[:, 1] >= axis[:, 1].max() - _FRONT_OF_AXIS_MM / spacing_mm[1]
    return float(np.median(axis[front, 0]))


def dens_to_axis(mask: UInt8, spacing_mm: tuple[float, float, float]) -> int:
    """Give the dens in a mask (canonical order: right, front, up) to C2, in place; how many voxels moved."""
    atlas, axis = np.argwhere(mask == ATLAS), np.argwhere(mask == AXIS)
    if len(atlas) == 0 or len(axis) == 0:
        return 0
    near = atlas[np.abs(atlas[:, 0] - _middle(axis, spacing_mm)) * spacing_mm[0] <= _HALF_WIDTH_MM]
    if len(near) == 0:
        return 0
    # The front of the arch, in each sagittal line of voxels.
    front = np.full(mask.shape[::2], -1)
    np.maximum.at(front, (near[:, 0], near[:, 2]), near[:, 1])
    behind = (front[near[:, 0], near[:, 2]] - near[:, 1]) * spacing_mm[1]
    inner = near[(behind > _ARCH_MM) & (behind < _DEEPEST_MM)]
    if len(inner) * float(np.prod(spacing_mm)) < _LEAST_MM3:
        return 0
    low = np.minimum(inner.min(axis=0), axis.min(axis=0))
    high = np.maximum(inner.max(axis=0), axis.max(axis=0)) + 1
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    dens = np.zeros(tuple(high - low), bool)
    dens[tuple((inner - low).T)] = True
    pieces, _ = ndimage.label(dens | (mask[box] == AXIS), np.ones((3, 3, 3)))
    own = np.bincount(pieces[mask[box] == AXIS]).argmax()
    moved = dens & (pieces == own)
    mask[box][moved] = AXIS
    return int(moved.sum())
