"""A phantom whose HU are known at every point, and its slices as DICOM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset

from backend.science.ingest import IngestedSeries
from tests.science import dicom_files

COLUMNS, ROWS, SLICES = 28, 26, 12
SPACING = (4.0, 4.4)  # between rows, between columns
STEP_MM = 2.0
ORIGIN = (-59.4, -50.0, -11.0)


def hounsfield_at(points_lps_mm: np.ndarray) -> np.ndarray:
    """Air round an elliptic body of muscle in a coat of fat, with a rod of bone; every slice is another."""
    x, y, z = np.moveaxis(np.asarray(points_lps_mm, dtype=float), -1, 0)
    radius = (x / 48) ** 2 + (y / 40) ** 2
    hu = np.where(radius < 1, np.where(radius < 0.6, 50.0 + z, -100.0), -1000.0)
    hu[(x - 15) ** 2 + (y - 12) ** 2 < 80] = 500
    return np.rint(hu)


def plane_at(position: Sequence[float]) -> np.ndarray:
    """HU of an axial slice as ``plane[i, j]``."""
    i, j = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS), indexing="ij")
    points = np.stack([i * SPACING[1], j * SPACING[0], np.zeros_like(i)], axis=-1) + np.asarray(position)
    return hounsfield_at(points).astype(np.int16)


def heights(count: int = SLICES, step_mm: float = STEP_MM, first_mm: float = ORIGIN[2]) -> list[float]:
    return [first_mm + k * step_mm for k in range(count)]


def phantom_slices(at_mm: Sequence[float] | None = None, **options: Any) -> list[FileDataset]:
    """Axial slices at the heights given, in order."""
    given: dict[str, Any] = {"spacing": SPACING} | options
    return [
        dicom_files.make_slice(
            plane_at((*ORIGIN[:2], height)),
            (*ORIGIN[:2], height),
            **({"InstanceNumber": k + 1} | given),
        )
        for k, height in enumerate(heights() if at_mm is None else at_mm)
    ]


def wrong_voxels(series: IngestedSeries, *, shift_hu: float = 0.0) -> int:
    """How many voxels differ from the phantom (plus ``shift_hu``) at their own place by more than 1 HU."""
    geometry = series.volume.geometry
    index = np.moveaxis(np.indices(geometry.shape), 0, -1)
    expected = hounsfield_at(geometry.voxel_to_ras_mm(index) * (-1, -1, 1)) + shift_hu
    return int((np.abs(series.volume.array - expected) > 1).sum())
