"""One scan that came in twice, under other UIDs or another patient: found by voxels, settled by a manager.

Unseen it would put one patient into the training and the test part of a release.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.errors import Conflict
from backend.imaging.models import COPY_FORMAT, Patient, SameScan, SameScanAnswer, Series, Volume
from backend.imaging.services.inclusion import check_all, settle
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role


class PatientsMerged(Conflict):
    code = "patients_merged"
    message = "These were said to be one patient, and their series lie together now: they cannot be parted."


def note_same_scans(*, series: Series, volume: Volume) -> list[SameScan]:
    """Note which series of the project hold the same voxels as one that came in; within its transaction."""
    same = Q(volume__voxels_sha256=volume.voxels_sha256, volume__shape=volume.shape)
    if series.pixels_hmac:
        same |= Q(pixels_hmac=series.pixels_hmac)
    others = Series.objects.filter(same, project=series.project_id).exclude(pk=series.pk)
    return [
        SameScan.objects.create(project_id=series.project_id, first=other, second=series)
        for other in others.exclude(source_format=COPY_FORMAT)
    ]


@transaction.atomic
def answer_same_scan(*, actor: User, pair: SameScan, answer: str, note: str = "") -> SameScan:
    """Say what two series with the same voxels are (manager). "One scan" makes their patients one.

    Raises
    ------
    PatientsMerged
        they were said to be one patient before: that is not taken back.
    """
    require_role(actor, pair.project, Role.MANAGER)
    Project.objects.select_for_update().get(pk=pair.project_id)
    row = SameScan.objects.select_for_update().get(pk=pair.pk)
    same = answer != SameScanAnswer.DIFFERENT
    if not same and row.answer not in ("", SameScanAnswer.DIFFERENT):
        raise PatientsMerged
    row.answer, row.note = SameScanAnswer(answer), note.strip()
    row.answered_by, row.answered_at = actor, timezone.now()
    row.save()
    first = Series.objects.select_related("patient").get(pk=row.first_id)
    second = Series.objects.select_related("patient").get(pk=row.second_id)
    if same and first.patient_id != second.patient_id:
        merge_patients(actor=actor, kept=first.patient, other=second.patient)
    audit.record(
        actor=actor,
        act=scan_acts.SameScanAnswered(answer=answer, series=[first.pk, second.pk]),
        subject=row,
        project_id=row.project_id,
    )
    settle(Series.objects.select_related("project").get(pk=second.pk))
    return row


def merge_patients(*, actor: User, kept: Patient, other: Patient) -> None:
    """Move all series of ``other`` to ``kept``, now and in later uploads; the caller has the lock."""
    highest = Series.objects.filter(patient=kept).exclude(source_format=COPY_FORMAT)
    number = highest.aggregate(highest=Max("number"))["highest"] or 0
    for series in Series.objects.filter(patient=other).order_by("number"):
        if series.source_format != COPY_FORMAT:
            number += 1
            series.number = number
        series.patient = kept
        series.save(update_fields=["patient", "number", "updated_at"])
    Patient.objects.filter(merged_into=other).update(merged_into=kept)
    other.merged_into = kept
    other.save(update_fields=["merged_into", "updated_at"])
    kept.sex = kept.sex or other.sex
    kept.age_years = kept.age_years if kept.age_years is not None else other.age_years
    kept.save(update_fields=["sex", "age_years", "updated_at"])
    audit.record(
        actor=actor, act=scan_acts.PatientMerged(into=kept.pk), subject=other, project_id=kept.project_id
    )
    check_all(Series.objects.filter(patient=kept).exclude(source_format=COPY_FORMAT))
