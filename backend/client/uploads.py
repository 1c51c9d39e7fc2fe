"""Uploads by tus: several files at a time, in pieces with checksums, taken up again where they broke off."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from . import wire_generated as wire
from .errors import Changed, NotFound, SiteError, Unreachable, VertebaseError
from .keeping import ONLY_MINE, upload_notes
from .lanes import Stopped, side_by_side
from .operations_generated import Operations
from .transport import Pauses, part

PIECE_BYTES = 8 << 20  # the site takes 16 MB at most with a checksum
AT_ONCE = 4
CHECKSUM_MISMATCH = "checksum_mismatch"
OFFSET_CONFLICT = "offset_conflict"


@dataclass(frozen=True)
class Sent:
    """How far an upload is. ``file`` is the one of which a piece has just arrived."""

    file: str
    files_done: int
    files: int
    bytes_done: int
    bytes: int


@dataclass(frozen=True)
class LocalFile:
    """A file to send: its path in the folder, and its fingerprint, by which it is known again."""

    path: Path
    relative: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, relative: str) -> LocalFile:
        """As the file is now."""
        told = path.stat()
        return cls(path, relative, told.st_size, told.st_mtime_ns)

    def unchanged(self) -> bool:
        """Whether it is still what it was when it was found."""
        return LocalFile.of(self.path, self.relative) == self


def files_below(source: Path) -> list[LocalFile]:
    """The files of a folder, or the one file; no hidden ones. Raises ``VertebaseError`` for none."""
    source = source.absolute()
    if source.is_file():
        return [LocalFile.of(source, source.name)]
    paths = (path for path in source.rglob("*") if path.is_file())
    seen = (path for path in paths if not any(p.startswith(".") for p in path.relative_to(source).parts))
    found = [
        LocalFile.of(path, f"{source.name}/{path.relative_to(source).as_posix()}") for path in sorted(seen)
    ]
    if not found:
        raise VertebaseError(f"{source}: there is no file to upload")
    return found


class Notes:
    """What was begun: the batch, and the upload of each file. A line for each; a cut one is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.batch = ""
        self._uploads: dict[str, tuple[int, int, str]] = {}
        for told in self._lines():
            if "batch" in told:
                self.batch, self._uploads = str(told["batch"]), {}
            else:
                self._uploads[str(told["file"])] = (
                    int(told["size"]),
                    int(told["mtime_ns"]),
                    str(told["upload"]),
                )

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # cut short when the program or the machine stopped
                yield json.loads(line)

    def _add(self, told: dict[str, object]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = (json.dumps(told) + "\n").encode()
        with self._lock:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, ONLY_MINE)
            with os.fdopen(handle, "wb") as out:
                out.write(line)

    def begin(self, batch: str) -> None:
        """Note a new batch; what was noted of an older one no longer counts."""
        self.forget()
        self._add({"batch": batch})
        self.batch, self._uploads = batch, {}

    def note(self, file: LocalFile, upload: str) -> None:
        """Note which upload is that file's."""
        self._uploads[file.relative] = (file.size, file.mtime_ns, upload)
        self._add({"file": file.relative, "size": file.size, "mtime_ns": file.mtime_ns, "upload": upload})

    def upload_of(self, file: LocalFile) -> str | None:
        """The upload that was begun for this file as it is now."""
        size, mtime_ns, upload = self._uploads.get(file.relative, (-1, -1, ""))
        return upload if (size, mtime_ns) == (file.size, file.mtime_ns) else None

    def forget(self) -> None:
        """All is done, or void."""
        self._path.unlink(missing_ok=True)


