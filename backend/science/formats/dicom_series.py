"""A curated CT as a DICOM series again: one image a slice, under an alias and under new UIDs.

The voxels are those of the working volume, with the axes turned (never resampled) so that columns run to the
patient's left, rows to the back and slices to the head, as near as the grid lies to them. DICOM's frame is
LPS+ mm; the affines here are RAS+ mm.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.science.errors import BadInput
from backend.science.geometry import canonical_geometry, to_canonical
from backend.science.volume import FloatArray, Mask, Volume, VolumeGeometry

if TYPE_CHECKING:  # elsewhere where it is used: no process waits for it at its start
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID
    from pydicom.valuerep import DSfloat

MAKER = "Vertebase"
# Of axes that are to stand at right angles: the cosine between two of them. DICOM has no word for a sheared
# grid, and the tolerance is that of the affine's float32 in a NIfTI header.
_RIGHT_ANGLE = 1e-4
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
CT_SERIES, SEG_SERIES, SR_SERIES = 1, 2, 3  # their numbers in the study
SR_FORM = 2  # of what a report holds of a mask: in another form it is another object

Gridded = TypeVar("Gridded", Volume, Mask)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the DICOM objects of one case say of it, and what their UIDs are made from.

    ``key`` is a secret of the site, so that nobody can tell by a UID which case it stands for; ``case`` what
    the study stands for, ``patient`` the alias. ``made_on`` is a day of the work, never of the scan.
    """

    key: bytes
    case: str
    patient: str
    made_on: date
    sex: str = ""  # M, F or nothing
    software: str = ""

    def uid(self, *parts: str) -> UID:
        """The UID of a part of this case: the same for the same key, case and parts."""
        from pydicom.uid import UID

        said = "\0".join((self.case, *parts)).encode()
        number = int.from_bytes(hmac.new(self.key, said, hashlib.sha256).digest()[:16], "big")
        return UID(f"2.25.{number}")

    @property
    def study_uid(self) -> UID:
        """Of the study: one for each case."""
        return self.uid("study")

    @property
    def frame_uid(self) -> UID:
        """Of the frame of reference, which CT and mask share."""
        return self.uid("frame of reference")

    def series_uid(self, kind: str, digest: str = "") -> UID:
        """Of the CT, or of what was made of the mask with that digest."""
        return self.uid("series", kind, digest)

    def instance_uid(self, kind: str, digest: str = "", number: int = 1) -> UID:
        """Of one image, or of the one object of a mask's series."""
        return self.uid("instance", kind, digest, str(number))


def upright_geometry(geometry: VolumeGeometry) -> VolumeGeometry:
    """The grid with axes as near to left, back and head as they can lie (``BadInput``: sheared_grid)."""
    canonical = canonical_geometry(geometry)
    turn = np.diag([-1.0, -1.0, 1.0, 1.0])
    turn[0, 3], turn[1, 3] = canonical.shape[0] - 1, canonical.shape[1] - 1
    turned = VolumeGeometry(canonical.shape, canonical.affine_ras_mm @ turn)
    _require_right_angles(turned)
    return turned


def upright(gridded: Gridded) -> Gridded:
    """The same voxels on that grid; nothing is resampled."""
    geometry = upright_geometry(gridded.geometry)
    return type(gridded)(geometry, to_canonical(gridded).array[::-1, ::-1])


def _require_right_angles(geometry: VolumeGeometry) -> None:
    cosines = np.abs(geometry.directions.T @ geometry.directions - np.eye(3))
    if cosines.max() > _RIGHT_ANGLE:
        raise BadInput("sheared_grid", "its axes do not stand at right angles, which DICOM cannot say")


