"""Reads of the model registry."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from backend.accounts.models import User
from backend.pipeline.engines.finding import list_engines
from backend.pipeline.models import (
    ModelComparison,
    ModelFile,
    ModelState,
    ModelVersion,
    Training,
)
from backend.projects.models import Project, Role
from backend.projects.selectors import projects_with_role


def current_model(project: Project) -> ModelVersion | None:
    """The model that the project's runs use; None: the weights that ship with the engine."""
    return ModelVersion.objects.filter(project=project, state=ModelState.CURRENT).first()


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
