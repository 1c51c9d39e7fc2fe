"""Sizes and shapes of single vertebrae.

Every size is interpolated between control points along one axis, the *station*: 0 for C1 to 23 for L5 and
24 for the sacrum; T13 sits at 18.5 and L6 at 23.3. The figures are rounded adult means of common anatomical
knowledge (not of one study), which is enough for a phantom; every one of them is jittered from spine to
spine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from inference.synthesis.primitives import FloatArray, body_centroid, capsule, plate, vertebral_body

# Bend (degrees) below each sacral body; negative is forward.
_SACRAL_BEND_DEG = ((-6, 8), (-12, 2), (-26, -8), (-30, -8), (-20, 0))

Curve = tuple[Sequence[float], Sequence[float]]

STATIONS: dict[int, float] = {label: float(label - 1) for label in range(1, 25)} | {
    28: 18.5,
    25: 23.3,
    26: 24.0,
}

# Loss of height (percent of the unfractured height) painted for each Genant grade: the middle of its band.
GRADE_LOSS = {0: 0.0, 1: 22.5, 2: 32.0, 3: 48.0}
FRACTURE_TYPES = ("wedge", "biconcave", "crush")

_WIDTH = ([1, 2, 6, 7, 12, 17, 18, 20, 23], [17, 18, 26, 29, 29, 38, 41, 44, 50])
_DEPTH = ([1, 2, 6, 7, 12, 17, 18, 20, 23], [15, 15, 17, 18, 26, 30, 31, 34, 35])
_HEIGHT = ([1, 2, 6, 7, 12, 17, 18, 20, 23], [20, 13, 14.5, 16, 20, 24.5, 26, 28, 28])
_CANAL_WIDTH = ([0, 6, 7, 12, 18, 23], [26, 24, 20, 17, 22, 26])
_CANAL_DEPTH = ([0, 6, 7, 18, 23], [16, 15, 15.5, 16.5, 17])
_PEDICLE_WIDTH = ([1, 6, 7, 10, 12, 18, 20, 22, 23], [5, 6, 8, 5, 5.5, 8.5, 9.5, 12, 16])
_PEDICLE_HEIGHT = ([1, 6, 7, 12, 18, 23], [7, 7, 10, 12, 15.5, 14])
_PEDICLE_LENGTH = ([1, 6, 7, 18, 23], [5, 5, 8, 8, 6])
_PILLAR_RADIUS = ([1, 6, 7, 12, 18, 23], [4.5, 4.8, 4.0, 4.0, 5.2, 6.2])
_SPINOUS_ANGLE = ([1, 6, 7, 10, 14, 16, 18, 19, 23], [22, 22, 28, 46, 56, 38, 20, 10, 8])
_SPINOUS_LENGTH = ([1, 3, 6, 7, 12, 18, 20, 23], [17, 15, 28, 31, 32, 26, 30, 21])
_SPINOUS_HEIGHT = ([1, 3, 6, 7, 14, 17, 19, 23], [8, 7, 9, 10, 11, 15, 21, 16])


def at(table: Curve, station: float) -> float:
    """The table's value at a station."""
    return float(np.interp(station, *table))


def usual_body_ml(station: float) -> float:
    """Volume (ml) of a usual body: an elliptic cylinder of its width, depth and height."""
    return math.pi / 4 * at(_WIDTH, station) * at(_DEPTH, station) * at(_HEIGHT, station) / 1000


@dataclass
class Bone:
    """One bone: its primitives in its own frame and what the painter and the column need to know of it."""

    label: int
    rows: list[FloatArray]
    width_mm: float
    depth_mm: float
    heights_mm: tuple[float, float, float]
    canal_mm: tuple[float, float] = (0.0, 0.0)
    centroid_mm: FloatArray = field(default_factory=lambda: np.zeros(3))

    @property
    def stack_height_mm(self) -> float:
        """The height that the bone takes in the column (the taller of middle and the mean of the rims)."""
        front, middle, back = self.heights_mm
        return max(middle, (front + back) / 2)

    @property
    def back_wall_mm(self) -> float:
        """The anterior-posterior position of the posterior wall."""
        return -self.depth_mm / 2


