"""Drift of raters: looked for by a job, kept with "as of", and acted on by managers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Submission
from backend.annotation.quality.services.training import send_to_train_again
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.models import Job, JobState
from backend.common.tasks import enqueue
from backend.progress.keeping.selectors import DRIFT_KIND, stamp_of
from backend.progress.models import DriftAlarm, DriftState, DriftWatch
from backend.progress.raters.selectors.drift import Left, charts_of, those_that_left
from backend.projects.models import Project

REST = timedelta(hours=1)  # between two looks that nobody asked for
DAILY = timedelta(days=1)
MOST_BEHIND = 40  # hand-ins that are kept with an alarm, the newest


class DriftSettled(Conflict):
    code = "drift_settled"
    message = "Somebody has dealt with this warning already."


@dataclass(frozen=True, slots=True)
class Watch:
    """Of when the alarms are."""

    state: Literal["ready", "computing", "failed"]
    computed_at: datetime | None
    outdated: bool
    progress: float
    error: str
    kept: bool = True


def watch_of(project: Project, *, again: bool = False) -> Watch:
    """When the raters were last looked over; starts another look where one is due, or asked for."""
    row, _ = DriftWatch.objects.select_related("job").get_or_create(project=project)
    stamp = stamp_of(project)
    old = row.computed_at is None or (row.stamp != stamp and timezone.now() - row.computed_at >= REST)
    if not _under_way(row.job) and (again or (old and not _failed(row.job))):
        row = _start(row)
    job = row.job
    return Watch(
        state="computing" if _under_way(job) else "failed" if _failed(job) else "ready",
        computed_at=row.computed_at,
        outdated=row.stamp != stamp,
        progress=job.progress if job is not None and _under_way(job) else 1.0,
        error=job.error if job is not None else "",
    )


def watch_all() -> int:
    """Start a look at every project that has not been looked over since something changed; how many."""
    begun = 0
    for project in Project.objects.filter(archived_at__isnull=True).defer("guidelines"):
        row = DriftWatch.objects.filter(project=project).select_related("job").first()
        if not Submission.objects.filter(assignment__task__case__project=project).exists():
            continue
        if row is not None and (not _is_idle(row) or row.stamp == stamp_of(project)):
            continue
        _start(row or DriftWatch.objects.get_or_create(project=project)[0])
        begun += 1
    return begun


def _is_idle(row: DriftWatch) -> bool:
    """Whether a look is due by time; after one that failed somebody has to ask for the next."""
    rested = row.computed_at is None or timezone.now() - row.computed_at >= DAILY
    return rested and not _under_way(row.job) and not _failed(row.job)


def _under_way(job: Job | None) -> bool:
    return job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)


def _failed(job: Job | None) -> bool:
    return job is not None and job.state in (JobState.FAILED, JobState.CANCELLED)


def _start(row: DriftWatch) -> DriftWatch:
    with transaction.atomic():
        locked = DriftWatch.objects.select_for_update(of=("self",)).select_related("job").get(pk=row.pk)
        if not _under_way(locked.job):
            locked.job = enqueue(
                DRIFT_KIND,
                subject_id=locked.pk,
                project_id=locked.project_id,
                requested_by=None,
                watch_id=str(locked.pk),
            )
            locked.save(update_fields=["job", "updated_at"])
    return DriftWatch.objects.select_related("job").get(pk=row.pk)


def look(*, watch_id: UUID) -> None:
    """Look all raters of a project over, and keep what left its band. Safe to run twice."""
    row = DriftWatch.objects.select_related("project").get(pk=watch_id)
    stamp = stamp_of(row.project)
    for left in those_that_left(charts_of(row.project)):
        _keep(row.project, left)
    DriftWatch.objects.filter(pk=row.pk).update(stamp=stamp, computed_at=timezone.now())


def _keep(project: Project, left: Left) -> None:
    """One open alarm for each chart; what was raised stands until a manager has dealt with it."""
    rater, figure, label = left.key
    before, since = left.points[: left.shift.since], left.points[left.shift.since :]
    DriftAlarm.objects.update_or_create(
        project=project,
        rater_id=rater,
        figure=figure,
        label=label,
        state=DriftState.OPEN,
        defaults={
            "side": left.shift.side,
            "since": left.points[left.shift.since].at,
            "until": left.points[left.shift.at].at,
            "values_before": len(before),
            "mean_before": _mean([point.value for point in before]),
            "mean_since": _mean([point.value for point in since]),
            "submissions": [str(point.submission) for point in since[-MOST_BEHIND:]],
        },
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def dismiss(*, alarm_id: UUID, project: Project, actor: User, reason: str) -> None:
    """Say that an alarm means nothing bad, and why; the chart begins anew.

    Raises
    ------
    Invalid, DriftSettled
        No reason; it was dealt with before.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why this needs nothing to be done; it is kept on record.")
    with transaction.atomic():
        _settle(_open(project, alarm_id), actor, DriftState.DISMISSED, reason.strip())


def retrain(*, alarm_id: UUID, project: Project, actor: User, reason: str) -> None:
    """Send the rater to the training again; all open alarms of theirs are settled by it.

    Raises
    ------
    Invalid, Conflict
        No reason, or no rater any more; no training here, or it was dealt with before.
    """
    with transaction.atomic():
        alarm = _open(project, alarm_id)
        send_to_train_again(project=project, user=alarm.rater, actor=actor, reason=reason)
        theirs = DriftAlarm.objects.select_for_update().filter(
            project=project, rater_id=alarm.rater_id, state=DriftState.OPEN
        )
        for row in theirs:
            _settle(row, actor, DriftState.RETRAINED, reason.strip())


def _open(project: Project, alarm_id: UUID) -> DriftAlarm:
    alarm = DriftAlarm.objects.select_for_update().filter(project=project, pk=alarm_id).first()
    if alarm is None:
        raise NotFound
    if alarm.state != DriftState.OPEN:
        raise DriftSettled
    return alarm


def _settle(alarm: DriftAlarm, actor: User, state: DriftState, reason: str) -> None:
    alarm.state, alarm.reason = state, reason
    alarm.settled_by, alarm.settled_at = actor, timezone.now()
    alarm.save(update_fields=["state", "reason", "settled_by", "settled_at", "updated_at"])
    audit.record(
        actor=actor,
        act=people_acts.DriftSettled(
            user=alarm.rater_id, figure=alarm.figure, how=state.value, reason=reason
        ),
        subject=alarm.project,
        project_id=alarm.project_id,
    )
