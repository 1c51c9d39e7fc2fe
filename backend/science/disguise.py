"""A CT made to look like another one, so that a reader does the same spine twice without knowing it.

Mirrored left and right, or shifted by some voxels against its grid; shape and spacing stay. What is pushed
out on one side is lost, what comes in on the other is a repetition of the last slice (CT) or nothing (mask).
Vertebrae keep their labels and grades. Axes are those of the voxel grid, which is closest to RAS+.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import Mask, MaskArray

Scalar = TypeVar("Scalar", bound=np.generic)
LEFT_RIGHT = 0
SMALLEST_SHIFT, LARGEST_SHIFT = 2, 6  # voxels along an axis
LARGEST_SHARE = 0.1  # of the grid along an axis


@dataclass(frozen=True, slots=True)
class Disguise:
    """Mirror first, then shift: voxel i of the disguised grid is voxel i + shift of the (mirrored) one."""

    mirror: bool = False
    shift: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_none(self) -> bool:
        """Whether it changes nothing."""
        return not self.mirror and self.shift == (0, 0, 0)

    def volume(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """HU on the disguised grid."""
        result = array[::-1] if self.mirror else array
        for axis, step in enumerate(self.shift):
            size = result.shape[axis]
            result = np.take(result, np.clip(np.arange(size) + step, 0, size - 1), axis=axis)
        return np.asfortranarray(result)

    def mask(self, array: MaskArray) -> MaskArray:
        """Labels on the disguised grid."""
        return _moved(array[::-1] if self.mirror else array, self.shift)

    def place(self, voxel: tuple[float, float, float], width: int) -> tuple[float, float, float]:
        """Where a voxel comes to lie, on a grid that is ``width`` voxels wide along its first axis."""
        x, y, z = voxel
        i, j, k = self.shift
        return (width - 1 - x if self.mirror else x) - i, y - j, z - k

    def undo(self, array: MaskArray) -> MaskArray:
        """Labels of the disguised grid back on the first one; what was pushed out stays empty."""
        i, j, k = self.shift
        back = _moved(array, (-i, -j, -k))
        return np.asfortranarray(back[::-1]) if self.mirror else back

    def to_json(self) -> dict[str, Any]:
        """For JSON; `from_json` reads it again."""
        return {"mirror": self.mirror, "shift": list(self.shift)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Disguise:
        """What `to_json` wrote; what is missing changes nothing."""
        i, j, k = (int(step) for step in raw.get("shift", (0, 0, 0)))
        return cls(bool(raw.get("mirror", False)), (i, j, k))


def visible_in_both(mask: Mask, disguise: Disguise) -> Mask:
    """The part of a mask that the disguised grid holds as well: what two readings can be compared on."""
    return Mask(mask.geometry, disguise.undo(disguise.mask(mask.array)))


def shifted(mask: MaskArray, seed: int) -> Disguise:
    """A shift drawn by ``seed`` that pushes out as few labelled slices as it can."""
    rng = np.random.default_rng(seed)
    steps = []
    for axis, size in enumerate(mask.shape):
        largest = max(1, min(LARGEST_SHIFT, int(size * LARGEST_SHARE)))
        step = int(rng.integers(min(SMALLEST_SHIFT, largest), largest + 1))
        others = tuple(other for other in range(3) if other != axis)
        used = np.asarray(mask.any(axis=others))
        lost_low, lost_high = int(used[:step].sum()), int(used[-step:].sum())
        forward = bool(rng.integers(2)) if lost_low == lost_high else lost_low < lost_high
        steps.append(step if forward else -step)
    return Disguise(shift=(steps[0], steps[1], steps[2]))


def _moved(array: MaskArray, shift: tuple[int, int, int]) -> MaskArray:
    result = np.zeros(array.shape, dtype=np.uint8, order="F")
    here, there = [], []
    for size, step in zip(array.shape, shift, strict=True):
        here.append(slice(max(0, -step), size - max(0, step)))
        there.append(slice(max(0, step), size + min(0, step)))
    result[tuple(here)] = array[tuple(there)]
    return result
