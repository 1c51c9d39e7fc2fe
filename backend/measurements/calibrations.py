"""Records that turn HU into bone density: candidates from headers, and what people make of them.

No coefficient is built in. A record comes from a scanner's header or is entered by a person, and counts once
a physicist or a manager has verified it with its phantom, its source and the time in which it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict, Invalid, NotFound
from backend.imaging.models import Series
from backend.measurements.models import (
    CalibrationKind,
    CalibrationRecord,
    CalibrationState,
    ContrastPhase,
    PeriodVerdict,
    SeriesPhase,
)
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role, require_role

HEADER_LINE = "osteo_regression_candidate"  # the fact of a series that holds a line from its header
KEEPERS = (Role.PHYSICIST, Role.MANAGER)


class NotACandidate(Conflict):
    code = "not_a_candidate"
    message = "This record was verified or retired already."


class IncompleteRecord(Invalid):
    code = "incomplete_record"


@dataclass(frozen=True, slots=True)
class CalibrationDraft:
    """A record as somebody enters it."""

    scanner_model: str
    kvp: float
    slope: float
    intercept: float
    kind: str = CalibrationKind.DENSITY
    device_hash: str = ""
    kernel: str = ""
    phase: str = ContrastPhase.NONE
    phantom: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a record needs before it counts."""

    phantom: str
    source: str
    valid_from: date
    valid_to: date | None = None
    note: str = ""


def scanner_of(facts: dict[str, Any]) -> str:
    """Maker and model as one name; "" where the header gives no model."""
    model = str(facts.get("model") or "")
    return f"{facts.get('manufacturer') or ''} {model}".strip() if model else ""


def calibrations_of(project: Project) -> Any:
    """The project's records, with whoever verified them."""
    return CalibrationRecord.objects.filter(project=project).select_related("verified_by", "created_by")


def calibration_kept_by(user: User, calibration_id: UUID) -> CalibrationRecord:
    """A record of a project whose physicist or manager the user is; `NotFound` for anybody else."""
    mine = projects_with_role(user, *KEEPERS).values("pk")
    record = CalibrationRecord.objects.filter(pk=calibration_id, project__in=mine).first()
    if record is None:
        raise NotFound
    return record


def note_header_line(*, volume_id: UUID) -> None:
    """Keep the line that a scanner wrote into a header as a candidate, once for each setting."""
    series = Series.objects.get(volume=volume_id)
    facts = series.facts
    line, scanner, kvp = facts.get(HEADER_LINE), scanner_of(facts), facts.get("kvp")
    if not line or not scanner or not kvp:
        return
    CalibrationRecord.objects.get_or_create(
        project_id=series.project_id,
        scanner_model=scanner,
        device_hash=str(facts.get("device_hmac") or ""),
        kvp=float(kvp),
        kernel=str(facts.get("kernel") or ""),
        slope=float(line["slope"]),
        intercept=float(line["intercept"]),
        from_header=True,
        defaults={"source": f"The CT's header: {line.get('source', 'private elements')}"},
    )


def settle_periods(series: Series, acquired: date) -> None:
    """Note which verified records held on the day of a scan, while the ingest knows that day."""
    rows = CalibrationRecord.objects.filter(
        project_id=series.project_id, state=CalibrationState.VERIFIED, valid_from__isnull=False
    )
    PeriodVerdict.objects.bulk_create(
        PeriodVerdict(
            series=series,
            record=row,
            within=row.valid_from <= acquired and (row.valid_to is None or acquired <= row.valid_to),
        )
        for row in rows
        if row.valid_from is not None
    )


@transaction.atomic
def state_period(*, series_id: UUID, actor: User, record_id: UUID, within: bool) -> PeriodVerdict:
    """Say whether a record held when a series was scanned; this stands above what its year says."""
    series = _kept_series(actor, series_id)
    record = CalibrationRecord.objects.filter(pk=record_id, project_id=series.project_id).first()
    if record is None:
        raise NotFound
    row, _ = PeriodVerdict.objects.update_or_create(
        series=series, record=record, defaults={"within": within, "stated_by": actor}
    )
    audit.record(
        actor=actor,
        act=scan_acts.SeriesPeriodStated(record=record.pk, within=within),
        subject=series,
        project_id=series.project_id,
    )
    return row


