"""Who gets which task: the next one in one click, by hand, given back, or taken back from the absent.

Safe when many ask at once. The database decides: a place is a row, and the unique constraints on (task, slot)
and (task, rater) let one of two simultaneous inserts through. The loser goes on to the next place or task.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Lock
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.balance import Share, shares, stratum
from backend.annotation.errors import (
    AlreadyAssigned,
    AnswerKnown,
    AssignmentClosed,
    HasSeenOthers,
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
    CasePurpose,
    Exercise,
    Task,
    TaskState,
)
from backend.annotation.selectors import (
    COMPARING_KINDS,
    WORKING_STATES,
    assignments_visible_to,
    free_tasks,
    has_worked_on,
    is_blind,
    who_have_seen,
    who_know_the_answer,
)
from backend.annotation.services.cases import assignment_changed
from backend.annotation.services.exercises import (
    exercise_due,
    exercise_starts_blank,
    give_exercise,
    prepare_for,
    prepare_training,
    training_in_hand,
)
from backend.annotation.services.stages import stage_of
from backend.annotation.services.training import has_to_train
from backend.audit import services as audit
from backend.projects.models import Membership, Project, Role
from backend.projects.protocols import Stage
from backend.projects.selectors import protocol_of

CANDIDATES = 64  # tasks looked at in one go; more are fetched only when all of these were taken meanwhile
ROUNDS = 20
_turn = Lock()


def next_assignment(*, user: User, project: Project) -> Assignment | None:
    """The assignment this person should work on now.

    Work they have begun comes first (so that asking twice gives the same answer), then training where it is
    still due, then a hidden exercise or the best free task. ``None`` when nothing in the project waits for
    them.
    """
    with _in_turn(), transaction.atomic():
        return _next(user, project)


@contextmanager
def _in_turn() -> Iterator[None]:
    """One at a time on SQLite, in the order of asking.

    SQLite has one writer, and those who wait for it poll: with a hundred of them somebody waits for longer
    than the timeout. A queue within the process is fair. Other databases lock rows and need none.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _turn:
        yield


def _next(user: User, project: Project) -> Assignment | None:
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
    training = open_training(user=user, project=project)
    if training is not None:
        return _hand_over(training, user, None)
    keys = stages_open_to(user=user, project=project)
    if not keys:
        return None
    hidden = exercise_due(user=user, project=project, stage_keys=keys)
    if hidden is not None:
        tasks = _candidates(user, project, keys)
        return _hand_over(hidden, user, tasks[0] if tasks else None)
    for attempt in range(ROUNDS):
        found = _candidates(user, project, keys)
        if not found:
            return None
        for task in found:
            # Pass by tasks that somebody is taking just now; wait for them only when nothing else is free.
            assignment = claim_place(task_id=task.pk, user=user, wait=attempt > 0)
            if assignment is not None:
                return assignment
    return None


def _candidates(user: User, project: Project, keys: list[str]) -> list[Task]:
    """The free tasks that come first, best first for this person."""
    order = protocol_of(project).next_task
    found = free_tasks(
        user=user, project=project, stage_keys=keys, uncertain_first=order == "uncertain_first"
    )
    tasks = list(found.select_related("case__start_mask")[:CANDIDATES])
    return seeded(tasks, project, share=shares(project, [user.pk])[user.pk] if tasks else None)


def _hand_over(exercise: Exercise, user: User, like: Task | None) -> Assignment:
    copied = exercise.case.tasks.select_related("case__project").get()
    gold = exercise.case.purpose == CasePurpose.GOLD
    blank = starts_blank(copied) if gold else exercise_starts_blank(exercise)
    assignment = give_exercise(exercise=exercise, like=like, blank_start=blank)
    audit.record(
        actor=user,
        verb="assignment.taken",
        subject=exercise.case,
        project_id=exercise.case.project_id,
        assignment=str(assignment.pk),
        stage=exercise.stage_key,
        slot=0,
    )
    assignment_changed(assignment, exercise.case)
    return assignment


def roles_today(*, user: User, project: Project) -> set[str]:
    """The person's roles that count now: none while away, not that of a rater before the training."""
    today = timezone.localdate()
    memberships = Membership.objects.filter(project=project, user_id=user.pk, active=True)
    roles = {membership.role for membership in memberships if not membership.is_away(today)}
    if Role.RATER in roles and has_to_train(project, user):
        roles.discard(Role.RATER)
    return roles


def open_training(*, user: User, project: Project) -> Exercise | None:
    """The training case made ready for somebody who has to train."""
    if protocol_of(project).quality.training_cases == 0 or not has_to_train(project, user):
        return None
    today = timezone.localdate()
    rater = Membership.objects.filter(project=project, user_id=user.pk, active=True, role=Role.RATER).first()
    if rater is None or rater.is_away(today):
        return None
    return training_in_hand(user=user, project=project)


