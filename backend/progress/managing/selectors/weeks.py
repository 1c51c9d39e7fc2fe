"""The project from week to week: how much there was, was begun, was accepted, was handed in.

A week is from Monday, 0:00 of the site's time zone, up to the next; the last one ends now. What an excluded
case was before counts in no week: the curve is of the data set as it is meant today.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Min
from django.db.models.functions import TruncWeek
from django.utils import timezone

from backend.annotation.models import Case, CasePurpose, CaseState, Submission
from backend.projects.models import Project

MOST_WEEKS = 156  # older ones are in the sums only
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """One week: ``total``, ``begun`` and ``accepted`` stand at its end, the others happened within it."""

    begins: date
    total: int
    begun: int  # a first task was opened; accepted ones are among them
    accepted: int
    newly_accepted: int
    submitted: int
    complete: bool  # not the one that is under way


def weeks_of(project: Project) -> list[Week]:
    """From the week of the first case on, oldest first; in two queries."""
    rows = (
        Case.objects.filter(project=project)
        .exclude(state=CaseState.EXCLUDED)
        .order_by()
        .annotate(first_task=Min("tasks__created_at"))
        .values_list("created_at", "first_task", "accepted_at", "state")
    )
    made: list[datetime] = []
    begun: list[datetime] = []
    accepted: list[datetime] = []
    for created_at, first_task, accepted_at, state in rows:
        done_at = accepted_at if state == CaseState.ACCEPTED else None
        starts = [at for at in (first_task, done_at) if at is not None]
        made.append(created_at)
        begun += [min(starts)] if starts else []
        accepted += [done_at] if done_at is not None else []
    if not made:
        return []
    return _counted(sorted(made), sorted(begun), sorted(accepted), _handed_in(project))


def _counted(
    made: Sequence[datetime],
    begun: Sequence[datetime],
    accepted: Sequence[datetime],
    submitted: dict[date, int],
) -> list[Week]:
    now = timezone.now()
    weeks: list[Week] = []
    monday, before = monday_of(made[0]), 0
    while midnight(monday) <= now:
        following = monday + WEEK
        end = midnight(following)  # of the week under way nothing lies after now
        there = bisect_left(accepted, end)
        weeks.append(
            Week(
                begins=monday,
                total=bisect_left(made, end),
                begun=bisect_left(begun, end),
                accepted=there,
                newly_accepted=there - before,
                submitted=submitted.get(monday, 0),
                complete=end <= now,
            )
        )
        monday, before = following, there
    return weeks[-MOST_WEEKS:]


def monday_of(at: datetime) -> date:
    """The Monday of a moment's week, in the site's time zone."""
    day = timezone.localtime(at).date()
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """The moment at which a day of the site begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _handed_in(project: Project) -> dict[date, int]:
    rows = (
        Submission.objects.filter(
            assignment__task__case__project=project, assignment__task__case__purpose=CasePurpose.WORK
        )
        .order_by()
        .annotate(week=TruncWeek("created_at"))
        .values("week")
        .annotate(n=Count("pk"))
    )
    return {timezone.localtime(row["week"]).date(): row["n"] for row in rows}
