"""A manager's word that lets somebody do real work without (more) training."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import (
    Qualification,
)
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid
from backend.projects.models import Membership, Project, Role


@transaction.atomic
def qualify(*, project: Project, user: User, actor: User, reason: str) -> Qualification:
    """Let somebody do real work without (more) training.

    Raises
    ------
    Invalid
        No reason, or nobody who rates here.
    Conflict
        They have been let through before.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why this person may work without the training.")
    if not Membership.objects.filter(project=project, user=user, role=Role.RATER, active=True).exists():
        raise Invalid("not_a_rater", "This person is no rater of the project.")
    try:
        with transaction.atomic():
            row = Qualification.objects.create(
                project=project, user=user, granted_by=actor, reason=reason.strip()
            )
    except IntegrityError as error:
        raise Conflict("already_qualified", "This person may work already.") from error
    audit.record(
        actor=actor,
        act=people_acts.RaterQualified(user=user.pk, reason=row.reason),
        subject=row,
        project_id=project.pk,
    )
    return row


@transaction.atomic
def revoke_qualification(*, project: Project, user: User, actor: User) -> None:
    """Take the word back: the training counts again. Work in hand stays in hand."""
    row = (
        Qualification.objects.select_for_update()
        .filter(project=project, user=user, revoked_at__isnull=True)
        .first()
    )
    if row is None:
        raise Conflict("not_qualified", "Nobody has let this person through.")
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at", "updated_at"])
    audit.record(
        actor=actor, act=people_acts.RaterDisqualified(user=user.pk), subject=row, project_id=project.pk
    )
