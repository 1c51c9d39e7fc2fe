"""What a few clicks say of all voxels round a vertebra: a smooth field added to the log-odds of its mask.

The clicks are observations of the field (Gaussian process regression, C. Rasmussen and C. Williams 2006,
section 2.2). It has three parts. One is shared by the whole vertebra and fades with distance: a network that
draws too little at one place where it is in doubt does so at others, too. One is for places that are near
each other, about as dense, and about as deep inside or as far outside. And one says how far the network is to
be believed where the mask differs from it: a click that bears it out takes over what it says round about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import edt
import numba
import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from inference.patches import PATCH_SPACING_MM, Float32, FloatArray

Bools = npt.NDArray[np.bool_]

# All were chosen on synthetic scenes and on painted shapes of one patient, none on a real CT.
_MOST_ODDS, _MOST_DRAWN_ODDS, _ODDS_PER_VOXEL = 5.0, 3.0, 0.7
# Nothing changes farther than this from the mask's border and from every click (mm), nor beyond `REACH_MM`.
_BAND_MM, _CLOSE_MM, REACH_MM, _FADE_MM = 7.0, 15.0, 45.0, 10.0
# The shared part is a moved threshold: only places where the start was in doubt (log-odds)
# say something of it.
_SHARED, _SHARED_MM, _UNDECIDED = 1.5, 40.0, 2.0
_ALIKE, _ALIKE_MM, _ALIKE_HU, _ALIKE_DEPTH_MM = 1.5, 9.0, 150.0, 2.0
# Farther than this from the border all is as deep.
_DEEP_MM = 4.0
# Whatever is denser, or less dense, counts as this.
_HU_RANGE = (-150.0, 300.0)
_BELIEF, _BELIEF_MM, _BELIEF_ODDS = 0.7, 15.0, 3.0
# A click asks for log-odds of this much on its side, and for as much again as the mask was wrong by.
_ASKED, _BEYOND, _NOISE = 2.0, 0.5, 0.15
_BLUR = 0.6
OTHERS_ODDS = -5.0


@dataclass(frozen=True)
class ClickField:
    """The start round one vertebra: log-odds, what tells voxels apart, and which of them may turn: those near
    the border, and those where the network has another mind than the mask."""

    odds: Float32
    hu: Float32
    doubt: Float32
    depth_mm: Float32
    undecided: Float32
    near: Bools
    others: Bools

    @classmethod
    def of(cls, hu: Float32, network: Float32, drawn: Bools | None, others: Bools) -> ClickField:
        """From HU, the network's log-odds and the mask (None: nothing is drawn, and the network's counts)."""
        network = np.clip(network, -_MOST_ODDS, _MOST_ODDS).astype(np.float32)
        inside = network > 0 if drawn is None else drawn
        depth = np.asarray(edt.edt(inside) - edt.edt(~inside), np.float32)
        depth -= 0.5 * np.sign(depth)
        by_depth = np.clip(depth * _ODDS_PER_VOXEL, -_MOST_DRAWN_ODDS, _MOST_DRAWN_ODDS)
        agrees = (network > 0) == inside
        odds = np.where(agrees, network, by_depth).astype(np.float32)
        depth_mm = depth * np.float32(PATCH_SPACING_MM)
        near = (np.abs(depth_mm) <= _BAND_MM) | ~agrees
        doubt = (network - odds) / np.float32(_BELIEF_ODDS)
        blurred = np.asarray(gaussian_filter(hu, _BLUR), np.float32)
        blurred = np.clip(blurred, *_HU_RANGE)
        depth_mm = np.clip(depth_mm, -_DEEP_MM, _DEEP_MM)
        undecided = np.exp(-((odds / np.float32(_UNDECIDED)) ** 2) / 2)
        return cls(odds, blurred, doubt, depth_mm, undecided, near, others)

    def _features(self, where: Any) -> tuple[Float32, Float32, Float32, Float32]:
        """What tells some voxels from others, besides their places."""
        return self.hu[where], self.doubt[where], self.depth_mm[where], self.undecided[where]

    def _near(self, at: FloatArray) -> Bools:
        """What clicks at some voxels can turn: far from the border what is near to a click."""
        near = self.near.copy()
        for click in at:
            away2 = [
                ((np.arange(n) - c) * PATCH_SPACING_MM) ** 2 for n, c in zip(near.shape, click, strict=True)
            ]
            near |= away2[0][:, None, None] + away2[1][:, None] + away2[2] <= _CLOSE_MM**2
        return near & ~self.others

    def answer(self, at: FloatArray, positive: Bools) -> Float32:
        """The log-odds after clicks at some voxels (n, 3)."""
        voxels = np.clip(np.rint(at), 0, np.array(self.odds.shape) - 1).astype(int)
        here = tuple(voxels.T)
        sign = np.where(positive, 1.0, -1.0)
        agrees = sign * self.odds[here]
        asked = sign * np.where(agrees < 0, _ASKED - (1 + _BEYOND) * agrees, np.maximum(_ASKED - agrees, 0.0))
        clicked = (np.asarray(at * PATCH_SPACING_MM, np.float32), *self._features(here))
        weights = np.linalg.solve(_alike(*clicked, *clicked, False) + _NOISE * np.eye(len(at)), asked)
        near = self._near(at)
        about = np.argwhere(near).astype(np.float32) * np.float32(PATCH_SPACING_MM)
        alike = _alike(about, *self._features(near), *clicked, True)
        out = self.odds.copy()
        out[near] += alike @ weights.astype(np.float32)
        return out


@numba.njit(cache=True)
def _alike(at, hu, doubt, depth, open1, at2, hu2, doubt2, depth2, open2, fades):  # type: ignore[no-untyped-def]
    """The covariance of the field between voxels (by row) and clicks (by column), or with `fades`
    as much of it as a click may change a voxel by."""
    out = np.empty((len(at), len(at2)), np.float32)
    for i in range(len(at)):
        for j in range(len(at2)):
            away2 = 0.0
            for axis in range(3):
                away2 += (at[i, axis] - at2[j, axis]) ** 2
            away = np.sqrt(away2)
            fade = min(1.0, max(0.0, (REACH_MM - away) / _FADE_MM)) if fades else 1.0
            unlike2 = ((hu[i] - hu2[j]) / _ALIKE_HU) ** 2 + ((depth[i] - depth2[j]) / _ALIKE_DEPTH_MM) ** 2
            shared = _SHARED**2 * np.exp(-away2 / (2 * _SHARED_MM**2)) * open1[i] * open2[j]
            alike = _ALIKE**2 * np.exp(-away2 / (2 * _ALIKE_MM**2) - unlike2 / 2)
            belief = _BELIEF**2 * np.exp(-away2 / (2 * _BELIEF_MM**2)) * doubt[i] * doubt2[j]
            out[i, j] = fade * (shared + alike + belief)
    return out


def kept_whole(odds: Float32, drawn: Bools, clicks: Sequence[tuple[tuple[int, int, int], bool]]) -> Bools:
    """The voxels above zero, but for new specks and what a click has cut off; hollows that are newly closed
    are filled. Clicks (voxel, whether it belongs) keep what they stand on."""
    from scipy.ndimage import label

    after = odds > 0
    wanted = [voxel for voxel, positive in clicks if positive]
    unwanted = [voxel for voxel, positive in clicks if not positive]
    parts, count = label(after, np.ones((3, 3, 3)))
    if count > 1:
        before, _ = label(drawn, np.ones((3, 3, 3)))
        sizes = np.bincount(parts.ravel(), minlength=count + 1)
        sizes[0] = 0
        keep = np.zeros(count + 1, bool)
        keep[sizes.argmax()] = True
        keep[[parts[voxel] for voxel in wanted]] = True
        of_largest = np.unique(before[(parts == sizes.argmax()) & drawn])
        keep[np.unique(parts[drawn & after & ~np.isin(before, of_largest)])] = True
        keep[0] = False
        after = keep[parts]
    return after | _closed(after, unwanted) & ~_closed(drawn, ())


def _closed(inside: Bools, but: Sequence[tuple[int, int, int]]) -> Bools:
    """The hollows that are closed in on all sides, but for those that hold one of some voxels."""
    from scipy.ndimage import label

    hollow, count = label(~inside)
    closed = np.ones(count + 1, bool)
    closed[0] = False
    for axis in range(3):
        for end in (0, -1):
            closed[np.unique(hollow.take(end, axis=axis))] = False
    closed[[hollow[voxel] for voxel in but]] = False
    return np.asarray(closed[hollow], bool)
