"""Files that arrive in pieces, each kept as soon as it is there; their owner's row counts the bytes."""

from __future__ import annotations

import base64
import errno
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from backend.common.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from backend.common.storage import BLOCK_BYTES

CHECKSUM_ALGORITHMS = ("sha1", "sha256")


class OffsetConflict(Conflict):
    code = "offset_conflict"
    message = "The upload is at another offset."


class ChecksumMismatch(Invalid):
    code = "checksum_mismatch"
    message = "The bytes that arrived are not those that were sent."


class DiskFull(Unavailable):
    code = "disk_full"
    message = "The server has too little free disk space for this file."


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the client says of a chunk: an algorithm of `CHECKSUM_ALGORITHMS` and the digest."""

    algorithm: str
    digest: bytes

    @classmethod
    def from_header(cls, value: str) -> Checksum:
        """Read tus's ``Upload-Checksum: sha1 <base64>``."""
        algorithm, _, encoded = value.strip().partition(" ")
        if algorithm not in CHECKSUM_ALGORITHMS:
            raise Invalid("unknown_checksum", f"Checksums may be {' or '.join(CHECKSUM_ALGORITHMS)}.")
        try:
            return cls(algorithm, base64.b64decode(encoded, validate=True))
        except ValueError as exc:
            raise Invalid("bad_checksum", "The checksum is not base64.") from exc


def require_space(folder: Path, size_bytes: int) -> None:
    """Make ``folder`` where there is none. Raises `DiskFull` where a file of that size would not fit."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size_bytes + settings.VERTEBASE_MIN_FREE_BYTES:
        raise DiskFull


def begin_file(path: Path) -> None:
    """An empty file that nobody else on the machine reads."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)


def _blocks(source: IO[bytes], limit: int) -> Iterator[bytes]:
    """At most ``limit`` bytes and one more, so that a body that is too long shows."""
    left = limit + 1
    while left > 0 and (block := source.read(min(BLOCK_BYTES, left))):
        left -= len(block)
        yield block


def write_chunk(
    path: Path, *, offset_bytes: int, size_bytes: int, source: IO[bytes], checksum: Checksum | None
) -> int:
    """Write a chunk behind the ``offset_bytes`` that are there, of ``size_bytes`` in all; return its length.

    Raises
    ------
    ChecksumMismatch, TooLarge, DiskFull, NotFound
        the bytes were damaged; they are too many; no room is left; what had arrived is gone.
    """
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum is not None else None
    room = size_bytes - offset_bytes
    written = 0
    try:
        with path.open("r+b") as target:
            target.seek(offset_bytes)
            for block in _blocks(source, room):
                target.write(block)
                written += len(block)
                if digest is not None:
                    digest.update(block)
            target.truncate(offset_bytes + min(written, room))
    except FileNotFoundError as exc:
        raise NotFound(message="The upload's bytes are gone; start it again.") from exc
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise DiskFull from exc
        raise
    if written > room:
        raise TooLarge(message="The chunk goes beyond the file's announced size.")
    if digest is not None and checksum is not None and digest.digest() != checksum.digest:
        raise ChecksumMismatch
    return written
