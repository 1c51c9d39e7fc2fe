"""Bones beside the column, roughly, for context: ribs, breastbone, pelvis, hips, shoulder girdle, jaw."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from inference.synthesis.anatomy import STATIONS
from inference.synthesis.column import SACRUM, Column, Placed
from inference.synthesis.primitives import FloatArray, capsule, ellipsoid, moved, plate

RIB, OTHER = 30, 31


@dataclass(frozen=True)
class Extra:
    """A bone that is no vertebra: primitives in the frame (rotation, centre)."""

    kind: int
    rows: list[FloatArray]
    rotation: FloatArray
    centre: FloatArray


@dataclass(frozen=True)
class Chest:
    """Half width and depth of the rib cage (mm)."""

    half_width: float
    depth: float


def _rib_length(station: float, rng: np.random.Generator) -> float:
    if station == 18.5:
        return float(rng.uniform(0.06, 0.16))
    if station == 18:
        return float(rng.uniform(0.14, 0.4))
    if station == 17:
        return float(rng.uniform(0.35, 0.6))
    return float(rng.uniform(0.6, 0.8)) if station >= 15 else 0.95


def _rib(vertebra: Placed, side: int, length: float, chest: Chest, scale: float, drop: float) -> Extra:
    bone = vertebra.bone
    station = STATIONS[bone.label]
    half, wall, h = bone.width_mm / 2, bone.back_wall_mm, bone.stack_height_mm
    wide = chest.half_width * float(np.interp(station, [7, 9, 12, 16, 18], [0.45, 0.75, 1, 1.02, 0.95]))
    deep = chest.depth * float(np.interp(station, [7, 9, 12, 16, 18], [0.5, 0.75, 1, 0.95, 0.85]))
    head = 0.38 if 8 <= station < 17 else 0.12
    points = [
        (side * half * 0.97, wall + 2, h * head),
        (side * (half + 10 * scale), wall - 9 * scale, h * 0.25 + 2),
        (side * (half + 22 * scale), wall - 19 * scale, h * 0.1),
    ]
    start = np.array(points[-1])
    for t in np.linspace(0.12, length, max(2, int(12 * length) + 1)) if length > 0.12 else [length]:
        angle = math.pi * t
        reach = math.sin(angle) ** 0.8
        x = abs(start[0]) + (wide - abs(start[0])) * reach if t < 0.5 else wide * reach
        y = start[1] - 8 * scale * math.sin(min(3 * angle, math.pi)) + deep * (1 - math.cos(angle)) / 2
        points.append((side * x, y, start[2] - drop * t * 1.3))
    squash = (1.1, 1.1, 0.7)
    rows = [capsule(a, b, 3.4 * scale, squash=squash) for a, b in pairwise(points)]
    return Extra(RIB, rows, vertebra.rotation, vertebra.centre)


def ribs(column: Column, chest: Chest, rng: np.random.Generator) -> list[Extra]:
    """A pair of ribs on every thoracic vertebra; the last ones are short."""
    out = []
    for label in column.order:
        if 7 <= STATIONS[label] < 18.9:
            length = _rib_length(STATIONS[label], rng)
            drop = float(rng.uniform(40, 70)) * column.scale
            drop *= float(np.interp(STATIONS[label], [7, 10, 18], [0.6, 1, 1.1]))
            out += [_rib(column.placed[label], side, length, chest, column.scale, drop) for side in (-1, 1)]
    return out


def _world(kind: int, rows: list[FloatArray]) -> Extra:
    return Extra(kind, rows, np.eye(3), np.zeros(3))


def pelvis(column: Column, rng: np.random.Generator) -> list[Extra]:
    """Iliac wings, pubis, ischium and the upper ends of the femora."""
    s, origin = column.scale, column.placed[SACRUM].centre
    out = []
    for side in (-1, 1):

        def point(x: float, y: float, z: float, side: int = side) -> FloatArray:
            return np.asarray(origin + s * np.array([side * x, y, z]) + rng.normal(0, 2.5, 3))

        upper, lower = point(48, -25, 18), point(42, -45, -45)
        crest, spine, back = point(105, 20, 62), point(122, 70, 15), point(62, -50, 30)
        socket, pubis, seat = point(92, 45, -65), point(15, 85, -90), point(60, 0, -120)
        t = float(rng.uniform(3.5, 6.0))
        out.append(
            _world(
                OTHER,
                [
                    plate(upper, crest, spine, t),
                    plate(upper, spine, socket, t),
                    plate(upper, back, crest, t),
                    plate(upper, lower, socket, t + 2),
                    capsule(socket, pubis, 9, 8),
                    capsule(socket, seat, 14, 11),
                ],
            )
        )
        head = socket + np.array([side * 2, 3, -8])
        neck = head + np.array([side * 45, -8, -40])
        shaft = neck + np.array([0, 0, -120])
        femur = [
            ellipsoid(head, (24 * s,) * 3),
            capsule(head, neck, 16 * s, 17 * s),
            capsule(neck, shaft, 17 * s, 14 * s),
        ]
        out.append(_world(OTHER, femur))
    return out


def shoulders(column: Column, chest: Chest) -> list[Extra]:
    """Shoulder blades, collar bones, upper arms and breastbone."""
    s = column.scale
    t1, t2, t8 = column.along(8.0), column.along(9.0), column.along(15.0)
    out = []
    for side in (-1, 1):
        corner, tip = moved(t2, side * 50 * s, -65 * s, 40), moved(t2, side * 75 * s, -70 * s, -100)
        joint = moved(t2, side * 120 * s, -20 * s, 35)
        arm = moved(joint, side * 28, 0, 0)
        blade = [plate(corner, tip, joint, 3.2), capsule(corner, moved(joint, side * 15, 5, 15), 5, 6)]
        humerus = [ellipsoid(arm, (23, 23, 23)), capsule(arm, moved(arm, side * 17, 0, -120), 14, 12)]
        middle = moved(t1, side * 80 * s, 30 * s, 40)
        collar = [
            capsule(moved(t1, side * 22, 60 * s, 10), middle, 7, 6),
            capsule(middle, moved(joint, 0, 5, 20), 6, 6),
        ]
        out += [_world(OTHER, blade), _world(OTHER, humerus), _world(OTHER, collar)]
    upper, lower = moved(t2, 0, chest.depth * 0.42, -10), moved(t8, 0, chest.depth * 0.92, 0)
    out.append(_world(OTHER, [capsule(upper, lower, 7, squash=(0.35, 1, 1))]))
    return out


def jaw(column: Column) -> list[Extra]:
    """The lower jaw with its teeth."""
    c1, c2, s = column.along(0.0), column.along(1.0), column.scale
    chin = moved(c2, 0, 75 * s, 5)
    rows = []
    for side in (-1, 1):
        hinge, angle = moved(c1, side * 45 * s, 25 * s, 20), moved(c2, side * 42 * s, 32 * s, -12)
        rows += [capsule(hinge, angle, 6, squash=(1.3, 1, 1)), capsule(angle, chin, 7, squash=(1, 1, 0.7))]
    rows.append(capsule(moved(chin, -20, -5, 25), moved(chin, 20, -5, 25), 12))
    return [_world(OTHER, rows)]
