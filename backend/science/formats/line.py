"""The straight line that the slices of one scan lie on, fitted to all of their positions.

Scanners and archives write positions with as few decimals as they like: neighbours of a series 1.25 mm apart
may state 1.2 and 1.3 mm. Steps between neighbours therefore tell nothing; the distance of each slice from the
line through all of them does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import FloatArray

SAME_PLACE_MM = 1e-2
_DISTANCE_MM = 0.1
_SHARE_OF_STEP = 0.05
# where slices lie closer than 0.4 mm, a tenth of a millimetre would hide one that is missing
_LARGEST_SHARE_OF_STEP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """``start + places * step`` (LPS mm), with the distance of every position from its place on it (mm).

    ``places`` are whole numbers from 0 up; a number left out is a place without a slice.
    """

    start: FloatArray
    step: FloatArray
    places: NDArray[np.int64]
    distances_mm: FloatArray

    @property
    def step_mm(self) -> float:
        """Distance of neighbouring slices, in mm."""
        return float(np.linalg.norm(self.step))

    @property
    def tolerance_mm(self) -> float:
        """How far off the line a slice may lie: 0.1 mm or 5 % of the step, never a quarter of the step."""
        usual = max(_DISTANCE_MM, _SHARE_OF_STEP * self.step_mm)
        return min(usual, _LARGEST_SHARE_OF_STEP * self.step_mm)

    @property
    def is_straight(self) -> bool:
        """Whether every position lies where the line has it."""
        return bool(self.distances_mm.max() <= self.tolerance_mm)

    @property
    def is_whole(self) -> bool:
        """Whether no place is empty and none is taken twice."""
        return bool(np.array_equal(self.places, np.arange(len(self.places))))


def fit_line(positions: FloatArray, normal: FloatArray) -> Line:
    """The line of least squares through ``positions`` (n >= 2, 3; mm), which are in order along ``normal``.

    Places are counted from neighbour to neighbour, so that a step known only to a tenth does not add up.
    """
    steps = np.diff(positions @ normal)
    usual = max(float(np.median(steps)), SAME_PLACE_MM)
    places = np.concatenate([[0], np.cumsum(np.rint(steps / usual))]).astype(np.int64)
    if places[-1] == 0:
        return Line(positions[0], np.zeros(3), places, np.linalg.norm(positions - positions[0], axis=1))
    design = np.column_stack([np.ones(len(places)), places])
    (start, step), *_ = np.linalg.lstsq(design, positions, rcond=None)
    distances = np.linalg.norm(positions - start - np.outer(places, step), axis=1)
    return Line(start, step, places, distances)


def is_even(positions: FloatArray, normal: FloatArray) -> bool:
    """Whether positions in any order (n, 3; mm) make one even line with no gap and none twice."""
    if len(positions) < 2:
        return False
    ordered = positions[np.argsort(positions @ normal, kind="stable")]
    if np.diff(ordered @ normal).min() <= SAME_PLACE_MM:
        return False
    line = fit_line(ordered, normal)
    return line.is_whole and line.is_straight
