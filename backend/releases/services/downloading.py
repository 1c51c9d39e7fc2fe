"""Terms accepted, and downloads recorded."""

from __future__ import annotations

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.releases.custody.recording import note_access
from backend.releases.embargo import is_sealed
from backend.releases.errors import NotFrozen, TermsNotAccepted, Withdrawn
from backend.releases.models import DownloadRecord, Release, ReleaseFile, ReleaseState, TermsAcceptance
from backend.releases.published import Standing, standing_of
from backend.releases.selectors import has_accepted, terms_sha256

MOST_LETTERS = 120  # of what was read, on the record of a sealed part


@transaction.atomic
def accept_terms(
    *, release: Release, user: User, affiliation: str = "", purpose: str = ""
) -> TermsAcceptance:
    """Note that a person accepts the terms as they stand. Accepting again changes nothing.

    Raises
    ------
    NotFrozen
    """
    if release.state != ReleaseState.FROZEN:
        raise NotFrozen
    acceptance, created = TermsAcceptance.objects.get_or_create(
        release=release,
        user=user,
        terms_sha256=terms_sha256(release),
        defaults={"affiliation": affiliation, "purpose": purpose},
    )
    if created:
        audit.record(
            actor=user,
            act=product_acts.ReleaseTermsAccepted(),
            subject=release,
            project_id=release.project_id,
        )
    return acceptance


def check_may_download(*, release: Release, user: User) -> None:
    """Refuse an unfrozen release, one that was withdrawn, and a person who has not accepted its terms.

    Raises
    ------
    NotFrozen, Withdrawn, TermsNotAccepted
    """
    if release.state != ReleaseState.FROZEN:
        raise NotFrozen
    if standing_of(release) == Standing.WITHDRAWN:
        raise Withdrawn
    if not has_accepted(user, release):
        raise TermsNotAccepted


@transaction.atomic
def record_file(*, release: Release, user: User, file: ReleaseFile) -> None:
    """Note who took a single file. It is no download in the counts, which are of archives."""
    if is_sealed(release, file.split, image=file.image):
        note_access(release=release, user=user, what=file.path[-MOST_LETTERS:], each_time=True)
    audit.record(
        actor=user,
        act=product_acts.ReleaseDownloaded(archive=file.path, bytes_from=0),
        subject=release,
        project_id=release.project_id,
    )


@transaction.atomic
def record_download(
    *,
    release: Release,
    user: User,
    archive: str,
    bytes_from: int,
    query: str = "",
    sealed: bool = False,
) -> DownloadRecord:
    """Note who took which archive, and from which byte on; of a sealed part on its own record, too.

    ``query`` is what narrowed it to some cases.
    """
    taken = f"{archive}?{query}" if query else archive
    if sealed:
        note_access(release=release, user=user, what=f"{archive}.zip", each_time=True)
    row = DownloadRecord.objects.create(release=release, user=user, archive=archive, bytes_from=bytes_from)
    audit.record(
        actor=user,
        act=product_acts.ReleaseDownloaded(archive=taken, bytes_from=bytes_from),
        subject=release,
        project_id=release.project_id,
    )
    return row