class CtSeries:
    """The images of one CT. ``volume`` may lie on any grid with right angles (``BadInput``: sheared_grid)."""

    def __init__(self, volume: Volume, identity: Identity) -> None:
        self.identity = identity
        self._volume = upright(volume)
        self._lps: FloatArray = _LPS @ self._volume.geometry.affine_ras_mm

    def __len__(self) -> int:
        return self._volume.geometry.shape[2]

    @property
    def rows_and_columns(self) -> tuple[int, int]:
        """Of each image."""
        columns, rows, _ = self._volume.geometry.shape
        return rows, columns

    def header(self, number: int) -> Dataset:
        """All of image ``number`` (from 1, the lowest) but its pixels."""
        from pydicom.uid import CTImageStorage

        image = study_part(self.identity, modality="CT")
        image.SOPClassUID = CTImageStorage
        image.SOPInstanceUID = self.identity.instance_uid("CT", number=number)
        image.SeriesInstanceUID = self.identity.series_uid("CT")
        image.SeriesNumber, image.InstanceNumber = CT_SERIES, number
        image.SeriesDescription = "CT at working resolution"
        image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        image.AcquisitionNumber = image.KVP = None  # the headers of the scan are not kept
        image.FrameOfReferenceUID = self.identity.frame_uid
        image.PositionReferenceIndicator = ""
        self._place(image, number)
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 1
        image.RescaleIntercept, image.RescaleSlope, image.RescaleType = 0, 1, "HU"
        image.file_meta = _file_meta(image)
        return image

    def image(self, number: int) -> Dataset:
        """Image ``number`` with its pixels, which are Hounsfield units."""
        image = self.header(number)
        image.PixelData = self.pixels(number)
        image["PixelData"].VR = "OW"
        return image

    def pixels(self, number: int) -> bytes:
        """The Hounsfield units of image ``number``: int16, little endian, row by row."""
        return np.ascontiguousarray(self._slice(number)).astype("<i2").tobytes()

    def _slice(self, number: int) -> NDArray[np.int16]:
        if not 1 <= number <= len(self):
            raise IndexError(number)
        plane = self._volume.array[:, :, number - 1].T
        if np.issubdtype(plane.dtype, np.floating):
            plane = np.rint(plane)
        limits = np.iinfo(np.int16)
        values: NDArray[np.int16] = np.clip(plane, limits.min, limits.max).astype(np.int16)
        return values

    def _place(self, image: Dataset, number: int) -> None:
        columns, rows, slices = (self._lps[:3, axis] for axis in range(3))
        spacing = self._volume.geometry.spacing_mm
        image.Rows, image.Columns = self.rows_and_columns
        image.PixelSpacing = [decimal(spacing[1]), decimal(spacing[0])]
        image.SliceThickness = image.SpacingBetweenSlices = decimal(spacing[2])
        image.ImageOrientationPatient = [
            decimal(part) for part in (*(columns / spacing[0]), *(rows / spacing[1]))
        ]
        image.ImagePositionPatient = [decimal(part) for part in self._lps[:3, 3] + (number - 1) * slices]


def decimal(value: float) -> DSfloat:
    """A number in the sixteen characters that DICOM has for one, as exact as they allow."""
    from pydicom.valuerep import DSfloat

    return DSfloat(float(value), auto_format=True)


def study_part(identity: Identity, *, modality: str) -> Dataset:
    """What all objects of a study share. Nothing here is from the headers of the scan but the sex."""
    from pydicom.dataset import Dataset

    part = Dataset()
    part.PatientID = identity.patient
    part.PatientName = f"{identity.patient}^"
    part.PatientBirthDate = ""
    part.PatientSex = identity.sex
    part.PatientIdentityRemoved = "YES"
    part.DeidentificationMethod = f"{MAKER}: made anew from voxels and an alias"
    part.StudyInstanceUID = identity.study_uid
    part.StudyDate = part.StudyTime = part.AccessionNumber = part.ReferringPhysicianName = ""
    part.StudyID = ""
    part.StudyDescription = f"Curated case {identity.patient}"
    part.Modality = modality
    part.Manufacturer = part.ManufacturerModelName = MAKER
    part.SoftwareVersions = identity.software
    return part


def say_when(made: Dataset, identity: Identity) -> Dataset:
    """Replace what hangs on the moment at which an object is put together by what hangs on the case.

    So the same case gives the same bytes, whenever it is asked for.
    """
    day = f"{identity.made_on:%Y%m%d}"
    for name in ("ContentDate", "InstanceCreationDate", "SeriesDate"):
        if name in made:
            setattr(made, name, day)
    for name in ("ContentTime", "InstanceCreationTime", "SeriesTime"):
        if name in made:
            setattr(made, name, "000000")
    if "ContributingEquipmentSequence" in made:  # says that the scan was acquired by what wrote its images
        del made.ContributingEquipmentSequence
    for element in made.iterall():
        if element.keyword == "DimensionOrganizationUID":
            element.value = identity.uid("dimensions", made.SOPInstanceUID)
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = f"{MAKER}: made anew from voxels and an alias"
    return made


def _file_meta(image: Dataset) -> FileMetaDataset:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return meta


def file_bytes(made: Dataset) -> bytes:
    """An object as a DICOM file."""
    stream = BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
