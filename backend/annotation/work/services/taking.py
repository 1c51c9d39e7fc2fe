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

from backend.accounts.models import User
from backend.annotation.cases.selectors.balance import Share, shares, stratum
from backend.annotation.cases.selectors.stages import stage_of
from backend.annotation.cases.services.cases import assignment_changed, prepare_start
from backend.annotation.errors import GuidelinesUnread
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    CasePurpose,
    Exercise,
    Task,
    TaskState,
)
from backend.annotation.quality.selectors.exercises import exercise_starts_blank
from backend.annotation.quality.services.exercises import (
    exercise_due,
    give_exercise,
)
from backend.annotation.selectors import (
    WORKING_STATES,
    assignments_visible_to,
    free_tasks,
    is_blind,
    who_have_seen,
)
from backend.annotation.work.selectors.workload import load_of
from backend.annotation.work.services.readiness import open_training, stages_open_to
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.projects.guideline_selectors import has_to_read
from backend.projects.models import Membership, Project
from backend.projects.selectors import protocol_of

CANDIDATES = 64  # tasks looked at in one go; more are fetched only when all of these were taken meanwhile

ROUNDS = 20

_turn = Lock()


def next_assignment(*, user: User, project: Project) -> Assignment | None:
    """The assignment this person should work on now.

    Work they have begun comes first (so that asking twice gives the same answer), then training where it is
    still due, then a hidden exercise or the best free task. ``None`` when nothing in the project waits for
    them, or when they are away or at one of their limits (`workload.load_of` says which).

    Raises
    ------
    GuidelinesUnread
        Nothing is in hand, and the manager wants the guidelines read first; ``extra.version`` is which.
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
    if load_of(user, project).reason:
        return None
    unread = has_to_read(user, project)
    if unread is not None:
        raise GuidelinesUnread(extra={"version": unread.number})
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
        act=case_acts.AssignmentTaken(assignment=assignment.pk, stage=exercise.stage_key, slot=0),
        subject=exercise.case,
        project_id=exercise.case.project_id,
    )
    assignment_changed(assignment, exercise.case)
    return assignment


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
    given = list(task.assignments.exclude(state=AssignmentState.CANCELLED).values_list("slot", "rater_id"))
    if any(rater_id == user.pk for _, rater_id in given):
        raise _NoPlace
    if is_blind(task) and user.pk in who_have_seen(task.case):
        raise _NoPlace
    taken = {slot for slot, _ in given}
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
    prepare_start(assignment)
    audit.record(
        actor=user,
        act=case_acts.AssignmentTaken(assignment=assignment.pk, stage=task.stage_key, slot=slot),
        subject=task.case,
        project_id=task.case.project_id,
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
