"""Cases shown to those who may see everybody's work: what was seen cannot be unseen, so it is on record."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, Sighting, SightKind
from backend.annotation.selectors import BLINDED_KINDS, cases_open_to
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import NotFound


def show_case(*, case_id: UUID, user: User, kind: SightKind) -> Case:
    """The case, for somebody who may see everybody's work on it; that they have seen it is noted.

    Every endpoint that answers with others' masks, grades, notes or names gets its case here.

    Raises
    ------
    NotFound
        It does not exist for this person (`cases_open_to`).
    """
    case = cases_open_to(user).filter(pk=case_id).select_related("project", "volume").first()
    if case is None:
        raise NotFound
    note_sighting(case=case, user=user, kind=kind)
    return case


def note_sighting(*, case: Case, user: User, kind: SightKind) -> None:
    """Note once that a person saw others' work through this; nothing while nobody else works on it."""
    if Sighting.objects.filter(case=case, user=user, kind=kind).exists():
        return
    others = Assignment.objects.filter(task__case=case, task__kind__in=BLINDED_KINDS)
    if not others.exclude(state=AssignmentState.CANCELLED).exclude(rater_id=user.pk).exists():
        return
    # Two transactions: the row locks the case and the record the audit chain, and whoever advances the case
    # may hold the one and wait for the other.
    _, created = Sighting.objects.get_or_create(case=case, user=user, kind=kind)
    if created:
        with transaction.atomic():
            audit.record(
                actor=user,
                act=case_acts.CaseSeen(through=kind.label),
                subject=case,
                project_id=case.project_id,
            )
