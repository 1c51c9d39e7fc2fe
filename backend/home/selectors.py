"""What waits for somebody, over all their projects, by role: the first page. A fixed number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import Coalesce
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, CasePurpose, CaseState, Exercise
from backend.annotation.models import TaskState as State
from backend.annotation.quality.selectors.training import untrained_in
from backend.annotation.selectors import (
    COMPARING_KINDS,
    WORKING_STATES,
    free_places,
    open_concerns_managed_by,
)
from backend.annotation.work.selectors.details import assignment_summary
from backend.annotation.work.selectors.lists import work_list
from backend.annotation.work.selectors.questions import open_questions
from backend.challenge.models import Challenge
from backend.challenge.selectors import challenges_visible_to
from backend.home.first_hour import FirstHour, first_hours
from backend.projects.groups import groups_holding
from backend.projects.guideline_selectors import READERS, Unread, unread_by
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import project_counts, protocol_of
from backend.releases.models import Release, ReleaseState
from backend.releases.published import out_q, withdrawn_q
from backend.releases.selectors import releases_visible_to

MOST_TASKS = 50
MOST_RELEASES = 5
ENGINE_PATIENCE = timedelta(days=1)
IDLE = timedelta(days=14)

Numbers = Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """What somebody may take in a project. Of blinded kinds never how much, which would tell exercises."""

    project: Project
    training: bool
    kinds: list[str]
    to_adjudicate: int
    to_review: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """What goes no further by itself in a project."""

    quarantined: int
    waiting_for_engine: int  # for more than a day
    concerns: int
    questions: int  # on cases, that nobody has answered
    overdue: int
    idle: int  # in somebody's hands, and not touched for two weeks


@dataclass(frozen=True, slots=True)
class Managed:
    """A project that somebody manages: what a new one still needs, and what is stuck."""

    project: Project
    counts: Mapping[str, int]
    stages: list[Any]
    has_guidelines: bool
    tried: bool
    people: list[list[str]]  # the roles of each person; of projects without an accepted case
    stuck: Stuck


@dataclass(frozen=True, slots=True)
class Home:
    """The first page of one person."""

    tasks: list[dict[str, Any]]
    tasks_total: int
    waiting: list[WaitingWork] = field(default_factory=list)
    managed: list[Managed] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    guidelines: list[Unread] = field(default_factory=list)
    first_hours: list[FirstHour] = field(default_factory=list)


def home_of(user: User) -> Home:
    """All that waits for this person."""
    held = list(
        Membership.objects.filter(user=user, active=True, project__archived_at__isnull=True)
        .select_related("project")
        .order_by("project__name", "role")
    )
    groups = groups_holding(user, {row.project_id for row in held})
    open_work = work_list(user, "open")
    managed = [row.project for row in held if row.role == Role.MANAGER]
    research = [row.project_id for row in held if row.role == Role.RESEARCHER]
    frozen = releases_visible_to(user).filter(project__in=research, state=ReleaseState.FROZEN)
    frozen = frozen.filter(out_q()).exclude(withdrawn_q())
    untrained = untrained_in(user, [row.project for row in held if row.role == Role.RATER])
    opened = challenges_visible_to(user).filter(release__project__in=research, opened_at__isnull=False)
    return Home(
        tasks=[assignment_summary(row) for row in open_work[:MOST_TASKS]],
        tasks_total=open_work.count(),
        waiting=_waiting(user, held, untrained, groups),
        managed=_managed(user, managed),
        releases=list(frozen.order_by("-frozen_at")[:MOST_RELEASES]),
        challenges=list(opened.order_by("-opened_at")[:MOST_RELEASES]),
        guidelines=unread_by(user, [row.project for row in held if row.role in READERS]),
        first_hours=first_hours(user, held, untrained=untrained, groups=groups, frozen=frozen),
    )


def _waiting(
    user: User, held: Iterable[Membership], untrained: set[UUID], groups: set[str]
) -> list[WaitingWork]:
    today = timezone.localdate()
    present = [row for row in held if not row.is_away(today)]
    projects = {row.project_id: row.project for row in present}
    roles: dict[UUID, set[str]] = {}
    for row in present:
        if row.role != Role.RATER or row.project_id not in untrained:
            roles.setdefault(row.project_id, set()).add(row.role)
    keys = {
        pk: [stage.key for stage in protocol_of(projects[pk]).stages if stage.is_for(own, groups)]
        for pk, own in roles.items()
    }
    rows = free_places(user, {pk: stages for pk, stages in keys.items() if stages}).order_by()
    free = Counter(rows.values_list("case__project_id", "kind"))
    training = _training(user, untrained & projects.keys())
    return [
        _waiting_in(project, {kind: n for (pk, kind), n in free.items() if pk == project.pk}, training)
        for project in projects.values()
    ]


def _waiting_in(project: Project, free: Mapping[str, int], training: set[UUID]) -> WaitingWork:
    adjudicate, review = (free.get(kind, 0) for kind in COMPARING_KINDS)
    return WaitingWork(project, project.pk in training, sorted(free), adjudicate, review)


def _training(user: User, projects: Iterable[UUID]) -> set[UUID]:
    """Projects in which a training case is ready for this person."""
    mine = Exercise.objects.filter(
        rater=user, case__project__in=list(projects), case__purpose=CasePurpose.TRAINING
    )
    return set(mine.filter(case__tasks__state=State.OPEN).values_list("case__project_id", flat=True))


def _managed(user: User, projects: list[Project]) -> list[Managed]:
    if not projects:
        return []
    ids = [project.pk for project in projects]
    counts = project_counts(ids)
    new = [pk for pk in ids if not counts[pk]["accepted"]]
    work = Assignment.objects.filter(task__case__project__in=ids, task__case__purpose=CasePurpose.WORK)
    done = (AssignmentState.SUBMITTED, AssignmentState.RETURNED)
    tried = set(
        work.filter(state__in=done).order_by().values_list("task__case__project", flat=True).distinct()
    )
    people = _people(new)
    stuck = _stuck(user, ids, counts)
    return [
        Managed(
            project=project,
            counts=counts[project.pk],
            stages=list(protocol_of(project).stages),
            has_guidelines=project.guidelines.strip() != "",
            tried=project.pk in tried,
            people=people.get(project.pk, []),
            stuck=stuck[project.pk],
        )
        for project in projects
    ]


def _people(ids: list[UUID]) -> dict[UUID, list[list[str]]]:
    rows = Membership.objects.filter(project__in=ids, active=True).order_by("user_id", "role")
    found: dict[UUID, dict[UUID, list[str]]] = {}
    for project_id, user_id, role in rows.values_list("project_id", "user_id", "role"):
        found.setdefault(project_id, {}).setdefault(user_id, []).append(role)
    return {pk: list(people.values()) for pk, people in found.items()}


def _stuck(user: User, ids: list[UUID], counts: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, Stuck]:
    now = timezone.now()
    cases = Case.objects.filter(
        project__in=ids, state=CaseState.WAITING, created_at__lt=now - ENGINE_PATIENCE
    )
    waiting = _by_project(cases, "project_id")
    concerns = _by_project(open_concerns_managed_by(user).filter(task__case__project__in=ids))
    questions = _by_project(open_questions(user, ids), "case__project_id")
    in_hand = Assignment.objects.filter(
        task__case__project__in=ids, task__case__purpose=CasePurpose.WORK, state__in=WORKING_STATES
    )
    due = in_hand.annotate(due=Coalesce("due_on", "task__case__due_on")).filter(due__lt=timezone.localdate())
    overdue, idle = _by_project(due), _by_project(in_hand.filter(updated_at__lt=now - IDLE))
    return {
        pk: Stuck(
            quarantined=counts[pk]["quarantined"],
            waiting_for_engine=waiting.get(pk, 0),
            concerns=concerns.get(pk, 0),
            questions=questions.get(pk, 0),
            overdue=overdue.get(pk, 0),
            idle=idle.get(pk, 0),
        )
        for pk in ids
    }


def _by_project(rows: Any, path: str = "task__case__project_id") -> Numbers:
    return dict(rows.order_by().values_list(path).annotate(n=Count("pk")).values_list(path, "n"))
