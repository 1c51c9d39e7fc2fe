"""One vertebra by clicks: "this belongs to it", "this does not"; the first one on an empty level segments it.

The segmentation network's log-odds round the vertebra are the start, replaced by the current mask where a
rater has drawn otherwise. `inference.clickfield` says what the clicks make of it. Only voxels whose answer
the clicks turn round are changed, so that fine work elsewhere stays. Where the level has no voxel, the first
click is taken for the middle of its body: the network looks there, and further clicks go on from its answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from backend.science.errors import BadInput
from backend.science.geometry import to_canonical
from backend.science.labels import name_of
from backend.science.volume import Mask, Volume, VolumeGeometry, closest_axes
from inference.clickfield import OTHERS_ODDS, ClickField, kept_whole
from inference.patches import PATCH_SHAPE, PATCH_SPACING_MM, Float32, FloatArray, IntArray, patch_origin
from inference.prepare import prepare
from inference.sampling import IsoGrid, cubic, linear, resample_axes, sample_block
from inference.stages.fuse import Box
from inference.weights import WeightSet, find_weights

if TYPE_CHECKING:
    from inference.firstlook import About

Point = tuple[float, float, float]
Voxel = tuple[int, int, int]
Bools = npt.NDArray[np.bool_]

# What the network draws at a first click is a vertebra if it is at least so large (mm3), so near to the
# click, and if not more than this share of it is drawn as another already.
_LEAST_MM3, _NEAR_MM, _MOST_TAKEN = 1500.0, 12.0, 0.5
_LOOKS_KEPT = 4
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class Click:
    """A point (RAS mm) that belongs to the vertebra, or does not."""

    point_ras_mm: Point
    positive: bool


@dataclass(frozen=True)
class Refined:
    """The vertebra's voxels in a crop of the mask's grid that begins at `origin`, and the seconds taken."""

    origin: tuple[int, int, int]
    inside: Bools
    seconds: float


@dataclass(frozen=True)
class Look:
    """The 1.5 mm patch round a centre: HU and the network's log-odds."""

    grid: IsoGrid
    origin: IntArray
    hu: Float32
    odds: Float32


@dataclass
class Looks:
    """The last looks of the network, since clicks on one vertebra follow each other. What it saw depends on
    the CT, the weights and the centre only. The CT is kept with them, so that no other is taken for it."""

    _kept: dict[tuple[Any, ...], tuple[Volume, Look]] = field(default_factory=dict)

    def at(self, volume: Volume, ct: Volume, about: About, weights: WeightSet) -> Look:
        """The look round a vertebra."""
        key = (id(volume), str(weights.files["segment"].path), about.key())
        if key not in self._kept:
            while len(self._kept) >= _LOOKS_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = (volume, _look(ct, about, weights))
        return self._kept[key][1]


@dataclass(frozen=True)
class _Scene:
    """One vertebra on a mask in canonical order, as a look has it: which voxels of the patch are its own, and
    which are others'."""

    labels: Mask
    label: int
    look: Look
    own: Bools
    others: Bools


def refine_vertebra(
    volume: Volume,
    mask: Mask,
    label: int,
    clicks: Sequence[Click],
    *,
    centroid_ras_mm: Point | None = None,
    weights: WeightSet | None = None,
    looks: Looks | None = None,
) -> Refined:
    """The mask of one vertebra after all `clicks` made so far on `mask`, which is as it was before the first.

    The patch lies round `centroid_ras_mm`, or round the middle of the vertebra's body in the mask, or where
    it has no voxel round the first click. Voxels of other labels are never taken. Raises `BadInput`:
    no_clicks, other_grid, no_centre, click_outside, taken, nothing_there.
    """
    began = time.monotonic()
    if not clicks:
        raise BadInput("no_clicks", "refining needs at least one click")
    if not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the mask is not on the grid of its CT")
    ct, labels = prepare(volume).volume, to_canonical(mask)
    empty = not (labels.array == label).any()
    if empty:
        _check_first(labels, label, clicks[0])
    about = _about_first(labels, label, clicks[0]) if empty else _about(labels, label, centroid_ras_mm)
    look = (looks or Looks()).at(volume, ct, about, weights or find_weights())
    scene = _scene(labels, label, look)
    if empty:
        _check_found(scene, clicks[0])
    box, inside = _change(scene, clicks)
    place, turned = _to_original(mask.geometry, box, inside)
    return Refined(place, turned, round(time.monotonic() - began, 3))


