"""What has been seen of a project's work, for a simulation of more of it: minutes, people, agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean, median
from uuid import UUID

from django.db.models import Min, Sum
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, CasePurpose, Task, TaskKind
from backend.annotation.selectors import cases_open_to
from backend.common.models import JobState
from backend.consensus.models import Comparison
from backend.consensus.reports import ComparisonReport
from backend.projects.groups import groups_by_person
from backend.projects.models import Membership, Project

NEWEST = 1000  # hand-ins that are looked at
NEWEST_COMPARISONS = 200
WEEKS = 12  # of which the hours of a week are the mean


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works in the project: roles, and minutes a week, None where nobody's are known."""

    id: UUID
    name: str
    roles: frozenset[str]
    weekly_minutes: float | None
    observed: bool  # else the median of the others stands for theirs
    groups: frozenset[str] = frozenset()  # ids of those that they are in


@dataclass(frozen=True, slots=True)
class Observed:
    """All that the simulation is drawn from."""

    minutes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # of each hand-in, by stage
    kinds: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # the same by kind of stage
    workers: tuple[Worker, ...] = ()
    adjudicated: float | None = None  # share of compared cases that an expert had to look at
    pair_dice: float | None = None  # mean over cases, of their vertebrae and pairs of raters
    compared: int = 0  # cases behind it


def observed_in(project: Project, user: User) -> Observed:
    """What was seen in the project so far, as far as its cases are open to this manager."""
    minutes, kinds = _minutes(project)
    dice = _pair_dice(project, user)
    return Observed(
        minutes=minutes,
        kinds=kinds,
        workers=workers_in(project, timezone.now()),
        adjudicated=_adjudicated(project),
        pair_dice=fmean(dice) if dice else None,
        compared=len(dice),
    )


def _minutes(project: Project) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
    """Active minutes of the newest hand-ins that have any; work in another program has none."""
    rows = (
        Assignment.objects.filter(
            task__case__project=project,
            task__case__purpose=CasePurpose.WORK,
            state=AssignmentState.SUBMITTED,
            active_seconds__gt=0,
        )
        .order_by("-submitted_at")
        .values_list("task__stage_key", "task__kind", "active_seconds")[:NEWEST]
    )
    by_stage: dict[str, list[float]] = defaultdict(list)
    by_kind: dict[str, list[float]] = defaultdict(list)
    for stage, kind, seconds in rows:
        by_stage[stage].append(seconds / 60)
        by_kind[kind].append(seconds / 60)
    return (
        {key: tuple(sorted(found)) for key, found in by_stage.items()},
        {key: tuple(sorted(found)) for key, found in by_kind.items()},
    )


def workers_in(project: Project, now: datetime) -> tuple[Worker, ...]:
    """Who works in the project today, with the minutes of their mean week, held to their limit."""
    today = timezone.localdate(now)
    roles: dict[UUID, set[str]] = defaultdict(set)
    names: dict[UUID, str] = {}
    limits: dict[UUID, int | None] = {}
    members = Membership.objects.filter(project=project, active=True, user__is_active=True)
    for row in members.select_related("user"):
        if not row.is_away(today):
            roles[row.user_id].add(row.role)
            names[row.user_id], limits[row.user_id] = row.user.name, row.max_weekly_hours
    groups = groups_by_person(project)
    weeks = _mean_weeks(project, now)
    usual = median(weeks.values()) if weeks else None
    return tuple(
        Worker(
            id=pk,
            name=names[pk],
            roles=frozenset(own),
            weekly_minutes=_held(weeks.get(pk, usual), limits[pk]),
            observed=pk in weeks,
            groups=frozenset(groups.get(pk, ())),
        )
        for pk, own in sorted(roles.items(), key=lambda item: (names[item[0]], str(item[0])))
    )


def _held(minutes: float | None, limit_hours: int | None) -> float | None:
    if minutes is None or limit_hours is None:
        return minutes
    return min(minutes, 60.0 * limit_hours)


def _mean_weeks(project: Project, now: datetime) -> dict[UUID, float]:
    """Minutes of each person's mean week, over the last `WEEKS` or since their first hand-in among them.

    Added up by the database: hand-ins of so many weeks are too many to be read.
    """
    since = now - timedelta(weeks=WEEKS)
    worked = Assignment.objects.filter(
        task__case__project=project,
        state__in=(AssignmentState.SUBMITTED, AssignmentState.RETURNED),
        submitted_at__gt=since,
        active_seconds__gt=0,
    ).order_by()
    rows = worked.values_list("rater").annotate(first=Min("submitted_at"), seconds=Sum("active_seconds"))
    return {pk: seconds / 60 / max(1.0, (now - at) / timedelta(weeks=1)) for pk, at, seconds in rows}


def _adjudicated(project: Project) -> float | None:
    """Of the cases that were compared, the share that came to an expert; None where none was."""
    compared = Comparison.objects.filter(
        task__case__project=project, task__case__purpose=CasePurpose.WORK, state=JobState.SUCCEEDED
    )
    cases = set(compared.order_by().values_list("task__case", flat=True).distinct())
    if not cases:
        return None
    asked = Task.objects.filter(case__project=project, kind=TaskKind.ADJUDICATE)
    return len(cases & set(asked.order_by().values_list("case", flat=True).distinct())) / len(cases)


def _pair_dice(project: Project, user: User) -> list[float]:
    """Of each of the newest compared cases the mean Dice of its raters, pair by pair."""
    rows = (
        Comparison.objects.filter(
            task__case__in=cases_open_to(user).filter(project=project, purpose=CasePurpose.WORK),
            state=JobState.SUCCEEDED,
        )
        .order_by("-created_at")
        .values_list("task__case", "report")[:NEWEST_COMPARISONS]
    )
    found: dict[UUID, float] = {}
    for case_id, raw in rows:
        report = ComparisonReport.read(raw)
        known = [level.mean_dice for level in report.labels.values() if level.mean_dice is not None]
        if known and report.raters > 1:
            found.setdefault(case_id, fmean(known))  # the newest of a case comes first
    return list(found.values())
