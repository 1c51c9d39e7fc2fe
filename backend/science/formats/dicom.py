"""Stacks of CT slices from DICOM files: grouping, the check of the geometry, decoding.

Only CT images are read, and of their headers only the tags named here and in the allow-list. A stack becomes
a volume when its slices have one orientation, one size and even spacing within 1 %, none twice and none
missing: libraries that take any stack write a wrong spacing without a word when a slice is absent.
"""

from __future__ import annotations

import logging
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from backend.science.deid.allowlist import FACT_KEYWORDS, PRIVATE_TAGS
from backend.science.deid.vocabulary import NOT_A_SCAN
from backend.science.errors import BadInput
from backend.science.volume import FloatArray, Volume, VolumeGeometry

# pydicom quotes header values in its log and in its warnings
logging.getLogger("pydicom").setLevel(logging.CRITICAL)

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2.1"
MIN_SLICES = 4
SPACING_TOLERANCE = 0.01
PADDING_HU = -1024
_ORIENTATION_TOLERANCE = 2e-3
_TILT_TOLERANCE_MM = 0.05
_IDENTITY_KEYWORDS = (
    *("PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge"),
    *("StudyDate", "AcquisitionDate", "SeriesDate", "StudyInstanceUID", "FrameOfReferenceUID"),
)
_GEOMETRY_KEYWORDS = (
    *(
        "SOPClassUID",
        "SeriesInstanceUID",
        "SOPInstanceUID",
        "Modality",
        "AcquisitionNumber",
        "InstanceNumber",
    ),
    *(
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "Rows",
        "Columns",
        "SamplesPerPixel",
    ),
    *("RescaleSlope", "RescaleIntercept", "PixelPaddingValue", "BurnedInAnnotation", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "PixelRepresentation", "PhotometricInterpretation", "SeriesNumber"),
)
_TAGS: list[Any] = [*_GEOMETRY_KEYWORDS, *_IDENTITY_KEYWORDS, *FACT_KEYWORDS, *PRIVATE_TAGS]


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One CT slice: where its file is, what the header says, and its place in the patient (LPS mm)."""

    path: Path
    name: str
    header: Dataset
    position: FloatArray
    orientation: FloatArray
    pixel_spacing: tuple[float, float]
    size: tuple[int, int]

    @property
    def normal(self) -> FloatArray:
        return np.cross(self.orientation[:3], self.orientation[3:])

    def text(self, keyword: str) -> str:
        value = self.header.get(keyword)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices in order along the normal that passed the check, and the grid that they make (RAS mm)."""

    slices: tuple[Slice, ...]
    geometry: VolumeGeometry
    duplicates: tuple[Slice, ...] = ()


def looks_like_dicom(start: bytes) -> bool:
    """Whether a file's first 132 bytes are DICOM's, or a data set's without the preamble."""
    return start[128:132] == b"DICM" or start[:4] in (
        b"\x08\x00\x00\x00",
        b"\x08\x00\x05\x00",
        b"\x02\x00\x00\x00",
    )


