"""Whether the numbers of a CT slice are Hounsfield units, and how stored values become them.

Much is kept as "CT Image" that holds no Hounsfield units: effective atomic numbers, electron densities,
iodine in mg/ml, perfusion. The header is asked first, here; the voxels after that (`science.hu_values`).

Sources: DICOM PS3.3, C.11.1.1.2 (RescaleType), C.8.2.1.1.1 (ImageType), C.7.5.1.1.2 (PixelPaddingValue).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from backend.science.errors import BadInput
from backend.science.text import printable

UNIT_KEYWORDS = (
    *("RescaleSlope", "RescaleIntercept", "RescaleType", "ModalityLUTSequence", "PhotometricInterpretation"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit"),
)
PADDING_HU = -1024
# what a patient's voxels can have; padding in this range is applied with care
_PATIENT_HU = (-1024, 32767)
_BODY_FROM_HU = -900
_HU_TYPES = frozenset({"", "HU", "US", "HOUNSFIELD", "HOUNSFIELDUNIT", "HOUNSFIELDUNITS", "UNSPECIFIED"})
_MODIFIED_TYPES = frozenset({"HUMOD"})
# letters of a RescaleType: the standard's terms, then what vendors write
_OTHER_TYPES = {
    **dict.fromkeys(("MGML", "MGCC", "MGCM3", "MGL", "UGML"), "a concentration"),
    **dict.fromkeys(("ZEFF", "ZEFFECTIVE", "EFFECTIVEZ", "EFFATOMICNUM", "Z"), "effective atomic numbers"),
    **dict.fromkeys(("ED", "EDW", "EDENSITY", "ELECTRONDENSITY", "RHO", "RHOE", "RED"), "electron densities"),
    **dict.fromkeys(("GCM3", "GCC", "GML", "DENSITY"), "densities"),
    **dict.fromkeys(("PCT", "PERCENT"), "percent"),
    **dict.fromkeys(("ML100GMIN", "MLMIN100G", "ML100MLMIN", "ML100G", "ML100ML", "S", "SEC"), "perfusion"),
    **dict.fromkeys(("IODINE", "IODINEDENSITY", "CALCIUM", "WATER", "URICACID"), "a material"),
    **dict.fromkeys(("CM1", "1CM", "MM1", "1MM"), "attenuation coefficients"),
    "OD": "optical densities",
}
# words of an image type: the standard's for multi-energy images, then what vendors write
_MAP_WORDS = frozenset(
    (
        *("MAT_SPECIFIC", "MAT_FRACTIONAL", "MAT_VALUE_BASED", "EFF_ATOMIC_NUM", "ELECTRON_DENSITY"),
        *("IODINE", "IODINE_MAP", "IODINEMAP", "IODINE_DENSITY", "IODINE_OVERLAY", "MATERIAL_DENSITY"),
        *("Z_EFF", "ZEFF", "Z_EFFECTIVE", "ZEFFECTIVE", "EFFECTIVE_Z", "ZMAP", "RHO", "RHO_Z", "RHOZ"),
        *("ED", "EDW", "EDENSITY", "E_DENSITY", "WATER_DENSITY", "CALCIUM_DENSITY", "URIC_ACID", "URICACID"),
        *("PERFUSION", "CBF", "CBV", "MTT", "TTP", "TMAX", "TTD", "PBV", "PBV_MAP", "PERMEABILITY"),
        *("BONE_MINERAL", "FAT_FRACTION", "FAT_MAP", "STOPPING_POWER"),
    )
)
_MODIFIED_WORDS = frozenset(
    (
        *("MAT_REMOVED", "MAT_MODIFIED", "VNC", "VNCA", "VUE", "VIRTUAL_NON_CONTRAST", "IODINE_NO_WATER"),
        *("IODINE_REMOVED", "CALCIUM_SUPPRESSED", "VIRTUAL_UNENHANCED"),
    )
)
_MAP_DESCRIPTION = re.compile(
    r"z[ _-]?eff|effective (z|atomic)|electron dens|iodine[ _-]*(map|dens|overlay|no water|\()|uric acid|"
    r"(water|calcium|hap|fat)[ _-]*\((iodine|water|calcium|hap|fat)\)|perfusion|\b(cbf|cbv|mtt|tmax)\b",
    re.IGNORECASE,
)
_TAG_OF = {"RescaleSlope": "(0028,1053)", "RescaleIntercept": "(0028,1052)"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """One slice as ``hu[i, j]`` (i along the row, j down the column), and what was noticed on the way.

    ``stray_bits`` counts pixels with something above the stored bits; ``padding_amid`` pixels that have the
    padding value in the midst of the picture, where it was not applied.
    """

    hu: NDArray[np.int16]
    stray_bits: int = 0
    padding_amid: int = 0


def require_hounsfield(header: Dataset, unreadable: frozenset[str], name: str) -> None:
    """Refuse a slice whose header says, or cannot say, that its numbers are no HU. Raises ``BadInput``.

    Codes: not_hounsfield (another unit), bad_rescale (slope or intercept is no number), bad_pixels (bits).
    """
    _require_unit(header, name)
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        if keyword in unreadable or not _is_number(header.get(keyword)):
            reason = f"its {keyword} {_TAG_OF[keyword]} is not a number that can be read"
            raise BadInput("bad_rescale", reason, source=name)
    slope = _number(header, "RescaleSlope")
    if slope is not None and slope <= 0:
        raise BadInput("bad_rescale", "its RescaleSlope (0028,1053) is not above 0", source=name)
    _require_bits(header, name)


def _require_unit(header: Dataset, name: str) -> None:
    kind = _letters(header.get("RescaleType"))
    if kind in _OTHER_TYPES:
        reason = f"its RescaleType (0028,1054) names {_OTHER_TYPES[kind]}: these are not Hounsfield units"
        raise BadInput("not_hounsfield", reason, source=name)
    words = _image_words(header)
    if words & _MAP_WORDS and not words & _MODIFIED_WORDS:
        listed = ", ".join(sorted(words & _MAP_WORDS))
        reason = f"its ImageType (0008,0008) says {listed}: a map of something else than Hounsfield units"
        raise BadInput("not_hounsfield", reason, source=name)
    if header.get("ModalityLUTSequence"):
        reason = "its values need a table (ModalityLUTSequence, 0028,3000) to become Hounsfield units"
        raise BadInput("not_hounsfield", reason, source=name)
    if str(header.get("PhotometricInterpretation") or "MONOCHROME2") not in ("MONOCHROME1", "MONOCHROME2"):
        raise BadInput("not_ct", "it is a colour picture, not a CT slice", source=name)


def _require_bits(header: Dataset, name: str) -> None:
    allocated, stored = header.get("BitsAllocated"), header.get("BitsStored")
    if allocated not in (8, 16, 32):
        raise BadInput("bad_pixels", "its BitsAllocated (0028,0100) is not 8, 16 or 32", source=name)
    if not isinstance(stored, int) or not 1 <= stored <= allocated:
        reason = "its BitsStored (0028,0101) does not lie between 1 and BitsAllocated"
        raise BadInput("bad_pixels", reason, source=name)
    if header.get("HighBit") not in (None, stored - 1):
        reason = "its HighBit (0028,0102) is not BitsStored - 1: where its values lie is not certain"
        raise BadInput("bad_pixels", reason, source=name)
    if header.get("PixelRepresentation") not in (0, 1):
        raise BadInput("bad_pixels", "its PixelRepresentation (0028,0103) is not 0 or 1", source=name)


def require_one_rescale(slices: Sequence[tuple[str, Dataset]]) -> None:
    """Slope and intercept on all slices of a series or on none. ``slices``: name and header of each.

    Raises ``BadInput`` (rescale_missing) naming the slices without.
    """
    lacking = {
        keyword: [name for name, header in slices if _number(header, keyword) is None]
        for keyword in ("RescaleSlope", "RescaleIntercept")
    }
    if len(lacking["RescaleSlope"]) == len(lacking["RescaleIntercept"]) == len(slices):
        return
    for keyword, names in lacking.items():
        if not names:
            continue
        listed = ", ".join(printable(name.rpartition("/")[2]) for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        share = f"{len(names)} of {len(slices)} slices"
        reason = f"{keyword} {_TAG_OF[keyword]} is missing in {share}: {listed}{more}"
        raise BadInput("rescale_missing", reason)


def lacks_rescale(header: Dataset) -> bool:
    """Whether a header states neither slope nor intercept."""
    return _number(header, "RescaleSlope") is None and _number(header, "RescaleIntercept") is None


def is_modified(header: Dataset) -> bool:
    """Whether a material was taken out of the picture by calculation (virtual non-contrast and the like)."""
    words = _image_words(header)
    return _letters(header.get("RescaleType")) in _MODIFIED_TYPES or bool(words & _MODIFIED_WORDS)


def names_no_known_unit(header: Dataset) -> bool:
    """Whether RescaleType has a word that is neither Hounsfield units nor any other unit known here."""
    return _letters(header.get("RescaleType")) not in _HU_TYPES | _MODIFIED_TYPES


def is_called_a_map(header: Dataset) -> bool:
    """Whether the series' description, which is free text, names a map that holds no HU."""
    return _MAP_DESCRIPTION.search(str(header.get("SeriesDescription") or "")) is not None


