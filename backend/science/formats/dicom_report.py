"""What was measured of a mask as a DICOM Structured Report (TID 1500), vertebra by vertebra.

Each vertebra has two groups with one tracking identifier: what was measured of it, which refers to its
segment of the DICOM Segmentation (TID 1411), and its outline in the slice that shows most of it (TID 1410),
for viewers such as OHIF, which show a report by its regions in images. What DICOM and SNOMED CT have no code
for (a vertebra's three heights, Genant's grades) has a code of ours, under a scheme of our own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from backend.science import terminology
from backend.science.formats.dicom_segmentation import PRIVATE_SCHEME, level_code, tracking_uid
from backend.science.formats.dicom_series import MAKER, SR_SERIES, CtSeries, say_when, upright
from backend.science.labels import name_of, sort_labels
from backend.science.outlines import Outline, largest_outlines
from backend.science.volume import Mask

if TYPE_CHECKING:
    from highdicom.seg import Segmentation
    from highdicom.sr import (
        Comprehensive3DSR,
        FindingSite,
        Measurement,
        MeasurementReport,
        QualitativeEvaluation,
        TrackingIdentifier,
    )
    from highdicom.sr import PlanarROIMeasurementsAndQualitativeEvaluations as Outlined
    from highdicom.sr import VolumetricROIMeasurementsAndQualitativeEvaluations as Measured

MM = Code("mm", "UCUM", "mm")
ML = Code("ml", "UCUM", "ml")
PERCENT = Code("%", "UCUM", "Percent")
HU = Code("[hnsf'U]", "UCUM", "Hounsfield unit")


def _own(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE_SCHEME, meaning)


VERTEBRA = Code(terminology.VERTEBRA.value, terminology.SCHEME, terminology.VERTEBRA.meaning)
# What is measured: its code and its unit, by the field of `VertebraFindings`.
MEASURED: dict[str, tuple[Code, Code]] = {
    "anterior_mm": (_own("HEIGHT_ANT", "Anterior height of vertebral body"), MM),
    "middle_mm": (_own("HEIGHT_MID", "Middle height of vertebral body"), MM),
    "posterior_mm": (_own("HEIGHT_POST", "Posterior height of vertebral body"), MM),
    "loss_percent": (_own("HEIGHT_LOSS", "Loss of height of vertebral body"), PERCENT),
    "volume_ml": (Code("118565006", "SCT", "Volume"), ML),
    "trabecular_hu": (_own("TRABECULAR_HU", "Mean attenuation of trabecular bone"), HU),
}
GRADE = _own("GENANT_GRADE", "Grade of vertebral fracture by Genant")
GRADES: dict[int, Code] = {
    0: _own("GENANT_0", "Grade 0: no fracture"),
    1: _own("GENANT_1", "Grade 1: mild, 20 to 25 percent"),
    2: _own("GENANT_2", "Grade 2: moderate, 25 to 40 percent"),
    3: _own("GENANT_3", "Grade 3: severe, over 40 percent"),
}
SHAPE = _own("GENANT_TYPE", "Type of vertebral fracture by Genant")


@dataclass(frozen=True, slots=True)
class VertebraFindings:
    """What is known of one vertebra; None where it was not measured, or not graded.

    Heights in mm, loss in percent of the tallest of the three, ``grade`` as the readers agreed on it.
    """

    anterior_mm: float | None = None
    middle_mm: float | None = None
    posterior_mm: float | None = None
    loss_percent: float | None = None
    volume_ml: float | None = None
    trabecular_hu: float | None = None
    grade: int | None = None
    fracture_type: str = ""


def report(
    findings: Mapping[int, VertebraFindings],
    mask: Mask,
    segmented: Segmentation,
    ct: CtSeries,
    *,
    digest: str,
) -> Comprehensive3DSR:
    """The report on the levels of the segmentation, in anatomical order; levels that it lacks are left out.

    ``segmented`` is ``mask`` as a DICOM Segmentation. ``digest`` is that of the mask, and of what was said of
    it where that may change while the mask stands.
    """
    from highdicom.sr import Comprehensive3DSR

    identity = ct.identity
    numbers = {entry.SegmentLabel: int(entry.SegmentNumber) for entry in segmented.SegmentSequence}
    labels = [label for label in sort_labels(findings) if name_of(label) in numbers]
    outlines = largest_outlines(upright(mask).array, labels)
    groups: list[Measured | Outlined] = []
    for label in labels:
        groups.append(_group(label, findings[label], segmented, numbers[name_of(label)], ct))
        groups.append(_outlined(label, outlines[label], ct))
    made = Comprehensive3DSR(
        evidence=[segmented, *(ct.header(number) for number in range(1, len(ct) + 1))],
        content=_content(groups, ct)[0],
        series_instance_uid=identity.series_uid("SR", digest),
        series_number=SR_SERIES,
        sop_instance_uid=identity.instance_uid("SR", digest),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
        series_description="Measurements of the vertebrae",
    )
    say_when(made, identity)
    _undate(made.ContentSequence)
    made.SoftwareVersions = identity.software
    return made


def _undate(items: Iterable[Dataset]) -> None:
    """No item has a time of its own, at which it was put together: the report's day holds for all."""
    for item in items:
        if "ObservationDateTime" in item:
            del item.ObservationDateTime
        _undate(item.get("ContentSequence", ()))


