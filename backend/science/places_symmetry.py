"""A vertebra against its own mirror image, and its reach against its neighbours'.

The plane of symmetry stands on the way from the vertebra above to the one below; its turn about that way and
its place are those with which most of the vertebra falls onto itself. A leak does not fall onto anything,
however it is turned, and so hardly moves the plane: each voxel's distance counts up to a few mm only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.labels import COCCYX, SACRUM, order_of

Points = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GRID_MM = 2.0
_MARGIN_MM = 30.0
# farther than this from its mirror image is alone; osteophytes and a turned head of a rib are nearer
_ALONE_MM = 5.0
_COUNTS_UP_TO_MM = 6.0
_TURN_STEP = np.deg2rad(5)
_TURNS = np.arange(-4, 5) * _TURN_STEP
# so many vertebrae above and below are turned alike, and lie on one line
_ALIKE = 2
_SHIFTS_MM = np.arange(-12.0, 13.0, 2.0)
_SAMPLE = 3000
_ACROSS = 0.9
# a vertebra of fewer cells has no shape
_LEAST_CELLS = 100
# how much farther than the neighbours, whose own size differs by a few per cent from level to level
_FARTHER, _FARTHER_MM = 1.15, 5.0
_REACH_PERCENT = 99.0
# C1 is a ring and C2 has its tooth; the sacrum and the coccyx have no neighbour of their kind
_OWN_BUILD = frozenset({1, 2, SACRUM, COCCYX})


@dataclass(frozen=True, slots=True)
class Frame:
    """One vertebra: its cells (indices into the coarse mask), their places, middle and way up, RAS mm."""

    cells: NDArray[np.int64]
    points: Points
    middle: Points
    up: Points

    @property
    def distances(self) -> Points:
        """Of each cell from the middle."""
        found: Points = np.linalg.norm(self.points - self.middle, axis=1)
        return found


def frames_of(labels: NDArray[np.uint8], ras_mm: Callable[[NDArray[np.int64]], Points]) -> dict[int, Frame]:
    """A frame for each vertebra with enough cells, from the head down."""
    flat = np.flatnonzero(labels)
    numbers = labels.ravel()[flat]
    found: dict[int, tuple[NDArray[np.int64], Points]] = {}
    for label in sorted((int(value) for value in np.unique(numbers)), key=order_of):
        cells = np.stack(np.unravel_index(flat[numbers == label], labels.shape), axis=1)
        if len(cells) >= _LEAST_CELLS:
            found[label] = (cells, ras_mm(cells))
    spine = list(found)
    middles = {label: np.median(points, axis=0) for label, (_, points) in found.items()}
    return {
        label: Frame(*found[label], middles[label], _up_at(index, [middles[other] for other in spine]))
        for index, label in enumerate(spine)
    }


def _up_at(index: int, middles: Sequence[Points]) -> Points:
    """The way up at a vertebra: the median of the ways among it and those near it, since one may leak."""
    near = middles[max(0, index - _ALIKE) : index + _ALIKE + 1]
    ways = [upper - lower for upper, lower in combinations(near, 2)]
    lengths = [float(np.linalg.norm(way)) for way in ways]
    units = [way / length for way, length in zip(ways, lengths, strict=True) if length > 0]
    up: Points = np.median(units, axis=0) if units else np.array([0.0, 0.0, 1.0])
    length = float(np.linalg.norm(up))
    # ways that go everywhere have no middle; nor can a plane stand on one that goes across
    if length == 0 or abs(up[0]) > _ACROSS * length:
        return np.array([0.0, 0.0, 1.0])
    return up / length


def without_twins(
    frames: Mapping[int, Frame], step_mm: tuple[float, float, float], is_inside: Callable[[Points], Bools]
) -> dict[int, Bools]:
    """For each vertebra, which cells have none of it near their mirror image, though the image shows it."""
    spine = list(frames)
    mirrors = [_Mirror(frames[label]) for label in spine]
    turns = [mirror.turn for mirror in mirrors]
    alone: dict[int, Bools] = {}
    for index, mirror in enumerate(mirrors):
        # neighbours are turned alike: what spoils one vertebra does not spoil most of them
        near = turns[max(0, index - _ALIKE) : index + _ALIKE + 1]
        image = mirror.image(float(np.median(near)))
        # between coarse cells lies up to half their diagonal
        away = mirror.away.of(image) > _ALONE_MM + max(step_mm) / 2
        alone[spine[index]] = away & is_inside(image)
    return alone


class _Mirror:
    """A vertebra, and how well each plane that might be its plane of symmetry throws it onto itself."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        right = np.array([1.0, 0.0, 0.0]) - frame.up[0] * frame.up
        self._right = right / float(np.linalg.norm(right))
        self._front = np.cross(frame.up, self._right)
        self.away = _Distances(frame.points)
        sample = frame.points[:: max(1, len(frame.points) // _SAMPLE)]
        self._cost = np.array(
            [
                [
                    np.minimum(self.away.of(self._mirrored(sample, turn, shift)), _COUNTS_UP_TO_MM).mean()
                    for shift in _SHIFTS_MM
                ]
                for turn in _TURNS
            ]
        )

    def _mirrored(self, points: Points, turn: float, shift: float) -> Points:
        normal = np.cos(turn) * self._right + np.sin(turn) * self._front
        at = self._frame.middle + shift * normal
        found: Points = points - 2 * ((points - at) @ normal)[:, None] * normal
        return found

    @property
    def turn(self) -> float:
        """Of the best plane, in radians."""
        return float(_TURNS[int(np.argmin(self._cost.min(axis=1)))])

    def image(self, turn: float) -> Points:
        """All points, mirrored on the best plane that is turned about as much."""
        cost = np.where((abs(_TURNS - turn) <= _TURN_STEP * 1.01)[:, None], self._cost, np.inf)
        best_turn, best_shift = np.unravel_index(int(np.argmin(cost)), cost.shape)
        return self._mirrored(self._frame.points, float(_TURNS[best_turn]), float(_SHIFTS_MM[best_shift]))


class _Distances:
    """How far places lie from a cloud of points, in mm, up to a margin around it."""

    def __init__(self, points: Points) -> None:
        self._low = points.min(axis=0) - _MARGIN_MM
        size = np.ceil((points.max(axis=0) + _MARGIN_MM - self._low) / _GRID_MM).astype(int) + 1
        empty = np.ones(size, bool)
        empty[tuple(np.rint((points - self._low) / _GRID_MM).astype(int).T)] = False
        self._away: NDArray[np.float64] = scipy.ndimage.distance_transform_edt(empty, sampling=_GRID_MM)

    def of(self, points: Points) -> Points:
        cells = np.rint((points - self._low) / _GRID_MM).astype(int)
        outside = ((cells < 0) | (cells >= self._away.shape)).any(axis=1)
        cells = np.clip(cells, 0, np.array(self._away.shape) - 1)
        found: Points = np.where(outside, _MARGIN_MM, self._away[tuple(cells.T)])
        return found


def beyond_reach(label: int, frames: Mapping[int, Frame]) -> Bools:
    """Which cells lie farther from the vertebra's middle than its nearest two neighbours reach."""
    frame = frames[label]
    others = [other for other in frames if other != label and other not in _OWN_BUILD]
    nearest = sorted(others, key=lambda other: abs(order_of(other) - order_of(label)))[:2]
    if label in _OWN_BUILD or len(nearest) < 2:
        return np.zeros(len(frame.cells), bool)
    reach = max(float(np.percentile(frames[other].distances, _REACH_PERCENT)) for other in nearest)
    far: Bools = frame.distances > _FARTHER * reach + _FARTHER_MM
    return far
