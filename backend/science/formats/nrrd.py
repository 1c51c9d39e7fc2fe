"""NRRD in and out, for label maps: one file with its voxels in it, trusting nothing of what comes in.

Written here and not with ``pynrrd``: that one follows a header to other files of the machine that reads it
(``data file``) and unpacks without a bound. The format: teem.sourceforge.net/nrrd/format.html. World
coordinates are LPS mm in what is written, and RAS+ mm outside of this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from backend.science.errors import BadInput
from backend.science.formats.bounded import read_exactly, require_whole_stream, unpacked
from backend.science.volume import FloatArray, Mask, VolumeGeometry

MAGIC = b"NRRD000"
MAX_HEADER_BYTES = 1 << 20
MAX_BYTES = 2**32
MAX_LAYERS = 64
_COMPRESSION_LEVEL = 2
_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
}
_SPACES = {  # signs that lead to RAS
    **dict.fromkeys(("left-posterior-superior", "lps"), (-1, -1, 1)),
    **dict.fromkeys(("right-anterior-superior", "ras"), (1, 1, 1)),
    **dict.fromkeys(("left-anterior-superior", "las"), (-1, 1, 1)),
}
_PLAIN, _PACKED = ("raw",), ("gzip", "gz")
_SKIPS = ("line skip", "lineskip", "byte skip", "byteskip")
_VECTOR = re.compile(r"none|\([^()]*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Nrrd:
    """A label map: its grid, its layers (l, i, j, k) in the order of the file, and its key/value pairs."""

    geometry: VolumeGeometry
    layers: NDArray[Any]
    pairs: dict[str, str]


def is_nrrd(start: bytes) -> bool:
    """Whether a file with these first bytes is one."""
    return start.startswith(MAGIC)


def read_nrrd(path: Path, *, max_bytes: int = MAX_BYTES) -> Nrrd:
    """A label map of three axes, or of layers over three axes, with its voxels in the same file.

    Unpacked they may take ``max_bytes``; more is refused before any is read.

    Raises
    ------
    BadInput
        ``not_nrrd``, ``detached``, ``bad_voxel_type``, ``bad_shape``, ``too_large``, ``no_orientation``,
        ``singular_affine``, ``truncated``; naming the file.
    """
    with path.open("rb") as stream:
        fields, pairs = _header(stream, path)
        if any(name in fields for name in ("data file", "datafile")):
            raise BadInput("detached", "its voxels lie in another file: save it as one (.nrrd)", source=path)
        if any(fields.get(name, "0") != "0" for name in _SKIPS):
            raise BadInput("not_nrrd", "its voxels do not begin after its header", source=path)
        shape, has_layers = _shape(fields, path)
        geometry = _geometry(fields, shape[-3:], path, has_layers=has_layers)
        dtype = _dtype(fields, path)
        count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if count > max_bytes:
            raise BadInput("too_large", f"its voxels take {count} bytes, more than {max_bytes}", source=path)
        buffer = _voxels(stream, fields.get("encoding", "").lower(), count, path)
    stored = np.frombuffer(buffer, dtype=dtype).reshape(shape, order="F")
    return Nrrd(geometry, stored if has_layers else stored[np.newaxis], pairs)


def mask_nrrd(mask: Mask, pairs: Mapping[str, str]) -> bytes:
    """A mask as the bytes of a NRRD with these key/value pairs: the same bytes for the same voxels."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ mask.geometry.affine_ras_mm
    lines = [
        "NRRD0004",
        "# Complete NRRD file format specification at:",
        "# http://teem.sourceforge.net/nrrd/format.html",
        "type: unsigned char",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, mask.geometry.shape))}",
        f"space directions: {' '.join(_written(lps[:3, axis]) for axis in range(3))}",
        "kinds: domain domain domain",
        "encoding: gzip",
        f"space origin: {_written(lps[:3, 3])}",
        *(f"{key}:={_escaped(value)}" for key, value in pairs.items()),
    ]
    header = "\n".join(lines).encode("utf-8") + b"\n\n"
    return header + bytes(igzip.compress(mask.array.tobytes(order="F"), _COMPRESSION_LEVEL, mtime=0))


