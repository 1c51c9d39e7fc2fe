"""Pieces of a patch's probability: what is kept of it and what is filled."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from inference.patches import Float32

# Probability given to a closed cavity: bone, but not certain.
_FILLED = 0.6


def keep_largest_component(probability: Float32) -> Float32:
    """Set to zero whatever is above one half outside the largest 26-connected component."""
    inside = probability > 0.5
    components, count = ndimage.label(inside, np.ones((3, 3, 3)))
    if count <= 1:
        return probability
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return np.where(inside & (components != sizes.argmax()), np.float32(0), probability)


def fill_cavities(probability: Float32) -> Float32:
    """Raise what lies at or below one half but is closed in by the vertebra on all sides: spongy bone that is
    no denser than muscle. Canals and foramina are open, and stay."""
    hollow, count = ndimage.label(probability <= 0.5)
    if count <= 1:
        return probability
    sides = [hollow[side] for axis in range(3) for side in _ends(axis)]
    outside = np.unique(np.concatenate([side.ravel() for side in sides]))
    closed = (hollow > 0) & ~np.isin(hollow, outside)
    return np.where(closed, np.float32(_FILLED), probability)


def _ends(axis: int) -> tuple[tuple[slice | int, ...], tuple[slice | int, ...]]:
    first: list[slice | int] = [slice(None)] * 3
    last: list[slice | int] = [slice(None)] * 3
    first[axis], last[axis] = 0, -1
    return tuple(first), tuple(last)
