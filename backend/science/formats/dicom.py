"""CT slices from the headers of DICOM files.

Only CT images are read, and of their headers only the tags named here and in the allow-list. Which slices
belong together is in `series_key`, whether they make a volume in `stack`, what their numbers mean in
`hounsfield`.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from backend.science.deid.allowlist import FACT_KEYWORDS, PRIVATE_TAGS
from backend.science.deid.vocabulary import NOT_A_SCAN
from backend.science.errors import BadInput, as_bad_input, faults_of_input
from backend.science.formats.dicom_file import convert_values, quiet, read_header
from backend.science.formats.hounsfield import UNIT_KEYWORDS, require_hounsfield
from backend.science.formats.slice import Slice
from backend.science.volume import FloatArray

# pydicom quotes header values in its log and in its warnings
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2.1"
SEGMENTATION_MODALITIES = {
    "SEG": "a DICOM segmentation (SEG)",
    "RTSTRUCT": "a set of radiotherapy structures (RTSTRUCT)",
}
SEGMENTATIONS = {
    "1.2.840.10008.5.1.4.1.1.66.4": SEGMENTATION_MODALITIES["SEG"],
    "1.2.840.10008.5.1.4.1.1.481.3": SEGMENTATION_MODALITIES["RTSTRUCT"],
}
# no detector has more; a header can claim 65535
MAX_SIDE = 8192
_IDENTITY_KEYWORDS = (
    *("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge"),
    *("StudyDate", "AcquisitionDate", "SeriesDate", "StudyInstanceUID", "FrameOfReferenceUID"),
)
_PLACE_KEYWORDS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")
_SERIES_KEYWORDS = (
    *("SOPClassUID", "SeriesInstanceUID", "SOPInstanceUID", "Modality", "AcquisitionNumber"),
    *("SeriesNumber", "SamplesPerPixel", "NumberOfFrames", "BurnedInAnnotation"),
    *("TemporalPositionIdentifier", "NominalPercentageOfCardiacPhase"),
)
_TAGS: list[Any] = [
    *(*_PLACE_KEYWORDS, *_SERIES_KEYWORDS, *UNIT_KEYWORDS),
    *(*_IDENTITY_KEYWORDS, *FACT_KEYWORDS, *PRIVATE_TAGS),
]


def read_slice(path: Path, name: str) -> Slice:
    """Read one file's header. Raises ``BadInput`` for what is not a slice of a CT scan in HU."""
    try:
        with quiet():
            header = read_header(path, _TAGS)
            unreadable = convert_values(header)
            _require_ct(header, name)
            one = _as_slice(path, name, header, unreadable)
            require_hounsfield(header, unreadable, name)
            return one
    except BadInput as error:
        raise error.about(name) from error
    except OSError:
        raise
    except faults_of_input() as error:
        raise as_bad_input(error, "bad_dicom", "its DICOM header cannot be read").about(name) from error


def _require_ct(header: Dataset, name: str) -> None:
    meta = getattr(header, "file_meta", None)
    kind = str(header.get("SOPClassUID") or (meta.get("MediaStorageSOPClassUID") if meta else "") or "")
    modality = str(header.get("Modality") or "")
    if kind in SEGMENTATIONS or modality in ("SEG", "RTSTRUCT"):
        what = SEGMENTATIONS.get(kind) or SEGMENTATION_MODALITIES[modality]
        raise BadInput(
            "dicom_seg", f"it is {what}, not a CT: it holds outlines that somebody drew", source=name
        )
    if kind == ENHANCED_CT_IMAGE_STORAGE or int(header.get("NumberOfFrames") or 1) > 1:
        raise BadInput(
            "multi_frame", "multi-frame CT is not supported: export it as single slices", source=name
        )
    if (kind and kind != CT_IMAGE_STORAGE) or (not kind and modality != "CT") or modality not in ("CT", ""):
        raise BadInput("not_ct", "it is DICOM, but not a CT image", source=name)
    stated = header.get("ImageType") or []
    parts = [stated] if isinstance(stated, str) else stated
    if {str(part).strip().upper().replace(" ", "") for part in parts} & NOT_A_SCAN:
        raise BadInput(
            "not_a_scan", "it is a localizer, a projection or a report, not a CT slice", source=name
        )
    if str(header.get("BurnedInAnnotation") or "NO").upper() == "YES":
        raise BadInput("burned_in_text", "its pixels hold burned-in text", source=name)
    if int(header.get("SamplesPerPixel") or 1) != 1:
        raise BadInput("not_ct", "it is a colour picture, not a CT slice", source=name)


def _as_slice(path: Path, name: str, header: Dataset, unreadable: frozenset[str]) -> Slice:
    damaged = [keyword for keyword in _PLACE_KEYWORDS if keyword in unreadable]
    if damaged:
        raise BadInput("no_geometry", f"its {', '.join(damaged)} cannot be read", source=name)
    missing = [keyword for keyword in _PLACE_KEYWORDS if not header.get(keyword)]
    if missing:
        raise BadInput("no_geometry", f"its header lacks {', '.join(missing)}", source=name)
    position, orientation, spacing = (_numbers(header, keyword) for keyword in _PLACE_KEYWORDS[:3])
    if position.shape != (3,) or not np.isfinite(position).all():
        raise BadInput("no_geometry", "its ImagePositionPatient is not valid", source=name)
    if not _is_orientation(orientation):
        raise BadInput("no_geometry", "its ImageOrientationPatient is not valid", source=name)
    if spacing.shape != (2,) or not all(0.02 < step < 30 for step in spacing):
        raise BadInput("no_geometry", "its PixelSpacing is not valid", source=name)
    size = (int(header.Columns), int(header.Rows))
    if max(size) > MAX_SIDE:
        reason = f"its header says {size[0]} x {size[1]} pixels: more than {MAX_SIDE} a side is no CT"
        raise BadInput("too_large", reason, source=name)
    return Slice(path, name, header, position, orientation, (float(spacing[0]), float(spacing[1])), size)


def _numbers(header: Dataset, keyword: str) -> FloatArray:
    return np.atleast_1d(np.array(header.get(keyword), dtype=np.float64))


def _is_orientation(orientation: FloatArray) -> bool:
    """Whether six numbers are two unit vectors at right angles."""
    if orientation.shape != (6,):
        return False
    first, second = orientation[:3], orientation[3:]
    products = np.array([first @ first - 1, second @ second - 1, first @ second])
    return bool(np.abs(products).max() < 1e-2)
