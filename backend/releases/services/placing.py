"""Hand corrections of a split: a manager places patients, the seed deals out the others around them."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.events import publish
from backend.imaging.selectors import require_same_scans_answered
from backend.releases.errors import PlacesInvalid
from backend.releases.events import ReleaseChanged
from backend.releases.models import Release, ReleaseState, Split
from backend.releases.services.drafting import empty, open_draft, write_plan


@transaction.atomic
def place_by_hand(*, release_id: UUID, actor: User, places: Mapping[str, str | None]) -> Release:
    """Set where patients of a draft stand, by their names in it; None leaves a patient to the seed again.

    Raises
    ------
    NotADraft
    PlacesInvalid
        No such patient or split, or an earlier version or a shared scan does not let it stand there.
    """
    release = open_draft(release_id)
    subjects = dict(release.patients.values_list("subject", "patient_id"))
    by_hand = dict(release.by_hand)
    for subject, split in places.items():
        if subject not in subjects:
            raise PlacesInvalid(message=f"There is no patient {subject!r} in this draft.")
        key = str(subjects[subject])
        if split is None:
            by_hand.pop(key, None)
        elif split in Split.values:
            by_hand[key] = split
        else:
            raise PlacesInvalid(
                message=f"{subject}: there is no part {split!r}; use training, validation or test."
            )
    release.by_hand = by_hand
    release.state, release.error = ReleaseState.DRAFT, ""
    release.save(update_fields=["by_hand", "state", "error", "updated_at"])
    empty(release)
    cases = write_plan(release)
    require_same_scans_answered(case.volume.series_id for case in cases)
    audit.record(
        actor=actor,
        act=product_acts.ReleasePlaced(patients=len(places)),
        subject=release,
        project_id=release.project_id,
    )
    publish(ReleaseChanged(release.pk, release.project_id, release.state))
    return release
