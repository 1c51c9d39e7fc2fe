"""Projections of the spine along its centre line, which training and inference make alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from inference.patches import Float32, FloatArray, normalise

ACROSS = 32
# How far the line goes on beyond the last body that was found: the sacrum or the skull may be seen there.
BEYOND = 14
_HALF_SLAB = 3
# Rows across: 22 of the 32 lie behind the centre line, where the arch and the processes are.
_BEHIND = 22


@dataclass(frozen=True)
class Line:
    """The centre line by height: voxels of the 3 mm grid from `bottom` upwards, one (x, y) a slice."""

    bottom: int
    points: FloatArray

    @property
    def heights(self) -> FloatArray:
        """Slice numbers."""
        return np.asarray(self.bottom + np.arange(len(self.points)), float)


def extend(heights: FloatArray, points: FloatArray, slices: int) -> Line:
    """A line through known points, smoothed and drawn out at both ends along its own direction."""
    low, high = int(np.ceil(heights.min())), int(np.floor(heights.max()))
    bottom, top = max(0, low - BEYOND), min(slices - 1, high + BEYOND)
    at = np.arange(bottom, top + 1)
    out = np.stack([np.interp(at, heights, points[:, axis]) for axis in range(2)], axis=1)
    span = max(2, min(14, len(heights) - 1))
    for axis in range(2):
        rise_low = np.polyfit(heights[: span + 1], points[: span + 1, axis], 1)[0]
        rise_high = np.polyfit(heights[-span - 1 :], points[-span - 1 :, axis], 1)[0]
        out[:, axis] += np.where(at < low, rise_low * (at - low), 0.0)
        out[:, axis] += np.where(at > high, rise_high * (at - high), 0.0)
    return Line(bottom, out)


def line_from_bodies(body: Float32) -> Line | None:
    """The centre line of the largest connected run of bodies, or None where there is none worth the name."""
    inside, count = ndimage.label(body > 0.5, np.ones((3, 3, 3)))
    if count == 0:
        return None
    sizes = np.bincount(inside.ravel())
    sizes[0] = 0
    # Bodies that were not joined to each other still make one line: keep all that are not specks.
    keep = sizes >= max(40, 0.1 * sizes.max())
    weight = body * keep[inside]
    area = weight.sum(axis=(0, 1))
    heights = np.flatnonzero(area > 4)
    if len(heights) < 3:
        return None
    x = (weight.sum(axis=1) * np.arange(body.shape[0])[:, None]).sum(axis=0)[heights] / area[heights]
    y = (weight.sum(axis=0) * np.arange(body.shape[1])[:, None]).sum(axis=0)[heights] / area[heights]
    points = ndimage.gaussian_filter1d(np.stack([x, y], axis=1), 3.0, axis=0, mode="nearest")
    return extend(heights.astype(float), points, body.shape[2])


def project(image: Float32, line: Line) -> Float32:
    """(4, across, along): mean and maximum of a sagittal and of a coronal slab round the line.

    Distances across are voxels of 3 mm; outside the image counts as air.
    """
    pad = ACROSS
    padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=-1024)
    out = np.empty((4, ACROSS, len(line.points)), np.float32)
    for k, (x, y) in enumerate(np.rint(line.points).astype(int) + pad):
        z = line.bottom + k
        x = min(max(x, pad // 2), padded.shape[0] - pad // 2 - 1)
        y = min(max(y, _BEHIND), padded.shape[1] - ACROSS + _BEHIND - 1)
        sagittal = padded[x - _HALF_SLAB : x + _HALF_SLAB + 1, y - _BEHIND : y - _BEHIND + ACROSS, z]
        coronal = padded[x - ACROSS // 2 : x + ACROSS // 2, y - 8 : y + _HALF_SLAB + 1, z]
        out[0, :, k], out[1, :, k] = sagittal.mean(axis=0), sagittal.max(axis=0)
        out[2, :, k], out[3, :, k] = coronal.mean(axis=1), coronal.max(axis=1)
    return normalise(out)
