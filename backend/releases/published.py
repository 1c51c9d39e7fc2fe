"""Whether a frozen release is open to its readers: not yet, from an hour on, now, or no longer.

Nothing has to run for it: a set time has come when the clock says so.
"""

from __future__ import annotations

from django.db.models import Q, TextChoices
from django.utils import timezone

from backend.releases.models import Publication, Release


class Standing(TextChoices):
    """How a release stands towards those outside its project's management."""

    UNPUBLISHED = "unpublished"
    PLANNED = "planned"  # at a set time
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"  # the page says why, the files are gone


def publication_of(release: Release) -> Publication | None:
    found: Publication | None = getattr(release, "publication", None)  # none: not even prepared
    return found


def standing_of(release: Release) -> str:
    """How the release stands now."""
    publication = publication_of(release)
    if publication is None or publication.published_at is None:
        return Standing.UNPUBLISHED.value
    if publication.withdrawn_at is not None:
        return Standing.WITHDRAWN.value
    planned = publication.published_at > timezone.now()
    return (Standing.PLANNED if planned else Standing.PUBLISHED).value


def out_q(before: str = "") -> Q:
    """Releases that have been published, those that were withdrawn since among them."""
    return Q(**{f"{before}publication__published_at__lte": timezone.now()})


def withdrawn_q(before: str = "") -> Q:
    return Q(**{f"{before}publication__withdrawn_at__isnull": False})
