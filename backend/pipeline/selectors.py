"""Reads of engine runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, FloatField, OuterRef, Prefetch, QuerySet, Subquery

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.common.models import Job, JobState
from backend.masks.models import MaskSource, MaskVersion
from backend.pipeline.engine import list_engines
from backend.pipeline.models import (
    EditEffort,
    ModelComparison,
    ModelFile,
    ModelState,
    ModelVersion,
    Run,
    StageRun,
    Training,
)
from backend.pipeline.naming_doubt import doubt_in
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role

OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


def current_model(project: Project) -> ModelVersion | None:
    """The model that the project's runs use; None: the weights that ship with the engine."""
    return ModelVersion.objects.filter(project=project, state=ModelState.CURRENT).first()


def case_uncertainty(volume_ref: str = "volume") -> Subquery:
    """The doubt of the engine's newest result on a row's volume, to order by; null where none is stated.

    ``volume_ref`` is the path from the outer row to its volume: ``order_by(case_uncertainty().desc(...))``.
    """
    runs = Run.objects.filter(
        volume=OuterRef(volume_ref), state=JobState.SUCCEEDED, uncertainty__isnull=False
    )
    return Subquery(runs.order_by("-created_at").values("uncertainty")[:1], output_field=FloatField())


def _with_everything(runs: QuerySet[Run]) -> QuerySet[Run]:
    stages = Prefetch("stages", queryset=StageRun.objects.order_by("position"))
    return runs.select_related(
        "job", "result", "model", "volume__series__patient", "volume__series__project"
    ).prefetch_related(stages)


def versions_without_effort() -> QuerySet[MaskVersion]:
    """Raters' versions of an engine's mask whose changes were not counted."""
    engines = Run.objects.filter(result=OuterRef("parent"), result__source=MaskSource.ENGINE)
    counted = EditEffort.objects.filter(mask=OuterRef("pk"))
    return MaskVersion.objects.filter(Exists(engines), ~Exists(counted), source=MaskSource.RATER)


def runs_visible_to(user: User) -> QuerySet[Run]:
    """Runs in projects that the user manages; to others a copy would be the volume without a run."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return _with_everything(Run.objects.filter(volume__series__project__in=projects))


def runs_of(project: Project, volume_id: UUID | None = None) -> QuerySet[Run]:
    """The project's runs, or those on one of its volumes, newest first."""
    runs = Run.objects.filter(volume__series__project=project)
    if volume_id is not None:
        runs = runs.filter(volume_id=volume_id)
    return _with_everything(runs).order_by("-created_at")


def run_visible_to(user: User, run_id: UUID) -> Run:
    """One run; `NotFound` where the user may not know of it."""
    run = runs_visible_to(user).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def jobs_of(project: Project, state: str | None = None) -> QuerySet[Job]:
    """The project's background jobs, newest first."""
    jobs = Job.objects.filter(project_id_ref=project.pk).order_by("-created_at")
    return jobs.filter(state=state) if state else jobs


def jobs_visible_to(user: User) -> QuerySet[Job]:
    """Jobs of projects that the user manages; what a hand-in starts would tell others a gold case."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return Job.objects.filter(project_id_ref__in=projects)


def job_visible_to(user: User, job_id: UUID) -> Job:
    """One job; `NotFound` where the user may not know of it."""
    job = jobs_visible_to(user).filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job


def latest_runs(volume_ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The newest run of each volume in brief, in one query."""
    latest: dict[UUID, Any] = {}
    runs = Run.objects.filter(volume_id__in=list(volume_ids)).select_related("job").order_by("created_at")
    for run in runs:
        latest[run.volume_id] = {
            "id": run.pk,
            "state": run.state,
            "engine": run.engine,
            "progress": run.job.progress,
            "naming_doubt": doubt_in(run.report),
        }
    return latest


def models_visible_to(user: User) -> QuerySet[ModelVersion]:
    """Model versions of projects that the user manages."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return ModelVersion.objects.filter(project__in=projects).select_related("project", "parent", "replaces")


def models_of(project: Project) -> QuerySet[ModelVersion]:
    """The project's versions, newest first, with their files and comparisons."""
    comparisons = Prefetch("comparisons", queryset=ModelComparison.objects.order_by("-created_at"))
    files = Prefetch("files", queryset=ModelFile.objects.select_related("blob"))
    rows = ModelVersion.objects.filter(project=project).order_by("-number")
    return rows.prefetch_related(comparisons, files)


def trainings_visible_to(user: User) -> QuerySet[Training]:
    """Trainings of projects that the user manages."""
    projects = projects_with_role(user, Role.MANAGER).values("pk")
    return Training.objects.filter(project__in=projects).select_related("job", "project")


def trainings_of(project: Project) -> QuerySet[Training]:
    """The project's trainings, newest first."""
    return Training.objects.filter(project=project).select_related("job").order_by("-created_at")


def shipped_version() -> str:
    """What the built-in engine calls the weights that ship; empty where it cannot work here."""
    found = next((entry for entry in list_engines() if entry.key == "builtin"), None)
    return found.version if found is not None and found.available else ""
