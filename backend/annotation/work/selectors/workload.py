"""How much people have in hand and have worked this week, and whether their limits leave room for more.

Every assignment counts alike, copies that train or measure as well: a limit that some passed by would tell
which they are. Hours are active time, from Monday on, by the clock of the site.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import Count
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import ActiveWeek, Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.projects.models import Membership, Project


def monday_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(slots=True)
class Load:
    """What one person has in hand and has worked, and the limits; None: no limit."""

    open: int = 0
    week_seconds: int = 0
    max_open: int | None = None
    max_weekly_hours: int | None = None
    away_until: date | None = None  # away today

    @property
    def reason(self) -> Literal["away", "open", "hours", ""]:
        """Why the person gets nothing new; empty where they do."""
        if self.away_until is not None:
            return "away"
        if self.max_open is not None and self.open >= self.max_open:
            return "open"
        if self.max_weekly_hours is not None and self.week_seconds >= 3600 * self.max_weekly_hours:
            return "hours"
        return ""

    @property
    def why(self) -> str:
        """The same as the end of a sentence that begins with who."""
        match self.reason:
            case "away":
                return f"away until {self.away_until}"
            case "open":
                return f"at the limit of tasks in hand ({self.open} of {self.max_open})"
            case "hours":
                hours = self.week_seconds / 3600
                return f"at the limit of hours of this week ({hours:.1f} of {self.max_weekly_hours})"
            case _:
                return ""


def load_of(user: User, project: Project) -> Load:
    """One person's load in the project."""
    return loads(project, [user.pk])[user.pk]


def loads(project: Project, user_ids: Collection[UUID]) -> dict[UUID, Load]:
    """The load of each of these people in the project, in three queries."""
    today = timezone.localdate()
    found = {pk: Load() for pk in user_ids}
    held = Assignment.objects.filter(
        task__case__project=project, rater__in=user_ids, state__in=WORKING_STATES
    ).order_by()
    for pk, count in held.values_list("rater").annotate(n=Count("pk")):
        found[pk].open = count
    weeks = ActiveWeek.objects.filter(project=project, user__in=user_ids, monday=monday_of(today))
    for pk, seconds in weeks.values_list("user", "seconds"):
        found[pk].week_seconds = seconds
    present: set[UUID] = set()
    for row in Membership.objects.filter(project=project, user__in=user_ids, active=True):
        load = found[row.user_id]
        load.max_open, load.max_weekly_hours = row.max_open, row.max_weekly_hours
        if not row.is_away(today):
            present.add(row.user_id)
        elif row.away_until is not None:
            load.away_until = max(load.away_until or row.away_until, row.away_until)
    for pk in present:
        found[pk].away_until = None  # away in one role, there in another
    return found
