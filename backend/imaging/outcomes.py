"""What became of each file of a batch: used, refused, or, of an archive, some of each.

The names of files and folders come from hospitals and often name the patient. They stay for as long as the
file itself: of what was used neither is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from uuid import UUID

from backend.imaging.models import Upload, UploadState
from backend.imaging.services.uploads import inbox_path, raw_deadline
from backend.science.sources import Source, keep_members

MAX_REASON = 2000
SHOWN_REASONS = 20
A_USED_FILE = "a file that was used"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not used: a stable code, and a sentence that names it (or the archive's member)."""

    code: str
    message: str


class Owners:
    """Which upload a name in a result means: a file by its relative path, or the archive it lay in."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._uploads: dict[str, Upload] = {}
        for position, upload in enumerate(uploads):
            name = upload.relative_path or upload.name
            if name in self._uploads:  # dropped twice: kept apart in a folder of its own
                name = f"again-{position}/{name}"
            self._uploads[name] = upload

    def sources(self) -> list[Source]:
        """The uploads as `ingest` reads them."""
        return [Source(inbox_path(upload), name) for name, upload in self._uploads.items()]

    def of(self, name: str) -> tuple[Upload, str] | None:
        """The upload that ``name`` means, and the member of it where it is an archive ("" for the whole)."""
        part = name
        while part:
            if part in self._uploads:
                return self._uploads[part], name[len(part) + 1 :]
            part = part.rpartition("/")[0]
        return None


@dataclass
class Fate:
    """What became of one upload. Names are those of members of an archive; "" is the file itself."""

    refusals: list[Refusal] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    @property
    def partly_used(self) -> bool:
        """An archive of which some members were used and some were not."""
        return bool(self.used) and bool(self.refused) and "" not in self.refused


class Outcomes:
    """The fates of a batch's uploads, gathered while they are read."""

    def __init__(self, uploads: Iterable[Upload]) -> None:
        self.uploads = list(uploads)
        self.owners = Owners(self.uploads)
        self._fates: dict[UUID, Fate] = {upload.pk: Fate() for upload in self.uploads}
        self._used_names: set[str] = set()

    def use(self, names: Iterable[str]) -> list[Upload]:
        """These files went into a series; the uploads that they are, or lay in, each once."""
        owners: dict[UUID, Upload] = {}
        for name in names:
            self._used_names.add(PurePosixPath(name).name)
            found = self.owners.of(name)
            if found is not None:
                self._fates[found[0].pk].used.add(found[1])
                owners[found[0].pk] = found[0]
        return list(owners.values())

    def refuse(self, names: Sequence[str], refusal: Refusal) -> None:
        """These files were not used. A name that means none of the uploads is told of the first."""
        found = [pair for pair in map(self.owners.of, names) if pair is not None]
        for upload, member in found or [(self.uploads[0], "")]:
            fate = self._fates[upload.pk]
            fate.refused.add(member)
            if refusal not in fate.refusals:
                fate.refusals.append(refusal)

    @property
    def settled(self) -> int:
        """How many uploads something is known of."""
        return sum(bool(fate.refused or fate.used) for fate in self._fates.values())

    def write(self) -> list[Path]:
        """Note what became of each upload; the raw files that must go when this is committed."""
        return [path for upload in self.uploads if (path := self._write(upload)) is not None]

    def _write(self, upload: Upload) -> Path | None:
        fate = self._fates[upload.pk]
        spent: Path | None = None
        if not fate.refusals:
            upload.state = UploadState.INGESTED
            upload.name = upload.relative_path = ""
            spent = inbox_path(upload)
        else:
            upload.state = UploadState.QUARANTINED
            upload.raw_until = raw_deadline()
            upload.reason_code = fate.refusals[0].code
            upload.reason = self._reason(fate.refusals)
            if fate.partly_used:
                spent = self._keep_refused_members(upload, fate)
        upload.save()
        return spent

    def _keep_refused_members(self, upload: Upload, fate: Fate) -> Path | None:
        path = inbox_path(upload)
        kept = keep_members(path, fate.refused)
        upload.size_bytes = upload.offset_bytes = path.stat().st_size
        upload.name = upload.relative_path = f"archive-{self.uploads.index(upload) + 1}.zip"
        return None if kept else path

    def _reason(self, refusals: list[Refusal]) -> str:
        """The sentences of the refusals, without the names of files that were used."""
        more = f" (and {len(refusals) - SHOWN_REASONS} more)" if len(refusals) > SHOWN_REASONS else ""
        text = "\n".join(refusal.message for refusal in refusals[:SHOWN_REASONS]) + more
        own = {refusal.message.partition(": ")[0] for refusal in refusals}
        for name in sorted(self._used_names - own, key=len, reverse=True):
            if any(character.isalpha() for character in name):  # a bare number may be a count
                text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", A_USED_FILE, text)
        return text[:MAX_REASON]
