"""Copies that wait for their score."""

from __future__ import annotations

from django.db.models import QuerySet

from backend.annotation.models import AssignmentState, Exercise


def unscored_exercises() -> QuerySet[Exercise]:
    """Copies handed in that have no score yet."""
    return Exercise.objects.filter(
        case__tasks__assignments__state=AssignmentState.SUBMITTED, results__isnull=True
    )