def _kept_series(actor: User, series_id: UUID) -> Series:
    """A series of a project whose physicist or manager the user is."""
    mine = projects_with_role(actor, *KEEPERS).values("pk")
    series = Series.objects.filter(pk=series_id, project__in=mine).first()
    if series is None:
        raise NotFound
    return series


@transaction.atomic
def enter_calibration(*, project: Project, actor: User, draft: CalibrationDraft) -> CalibrationRecord:
    """Enter a record by hand; it is a candidate until it is verified."""
    require_role(actor, project, *KEEPERS)
    if draft.slope <= 0:
        raise Invalid("slope_not_positive", "The slope must be more than 0.")
    if draft.kind == CalibrationKind.CONTRAST and draft.phase == ContrastPhase.NONE:
        raise Invalid(
            "phase_missing", "A contrast correction is for the arterial or the portal venous phase."
        )
    _check_dates(draft.valid_from, draft.valid_to)
    record = CalibrationRecord.objects.create(
        project=project,
        created_by=actor,
        **{name: getattr(draft, name) for name in CalibrationDraft.__slots__},
    )
    _record(actor, record, scan_acts.CalibrationEntered(**_numbers(record)))
    return record


@transaction.atomic
def verify(*, calibration_id: UUID, actor: User, given: Verification) -> CalibrationRecord:
    """Let a candidate count. Bone densities that it fits are told from now on.

    Raises
    ------
    NotACandidate
        Verified or retired before.
    IncompleteRecord
        Without a phantom or a source.
    """
    record = CalibrationRecord.objects.select_for_update().get(pk=calibration_id)
    if record.state != CalibrationState.CANDIDATE:
        raise NotACandidate
    if not given.phantom.strip() or not given.source.strip():
        raise IncompleteRecord(message="Name the phantom and the source of the numbers.")
    _check_dates(given.valid_from, given.valid_to)
    record.state = CalibrationState.VERIFIED
    record.phantom, record.source, record.note = given.phantom.strip(), given.source.strip(), given.note
    record.valid_from, record.valid_to = given.valid_from, given.valid_to
    record.verified_by, record.verified_at = actor, timezone.now()
    record.save()
    act = scan_acts.CalibrationVerified(**_numbers(record), phantom=record.phantom, source=record.source)
    _record(actor, record, act)
    return record


@transaction.atomic
def retire(*, calibration_id: UUID, actor: User, note: str) -> CalibrationRecord:
    """Let a record count no more; it stays to be seen."""
    record = CalibrationRecord.objects.select_for_update().get(pk=calibration_id)
    if record.state == CalibrationState.RETIRED:
        return record
    record.state = CalibrationState.RETIRED
    record.note = note
    record.save(update_fields=["state", "note", "updated_at"])
    _record(actor, record, scan_acts.CalibrationRetired(**_numbers(record), note=note))
    return record


@transaction.atomic
def state_phase(*, series_id: UUID, actor: User, phase: str) -> SeriesPhase:
    """Say which contrast phase a series shows; this stands above what its header says."""
    series = _kept_series(actor, series_id)
    row, _ = SeriesPhase.objects.update_or_create(
        series=series, defaults={"phase": phase, "stated_by": actor}
    )
    audit.record(
        actor=actor,
        act=scan_acts.SeriesPhaseStated(phase=phase),
        subject=series,
        project_id=series.project_id,
    )
    return row


def _check_dates(start: date | None, end: date | None) -> None:
    if start is not None and end is not None and end < start:
        raise Invalid("dates_reversed", "The last day lies before the first.")


class _Numbers(TypedDict):
    scanner: str
    kvp: float
    slope: float
    intercept: float


def _numbers(record: CalibrationRecord) -> _Numbers:
    return {
        "scanner": record.scanner_model,
        "kvp": record.kvp,
        "slope": record.slope,
        "intercept": record.intercept,
    }


def _record(actor: User, record: CalibrationRecord, act: Act) -> None:
    audit.record(actor=actor, act=act, subject=record, project_id=record.project_id)
