"""A CT as a DICOM series, with the headers that the site reads. Made up; nobody was scanned."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from backend.replay.recipe import PatientPlan, SeriesPlan
from backend.science.volume import Volume

ROOT_UID = "2.25.2019"  # below it patient, series and slice, so that the same recipe has the same names
KVP = 120
KERNELS = {"Philips": "YB", "Siemens": "B60s"}  # filtered back projection, sharp
INTERCEPT = -1024


def slices(patient: PatientPlan, series: SeriesPlan, volume: Volume) -> Iterator[bytes]:
    """The slices of a RAS volume from the feet up, each a file."""
    for k in range(volume.array.shape[2]):
        yield _slice(patient, series, volume, k)


def _slice(patient: PatientPlan, series: SeriesPlan, volume: Volume, k: int) -> bytes:
    uid = UID(f"{ROOT_UID}.{patient.number}.{series.number}.{k + 1}")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    target = BytesIO()
    one = FileDataset(target, {}, file_meta=meta, preamble=bytes(128))
    one.SOPClassUID, one.SOPInstanceUID, one.Modality = CTImageStorage, uid, "CT"
    one.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    one.StudyInstanceUID = f"{ROOT_UID}.{patient.number}"
    one.SeriesInstanceUID = f"{ROOT_UID}.{patient.number}.{series.number}"
    one.FrameOfReferenceUID = f"{ROOT_UID}.{patient.number}.{series.number}.0"
    one.InstanceNumber, one.PatientPosition = k + 1, "HFS"
    _who(one, patient)
    _how(one, patient, volume)
    _voxels(one, volume, k)
    one.save_as(target, enforce_file_format=True)
    return target.getvalue()


def _who(one: FileDataset, patient: PatientPlan) -> None:
    one.PatientID = one.PatientName = patient.name
    one.PatientSex, one.PatientAge = patient.sex, f"{patient.age_years:03d}Y"


def _how(one: FileDataset, patient: PatientPlan, volume: Volume) -> None:
    maker, _, model = patient.scanner.partition(" ")
    one.Manufacturer, one.ManufacturerModelName = maker, model
    one.KVP, one.ConvolutionKernel = KVP, KERNELS[maker]
    one.SliceThickness = round(float(volume.geometry.spacing_mm[2]), 3)
    one.StudyDate = one.SeriesDate = one.AcquisitionDate = "20160601"
    if patient.contrast != "none":
        one.ContrastBolusAgent, one.ContrastBolusVolume = "contrast medium", 90
        one.SeriesDescription = patient.contrast.replace("_", " ")


def _voxels(one: FileDataset, volume: Volume, k: int) -> None:
    """RAS turned into DICOM's LPS: columns run to the left, rows to the back."""
    plane = volume.array[::-1, ::-1, k]
    affine = volume.geometry.affine_ras_mm
    columns, rows = plane.shape
    x, y, z = (affine @ np.array([columns - 1, rows - 1, k, 1.0]))[:3]
    one.ImagePositionPatient = [f"{-x:.6f}", f"{-y:.6f}", f"{z:.6f}"]
    one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    i, j, _ = volume.geometry.spacing_mm
    one.PixelSpacing = [f"{j:.6f}", f"{i:.6f}"]  # between rows, then between columns
    one.Columns, one.Rows, one.SamplesPerPixel = columns, rows, 1
    one.PhotometricInterpretation = "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    one.RescaleSlope, one.RescaleIntercept = 1, INTERCEPT
    one.PixelData = (plane.T.astype(np.int32) - INTERCEPT).astype("<i2").tobytes()