def read_slice(path: Path, name: str) -> Slice:
    """Read one file's header. Raises ``BadInput`` for what is not a slice of a CT scan."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = pydicom.dcmread(path, stop_before_pixels=True, force=True, specific_tags=_TAGS)
            _convert_values(header)
            _require_ct(header, name)
            return _as_slice(path, name, header)
    except BadInput:
        raise
    except Exception as error:  # a damaged header makes pydicom raise almost anything
        raise BadInput("bad_dicom", "its DICOM header cannot be read", source=name) from error


def _convert_values(header: Dataset) -> None:
    """Convert every value now, while warnings are held back, and drop those that cannot be converted.

    Left to itself pydicom converts a value when it is first asked for, and warns then, quoting it.
    """
    for tag in list(header.keys()):
        try:
            header[tag]
        except Exception:  # noqa: BLE001 - as above; the series may do well without this value
            del header[tag]


def _require_ct(header: Dataset, name: str) -> None:
    meta = getattr(header, "file_meta", None)
    kind = str(header.get("SOPClassUID") or (meta.get("MediaStorageSOPClassUID") if meta else "") or "")
    if kind == ENHANCED_CT_IMAGE_STORAGE or int(header.get("NumberOfFrames") or 1) > 1:
        raise BadInput(
            "multi_frame", "multi-frame CT is not supported: export it as single slices", source=name
        )
    modality = str(header.get("Modality") or "")
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


def _as_slice(path: Path, name: str, header: Dataset) -> Slice:
    missing = [
        keyword
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")
        if not header.get(keyword)
    ]
    if missing:
        raise BadInput("no_geometry", f"its header lacks {', '.join(missing)}", source=name)
    position = np.array([float(v) for v in header.ImagePositionPatient])
    orientation = np.array([float(v) for v in header.ImageOrientationPatient])
    rows, columns = (float(v) for v in header.PixelSpacing)
    if not _is_valid_place(position, orientation) or not (0.02 < rows < 30 and 0.02 < columns < 30):
        raise BadInput("no_geometry", "its position, orientation or pixel spacing is not valid", source=name)
    size = (int(header.Columns), int(header.Rows))
    return Slice(path, name, header, position, orientation, (rows, columns), size)


def _is_valid_place(position: FloatArray, orientation: FloatArray) -> bool:
    if position.shape != (3,) or orientation.shape != (6,):
        return False
    first, second = orientation[:3], orientation[3:]
    products = np.array([first @ first - 1, second @ second - 1, first @ second])
    return bool(np.isfinite(position).all() and np.abs(products).max() < 1e-2)


def group_slices(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Slices by series. Without a series UID, by folder and frame of reference."""
    groups: dict[tuple[str, ...], list[Slice]] = defaultdict(list)
    for one in slices:
        uid = one.text("SeriesInstanceUID")
        folder = one.name.rpartition("/")[0]
        key = (uid,) if uid else ("", folder, one.text("FrameOfReferenceUID"), one.text("SeriesNumber"))
        groups[key].append(one)
    return [groups[key] for key in sorted(groups)]


def split_mixed(slices: Sequence[Slice]) -> list[list[Slice]]:
    """Parts of a series that cannot be one volume: by size, spacing and orientation, then by acquisition.

    An acquisition number only parts slices that make no even stack together, since scanners also count it up
    within one volume.
    """
    by_grid: dict[Any, list[Slice]] = defaultdict(list)
    for one in slices:
        grid = (one.size, np.round(one.pixel_spacing, 4).tolist(), np.round(one.orientation, 2).tolist())
        by_grid[repr(grid)].append(one)
    parts = []
    for grid_slices in by_grid.values():
        parts += _split_uneven(grid_slices)
    return sorted(parts, key=lambda part: (-len(part), part[0].name))


def _split_uneven(slices: list[Slice]) -> list[list[Slice]]:
    """The slices as they are if they make one even stack, else parted by the first tag that makes some."""
    if _is_even(slices):
        return [slices]
    for keyword in ("AcquisitionNumber", "ConvolutionKernel", "SeriesNumber", "ImageType"):
        parts: dict[str, list[Slice]] = defaultdict(list)
        for one in slices:
            parts[one.text(keyword)].append(one)
        if len(parts) > 1 and all(_is_even(part) for part in parts.values()):
            return list(parts.values())
    return [slices]


def _is_even(slices: Sequence[Slice]) -> bool:
    """Whether no two slices share a place and all steps are equal."""
    heights = np.sort([float(one.position @ slices[0].normal) for one in slices])
    steps = np.diff(heights)
    return bool(
        len(steps) == 0 or (steps.min() > 1e-2 and np.ptp(steps) <= 2 * SPACING_TOLERANCE * steps.max())
    )


def check_stack(slices: Sequence[Slice]) -> Stack:
    """Order the slices and prove that they make one even grid. Raises ``BadInput`` with the reason.

    Codes: too_few_slices, mixed_series, duplicate_slices, missing_slices, uneven_spacing, gantry_tilt.
    """
    first = slices[0]
    spread = max(float(np.abs(one.orientation - first.orientation).max()) for one in slices)
    if spread > _ORIENTATION_TOLERANCE or len({one.size for one in slices}) > 1:
        raise BadInput("mixed_series", "its slices differ in orientation or size: several series are mixed")
    ordered = sorted(slices, key=lambda one: (float(one.position @ first.normal), one.name))
    kept, duplicates = _without_copies(ordered, first.normal)
    if len(kept) < MIN_SLICES:
        raise BadInput("too_few_slices", f"{len(kept)} slices are too few for a volume")
    positions = np.array([one.position for one in kept])
    _require_even(positions @ first.normal)
    step = (positions[-1] - positions[0]) / (len(kept) - 1)
    off_axis = np.abs(positions - positions[0] - np.outer(np.arange(len(kept)), step)).max()
    sideways = float(np.linalg.norm(step - (step @ first.normal) * first.normal)) * (len(kept) - 1)
    if off_axis > max(_TILT_TOLERANCE_MM, SPACING_TOLERANCE * float(np.linalg.norm(step))):
        raise BadInput("uneven_spacing", "its slices do not lie on one straight line")
    if sideways > max(1.0, 0.01 * len(kept)):
        raise BadInput("gantry_tilt", "its slices are shifted sideways: it was scanned with a tilted gantry")
    return Stack(tuple(kept), _stack_geometry(first, kept, step), tuple(duplicates))


