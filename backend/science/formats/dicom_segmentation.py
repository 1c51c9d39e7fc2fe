"""A mask as a DICOM Segmentation on its CT's images: a segment for each level, with code and colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from backend.science import terminology
from backend.science.errors import BadInput
from backend.science.formats.dicom_series import MAKER, SEG_SERIES, CtSeries, Identity, say_when, upright
from backend.science.labels import BY_LABEL, name_of, sort_labels
from backend.science.volume import Mask, label_voxels

if TYPE_CHECKING:
    from highdicom.seg import Segmentation, SegmentDescription

PRIVATE_SCHEME = "99VERTEBASE"
_CATEGORY = Code(
    terminology.ANATOMICAL_STRUCTURE.value, terminology.SCHEME, terminology.ANATOMICAL_STRUCTURE.meaning
)


def level_code(label: int) -> Code:
    """The code of a level in SNOMED CT; where it has none (T13, L6) one of ours, that says so."""
    code = terminology.code_of(label)
    if code == terminology.VERTEBRA:
        return Code(name_of(label), PRIVATE_SCHEME, f"{name_of(label)} vertebra (no SNOMED CT code)")
    return Code(code.value, terminology.SCHEME, code.meaning)


def level_of(code: Code | Dataset) -> int | None:
    """The level that such a code names, read back."""
    if isinstance(code, Dataset):
        code = Code(code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning)
    if code.scheme_designator == PRIVATE_SCHEME:
        named = [label for label, level in BY_LABEL.items() if level.name == code.value]
        return named[0] if named else None
    return terminology.level_of_code(code.value) if code.scheme_designator == terminology.SCHEME else None


def tracking_uid(identity: Identity, label: int) -> str:
    """What stands for one vertebra of a case, in its segmentation and in the report on it."""
    return identity.uid("vertebra", str(label))


def segmentation(mask: Mask, ct: CtSeries, *, digest: str) -> Segmentation:
    """The mask's DICOM Segmentation; ``digest`` tells it from other masks of the case.

    Raises
    ------
    BadInput
        ``empty_mask``: there is no vertebra in it. ``sheared_grid``, as for the CT.
    """
    from highdicom.seg import Segmentation, SegmentationTypeValues

    labels = sort_labels(label_voxels(mask.array))
    if not labels:
        raise BadInput("empty_mask", "it shows no vertebra, and a DICOM Segmentation needs one")
    numbers = np.zeros(256, dtype=np.uint8)
    for number, label in enumerate(labels, start=1):
        numbers[label] = number
    frames = np.ascontiguousarray(numbers[upright(mask).array].transpose(2, 1, 0))
    identity = ct.identity
    made = Segmentation(
        source_images=[_as_source(ct.header(number)) for number in range(1, len(ct) + 1)],
        pixel_array=frames,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _described(number, label, identity) for number, label in enumerate(labels, start=1)
        ],
        series_instance_uid=identity.series_uid("SEG", digest),
        series_number=SEG_SERIES,
        sop_instance_uid=identity.instance_uid("SEG", digest),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MAKER,
        software_versions=identity.software or MAKER,
        device_serial_number=MAKER,
        content_label="VERTEBRAE",
        content_description="Vertebrae as accepted",
        series_description="Vertebrae",
    )
    say_when(made, identity)
    return made


def _as_source(header: Dataset) -> Dataset:
    header.PixelData = b""  # only its being there is asked for
    return header


def _described(number: int, label: int, identity: Identity) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    return SegmentDescription(
        segment_number=number,
        segment_label=name_of(label),
        segmented_property_category=_CATEGORY,
        segmented_property_type=level_code(label),
        # proposed by an engine and corrected, or drawn, by people
        algorithm_type=SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=MAKER, family=codes.cid7162.ArtificialIntelligence, version=identity.software or MAKER
        ),
        tracking_uid=tracking_uid(identity, label),
        tracking_id=f"{identity.patient} {name_of(label)}",
        display_color=CIELabColor.from_rgb(*BY_LABEL[label].rgb),
    )
