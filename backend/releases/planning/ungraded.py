"""Vertebrae of a plan that nobody graded though the project grades: to be seen before it is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.annotation.models import Case
from backend.consensus.models import AgreedGrade
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.labels import THORACOLUMBAR, sort_labels


@dataclass(frozen=True)
class Ungraded:
    """Labels from T1 down in a case's accepted mask without a grade and without a reason for none."""

    case: Case
    labels: list[int]


def ungraded(project: Project, cases: Iterable[Case]) -> list[Ungraded]:
    """In the order of ``cases``; nothing where no stage of the project asks for grades."""
    held = list(cases)
    if not held or not any(stage.grade for stage in protocol_of(project).stages):
        return []
    graded = set(
        AgreedGrade.objects.filter(case__project=project, current=True).values_list("case_id", "label")
    )
    found = []
    for case in held:
        lacking = [
            label
            for label in map(int, case.accepted_mask.label_voxels if case.accepted_mask else ())
            if label in THORACOLUMBAR and (case.pk, label) not in graded
        ]
        if lacking:
            found.append(Ungraded(case, sort_labels(lacking)))
    return found
