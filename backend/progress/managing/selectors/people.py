"""Who has how much in hand, what of it is overdue, and who is away."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.db.models.functions import Coalesce
from django.utils import timezone

from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.progress.cases.selectors.board import people
from backend.projects.models import Membership, Project


def workload(project: Project) -> list[dict[str, Any]]:
    """The board's people, with what is overdue today; who has most in hand first."""
    today = timezone.localdate()
    overdue = dict(
        Assignment.objects.filter(task__case__project=project, state__in=WORKING_STATES)
        .annotate(due=Coalesce("due_on", "task__case__due_on"))
        .filter(due__lt=today)
        .order_by()
        .values("rater")
        .annotate(n=Count("pk"))
        .values_list("rater", "n")
    )
    memberships = Membership.objects.filter(project=project, active=True, away_until__gte=today)
    away = {row.user_id: row.away_until for row in memberships if row.is_away(today)}
    rows = [
        {
            "user": row["user"],
            "open": row["open"] + row["returned"],
            "overdue": overdue.get(row["user"]["id"], 0),
            "submitted": row["submitted"],
            "active_minutes": row["active_minutes"],
            "away_until": away.get(row["user"]["id"]),
        }
        for row in people(project)
    ]
    return sorted(rows, key=lambda row: (-row["open"], row["user"]["name"]))
