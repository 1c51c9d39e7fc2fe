"""What a structured report says of each vertebra, in a release and over DICOMweb alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from backend.consensus.models import AgreedGrade
from backend.masks.models import MaskVersion
from backend.measurements.selectors import measurements_of

if TYPE_CHECKING:
    from backend.science.formats.dicom_report import VertebraFindings


def vertebra_findings(mask: MaskVersion, grades: Mapping[int, AgreedGrade]) -> dict[int, VertebraFindings]:
    """What was measured of the mask, beside the grades given (by label); a vertebra with either is named."""
    from backend.science.formats.dicom_report import VertebraFindings  # with DICOM's table of all codes

    measured = measurements_of([mask.pk]).get(mask.pk, {})
    found = {}
    for label in {*measured, *grades}:
        row, grade = measured.get(label), grades.get(label)
        found[label] = VertebraFindings(
            anterior_mm=row.anterior_mm if row else None,
            middle_mm=row.middle_mm if row else None,
            posterior_mm=row.posterior_mm if row else None,
            loss_percent=row.loss_percent if row else None,
            volume_ml=row.volume_ml if row else None,
            trabecular_hu=row.hu_mean if row else None,
            grade=grade.grade if grade else None,
            fracture_type=grade.fracture_type if grade else "",
        )
    return found
