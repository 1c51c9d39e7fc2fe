"""Archives of predictions that arrive in pieces and are handed in once they are whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.errors import StillArriving, TooManyUnfinished
from backend.challenge.models import PENDING_KEPT, PendingSubmission, Phase, Submission, Team
from backend.challenge.services.submitting import BadArchive, require_may_send, require_size, take
from backend.common.arriving import Checksum, OffsetConflict, begin_file, require_space, write_chunk
from backend.common.errors import NotFound
from backend.science.errors import BadInput

UNFINISHED_AT_MOST = 3  # of a team in a phase


def path_of(row: PendingSubmission) -> Path:
    """Where its bytes lie; nobody is served them."""
    return _folder() / str(row.pk)


def _folder() -> Path:
    return Path(settings.VERTEBASE_VAR) / "submissions"


@transaction.atomic
def begin(*, phase: Phase, actor: User, name: str, size_bytes: int) -> PendingSubmission:
    """Announce an archive.

    Raises
    ------
    NotInATeam, NotOpenYet, PhaseNotOpen, PhaseClosed, ImagesSealed, DailyLimit
        who sends it may not, or not now.
    SubmissionTooLarge, DiskFull, TooManyUnfinished
        it is larger than the site or the disk takes; the team has begun too many.
    """
    team = require_may_send(phase, actor, timezone.now())
    require_size(size_bytes)
    require_space(_folder(), size_bytes)
    Team.objects.select_for_update().get(pk=team.pk)  # counted one after the other
    unfinished = PendingSubmission.objects.filter(phase=phase, team=team, submission=None)
    if unfinished.count() >= UNFINISHED_AT_MOST:
        raise TooManyUnfinished
    shown = "".join(one for one in PurePosixPath(name.replace("\\", "/")).name if one.isprintable())
    row = PendingSubmission.objects.create(
        phase=phase, team=team, sent_by=actor, name=shown[:255] or "archive.zip", size_bytes=size_bytes
    )
    begin_file(path_of(row))
    return row


@transaction.atomic
def append(
    *,
    row: PendingSubmission,
    actor: User,
    offset_bytes: int,
    source: IO[bytes],
    checksum: Checksum | None = None,
) -> PendingSubmission:
    """Add bytes at ``offset_bytes``; a refused chunk leaves all as it was.

    Raises as `begin` does where sending has ended meanwhile, and as `write_chunk`; `OffsetConflict` where
    it is at another offset.
    """
    require_may_send(row.phase, actor, timezone.now())
    locked = PendingSubmission.objects.select_for_update().get(pk=row.pk)
    if locked.offset_bytes != offset_bytes or locked.submission_id is not None:
        raise OffsetConflict(extra={"offset_bytes": locked.offset_bytes})
    locked.offset_bytes += write_chunk(
        path_of(locked),
        offset_bytes=offset_bytes,
        size_bytes=locked.size_bytes,
        source=source,
        checksum=checksum,
    )
    locked.save(update_fields=["offset_bytes", "updated_at"])
    return locked


def hand_in(*, row: PendingSubmission, actor: User) -> Submission:
    """Have an archive that is whole checked and evaluated; asked again it answers the same.

    It counts at this moment, for the phase's end and the day's limit. What cannot be used is deleted, and
    what may not be sent today stays until it may.

    Raises
    ------
    StillArriving
        bytes are missing.
    BadArchive, BadInput
        it cannot be used; and all that `send` raises.
    NotFound
        its bytes are gone.
    """
    if row.submission is not None:
        return row.submission
    if row.offset_bytes != row.size_bytes:
        raise StillArriving(extra={"offset_bytes": row.offset_bytes})
    try:
        submission = take(phase=row.phase, actor=actor, path=path_of(row), arrived=row)
    except (BadArchive, BadInput):
        if not path_of(row).exists():
            return _handed_in_meanwhile(row)
        _delete([row])
        raise
    path_of(row).unlink(missing_ok=True)
    return submission


def _handed_in_meanwhile(row: PendingSubmission) -> Submission:
    """What became of an archive whose file has gone: the submission, unless the site lost it."""
    row.refresh_from_db(fields=["submission"])
    if row.submission is None:
        raise NotFound(message="What had arrived is gone; send the archive again.")
    return row.submission


def discard(*, row: PendingSubmission) -> None:
    """Delete what has arrived; of one that was handed in the submission stays."""
    _delete([row])


def clear_old(*, now: datetime) -> int:
    """Delete archives to which nothing was added for days, and rows of those handed in; how many."""
    old = list(PendingSubmission.objects.filter(updated_at__lt=now - PENDING_KEPT))
    _delete(old)
    return len(old) + _clear_strays(now)


def _clear_strays(now: datetime) -> int:
    """Files without a row, as a crash between the two leaves them."""
    before = (now - PENDING_KEPT).timestamp()
    folder = _folder()
    found = [path for path in folder.iterdir() if path.stat().st_mtime < before] if folder.is_dir() else []
    owned = {str(pk) for pk in PendingSubmission.objects.values_list("pk", flat=True)} if found else set()
    stray = [path for path in found if path.name not in owned]
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)


def _delete(rows: Iterable[PendingSubmission]) -> None:
    for row in rows:
        path = path_of(row)
        row.delete()
        path.unlink(missing_ok=True)
