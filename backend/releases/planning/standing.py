"""Whether a draft still holds what may be released: since it was made, its cases may have changed."""

from __future__ import annotations

from django.db.models import F, Q

from backend.annotation.models import CaseState
from backend.releases.embargo import locked_until
from backend.releases.errors import CasesChanged, PlacesInvalid
from backend.releases.models import Release
from backend.releases.planning.earlier import Contradiction, bound_by, earlier_places
from backend.releases.planning.plan import require_kept_secret

MOST_NAMED = 5


def require_as_drafted(release: Release) -> None:
    """Refuse to build a draft whose cases were taken out, reopened or kept out since, or stand elsewhere now.

    Raises
    ------
    CasesChanged, PlacesInvalid, OpensTooEarly
    """
    as_drafted = Q(
        case__state=CaseState.ACCEPTED, case__accepted_mask=F("mask"), case__volume__series__held=False
    )
    changed = release.items.exclude(as_drafted).values_list("release_patient__subject", flat=True)
    names = sorted(set(changed))
    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        raise CasesChanged(
            message=f"Since this release was drafted, cases of {', '.join(names[:MOST_NAMED])}{more} were "
            "taken out, reopened or given another mask: set the draft anew.",
            extra={"subjects": names},
        )
    _require_places(release)


def _require_places(release: Release) -> None:
    earlier = earlier_places(release.project, release.pk)
    sealed = locked_until(release) is not None
    for item in release.items.select_related("release_patient", "case__volume__series"):
        row, stood = item.release_patient, earlier.of([item.case.volume.series])
        try:
            bound = bound_by(stood, sealed=sealed, shares=release.fractions)
        except Contradiction:
            bound = None
        if stood and (bound is None or row.split not in bound.allowed):
            raise PlacesInvalid(
                message=f"{row.subject} stood in another part of version {stood[-1].version}, which was "
                "frozen since this release was drafted: set the draft anew."
            )
        secret = [place for place in stood if place.sealed_until is not None]
        require_kept_secret(secret, until=release.embargo_until, open_images=release.open_test_images)
