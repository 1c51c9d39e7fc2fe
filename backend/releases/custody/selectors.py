"""Who keeps the sealed part of a release, and who has read of it while it was sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.projects.models import Role
from backend.projects.selectors import require_role
from backend.releases.embargo import locked_until
from backend.releases.models import Custodian, CustodianState, Release, ReleaseState
from backend.releases.selectors import custody_of, in_custody, is_manager, sees_sealed

PLACES = 2
CONFIRMED_FOR = timedelta(days=7)  # the second custodian has this long to confirm, too
MOST_ACCESSES = 200  # of the newest, on the page; the audit has all


def place_of(user: User, release: Release) -> Custodian | None:
    """The place that this person has taken in this release."""
    return custody_of(user).filter(release=release, state=CustodianState.ACCEPTED).first()


def keepers_of(release: Release) -> QuerySet[Custodian]:
    """The custodians now."""
    return Custodian.objects.filter(release=release, state=CustodianState.ACCEPTED).select_related("user")


def places_taken(release: Release) -> int:
    """Places that somebody has, or is asked to take; who follows somebody takes no further one."""
    rows = Custodian.objects.filter(release=release)
    asked = rows.filter(state=CustodianState.ASKED, follows=None)
    return asked.count() + rows.filter(state=CustodianState.ACCEPTED).count()


def managers_name(release: Release) -> bool:
    """Whether managers still name custodians: until both places have been held once."""
    return Custodian.objects.filter(release=release, accepted_at__isnull=False).count() < PLACES


def is_sealed_now(release: Release) -> bool:
    """Whether there is anything to keep."""
    return release.state == ReleaseState.FROZEN and locked_until(release) is not None


def may_name(user: User, release: Release) -> bool:
    """Whether this person names somebody for a free place."""
    if not is_sealed_now(release) or places_taken(release) >= PLACES:
        return False
    if place_of(user, release) is not None:
        return True
    return is_manager(user, release) and managers_name(release)


def confirms(custodian: Custodian) -> bool:
    """Whether their wish to open the part holds now."""
    wants = custodian.wants_open_at
    return wants is not None and wants > timezone.now() - CONFIRMED_FOR


def require_keeper(user: User, release: Release) -> None:
    """For the custodians of a release, those who are asked to be, and its managers. Raises `Forbidden`."""
    if not custody_of(user).filter(release=release).exists():
        require_role(user, release.project, Role.MANAGER)


def embargo_now(release_id: UUID, user: User) -> dict[str, Any]:
    """`embargo_row` as it stands after an act."""
    return embargo_row(Release.objects.select_related("project").get(pk=release_id), user)


def embargo_row(release: Release, user: User) -> dict[str, Any]:
    """What managers and custodians read of the embargo."""
    opening = getattr(release, "opening", None)
    rows = Custodian.objects.filter(release=release).select_related("user")
    accesses = release.sealed_accesses.select_related("user")[:MOST_ACCESSES]
    return {
        "locked_until": locked_until(release),
        "opened_at": opening.created_at if opening else None,
        "in_custody": in_custody(release),
        "reads": sees_sealed(user, release),
        "may_name": may_name(user, release),
        "custodians": [
            {
                "id": row.pk,
                "name": row.user.name,
                "state": row.state,
                "asked_at": row.created_at,
                "accepted_at": row.accepted_at,
                "ended_at": row.ended_at,
                "confirmed_at": row.wants_open_at if confirms(row) else None,
                "mine": row.user_id == user.pk,
                "may_take_back": row.state == CustodianState.ASKED
                and (row.named_by_id == user.pk or is_manager(user, release)),
            }
            for row in rows
        ],
        "accesses": [
            {"name": row.user.name, "what": row.what, "created_at": row.created_at} for row in accesses
        ],
    }