def _check_first(labels: Mask, label: int, click: Click) -> None:
    """Whether a click can be the first on an empty level."""
    if not click.positive:
        raise BadInput(
            "no_centre", f"{name_of(label)} has no voxel yet: click into the middle of its body first"
        )
    voxel = np.rint(labels.geometry.ras_mm_to_voxel(click.point_ras_mm)).astype(int)
    if not ((voxel >= 0) & (voxel < labels.geometry.shape)).all():
        raise BadInput("click_outside", "a click lies outside the image")
    there = int(labels.array[tuple(voxel)])
    if there:
        raise _taken(there)


def _taken(other: int) -> BadInput:
    return BadInput(
        "taken",
        f"what is there is {name_of(other)} already: rename that vertebra, or click into the body of one "
        "that is not drawn",
    )


def _about_first(labels: Mask, label: int, click: Click) -> About:
    """Round a first click, as the vertebra stands there."""
    from inference.firstlook import About, guesses

    grid = IsoGrid(labels.geometry, PATCH_SPACING_MM)
    clicked = grid.from_source(labels.geometry.ras_mm_to_voxel(click.point_ras_mm))
    return About(label, guesses(labels, label, clicked), first=True)


def _about(labels: Mask, label: int, given: Point | None) -> About:
    """Round the body's centre, by the mask where it is not given."""
    from inference.training.real import body_centre

    if given is not None:
        return _about_point(labels.geometry, label, given)
    inside = labels.array == label
    box = _bounds(inside)
    starts = np.array([side.start for side in box])
    middle = body_centre(inside[box], labels.geometry.spacing_mm) + starts
    x, y, z = labels.geometry.voxel_to_ras_mm(middle)
    return _about_point(labels.geometry, label, (float(x), float(y), float(z)))


def _about_point(geometry: VolumeGeometry, label: int, point: Point) -> About:
    """Round a point. Raises `BadInput` where nothing of the image is near it."""
    from inference.firstlook import About
    from inference.stages.segment import Place

    grid = IsoGrid(geometry, PATCH_SPACING_MM)
    centre = grid.from_source(geometry.ras_mm_to_voxel(point))
    origin = patch_origin(centre)
    first, last = (grid.to_source(origin + reach) for reach in (np.zeros(3), np.array(PATCH_SHAPE) - 1))
    if (last <= -0.5).any() or (first >= np.array(geometry.shape) - 0.5).any():
        raise BadInput("no_centre", "the centre of the vertebra lies outside the image")
    return About(label, (Place(centre),), first=False)


def _bounds(inside: Bools) -> Box:
    lines = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    a, b, c = (slice(int(line[0]), int(line[-1]) + 1) for line in lines)
    return a, b, c


def _look(ct: Volume, about: About, weights: WeightSet) -> Look:
    grid = IsoGrid(ct.geometry, PATCH_SPACING_MM)
    origin, found = about.look(ct, weights)
    hu = sample_block(ct.array, grid, origin.astype(float), PATCH_SHAPE, cubic)
    odds = logit(np.clip(found.astype(float), _LEAST_SHARE, 1 - _LEAST_SHARE))
    return Look(grid, origin, hu, odds.astype(np.float32))


def look_at(volume: Volume, centre_ras_mm: Point, weights: WeightSet) -> Look:
    """What the network sees round a vertebra's centre."""
    ct = prepare(volume).volume
    return _look(ct, _about_point(ct.geometry, 0, centre_ras_mm), weights)


def drawn_by_network(labels: Mask, look: Look) -> Bools:
    """What the network alone would draw on a mask in canonical order, where nobody has drawn anything."""
    nothing = np.zeros(PATCH_SHAPE, bool)
    box, _, now = _on_the_mask(look, nothing, kept_whole(look.odds, nothing, ()))
    out = np.zeros(labels.geometry.shape, bool)
    out[box] = now & (labels.array[box] == 0)
    return out


def _scene(labels: Mask, label: int, look: Look) -> _Scene:
    def at_least_half(inside: Bools) -> Bools:
        start = look.origin.astype(float)
        return sample_block(inside.view(np.uint8), look.grid, start, PATCH_SHAPE, linear, 0.0) > 0.5

    own = labels.array == label
    return _Scene(labels, label, look, at_least_half(own), at_least_half((labels.array > 0) & ~own))


