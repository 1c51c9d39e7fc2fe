"""Which vertebrae a mask holds: voxels and centre of each, kept by the mask's digest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
from django.core.cache import cache
from numpy.typing import NDArray

from backend.imaging.models import Volume
from backend.science.labels import THORACOLUMBAR, sort_labels

CACHE_SECONDS = 3600


class LevelRow(TypedDict):
    label: int
    voxels: int
    centroid_ras_mm: list[float]


def level_rows(*, volume: Volume, digest: str, load: Callable[[], NDArray[np.uint8]]) -> list[LevelRow]:
    """The vertebrae of the mask with this tree digest, in anatomical order; ``load`` is called at need."""
    key = f"levels:{volume.pk}:{digest}"
    rows: list[LevelRow] | None = cache.get(key)
    if rows is None:
        rows = measure_levels(load(), np.asarray(volume.affine_ras_mm, dtype=float))
        cache.set(key, rows, CACHE_SECONDS)
    return rows


def measure_levels(mask: NDArray[np.uint8], affine_ras_mm: NDArray[np.float64]) -> list[LevelRow]:
    """Voxels and mean voxel position (RAS, mm) of each label of ``mask``."""
    where = np.nonzero(mask)
    labels = mask[where]
    counts = np.bincount(labels, minlength=256)
    sums = [np.bincount(labels, weights=axis, minlength=256) for axis in where]
    rows: list[LevelRow] = []
    for label in sort_labels([int(value) for value in np.nonzero(counts)[0]]):
        centre = np.array([total[label] / counts[label] for total in sums] + [1.0])
        rows.append(
            {
                "label": label,
                "voxels": int(counts[label]),
                "centroid_ras_mm": [round(float(value), 2) for value in (affine_ras_mm @ centre)[:3]],
            }
        )
    return rows


def gradable(labels: list[int]) -> list[int]:
    """The labels that Genant grades apply to (T1-L6 and T13), in the order given."""
    return [label for label in labels if label in THORACOLUMBAR]