def make_ready(*, user: User, project: Project) -> None:
    """Before the next task is asked for: the training case of somebody new, whose copy takes a moment."""
    protocol = protocol_of(project)
    if protocol.quality.training_cases == 0 or not has_to_train(project, user):
        return
    stage = next((stage for stage in protocol.stages if stage.kind in ("correct", "grade")), None)
    if stage is not None:
        prepare_training(user=user, project=project, stage=stage)


def prepare_next(*, user: User, project: Project) -> int:
    """Have hidden exercises ready for this person, where the protocol mixes them in; how many were made."""
    quality = protocol_of(project).quality
    if not (quality.gold_share or quality.repeat_share):
        return 0
    keys = stages_open_to(user=user, project=project)
    return prepare_for(user=user, project=project, stage_keys=keys) if keys else 0


def prepare_all(*, at_most: int) -> int:
    """The same for everybody in every project that mixes exercises in, up to a number of copies."""
    made = 0
    for project in Project.objects.filter(archived_at__isnull=True):
        quality = protocol_of(project).quality
        if not (quality.gold_share or quality.repeat_share):
            continue
        working = User.objects.filter(
            is_active=True, memberships__project=project, memberships__active=True
        ).distinct()
        for user in working.filter(memberships__role__in=(Role.RATER, Role.RADIOLOGIST)):
            if made >= at_most:
                return made
            made += prepare_next(user=user, project=project)
    return made


def stages_open_to(*, user: User, project: Project) -> list[str]:
    """Keys of the stages that one of the person's roles may take now."""
    roles = roles_today(user=user, project=project)
    return [stage.key for stage in protocol_of(project).stages if roles & set(stage.roles)]


def seeded(tasks: Iterable[Task], project: Project, *, share: Share | None = None) -> list[Task]:
    """Tasks in the order in which this person should get them.

    Urgency first, then (where the protocol says so) what the engine was unsure of, then begun cases, then the
    kind of case (difficulty, part of the spine) of which the person has had least. Equals come in an order
    that follows from the project and the task alone, not from upload order.
    """
    uncertain_first = protocol_of(project).next_task == "uncertain_first"

    def rank(task: Task) -> tuple[int, date, float, int, int, str]:
        digest = hashlib.sha256(f"{project.pk}:{task.pk}".encode()).hexdigest()
        case = task.case
        doubt = (case.difficulty or 0.0) if uncertain_first else 0.0
        mask = case.start_mask if share is not None else None
        had = share.kinds[stratum(case.difficulty, mask.label_voxels if mask else None)] if share else 0
        return (-case.priority, case.due_on or date.max, -doubt, -getattr(task, "taken", 0), had, digest)

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
    if is_blind(task) and user.pk in who_have_seen(task.case):
        raise _NoPlace
    taken = {slot for slot, _ in held}
    if len(taken) >= task.overlap:  # also after places were taken away
        raise _NoPlace
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
    can tell beforehand. A gold case is drawn for like any other: a start of its own kind would tell it.
    """
    stage = stage_of(task)
    if stage is None:
        return False
    secret = task.case.project.pseudonym_secret
    digest = hashlib.sha256(f"{secret}:blank:{task.case_id}:{task.stage_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < stage.blank_share


@transaction.atomic
def assign(*, task_id: UUID, user: User, actor: User) -> Assignment:
    """Give a task to a named person (a manager's override).

    Raises
    ------
    TaskNotOpen, RoleMissing, NotTrained, OwnWork, AnswerKnown, AlreadyAssigned, TaskFull
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
        verb="assignment.given",
        subject=task.case,
        project_id=task.case.project_id,
        assignment=str(assignment.pk),
        rater=str(user.pk),
    )
    return assignment


def check_may_take(*, user: User, task: Task, stage: Stage) -> None:
    """Refuse who has no fitting role, would judge their own work, or knows the answer or others' work."""
    members = Membership.objects.filter(
        project_id=task.case.project_id, user_id=user.pk, active=True, role__in=stage.roles
    )
    roles = set(members.values_list("role", flat=True))
    if not roles:
        raise RoleMissing
    if roles == {Role.RATER} and has_to_train(task.case.project, user):
        raise NotTrained
    if task.kind in COMPARING_KINDS and has_worked_on(user.pk, task.case):
        raise OwnWork
    if user.pk in who_know_the_answer(task.case):
        raise AnswerKnown
    if is_blind(task) and user.pk in who_have_seen(task.case):
        raise HasSeenOthers


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
