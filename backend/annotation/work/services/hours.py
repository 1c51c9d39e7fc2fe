"""Active time counted by the week, for limits on it."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from backend.annotation.models import ActiveWeek, Assignment
from backend.annotation.work.selectors.workload import monday_of


def count_active(*, assignment: Assignment, seconds: int) -> None:
    """Add time that somebody worked just now, in the caller's transaction."""
    if seconds <= 0:
        return
    key: dict[str, Any] = {
        "project_id": assignment.task.case.project_id,
        "user_id": assignment.rater_id,
        "monday": monday_of(timezone.localdate()),
    }
    ActiveWeek.objects.get_or_create(**key)
    ActiveWeek.objects.filter(**key).update(seconds=F("seconds") + seconds)
