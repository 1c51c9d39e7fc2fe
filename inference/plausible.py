"""Is a column of dense round things a spine? Behind each vertebra's body runs the spinal canal.

A tube, a stack of blocks or the rods of a test object are taken for bodies by the networks, which know little
else that is dense and round. What they make of them has no canal: nothing that the mask holds from the front
and from both sides and that differs from what the mask itself is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from inference.patches import PATCH_SPACING_MM, Float32, FloatArray

if TYPE_CHECKING:
    from inference.stages.segment import Patch

# Where to look for the canal, in mm from the body's centre.
_ASIDE_MM, _BEHIND_MM, _ABOVE_MM = 14.0, (6.0, 45.0), 18.0
# The arch must be in the field of view to be missed.
_ARCH_MM = 25.0
# Real lumbar canals hold 7 to 15 ml here; in the solid things that were tried there was 0 to 2 ml, mostly of
# the same density as the rest.
_LEAST_ML = 0.6
# The cord lies well below bone, even in osteoporosis; contrast in the canal lies above it.
_DIFFERS_HU = 35.0
_LEAST_SHARE = 0.25


def held(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Voxels outside of a mask (canonical order) that have some of it to their left, right and front."""
    below = np.logical_or.accumulate
    left, right = below(inside, axis=0), below(inside[::-1], axis=0)[::-1]
    front = below(inside[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(~inside & left & right & front, bool)


def values_at(hu: npt.NDArray[np.int16], patch: Patch, where: npt.NDArray[np.bool_]) -> Float32:
    """HU of the image at some voxels of a patch's first look."""
    voxels = patch.to_grid(np.argwhere(where) + patch.origins[0])
    places = np.rint(patch.grid.to_source(voxels)).astype(int)
    places = np.clip(places, 0, np.array(hu.shape) - 1)
    return np.asarray(hu[tuple(places.T)], np.float32)


def has_canal(patch: Patch, centre: FloatArray, hu: npt.NDArray[np.int16]) -> bool | None:
    """Whether a vertebra has a canal behind its body; None where the image ends before it would.

    `centre` is in voxels of the patch's grid, `hu` the image in canonical order.
    """
    arch = patch.grid.to_source(patch.to_grid(centre - [0.0, _ARCH_MM / PATCH_SPACING_MM, 0.0]))
    if arch[1] < 0:
        return None
    inside = patch.looks[0] > 0.5
    x, y, z = (
        (np.arange(n) + o - c) * PATCH_SPACING_MM
        for n, o, c in zip(inside.shape, patch.origins[0], centre, strict=True)
    )
    near = (
        (np.abs(x) < _ASIDE_MM)[:, None, None]
        & ((-y > _BEHIND_MM[0]) & (-y < _BEHIND_MM[1]))[None, :, None]
        & (np.abs(z) < _ABOVE_MM)[None, None, :]
    )
    canal = held(inside) & near
    if canal.sum() * PATCH_SPACING_MM**3 / 1000 < _LEAST_ML:
        return False
    differs = float(np.median(values_at(hu, patch, canal)) - np.median(values_at(hu, patch, inside)))
    return abs(differs) > _DIFFERS_HU


def is_spine(
    patches: Mapping[int, Patch], centres: Mapping[int, FloatArray], hu: npt.NDArray[np.int16]
) -> bool:
    """Whether enough of the vertebrae have a canal, or none of them can be judged."""
    judged = [
        answer
        for label, patch in patches.items()
        if (answer := has_canal(patch, centres[label], hu)) is not None
    ]
    return not judged or sum(judged) / len(judged) >= _LEAST_SHARE
