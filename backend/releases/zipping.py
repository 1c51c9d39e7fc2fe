"""A stored (uncompressed) zip whose every byte is known before the first is sent.

Offsets follow from the names, sizes and CRCs that the database holds, so an archive of any size has an
exact length, is identical each time, and any byte range of it can be served: a broken download resumes.
ZIP64 records are written where a size, an offset or a count does not fit the classic fields (APPNOTE 4.3
and 4.5.3).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from zlib import crc32

CHUNK_BYTES = 1 << 20
LIMIT_32 = 0xFFFFFFFF
LIMIT_16 = 0xFFFF
UTF8_FLAG = 0x0800
VERSION_CLASSIC = 20
VERSION_ZIP64 = 45
UNIX_FILE_644 = 0o100644 << 16


@dataclass(frozen=True)
class ArchiveEntry:
    """One file: ``key`` is handed to the opener when its bytes are wanted, unless they are given here."""

    path: str
    size_bytes: int
    crc32: int
    key: str
    content: bytes | None = None

    @classmethod
    def made(cls, path: str, content: bytes) -> ArchiveEntry:
        """A file that was made for this archive."""
        return cls(path, len(content), crc32(content), "", content)


@dataclass(frozen=True)
class _Segment:
    """A run of the archive: bytes made here, or the content of an entry."""

    start: int
    length: int
    header: bytes | None
    key: str


class ArchivePlan:
    """The layout of an archive, and its bytes from any offset."""

    def __init__(self, entries: Sequence[ArchiveEntry], *, modified_at: datetime) -> None:
        self._segments: list[_Segment] = []
        self._position = 0
        time, date = _dos_time(modified_at)
        directory: list[bytes] = []
        for entry in entries:
            offset = self._position
            self._add_bytes(_local_header(entry, time, date))
            self._add_content(entry)
            directory.append(_central_header(entry, offset, time, date))
        directory_offset = self._position
        self._add_bytes(b"".join(directory))
        self._add_bytes(_end_records(len(entries), self._position - directory_offset, directory_offset))
        self._starts = [segment.start for segment in self._segments]

    @property
    def size_bytes(self) -> int:
        return self._position

    def stream(self, start: int, stop: int, open_content: Callable[[str], BinaryIO]) -> Iterator[bytes]:
        """Bytes ``start`` to ``stop - 1``, in pieces of at most a mebibyte."""
        stop = min(stop, self.size_bytes)
        index = max(bisect_right(self._starts, start) - 1, 0)
        while start < stop and index < len(self._segments):
            segment = self._segments[index]
            first = start - segment.start
            last = min(stop - segment.start, segment.length)
            if segment.header is not None:
                yield segment.header[first:last]
            else:
                yield from _read_range(segment, first, last, open_content)
            start = segment.start + last
            index += 1

    def _add_bytes(self, header: bytes) -> None:
        if header:
            self._segments.append(_Segment(self._position, len(header), header, ""))
            self._position += len(header)

    def _add_content(self, entry: ArchiveEntry) -> None:
        if entry.content is not None:
            self._add_bytes(entry.content)
        elif entry.size_bytes:
            self._segments.append(_Segment(self._position, entry.size_bytes, None, entry.key))
            self._position += entry.size_bytes


def _read_range(
    segment: _Segment, first: int, last: int, open_content: Callable[[str], BinaryIO]
) -> Iterator[bytes]:
    with open_content(segment.key) as stream:
        stream.seek(first)
        remaining = last - first
        while remaining:
            chunk = stream.read(min(CHUNK_BYTES, remaining))
            if not chunk:
                raise EOFError(f"stored file {segment.key} is shorter than its record says")
            remaining -= len(chunk)
            yield chunk


def _dos_time(moment: datetime) -> tuple[int, int]:
    time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
    date = max(moment.year - 1980, 0) << 9 | moment.month << 5 | moment.day
    return time, date


def _local_header(entry: ArchiveEntry, time: int, date: int) -> bytes:
    name = entry.path.encode()
    large = entry.size_bytes >= LIMIT_32
    size = LIMIT_32 if large else entry.size_bytes
    extra = struct.pack("<HHQQ", 1, 16, entry.size_bytes, entry.size_bytes) if large else b""
    fields = struct.pack(
        "<4sHHHHHIIIHH",
        b"PK\x03\x04",
        VERSION_ZIP64 if large else VERSION_CLASSIC,
        UTF8_FLAG,
        0,
        time,
        date,
        entry.crc32,
        size,
        size,
        len(name),
        len(extra),
    )
    return fields + name + extra


def _central_header(entry: ArchiveEntry, offset: int, time: int, date: int) -> bytes:
    name = entry.path.encode()
    large = entry.size_bytes >= LIMIT_32
    far = offset >= LIMIT_32
    values = ([entry.size_bytes, entry.size_bytes] if large else []) + ([offset] if far else [])
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    size = LIMIT_32 if large else entry.size_bytes
    version = VERSION_ZIP64 if values else VERSION_CLASSIC
    fields = struct.pack(
        "<4sHHHHHHIIIHHHHHII",
        b"PK\x01\x02",
        3 << 8 | version,
        version,
        UTF8_FLAG,
        0,
        time,
        date,
        entry.crc32,
        size,
        size,
        len(name),
        len(extra),
        0,
        0,
        0,
        UNIX_FILE_644,
        LIMIT_32 if far else offset,
    )
    return fields + name + extra


def _end_records(count: int, directory_bytes: int, directory_offset: int) -> bytes:
    end = struct.pack(
        "<4sHHHHIIH",
        b"PK\x05\x06",
        0,
        0,
        min(count, LIMIT_16),
        min(count, LIMIT_16),
        min(directory_bytes, LIMIT_32),
        min(directory_offset, LIMIT_32),
        0,
    )
    if count < LIMIT_16 and directory_bytes < LIMIT_32 and directory_offset < LIMIT_32:
        return end
    record = struct.pack(
        "<4sQHHIIQQQQ",
        b"PK\x06\x06",
        44,
        3 << 8 | VERSION_ZIP64,
        VERSION_ZIP64,
        0,
        0,
        count,
        count,
        directory_bytes,
        directory_offset,
    )
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, directory_offset + directory_bytes, 1)
    return record + locator + end