def fractured(heights: tuple[float, float, float], kind: str, grade: int) -> tuple[float, float, float]:
    """Heights after a fracture whose largest loss lies in the middle of the grade's band.

    Wedge: the anterior height falls most. Biconcave: the middle, with both rims nearly kept. Crush: all
    three alike, the posterior wall included.
    """
    if kind not in FRACTURE_TYPES or grade not in GRADE_LOSS:
        raise ValueError(f"unknown fracture {kind!r} of grade {grade!r}")
    loss = GRADE_LOSS[grade] / 100
    shares = {"wedge": (1.0, 0.55, 0.08), "biconcave": (0.15, 1.0, 0.1), "crush": (0.96, 0.98, 1.0)}[kind]
    front, middle, back = (h * (1 - loss * s) for h, s in zip(heights, shares, strict=True))
    return front, middle, back


@dataclass
class _Frame:
    """Lengths of one vertebra's posterior arch, drawn once and shared by its parts (mm)."""

    station: float
    scale: float
    rng: np.random.Generator
    half_width: float
    height: float
    back_wall: float
    canal_half_width: float
    canal_depth: float

    def size(self, table: Curve, spread: float = 0.07) -> float:
        return at(table, self.station) * self.scale * (1 + spread * float(self.rng.standard_normal()))

    @property
    def region(self) -> str:
        return "C" if self.station < 7 else "T" if self.station < 18.9 else "L"


def _body(frame: _Frame, half_depth: float, heights: tuple[float, float, float], crushed: bool) -> FloatArray:
    rng = frame.rng
    return vertebral_body(
        half_width=frame.half_width,
        half_depth=half_depth,
        heights=heights,
        waist=float(rng.uniform(0.01, 0.05) if crushed else rng.uniform(0.04, 0.14)),
        back_concavity=float(rng.uniform(0.0, 2.5)),
        lip=float(rng.uniform(0, 0.06) if rng.random() < 0.6 else rng.uniform(0.05, 0.18)),
        exponent=float(rng.uniform(1.9, 2.4)),
        lateral_wedge=float(rng.uniform(-0.03, 0.03)),
        upper_share=float(rng.uniform(0.4, 0.55) if not crushed else rng.uniform(0.6, 0.9)),
    )


def _arch_side(f: _Frame, side: int) -> list[FloatArray]:
    """Pedicle, articular pillar with both processes, and lamina of one side."""
    width, tall, length = f.size(_PEDICLE_WIDTH), f.size(_PEDICLE_HEIGHT), f.size(_PEDICLE_LENGTH)
    z = {"C": 0.0, "T": 0.2, "L": 0.19}[f.region] * f.height
    x = min(f.canal_half_width + width / 2, f.half_width * 0.95)
    radius = f.size(_PILLAR_RADIUS)
    back = f.back_wall - length
    # The pedicle starts well inside the body, so that no gap is left at their junction.
    rows = [
        capsule(
            (side * (x - 2.0), f.back_wall + 8 * f.scale, z),
            (side * x, back - 1, z - 0.5),
            width / 2,
            squash=(1, 1, min(1.0, width / tall)),
        )
    ]
    station, h, cd = f.station, f.height, f.canal_depth
    pillar = (side * (x + float(np.interp(station, [0, 6, 7, 18, 23], [4, 4, 1, 0.5, 2]))), back - 2, z * 0.6)
    top = (
        side * (x + float(np.interp(station, [0, 6, 7, 17, 18, 23], [4, 4, 1, 1, 3, 4]))),
        f.back_wall - cd * float(np.interp(station, [0, 6, 7, 18, 23], [0.55, 0.55, 0.62, 0.68, 0.68])),
        h / 2 + f.size(([1, 6, 12, 18, 23], [0.5, 0.5, 3, 6, 6])),
    )
    low = (
        side * (x if f.region == "C" else f.canal_half_width * float(f.rng.uniform(0.8, 0.95))),
        f.back_wall - cd * float(np.interp(station, [0, 6, 7, 18, 23], [0.9, 0.9, 0.98, 1.05, 1.05])) - 1,
        -h / 2 - f.size(([1, 6, 12, 18, 23], [2, 2, 4, 9, 8])),
    )
    rows += [capsule(pillar, top, radius, radius * 0.72), capsule(pillar, low, radius, radius * 0.75)]
    thick = f.size(([1, 6, 12, 18, 23], [2.2, 2.4, 2.7, 3.0, 3.1]))
    edge = f.back_wall - cd - thick
    upper, lower = (0.25, -0.5) if f.region != "L" else (0.08, -0.52)
    a, b = (pillar[0] * 0.95, pillar[1] - 1, upper * h), (low[0] * 0.95, low[1], lower * h)
    c, d = (0.0, edge, upper * h - 3), (0.0, edge - 1.5, lower * h - 2)
    return [*rows, plate(a, b, c, thick), plate(b, c, d, thick)]