def _without_copies(ordered: Sequence[Slice], normal: FloatArray) -> tuple[list[Slice], list[Slice]]:
    """Take out slices that are there twice with the same pixels; refuse different slices in one place."""
    kept: list[Slice] = []
    copies: list[Slice] = []
    for one in ordered:
        if kept and abs(float((one.position - kept[-1].position) @ normal)) < 1e-2:
            if not _same_pixels(one, kept[-1]):
                raise BadInput(
                    "mixed_series", "two different slices lie in one place: several series are mixed"
                )
            copies.append(one)
        else:
            kept.append(one)
    return kept, copies


def _same_pixels(a: Slice, b: Slice) -> bool:
    return np.array_equal(slice_hu(a), slice_hu(b))


def _require_even(heights: FloatArray) -> None:
    steps = np.diff(heights)
    spacing = float(np.median(steps))
    wrong = np.abs(steps - spacing) > max(SPACING_TOLERANCE * spacing, 2e-3)
    if not wrong.any():
        return
    multiples = steps / spacing
    whole = np.abs(multiples - np.rint(multiples)) < 0.05
    if (whole | ~wrong).all() and (multiples[wrong] > 1.5).all():
        count = int((np.rint(multiples[wrong]) - 1).sum())
        where = ", ".join(f"after slice {i + 1}" for i in np.flatnonzero(wrong)[:3])
        noun = "slice is" if count == 1 else "slices are"
        raise BadInput("missing_slices", f"{count} {noun} missing ({where}, spacing {spacing:.3g} mm)")
    low, high = float(steps.min()), float(steps.max())
    raise BadInput("uneven_spacing", f"its slices lie {low:.3g} to {high:.3g} mm apart, which is uneven")


def _stack_geometry(first: Slice, kept: Sequence[Slice], step: FloatArray) -> VolumeGeometry:
    affine = np.eye(4)
    affine[:3, 0] = first.orientation[:3] * first.pixel_spacing[1]
    affine[:3, 1] = first.orientation[3:] * first.pixel_spacing[0]
    affine[:3, 2] = step
    affine[:3, 3] = kept[0].position
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    return VolumeGeometry((*first.size, len(kept)), lps_to_ras @ affine)


def read_stack(stack: Stack) -> Volume:
    """Decode every slice into one int16 volume in HU. Raises ``BadInput`` naming the slice that fails."""
    array = np.empty(stack.geometry.shape, dtype=np.int16, order="F")
    for k, one in enumerate(stack.slices):
        array[:, :, k] = slice_hu(one)
    return Volume(stack.geometry, array)


def slice_hu(one: Slice) -> NDArray[np.int16]:
    """One slice as ``array[i, j]`` in HU (i along the row, j down the column)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(one.path, force=True)
            if not getattr(dataset.file_meta, "TransferSyntaxUID", None):
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
            pixels = dataset.pixel_array
        slope = float(one.header.get("RescaleSlope") or 1)
        intercept = float(one.header.get("RescaleIntercept") or 0)
    except Exception as error:  # and so do the decoders it calls
        raise BadInput("bad_pixels", "its pixels cannot be decoded", source=one.name) from error
    if pixels.shape != one.size[::-1]:
        raise BadInput("bad_pixels", "its pixels do not have the size its header says", source=one.name)
    hu = np.rint(pixels * slope + intercept)
    padding = one.header.get("PixelPaddingValue")
    if isinstance(padding, int):
        hu[pixels == _as_stored(padding, pixels.dtype)] = PADDING_HU
    if hu.min() < -32768 or hu.max() > 32767:
        raise BadInput("not_ct", "its values are not Hounsfield units", source=one.name)
    return np.asarray(hu.astype(np.int16).T)


def _as_stored(value: int, dtype: np.dtype[Any]) -> int:
    """A padding value as the pixels hold it: headers write it signed or unsigned as they please."""
    bits = 8 * dtype.itemsize
    wrapped = value % (1 << bits)
    return wrapped - (1 << bits) if dtype.kind == "i" and wrapped >= 1 << (bits - 1) else wrapped
