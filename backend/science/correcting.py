"""Correcting what an engine found: centroids moved, levels renamed, vertebrae added and taken away.

A correction is the list of vertebrae as it should be, each entry naming what it was. What has to be segmented
anew follows from it: what was moved or added. A new name alone changes numbers in the mask, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.labels import BY_LABEL, name_of, sort_labels
from backend.science.tolerances import within_mm
from backend.science.volume import MaskArray, VolumeGeometry

Point = tuple[float, float, float]

# A point nearer than this to where it was counts as not moved: it is what rounding on a page does.
UNMOVED_MM = 0.5


@dataclass(frozen=True, slots=True)
class Entry:
    """A vertebra as it should be; ``was`` is its former label, None for one that is new."""

    label: int
    point_ras_mm: Point
    was: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction comes to. ``touched`` are the labels to segment anew."""

    renamed: dict[int, int]
    removed: tuple[int, ...]
    touched: tuple[int, ...]
    centroids_ras_mm: dict[int, Point]

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.renamed or self.removed or self.touched)

    def to_json(self) -> dict[str, Any]:
        """For JSON; labels become strings. `from_json` reads it again."""
        return {
            "renamed": {str(old): new for old, new in self.renamed.items()},
            "removed": list(self.removed),
            "touched": list(self.touched),
            "centroids_ras_mm": {str(label): list(p) for label, p in self.centroids_ras_mm.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Correction:
        """What `to_json` wrote. Raises `KeyError` or `ValueError` for anything else."""
        return cls(
            {int(old): int(new) for old, new in value["renamed"].items()},
            tuple(int(label) for label in value["removed"]),
            tuple(int(label) for label in value["touched"]),
            {int(label): _point(p) for label, p in value["centroids_ras_mm"].items()},
        )


def _point(values: Sequence[float]) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z


def plan(before: Mapping[int, Point], wanted: Sequence[Entry], geometry: VolumeGeometry) -> Correction:
    """What leads from the centroids ``before`` to the entries ``wanted``.

    Raises `BadInput`: unknown_label, level_twice, not_in_mask, outside_volume.
    """
    _check(before, wanted, geometry)
    kept = {entry.was: entry for entry in wanted if entry.was is not None}
    touched = [
        entry.label
        for entry in wanted
        if entry.was is None or not within_mm(_distance_mm(entry.point_ras_mm, before[entry.was]), UNMOVED_MM)
    ]
    return Correction(
        renamed={was: entry.label for was, entry in kept.items() if entry.label != was},
        removed=tuple(sort_labels(set(before) - set(kept))),
        touched=tuple(sort_labels(touched)),
        centroids_ras_mm={entry.label: entry.point_ras_mm for entry in wanted},
    )


def _distance_mm(a: Point, b: Point) -> float:
    return float(np.linalg.norm(np.subtract(a, b)))


def _check(before: Mapping[int, Point], wanted: Sequence[Entry], geometry: VolumeGeometry) -> None:
    seen: set[int] = set()
    taken: set[int] = set()
    last = np.array(geometry.shape) - 0.5
    for entry in wanted:
        if entry.label not in BY_LABEL:
            raise BadInput("unknown_label", f"{entry.label} names no vertebra")
        name = name_of(entry.label)
        if entry.label in seen:
            raise BadInput("level_twice", f"{name} is there twice: give one of them another level")
        seen.add(entry.label)
        if entry.was is not None and (entry.was not in before or entry.was in taken):
            raise BadInput("not_in_mask", f"{name} says it was a vertebra that is not in the mask, or taken")
        if entry.was is not None:
            taken.add(entry.was)
        voxel = geometry.ras_mm_to_voxel(entry.point_ras_mm)
        if not np.isfinite(voxel).all() or (voxel < -0.5).any() or (voxel > last).any():
            raise BadInput("outside_volume", f"the centre of {name} lies outside the image")


def rename_and_remove(mask: MaskArray, correction: Correction) -> MaskArray:
    """A copy with the new names, without what was taken away. All at once, so names may be swapped."""
    table = np.arange(256, dtype=np.uint8)
    for label in correction.removed:
        table[label] = 0
    for old, new in correction.renamed.items():
        table[old] = new
    return np.asfortranarray(table[mask])
