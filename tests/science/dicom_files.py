"""CT series as DICOM files with known voxels and places, made for tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SHAPE = (12, 10, 8)  # columns, rows, slices


def voxels(seed: int = 0, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """HU as ``array[i, j, k]``: air outside, tissue and some bone inside."""
    rng = np.random.default_rng(seed)
    array = rng.integers(-100, 1200, size=shape).astype(np.int16)
    array[0] = -1000
    return array


def make_slice(
    plane: np.ndarray,
    position: tuple[float, float, float],
    *,
    orientation: tuple[float, ...] = AXIAL,
    spacing: tuple[float, float] = (0.8, 0.6),
    intercept: int = -1024,
    **tags: Any,
) -> FileDataset:
    """One CT slice from HU as ``plane[i, j]``; tags by keyword replace those in it, None removes one."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(BytesIO(), {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SeriesInstanceUID = "1.2.3.4"
    dataset.StudyInstanceUID = "1.2.3"
    dataset.FrameOfReferenceUID = "1.2.3.9"
    dataset.PatientID = "P-1234"
    dataset.ImagePositionPatient = [f"{v:.6f}" for v in position]
    dataset.ImageOrientationPatient = [f"{v:.9f}" for v in orientation]
    dataset.PixelSpacing = list(spacing)
    dataset.Columns, dataset.Rows = plane.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, intercept
    dataset.PixelData = (plane.T.astype(np.int32) - intercept).astype("<i2").tobytes()
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def make_series(
    array: np.ndarray,
    *,
    step: tuple[float, float, float] = (0.0, 0.0, 1.5),
    origin: tuple[float, float, float] = (-30.0, -40.0, 100.0),
    **options: Any,
) -> list[FileDataset]:
    """The slices of ``array[i, j, k]`` from ``origin`` on (LPS mm)."""
    (x, y, z), (dx, dy, dz) = origin, step
    return [
        make_slice(
            array[:, :, k], (x + k * dx, y + k * dy, z + k * dz), **({"InstanceNumber": k + 1} | options)
        )
        for k in range(array.shape[2])
    ]


def save(folder: Path, datasets: list[FileDataset], prefix: str = "IM") -> list[Path]:
    """Write the slices in an order that is not that of their places."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index in np.random.default_rng(1).permutation(len(datasets)):
        path = folder / f"{prefix}{index:04d}"
        datasets[index].save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def oblique(degrees: tuple[float, float, float]) -> tuple[tuple[float, ...], np.ndarray]:
    """An orientation turned by Euler angles, and the unit normal of its slices."""
    from scipy.spatial.transform import Rotation

    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    return tuple(np.concatenate([turn[:, 0], turn[:, 1]]).tolist()), turn[:, 2]