def to_hounsfield(pixels: NDArray[Any], header: Dataset) -> Decoded:
    """Stored values ``pixels[row, column]`` as HU: slope * value + intercept, rounded.

    Bits above BitsStored (overlays of old scanners) are left out, whatever the compression. The padding value
    is applied where it cannot be a patient's, and else only where it fills the frame around the scan.
    Raises ``BadInput`` (not_hounsfield) where a value is out of the range of int16.
    """
    slope, intercept = _number(header, "RescaleSlope") or 1.0, _number(header, "RescaleIntercept") or 0.0
    stored, stray = stored_bits(pixels, int(header.BitsStored), signed=int(header.PixelRepresentation) == 1)
    hu = np.rint(stored * slope + intercept)
    amid = 0
    limits = _padding(header)
    if limits is not None:
        padded = _is_padding(pixels, limits) | _is_padding(stored, limits)
        apply, amid = _outside(padded, hu)
        hu[apply] = PADDING_HU
        stray &= ~padded
    if not np.isfinite(hu).all() or hu.min() < -32768 or hu.max() > 32767:
        raise BadInput("not_hounsfield", "its values are out of the range of Hounsfield units")
    return Decoded(np.asarray(hu.astype(np.int16).T), int(np.count_nonzero(stray)), amid)


