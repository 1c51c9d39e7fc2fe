"""The facts of a CT series that may be kept, and how each is checked before it is.

Numbers must be numbers in a plausible range; words must be in the lists of ``vocabulary``. A manufacturer's
model or a reconstruction kernel of an unknown form becomes ``other``: a name typed there stays outside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from backend.science.deid import vocabulary
from backend.science.deid.keys import keyed_hash
from backend.science.deid.vocabulary import OTHER

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Number:
    """A number that may be kept: DICOM keyword, the name of the fact, its range."""

    keyword: str
    fact: str
    low: float
    high: float


_NUMBERS = (
    _Number("KVP", "kvp", 40, 200),
    _Number("SliceThickness", "slice_thickness_mm", 0.1, 20),
    _Number("SpacingBetweenSlices", "spacing_between_slices_mm", 0.1, 20),
    _Number("GantryDetectorTilt", "gantry_tilt_degrees", -45, 45),
    _Number("SpiralPitchFactor", "pitch", 0.05, 5),
    _Number("ReconstructionDiameter", "reconstruction_diameter_mm", 20, 1000),
)
# these change from slice to slice with the modulation of the tube: their mean is kept
_AVERAGED = (
    _Number("XRayTubeCurrent", "tube_current_ma", 1, 2000),
    _Number("Exposure", "exposure_mas", 0.1, 5000),
    _Number("CTDIvol", "ctdi_vol_mgy", 0.01, 500),
)
# read to decide about the words above, never passed on
_READ_FOR_WORDS = (
    *("Manufacturer", "ManufacturerModelName", "ConvolutionKernel", "BodyPartExamined", "PatientPosition"),
    *("ImageType", "ContrastBolusAgent", "ContrastBolusVolume", "SeriesDescription", "DeviceSerialNumber"),
    *("ReconstructionAlgorithm", "IterativeReconstructionMethod", "LossyImageCompression"),
)
# as the longest number of a model has
_MOST_MODEL_DIGITS = 4
_SIEMENS_GROUP = 0x0019
_SIEMENS_CREATOR = "SIEMENS CT VA0  COAD"
_OSTEO_ELEMENTS = {"slope": 0x92, "intercept": 0x93}

FACT_KEYWORDS: tuple[str, ...] = (*(n.keyword for n in (*_NUMBERS, *_AVERAGED)), *_READ_FOR_WORDS)
PRIVATE_TAGS: tuple[int, ...] = tuple(
    (_SIEMENS_GROUP << 16) | element
    for block in range(0x10, 0x20)
    for element in (block, *((block << 8) | low for low in _OSTEO_ELEMENTS.values()))
)


def allowed_facts(headers: Iterable[Dataset], secret: bytes) -> Facts:
    """What may be kept of a series, from the headers of its slices. Absent facts are left out."""
    datasets = list(headers)
    first = datasets[0]
    facts: Facts = {"modality": "CT"}
    for wanted in _NUMBERS:
        _keep(facts, wanted.fact, _number(first, wanted))
    for wanted in _AVERAGED:
        values = [v for v in (_number(dataset, wanted) for dataset in datasets) if v is not None]
        _keep(facts, wanted.fact, round(sum(values) / len(values), 2) if values else None)
    for fact, derive in _WORDS.items():
        _keep(facts, fact, derive(first))
    if len({_text(dataset, "ConvolutionKernel") for dataset in datasets}) > 1:
        facts["kernel"] = "mixed"
    serial = _text(first, "DeviceSerialNumber")
    if serial:
        facts["device_hmac"] = keyed_hash(secret, "device", serial.strip())[:16]
    osteo = _osteo_regression(first)
    if osteo:
        facts["osteo_regression_candidate"] = osteo
    return facts


def _keep(facts: Facts, name: str, value: Any) -> None:
    if value is not None:
        facts[name] = value


def _text(dataset: Dataset, keyword: str) -> str:
    """A header's value as text, several joined by a backslash as DICOM writes them."""
    value = dataset.get(keyword)
    if value is None:
        return ""
    if isinstance(value, (MultiValue, list)):
        return "\\".join(str(part) for part in value)
    return str(value).strip()


def _number(dataset: Dataset, wanted: _Number) -> float | None:
    return _in_range(dataset.get(wanted.keyword), wanted.low, wanted.high)


def _in_range(value: Any, low: float, high: float) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and low <= number <= high else None


def _manufacturer(dataset: Dataset) -> str | None:
    text = _text(dataset, "Manufacturer").lower()
    if not text:
        return None
    return next((name for start, name in vocabulary.MANUFACTURERS if text.startswith(start)), OTHER)


