"""What is known of each rater's work, over time.

Managers see everybody. Anybody else sees their own line only, and on it figures that come from other people's
work (STAPLE's rates, the final mask, confusions of grades) only for cases that blinding has opened to them;
of all other cases they see counts, time and what came back to them, which are theirs alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Q

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case, CasePurpose, Submission, TaskKind
from backend.annotation.quality.selectors.exercises import HIDDEN
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.consensus.answers import slot_name
from backend.consensus.models import Fusion
from backend.consensus.reports import FinalReport
from backend.consensus.selectors import final_reports, fusion_report
from backend.progress.raters.selectors.evidence import exercise_results, measured, warnings
from backend.projects.models import Project, Role
from backend.projects.selectors import has_role, protocol_of
from backend.science.agreement.pooled import mean_by_patient
from backend.science.fusion.grades import DAWID_SKENE_ITEMS, dawid_skene

GRADES = 4
MAX_HISTORY = 200
RATES = ("sensitivity", "specificity", "expected_dice")
FIGURES = (*RATES, "final_dice", "kept_share", "minutes_per_vertebra", "came_back")
INDEPENDENT = (TaskKind.CORRECT, TaskKind.GRADE)


def project_reliability(*, project: Project, user: User) -> dict[str, Any]:
    """A line for each rater whose work the user may judge: all of them, or the user's own."""
    manages = has_role(user, project, Role.MANAGER)
    open_cases = cases_open_to(user).filter(project=project)
    # On their own line somebody finds the gold cases and repeats they did among all others, as closed cases;
    # anything else would tell which they were.
    purposes = [CasePurpose.WORK] if manages else [CasePurpose.WORK, *HIDDEN]
    work = (
        Submission.objects.filter(
            assignment__task__case__project=project, assignment__task__case__purpose__in=purposes
        )
        .filter(assignment__task__kind__in=INDEPENDENT)
        .select_related("assignment__task__case__volume__series", "mask")
        .order_by("created_at")
    )
    if manages:
        # a manager who rates a case blindly sees of it what a rater sees: nothing of the others
        work = work.filter(
            Q(assignment__task__case__in=open_cases) | Q(assignment__rater=user),
            assignment__task__case__in=cases_managed_by(user),
        )
    else:
        work = work.filter(assignment__rater=user)
    standing = {submission.assignment_id: submission for submission in work}
    opened = set(open_cases.values_list("pk", flat=True))
    named = names_cases(project, manages=manages)
    points = _points(list(standing.values()), project, opened, named)
    confusions = _confusions(opened, project)
    by_rater: dict[UUID, list[dict[str, Any]]] = {} if manages else {user.pk: []}
    for submission, point in points:
        by_rater.setdefault(submission.assignment.rater_id, []).append(point)
    people = User.objects.filter(pk__in=by_rater).order_by("display_name", "email")
    exercises = exercise_results(project, None if manages else user)
    told = warnings(project, opened, named=named) if manages else {}
    return {
        "everybody": manages,
        "raters": [
            {
                **_line(person, by_rater[person.pk], confusions.get(person.pk)),
                "gold": measured(exercises.get(person.pk, []), CasePurpose.GOLD, own=not manages),
                "repeats": measured(exercises.get(person.pk, []), CasePurpose.REPEAT, own=not manages),
                "warnings": told.get(person.pk, []),
            }
            for person in people
        ],
    }


def names_cases(project: Project, *, manages: bool) -> bool:
    """Whether cases may be told beside their raters: where names are hidden behind cases, not to managers."""
    return not (manages and protocol_of(project).double_blind)


def _points(
    submissions: list[Submission], project: Project, opened: set[UUID], named: bool
) -> list[tuple[Submission, dict[str, Any]]]:
    """Each hand-in with what is known of it; figures of cases that are not open are not even read.

    Where names are hidden behind cases (double blind), the case is hidden behind a name; what came back is
    too, as the board tells which cases were returned. Nor is it known of stages to which no review returns.
    """
    readable = [one for one in submissions if one.assignment.task.case_id in opened]
    rates = _staple_rates(readable)
    finals = final_reports(readable)
    returned, redone = _returned(project), _stages_redone(project) if named else set()
    result = []
    for submission in submissions:
        assignment = submission.assignment
        vertebrae = _vertebrae(submission)
        rated = rates.get((assignment.task_id, slot_name(assignment.slot)), {})
        final = finals.get(submission.pk, FinalReport())
        minutes = submission.active_seconds / 60
        point = {
            "at": submission.created_at,
            "case": assignment.task.case.alias if named else "",
            "patient": _patient_of(assignment.task.case),
            "open": assignment.task.case_id in opened,
            "vertebrae": vertebrae,
            "minutes": minutes,
            "minutes_per_vertebra": minutes / vertebrae if vertebrae else None,
            **{name: rated.get(name) for name in RATES},
            "final_dice": final.mean_dice,
            "kept_share": final.kept_share,
            "came_back": float(_round_of(assignment, after=1) in returned)
            if assignment.task.stage_key in redone
            else None,
        }
        result.append((submission, point))
    return result


