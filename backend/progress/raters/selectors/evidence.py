"""What gold cases, repeats and comparisons say of each rater."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.models import Case, CasePurpose, ExerciseResult
from backend.annotation.quality.reports import Suspect
from backend.annotation.quality.selectors.exercises import HIDDEN
from backend.annotation.quality.selectors.scores import score_report
from backend.common.models import JobState
from backend.consensus.answers import slot_number
from backend.consensus.models import Comparison
from backend.consensus.reports import SuspectMask
from backend.consensus.selectors import agreed_grades_of, report_of
from backend.projects.models import Project
from backend.science.agreement.pooled import mean_by_patient

# A rater's own view counts hidden exercises in blocks of this many, so that none of them can be told.
OWN_BLOCK = 5


def exercise_results(project: Project, only: User | None = None) -> dict[UUID, list[ExerciseResult]]:
    """Scored gold cases and repeats by rater (of one of them alone where asked for), oldest first."""
    rows = (
        ExerciseResult.objects.filter(exercise__case__project=project, exercise__case__purpose__in=HIDDEN)
        .select_related("exercise__case", "exercise__source__volume__series", "submission")
        .order_by("submission__created_at")
    )
    if only is not None:
        rows = rows.filter(exercise__rater=only)
    found: dict[UUID, list[ExerciseResult]] = {}
    for row in rows:
        found.setdefault(row.exercise.rater_id, []).append(row)
    return found


def measured(results: Iterable[ExerciseResult], purpose: str, *, own: bool) -> dict[str, Any]:
    """Mean Dice and share of equal grades on gold cases, or on repeats; ``own``: in whole blocks only."""
    rows = [row for row in results if row.exercise.case.purpose == purpose]
    if own:
        rows = rows[: len(rows) - len(rows) % OWN_BLOCK]
    return {
        "count": len(rows),
        "dice": _mean(rows, "mean_dice"),
        "grades_exact": _mean(rows, "grades_exact"),
        "history": []
        if own
        else [
            {"at": row.submission.created_at, "dice": row.mean_dice, "grades_exact": row.grades_exact}
            for row in rows
        ],
    }


def _mean(rows: list[ExerciseResult], name: str) -> dict[str, float | None]:
    known = [row for row in rows if getattr(row, name) is not None]
    patients = [str(row.exercise.source.volume.series.patient_id) for row in known]
    return mean_by_patient([getattr(row, name) for row in known], patients).to_json()


def warnings(project: Project, cases: Iterable[UUID], *, named: bool) -> dict[UUID, list[dict[str, Any]]]:
    """Masks that cannot be meant, by rater: from the latest comparison of each task, and from gold cases.

    ``named``: whether the cases may be told to the reader, together with the rater's name.
    """
    found: dict[UUID, list[dict[str, Any]]] = {}
    comparisons = (
        Comparison.objects.filter(task__case__in=list(cases), state=JobState.SUCCEEDED)
        .select_related("task__case")
        .prefetch_related("submissions__assignment")
        .order_by("created_at")
    )
    for comparison in {row.task_id: row for row in comparisons}.values():
        by_slot = {one.assignment.slot: one.assignment.rater_id for one in comparison.submissions.all()}
        alias = comparison.task.case.alias
        for suspect in report_of(comparison).suspects or ():
            rater = by_slot.get(slot_number(suspect.slot))
            if rater is not None:
                found.setdefault(rater, []).append(
                    _warning(suspect, comparison.created_at, alias if named else "", "others")
                )
    for rater, results in exercise_results(project).items():
        for result in results:
            found_out, alias = score_report(result).suspect, result.exercise.source.alias
            if found_out is not None and result.exercise.case.purpose == CasePurpose.GOLD:
                found.setdefault(rater, []).append(
                    _warning(found_out, result.created_at, alias if named else "", "gold")
                )
    return {rater: sorted(rows, key=lambda row: row["at"]) for rater, rows in found.items()}


def _warning(suspect: Suspect | SuspectMask, at: Any, case: str, judged_by: str) -> dict[str, Any]:
    return {
        "at": at,
        "case": case,
        "code": suspect.code,
        "text": suspect.text,
        "judged_by": judged_by,
    }


def answer_grades(case: Case) -> list[dict[str, Any]]:
    """The grades that stand for a case, as the answer of training and gold cases."""
    return [
        {"label": row.label, "grade": row.grade, "fracture_type": row.fracture_type}
        for row in agreed_grades_of(case)
    ]
