"""Looking into a release: its cases in the viewer, one by one, before anything is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import SightKind
from backend.common.errors import NotFound
from backend.masks.models import MaskVersion
from backend.releases.custody.recording import note_access
from backend.releases.embargo import is_sealed
from backend.releases.models import Release, ReleaseItem
from backend.releases.selectors import is_manager, items_open_to, mask_is_open
from backend.releases.services.downloading import check_may_download


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A case of a release among those that one person may look at; ``place`` counts from 0."""

    item: ReleaseItem
    has_mask: bool
    place: int
    ids: list[UUID]


def item_to_look_at(*, release: Release, item_id: UUID, user: User) -> ShownItem:
    """A case of the release; that it was seen is noted where somebody could rate it blindly later.

    Raises
    ------
    NotFrozen, TermsNotAccepted
        As for a download; managers look at their own project's without.
    NotFound
        It is not in the release, or is sealed.
    """
    if not is_manager(user, release):
        check_may_download(release=release, user=user)
    items = list(items_open_to(user, release))
    ids = [item.pk for item in items]
    if item_id not in ids:
        raise NotFound
    place = ids.index(item_id)
    item = items[place]
    item.release = release
    has_mask = mask_is_open(user, item)
    if has_mask:
        note_sighting(case=item.case, user=user, kind=SightKind.MASK)
        if is_sealed(release, item.release_patient.split):
            note_access(release=release, user=user, what=item.release_patient.subject)
    return ShownItem(item, has_mask, place, ids)


def released_mask(*, release: Release, item_id: UUID, user: User) -> MaskVersion:
    """The mask of such a case.

    Raises
    ------
    NotFound
        It is sealed, though its CT is open. And as `item_to_look_at`.
    """
    shown = item_to_look_at(release=release, item_id=item_id, user=user)
    if not shown.has_mask:
        raise NotFound
    return shown.item.mask
