"""Surfaces of vertebrae for the viewer: one closed mesh per label, small enough to send at once.

Marching cubes on a slightly blurred label, vertices merged in cells, then smoothed in a way that does not
shrink. Vertices are RAS+ mm; triangles turn counter-clockwise seen from outside.

VBS1 is a gzip stream, all numbers little endian::

    "VBS1" | u32 n_labels |
    n_labels times: u32 label | u32 n_vertices | u32 n_triangles | f32[3] origin_mm | f32[3] step_mm |
                    u16[n_vertices][3] | u32[n_triangles][3]

A vertex is origin_mm + step_mm * the three numbers.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from isal import igzip
from numpy.typing import NDArray
from skimage import measure

from backend.science.labels import sort_labels
from backend.science.volume import Mask, label_boxes

MAGIC = b"VBS1"
CELL_MM = 1.6
DIGEST_LENGTH = 16
_BLUR_MM = 0.6
_HEAD = struct.Struct("<4sI")
_SURFACE_HEAD = struct.Struct("<3I6f")
_MARCHING_CUBES: Callable[..., Any] = measure.marching_cubes  # comes without types
# Taubin's pair: a step that smooths, then one that swells by nearly as much
_SMOOTH, _SWELL, _ROUNDS = 0.5, -0.53, 6


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A closed mesh: vertices (n, 3) in RAS+ mm, triangles (m, 3) as indices of vertices."""

    vertices_ras_mm: NDArray[np.float32]
    triangles: NDArray[np.uint32]

    @property
    def volume_mm3(self) -> float:
        """The volume enclosed, positive when the triangles face outwards."""
        a, b, c = (self.vertices_ras_mm[self.triangles[:, corner]].astype(np.float64) for corner in range(3))
        return float((np.cross(a, b) * c).sum() / 6)


def build_surfaces(
    mask: Mask, *, labels: Iterable[int] | None = None, cell_mm: float = CELL_MM
) -> dict[int, Surface]:
    """The surface of every label, or of those given, from the head down; crumbs too small are left out."""
    boxes = label_boxes(mask.array)
    wanted = boxes if labels is None else {label for label in labels if label in boxes}
    surfaces = {}
    for label in sort_labels(wanted):
        surface = _surface(mask, label, boxes[label], cell_mm)
        if surface is not None:
            surfaces[label] = surface
    return surfaces


def shape_digests(mask: Mask) -> dict[int, str]:
    """A short digest of every label's voxels and their place: equal digests have equal surfaces."""
    digests = {}
    for label, box in label_boxes(mask.array).items():
        digest = hashlib.sha256(repr([(side.start, side.stop) for side in box]).encode())
        digest.update(np.packbits(mask.array[box] == label).tobytes())
        digests[label] = digest.hexdigest()[:DIGEST_LENGTH]
    return {label: digests[label] for label in sort_labels(digests)}


def encode_surfaces(surfaces: Mapping[int, Surface]) -> bytes:
    """The surfaces as VBS1."""
    return pack_surfaces([encode_surface(label, surface) for label, surface in surfaces.items()])


def encode_surface(label: int, surface: Surface) -> bytes:
    """One label's part of VBS1, to be kept and packed together with others."""
    origin = surface.vertices_ras_mm.min(axis=0)
    step = np.maximum(np.ptp(surface.vertices_ras_mm, axis=0) / 65535, 1e-6)
    numbers = np.rint((surface.vertices_ras_mm - origin) / step).astype("<u2")
    head = _SURFACE_HEAD.pack(label, len(numbers), len(surface.triangles), *origin, *step)
    part: bytes = head + numbers.tobytes() + surface.triangles.astype("<u4").tobytes()
    return part


def pack_surfaces(parts: Sequence[bytes]) -> bytes:
    """VBS1 from parts made by ``encode_surface``."""
    compressed: bytes = igzip.compress(b"".join([_HEAD.pack(MAGIC, len(parts)), *parts]), 2, mtime=0)
    return compressed


