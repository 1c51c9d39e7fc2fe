"""Shape-based averaging: the mean of the raters' signed distances.

Rohlfing and Maurer, IEEE Trans Image Process 2007;16(1):153. Works with two raters and gives smooth outlines.
"""

from __future__ import annotations

from collections.abc import Iterable

import edt
import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float32]
Spacing = tuple[float, float, float]


def signed_distance_mm(inside: BoolArray, spacing_mm: Spacing) -> FloatArray:
    """Distance to the nearest voxel of the other kind, in mm, negative inside; +inf where nothing is
    inside.
    """
    if not inside.any():
        return np.full(inside.shape, np.inf, dtype=np.float32)
    if inside.all():
        return np.full(inside.shape, -np.inf, dtype=np.float32)
    contiguous = np.ascontiguousarray(inside)
    outward = edt.edt(~contiguous, anisotropy=spacing_mm, parallel=1)
    inward = edt.edt(contiguous, anisotropy=spacing_mm, parallel=1)
    result: FloatArray = outward - inward
    return result


def mean_signed_distance_mm(masks: Iterable[BoolArray], spacing_mm: Spacing) -> FloatArray:
    """Mean signed distance over the raters who drew the structure; +inf everywhere if nobody did."""
    total: FloatArray | None = None
    drew = 0
    shape: tuple[int, ...] = ()
    for inside in masks:
        shape = inside.shape
        if inside.any():
            distance = signed_distance_mm(inside, spacing_mm)
            total = distance if total is None else total + distance
            drew += 1
    if total is None:
        return np.full(shape, np.inf, dtype=np.float32)
    result: FloatArray = total / np.float32(drew)
    return result
