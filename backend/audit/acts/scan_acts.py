"""Acts on what is uploaded, and on what is known of a scan."""

from __future__ import annotations

from uuid import UUID

from backend.audit.acts.act import Act
from backend.audit.acts.verb import Verb


class BatchCreated(Act, verb=Verb.BATCH_CREATED, sentence="Upload begun"):
    pass


class BatchProcessed(Act, verb=Verb.BATCH_PROCESSED, sentence="Upload of {files} files read"):
    files: int


class BatchWithdrawn(Act, verb=Verb.BATCH_WITHDRAWN, sentence="Upload withdrawn with its {files} files"):
    was: str
    files: int
    bytes: int


class BatchExpired(Act, verb=Verb.BATCH_EXPIRED, sentence="Upload of {files} files deleted after its time"):
    was: str
    files: int
    bytes: int


class UploadResolved(Act, verb=Verb.UPLOAD_RESOLVED, sentence="File closed and deleted: {note}"):
    note: str


class UploadExpired(Act, verb=Verb.UPLOAD_EXPIRED, sentence="File deleted after its time"):
    pass


class SeriesIngested(Act, verb=Verb.SERIES_INGESTED, sentence="Series taken in"):
    batch: UUID
    voxels_sha256: str


class SeriesPeriodStated(
    Act, verb=Verb.SERIES_PERIOD_STATED, sentence="Said whether a calibration held: {within}"
):
    record: UUID
    within: bool


class SeriesPhaseStated(Act, verb=Verb.SERIES_PHASE_STATED, sentence="Contrast phase: {phase}"):
    phase: str

    words = {
        "phase": {
            "": "not known",
            "none": "without contrast",
            "arterial": "arterial",
            "portal_venous": "portal venous",
        }
    }


class InclusionRulesChanged(
    Act, verb=Verb.INCLUSION_RULES_CHANGED, sentence="Rules of inclusion changed: {asked}"
):
    asked: list[str]


class InclusionStated(Act, verb=Verb.INCLUSION_STATED, sentence="Rule {rule} stated by hand: {state}"):
    rule: str
    state: str
    fact: str

    words = {"state": {"passed": "met", "failed": "not met", "unknown": "not known"}}


class InclusionWaived(Act, verb=Verb.INCLUSION_WAIVED, sentence="Rule {rule} waived: {reason}"):
    rule: str
    reason: str


class InclusionWaiverWithdrawn(
    Act, verb=Verb.INCLUSION_WAIVER_WITHDRAWN, sentence="Rule {rule} counts again"
):
    rule: str


class MaskAdded(Act, verb=Verb.MASK_ADDED, sentence="Mask {number} added"):
    number: int
    source: str
    digest: str


class MaskNumberingConfirmed(
    Act, verb=Verb.MASK_NUMBERING_CONFIRMED, sentence="Numbers of the mask read as {numbering}"
):
    series: UUID
    numbering: str
    levels: dict[str, int | None]


class MaskRefused(Act, verb=Verb.MASK_REFUSED, sentence="Did without the mask"):
    series: UUID


class MaskRefusalTakenBack(Act, verb=Verb.MASK_REFUSAL_TAKEN_BACK, sentence="Asks again about the mask"):
    series: UUID


class SameScanAnswered(Act, verb=Verb.SAME_SCAN_ANSWERED, sentence="Two series of one scan: {answer}"):
    answer: str
    series: list[UUID]

    words = {
        "answer": {
            "keep_out": "the second is kept out",
            "keep_both": "both stay",
            "different": "they are two patients",
        }
    }


class PatientMerged(Act, verb=Verb.PATIENT_MERGED, sentence="Patient joined with another"):
    into: UUID


class CalibrationEntered(Act, verb=Verb.CALIBRATION_ENTERED, sentence="Calibration of {scanner} entered"):
    scanner: str
    kvp: float
    slope: float
    intercept: float


class CalibrationVerified(Act, verb=Verb.CALIBRATION_VERIFIED, sentence="Calibration of {scanner} verified"):
    scanner: str
    kvp: float
    slope: float
    intercept: float
    phantom: str
    source: str


class CalibrationRetired(
    Act, verb=Verb.CALIBRATION_RETIRED, sentence="Calibration of {scanner} retired: {note}"
):
    scanner: str
    kvp: float
    slope: float
    intercept: float
    note: str


class MeasurementAdjusted(Act, verb=Verb.MEASUREMENT_ADJUSTED, sentence="Measured vertebra {label} by hand"):
    label: int
    kind: str


class MeasurementAdjustmentWithdrawn(
    Act, verb=Verb.MEASUREMENT_ADJUSTMENT_WITHDRAWN, sentence="Took a measurement of vertebra {label} back"
):
    label: int
    kind: str


RULERS = {"length": "distance", "angle": "angle", "cobb": "Cobb angle"}


class RulerDrawn(Act, verb=Verb.RULER_DRAWN, sentence="Measured by hand: {kind}"):
    kind: str
    points_ras_mm: list[list[float]]

    words = {"kind": RULERS}


class RulerChanged(Act, verb=Verb.RULER_CHANGED, sentence="Changed a measurement by hand: {kind}"):
    kind: str
    points_ras_mm: list[list[float]]

    words = {"kind": RULERS}


class RulerDeleted(Act, verb=Verb.RULER_DELETED, sentence="Deleted a measurement by hand: {kind}"):
    kind: str

    words = {"kind": RULERS}


class GradingSchemaChanged(Act, verb=Verb.GRADING_SCHEMA_CHANGED, sentence="Grading changed to {title}"):
    title: str
    asked: list[str]
