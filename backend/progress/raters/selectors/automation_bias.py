"""Whether the engine's mask leads the raters: results that began from it beside results that began blank.

Every rater of a case begins alike, and which cases begin blank is drawn from the project's secret, so the
two groups differ by chance alone. Of each correction three things are compared: Dice with the accepted mask,
volume less the accepted mask's (ml, summed over its vertebrae), and minutes per vertebra.

Only corrections count that would have begun from the engine's mask (or the one that came with the CT) had
they not been drawn to begin blank: a stage that goes on from a colleague's mask says nothing of the engine's.
And only their first round: what a reviewer sent back goes on from the person's own mask.
"""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Coalesce

from backend.accounts.models import User
from backend.annotation.models import Submission, TaskKind, TaskState
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.consensus.reports import FinalReport
from backend.consensus.selectors import final_reports
from backend.imaging.models import Volume
from backend.masks.models import MaskSource
from backend.projects.models import Project
from backend.science.agreement.contrast import difference_of_means
from backend.science.agreement.pooled import mean_by_patient

MEASURES = ("final_dice", "volume_difference_ml", "minutes_per_vertebra")
OFFERED = (MaskSource.ENGINE, MaskSource.IMPORT)  # what the engine's group began from
MM3_PER_ML = 1000.0


def automation_bias(*, project: Project, user: User) -> dict[str, Any]:
    """Both groups with their intervals, and the difference (blank less engine's)."""
    cases = cases_open_to(user).filter(project=project, pk__in=cases_managed_by(user).values("pk"))
    work = (
        Submission.objects.filter(
            assignment__task__case__in=cases,
            assignment__task__kind=TaskKind.CORRECT,
            assignment__task__state=TaskState.COMPLETE,
            assignment__task__round=1,
            mask__isnull=False,
        )
        .annotate(
            offered=Coalesce(
                "assignment__task__start_mask__source", "assignment__task__case__start_mask__source"
            )
        )
        .filter(offered__in=OFFERED)
        .select_related(
            "assignment__task__case__volume__series", "assignment__task__case__accepted_mask", "mask"
        )
        .order_by("created_at")
    )
    standing = {one.assignment_id: one for one in work}.values()
    finals = final_reports(standing)
    groups: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for one in standing:
        groups[one.assignment.blank_start].append(_row(one, finals.get(one.pk, FinalReport())))
    return {
        "engine": _group(groups[False]),
        "blank": _group(groups[True]),
        "difference": {name: _difference(groups, name) for name in MEASURES},
    }


def _row(submission: Submission, final: FinalReport) -> dict[str, Any]:
    case = submission.assignment.task.case
    own = submission.mask.label_voxels if submission.mask is not None else {}
    accepted = case.accepted_mask
    difference = None
    if accepted is not None:
        voxels = sum(own.values()) - sum(accepted.label_voxels.values())
        difference = voxels * _voxel_mm3(case.volume) / MM3_PER_ML
    minutes = submission.active_seconds / 60
    return {
        "patient": str(case.volume.series.patient_id),
        "case": case.pk,
        "final_dice": final.mean_dice,
        "volume_difference_ml": difference,
        "minutes_per_vertebra": minutes / len(own) if own else None,
    }


def _voxel_mm3(volume: Volume) -> float:
    x, y, z = (float(step) for step in volume.spacing_mm)
    return x * y * z


def _known(rows: list[dict[str, Any]], name: str) -> tuple[list[float], list[str]]:
    known = [row for row in rows if row[name] is not None]
    return [row[name] for row in known], [row["patient"] for row in known]


def _group(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "submissions": len(rows),
        "cases": len({row["case"] for row in rows}),
        "patients": len({row["patient"] for row in rows}),
        **{name: mean_by_patient(*_known(rows, name)).to_json() for name in MEASURES},
    }


def _difference(groups: dict[bool, list[dict[str, Any]]], name: str) -> dict[str, float | None]:
    return difference_of_means(*_known(groups[True], name), *_known(groups[False], name)).to_json()
