"""The board: columns of cards, people, work a day; as many queries for a large project as for a small one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    CaseState,
    Submission,
)
from backend.progress.cases.selectors.cards import (
    ACCEPTED_KEY,
    WAITING_KEY,
    case_card,
    column_of,
    stage_titles,
    with_card_data,
)
from backend.projects.models import Project, Role
from backend.projects.selectors import protocol_of

CARDS_PER_STAGE = 12  # the list of cases has them all

THROUGHPUT_DAYS = 30

WORKING_ROLES = (Role.RATER, Role.RADIOLOGIST)


def columns(project: Project, visible: QuerySet[Case]) -> list[dict[str, Any]]:
    """The board's columns, each with how many cases it has and the first of them, in their order."""
    counts: dict[str, int] = {}
    rows = Case.objects.filter(project=project).order_by().values("state", "stage_key")
    for row in rows.annotate(n=Count("pk")):
        key = column_of(Case(state=row["state"], stage_key=row["stage_key"]))
        if row["state"] != CaseState.EXCLUDED:
            counts[key] = counts.get(key, 0) + row["n"]
    titles = stage_titles(project)
    first = [pk for key in titles for pk in _first_of(key, visible)]
    cards: dict[str, list[dict[str, Any]]] = {}
    for case in with_card_data(Case.objects.filter(pk__in=first)).order_by("-priority", "created_at"):
        cards.setdefault(column_of(case), []).append(case_card(case, titles))
    kinds = {WAITING_KEY: "engine", ACCEPTED_KEY: "accepted"}
    kinds |= {stage.key: stage.kind for stage in protocol_of(project).stages}
    return [
        {
            "key": key,
            "title": title,
            "kind": kinds[key],
            "count": counts.get(key, 0),
            "cases": cards.get(key, []),
        }
        for key, title in titles.items()
    ]


def _first_of(key: str, visible: QuerySet[Case]) -> list[UUID]:
    """The column's cases that its cards are of, read along their index however many there are."""
    states = {WAITING_KEY: CaseState.WAITING, ACCEPTED_KEY: CaseState.ACCEPTED}
    rows = visible.filter(state=states.get(key, CaseState.IN_PROGRESS))
    if key not in states:
        rows = rows.filter(stage_key=key)
    return list(rows.order_by("-priority", "created_at").values_list("pk", flat=True)[:CARDS_PER_STAGE])


def people(project: Project, only: User | None = None) -> list[dict[str, Any]]:
    """What each rater and radiologist has in hand and has handed in."""
    members = User.objects.filter(
        memberships__project=project, memberships__role__in=WORKING_ROLES, memberships__active=True
    ).distinct()
    if only is not None:
        members = members.filter(pk=only.pk)
    given = Assignment.objects.filter(task__case__project=project)
    work = {
        row["rater"]: row
        for row in (given if only is None else given.filter(rater=only))
        .order_by()
        .values("rater")
        .annotate(
            open=Count("pk", filter=Q(state=AssignmentState.OPEN)),
            submitted=Count("pk", filter=Q(state=AssignmentState.SUBMITTED)),
            returned=Count("pk", filter=Q(state=AssignmentState.RETURNED)),
            seconds=Sum("active_seconds"),
            last=Max("updated_at"),
        )
    }
    rows = []
    for user in members.order_by("display_name", "email"):
        row: Mapping[str, Any] = work.get(user.pk, {})
        rows.append(
            {
                "user": {"id": user.pk, "name": user.name},
                "open": row.get("open", 0),
                "submitted": row.get("submitted", 0),
                "returned": row.get("returned", 0),
                "active_minutes": round((row.get("seconds") or 0) / 60, 1),
                "last_activity": row.get("last"),
            }
        )
    return rows


def throughput(project: Project) -> list[dict[str, Any]]:
    """Hand-ins and accepted cases of each of the last days, oldest first."""
    today = timezone.localdate()
    since = today - timedelta(days=THROUGHPUT_DAYS - 1)
    began = timezone.make_aware(datetime.combine(since, time.min))
    accepted = _per_day(
        Case.objects.filter(project=project, state=CaseState.ACCEPTED, accepted_at__gte=began), "accepted_at"
    )
    submitted = _per_day(
        Submission.objects.filter(
            assignment__task__case__project=project,
            assignment__task__case__purpose=CasePurpose.WORK,
            created_at__gte=began,
        ),
        "created_at",
    )
    days = [since + timedelta(days=offset) for offset in range(THROUGHPUT_DAYS)]
    return [
        {"date": day, "accepted": accepted.get(day, 0), "submitted": submitted.get(day, 0)} for day in days
    ]


def _per_day(rows: QuerySet[Any], field: str) -> dict[date, int]:
    counted = rows.order_by().annotate(day=TruncDate(field)).values("day").annotate(n=Count("pk"))
    return {row["day"]: row["n"] for row in counted}
