"""Reading what a file from outside promises, and not a byte more than that."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from isal import igzip, isal_zlib

from backend.science.errors import BadInput

# Some programs pad their files; a compressed file that goes on for ever would keep a worker busy for ever.
_MOST_BEYOND_BYTES = 64 << 20
_DAMAGED: tuple[type[Exception], ...] = (OSError, zlib.error, cast(type[Exception], isal_zlib.error))
_CUT_OR_DAMAGED: tuple[type[Exception], ...] = (EOFError, *_DAMAGED)
# the library comes without types for it
_IGZIP_OPEN: Callable[..., BinaryIO] = igzip.open


def unpacked(source: Path | BinaryIO) -> BinaryIO:
    """The stream that a gzip file holds, or that follows in an open one."""
    return _IGZIP_OPEN(source, "rb")


def read_exactly(stream: BinaryIO, count: int, path: Path) -> bytearray:
    """The next ``count`` bytes. ``BadInput`` ``truncated`` where there are fewer, or they are damaged."""
    # grown as the bytes come: a header may claim gigabytes that the file does not hold
    buffer = bytearray()
    try:
        while len(buffer) < count:
            block = stream.read(min(count - len(buffer), 1 << 22))
            if not block:
                break
            buffer += block
    except EOFError:
        pass  # the compressed stream ends early: the count below tells
    except _DAMAGED as error:
        raise BadInput("truncated", "the compressed data are damaged", source=path) from error
    if len(buffer) < count:
        raise BadInput("truncated", f"the file ends after {len(buffer)} of {count} bytes", source=path)
    return buffer


def require_whole_stream(stream: BinaryIO, path: Path) -> None:
    """A compressed file must also end well: its checksum is only compared there."""
    if isinstance(stream, io.BufferedReader):
        return
    beyond = 0
    try:
        while block := stream.read(1 << 20):
            beyond += len(block)
            if beyond > _MOST_BEYOND_BYTES:
                raise BadInput("too_large", "it goes on far beyond its voxels", source=path)
    except _CUT_OR_DAMAGED as error:
        raise BadInput("truncated", "the compressed data are cut off or damaged", source=path) from error
