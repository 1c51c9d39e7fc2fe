"""Distances and angles between points that a person set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from backend.science.errors import BadInput

RulerKind = Literal["length", "angle", "cobb"]
RULER_KINDS: tuple[RulerKind, ...] = get_args(RulerKind)
POINTS_OF: dict[RulerKind, int] = {"length": 2, "angle": 3, "cobb": 4}

_SHORTEST_MM = 0.1  # the direction of less is that of rounding
_FARTHEST_MM = 10_000.0  # no scanner reaches as far


def ruler_value(kind: RulerKind, points_ras_mm: Sequence[Sequence[float]]) -> float:
    """What a ruler reads: mm for a length, degrees for angles.

    In millimetres of the patient, so that neither anisotropic voxels nor an oblique grid matter. An angle is
    that at the second of three points, 0 to 180. A Cobb angle is that between two lines (points 1 to 2 and 3
    to 4) in the direction in which each was given: whoever draws lets both run the same way across the
    spine, so that curves beyond 90 degrees are told too (Cobb 1948).

    Raises
    ------
    BadInput
        ``bad_ruler``: another number of points, a point that lies nowhere, or a line without a direction.
    """
    points = np.asarray(points_ras_mm, dtype=float)
    if points.shape != (POINTS_OF[kind], 3):
        raise BadInput("bad_ruler", f"a ruler of this kind has {POINTS_OF[kind]} points of three numbers")
    if not np.all(np.isfinite(points)) or np.abs(points).max() > _FARTHEST_MM:
        raise BadInput("bad_ruler", "a point of the ruler lies nowhere")
    if kind == "length":
        return _length(points[1] - points[0])
    if kind == "angle":
        return _degrees(points[0] - points[1], points[2] - points[1])
    return _degrees(points[1] - points[0], points[3] - points[2])


def _length(line: np.ndarray) -> float:
    length = float(np.linalg.norm(line))
    if length < _SHORTEST_MM:
        raise BadInput("bad_ruler", "two points of the ruler lie on each other")
    return length


def _degrees(one: np.ndarray, other: np.ndarray) -> float:
    cosine = float(one @ other) / (_length(one) * _length(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
