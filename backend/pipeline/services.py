"""Writes of engine runs: start, carry out, cancel, retry."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.common.errors import Conflict, NotFound
from backend.common.events import deliver, publish
from backend.common.models import Job, JobState
from backend.common.tasks import JobCancelled, JobContext, enqueue, request_cancel
from backend.imaging.models import Volume
from backend.imaging.selectors import imported_mask, load_volume
from backend.masks.models import MaskSource
from backend.masks.services import add_version
from backend.pipeline.engine import Engine, engine_for, make_engine
from backend.pipeline.events import RunChanged, RunFailed, RunFinished
from backend.pipeline.models import Run, StageRun
from backend.pipeline.selectors import OPEN_STATES
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress

RUN = "pipeline.run"
SOURCE_OF = {"imported": MaskSource.IMPORT, "empty": MaskSource.EMPTY}
LOG_LIMIT = 200_000  # characters


class RunOpen(Conflict):
    code = "run_open"
    message = "An engine is already at work on this volume."


class RunNotEnded(Conflict):
    code = "run_not_ended"
    message = "Only a run that failed or was cancelled can be tried again."


def _changed(run: Run, stage: str = "", progress: float = 0.0) -> RunChanged:
    return RunChanged(run.pk, run.volume_id, run.volume.series.project_id, run.state, stage, progress)


@transaction.atomic
def start_run(*, volume: Volume, engine: str | None = None, requested_by: User | None = None) -> Run:
    """Queue an engine on a volume; ``engine`` None leaves the choice to the project.

    Raises
    ------
    RunOpen, UnknownEngine
        the volume has a run that has not ended; there is no such engine.
    """
    row = Volume.objects.select_for_update(of=("self",)).select_related("series__project").get(pk=volume.pk)
    if Run.objects.filter(volume=row, state__in=OPEN_STATES).exists():
        raise RunOpen
    project = row.series.project
    key = engine_for(row, project, engine)
    job = enqueue(RUN, subject_id=row.pk, project_id=project.pk, requested_by=requested_by, volume_id=row.pk)
    run = Run.objects.create(volume=row, job=job, engine=key)
    audit.record(actor=requested_by, verb="run.started", subject=run, project_id=project.pk, engine=key)
    publish(_changed(run))
    return run


def start_run_in(*, project: Project, volume: Volume, engine: str | None, requested_by: User) -> Run:
    """`start_run` as a manager asks for it: the volume must be the project's own.

    Raises
    ------
    NotFound
        the volume is of another project.
    """
    require_role(requested_by, project, Role.MANAGER)
    if volume.series.project_id != project.pk:
        raise NotFound
    return start_run(volume=volume, engine=engine, requested_by=requested_by)


def require_job_manager(*, actor: User, job: Job) -> None:
    """Refuse anyone who does not manage the job's project."""
    project = Project.objects.filter(pk=job.project_id_ref).first() if job.project_id_ref else None
    if project is None:
        raise NotFound
    require_role(actor, project, Role.MANAGER)


def carry_out(*, job: JobContext) -> None:
    """The body of a run's job: engine, mask version, events. Run again it starts over, or returns if done."""
    run = Run.objects.select_related("volume__series__project", "job").get(job_id=job.id)
    if run.state in (JobState.SUCCEEDED, JobState.CANCELLED):
        return
    engine = make_engine(run.engine)
    _begin(run, engine)
    began = time.monotonic()
    try:
        result = _run_engine(run, engine, job)
        job.check_cancelled()
    except (Cancelled, JobCancelled) as exc:
        if not job.cancelled():
            raise RuntimeError("the engine stopped although nobody asked it to") from exc
        job.check_cancelled()
        raise
    _succeed(run=run, engine=engine, result=result, seconds=time.monotonic() - began)


@transaction.atomic
def _begin(run: Run, engine: Engine) -> None:
    run.state = JobState.RUNNING
    run.engine_version = engine.version
    run.started_at = timezone.now()
    run.error = ""
    run.save()
    run.stages.all().delete()  # of an attempt whose worker was lost
    StageRun.objects.bulk_create(
        [StageRun(run=run, position=n, name=name) for n, name in enumerate(engine.stages)]
    )
    publish(_changed(run))