def _transverse(f: _Frame, side: int) -> list[FloatArray]:
    rng, s = f.rng, f.scale
    x = f.canal_half_width + at(_PEDICLE_WIDTH, f.station) * s / 2
    y = f.back_wall - at(_PEDICLE_LENGTH, f.station) * s
    if f.region == "C":
        tip = (side * (f.half_width + 11 * s), f.back_wall + 4, -2.0)
        return [
            capsule((side * f.half_width * 0.8, f.back_wall + 6, 0), tip, 3.6 * s, 3.0 * s),
            capsule(tip, (side * (x + 4), y - 2, 0), 3.0 * s, 3.4 * s),
        ]
    if f.region == "T":
        length = f.size(([7, 12, 16, 17, 18, 18.5], [23, 20, 15, 11, 8, 14]))
        angle = math.radians(float(rng.uniform(28, 50))) * (0.6 if f.station >= 18 else 1.0)
        z = 0.12 * f.height
        tip = (
            side * (x + length * math.cos(angle)),
            y - 2 - length * math.sin(angle),
            z + float(rng.uniform(0, 5)),
        )
        return [capsule((side * x, y - 1, z), tip, 4.2 * s, 4.6 * s, (1, 1, 0.85))]
    length = f.size(([19, 21, 23], [25, 32, 28]), 0.1)
    angle, z = math.radians(float(rng.uniform(4, 24))), 0.1 * f.height
    tall = at(([19, 22, 23], [4.0, 4.5, 6.0]), f.station) * s
    tip_x, tip_y = side * (x + length * math.cos(angle)), y - length * math.sin(angle)
    lift = float(rng.uniform(-1, 5))
    root = side * (x + 1)
    thick = 2.3 * s if f.station < 23 else 3.6 * s
    return [
        plate((root, y, z + tall), (root, y, z - tall), (tip_x, tip_y, z + lift + tall * 0.4), thick),
        plate(
            (root, y, z - tall), (tip_x, tip_y, z + lift + tall * 0.4), (tip_x, tip_y, z + lift - 2), thick
        ),
    ]


def _spinous(f: _Frame) -> list[FloatArray]:
    rng = f.rng
    angle = math.radians(at(_SPINOUS_ANGLE, f.station) + float(rng.uniform(-8, 8)))
    length, tall = f.size(_SPINOUS_LENGTH, 0.1), f.size(_SPINOUS_HEIGHT) / 2
    thick = f.size(([1, 6, 12, 18, 23], [2.6, 2.8, 2.3, 2.6, 3.0]))
    y, z = f.back_wall - f.canal_depth - 4, -0.22 * f.height
    lean = float(rng.normal(0, 1.5))
    tip = (lean, y - length * math.cos(angle), z - length * math.sin(angle))
    half = max(1.0, tall - thick)
    a, b = (0.0, y, z + half * 0.9), (0.0, y, z - half * 0.9)
    c, d = (tip[0], tip[1], tip[2] + half * 0.8), (tip[0], tip[1] + 1, tip[2] - half)
    return [plate(a, b, c, thick), plate(b, c, d, thick), capsule(c, d, thick * float(rng.uniform(1.1, 1.6)))]


def _atlas(rng: np.random.Generator, scale: float) -> Bone:
    """C1: a ring with two lateral masses; its centroid is the ring's, since it has no body."""
    half_x, half_y, y0 = 18 * scale * rng.normal(1, 0.04), 19 * scale * rng.normal(1, 0.04), -8 * scale
    angles = np.linspace(0, 2 * np.pi, 15)
    ring = [(half_x * math.cos(t), y0 + half_y * math.sin(t), 2.0 * math.sin(t)) for t in angles]
    rows = [capsule(a, b, 3.1 * scale, squash=(1, 1, 0.75)) for a, b in pairwise(ring)]
    for side in (-1, 1):
        mass = (side * 17.5 * scale, -4 * scale)
        rows.append(capsule((*mass, -4 * scale), (*mass, 4 * scale), 7 * scale, squash=(1, 0.8, 1)))
        tip = (side * 37 * scale * rng.normal(1, 0.05), -8 * scale, -1)
        rows.append(capsule((side * 20 * scale, -6 * scale, 0), tip, 5 * scale, 4 * scale))
    height = 14 * scale
    return Bone(1, rows, 34 * scale, 18 * scale, (height,) * 3, centroid_mm=np.array([0.0, y0, 0.0]))


