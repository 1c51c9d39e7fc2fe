"""The spinal column: which vertebrae there are, their shapes, and where they stand (RAS mm)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.synthesis.anatomy import STATIONS, Bone, make_sacrum, make_vertebra
from inference.synthesis.primitives import FloatArray

SACRUM = 26
USUAL = tuple(range(1, 25))
VARIANTS: dict[str, tuple[int, ...]] = {
    "usual": USUAL,
    "t13": (*range(1, 20), 28, *range(20, 25)),
    "t11": (*range(1, 19), *range(20, 25)),
    "l6": (*range(1, 26),),
    "l4": (*range(1, 24),),
}

# Forward tilt (degrees) of the upper endplates by station, with unit curvature in each region.
_TILT_AT = [0, 3, 6, 8, 11, 14, 17, 19, 21, 22, 23, 24]
_TILT = [-6, 2, 19, 22, 10, -4, -14, -12, 0, 9, 20, 36]
_DISC = ([0, 1, 2, 6, 7, 14, 17, 19, 22, 23], [1, 2.5, 5, 5, 4.5, 4.5, 6, 8.5, 11, 10.5])


def usual_tilt_deg(station: float) -> float:
    """How far a vertebra's axis leans forward (degrees) with unit curvature."""
    return float(np.interp(station, _TILT_AT, _TILT))


@dataclass(frozen=True)
class Posture:
    """Shape of the column: factors of the usual curvature by region, and sideways curvature in degrees."""

    cervical: float = 1.0
    kyphosis: float = 1.0
    lordosis: float = 1.0
    scoliosis_deg: float = 2.0
    tilt_deg: float = 0.0
    disc: float = 1.0


@dataclass(frozen=True)
class Placed:
    """A bone in the world: the columns of `rotation` are its axes, `centre` its origin (RAS mm)."""

    bone: Bone
    rotation: FloatArray
    centre: FloatArray

    def to_world(self, point_mm: Sequence[float] | FloatArray) -> FloatArray:
        """A point of the bone's frame in the world."""
        return np.asarray(self.centre + self.rotation @ np.asarray(point_mm, float))

    @property
    def centroid_ras_mm(self) -> FloatArray:
        """Centre of mass of the body (of the ring for C1)."""
        return self.to_world(self.bone.centroid_mm)


@dataclass(frozen=True)
class Column:
    """All vertebrae of one person and the sacrum, from top to bottom."""

    scale: float
    order: tuple[int, ...]
    placed: dict[int, Placed]

    def nearest(self, station: float) -> Placed:
        """The vertebra whose station is nearest."""
        return self.placed[min(self.order, key=lambda label: abs(STATIONS[label] - station))]

    def along(self, station: float) -> FloatArray:
        """The centre line at a station."""
        stations = [STATIONS[label] for label in self.order]
        centres = np.array([self.placed[label].centre for label in self.order])
        return np.array([np.interp(station, stations, centres[:, axis]) for axis in range(3)])


def rotation(pitch: float, roll: float, yaw: float) -> FloatArray:
    """Rotation matrix about x, then y, then z (radians)."""
    cx, sx, cy, sy, cz, sz = (f(a) for a in (pitch, roll, yaw) for f in (math.cos, math.sin))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, float)


def _tilts(
    order: tuple[int, ...], bones: Mapping[int, Bone], posture: Posture, rng: np.random.Generator
) -> FloatArray:
    factor = [
        posture.cervical if s < 7 else posture.kyphosis if s < 18.9 else posture.lordosis for s in _TILT_AT
    ]
    table = np.multiply(_TILT, factor)
    tilts = np.array([np.interp(STATIONS[label], _TILT_AT, table) for label in order])
    tilts += rng.normal(0, 1.0, len(order)) + posture.tilt_deg
    for k, label in enumerate(order):
        front, _, back = bones[label].heights_mm
        # A wedge tips everything above it forward; discs take up part of the angle.
        if back - front > 0.15 * back:
            tilts[:k] += 0.5 * math.degrees(math.atan2(back - front, bones[label].depth_mm))
    return np.asarray(np.radians(tilts))


def build_column(
    rng: np.random.Generator,
    *,
    scale: float = 1.0,
    variant: str = "usual",
    posture: Posture | None = None,
    fractures: Mapping[int, tuple[str, int]] | None = None,
) -> Column:
    """Make every bone of the column and stack them from the sacrum upwards."""
    posture, fractures = posture or Posture(), fractures or {}
    order = (*VARIANTS[variant], SACRUM)
    bones = {label: make_vertebra(label, rng, scale, fractures.get(label)) for label in order[:-1]}
    bones[SACRUM] = make_sacrum(rng, scale)
    n = len(order)
    pitch = _tilts(order, bones, posture, rng)
    phase, period = rng.uniform(0, 24), rng.uniform(9, 22)
    wave = np.sin(2 * np.pi * (np.arange(n) - phase) / period) * posture.scoliosis_deg
    roll = np.radians(wave + rng.normal(0, 0.6, n))
    yaw = np.radians(0.6 * wave + rng.normal(0, 0.8, n))
    frames = [rotation(-pitch[k], roll[k], yaw[k]) for k in range(n)]
    centres = np.zeros((n, 3))
    for k in range(n - 2, -1, -1):
        label, below = order[k], order[k + 1]
        up, down = frames[k][:, 2], frames[k + 1][:, 2]
        if label == 1:
            centres[k] = centres[k + 1] + down * (bones[below].heights_mm[1] / 2 + 9 * scale)
            continue
        gap = float(np.interp(STATIONS[label], *_DISC)) * scale * posture.disc * rng.uniform(0.8, 1.15)
        centres[k] = (
            centres[k + 1]
            + down * (bones[below].stack_height_mm / 2 + gap / 2)
            + up * (bones[label].stack_height_mm / 2 + gap / 2)
        )
    placed = {label: Placed(bones[label], frames[k], centres[k]) for k, label in enumerate(order)}
    return Column(scale, order, placed)