def _content(groups: Sequence[Measured | Outlined], ct: CtSeries) -> MeasurementReport:
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid=ct.identity.uid("observer"), name=MAKER, manufacturer_name=MAKER, model_name=MAKER
    )
    observer = ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    return MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=list(groups),
    )


def _group(
    label: int, found: VertebraFindings, segmented: Segmentation, number: int, ct: CtSeries
) -> Measured:
    from highdicom.sr import ReferencedSegment, VolumetricROIMeasurementsAndQualitativeEvaluations

    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracked(label, ct),
        referenced_segment=ReferencedSegment.from_segmentation(segmented, number),
        finding_type=VERTEBRA,
        finding_sites=_site(label),
        measurements=_measurements(found) or None,
        qualitative_evaluations=_said(found) or None,
    )


def _outlined(label: int, outline: Outline, ct: CtSeries) -> Outlined:
    from highdicom.sr import (
        GraphicTypeValues,
        ImageRegion,
        PlanarROIMeasurementsAndQualitativeEvaluations,
        SourceImageForRegion,
    )

    image = ct.header(outline.index + 1)
    return PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracked(label, ct),
        referenced_region=ImageRegion(
            graphic_type=GraphicTypeValues.POLYLINE,
            graphic_data=outline.corners,
            source_image=SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
        ),
        finding_type=VERTEBRA,
        finding_sites=_site(label),
    )


def _tracked(label: int, ct: CtSeries) -> TrackingIdentifier:
    from highdicom.sr import TrackingIdentifier

    name = f"{ct.identity.patient} {name_of(label)}"
    return TrackingIdentifier(uid=tracking_uid(ct.identity, label), identifier=name)


def _site(label: int) -> list[FindingSite]:
    from highdicom.sr import FindingSite

    return [FindingSite(anatomic_location=level_code(label))]


def _measurements(found: VertebraFindings) -> list[Measurement]:
    from highdicom.sr import Measurement

    rows = []
    for field, (name, unit) in MEASURED.items():
        value: float | None = getattr(found, field)
        if value is not None:
            rows.append(Measurement(name=name, value=round(value, 3), unit=unit))
    return rows


def _said(found: VertebraFindings) -> list[QualitativeEvaluation]:
    from highdicom.sr import QualitativeEvaluation

    rows = []
    if found.grade in GRADES:
        rows.append(QualitativeEvaluation(name=GRADE, value=GRADES[found.grade]))
    if found.fracture_type:
        shape = _own(f"TYPE_{found.fracture_type}".upper()[:16], found.fracture_type.capitalize())
        rows.append(QualitativeEvaluation(name=SHAPE, value=shape))
    return rows