def make_vertebra(
    label: int,
    rng: np.random.Generator,
    scale: float,
    fracture: tuple[str, int] | None = None,
) -> Bone:
    """One vertebra, C1 to L6, in its own frame; heights are exact by construction."""
    if label == 1:
        return _atlas(rng, scale)
    station = STATIONS[label]

    def size(table: Curve) -> float:
        return at(table, station) * scale * (1 + 0.035 * float(rng.standard_normal()))

    width, depth, height = size(_WIDTH), size(_DEPTH), size(_HEIGHT)
    # Thoracic bodies are a little lower in front, L5 behind; endplates are 1-2 mm hollow.
    slope = float(np.interp(station, [1, 7, 12, 18, 20, 22, 23], [0, 0.01, 0.04, 0.03, 0, -0.02, -0.07]))
    slope += float(rng.normal(0, 0.012))
    heights = (height * (1 - slope), height * float(rng.uniform(0.91, 0.965)), height * (1 + slope))
    if fracture is not None and fracture[1] > 0:
        heights = fractured(heights, *fracture)
    frame = _Frame(
        station,
        scale,
        rng,
        half_width=width / 2,
        height=height,
        back_wall=-depth / 2,
        canal_half_width=size(_CANAL_WIDTH) / 2,
        canal_depth=size(_CANAL_DEPTH),
    )
    body = _body(frame, depth / 2, heights, fracture is not None and fracture[1] > 1)
    rows = [body]
    if label == 2:
        dens = height / 2 + 16 * scale * float(rng.normal(1, 0.06))
        rows.append(capsule((0, 1, height * 0.3), (0, 2, dens), 6.2 * scale, 4.4 * scale))
    for side in (-1, 1):
        rows += _arch_side(frame, side) + _transverse(frame, side)
    rows += _spinous(frame)
    canal = (frame.canal_half_width, frame.canal_depth)
    return Bone(label, rows, width, depth, heights, canal, body_centroid(body))


def make_sacrum(rng: np.random.Generator, scale: float) -> Bone:
    """The sacrum with the coccyx, in the frame of S1."""
    height = 28 * scale
    first = vertebral_body(
        half_width=25 * scale,
        half_depth=16.5 * scale,
        heights=(height * 1.05, height * 0.95, height * 0.95),
        waist=0.12,
        back_concavity=1.0,
        lip=0.03,
        exponent=2.2,
        lateral_wedge=0.0,
        upper_share=0.5,
    )
    rows = [first]
    centre, angle = np.zeros(3), 0.0
    for k in range(5):
        w, d, h = 25 * scale * (1 - 0.13 * k), 15 * scale * (1 - 0.16 * k), 27 * scale * (1 - 0.12 * k)
        up = np.array([0.0, math.sin(angle), math.cos(angle)])
        if k:
            rows.append(
                capsule(centre + up * h * 0.32, centre - up * h * 0.32, d * 0.9, squash=(d * 0.9 / w, 1, 1))
            )
        y, z = centre[1], centre[2]
        crest = y - d - (16 - 1.5 * k) * scale
        rows.append(capsule((0, crest, z + 5), (0, crest - 3 * scale, z - 6), 4 * scale, squash=(1, 1, 0.7)))
        reach = w + float(np.interp(k, [0, 1, 2, 4], [28, 25, 15, 2])) * scale
        for side in (-1, 1):
            wing = (1 - 0.15 * k) * scale
            rows.append(
                capsule(
                    (side * w * 0.5, y - 4, z),
                    (side * reach, y - 9 * scale, z - 3),
                    11 * wing,
                    9 * wing,
                    (1, 1.1, 0.9),
                )
            )
            rows.append(
                capsule((side * w * 0.8, y - 9, z), (0, crest, z), 3.6 * scale, 3.2 * scale, (1, 1, 0.5))
            )
            if k == 0:
                rows.append(
                    capsule(
                        (side * 18 * scale, -d - 11 * scale, 2),
                        (side * 19 * scale, -d - 9 * scale, 17 * scale),
                        5 * scale,
                        4 * scale,
                    )
                )
        # Hollow in front: the upper half leads on backwards from the tilted S1, the lower bends forward.
        low, high = _SACRAL_BEND_DEG[k]
        centre = centre - up * h * 0.5
        angle += math.radians(float(rng.uniform(low, high)))
        centre = centre - np.array([0.0, math.sin(angle), math.cos(angle)]) * h * 0.45
    return Bone(26, rows, 50 * scale, 33 * scale, (height,) * 3, (13 * scale, 15 * scale))
