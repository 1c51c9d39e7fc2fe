"""Keys that results of a phase are signed with: made by who may evaluate it, told once, revoked for good."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import challenge_acts as acts
from backend.challenge.errors import KeysOfReaders, TakesPart
from backend.challenge.models import EvaluationKey, Phase
from backend.challenge.selectors import keeps_keys, membership_of


@transaction.atomic
def make_key(*, phase: Phase, actor: User, name: str) -> EvaluationKey:
    """A key with its secret, which is told to nobody afterwards.

    Raises
    ------
    TakesPart, KeysOfReaders
        Whoever makes it is in a team of the challenge, or has not the data to evaluate on.
    """
    if membership_of(actor, phase.challenge) is not None:
        raise TakesPart
    if not keeps_keys(actor, phase):
        raise KeysOfReaders
    secret = f"vbek_{secrets.token_urlsafe(32)}"
    key = EvaluationKey.objects.create(phase=phase, name=name, secret=secret, created_by=actor)
    audit.record(
        actor=actor,
        act=acts.EvaluationKeyMade(name=name, split=phase.split),
        subject=phase.challenge,
        project_id=phase.challenge.release.project_id,
    )
    return key


@transaction.atomic
def revoke_key(*, key: EvaluationKey, actor: User) -> None:
    """Let a key sign nothing any more; what was taken stays. Revoked already, nothing changes."""
    row = EvaluationKey.objects.select_for_update().get(pk=key.pk)
    if row.revoked_at is not None:
        return
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at", "updated_at"])
    audit.record(
        actor=actor,
        act=acts.EvaluationKeyRevoked(name=row.name, split=key.phase.split),
        subject=key.phase.challenge,
        project_id=key.phase.challenge.release.project_id,
    )