def decode_surfaces(content: bytes) -> dict[int, Surface]:
    """What ``encode_surfaces`` wrote."""
    data = gzip.decompress(content)
    magic, count = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise ValueError("not VBS1")
    surfaces, position = {}, _HEAD.size
    for _ in range(count):
        label, n_vertices, n_triangles, *frame = _SURFACE_HEAD.unpack_from(data, position)
        position += _SURFACE_HEAD.size
        numbers = np.frombuffer(data, "<u2", 3 * n_vertices, position).reshape(-1, 3)
        position += numbers.nbytes
        triangles = np.frombuffer(data, "<u4", 3 * n_triangles, position).reshape(-1, 3)
        position += triangles.nbytes
        vertices = np.array(frame[:3]) + np.array(frame[3:]) * numbers
        surfaces[label] = Surface(vertices.astype(np.float32), triangles)
    return surfaces


def _surface(mask: Mask, label: int, box: tuple[slice, slice, slice], cell_mm: float) -> Surface | None:
    pad = 3
    solid = np.pad(mask.array[box] == label, pad).astype(np.float32)
    blurred = scipy.ndimage.gaussian_filter(
        solid, [_BLUR_MM / s for s in mask.geometry.spacing_mm], truncate=2.5
    )
    if blurred.max() <= 0.5:
        return None
    vertices, triangles, _, _ = _MARCHING_CUBES(blurred, 0.5, allow_degenerate=False)
    corner = [side.start - pad for side in box]
    points = mask.geometry.voxel_to_ras_mm(vertices + corner)
    points, triangles = _merge_cells(points, triangles, cell_mm)
    if len(triangles) < 4:
        return None
    points = _smooth(points, triangles)
    surface = Surface(points.astype(np.float32), triangles.astype(np.uint32))
    if surface.volume_mm3 < 0:
        surface = Surface(surface.vertices_ras_mm, np.ascontiguousarray(surface.triangles[:, ::-1]))
    return surface


def _merge_cells(
    points: NDArray[np.float64], triangles: NDArray[np.int64], cell_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """One vertex, the mean, for all in a cell; triangles that collapse or occur twice fall away."""
    cells = np.floor((points - points.min(axis=0)) / cell_mm).astype(np.int64)
    extent = cells.max(axis=0) + 1
    keys = (cells[:, 0] * extent[1] + cells[:, 1]) * extent[2] + cells[:, 2]
    _, merged, counts = np.unique(keys, return_inverse=True, return_counts=True)
    means = np.column_stack([np.bincount(merged, points[:, axis]) / counts for axis in range(3)])
    mapped = merged[triangles]
    whole = (mapped[:, 0] != mapped[:, 1]) & (mapped[:, 1] != mapped[:, 2]) & (mapped[:, 2] != mapped[:, 0])
    mapped = mapped[whole]
    # two triangles back to back enclose nothing: both go, and the mesh stays closed
    low, middle, high = np.sort(mapped, axis=1).T
    n = len(means)
    _, index, times = np.unique((low * n + middle) * n + high, return_inverse=True, return_counts=True)
    mapped = mapped[times[index] % 2 == 1]
    used, compact = np.unique(mapped, return_inverse=True)
    return means[used], compact.reshape(mapped.shape).astype(np.int64)


def _smooth(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.float64]:
    """Taubin smoothing over the edges (Taubin 1995): it rounds the steps between voxels without shrinking."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    n = len(points)
    keys = np.unique(np.concatenate([edges[:, 0] * n + edges[:, 1], edges[:, 1] * n + edges[:, 0]]))
    neighbours = scipy.sparse.csr_array((np.ones(len(keys)), (keys // n, keys % n)), shape=(n, n))
    degree = np.maximum(neighbours.sum(axis=1), 1)[:, None]
    for _ in range(_ROUNDS):
        for weight in (_SMOOTH, _SWELL):
            points = points + weight * (neighbours @ points / degree - points)
    return points
