"""Archives of releases: in pieces, several at a time, taken up again where they broke off, and verified."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from .errors import Changed, Damaged, SiteError, Unreachable
from .lanes import Stopped, side_by_side
from .operations_generated import Operations
from .transport import BETWEEN, BUSY, Pauses

PIECE_BYTES = 16 << 20
AT_ONCE = 4


@dataclass(frozen=True)
class Received:
    """How far a download is, in bytes."""

    bytes_done: int
    bytes: int


class Downloading:
    """One file from an address of the site to a path.

    What has arrived lies in ``NAME.part``, and in ``NAME.part.json`` which pieces those are and of which
    content (the site's ETag); the same download started again goes on from there.
    """

    def __init__(
        self,
        api: Operations,
        address: str,
        target: Path,
        *,
        progress: Callable[[Received], None] | None = None,
        at_once: int = AT_ONCE,
        piece_bytes: int = PIECE_BYTES,
    ) -> None:
        self._api, self._address, self._target = api, address, target
        self._progress, self._at_once, self._piece_bytes = progress, at_once, piece_bytes
        self._part = target.with_name(target.name + ".part")
        self._notes = target.with_name(target.name + ".part.json")
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._done: set[int] = set()
        self._size, self._etag = 0, ""

    def run(self) -> Path:
        """Fetch what is missing; the path of the whole file.

        Raises ``Changed`` where the content on the site changes meanwhile, ``Damaged`` for pieces of a wrong
        length, ``SiteError`` and ``Unreachable`` as requests do.
        """
        head = self._api.send("HEAD", self._address)
        self._size, self._etag = int(head.headers["Content-Length"]), head.headers.get("ETag", "")
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._take_up()
        with self._part.open("r+b" if self._part.exists() else "w+b") as out:
            out.truncate(self._size)
        missing = [n for n in range(self._pieces()) if n not in self._done]
        self._tell()
        side_by_side(self._fetch, missing, at_once=self._at_once, stop=self._stop)
        self._part.replace(self._target)
        self._notes.unlink(missing_ok=True)
        return self._target

    def _pieces(self) -> int:
        return -(-self._size // self._piece_bytes)

    def _span(self, number: int) -> tuple[int, int]:
        return number * self._piece_bytes, min((number + 1) * self._piece_bytes, self._size)

    def _take_up(self) -> None:
        """Count on the pieces of an earlier run where they are of the same content, and whole on the disk."""
        with suppress(
            OSError, ValueError, KeyError, TypeError
        ):  # nothing there, or cut short: from the start
            told = json.loads(self._notes.read_text(encoding="utf-8"))
            same = (told["etag"], told["bytes"], told["piece_bytes"]) == self._identity()
            if same and self._etag and self._part.stat().st_size == self._size:
                self._done = {int(number) for number in told["done"]}

    def _identity(self) -> tuple[str, int, int]:
        return self._etag, self._size, self._piece_bytes

    def _fetch(self, number: int) -> None:
        """One piece, taken up within itself where the connection breaks."""
        at, end = self._span(number)
        pauses = Pauses(self._api.patience_seconds, self._stop)
        with self._part.open("r+b", buffering=0) as out:
            while at < end and not self._stop.is_set():
                before = at
                try:
                    at = self._read(out, at, end)
                except (Unreachable, SiteError) as error:
                    if isinstance(error, SiteError) and error.status not in BUSY | BETWEEN:
                        raise
                    at = out.tell()
                    pauses = pauses if at == before else Pauses(self._api.patience_seconds, self._stop)
                    pauses.wait(error)
        if at < end:
            raise Stopped("stopped")
        with self._lock:
            self._done.add(number)
            self._note()
            self._tell()

    def _read(self, out: FileIO, at: int, end: int) -> int:
        """Bytes from ``at`` up to ``end`` into the file, whose position tells how far it came."""
        out.seek(at)
        headers = {"Range": f"bytes={at}-{end - 1}", "Accept-Encoding": "identity"}
        if self._etag:
            headers["If-Range"] = self._etag
        with self._api.streaming(self._address, headers) as answer:
            whole = answer.status_code == 200 and (at, end) == (0, self._size)
            if answer.status_code != 206 and not whole:
                raise Changed(f"{self._address} is not what it was when the download began; start it again")
            if answer.headers.get("ETag", "") != self._etag:
                raise Changed(f"{self._address} changed during the download; start it again")
            for block in answer.iter_raw():  # as it comes: what has arrived is kept when it breaks
                if self._stop.is_set():
                    raise Stopped("stopped")
                if at + len(block) > end:
                    raise Damaged(f"{self._address}: more bytes came than were asked for")
                at += out.write(block)
        return at

    def _note(self) -> None:
        etag, size, piece_bytes = self._identity()
        told = {"etag": etag, "bytes": size, "piece_bytes": piece_bytes, "done": sorted(self._done)}
        draft = self._notes.with_name(self._notes.name + ".new")
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(self._notes)

    def _tell(self) -> None:
        if self._progress is not None:
            here = sum(end - start for start, end in map(self._span, self._done))
            self._progress(Received(here, self._size))
