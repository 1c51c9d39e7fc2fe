"""The open cases of a frozen release as training cases of the pipeline: never its test split."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q

from backend.pipeline.registry.training_cases import SourceChoice, TrainingCase
from backend.projects.models import Project
from backend.releases.models import Release, ReleaseItem, ReleasePatient, ReleaseState, Split
from backend.releases.published import withdrawn_q

RELEASE = "release"
OPEN_SPLITS = (Split.TRAINING, Split.VALIDATION)


def release_cases(project: Project, reference: str) -> list[TrainingCase]:
    """The training and validation cases of the release with the id ``reference``, with its masks."""
    try:
        release_id = UUID(reference)
    except ValueError:
        return []
    items = ReleaseItem.objects.filter(
        release_id=release_id,
        release__project=project,
        release__state=ReleaseState.FROZEN,
        release_patient__split__in=OPEN_SPLITS,
    ).exclude(withdrawn_q("release__"))
    found = items.values_list("case_id", "release_patient__patient__pseudonym", "case__volume_id", "mask_id")
    return [TrainingCase(*row) for row in found]


def release_choices(project: Project) -> list[SourceChoice]:
    """One choice for each frozen release."""
    counted = Count("items", filter=Q(items__release_patient__split__in=OPEN_SPLITS))
    frozen = Release.objects.filter(project=project, state=ReleaseState.FROZEN).exclude(withdrawn_q())
    frozen = frozen.annotate(open_items=counted)
    return [
        SourceChoice(RELEASE, str(row.pk), f"Release {row.version} (without its test split)", row.open_items)
        for row in frozen
    ]


def patients_of_test_parts(project: Project) -> set[str]:
    """Patients of the test part of any release, drafts included."""
    rows = ReleasePatient.objects.filter(release__project=project, split=Split.TEST)
    return set(rows.values_list("patient__pseudonym", flat=True))
