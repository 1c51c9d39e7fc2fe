"""Predictions for a challenge: sent in pieces, taken up again where they broke off, handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from . import wire_generated as wire
from .errors import Changed
from .operations_generated import Operations
from .transport import part
from .uploads import Lane, LocalFile, announced, metadata


def send_predictions(
    api: Operations,
    challenge: str,
    phase: str,
    archive: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> wire.ChallengeSubmission:
    """Send a zip of predictions to a phase of a challenge and hand it in; the submission, not scored yet.

    Broken off, the same call goes on where the site stands: it knows the file by name and size. ``progress``
    is told the bytes that have arrived, and all. Raises ``SiteError`` where it is refused (what is wrong
    with which file is in ``extra``), ``Unreachable``, and ``Changed`` for a file that changes meanwhile.
    """
    file = LocalFile.of(archive, archive.name)
    upload, offset = _begun(api, challenge, phase, file)
    lane = Lane(
        append=partial(api.challenge_upload_append, upload),
        ask_offset=partial(api.challenge_upload_offset, upload),
        patience_seconds=api.patience_seconds,
        stop=threading.Event(),
    )
    for arrived in lane.send(file, offset):
        if progress is not None:
            progress(arrived, file.size)
    if not file.unchanged():
        api.challenge_upload_terminate(upload)
        raise Changed(f"{archive} changed while it was sent; send it again")
    # asked again the site answers the same, so that a lost answer is no harm
    told = api.json("POST", f"/api/v1/uploads/predictions/{part(upload)}/submit", repeatable=True)
    return cast("wire.ChallengeSubmission", told)


def _begun(api: Operations, challenge: str, phase: str, file: LocalFile) -> tuple[str, int]:
    """The upload of this file, and how much of it has arrived."""
    for row in api.challenge_uploads(challenge, phase):
        if (row["name"], row["size_bytes"]) == (file.path.name, file.size):
            return row["id"], row["offset_bytes"]
    told = metadata(challenge=challenge, phase=phase, filename=file.path.name)
    return announced(api.challenge_upload_create(upload_length=file.size, upload_metadata=told)), 0
