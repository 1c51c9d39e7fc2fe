"""Work given to a named person, and taken back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.cases.selectors.stages import stage_of
from backend.annotation.cases.services.cases import assignment_changed
from backend.annotation.errors import (
    AlreadyAssigned,
    AnswerKnown,
    AssignmentClosed,
    AssignmentOpened,
    AtTheLimit,
    HasSeenOthers,
    NotInGroup,
    NotTrained,
    OwnWork,
    RoleMissing,
    StageGone,
    TaskFull,
    TaskNotOpen,
)
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Task,
    TaskState,
)
from backend.annotation.quality.selectors.training import has_to_train
from backend.annotation.selectors import (
    COMPARING_KINDS,
    WORKING_STATES,
    has_worked_on,
    is_blind,
    who_have_seen,
    who_know_the_answer,
)
from backend.annotation.work.selectors.workload import load_of
from backend.annotation.work.services.taking import claim_place
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.projects.groups import groups_holding
from backend.projects.models import Membership, Role
from backend.projects.protocols import Stage


@transaction.atomic
def assign(*, task_id: UUID, user: User, actor: User) -> Assignment:
    """Give a task to a named person (a manager's override).

    Raises
    ------
    TaskNotOpen, RoleMissing, NotInGroup, NotTrained, AtTheLimit, OwnWork, AnswerKnown, AlreadyAssigned,
    TaskFull
        When the task cannot be given to this person.
    """
    task = Task.objects.select_related("case__project").get(pk=task_id)
    if task.state != TaskState.OPEN:
        raise TaskNotOpen
    stage = stage_of(task)
    if stage is None:
        raise StageGone
    check_may_take(user=user, task=task, stage=stage)
    assignment = claim_place(task_id=task_id, user=user)
    if assignment is None:
        mine = task.assignments.exclude(state=AssignmentState.CANCELLED).filter(rater=user)
        if mine.exists():
            raise AlreadyAssigned
        raise TaskFull
    audit.record(
        actor=actor,
        act=case_acts.AssignmentGiven(assignment=assignment.pk, rater=user.pk),
        subject=task.case,
        project_id=task.case.project_id,
    )
    return assignment


def check_may_take(*, user: User, task: Task, stage: Stage) -> None:
    """Refuse who has not the role, group or room, would judge own work, knows the answer or others' work."""
    members = Membership.objects.filter(
        project_id=task.case.project_id,
        user_id=user.pk,
        user__is_active=True,
        active=True,
        role__in=stage.roles,
    )
    roles = set(members.values_list("role", flat=True))
    if not roles:
        raise RoleMissing
    if stage.group is not None and stage.group not in groups_holding(user, [task.case.project_id]):
        raise NotInGroup
    if roles == {Role.RATER} and has_to_train(task.case.project, user):
        raise NotTrained
    load = load_of(user, task.case.project)
    if load.reason:
        raise AtTheLimit(message=f"{user.name} is {load.why}.", extra={"reason": load.reason})
    if task.kind in COMPARING_KINDS and has_worked_on(user.pk, task.case):
        raise OwnWork
    if user.pk in who_know_the_answer(task.case):
        raise AnswerKnown
    if is_blind(task) and user.pk in who_have_seen(task.case):
        raise HasSeenOthers


@transaction.atomic
def cancel_assignment(
    *, assignment_id: UUID, actor: User | None, reason: str = "", untouched: bool = False
) -> Assignment:
    """Give unfinished work back: its place is free again, its edits stay on record.

    Raises
    ------
    AssignmentClosed
        It was handed in or cancelled before.
    AssignmentOpened
        With ``untouched``: somebody has opened it, be it in this very moment.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",)).select_related("task__case").get(pk=assignment_id)
    )
    if assignment.state not in WORKING_STATES:
        raise AssignmentClosed
    if untouched and assignment.opened_at is not None:
        raise AssignmentOpened
    assignment.state = AssignmentState.CANCELLED
    assignment.save(update_fields=["state", "updated_at"])
    case = assignment.task.case
    audit.record(
        actor=actor,
        act=case_acts.AssignmentReleased(assignment=assignment.pk, reason=reason),
        subject=case,
        project_id=case.project_id,
    )
    assignment_changed(assignment, case)
    return assignment


def return_work_of_absent(*, today: date) -> int:
    """Free the places of who left a project, is away, or has an account that is off; how many were freed.

    The work of who is away stays with them where a manager let it wait. Two queries, however much is open.
    """
    working = Assignment.objects.filter(state__in=WORKING_STATES)
    kept = {
        (membership.project_id, membership.user_id)
        for membership in Membership.objects.filter(user__is_active=True, active=True)
        if membership.keeps_work(today)
    }
    held = working.values_list("pk", "task__case__project_id", "rater_id")
    lost = [pk for pk, project_id, rater_id in held if (project_id, rater_id) not in kept]
    for assignment_id in lost:
        cancel_assignment(assignment_id=assignment_id, actor=None, reason="absent")
    return len(lost)
