"""Writes of engine runs: start, carry out, cancel, retry."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict, Invalid, NotFound
from backend.common.events import publish
from backend.common.models import Job, JobState
from backend.common.queues import device_queues
from backend.common.tasks import enqueue, request_cancel
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion
from backend.masks.reports import CorrectionPlan
from backend.pipeline.engines.finding import engine_for
from backend.pipeline.events import RunChanged, RunFailed
from backend.pipeline.jobs.selectors import OPEN_STATES
from backend.pipeline.models import Run
from backend.pipeline.registry.selectors import current_model
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.science.correcting import Correction

RUN = "pipeline.run"

PRIORITIES = range(-10, 11)


class RunOpen(Conflict):
    code = "run_open"
    message = "An engine is already at work on this volume."


class RunNotEnded(Conflict):
    code = "run_not_ended"
    message = "Only a run that failed or was cancelled can be tried again."


class RunNotWaiting(Conflict):
    code = "run_not_waiting"
    message = "Only a run that waits can be moved in the queue."


def run_changed(run: Run, stage: str = "", progress: float = 0.0) -> RunChanged:
    return RunChanged(run.pk, run.volume_id, run.volume.series.project_id, run.state, stage, progress)


@transaction.atomic
def start_run(
    *,
    volume: Volume,
    engine: str | None = None,
    requested_by: User | None = None,
    priority: int = 0,
    parent: MaskVersion | None = None,
    correction: Correction | None = None,
) -> Run:
    """Queue an engine on a volume; ``engine`` None leaves the choice to the project.

    With ``parent`` and ``correction`` only what the correction touches is made anew.

    Raises
    ------
    RunOpen, UnknownEngine
        the volume has a run that has not ended; there is no such engine.
    """
    row = Volume.objects.select_for_update(of=("self",)).select_related("series__project").get(pk=volume.pk)
    if Run.objects.filter(volume=row, state__in=OPEN_STATES).exists():
        raise RunOpen
    _check_priority(priority)
    project = row.series.project
    model = current_model(project)
    key = engine_for(row, project, engine, model)
    job = enqueue(
        RUN,
        subject_id=row.pk,
        project_id=project.pk,
        requested_by=requested_by,
        queue=_quietest_queue(),
        priority=priority,
        volume_id=row.pk,
    )
    run = Run.objects.create(
        volume=row,
        job=job,
        engine=key,
        model=model if model is not None and model.engine == key else None,
        priority=priority,
        parent=parent,
        correction=CorrectionPlan.read(correction.to_json()).to_json() if correction is not None else {},
    )
    act: Act = product_acts.RunStarted(engine=key, priority=priority)
    if correction is not None:
        act = product_acts.RunCorrected(engine=key, priority=priority, correction=run.correction)
    audit.record(actor=requested_by, act=act, subject=run, project_id=project.pk)
    publish(run_changed(run))
    return run


def _quietest_queue() -> str:
    """The queue of the device with the least work before it; with one device there is nothing to choose."""
    queues = list(device_queues())
    if len(queues) == 1:
        return queues[0]
    busy = Counter(
        Job.objects.filter(kind=RUN, queue__in=queues, state__in=OPEN_STATES).values_list("queue", flat=True)
    )
    return min(queues, key=lambda queue: busy[queue])


def _check_priority(priority: int) -> None:
    if priority not in PRIORITIES:
        raise Invalid(
            "bad_priority", f"A priority is a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}."
        )


def start_run_in(
    *, project: Project, volume: Volume, engine: str | None, requested_by: User, priority: int = 0
) -> Run:
    """`start_run` as a manager asks for it: the volume must be the project's own.

    Raises
    ------
    NotFound
        the volume is of another project.
    """
    require_role(requested_by, project, Role.MANAGER)
    if volume.series.project_id != project.pk:
        raise NotFound
    return start_run(volume=volume, engine=engine, requested_by=requested_by, priority=priority)


@transaction.atomic
def set_priority(*, actor: User, run: Run, priority: int) -> Run:
    """Move a waiting run before or behind the others. Managers only.

    Raises
    ------
    RunNotWaiting
        it is at work or over.
    """
    project_id = run.volume.series.project_id
    require_role(actor, run.volume.series.project, Role.MANAGER)
    _check_priority(priority)
    moved = Job.objects.filter(pk=run.job_id, state=JobState.QUEUED).update(priority=priority)
    if not moved:
        raise RunNotWaiting
    Run.objects.filter(pk=run.pk).update(priority=priority)
    run.refresh_from_db()
    audit.record(
        actor=actor, act=product_acts.RunPrioritised(priority=priority), subject=run, project_id=project_id
    )
    publish(run_changed(run))
    return run


def run_folder(run_id: UUID) -> Path:
    """The folder in which a run's stages keep their results until the run ends."""
    return Path(settings.VERTEBASE_VAR) / "scratch" / "runs" / str(run_id)


def clear_folder(run_id: UUID) -> None:
    """Remove what a run's stages kept for a later attempt."""
    shutil.rmtree(run_folder(run_id), ignore_errors=True)


@transaction.atomic
def end_run(*, job_id: UUID, state: JobState, error: str = "") -> None:
    """Note that a run's job failed or was cancelled; what has ended already stays."""
    row = (
        Run.objects.select_for_update(of=("self",))
        .select_related("volume__series")
        .filter(job_id=job_id, state__in=OPEN_STATES)
        .first()
    )
    if row is None:
        return
    row.state = state
    row.error = error
    row.finished_at = timezone.now()
    row.save()
    row.stages.filter(state=JobState.RUNNING).update(state=state)
    row.stages.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED)
    publish(run_changed(row))
    publish(RunFailed(row.pk))
    transaction.on_commit(lambda: clear_folder(row.pk))


def cancel_run(*, actor: User, run: Run) -> Run:
    """Ask a run to stop; a queued one ends at once. Managers only."""
    require_role(actor, run.volume.series.project, Role.MANAGER)
    with transaction.atomic():
        request_cancel(job_id=run.job_id)
        audit.record(
            actor=actor, act=product_acts.RunCancelled(), subject=run, project_id=run.volume.series.project_id
        )
    run.refresh_from_db()
    return run


def retry_run(*, actor: User, run: Run) -> Run:
    """Start the same engine again as a new run; the old one stays as it was.

    Raises
    ------
    RunNotEnded
        the run has not failed.
    """
    require_role(actor, run.volume.series.project, Role.MANAGER)
    if run.state not in (JobState.FAILED, JobState.CANCELLED):
        raise RunNotEnded
    return start_run(
        volume=run.volume,
        engine=run.engine,
        requested_by=actor,
        priority=run.priority,
        parent=run.parent,
        correction=Correction.from_json(run.correction) if run.correction else None,
    )
