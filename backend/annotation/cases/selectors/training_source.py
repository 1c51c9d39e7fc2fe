"""Accepted cases as training cases of the pipeline, and those that nobody has drawn."""

from __future__ import annotations

from backend.annotation.models import AnswerKey, Case, CaseState, Exercise, Submission
from backend.pipeline.registry.training_cases import SourceChoice, TrainingCase, UndrawnCase
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


def undrawn_cases(project: Project) -> list[UndrawnCase]:
    """Cases on their way of which nobody has handed in a mask, with what an inclusion rule keeps out left
    out.

    Copies that train or measure raters are none of ``Case.objects``.
    """
    handed_in = Submission.objects.filter(assignment__task__case__project=project)
    rows = Case.objects.filter(
        project=project,
        state__in=(CaseState.WAITING, CaseState.IN_PROGRESS),
        accepted_mask__isnull=True,
        volume__series__held=False,
    ).exclude(pk__in=handed_in.values("assignment__task__case"))
    found = rows.values_list("pk", "volume__series__patient__pseudonym", "volume_id")
    return [UndrawnCase(*row) for row in found]


def patients_who_measure(project: Project) -> set[str]:
    """Patients of whom a case has a known answer, or was copied to train or to measure somebody."""
    patient = "volume__series__patient__pseudonym"
    keys = AnswerKey.objects.filter(case__project=project).values_list(f"case__{patient}", flat=True)
    copies = Exercise.objects.filter(source__project=project)
    return {*keys, *copies.values_list(f"source__{patient}", flat=True)}
