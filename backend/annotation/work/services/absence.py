"""An absence for which a person's work waits: their due dates move by the days away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.cases import assignment_changed
from backend.annotation.models import Assignment
from backend.annotation.selectors import WORKING_STATES
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import NotFound
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import require_role
from backend.projects.services import Absence, update_member


@dataclass(frozen=True, slots=True)
class Moved:
    """A task whose due date moves with an absence."""

    assignment_id: UUID
    alias: str
    due_on: date
    moves_to: date


@dataclass(frozen=True, slots=True)
class AbsenceOutcome:
    """What becomes of the work in hand: how many tasks go back for others, and which due dates move."""

    goes_back: int
    moved: list[Moved]


@transaction.atomic
def note_absence(
    *, actor: User, project: Project, membership_id: UUID, absence: Absence, preview: bool = False
) -> AbsenceOutcome:
    """Note an absence; where work waits for the person, move the due dates that lie in it or after it.

    They move by what the absence adds: one that is made longer moves them by the days added, one that is
    made shorter moves them back, and a second role's absence of the same days moves nothing.
    Of a ``preview`` nothing stays.
    """
    require_role(actor, project, Role.MANAGER)
    member = Membership.objects.filter(project=project, pk=membership_id).first()
    if member is None:
        raise NotFound
    today = timezone.localdate()
    since = absence.since or today
    before = _longest(project, member.user_id, today)
    update_member(
        actor=actor,
        project=project,
        membership_id=membership_id,
        absence=Absence(since, absence.until, absence.waits),
    )
    days = _longest(project, member.user_id, today) - before
    moved = _move(project, member.user_id, since, days)
    if moved:
        audit.record(
            actor=actor,
            act=people_acts.DueDatesMoved(user=member.user_id, tasks=len(moved), days=days),
            subject=member,
            project_id=project.pk,
        )
    outcome = AbsenceOutcome(_goes_back(project, member.user_id, since), moved)
    if preview:
        transaction.set_rollback(True)
    return outcome


def _longest(project: Project, user_id: UUID, today: date) -> int:
    """Days that the person's due dates have moved for absences that are not over, over all their roles."""
    theirs = Membership.objects.filter(project=project, user_id=user_id)
    return max((membership.days_waited(today) for membership in theirs), default=0)


def _in_hand(project: Project, user_id: UUID) -> list[Assignment]:
    held = Assignment.objects.filter(task__case__project=project, rater_id=user_id, state__in=WORKING_STATES)
    return list(held.select_related("task__case").select_for_update(of=("self",)).order_by("due_on", "pk"))


def _move(project: Project, user_id: UUID, since: date, days: int) -> list[Moved]:
    """Move due dates from the first day away on; what was due before is still due then."""
    moved = []
    for assignment in _in_hand(project, user_id) if days else []:
        if assignment.due_on is None or assignment.due_on < since:
            continue
        was, assignment.due_on = assignment.due_on, assignment.due_on + timedelta(days=days)
        assignment.due_moved_at = timezone.now()
        assignment.save(update_fields=["due_on", "due_moved_at", "updated_at"])
        case = assignment.task.case
        moved.append(Moved(assignment.pk, case.alias, was, assignment.due_on))
        assignment_changed(assignment, case)
    return moved


def _goes_back(project: Project, user_id: UUID, since: date) -> int:
    """How many tasks go back on the first day; none where the person is there in another role."""
    theirs = Membership.objects.filter(project=project, user_id=user_id, active=True)
    if any(membership.keeps_work(since) for membership in theirs):
        return 0
    return len(_in_hand(project, user_id))
