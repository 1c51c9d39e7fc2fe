"""A manager's word that lets somebody do real work without (more) training."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import AnswerKey, CasePurpose, Qualification, Retraining
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Invalid
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import protocol_of


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


@transaction.atomic
def send_to_train_again(*, project: Project, user: User, actor: User, reason: str) -> Retraining:
    """Let a rater pass the training anew before more work. Work in hand stays in hand.

    Cases of the training come again, though their answers were shown before; a manager's word from before
    does not count any more.

    Raises
    ------
    Invalid, Conflict
        No reason, or nobody who rates here; the project has no training.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why this person has to train again.")
    if not Membership.objects.filter(project=project, user=user, role=Role.RATER, active=True).exists():
        raise Invalid("not_a_rater", "This person is no rater of the project.")
    keys = AnswerKey.objects.filter(case__project=project, purpose=CasePurpose.TRAINING, active=True)
    if protocol_of(project).quality.training_cases == 0 or not keys.exists():
        raise Conflict("no_training", "This project has no training. Choose its cases under Exercises first.")
    now = timezone.now()
    Qualification.objects.filter(project=project, user=user, revoked_at__isnull=True).update(
        revoked_at=now, updated_at=now
    )
    row = Retraining.objects.create(project=project, user=user, sent_by=actor, reason=reason.strip())
    audit.record(
        actor=actor, act=people_acts.RaterDisqualified(user=user.pk), subject=project, project_id=project.pk
    )
    return row
