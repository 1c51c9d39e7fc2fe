"""Mask slices as bytes (VBD1), deltas, and digests.

VBD1 is a zlib stream, all numbers little endian::

    "VBD1" | u32 nx | u32 ny | u32 nz | u32 n_slices |
    n_slices times: u32 k | u32 n_runs | u32[n_runs] lengths | u8[n_runs] labels

The runs of a slice cover its nx * ny voxels, first axis fastest. A listed slice replaces slice k. In a whole
mask the slices that are not listed are background; in a delta they are unchanged. Listed slices ascend in k.

The tree digest of a mask is SHA-256 over the concatenated SHA-256 of its axial slices (uint8, first axis
fastest, k from 0 up), so that after an edit only the slices touched are hashed again.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from backend.science.errors import BadInput
from backend.science.volume import MaskArray

MAGIC = b"VBD1"
DIGEST_BYTES = 32
MAX_AXIS = 8192
MAX_VOXELS = 2**31
_HEADER = struct.Struct("<4s4I")
_SLICE_HEADER = struct.Struct("<2I")
_COMPRESSION_LEVEL = 2


@dataclass(frozen=True, slots=True, eq=False)
class SliceRuns:
    """One axial slice as runs: u32 lengths and u8 labels of equal number, covering nx * ny voxels."""

    k: int
    lengths: NDArray[np.uint32]
    labels: MaskArray

    def plane(self, nx: int, ny: int) -> MaskArray:
        """The slice as ``array[i, j]``."""
        return np.repeat(self.labels, self.lengths).reshape((nx, ny), order="F")


@dataclass(frozen=True, slots=True, eq=False)
class SliceDelta:
    """The slices that a payload replaces, on a grid of the given shape."""

    shape: tuple[int, int, int]
    slices: tuple[SliceRuns, ...]

    @property
    def ks(self) -> list[int]:
        """Indices of the slices that it writes, in its order."""
        return [runs.k for runs in self.slices]

    @property
    def labels(self) -> set[int]:
        """Every label written, background included if it is."""
        return {int(label) for runs in self.slices for label in np.unique(runs.labels)}


def encode_mask(array: MaskArray) -> bytes:
    """A whole mask; background slices are left out."""
    return encode_slices(array, np.flatnonzero(_occupied_slices(array)).tolist())


def encode_slices(array: MaskArray, ks: Iterable[int]) -> bytes:
    """The slices ``ks`` of a mask, in ascending order whatever the order given."""
    nx, ny, nz = array.shape
    wanted = sorted({int(k) for k in ks})
    if wanted and not 0 <= wanted[0] <= wanted[-1] < nz:
        raise ValueError(f"slice out of range: 0..{nz - 1}")
    parts = [_HEADER.pack(MAGIC, nx, ny, nz, len(wanted))]
    for k in wanted:
        lengths, labels = _runs(array[:, :, k].ravel(order="F"))
        parts += (_SLICE_HEADER.pack(k, len(lengths)), lengths.tobytes(), labels.tobytes())
    compressed: bytes = isal_zlib.compress(b"".join(parts), _COMPRESSION_LEVEL)
    return compressed


def encode_delta(before: MaskArray, after: MaskArray) -> bytes:
    """The slices in which ``after`` differs from ``before``."""
    return encode_slices(after, changed_slices(before, after))


def changed_slices(before: MaskArray, after: MaskArray) -> list[int]:
    """The indices of the axial slices that differ."""
    if before.shape != after.shape:
        raise ValueError("the masks have different shapes")
    return [k for k in range(before.shape[2]) if not np.array_equal(before[:, :, k], after[:, :, k])]


def decode(payload: bytes, *, shape: Sequence[int] | None = None) -> SliceDelta:
    """Read a payload from outside. Raises ``BadInput`` on anything that is not exactly VBD1.

    With ``shape`` the grid must be that one. The size unpacked is bounded by the grid before it is unpacked.
    """
    inflater = zlib.decompressobj()
    head = _inflate(inflater, payload, _HEADER.size)
    if len(head) < _HEADER.size:
        raise _malformed("it is too short")
    magic, nx, ny, nz, n_slices = _HEADER.unpack(head)
    if magic != MAGIC:
        raise _malformed("it does not start with VBD1")
    if not (0 < nx <= MAX_AXIS and 0 < ny <= MAX_AXIS and 0 < nz <= MAX_AXIS) or nx * ny * nz > MAX_VOXELS:
        raise _malformed("its grid is empty or too large")
    if shape is not None and (nx, ny, nz) != tuple(shape):
        raise BadInput("other_grid", f"the slices are of a grid {nx}x{ny}x{nz}, not {_times(shape)}")
    if n_slices > nz:
        raise _malformed("it lists more slices than the grid has")
    # a run takes five bytes and covers at least one voxel
    limit = n_slices * (_SLICE_HEADER.size + 5 * nx * ny)
    body = _inflate(inflater, inflater.unconsumed_tail, limit + 1)
    if len(body) > limit or not inflater.eof or inflater.unused_data:
        raise _malformed("it is longer than its header says, or cut off")
    return SliceDelta((nx, ny, nz), tuple(_parse_slices(body, (nx, ny, nz), n_slices)))


def decode_mask(payload: bytes, *, shape: Sequence[int] | None = None) -> MaskArray:
    """A whole mask as a Fortran-ordered array. Raises ``BadInput`` as ``decode`` does."""
    delta = decode(payload, shape=shape)
    array = np.zeros(delta.shape, dtype=np.uint8, order="F")
    for runs in delta.slices:
        array[:, :, runs.k] = runs.plane(*delta.shape[:2])
    return array


def apply(array: MaskArray, delta: SliceDelta) -> int:
    """Replace the listed slices in place and return how many voxels changed.

    Raises ``BadInput`` when the delta is of another grid; nothing is changed then.
    """
    if array.shape != delta.shape:
        raise BadInput(
            "other_grid", f"the slices are of a grid {_times(delta.shape)}, the mask of {_times(array.shape)}"
        )
    nx, ny, _ = delta.shape
    changed = 0
    for runs in delta.slices:
        plane = runs.plane(nx, ny)
        changed += int(np.count_nonzero(array[:, :, runs.k] != plane))
        array[:, :, runs.k] = plane
    return changed


def slice_digests(array: MaskArray) -> bytes:
    """The 32-byte digest of every axial slice, one after the other: what ``tree_digest`` reads."""
    return b"".join(_slice_digest(array, k) for k in range(array.shape[2]))


def update_slice_digests(digests: bytes, array: MaskArray, ks: Iterable[int]) -> bytes:
    """The digests after the slices ``ks`` of ``array`` changed."""
    if len(digests) != DIGEST_BYTES * array.shape[2]:
        raise ValueError("there must be one digest of 32 bytes for each slice")
    updated = bytearray(digests)
    for k in ks:
        updated[DIGEST_BYTES * k : DIGEST_BYTES * (k + 1)] = _slice_digest(array, k)
    return bytes(updated)


def tree_digest(digests: bytes) -> str:
    """The mask's digest from its slices' digests, in hexadecimal."""
    return hashlib.sha256(digests).hexdigest()


def mask_digest(array: MaskArray) -> str:
    """The tree digest of a mask."""
    return tree_digest(slice_digests(array))


def _slice_digest(array: MaskArray, k: int) -> bytes:
    return hashlib.sha256(array[:, :, k].tobytes(order="F")).digest()


def _occupied_slices(array: MaskArray) -> NDArray[np.bool_]:
    if array.flags.f_contiguous:
        nx, ny, nz = array.shape
        occupied: NDArray[np.bool_] = array.reshape((nx * ny, nz), order="F").max(axis=0) > 0
        return occupied
    result: NDArray[np.bool_] = array.max(axis=(0, 1)) > 0
    return result


def _runs(flat: MaskArray) -> tuple[NDArray[np.uint32], MaskArray]:
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(starts, append=flat.size).astype("<u4")
    return lengths, flat[starts]


def _inflate(inflater: zlib._Decompress, data: bytes, limit: int) -> bytes:
    if limit == 0:
        return b""
    try:
        return inflater.decompress(data, limit)
    except zlib.error as error:
        raise _malformed("it is not a zlib stream") from error


def _parse_slices(body: bytes, shape: tuple[int, int, int], n_slices: int) -> Iterable[SliceRuns]:
    nx, ny, nz = shape
    position, previous = 0, -1
    for _ in range(n_slices):
        if position + _SLICE_HEADER.size > len(body):
            raise _malformed("it ends inside a slice")
        k, n_runs = _SLICE_HEADER.unpack_from(body, position)
        position += _SLICE_HEADER.size
        if not previous < k < nz:
            raise _malformed("its slices are out of range or out of order")
        if not 0 < n_runs <= nx * ny or position + 5 * n_runs > len(body):
            raise _malformed(f"slice {k} has a wrong number of runs")
        lengths = np.frombuffer(body, dtype="<u4", count=n_runs, offset=position)
        labels = np.frombuffer(body, dtype=np.uint8, count=n_runs, offset=position + 4 * n_runs)
        if int(lengths.min()) == 0 or int(lengths.sum(dtype=np.uint64)) != nx * ny:
            raise _malformed(f"the runs of slice {k} do not cover it")
        yield SliceRuns(k, lengths, labels)
        position += 5 * n_runs
        previous = k
    if position != len(body):
        raise _malformed("bytes are left over behind the last slice")


def _malformed(why: str) -> BadInput:
    return BadInput("bad_slices", f"the mask slices cannot be read: {why}")


def _times(shape: Sequence[int]) -> str:
    return "x".join(str(n) for n in shape)
