"""What is watched of each rater over time, and the alarms that came of it; for managers alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max

from backend.accounts.models import User
from backend.annotation.models import CasePurpose, ExerciseResult, Submission, TaskKind
from backend.annotation.quality.selectors.training import not_yet_trained
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.consensus.selectors import final_reports
from backend.progress.models import DriftAlarm, DriftFigure, DriftState
from backend.progress.raters.selectors.reliability import names_cases
from backend.projects.models import Project
from backend.science.agreement.drift import LEARNING, Shift, Side, first_shift, limit_for

HAND_INS = 1000  # of one rater, between two false alarms over all that is watched of them
LEAST = LEARNING + 8  # values without which nothing can be told of a chart
DICE_RANGE = (0.01, 0.999)  # its logit stays finite
SIDES: dict[str, tuple[Side, ...]] = {
    DriftFigure.DICE: ("down",),
    DriftFigure.LEVEL_DICE: ("down",),
    DriftFigure.GOLD_DICE: ("down",),
    DriftFigure.EDITED: ("down", "up"),
    DriftFigure.MINUTES: ("down", "up"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a rater; of whose work, and when that was handed in."""

    submission: UUID
    at: datetime
    value: float


Key = tuple[UUID, str, int]  # rater, figure, label


@dataclass(frozen=True, slots=True)
class Left:
    """A chart that left its band."""

    key: Key
    shift: Shift
    points: tuple[Point, ...]


def charts_of(project: Project) -> dict[Key, list[Point]]:
    """Every series that is watched, oldest first; after an alarm that was settled it begins anew."""
    charts: dict[Key, list[Point]] = {}
    work = list(
        Submission.objects.filter(
            assignment__task__case__project=project,
            assignment__task__case__purpose=CasePurpose.WORK,
            assignment__task__kind__in=(TaskKind.CORRECT, TaskKind.GRADE),
        )
        .select_related("assignment", "mask")
        .order_by("created_at")
    )
    finals = final_reports(work)
    for submission in work:
        rater = submission.assignment.rater_id
        for figure, value in _of_work(submission):
            _add(charts, (rater, figure, 0), submission, value)
        final = finals.get(submission.pk)
        if final is None:
            continue
        if final.mean_dice is not None:
            _add(charts, (rater, DriftFigure.DICE, 0), submission, final.mean_dice)
        for label, dice in final.labels.items():
            _add(charts, (rater, DriftFigure.LEVEL_DICE, int(label)), submission, dice)
    gold = ExerciseResult.objects.filter(
        exercise__case__project=project,
        exercise__case__purpose=CasePurpose.GOLD,
        mean_dice__isnull=False,
    ).select_related("submission__assignment")
    for result in gold.order_by("submission__created_at"):
        if result.mean_dice is not None:
            rater = result.submission.assignment.rater_id
            _add(charts, (rater, DriftFigure.GOLD_DICE, 0), result.submission, result.mean_dice)
    return _since_settled(project, charts)


def _of_work(submission: Submission) -> Iterable[tuple[str, float]]:
    voxels = sum(submission.mask.label_voxels.values()) if submission.mask is not None else 0
    vertebrae = len(submission.mask.label_voxels) if submission.mask is not None else len(submission.gradings)
    if voxels:
        yield DriftFigure.EDITED, submission.edited_voxels / voxels
    if vertebrae and submission.active_seconds:
        yield DriftFigure.MINUTES, submission.active_seconds / 60 / vertebrae


def _add(charts: dict[Key, list[Point]], key: Key, submission: Submission, value: float) -> None:
    charts.setdefault(key, []).append(Point(submission.pk, submission.created_at, value))


def _since_settled(project: Project, charts: dict[Key, list[Point]]) -> dict[Key, list[Point]]:
    settled = DriftAlarm.objects.filter(project=project).exclude(state=DriftState.OPEN).order_by()
    ends = settled.values_list("rater_id", "figure", "label").annotate(end=Max("until"))
    after = {(rater, figure, label): end for rater, figure, label, end in ends}
    return {
        key: [point for point in points if key not in after or point.at > after[key]]
        for key, points in charts.items()
    }


def charted(figure: str, value: float) -> float:
    """The value on a scale on which a rater's values spread evenly about their own level."""
    if figure == DriftFigure.MINUTES:
        return math.log(value)
    if figure == DriftFigure.EDITED:
        return math.log10(value + 1e-4)
    low, high = DICE_RANGE
    dice = min(max(value, low), high)
    return math.log(dice / (1 - dice))


def those_that_left(charts: dict[Key, list[Point]]) -> list[Left]:
    """Charts that left their band. The more of one rater are watched, the further out is their limit."""
    watched = {key: points for key, points in charts.items() if len(points) >= LEAST}
    many: dict[UUID, int] = {}
    for rater, figure, _ in watched:
        many[rater] = many.get(rater, 0) + len(SIDES[figure])
    found = []
    for key, points in sorted(watched.items(), key=lambda row: (str(row[0][0]), *row[0][1:])):
        rater, figure, _ = key
        values = [charted(figure, point.value) for point in points]
        limit = limit_for(HAND_INS * many[rater])
        shifts = [first_shift(values, side=side, limit=limit) for side in SIDES[figure]]
        first = min((one for one in shifts if one is not None), key=lambda one: one.at, default=None)
        if first is not None:
            found.append(Left(key, first, tuple(points)))
    return found


def alarm_rows(project: Project, user: User) -> list[dict[str, Any]]:
    """The alarms with the cases behind them, those that wait first.

    Cases are named where this manager may see others' work on them, and where names are not hidden behind
    cases (double blind).
    """
    rows = list(
        DriftAlarm.objects.filter(project=project)
        .select_related("rater", "settled_by")
        .order_by(F("settled_at").asc(nulls_first=True), "-until")
    )
    named = names_cases(project, manages=True)
    ids = {pk for row in rows for pk in row.submissions} if named else set()
    behind = Submission.objects.filter(pk__in=ids)
    shown = cases_open_to(user).filter(
        project=project,
        pk__in=set(behind.values_list("assignment__task__case_id", flat=True)),  # few: asked first
    )
    behind = behind.filter(
        assignment__task__case__in=shown.filter(pk__in=cases_managed_by(user).values("pk"))
    )
    cases = {
        str(pk): {"id": case, "alias": alias, "at": at}
        for pk, case, alias, at in behind.values_list(
            "pk", "assignment__task__case_id", "assignment__task__case__alias", "created_at"
        )
    }
    untrained = not_yet_trained(project, {row.rater_id for row in rows})
    return [
        {
            "id": row.pk,
            "rater": {"id": row.rater_id, "name": row.rater.name},
            "figure": row.figure,
            "label": row.label or None,
            "side": row.side,
            "state": row.state,
            "since": row.since,
            "until": row.until,
            "values_before": row.values_before,
            "mean_before": row.mean_before,
            "mean_since": row.mean_since,
            "submissions": len(row.submissions),
            "cases": [cases[pk] for pk in row.submissions if pk in cases],
            "reason": row.reason,
            "settled_by": row.settled_by.name if row.settled_by is not None else "",
            "settled_at": row.settled_at,
            "trains": row.rater_id in untrained,
        }
        for row in rows
    ]
