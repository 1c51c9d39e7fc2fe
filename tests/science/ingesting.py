"""Ingesting in tests: a series with known voxels, and short ways to ask what became of it."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

from backend.science.ingest import IngestedSeries, IngestResult, Source, ingest
from tests.science import dicom_files

SECRET = b"a secret of enough bytes for tests"
HU = dicom_files.voxels()
RAS_AFFINE = np.array([[-0.6, 0, 0, 30], [0, -0.8, 0, 40], [0, 0, 1.5, 100], [0, 0, 0, 1]])


def ingested(*paths: Path | Source, spacing_mm: float = 0.1) -> IngestResult:
    """Ingest at a working resolution finer than the test's voxels, so that they are kept as they are."""
    return ingest(paths, secret=SECRET, working_spacing_mm=spacing_mm)


def only(result: IngestResult) -> IngestedSeries:
    assert not result.refused
    (series,) = result.series
    return series


def codes(result: IngestResult) -> set[str]:
    return {refused.code for refused in result.refused}


def check_codes(series: IngestedSeries) -> set[str]:
    return {check["code"] for check in series.checks}


def write_nifti(path: Path, array: np.ndarray = HU, affine: np.ndarray = RAS_AFFINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, affine), path)
    return path
