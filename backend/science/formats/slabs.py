"""A volume as the viewer wants it: a small coarse volume first, then gzip slabs of axial slices.

Every blob is addressed by the SHA-256 of its bytes, so it can be cached for ever. Voxels are little-endian
int16, first axis fastest. Coarse voxel c along an axis is the mean of voxels c * factor up to but not
including (c + 1) * factor.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from backend.science.volume import Volume

VERSION = 1
SLAB_BYTES = 3 << 20
MAX_SLAB_SLICES = 32
COARSE_BYTES = 1_500_000
_COMPRESSION_LEVEL = 2

Int16Array = NDArray[np.int16]


def build_slabs(volume: Volume) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The index (JSON) and the blobs by SHA-256. Float HU are rounded."""
    voxels: Int16Array = np.asfortranarray(np.rint(volume.array).astype("<i2"))
    nx, ny, nz = voxels.shape
    depth = int(np.clip(SLAB_BYTES // (nx * ny * 2), 1, MAX_SLAB_SLICES))
    blobs: dict[str, bytes] = {}
    slabs = []
    for k0 in range(0, nz, depth):
        k1 = min(k0 + depth, nz)
        sha256, size = _add(blobs, voxels[:, :, k0:k1])
        slabs.append({"sha256": sha256, "k0": k0, "k1": k1, "bytes": size})
    factors = coarse_factors(voxels.shape, volume.geometry.spacing_mm)
    small = block_means(voxels, factors)
    sha256, size = _add(blobs, small)
    index: dict[str, Any] = {
        "version": VERSION,
        **volume.geometry.to_json(),
        "dtype": "int16",
        "hu_range": [int(voxels.min()), int(voxels.max())],
        "coarse": {"sha256": sha256, "shape": list(small.shape), "factor": list(factors), "bytes": size},
        "slabs": slabs,
    }
    return index, blobs


def coarse_factors(shape: tuple[int, ...], spacing_mm: tuple[float, ...]) -> tuple[int, int, int]:
    """How far to reduce each axis, finest first, until the volume fits into ``COARSE_BYTES``."""
    factors = [1, 1, 1]
    while 2 * np.prod([-(-n // f) for n, f in zip(shape, factors, strict=True)]) > COARSE_BYTES:
        open_axes = [axis for axis in range(3) if factors[axis] < shape[axis]]
        axis = min(open_axes, key=lambda a: factors[a] * spacing_mm[a])
        factors[axis] += 1
    return factors[0], factors[1], factors[2]


def block_means(voxels: Int16Array, factors: tuple[int, int, int]) -> Int16Array:
    """Means over blocks; the last block of an axis averages what is left of it."""
    result: NDArray[Any] = voxels.astype(np.float32)
    for axis, factor in enumerate(factors):
        if factor == 1:
            continue
        starts = np.arange(0, voxels.shape[axis], factor)
        counts = np.diff(starts, append=voxels.shape[axis])
        sides = [1, 1, 1]
        sides[axis] = -1
        result = np.add.reduceat(result, starts, axis=axis) / counts.reshape(sides)
    return np.asfortranarray(np.rint(result).astype("<i2"))


def _add(blobs: dict[str, bytes], voxels: Int16Array) -> tuple[str, int]:
    blob = igzip.compress(voxels.tobytes(order="F"), _COMPRESSION_LEVEL, mtime=0)
    sha256 = hashlib.sha256(blob).hexdigest()
    blobs[sha256] = blob
    return sha256, len(blob)
