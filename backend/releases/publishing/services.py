"""Publishing a frozen release: its page, the moment from which it is open, and its withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.audit.acts.act import Act
from backend.common.errors import Invalid
from backend.common.events import publish
from backend.releases.errors import NotPublishable, NotPublished, PicturesInvalid, PublishedAlready, Withdrawn
from backend.releases.events import ReleaseChanged
from backend.releases.models import Publication, Release, ReleaseState
from backend.releases.published import Standing, standing_of
from backend.releases.publishing.selectors import showable_items

MOST_PICTURES = 12


@transaction.atomic
def set_page(
    *, release_id: UUID, actor: User, public: bool, access: str, pictures: Sequence[UUID], looked_at: bool
) -> Publication:
    """Say what the release's page shows, and to whom. It can be said anew after publishing, too.

    ``looked_at``: the manager has looked at each picture, and nobody could be known by one of them.

    Raises
    ------
    NotPublishable, Withdrawn
    PicturesInvalid
        One is of no case of the release, or of one that is sealed or rated blindly now; there are too many;
        nobody has looked at them.
    """
    publication = _locked(release_id)
    wanted = list(dict.fromkeys(pictures))
    _check_pictures(publication.release, wanted, looked_at=looked_at)
    publication.public, publication.access = public, access
    publication.pictures = [str(pk) for pk in wanted]
    publication.save(update_fields=["public", "access", "pictures", "updated_at"])
    audit.record(
        actor=actor,
        act=product_acts.ReleasePageSet(public=public, access=access, pictures=len(wanted)),
        subject=publication.release,
        project_id=publication.release.project_id,
    )
    return publication


def _check_pictures(release: Release, wanted: list[UUID], *, looked_at: bool) -> None:
    if len(wanted) > MOST_PICTURES:
        raise PicturesInvalid(message=f"A page shows {MOST_PICTURES} pictures at the most.")
    if wanted and not looked_at:
        raise PicturesInvalid(
            message="Look at each picture first, and say that nobody could be known by one of them."
        )
    allowed = {item.pk for item in showable_items(release)}
    if not set(wanted) <= allowed:
        raise PicturesInvalid(
            message="A picture is of no case of this release, of its sealed part, or of a case that "
            "somebody rates blindly now: choose others."
        )


@transaction.atomic
def publish_release(*, release_id: UUID, actor: User, at: datetime | None = None) -> Publication:
    """Open a frozen release to its readers, now or at a set time (before it has come, it can be set anew).

    Raises
    ------
    NotPublishable, PublishedAlready, Withdrawn
    """
    now = timezone.now()
    publication = _locked(release_id)
    if standing_of(publication.release) == Standing.PUBLISHED:
        raise PublishedAlready
    publication.published_at = max(at, now) if at is not None else now
    publication.published_by = actor
    publication.save(update_fields=["published_at", "published_by", "updated_at"])
    told = timezone.localtime(publication.published_at).isoformat(timespec="minutes")
    planned = product_acts.ReleasePublishingPlanned(at=told)
    later = publication.published_at > now
    _note(publication, actor, planned if later else product_acts.ReleasePublished())
    return publication


@transaction.atomic
def take_back(*, release_id: UUID, actor: User) -> Publication:
    """Not to publish at the set time after all.

    Raises
    ------
    NotPublished, PublishedAlready, Withdrawn
    """
    publication = _locked(release_id)
    standing = standing_of(publication.release)
    if standing == Standing.PUBLISHED:
        raise PublishedAlready
    if standing != Standing.PLANNED:
        raise NotPublished
    publication.published_at = None
    publication.save(update_fields=["published_at", "updated_at"])
    _note(publication, actor, product_acts.ReleasePublishingTakenBack())
    return publication


@transaction.atomic
def withdraw(*, release_id: UUID, actor: User, reason: str) -> Publication:
    """Give out the files no longer, to nobody. The page says why, and how the release is cited.

    Raises
    ------
    Invalid
        No reason was given.
    NotPublished, Withdrawn
    """
    said = reason.strip()
    if not said:
        raise Invalid("reason_missing", "Say why: the page of the release will tell it.")
    publication = _locked(release_id)
    if standing_of(publication.release) != Standing.PUBLISHED:
        raise NotPublished
    publication.withdrawn_at, publication.withdrawn_by = timezone.now(), actor
    publication.withdrawn_reason = said
    publication.pictures = []
    publication.save()
    _note(publication, actor, product_acts.ReleaseWithdrawn(reason=said))
    return publication


def _locked(release_id: UUID) -> Publication:
    """The publication of a frozen release, made where there is none; what was withdrawn stays so."""
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state != ReleaseState.FROZEN:
        raise NotPublishable
    publication, _ = Publication.objects.get_or_create(release=release)
    publication.release = release
    if publication.withdrawn_at is not None:
        raise Withdrawn(message="This release was withdrawn; a new version can be published.")
    return publication


def _note(publication: Publication, actor: User, act: Act) -> None:
    release = publication.release
    audit.record(actor=actor, act=act, subject=release, project_id=release.project_id)
    publish(ReleaseChanged(release.pk, release.project_id, standing_of(release)))