def _written(vector: FloatArray) -> str:
    return "(" + ",".join(f"{value + 0.0:.17g}" for value in vector) + ")"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _header(stream: BinaryIO, path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Fields (by name in lower case) and key/value pairs; the stream stands at the voxels afterwards."""
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    left = MAX_HEADER_BYTES
    first = stream.readline(16)
    if not is_nrrd(first):
        raise BadInput("not_nrrd", "it is not a NRRD file", source=path)
    while True:
        line = stream.readline(left)
        left -= len(line)
        if not line.endswith(b"\n"):
            raise BadInput("not_nrrd", "its NRRD header does not end", source=path)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            return fields, pairs
        if text.startswith("#"):
            continue
        key, pair, value = text.partition(":=")
        if pair:
            pairs[key] = re.sub(r"\\(n|\\)", lambda found: "\n" if found[1] == "n" else "\\", value)
            continue
        name, _, value = text.partition(":")
        fields[name.strip().lower()] = value.strip()


def _shape(fields: Mapping[str, str], path: Path) -> tuple[tuple[int, ...], bool]:
    """The axes as stored, and whether the first one counts layers."""
    try:
        shape = tuple(int(size) for size in fields.get("sizes", "").split())
        dimension = int(fields.get("dimension", ""))
    except ValueError:
        shape, dimension = (), 0
    if dimension != len(shape) or len(shape) not in (3, 4) or min(shape) < 1:
        raise BadInput("bad_shape", "its header does not give three axes, or layers of three", source=path)
    if len(shape) == 4 and shape[0] > MAX_LAYERS:
        raise BadInput("too_large", f"it has {shape[0]} layers, more than {MAX_LAYERS}", source=path)
    return shape, len(shape) == 4


def _geometry(
    fields: Mapping[str, str], shape: tuple[int, ...], path: Path, *, has_layers: bool
) -> VolumeGeometry:
    signs = _SPACES.get(fields.get("space", "").lower())
    vectors = _VECTOR.findall(fields.get("space directions", ""))
    if has_layers:
        no_direction, vectors = vectors[:1], vectors[1:]
        if [word.lower() for word in no_direction] != ["none"]:
            raise BadInput("bad_shape", "its first axis is not one of layers", source=path)
    try:
        columns = [_numbers(word) for word in (*vectors, fields.get("space origin", ""))]
    except ValueError:
        columns = []
    if signs is None or len(columns) != 4 or any(len(column) != 3 for column in columns):
        raise BadInput("no_orientation", "its header does not place it in the patient", source=path)
    affine = np.eye(4)
    affine[:3] = np.diag(signs) @ np.array(columns).T
    try:
        return VolumeGeometry((shape[0], shape[1], shape[2]), affine)
    except BadInput as error:
        raise error.about(path) from error


def _numbers(word: str) -> list[float]:
    return [float(number) for number in word.strip("() ").split(",")]


def _dtype(fields: Mapping[str, str], path: Path) -> np.dtype[Any]:
    code = _TYPES.get(fields.get("type", "").lower())
    if code is None:
        raise BadInput("bad_voxel_type", "its voxels are not whole numbers, as labels are", source=path)
    return np.dtype((">" if fields.get("endian", "").lower() == "big" else "<") + code)


def _voxels(stream: BinaryIO, encoding: str, count: int, path: Path) -> bytearray:
    if encoding not in (*_PLAIN, *_PACKED):
        raise BadInput("not_nrrd", "its voxels are encoded neither raw nor by gzip", source=path)
    voxels = unpacked(stream) if encoding in _PACKED else stream
    buffer = read_exactly(voxels, count, path)
    require_whole_stream(voxels, path)
    return buffer
