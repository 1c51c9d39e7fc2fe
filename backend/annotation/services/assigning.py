"""Who gets which task: the next one in one click, by hand, given back, or taken back from the absent.

Safe when many ask at once. The database decides: a place is a row, and the unique constraints on (task, slot)
and (task, rater) let one of two simultaneous inserts through. The loser goes on to the next place or task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.errors import (
    AlreadyAssigned,
    AssignmentClosed,
    OwnWork,
    RoleMissing,
    TaskFull,
    TaskNotOpen,
)
from backend.annotation.models import Assignment, AssignmentState, Task, TaskState
from backend.annotation.selectors import (
    COMPARING_KINDS,
    WORKING_STATES,
    assignments_visible_to,
    free_tasks,
    has_worked_on,
)
from backend.annotation.services.cases import assignment_changed
from backend.audit import services as audit
from backend.projects.models import Membership, Project
from backend.projects.protocols import Stage
from backend.projects.selectors import protocol_of

CANDIDATES = 64  # tasks looked at in one go; more are fetched only when all of these were taken meanwhile
ROUNDS = 20


@transaction.atomic
def next_assignment(*, user: User, project: Project) -> Assignment | None:
    """The assignment this person should work on now.

    Work they have begun comes first (so that asking twice gives the same answer), then the best free task.
    ``None`` when nothing in the project waits for them.
    """
    # Two clicks of one person queue up here; different people do not wait for each other.
    list(Membership.objects.select_for_update().filter(project=project, user_id=user.pk))
    begun = (
        assignments_visible_to(user)
        .filter(task__case__project=project, state__in=WORKING_STATES)
        .order_by("-state", "created_at")  # "returned" before "open"
        .first()
    )
    if begun is not None:
        return begun
    keys = stages_open_to(user=user, project=project)
    if not keys:
        return None
    for attempt in range(ROUNDS):
        found = list(
            free_tasks(user=user, project=project, stage_keys=keys).select_related("case")[:CANDIDATES]
        )
        if not found:
            return None
        for task in seeded(found, project):
            # Pass by tasks that somebody is taking just now; wait for them only when nothing else is free.
            assignment = claim_place(task_id=task.pk, user=user, wait=attempt > 0)
            if assignment is not None:
                return assignment
    return None


def stages_open_to(*, user: User, project: Project) -> list[str]:
    """Keys of the stages that one of the person's roles may take; none while they are away."""
    today = timezone.localdate()
    roles = {
        membership.role
        for membership in Membership.objects.filter(project=project, user_id=user.pk, active=True)
        if not membership.is_away(today)
    }
    return [stage.key for stage in protocol_of(project).stages if roles & set(stage.roles)]


def seeded(tasks: Iterable[Task], project: Project) -> list[Task]:
    """Equal tasks in an order that follows from the project and the task alone, not from upload order."""

    def rank(task: Task) -> tuple[int, date, int, str]:
        draw = hashlib.sha256(f"{project.pk}:{task.pk}".encode()).hexdigest()
        taken = getattr(task, "taken", 0)
        return (-task.case.priority, task.case.due_on or date.max, -taken, draw)

    return sorted(tasks, key=rank)


class _NoPlace(Exception):
    """This person cannot have a place of this task (any more)."""


def claim_place(*, task_id: UUID, user: User, wait: bool = True) -> Assignment | None:
    """Take the first free place of the task, or ``None`` when there is none for this person any more.

    Without ``wait`` a task whose row somebody else holds counts as taken, where the database can tell. A
    claim that fails is rolled back, so that it keeps no lock while the caller waits for another task: two
    people could otherwise wait for each other.
    """
    try:
        with transaction.atomic():
            return _claim(task_id, user, wait)
    except _NoPlace:
        return None


def _claim(task_id: UUID, user: User, wait: bool) -> Assignment:
    skip = not wait and connection.features.has_select_for_update_skip_locked
    rows = Task.objects.select_related("case__project").select_for_update(of=("self",), skip_locked=skip)
    task = rows.filter(pk=task_id, state=TaskState.OPEN).first()
    if task is None:
        raise _NoPlace
    held = list(task.assignments.exclude(state=AssignmentState.CANCELLED).values_list("slot", "rater_id"))
    if any(rater_id == user.pk for _, rater_id in held):
        raise _NoPlace
    taken = {slot for slot, _ in held}
    for slot in range(task.overlap):
        if slot in taken:
            continue
        try:
            with transaction.atomic():
                assignment = _place(task, user, slot)
        except IntegrityError:  # somebody else took this place between our look and our insert
            continue
        return assignment
    raise _NoPlace