Round = tuple[UUID, UUID, str, int]  # rater, case, stage, round


def _returned(project: Project) -> set[Round]:
    """Rounds of work that were opened because a review sent the one before back to the same person."""
    again = Assignment.objects.filter(task__case__project=project, task__round__gt=1).select_related("task")
    return {_round_of(assignment) for assignment in again}


def _stages_redone(project: Project) -> set[str]:
    """The stages that a review returns cases to."""
    protocol = protocol_of(project)
    stages = [protocol.sent_back_to(stage.key) for stage in protocol.stages if stage.kind == "review"]
    return {stage.key for stage in stages if stage is not None}


def _round_of(assignment: Assignment, *, after: int = 0) -> Round:
    """The round that an assignment belongs to, or one ``after`` it."""
    task = assignment.task
    return assignment.rater_id, task.case_id, task.stage_key, task.round + after


def _patient_of(case: Case) -> str:
    """Whom figures are resampled by; a repeat counts as a patient of its own, as any case would."""
    return str(case.volume.series.patient_id if case.purpose == CasePurpose.WORK else case.volume_id)


def _vertebrae(submission: Submission) -> int:
    return len(submission.mask.label_voxels) if submission.mask is not None else len(submission.gradings)


def _staple_rates(submissions: list[Submission]) -> dict[tuple[UUID, str], dict[str, float | None]]:
    """Mean sensitivity, specificity and expected Dice over a case's vertebrae, by task and letter.

    Every fusion reports the rates against STAPLE's truth; one made by STAPLE is preferred, then the newest.
    """
    fusions = Fusion.objects.filter(task__in={one.assignment.task_id for one in submissions})
    chosen: dict[UUID, Fusion] = {}
    for fusion in fusions.order_by("created_at"):
        known = chosen.get(fusion.task_id)
        if known is None or fusion.method == "staple" or known.method != "staple":
            chosen[fusion.task_id] = fusion
    rates = {}
    for task_id, fusion in chosen.items():
        report = fusion_report(fusion)
        for number, slot in enumerate(report.slots):
            found = {name: [getattr(row, name) for row in report.labels.values()] for name in RATES}
            # fusions made before expected Dice was reported have none
            rates[(task_id, slot)] = {
                name: _mean(row[number] for row in rows if row) for name, rows in found.items()
            }
    return rates


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _line(person: User, points: list[dict[str, Any]], confusion: dict[str, Any] | None) -> dict[str, Any]:
    minutes = sum(point["minutes"] for point in points)
    figures = {}
    for name in FIGURES:
        known = [point for point in points if point[name] is not None]
        estimate = mean_by_patient([point[name] for point in known], [point["patient"] for point in known])
        figures[name] = estimate.to_json()
    shown = sum(point["open"] for point in points)
    empty = {"items": 0, "table": None, "reason": "too_few" if shown else "closed"}
    return {
        "user": {"id": person.pk, "name": person.name},
        "submissions": len(points),
        "vertebrae": sum(point["vertebrae"] for point in points),
        "active_minutes": round(minutes, 1),
        "cases_shown": shown,
        **figures,
        "confusion": confusion or empty,
        "history": points[-MAX_HISTORY:],
    }


def _confusions(opened: set[UUID], project: Project) -> dict[UUID, dict[str, Any]]:
    """Dawid and Skene's confusion of each rater: rows the likely grade, columns the rater's answer.

    Only raters with enough grades go into the model; two of them at the least, on vertebrae they share.
    """
    answers: dict[tuple[UUID, int], dict[UUID, int]] = {}
    rows = Submission.objects.filter(
        assignment__task__case__project=project,
        assignment__task__case__in=opened,
        assignment__task__kind__in=INDEPENDENT,
    ).order_by("created_at")
    given: dict[UUID, int] = {}
    for task_id, rater_id, gradings in rows.values_list(
        "assignment__task_id", "assignment__rater_id", "gradings"
    ):
        for row in gradings:
            if row.get("grade") is not None:
                answers.setdefault((task_id, int(row["label"])), {})[rater_id] = int(row["grade"])
    shared = [item for item in answers.values() if len(item) > 1]
    for item in shared:
        for rater_id in item:
            given[rater_id] = given.get(rater_id, 0) + 1
    enough = sorted((pk for pk, count in given.items() if count >= DAWID_SKENE_ITEMS), key=str)
    result: dict[UUID, dict[str, Any]] = {
        pk: {"items": count, "table": None, "reason": "too_few"} for pk, count in given.items()
    }
    table = np.array([[item.get(pk, np.nan) for pk in enough] for item in shared], dtype=np.float64)
    if len(enough) < 2:
        for pk in enough:
            result[pk]["reason"] = "nobody_to_compare"
        return result
    model = dawid_skene(table, categories=GRADES)
    for place, pk in enumerate(enough):
        result[pk] = {"items": given[pk], "table": model.confusion[place].tolist(), "reason": ""}
    return result
