"""DICOM files opened without trusting their lengths.

A header of 72 bytes may claim gigabytes, a deflated data set may unpack to them, and a compressed picture may
say another size than the header does. Memory is asked for by what the file holds.
"""

from __future__ import annotations

import io
import os
import re
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from backend.science.errors import BadInput, faults_of_input

# a CT deflates to a third; zeros, which bombs are made of, to a thousandth
MAX_RATIO = 200
_RATIO_FLOOR_BYTES = 16 << 20
_LARGE_READ_BYTES = 1 << 16
_GROUP_ELEMENT = re.compile(rb"[\x02\x08]\x00[\x00-\xff]\x00", re.DOTALL)
_VR = re.compile(rb"[A-Z][A-Z]")
_PREAMBLE_BYTES = 132
_PLAIN_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d*(?:[eE][+-]?\d+)?")
# 1,024 is a thousand and 24 to some and 1.024 to others
_THOUSANDS_OR_DECIMAL = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_J2K_SIZE = b"\xff\x4f\xff\x51"
_JPEG_START = b"\xff\xd8"
_JPEG_NO_FRAME = (0xC4, 0xC8, 0xCC)


def looks_like_dicom(start: bytes) -> bool:
    """Whether a file's first 132 bytes are DICOM's, or those of a data set without the preamble."""
    if start[128:_PREAMBLE_BYTES] == b"DICM":
        return True
    if len(start) < 8 or not _GROUP_ELEMENT.match(start):
        return False
    # then a type of two letters (explicit), or a length (implicit) that an identifier or a date can have
    return bool(_VR.match(start[4:6])) or int.from_bytes(start[4:8], "little") < 1 << 16


def read_header(path: Path, tags: Sequence[Any]) -> Dataset:
    """The elements ``tags`` of a file, up to its pixels. Raises what pydicom raises, and ``BadInput``."""
    inflated = _inflated(path)
    if inflated is not None:
        return _read_inflated(*inflated, tags=tags)
    with _Bounded(path) as stream:
        return pydicom.dcmread(stream, stop_before_pixels=True, force=True, specific_tags=list(tags))


def read_whole(path: Path) -> Dataset:
    """A file with its pixels, ready to be decoded. Raises as ``read_header``."""
    inflated = _inflated(path)
    if inflated is not None:
        return _read_inflated(*inflated, tags=None)
    with _Bounded(path) as stream:
        dataset = pydicom.dcmread(stream, force=True)
    if not getattr(dataset.file_meta, "TransferSyntaxUID", None):
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return dataset


def convert_values(header: Dataset) -> frozenset[str]:
    """Convert every value now, while warnings are held back, and drop those that cannot be converted.

    Left to itself pydicom converts a value when it is first asked for, and warns then, quoting it. Returns
    the keywords of what was dropped: the series may do well without it, but must not take it for absent. A
    decimal comma is read as the point that it stands for, except where it may part thousands.
    """
    dropped = set()
    for tag in list(header.keys()):
        raw: Any = header.get_item(tag)
        try:
            if isinstance(raw, RawDataElement):
                header[tag] = _with_decimal_points(raw)
            header[tag]
        except faults_of_input():
            dropped.add(pydicom.datadict.keyword_for_tag(tag))
            del header[tag]
    return frozenset(dropped)


def _with_decimal_points(raw: RawDataElement) -> RawDataElement:
    if not isinstance(raw.value, bytes) or b"," not in raw.value:
        return raw
    vr = raw.VR if raw.VR not in (None, "UN") else _dictionary_vr(raw)
    if vr != "DS":
        return raw
    parts = raw.value.decode("ascii").strip("\0 ").split("\\")
    return raw._replace(value="\\".join(map(_with_decimal_point, parts)).encode())


def _dictionary_vr(raw: RawDataElement) -> str:
    try:
        return dictionary_VR(raw.tag)
    except KeyError:
        return ""


