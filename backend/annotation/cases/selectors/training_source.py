"""Accepted cases as training cases of the pipeline."""

from __future__ import annotations

from backend.annotation.models import Case, CaseState
from backend.pipeline.registry.training_cases import SourceChoice, TrainingCase
from backend.projects.models import Project

ACCEPTED = "accepted"


def accepted_cases(project: Project, reference: str = "") -> list[TrainingCase]:
    """Every accepted case of the project with its accepted mask; ``reference`` says nothing here."""
    rows = Case.objects.filter(project=project, state=CaseState.ACCEPTED, accepted_mask__isnull=False)
    found = rows.values_list("pk", "volume__series__patient__pseudonym", "volume_id", "accepted_mask_id")
    return [TrainingCase(*row) for row in found if row[3] is not None]


def accepted_choices(project: Project) -> list[SourceChoice]:
    """All accepted cases, as one choice."""
    rows = Case.objects.filter(project=project, state=CaseState.ACCEPTED, accepted_mask__isnull=False)
    return [SourceChoice(ACCEPTED, "", "All accepted cases", rows.count())]