def _model(dataset: Dataset) -> str | None:
    """Known words, one of them longer than initials, and no more digits than a model's number has."""
    text = _text(dataset, "ManufacturerModelName")
    if not text:
        return None
    words = re.findall(r"[a-z]+|[^a-z0-9\s_+./-]+", text.lower())
    known = all(word in vocabulary.MODEL_WORDS for word in words) and any(len(word) > 2 for word in words)
    # counted together: 1962-04-17 is three short numbers and a birthday
    short = len(re.findall("[0-9]", text)) <= _MOST_MODEL_DIGITS
    return " ".join(text.split()) if known and short else OTHER


def _kernel(dataset: Dataset) -> str | None:
    text = _text(dataset, "ConvolutionKernel")
    if not text:
        return None
    return text if any(pattern.fullmatch(text) for pattern in vocabulary.KERNEL_FORMS) else OTHER


def _reconstruction(dataset: Dataset) -> str | None:
    """Filtered back projection or iterative, as far as kernel and stated method tell."""
    kernel, maker = _text(dataset, "ConvolutionKernel"), _manufacturer(dataset)
    method = _text(dataset, "IterativeReconstructionMethod") or _text(dataset, "ReconstructionAlgorithm")
    if "ITER" in method.upper():
        return "iterative"
    if maker == "Siemens" and re.match(r"[IQJ]", kernel):
        return "iterative"
    if "FILTER_BACK_PROJ" in method.upper() or (maker == "Siemens" and re.match(r"[BHU]\d", kernel)):
        return "fbp"
    return None


def _word(keyword: str, known: frozenset[str]) -> Callable[[Dataset], str | None]:
    def derive(dataset: Dataset) -> str | None:
        text = _text(dataset, keyword).upper().replace(" ", "")
        return text if text in known else None

    return derive


def _image_type(dataset: Dataset) -> list[str] | None:
    words = [w for w in _text(dataset, "ImageType").upper().split("\\") if w in vocabulary.IMAGE_TYPES]
    return words or None


def _contrast(dataset: Dataset) -> str | None:
    """none, enhanced or unknown. Some scanners state the agent of an earlier injection with a volume of 0."""
    if "ContrastBolusAgent" not in dataset and "ContrastBolusVolume" not in dataset:
        return "none"
    agent = _text(dataset, "ContrastBolusAgent").strip().lower()
    volume = _in_range(dataset.get("ContrastBolusVolume"), 0, 1000)
    if volume is not None and volume > 0:
        return "enhanced"
    if volume == 0 or not agent or agent in ("none", "no", "without"):
        return "unknown" if agent and agent not in ("none", "no", "without") else "none"
    return "enhanced"


def _phase(dataset: Dataset) -> str | None:
    """The phase named in the series' description, as one of three words; the description stays behind."""
    text = re.sub(r"[_,;/()]", " ", _text(dataset, "SeriesDescription").lower())
    return next((phase for pattern, phase in vocabulary.PHASES if pattern.search(text)), None)


def _lossy(dataset: Dataset) -> bool | None:
    return True if _text(dataset, "LossyImageCompression") == "01" else None


_WORDS: Mapping[str, Callable[[Dataset], Any]] = {
    "manufacturer": _manufacturer,
    "model": _model,
    "kernel": _kernel,
    "reconstruction": _reconstruction,
    "body_part": _word("BodyPartExamined", vocabulary.BODY_PARTS),
    "patient_position": _word("PatientPosition", vocabulary.PATIENT_POSITIONS),
    "image_type": _image_type,
    "contrast": _contrast,
    "contrast_phase_candidate": _phase,
    "lossy_compression": _lossy,
}


def _osteo_regression(dataset: Dataset) -> Facts | None:
    """Siemens' private line from HU to bone density: two numbers, kept as a candidate, never applied."""
    creators = (dataset.get((_SIEMENS_GROUP, block)) for block in range(0x10, 0x20))
    for block, creator in enumerate(creators, start=0x10):
        if creator is None or str(creator.value).strip() != _SIEMENS_CREATOR:
            continue
        values = {}
        for name, low in _OSTEO_ELEMENTS.items():
            element = dataset.get((_SIEMENS_GROUP, (block << 8) | low))
            values[name] = None if element is None else _in_range(element.value, -1000, 1000)
        if values["slope"] is None or values["intercept"] is None or values["slope"] <= 0:
            return None
        return {**values, "source": "(0019,xx92), (0019,xx93) of SIEMENS CT VA0  COAD"}
    return None
