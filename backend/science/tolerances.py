"""Comparing a distance with a limit, so that rounding never decides.

A grid whose steps are 1 mm on paper has steps of 1 + 1e-8 mm once its affine was stored as float32 or turned.
A border one voxel away is then a hair beyond a limit of 1 mm. Limits therefore have a slack that is far above
rounding and far below anything that can be seen or measured.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

DISTANCE_SLACK_MM = 1e-4


@overload
def within_mm(distance_mm: float, limit_mm: float) -> bool: ...
@overload
def within_mm(distance_mm: NDArray[np.floating], limit_mm: float) -> NDArray[np.bool_]: ...
def within_mm(distance_mm: float | NDArray[np.floating], limit_mm: float) -> bool | NDArray[np.bool_]:
    """Whether a distance (mm; each of an array) is no larger than the limit. nan is within nothing."""
    found = np.asarray(distance_mm) <= limit_mm + DISTANCE_SLACK_MM
    return bool(found) if found.ndim == 0 else found
