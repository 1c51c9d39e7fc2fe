"""Requests for a release: what its managers read, what a link opens."""

from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from backend.accounts.models import User
from backend.projects.models import Membership, Project
from backend.releases.errors import LinkUnknown
from backend.releases.models import AccessRequest, Release, RequestState
from backend.releases.published import Standing, standing_of
from backend.releases.selectors import RATING_ROLES, granted_now, terms_sha256


def rates_in(user: User, project: Project) -> bool:
    """Whether the person rates in the project, now."""
    rows = Membership.objects.filter(project=project, user_id=user.pk, active=True, role__in=RATING_ROLES)
    return rows.exists()


def requests_for(release: Release) -> QuerySet[AccessRequest]:
    """What managers read: all whose address was shown to be theirs, those that wait first."""
    rows = release.access_requests.exclude(state=RequestState.UNCONFIRMED)
    return rows.select_related("decided_by", "release").order_by("state", "-created_at")


def granted_by_link(secret: str) -> AccessRequest:
    """What a link opens now.

    Raises
    ------
    LinkUnknown
        It has run out, was taken back, or its release was withdrawn.
    """
    held = hashlib.sha256(secret.encode()).hexdigest()
    rows = granted_now().filter(link_sha256=held).select_related("release__project", "release__publication")
    found = rows.first()
    if found is None or standing_of(found.release) != Standing.PUBLISHED:
        raise LinkUnknown
    if found.terms_sha256 != terms_sha256(found.release):
        raise LinkUnknown
    return found
