"""Noting who reads a part while it is sealed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.releases.embargo import is_sealed
from backend.releases.models import Release, SealedAccess, Split
from backend.releases.selectors import sees_sealed


@transaction.atomic
def note_access(*, release: Release, user: User, what: str, each_time: bool = False) -> None:
    """Somebody reads something of the sealed part; looking at the same thing again once a day."""
    if not each_time:
        today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        if SealedAccess.objects.filter(release=release, user=user, what=what, created_at__gte=today).exists():
            return
    SealedAccess.objects.create(release=release, user=user, what=what)
    audit.record(
        actor=user,
        act=product_acts.SealedPartRead(what=what),
        subject=release,
        project_id=release.project_id,
    )


def note_overview(*, release: Release, user: User, what: str) -> None:
    """Somebody reads a list or counts, in which the sealed part is where it is theirs to read."""
    if not is_sealed(release, Split.TEST) or not sees_sealed(user, release):
        return
    if release.patients.filter(split=Split.TEST).exists():
        note_access(release=release, user=user, what=what)
