"""Predictions for a challenge: sent in pieces, taken up again where they broke off, handed in."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from . import wire_generated as wire
from .errors import Changed, VertebaseError
from .operations_generated import Operations
from .transport import part
from .uploads import Lane, LocalFile, announced, metadata

BLOCK_BYTES = 1 << 20
MASKS = (".nii", ".nii.gz")
SENT = (*MASKS, ".json", "grades.csv")


def send_predictions(
    api: Operations,
    challenge: str,
    phase: str,
    archive: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> wire.ChallengeSubmission:
    """Send predictions to a phase of a challenge and hand them in; the submission, not scored yet.

    ``archive`` is a zip, or a folder with a mask for each case, which is packed as it is sent. Broken off,
    the same call goes on where the site stands: it knows the file by name and size. ``progress`` is told the
    bytes that have arrived, and all. Raises ``SiteError`` where it is refused (what is wrong with which file
    is in ``extra``), ``Unreachable``, and ``Changed`` for a file that changes meanwhile.
    """
    if archive.is_dir():
        with TemporaryDirectory(prefix="vertebase-") as beside:
            packed = pack(archive, Path(beside))
            return send_predictions(api, challenge, phase, packed, progress=progress)
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


def pack(folder: Path, into: Path) -> Path:
    """A zip of the folder's masks, centroids and grades: the same bytes each time, so that it is known again.

    Raises ``VertebaseError`` where there is no mask.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(SENT))
    if not any(path.name.endswith(MASKS) for path in found):
        raise VertebaseError(f"{folder}: there is no mask (.nii or .nii.gz) to send")
    target = into / f"{folder.absolute().name}.zip"
    with zipfile.ZipFile(target, "w") as out:
        for path in found:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())  # of 1980, whenever it is packed
            with path.open("rb") as content, out.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(content, packed, BLOCK_BYTES)
    return target


def _begun(api: Operations, challenge: str, phase: str, file: LocalFile) -> tuple[str, int]:
    """The upload of this file, and how much of it has arrived."""
    for row in api.challenge_uploads(challenge, phase):
        if (row["name"], row["size_bytes"]) == (file.path.name, file.size):
            return row["id"], row["offset_bytes"]
    told = metadata(challenge=challenge, phase=phase, filename=file.path.name)
    return announced(api.challenge_upload_create(upload_length=file.size, upload_metadata=told)), 0