def _check_found(scene: _Scene, click: Click) -> None:
    """Whether what the network draws at a first click is a vertebra that nobody has drawn yet."""
    from scipy.ndimage import label

    parts, _ = label(scene.look.odds > 0, np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    found = (parts == sizes.argmax()) & (parts > 0)
    [at] = _places(scene, [click])
    places = np.argwhere(found)
    away = np.linalg.norm(places - at, axis=1).min() * PATCH_SPACING_MM if len(places) else np.inf
    if len(places) * PATCH_SPACING_MM**3 < _LEAST_MM3 or away > _NEAR_MM:
        raise BadInput(
            "nothing_there",
            "no vertebra was found round the click: click into the middle of its body, or draw it with the "
            "brush",
        )
    if (found & scene.others).sum() > _MOST_TAKEN * len(places):
        raise _taken(_commonest(scene, places[scene.others[found]]))


def _commonest(scene: _Scene, places: IntArray) -> int:
    """The label that most of some voxels of the patch bear in the mask."""
    look, shape = scene.look, scene.labels.geometry.shape
    source = np.clip(np.rint(look.grid.to_source(look.origin + places)), 0, np.array(shape) - 1).astype(int)
    return int(np.bincount(scene.labels.array[tuple(source.T)])[1:].argmax()) + 1


def _places(scene: _Scene, clicks: Sequence[Click]) -> FloatArray:
    """The clicks in voxels of the patch."""
    grid, origin = scene.look.grid, scene.look.origin
    points = np.array([click.point_ras_mm for click in clicks], float)
    at = grid.from_source(grid.source.ras_mm_to_voxel(points)) - origin
    if not ((at > -0.5) & (at < np.array(PATCH_SHAPE) - 0.5)).all():
        raise BadInput("click_outside", "a click lies too far from the vertebra")
    return at


def _change(scene: _Scene, clicks: Sequence[Click]) -> tuple[Box, Bools]:
    """The vertebra on the mask's own grid: as it was, but for voxels whose answer has turned round."""
    look, positive = scene.look, np.array([click.positive for click in clicks])
    at = _places(scene, clicks)
    drawn = scene.own if scene.own.any() else None
    odds = ClickField.of(look.hu, look.odds, drawn, scene.others).answer(at, positive)
    odds[scene.others] = OTHERS_ODDS
    voxels = [(int(a), int(b), int(c)) for a, b, c in np.clip(np.rint(at), 0, np.array(PATCH_SHAPE) - 1)]
    after = kept_whole(odds, scene.own, list(zip(voxels, positive.tolist(), strict=True)))
    box, was, now = _on_the_mask(look, scene.own, after)
    current = scene.labels.array[box]
    inside = np.where(now & ~was & (current == 0), True, current == scene.label)
    inside &= ~(was & ~now)
    _hold_to(clicks, scene, box, inside)
    return box, inside


def _on_the_mask(look: Look, before: Bools, after: Bools) -> tuple[Box, Bools, Bools]:
    """Two masks of the patch on the grid of the CT, and where there they lie."""
    grid, shape, origin = look.grid, look.grid.source.shape, look.origin
    low = np.maximum(0, np.ceil(grid.to_source(origin))).astype(int)
    end = np.floor(grid.to_source(origin + np.array(PATCH_SHAPE) - 1)).astype(int) + 1
    ends = list(zip(low, np.minimum(shape, end), strict=True))
    places = [grid.from_source_axis(np.arange(a, b), axis) - origin[axis] for axis, (a, b) in enumerate(ends)]
    was, now = (resample_axes(field.view(np.uint8), places, np.ones(3)) > 0.5 for field in (before, after))
    a, b, c = (slice(int(x), int(y)) for x, y in ends)
    return (a, b, c), was, now


def _hold_to(clicks: Sequence[Click], scene: _Scene, box: Box, inside: Bools) -> None:
    """The clicked voxels themselves are what was said of them, unless they are another vertebra's."""
    geometry, starts = scene.labels.geometry, np.array([side.start for side in box])
    for click in clicks:
        voxel = np.rint(geometry.ras_mm_to_voxel(click.point_ras_mm)).astype(int)
        within = voxel - starts
        if ((within >= 0) & (within < inside.shape)).all() and scene.labels.array[tuple(voxel)] in (
            0,
            scene.label,
        ):
            inside[tuple(within)] = click.positive


def _to_original(geometry: VolumeGeometry, box: Box, inside: Bools) -> tuple[tuple[int, int, int], Bools]:
    """A crop in canonical order as a crop in the order of the mask's array."""
    order, signs = closest_axes(geometry.directions)
    starts = []
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        side = box[world]
        starts.append(side.start if sign > 0 else geometry.shape[axis] - side.stop)
    turned = inside.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]
    return (starts[0], starts[1], starts[2]), np.ascontiguousarray(turned)
