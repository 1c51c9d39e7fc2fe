"""What is new to somebody since they were last told: counts by project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import AssignmentState
from backend.annotation.selectors import (
    WORKING_STATES,
    assignments_visible_to,
    cases_rated_now_by,
    open_concerns_managed_by,
)
from backend.annotation.work.selectors.questions import own_questions, questions_answered_by
from backend.imaging.models import Upload, UploadState
from backend.notices.models import MailWish, Often
from backend.projects.models import Membership, Project, Role
from backend.releases.models import AccessRequest, FaultReport, FaultState, RequestState
from backend.releases.selectors import releases_visible_to

PERIODS = {Often.DAILY: timedelta(hours=22), Often.WEEKLY: timedelta(days=7) - timedelta(hours=2)}
SOON = timedelta(days=2)  # a task is due


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is new in one project. Of one's own tasks only, and of what a manager has to answer."""

    project: Project
    given: int = 0  # tasks that came since, and were not opened yet
    returned: int = 0  # work that came back since
    due_moved: int = 0  # tasks whose due date an absence has moved since
    due_soon: int = 0
    overdue: int = 0
    concerns: int = 0  # what raters have told the manager since
    questions: int = 0  # on cases, asked since, which wait for somebody who answers
    replied: int = 0  # of one's own questions, those with an answer since
    quarantined: int = 0  # files since
    requests: int = 0  # for files of a release, which came since and wait for a manager
    faults: int = 0  # reported in a release since, which wait for a manager
    answered: int = 0  # of the faults that one reported oneself, since

    @property
    def is_news(self) -> bool:
        """Whether this is worth a mail: what is overdue alone was told when it was due soon."""
        work = (self.given, self.returned, self.due_moved, self.due_soon, self.concerns, self.quarantined)
        return any((*work, self.questions, self.replied, self.requests, self.faults, self.answered))


@dataclass(slots=True)
class _Counts:
    by_project: dict[UUID, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, name: str, rows: QuerySet[Any], path: str = "task__case__project_id") -> None:
        counted = rows.order_by().values_list(path).annotate(n=Count("pk")).values_list(path, "n")
        for project_id, n in counted:
            self.by_project[project_id][name] = n


def wish_of(user: User) -> MailWish:
    """How often this person wants mail; who never said so is told daily."""
    return MailWish.objects.filter(user=user).first() or MailWish(user=user)


def people_due(now: datetime) -> QuerySet[User]:
    """Members of a project whose time has come; the one who has waited longest first."""
    open_to_mail = ~Q(mail_wish__often=Often.NEVER)
    waited = Q(mail_wish__looked_at=None)
    for often, period in PERIODS.items():
        waited |= Q(mail_wish__often=often, mail_wish__looked_at__lte=now - period)
    members = Membership.objects.filter(active=True, project__archived_at__isnull=True).values("user")
    due = User.objects.filter(open_to_mail, waited, is_active=True, pk__in=members)
    return due.select_related("mail_wish").order_by(F("mail_wish__looked_at").asc(nulls_first=True), "pk")


def fresh_for(user: User, since: datetime, now: datetime) -> list[Fresh]:
    """What came since, by the project's name; projects with nothing new are left out.

    A fixed number of queries.
    """
    counts = _Counts()
    mine = assignments_visible_to(user).filter(task__case__project__archived_at__isnull=True)
    in_hand = mine.filter(state__in=WORKING_STATES)
    came = in_hand.filter(created_at__gt=since)
    counts.add("given", came.filter(state=AssignmentState.OPEN, opened_at=None))
    counts.add("returned", came.filter(state=AssignmentState.RETURNED))
    counts.add("due_moved", in_hand.filter(due_moved_at__gt=since))
    today = timezone.localdate(now)
    due = in_hand.annotate(due=Coalesce("due_on", "task__case__due_on"))
    counts.add("due_soon", due.filter(due__gte=today, due__lte=today + SOON))
    counts.add("overdue", due.filter(due__lt=today))
    counts.add("concerns", open_concerns_managed_by(user).filter(concern_at__gt=since))
    managed = Membership.objects.filter(user=user, role=Role.MANAGER, active=True).values("project")
    held = Upload.objects.filter(
        batch__project__in=managed, state=UploadState.QUARANTINED, updated_at__gt=since
    )
    counts.add("quarantined", held, "batch__project_id")
    _count_questions(counts, user, since, managed)
    _count_releases(counts, user, since, managed)
    return _named(counts.by_project)


def _count_questions(counts: _Counts, user: User, since: datetime, managed: QuerySet[Any, Any]) -> None:
    """Questions on cases that this person may read; what a manager has as a concern is counted there."""
    waiting = questions_answered_by(user).filter(closed_at=None, answered_at=None, updated_at__gt=since)
    told = Q(case__project__in=managed, assignment__concern="discuss", assignment__concern_at__gt=since)
    counts.add("questions", waiting.exclude(told), "case__project_id")
    own = own_questions(user).filter(answered_at__gt=since)
    counts.add("replied", own, "case__project_id")


def _count_releases(counts: _Counts, user: User, since: datetime, managed: QuerySet[Any, Any]) -> None:
    """Of releases: what waits for their managers, and what these answered to whoever reported a fault."""
    asked = AccessRequest.objects.filter(release__project__in=managed, state=RequestState.ASKED)
    counts.add("requests", asked.filter(updated_at__gt=since), "release__project_id")
    case = "item__release__project_id"
    # as on the page: none of a case that they rate blindly now
    reported = FaultReport.objects.exclude(item__case__in=cases_rated_now_by(user))
    waiting = reported.filter(item__release__project__in=managed, state=FaultState.WAITING)
    counts.add("faults", waiting.filter(created_at__gt=since).exclude(reporter=user), case)
    seen = releases_visible_to(user).order_by().values("pk")
    mine = reported.filter(reporter=user, item__release__in=seen, answered_at__gt=since)
    counts.add("answered", mine, case)


def _named(by_project: Mapping[UUID, Mapping[str, int]]) -> list[Fresh]:
    projects = Project.objects.filter(pk__in=list(by_project), archived_at__isnull=True).order_by("name")
    return [Fresh(project, **by_project[project.pk]) for project in projects]
