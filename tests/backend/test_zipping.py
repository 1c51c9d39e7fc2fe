"""Archives laid out before they are sent: right bytes from any offset, also beyond four gigabytes."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pytest

from backend.releases.zipping import CHUNK_BYTES, ArchiveEntry, ArchivePlan

MOMENT = datetime(2026, 3, 4, 5, 6, 8, tzinfo=UTC)
CONTENT = {"a": b"first", "b": b"", "c": bytes(range(256)) * 9000}


def entries() -> list[ArchiveEntry]:
    return [
        ArchiveEntry(f"folder/{key}-ä.bin", len(data), zlib.crc32(data), key) for key, data in CONTENT.items()
    ]


def opened(key: str) -> BinaryIO:
    return io.BytesIO(CONTENT[key])


def whole(plan: ArchivePlan) -> bytes:
    return b"".join(plan.stream(0, plan.size_bytes, opened))


def test_the_archive_opens_and_has_the_promised_length() -> None:
    plan = ArchivePlan(entries(), modified_at=MOMENT)
    data = whole(plan)
    assert len(data) == plan.size_bytes
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == {
            f"folder/{key}-ä.bin": content for key, content in CONTENT.items()
        }
        assert archive.infolist()[0].date_time == (2026, 3, 4, 5, 6, 8)


def test_any_range_is_the_same_as_a_piece_of_the_whole() -> None:
    plan = ArchivePlan(entries(), modified_at=MOMENT)
    data = whole(plan)
    draw = random.Random(4)
    for _ in range(60):
        start = draw.randrange(plan.size_bytes)
        stop = draw.randrange(start, plan.size_bytes + 1)
        pieces = list(plan.stream(start, stop, opened))
        assert b"".join(pieces) == data[start:stop]
        assert all(0 < len(piece) <= CHUNK_BYTES for piece in pieces)


def test_a_stored_file_that_is_too_short_is_an_error_and_no_short_archive() -> None:
    plan = ArchivePlan([ArchiveEntry("a", 10, 0, "a")], modified_at=MOMENT)
    with pytest.raises(EOFError):
        whole(plan)


class Zeros(io.RawIOBase):
    """A large file of zeros that takes no room."""

    def __init__(self, size: int) -> None:
        self.size, self.position = size, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        count = min(size, self.size - self.position)
        self.position += count
        return bytes(count)


class PlanFile(io.RawIOBase):
    """The archive as a file that makes only what is read of it."""

    def __init__(self, plan: ArchivePlan, sizes: dict[str, int]) -> None:
        self.plan, self.sizes, self.position = plan, sizes, 0

    def open_content(self, key: str) -> BinaryIO:
        if key in CONTENT:
            return opened(key)
        return cast("BinaryIO", Zeros(self.sizes[key]))

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self.position, 2: self.plan.size_bytes}[whence]
        self.position = base + offset
        return self.position

    def read(self, size: int = -1) -> bytes:
        stop = self.plan.size_bytes if size < 0 else min(self.position + size, self.plan.size_bytes)
        data = b"".join(self.plan.stream(self.position, stop, self.open_content))
        self.position = stop
        return data


def test_files_and_offsets_beyond_four_gigabytes_are_found() -> None:
    large = (1 << 32) + 12345
    listed = [ArchiveEntry("large", large, 0, "zeros"), *entries()]
    plan = ArchivePlan(listed, modified_at=MOMENT)
    with zipfile.ZipFile(cast("BinaryIO", PlanFile(plan, {"zeros": large}))) as archive:
        assert archive.getinfo("large").file_size == large
        assert archive.getinfo("folder/c-ä.bin").header_offset > 1 << 32
        assert archive.read("folder/c-ä.bin") == CONTENT["c"]


def test_more_files_than_the_classic_directory_counts() -> None:
    count = (1 << 16) + 2
    plan = ArchivePlan([ArchiveEntry(f"{n:05d}", 0, 0, "b") for n in range(count)], modified_at=MOMENT)
    with zipfile.ZipFile(io.BytesIO(whole(plan))) as archive:
        assert len(archive.namelist()) == count
