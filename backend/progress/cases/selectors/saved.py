"""Saved views of the list of cases: one's own, and those that other managers of the project share."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from backend.accounts.models import User
from backend.progress.models import SavedView
from backend.projects.models import Project


def views_visible_to(user: User, project: Project) -> QuerySet[SavedView]:
    """The views that a manager of the project may use, by name."""
    return SavedView.objects.filter(Q(owner=user) | Q(shared=True), project=project).select_related("owner")