def _with_decimal_point(text: str) -> str:
    text = text.strip()
    if "," not in text:
        return text
    if not _PLAIN_DECIMAL_COMMA.fullmatch(text) or _THOUSANDS_OR_DECIMAL.fullmatch(text):
        raise ValueError("the comma may part thousands or decimals")
    return text.replace(",", ".")


class _Bounded(io.BufferedReader):
    """A file that hands out no more than it holds, before memory is asked for what a length claims."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb", buffering=0))
        self._size = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGE_READ_BYTES:
            size = min(size, max(0, self._size - self.tell()))
        return super().read(size)


def _inflated(path: Path) -> tuple[FileMetaDataset, bytes] | None:
    """The data set of a deflated file; None where a file is not deflated."""
    with _Bounded(path) as stream:
        if stream.read(_PREAMBLE_BYTES)[128:] != b"DICM":
            return None
        meta = read_dataset(stream, is_implicit_VR=False, is_little_endian=True, stop_when=_after_meta)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return None
        return FileMetaDataset(meta), inflate(stream)


def _after_meta(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag.group != 2


def inflate(stream: BinaryIO) -> bytes:
    """The rest of a raw deflate stream, at most ``MAX_RATIO`` times its size. Raises ``BadInput``."""
    packed = stream.read()
    limit = max(_RATIO_FLOOR_BYTES, MAX_RATIO * len(packed))
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    content = engine.decompress(packed, limit)
    if not engine.eof:
        if len(content) >= limit:
            raise BadInput("too_large", "its deflated data set unpacks to far more than the file holds")
        raise BadInput("truncated", "its deflated data set is cut off")
    return content


def _read_inflated(meta: FileMetaDataset, content: bytes, *, tags: Sequence[Any] | None) -> Dataset:
    chosen: list[BaseTag | int] | None = None if tags is None else [pydicom.tag.Tag(tag) for tag in tags]
    dataset = read_dataset(
        io.BytesIO(content), is_implicit_VR=False, is_little_endian=True, specific_tags=chosen
    )
    plain = FileMetaDataset(meta)
    plain.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = plain
    return dataset


def require_plausible_pixels(dataset: Dataset, *, columns: int, rows: int, bits: int) -> None:
    """Hold the size that the header says against what is there, before a decoder asks for memory.

    Raises ``BadInput`` (bad_pixels).
    """
    data = dataset.get("PixelData")
    if not isinstance(data, bytes) or not data:
        raise BadInput("bad_pixels", "it holds no pixel data (7FE0,0010)")
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        wanted = rows * columns * bits // 8
        if len(data) < wanted:
            raise BadInput("bad_pixels", f"its pixel data hold {len(data)} of {wanted} bytes")
        return
    size = encoded_size(next(generate_frames(data, number_of_frames=1)))
    if size is not None and size != (columns, rows):
        stated, found = f"{columns} x {rows}", f"{size[0]} x {size[1]}"
        raise BadInput("bad_pixels", f"its compressed picture says {found} pixels, its header {stated}")


def encoded_size(frame: bytes) -> tuple[int, int] | None:
    """Columns and rows that a JPEG, JPEG-LS or JPEG 2000 picture says it has; None for other codes."""
    at = frame.find(_J2K_SIZE, 0, 256)
    if at >= 0:
        # SIZ: its length and capabilities, then the reference grid's size and the image's offset in it
        fields = [int.from_bytes(frame[at + 8 + 4 * n : at + 12 + 4 * n], "big") for n in range(4)]
        return fields[0] - fields[2], fields[1] - fields[3]
    if not frame.startswith(_JPEG_START):
        return None
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if (0xC0 <= marker <= 0xCF and marker not in _JPEG_NO_FRAME) or marker == 0xF7:
            rows, columns = (int.from_bytes(frame[at + n : at + n + 2], "big") for n in (5, 7))
            return columns, rows
        at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None


def quiet() -> warnings.catch_warnings[None]:
    """Hold back pydicom's warnings, which quote header values, while a block runs."""
    return warnings.catch_warnings(action="ignore")
