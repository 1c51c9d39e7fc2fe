"""Cases taken out of the data for good, with a reason, and put back. Nothing is ever deleted."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation import errors
from backend.annotation.cases.services.cases import assignment_changed, case_changed
from backend.annotation.events import CasePutBack
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    Exclusion,
    Task,
    TaskState,
)
from backend.annotation.quality.services.exercises import drop_answer_key
from backend.annotation.selectors import WORKING_STATES
from backend.annotation.work.services.giving import cancel_assignment
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.events import publish
from backend.projects.selectors import protocol_of


@transaction.atomic
def exclude(*, case_id: UUID, actor: User, reason: str, note: str = "") -> Exclusion:
    """Take a case out of the data: no list of work, count or new release has it from now on.

    Open tasks and unfinished work go back; what was handed in, and frozen releases, stay as they are. No new
    copies are made of it to train or measure raters.

    Raises
    ------
    CaseExcluded
        It is not part of the data as it is.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("project").get(pk=case_id)
    if case.state == CaseState.EXCLUDED:
        raise errors.CaseExcluded
    tasks = list(case.tasks.filter(state=TaskState.OPEN))
    held = Assignment.objects.filter(task__in=tasks, state__in=WORKING_STATES)
    exclusion = Exclusion.objects.create(
        case=case,
        reason=reason,
        note=note,
        by=actor,
        state_before=case.state,
        tasks=[str(task.pk) for task in tasks],
        in_hand={str(pk): state for pk, state in held.values_list("pk", "state")},
    )
    for pk in exclusion.in_hand:
        cancel_assignment(assignment_id=UUID(pk), actor=actor, reason="excluded")
    Task.objects.filter(pk__in=exclusion.tasks).update(state=TaskState.CANCELLED)
    for key in case.answer_keys.filter(active=True):
        drop_answer_key(key=key, actor=actor)
    case.state = CaseState.EXCLUDED
    case.save(update_fields=["state", "updated_at"])
    act = case_acts.CaseExcluded(reason=reason, exclusion=exclusion.pk)
    audit.record(actor=actor, act=act, subject=case, project_id=case.project_id)
    case_changed(case)
    return exclusion


@transaction.atomic
def put_back(*, case_id: UUID, actor: User) -> Case:
    """Let an excluded case count again, where it stood; who had it in hand has it again.

    A task of a stage that the protocol has no more stays taken back. Who is away or has left loses the work
    as everybody does then.

    Raises
    ------
    CaseNotExcluded
        Nobody excluded it: it counts, or gave its answer to measure raters.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("project").get(pk=case_id)
    exclusion = case.exclusions.filter(put_back_at__isnull=True).first()
    if exclusion is None or case.state != CaseState.EXCLUDED:
        raise errors.CaseNotExcluded
    exclusion.put_back_at, exclusion.put_back_by = timezone.now(), actor
    exclusion.save(update_fields=["put_back_at", "put_back_by", "updated_at"])
    case.state = exclusion.state_before
    case.save(update_fields=["state", "updated_at"])
    act = case_acts.CasePutBack(exclusion=exclusion.pk, state=case.state, stage=case.stage_key)
    audit.record(actor=actor, act=act, subject=case, project_id=case.project_id)
    _give_again(case, exclusion)
    case_changed(case)
    publish(CasePutBack(case.pk, case.project_id))
    return case


def _give_again(case: Case, exclusion: Exclusion) -> None:
    """Open what the exclusion closed. Meanwhile nobody could take it: its places are as they were."""
    stages = {stage.key for stage in protocol_of(case.project).stages}
    tasks = Task.objects.filter(pk__in=exclusion.tasks, state=TaskState.CANCELLED, stage_key__in=stages)
    reopened = list(tasks.values_list("pk", flat=True))
    Task.objects.filter(pk__in=reopened).update(state=TaskState.OPEN)
    rows = Assignment.objects.filter(
        pk__in=exclusion.in_hand, task__in=reopened, state=AssignmentState.CANCELLED
    )
    for assignment in rows.select_related("task"):
        assignment.state = exclusion.in_hand[str(assignment.pk)]
        assignment.save(update_fields=["state", "updated_at"])
        act = case_acts.AssignmentGiven(assignment=assignment.pk, rater=assignment.rater_id)
        audit.record(actor=exclusion.put_back_by, act=act, subject=case, project_id=case.project_id)
        assignment_changed(assignment, case)
