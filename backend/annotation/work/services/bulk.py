"""The same for many cases at once: give, spread, reassign, take back, make urgent, exclude; tried before.

Each case stands for itself: what cannot be done is said by name, the rest is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.selectors.balance import Share, draw, shares, stratum
from backend.annotation.cases.services.cases import update_case
from backend.annotation.errors import AssignmentOpened, StageGone
from backend.annotation.models import AssignmentState, Case, Task, TaskState
from backend.annotation.quality.selectors.training import not_yet_trained
from backend.annotation.selectors import (
    COMPARING_KINDS,
    WORKING_STATES,
    has_worked_on,
    is_blind,
    who_have_seen,
    who_know_the_answer,
)
from backend.annotation.work.selectors.workload import loads
from backend.annotation.work.services import excluding, giving, tagging
from backend.common.errors import Conflict, DomainError
from backend.projects.groups import groups_by_person, ids_in
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import protocol_of

MAX_CASES = 200


Back = dict[str, object]  # an act on the case, as the API takes it
Became = tuple[str, tuple[Back, ...]]


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    case: Case
    done: bool
    message: str
    back: tuple[Back, ...] = ()  # what brings it back to where it was; nothing where nothing does


def give(*, cases: Sequence[Case], user: User, actor: User) -> list[Outcome]:
    """Give the open task of each case to one person."""

    def one(case: Case) -> Became:
        giving.assign(task_id=_open_task(case).pk, user=user, actor=actor)
        return f"Given to {user.name}", (_take_again(user.pk),)

    return each(cases, one)


def _take_again(user_id: UUID) -> Back:
    return {"action": "take_back", "user_id": str(user_id), "untouched": True}


def take_back(
    *, cases: Sequence[Case], actor: User, user: User | None = None, untouched: bool = False
) -> list[Outcome]:
    """Return what is unfinished in the open task of each case (of one person, or of all).

    With ``untouched`` only what nobody has opened yet, as when giving it is undone.
    """

    def one(case: Case) -> Became:
        held = _open_task(case).assignments.filter(state__in=WORKING_STATES)
        if untouched:
            held = held.filter(opened_at=None)
        if user is not None:
            held = held.filter(rater=user)
        ids = list(held.values_list("pk", flat=True))
        if not ids and untouched:
            raise AssignmentOpened
        if not ids:
            raise Conflict("nothing_in_hand", "Nobody has it in hand.")
        for assignment_id in ids:  # who opens one from here on is found out under its lock
            giving.cancel_assignment(
                assignment_id=assignment_id, actor=actor, reason="bulk", untouched=untouched
            )
        said = "Taken back from 1 person" if len(ids) == 1 else f"Taken back from {len(ids)} people"
        return said, ()

    return each(cases, one)


def reassign(
    *,
    cases: Sequence[Case],
    actor: User,
    user: User,
    from_user: User | None = None,
    untouched: bool = False,
) -> list[Outcome]:
    """Give what one person has in hand of each case to another, who begins anew.

    Where the other one may not have it, it stays where it is. With ``untouched`` only what nobody has opened
    yet, as when this is undone.
    """

    @transaction.atomic
    def one(case: Case) -> Became:
        task = _open_task(case)
        held = task.assignments.filter(state__in=WORKING_STATES).select_related("rater")
        if from_user is not None:
            held = held.filter(rater=from_user)
        rows = list(held[:2])
        if not rows:
            raise Conflict("nothing_in_hand", "Nobody has it in hand.")
        if len(rows) > 1:
            raise Conflict("several_in_hand", "Several people have it in hand: choose from whom it is taken.")
        if rows[0].rater_id == user.pk:
            raise Conflict("already_theirs", "They have it in hand already.")
        taken = giving.cancel_assignment(
            assignment_id=rows[0].pk, actor=actor, reason="reassigned", untouched=untouched
        )
        giving.assign(task_id=task.pk, user=user, actor=actor)
        former = rows[0].rater
        way: Back = {"action": "reassign", "user_id": str(former.pk), "from_user_id": str(user.pk)}
        back: tuple[Back, ...] = ({**way, "untouched": True},) if taken.opened_at is None else ()
        return f"From {former.name} to {user.name}", back

    return each(cases, one)


def prioritise(
    *, cases: Sequence[Case], actor: User, priority: int | None, due_on: date | None, clear_due: bool
) -> list[Outcome]:
    """Change how urgent each case is."""

    def one(case: Case) -> Became:
        back: Back = {"action": "prioritise"}
        if priority is not None:
            back["priority"] = case.priority
        if due_on is not None or clear_due:
            back["due_on"] = case.due_on and case.due_on.isoformat()
        update_case(case_id=case.pk, actor=actor, priority=priority, due_on=due_on, clear_due=clear_due)
        return "Changed", (back,)

    return each(cases, one)


def take_out(*, cases: Sequence[Case], actor: User, reason: str, note: str) -> list[Outcome]:
    """Take each case out of the data for good."""

    def one(case: Case) -> Became:
        excluding.exclude(case_id=case.pk, actor=actor, reason=reason, note=note)
        return "Excluded", ({"action": "put_back"},)

    return each(cases, one)


def put_back(*, cases: Sequence[Case], actor: User) -> list[Outcome]:
    """Let each excluded case count again."""

    def one(case: Case) -> Became:
        excluding.put_back(case_id=case.pk, actor=actor)
        return "Put back", ()

    return each(cases, one)


def tag(*, cases: Sequence[Case], actor: User, names: Sequence[str]) -> list[Outcome]:
    """Put tags on each case."""

    def one(case: Case) -> Became:
        put = tagging.tag(case=case, names=names, actor=actor)
        back: tuple[Back, ...] = ({"action": "untag", "tags": put},) if put else ()
        return f"Tagged {', '.join(put)}" if put else "Has the tag already", back

    return each(cases, one)


def untag(*, cases: Sequence[Case], actor: User, names: Sequence[str]) -> list[Outcome]:
    """Take tags off each case."""

    def one(case: Case) -> Became:
        gone = tagging.untag(case=case, names=names, actor=actor)
        back: tuple[Back, ...] = ({"action": "tag", "tags": gone},) if gone else ()
        return f"No longer tagged {', '.join(gone)}" if gone else "Did not have the tag", back

    return each(cases, one)


def distribute(
    *, project: Project, cases: Sequence[Case], actor: User, group_id: UUID | None = None
) -> list[Outcome]:
    """Fill every free place of the cases' open tasks, evenly over those who may take them.

    With ``group_id`` over those of them who are in that group; `NoSuchGroup`.

    Each place goes to whoever has least in hand, then least of this kind of case (difficulty and part of the
    spine), then least in all; equals are drawn from the project's secret, so that the same question has the
    same answer. Nobody gets what they may not have: absent, at a limit, untrained, without the role, a stage
    for a group that they are not in, their own work, a case of which they had a copy with a known answer, or
    one where they have seen others' work.
    """
    roles = _present(project)
    if group_id is not None:
        group = ids_in(project, group_id)
        roles = {pk: own for pk, own in roles.items() if pk in group}
    people = {user.pk: user for user in User.objects.filter(pk__in=roles)}
    groups = groups_by_person(project)
    held = shares(project, people)
    room = loads(project, people)

    def one(case: Case) -> Became:
        task = _open_task(case)
        stage = protocol_of(project).find(task.stage_key)
        if stage is None:
            raise StageGone
        taken = set(
            task.assignments.exclude(state=AssignmentState.CANCELLED).values_list("rater_id", flat=True)
        )
        barred = taken | who_know_the_answer(case) | (who_have_seen(case) if is_blind(task) else set())
        free = [
            pk
            for pk, own in roles.items()
            if stage.is_for(own, groups.get(pk, ()))
            and pk not in barred
            and not room[pk].reason
            and not _own_work(people[pk], task)
        ]
        places = task.overlap - len(taken)
        if places <= 0:
            raise Conflict("task_full", "All its places are taken.")
        if not free:
            if group_id is not None:
                raise Conflict("nobody_of_group_free", "Nobody of the group is left who may take it.")
            raise Conflict("nobody_free", "Nobody is left who may take it.")
        kind = stratum(case.difficulty, case.start_mask.label_voxels if case.start_mask else None)
        free.sort(key=lambda pk: _rank(held[pk], kind, draw(project, "spread", task.pk, pk)))
        for pk in free[:places]:
            giving.assign(task_id=task.pk, user=people[pk], actor=actor)
            held[pk].open += 1
            room[pk].open += 1
            held[pk].total += 1
            held[pk].kinds[kind] += 1
        names = ", ".join(people[pk].name for pk in free[:places])
        missing = places - len(free[:places])
        given = f"Given to {names}" + (f"; {missing} still free" if missing else "")
        return given, tuple(_take_again(pk) for pk in free[:places])

    return each(cases, one)


def _rank(share: Share, kind: tuple[str, str], drawn: float) -> tuple[int, int, int, float]:
    return (share.open, share.kinds[kind], share.total, drawn)


def _present(project: Project) -> dict[UUID, set[str]]:
    """The roles that count today of everybody who works in the project."""
    today = timezone.localdate()
    roles: dict[UUID, set[str]] = {}
    for membership in Membership.objects.filter(project=project, active=True, user__is_active=True):
        if not membership.is_away(today):
            roles.setdefault(membership.user_id, set()).add(membership.role)
    for pk in not_yet_trained(project, [pk for pk, own in roles.items() if Role.RATER in own]):
        roles[pk].discard(Role.RATER)
    return roles


def _own_work(user: User, task: Task) -> bool:
    return task.kind in COMPARING_KINDS and has_worked_on(user.pk, task.case)


def _open_task(case: Case) -> Task:
    task = (
        Task.objects.filter(case=case, stage_key=case.stage_key, state=TaskState.OPEN)
        .select_related("case")
        .order_by("-round")
        .first()
    )
    if task is None:
        raise Conflict("no_open_task", "It has no open task.")
    return task


def each(cases: Sequence[Case], act: Callable[[Case], Became]) -> list[Outcome]:
    """What becomes of each case, whatever becomes of the others."""
    outcomes = []
    for case in cases:
        try:
            outcomes.append(Outcome(case, True, *act(case)))
        except DomainError as error:
            outcomes.append(Outcome(case, False, error.message))
    return outcomes