def _run_engine(run: Run, engine: Engine, job: JobContext) -> EngineResult:
    scratch = Path(settings.VERTEBASE_VAR) / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    work_dir = Path(tempfile.mkdtemp(dir=scratch, prefix="run-"))
    try:
        request = EngineRequest(
            volume=load_volume(run.volume),
            imported_mask=imported_mask(run.volume),
            work_dir=work_dir,
            options={"imported_centroids_ras_mm": run.volume.imported_centroids_ras_mm},
        )
        return engine.run(request, _StageFollower(run, engine, job), job.cancelled)
    finally:
        shutil.rmtree(work_dir, ignore_errors=True)


class _StageFollower:
    """Turns an engine's progress into stage rows, the job's progress and news for pages.

    Rows are written when a stage starts and ends; between, progress is news only.
    """

    def __init__(self, run: Run, engine: Engine, job: JobContext) -> None:
        self._run = run
        self._names = tuple(engine.stages)
        self._job = job
        self._started: dict[str, float] = {}
        self._ended: set[str] = set()
        self._next_news = 0.0

    def __call__(self, report: StageProgress) -> None:
        if report.stage not in self._names:
            raise ValueError(f"the engine reported an unknown stage {report.stage!r}")
        now = time.monotonic()
        if report.stage not in self._started:
            self._started[report.stage] = now
            self._row(report.stage).update(state=JobState.RUNNING, updated_at=timezone.now())
        if report.done and report.stage not in self._ended:
            self._end(report, now)
        fraction = min(max(report.fraction, 0.0), 1.0)
        overall = (self._names.index(report.stage) + fraction) / len(self._names)
        self._job.progress(overall, report.message or report.stage)
        if report.done or now >= self._next_news:
            self._next_news = now + 0.2
            deliver(_changed(self._run, report.stage, overall))

    def _row(self, stage: str) -> Any:
        return StageRun.objects.filter(run=self._run, position=self._names.index(stage))

    def _end(self, report: StageProgress, now: float) -> None:
        self._ended.add(report.stage)
        seconds = report.seconds if report.seconds is not None else now - self._started[report.stage]
        self._row(report.stage).update(
            state=JobState.SUCCEEDED,
            progress=1.0,
            seconds=round(seconds, 3),
            digest=report.digest or "",
            updated_at=timezone.now(),
        )


@transaction.atomic
def _succeed(*, run: Run, engine: Engine, result: EngineResult, seconds: float) -> None:
    row = Run.objects.select_for_update(of=("self",)).select_related("volume__series").get(pk=run.pk)
    if row.state != JobState.RUNNING:
        return
    report = dict(result.report)
    provenance = {
        "engine": row.engine,
        "engine_name": engine.name,
        "engine_version": engine.version,
        "device": str(report.get("device", "")),
        "seconds": round(seconds, 3),
        "run": str(row.pk),
        "report": report,
    }
    row.result = add_version(
        volume=row.volume,
        mask=result.mask,
        source=SOURCE_OF.get(row.engine, MaskSource.ENGINE),
        provenance=provenance,
        centroids={int(label): point for label, point in result.centroids_ras_mm.items()},
    )
    row.report = report
    row.log = str(report.pop("log", ""))[:LOG_LIMIT]
    row.device = str(report.get("device", ""))[:60]
    row.seconds = round(seconds, 3)
    row.state = JobState.SUCCEEDED
    row.finished_at = timezone.now()
    row.save()
    row.stages.exclude(state=JobState.SUCCEEDED).update(state=JobState.SUCCEEDED, progress=1.0)
    publish(_changed(row, "", 1.0))
    publish(RunFinished(row.pk))


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
    publish(_changed(row))
    publish(RunFailed(row.pk))


def cancel_run(*, actor: User, run: Run) -> Run:
    """Ask a run to stop; a queued one ends at once. Managers only."""
    require_role(actor, run.volume.series.project, Role.MANAGER)
    with transaction.atomic():
        request_cancel(job_id=run.job_id)
        audit.record(actor=actor, verb="run.cancelled", subject=run, project_id=run.volume.series.project_id)
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
    return start_run(volume=run.volume, engine=run.engine, requested_by=actor)