def stored_bits(pixels: NDArray[Any], bits: int, *, signed: bool) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The values in the lowest ``bits`` of each pixel, and which pixels held something else above them."""
    if bits >= 8 * pixels.dtype.itemsize:
        return pixels, np.zeros(pixels.shape, dtype=bool)
    values = pixels.astype(np.int64) & ((1 << bits) - 1)
    if signed:
        sign = 1 << (bits - 1)
        values = (values ^ sign) - sign
    return values, values != pixels


def _padding(header: Dataset) -> tuple[int, int] | None:
    """Lowest and highest stored value that mean "no picture here"."""
    value, limit = header.get("PixelPaddingValue"), header.get("PixelPaddingRangeLimit")
    if not isinstance(value, int):
        return None
    ends = (value, limit if isinstance(limit, int) else value)
    return min(ends), max(ends)


def _is_padding(pixels: NDArray[Any], limits: tuple[int, int]) -> NDArray[np.bool_]:
    """Headers write a padding value signed or unsigned as they please: both readings count."""
    low, high = limits
    inside = (pixels >= low) & (pixels <= high)
    turn = 1 << (8 * pixels.dtype.itemsize if pixels.dtype.itemsize < 8 else 16)
    for shift in (-turn, turn):
        inside |= (pixels >= low + shift) & (pixels <= high + shift)
    return np.asarray(inside)


def _outside(padded: NDArray[np.bool_], hu: NDArray[Any]) -> tuple[NDArray[np.bool_], int]:
    """Where padding is applied, and how many of a patient's voxels have its value as well."""
    low, high = _PATIENT_HU
    certain = padded & ((hu < low) | (hu > high))
    doubtful = padded & ~certain
    if not doubtful.any():
        return certain, 0
    regions, _ = scipy.ndimage.label(padded)
    corners = {int(regions[row, column]) for row in (0, -1) for column in (0, -1)}
    # a scanner pads all that lies outside of its round field of view: every corner
    frame = np.isin(regions, list(corners)) if 0 not in corners else np.zeros(padded.shape, dtype=bool)
    amid = doubtful & ~frame & (hu > _BODY_FROM_HU)
    return certain | (doubtful & frame), int(np.count_nonzero(amid))


def _image_words(header: Dataset) -> frozenset[str]:
    """The values of ImageType after the first two, in capitals with underscores."""
    stated = header.get("ImageType") or []
    parts = str(stated).split("\\") if isinstance(stated, str) else [str(part) for part in stated]
    return frozenset(re.sub(r"[^A-Z0-9]+", "_", part.upper()).strip("_") for part in parts[2:])


def _letters(value: Any) -> str:
    return re.sub(r"[^A-Z0-9]", "", str(value or "").upper())


def _is_number(value: Any) -> bool:
    """Whether a value is absent, empty or one finite number."""
    if value is None or value == "":
        return True
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _number(header: Dataset, keyword: str) -> float | None:
    value = header.get(keyword)
    return None if value is None or value == "" else float(value)