def _place(task: Task, user: User, slot: int) -> Assignment:
    assignment = Assignment.objects.create(
        task=task,
        rater=user,
        slot=slot,
        return_comment=task.note,
        due_on=task.case.due_on,
        blank_start=starts_blank(task),
    )
    audit.record(
        actor=user,
        verb="assignment.taken",
        subject=task.case,
        project_id=task.case.project_id,
        assignment=str(assignment.pk),
        stage=task.stage_key,
        slot=slot,
    )
    assignment_changed(assignment, task.case)
    return assignment


def starts_blank(task: Task) -> bool:
    """Whether the case is one of the protocol's share that starts without the engine's mask.

    Drawn per case and stage from the project's secret: all raters of a case get the same start, and nobody
    can tell beforehand.
    """
    stage = protocol_of(task.case.project).stage(task.stage_key)
    secret = task.case.project.pseudonym_secret
    digest = hashlib.sha256(f"{secret}:blank:{task.case_id}:{task.stage_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < stage.blank_share


@transaction.atomic
def assign(*, task_id: UUID, user: User, actor: User) -> Assignment:
    """Give a task to a named person (a manager's override).

    Raises
    ------
    TaskNotOpen, RoleMissing, OwnWork, AlreadyAssigned, TaskFull
        When the task cannot be given to this person.
    """
    task = Task.objects.select_related("case__project").get(pk=task_id)
    if task.state != TaskState.OPEN:
        raise TaskNotOpen
    stage = protocol_of(task.case.project).stage(task.stage_key)
    check_may_take(user=user, task=task, stage=stage)
    assignment = claim_place(task_id=task_id, user=user)
    if assignment is None:
        mine = task.assignments.exclude(state=AssignmentState.CANCELLED).filter(rater=user)
        if mine.exists():
            raise AlreadyAssigned
        raise TaskFull
    audit.record(
        actor=actor,
        verb="assignment.given",
        subject=task.case,
        project_id=task.case.project_id,
        assignment=str(assignment.pk),
        rater=str(user.pk),
    )
    return assignment


def check_may_take(*, user: User, task: Task, stage: Stage) -> None:
    """Refuse a person without a fitting role, and one who would judge their own work."""
    member = Membership.objects.filter(
        project_id=task.case.project_id, user_id=user.pk, active=True, role__in=stage.roles
    )
    if not member.exists():
        raise RoleMissing
    if task.kind in COMPARING_KINDS and has_worked_on(user.pk, task.case):
        raise OwnWork


@transaction.atomic
def cancel_assignment(*, assignment_id: UUID, actor: User | None, reason: str = "") -> Assignment:
    """Give unfinished work back: its place is free again, its edits stay on record.

    Raises
    ------
    AssignmentClosed
        It was handed in or cancelled before.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",)).select_related("task__case").get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    assignment.state = AssignmentState.CANCELLED
    assignment.save(update_fields=["state", "updated_at"])
    case = assignment.task.case
    audit.record(
        actor=actor,
        verb="assignment.released",
        subject=case,
        project_id=case.project_id,
        assignment=str(assignment.pk),
        reason=reason,
    )
    assignment_changed(assignment, case)
    return assignment


def return_work_of_absent(*, today: date) -> int:
    """Free the places of people who left a project or are away. Returns how many were freed."""
    freed = 0
    working = Assignment.objects.filter(state__in=WORKING_STATES).select_related("task__case__project")
    for assignment in working:
        memberships = Membership.objects.filter(
            project=assignment.task.case.project, user_id=assignment.rater_id, active=True
        )
        present = any(not membership.is_away(today) for membership in memberships)
        if not present:
            cancel_assignment(assignment_id=assignment.pk, actor=None, reason="absent")
            freed += 1
    return freed
