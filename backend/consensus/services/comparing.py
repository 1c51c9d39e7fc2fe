"""Holding the submissions of one task against each other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Submission, Task
from backend.annotation.selectors import latest_submissions
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.common.models import JobState
from backend.common.software import software_version
from backend.common.tasks import enqueue
from backend.consensus.answers import slot_name
from backend.consensus.events import ComparisonFinished
from backend.consensus.grades import grade_report
from backend.consensus.models import Comparison, DisagreementSpot
from backend.consensus.reports import ComparisonReport
from backend.masks.selectors import load_mask
from backend.science.agreement import compare_group
from backend.science.agreement.suspects import find_suspects
from backend.science.spots import Spot, find_spots
from backend.science.volume import Mask

COMPARE_KIND = "consensus.compare"
MAX_SPOTS = 500  # kept of a comparison, the largest; the report says how many there are


@transaction.atomic(savepoint=False)
def start_comparison(*, task: Task, requested_by: User | None = None) -> Comparison:
    """Compare what stands of a finished task; the same submissions are compared once only."""
    Task.objects.select_for_update().get(pk=task.pk)
    submissions = list(latest_submissions(task))
    wanted = {submission.pk for submission in submissions}
    for comparison in task.comparisons.exclude(state__in=(JobState.FAILED, JobState.CANCELLED)):
        if set(comparison.submissions.values_list("pk", flat=True)) == wanted:
            return comparison
    comparison = Comparison.objects.create(task=task, software_version=software_version())
    comparison.submissions.set(submissions)
    comparison.job = enqueue(
        COMPARE_KIND,
        subject_id=comparison.pk,
        project_id=task.case.project_id,
        requested_by=requested_by,
        comparison_id=str(comparison.pk),
    )
    comparison.save(update_fields=["job", "updated_at"])
    return comparison


def run_comparison(*, comparison_id: UUID) -> Comparison:
    """Compute and store the report and the spots. Safe to run twice: a finished one is left as it is."""
    comparison = Comparison.objects.select_related("task__case__project").get(pk=comparison_id)
    if comparison.state == JobState.SUCCEEDED:
        return comparison
    submissions = list(
        comparison.submissions.select_related(
            "assignment__task__start_mask__volume", "mask__volume"
        ).order_by("assignment__slot")
    )
    masks = [load_mask(submission.mask) for submission in submissions if submission.mask is not None]
    report = build_report(submissions, masks)
    spots = find_spots(masks).spots if len(masks) > 1 else []
    report["spots_total"] = len(spots)
    return _store(comparison_id, report, spots[:MAX_SPOTS])


def build_report(submissions: list[Submission], masks: list[Mask]) -> dict[str, Any]:
    """The comparison as stored: shapes and names where there are masks, grades always. No person is named."""
    report: dict[str, Any] = {
        "slots": [slot_name(submission.assignment.slot) for submission in submissions],
        "mask_slots": [slot_name(s.assignment.slot) for s in submissions if s.mask is not None],
        "labels": {},
        "grades": grade_report([submission.gradings for submission in submissions]),
    }
    if len(masks) > 1:
        report.update(compare_group(masks).to_json())
    report["suspects"] = suspects_among(submissions, masks)
    return report


def suspects_among(submissions: list[Submission], masks: list[Mask]) -> list[dict[str, str]]:
    """Raters (by letter) whose mask cannot be meant, judged by the others.

    The mask they started from is no judge: an engine may be one level off, and who mends that is right.
    """
    if not masks:
        return []
    drawers = [submission for submission in submissions if submission.mask is not None]
    return [
        {"slot": slot_name(drawers[one.rater].assignment.slot), "code": one.code, "text": one.text}
        for one in find_suspects(masks)
    ]


@transaction.atomic
def _store(comparison_id: UUID, report: dict[str, Any], spots: list[Spot]) -> Comparison:
    comparison = (
        Comparison.objects.select_for_update(of=("self",)).select_related("task__case").get(pk=comparison_id)
    )
    if comparison.state == JobState.SUCCEEDED:
        return comparison
    comparison.report = ComparisonReport.read(report).to_json()
    comparison.state = JobState.SUCCEEDED
    comparison.error = ""
    comparison.save()
    DisagreementSpot.objects.filter(comparison=comparison).delete()
    DisagreementSpot.objects.bulk_create(
        DisagreementSpot(
            comparison=comparison,
            label=spot.label,
            voxel=[int(index) for index in spot.voxel],
            volume_mm3=float(spot.volume_mm3),
            max_distance_mm=float(spot.max_distance_mm),
            kind=spot.kind,
        )
        for spot in spots
    )
    case = comparison.task.case
    audit.record(
        actor=None,
        act=case_acts.ComparisonFinished(comparison=comparison.pk, stage=comparison.task.stage_key),
        subject=case,
        project_id=case.project_id,
    )
    publish(ComparisonFinished(comparison.pk, case.pk, case.project_id))
    return comparison


class NothingFailed(Conflict):
    code = "nothing_failed"
    message = "Nothing failed here, or somebody has started it again already."


@transaction.atomic
def retry_comparison(*, comparison_id: UUID, actor: User | None) -> Comparison:
    """Make a failed comparison again.

    Raises
    ------
    NothingFailed
        It did not fail.
    """
    comparison = (
        Comparison.objects.select_for_update(of=("self",)).select_related("task__case").get(pk=comparison_id)
    )
    if comparison.state != JobState.FAILED:
        raise NothingFailed
    case = comparison.task.case
    comparison.state, comparison.error = JobState.QUEUED, ""
    comparison.software_version = software_version()
    comparison.job = enqueue(
        COMPARE_KIND,
        subject_id=comparison.pk,
        project_id=case.project_id,
        requested_by=actor,
        comparison_id=str(comparison.pk),
    )
    comparison.save()
    audit.record(
        actor=actor,
        act=case_acts.ComparisonRetried(comparison=comparison.pk),
        subject=case,
        project_id=case.project_id,
    )
    return comparison


def end_comparison(*, comparison_id: UUID, state: JobState, error: str) -> None:
    """Note why a comparison came to nothing.

    One that failed is started again by a person or, after a while, by the sweep; in place of one that was
    cancelled the case makes another when it is moved along.
    """
    Comparison.objects.filter(pk=comparison_id).exclude(state=JobState.SUCCEEDED).update(
        state=state, error=error[:2000], updated_at=timezone.now()
    )