def metadata(**told: str) -> str:
    """tus's ``Upload-Metadata``."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())


def announced(answer: httpx.Response) -> str:
    """The id of the upload that was announced."""
    return urlsplit(answer.headers["Location"]).path.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True)
class Lane:
    """How the pieces of one file are sent, and how the site is asked where it stands."""

    append: Callable[..., httpx.Response]
    ask_offset: Callable[[], httpx.Response]
    patience_seconds: float
    stop: threading.Event

    def send(self, file: LocalFile, offset: int) -> Iterator[int]:
        """Send what is missing from ``offset`` on; after each piece, up to where the file has arrived.

        Raises ``Changed`` for a file that became shorter, ``Stopped``, and as requests do.
        """
        with file.path.open("rb") as content:
            pauses = Pauses(self.patience_seconds, self.stop)
            while offset < file.size and not self.stop.is_set():
                content.seek(offset)
                arrived = self._piece(content.read(PIECE_BYTES), offset, pauses)
                if arrived > offset:
                    pauses = Pauses(self.patience_seconds, self.stop)
                offset = arrived
                yield offset
        if offset < file.size:
            raise Stopped("stopped")

    def _piece(self, data: bytes, offset: int, pauses: Pauses) -> int:
        """Send one piece; up to where the file has arrived, which the site is asked where it is not sure."""
        if not data:
            raise Changed("a file became shorter while it was sent; upload it again")
        checksum = f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"
        try:
            answer = self.append(data, upload_offset=offset, upload_checksum=checksum)
        except (Unreachable, SiteError) as error:
            if isinstance(error, SiteError) and not _may_go_on(error):
                raise
            pauses.wait(error)
            answer = self.ask_offset()
        return int(answer.headers["Upload-Offset"])


class Uploading:
    """One upload of a folder to a project. Started anew with the same folder, it goes on where it was."""

    def __init__(
        self,
        api: Operations,
        slug: str,
        source: Path,
        *,
        progress: Callable[[Sent], None] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._api, self._slug = api, slug
        self._files = files_below(source)
        self._notes = Notes(upload_notes(api.url, slug, str(source.absolute())))
        self._progress, self._at_once = progress, at_once
        self._lock = threading.Lock()
        self._arrived: dict[str, int] = {}
        self._bytes = self._done = 0
        self._total = sum(file.size for file in self._files)
        self._stop = threading.Event()

    def run(self) -> wire.Batch:
        """Send what has not arrived and have it read in; the batch as it then is.

        Raises ``Changed`` where a file changes meanwhile, ``SiteError`` and ``Unreachable`` as requests do:
        the first before a byte is sent where the files go over what the project or the site may keep.
        What has arrived by then is kept, and the next run goes on from there.
        """
        batch = self._batch()
        held = {upload["id"]: upload for upload in batch["uploads"]}
        mine = side_by_side(
            lambda file: self._send(batch["id"], file, held),
            self._files,
            at_once=self._at_once,
            stop=self._stop,
        )
        self._drop_others(batch["id"], set(mine))
        done = self._process(batch["id"])
        self._notes.forget()
        return done

    def _batch(self) -> wire.Batch:
        """The batch that was begun, where it still takes files, else a new one."""
        if self._notes.batch:
            with suppress(NotFound):
                begun = self._api.batch(self._notes.batch)
                if begun["state"] == "receiving":
                    return begun
        made = self._api.batch_create(self._slug, size_bytes=self._total)
        self._notes.begin(made["id"])
        return made

    def _send(self, batch: str, file: LocalFile, held: dict[str, wire.Upload]) -> str:
        """Send one file, or what is missing of it; the id of its upload."""
        upload = self._notes.upload_of(file)
        offset = held[upload]["offset_bytes"] if upload in held else 0
        if upload is None or upload not in held:
            upload = self._announce(batch, file)
            self._notes.note(file, upload)
        self._tell(file, offset)
        lane = Lane(
            append=partial(self._api.upload_append, upload),
            ask_offset=partial(self._api.upload_offset, upload),
            patience_seconds=self._api.patience_seconds,
            stop=self._stop,
        )
        for arrived in lane.send(file, offset):
            self._tell(file, arrived)
        if not file.unchanged():
            raise Changed(f"{file.path} changed while it was sent; upload the folder again")
        return upload

    def _announce(self, batch: str, file: LocalFile) -> str:
        told = metadata(batch=batch, filename=file.path.name, relativePath=file.relative)
        return announced(self._api.upload_create(upload_length=file.size, upload_metadata=told))

    def _drop_others(self, batch: str, mine: set[str]) -> None:
        """Take back what is nobody's: announced when the answer was lost, or of an older file."""
        for upload in self._api.batch(batch)["uploads"]:
            if upload["id"] not in mine:
                with suppress(NotFound):
                    self._api.upload_terminate(upload["id"])

    def _process(self, batch: str) -> wire.Batch:
        """Have the batch read in. Asked again it changes nothing, so that a lost answer is no harm."""
        told = self._api.json("POST", f"/api/v1/batches/{part(batch)}/process", repeatable=True)
        return cast("wire.Batch", told)

    def _tell(self, file: LocalFile, offset: int) -> None:
        if self._progress is None:
            return
        with self._lock:
            before = self._arrived.get(file.relative)
            self._arrived[file.relative] = offset
            self._bytes += offset - (before or 0)
            self._done += offset == file.size and before != offset
            self._progress(Sent(file.relative, self._done, len(self._files), self._bytes, self._total))


def _may_go_on(error: SiteError) -> bool:
    """Whether the upload still stands after this refusal of a piece."""
    return error.code in (CHECKSUM_MISMATCH, OFFSET_CONFLICT) or error.status in (429, 502, 503, 504)
