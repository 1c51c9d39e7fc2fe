"""Lists of work and of cases, in the order in which they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case
from backend.annotation.selectors import WORKING_STATES, assignments_visible_to, cases_of
from backend.projects.models import Project

STATES = {
    "open": WORKING_STATES,
    "submitted": (AssignmentState.SUBMITTED,),
    "all": (*WORKING_STATES, AssignmentState.SUBMITTED),
}


def work_list(user: User, state: str) -> QuerySet[Assignment]:
    """One's own work over all projects, by a key of `STATES`: returned work first, or the last handed in."""
    first = "-state" if state == "open" else "-submitted_at"
    mine = assignments_visible_to(user).filter(state__in=STATES[state])
    return mine.order_by(first, "-task__case__priority", "created_at")


def cases_in_order(project: Project, ids: Sequence[UUID]) -> list[Case]:
    """The project's cases of these ids, each once, in the order given; what is not there is left out."""
    found = cases_of(project).in_bulk(list(ids))
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found]
