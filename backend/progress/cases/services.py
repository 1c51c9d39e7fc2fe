"""Writes of saved views. What they find is asked anew each time: a view holds filters, no cases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.common.errors import Forbidden, Invalid
from backend.common.selectors import one_of
from backend.progress.cases.selectors.saved import views_visible_to
from backend.progress.models import SavedView
from backend.projects.models import Project

MOST_VIEWS = 50  # of one person in a project


class NotYourView(Forbidden):
    code = "not_your_view"
    message = "Only who saved this view may change or remove it. Save it under a name of your own."


@transaction.atomic
def save_view(*, user: User, project: Project, name: str, filters: dict[str, Any], shared: bool) -> SavedView:
    """Keep filters under a name; one's own view of that name takes the new ones.

    Raises
    ------
    Invalid
        ``no_name``; ``too_many_views``.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid("no_name", "Give the view a name.")
    mine = SavedView.objects.filter(project=project, owner=user)
    if not mine.filter(name=name).exists() and mine.count() >= MOST_VIEWS:
        raise Invalid(
            "too_many_views", f"You have {MOST_VIEWS} views here. Remove one that you no longer use."
        )
    row, _ = SavedView.objects.update_or_create(
        project=project, owner=user, name=name, defaults={"filters": filters, "shared": shared}
    )
    return row


@transaction.atomic
def remove_view(*, user: User, project: Project, view_id: UUID) -> None:
    """Remove one's own view.

    Raises
    ------
    NotFound, NotYourView
    """
    row = one_of(views_visible_to(user, project), view_id)
    if row.owner_id != user.pk:
        raise NotYourView
    row.delete()
