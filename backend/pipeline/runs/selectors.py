"""Reads of engine runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Exists, FloatField, OuterRef, Prefetch, QuerySet, Subquery

from backend.accounts.models import User
from backend.common.errors import NotFound
from backend.common.models import JobState
from backend.masks.models import MaskSource, MaskVersion
from backend.pipeline.models import (
    EditEffort,
    Run,
    StageRun,
)
from backend.pipeline.runs.engine_notes import notes_in
from backend.pipeline.runs.naming_doubt import doubt_in
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role


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
            "notes": notes_in(run.report),
        }
    return latest
