"""From a scene to what a network is shown in one step."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.levels import CLASS_OF
from inference.patches import (
    AIR_HU,
    CENTRE_SIGMA,
    HEAT_SIGMA,
    PATCH_SHAPE,
    PATCH_SPACING_MM,
    TILE_SHAPE,
    WIDE_SPACING_MM,
    Float32,
    cut,
    heatmap,
    normalise,
    patch_origin,
)
from inference.stages.project import ACROSS, extend, project
from inference.training.appearance import recolour, scan, strange_bones
from inference.training.randomise import Example

Arrays = dict[str, npt.NDArray[np.generic]]
IGNORED = 255
LINE_LENGTH = 192
_CLASS = np.full(256, IGNORED, np.uint8)
for _label, _class in CLASS_OF.items():
    _CLASS[_label] = _class


def _cut_off(rng: np.random.Generator, image: Float32, target: Float32) -> None:
    """Blank one side, as where the field of view ends."""
    axis = int(rng.integers(0, 3))
    n = image.shape[axis]
    kept = int(rng.uniform(0.6, 0.95) * n)
    index: list[slice] = [slice(None)] * 3
    index[axis] = slice(kept, None) if rng.random() < 0.5 else slice(0, n - kept)
    image[tuple(index)] = AIR_HU
    target[tuple(index)] = 0


def _choose(example: Example, rng: np.random.Generator) -> int:
    """One vertebra: mostly of those well inside the scene, sometimes one near its edge."""
    shape = np.array(example.hu.shape)
    for margin in (24, 6) if rng.random() < 0.8 else (6,):
        inside = ((example.centres > margin) & (example.centres < shape - margin)).all(axis=1)
        if inside.any():
            return int(rng.choice(np.flatnonzero(inside)))
    return int(np.abs(example.centres - shape / 2).sum(axis=1).argmin())


def patch_sample(example: Example, rng: np.random.Generator) -> Arrays:
    """Image and heatmap (2 channels) and the mask of one vertebra of a patch scene."""
    chosen = _choose(example, rng)
    centre = example.centres[chosen]
    origin = patch_origin(centre + rng.normal(0, 2, 3))
    hu, owner, tissue = (
        cut(a, origin, PATCH_SHAPE, fill)
        for a, fill in ((example.hu, AIR_HU), (example.owner, 0), (example.tissue, 0))
    )
    image = scan(recolour(hu, owner, tissue, rng), PATCH_SPACING_MM, rng)
    image[hu <= AIR_HU] = AIR_HU
    target = (owner == example.labels[chosen]).astype(np.float32)
    if rng.random() < 0.12:
        _cut_off(rng, image, target)
    heat = heatmap(PATCH_SHAPE, centre - origin + rng.normal(0, 1.5, 3), HEAT_SIGMA)
    x = np.stack([normalise(image), heat])
    if rng.random() < 0.5:
        x, target = x[:, ::-1], target[::-1]
    return {"x": np.ascontiguousarray(x), "mask": np.ascontiguousarray(target[None])}


def _tile_origin(example: Example, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Where a tile begins in the scene, mostly near the spine, anywhere along it, and its extent."""
    shape = np.array(example.hu.shape)
    extent = np.minimum(shape, TILE_SHAPE)
    inside = ((example.centres > 0) & (example.centres < shape)).all(axis=1)
    middle = example.centres[inside].mean(axis=0) if inside.any() else shape / 2
    share = np.array([0.5, 0.38, 0.5])
    origin = middle - extent * share + rng.normal(0, 0.12, 3) * extent
    if rng.random() < 0.3:  # tiles beside the spine, as a wide field of view has them: hips, ribs, shoulders
        origin = rng.uniform(0, np.maximum(1, shape - extent + 1))
    origin[2] = rng.uniform(0, max(1, shape[2] - extent[2] + 1))
    start = np.asarray(np.clip(origin, 0, shape - extent), np.int64)
    return start, [int(n) for n in extent]


def centre_map(shape: tuple[int, ...], centres: npt.NDArray[np.float64]) -> Float32:
    """The highest of the Gaussians round all centres; those just outside count too."""
    out = np.zeros(shape, np.float32)
    for centre in centres:
        if (centre > -3).all() and (centre < np.array(shape) + 2).all():
            low = np.maximum(np.floor(centre - 4 * CENTRE_SIGMA), 0).astype(int)
            block = out[tuple(slice(int(a), int(a) + round(9 * CENTRE_SIGMA)) for a in low)]
            np.maximum(block, heatmap(block.shape, centre - low, CENTRE_SIGMA), out=block)
    return out


def tile_sample(example: Example, rng: np.random.Generator) -> Arrays:
    """A tile of a wide scene: image, the four maps, and classes of vertebra voxels at half resolution."""
    origin, extent = _tile_origin(example, rng)
    pad = (np.array(TILE_SHAPE) - extent) // 2
    start = np.asarray(origin - pad, np.int64)
    if rng.random() < 0.3:  # a shorter field of view than the scene's
        extent[2] = int(rng.uniform(0.35, 1.0) * extent[2])
    ends = tuple(slice(int(p), int(p) + n) for p, n in zip(pad, extent, strict=True))
    seen = np.zeros(TILE_SHAPE, bool)
    seen[ends] = True
    hu, owner, tissue, body, ribs = (
        cut(a, start, TILE_SHAPE, fill)
        for a, fill in (
            (example.hu, AIR_HU),
            (example.owner, 0),
            (example.tissue, 0),
            (example.is_body, 0),
            (example.ribs, 0),
        )
    )
    image = recolour(hu, owner, tissue, rng)
    if rng.random() < 0.5:
        image = strange_bones(image, owner, WIDE_SPACING_MM, rng)
    image = scan(image, WIDE_SPACING_MM, rng)
    image[~seen] = AIR_HU
    centres = centre_map(TILE_SHAPE, example.centres - start)
    maps = np.stack([(owner > 0), (body > 0) & (owner != 26), centres, ribs > 0]).astype(np.float32) * seen
    levels = np.where(seen, _CLASS[owner.astype(np.uint8)], IGNORED)[::2, ::2, ::2]
    x = normalise(image)[None]
    if rng.random() < 0.5:
        x, maps, levels = x[:, ::-1], maps[:, ::-1], levels[::-1]
    return {
        "x": np.ascontiguousarray(x),
        "maps": np.ascontiguousarray(maps),
        "levels": np.ascontiguousarray(levels),
    }


def _ridge(example: Example, rng: np.random.Generator) -> tuple[int, int, npt.NDArray[np.float64]] | None:
    """First and last slice with bodies, and the centre line between them, as roughly as it would be found."""
    slices = np.flatnonzero((example.is_body * (example.owner != 26)).sum(axis=(0, 1)) > 4)
    if len(slices) < 4:
        return None
    order = np.argsort(example.centres[:, 2])
    centres = example.centres[order]
    at = np.arange(int(slices[0]), int(slices[-1]) + 1)
    wander = ndimage.gaussian_filter1d(rng.normal(0, 3.0, (len(at), 2)), 6.0, axis=0)
    line = np.stack([np.interp(at, centres[:, 2], centres[:, axis]) for axis in range(2)], axis=1)
    return int(slices[0]), int(slices[-1]), line + wander + rng.normal(0, 0.5, 2)


def line_sample(example: Example, rng: np.random.Generator, *, complete: bool = True) -> Arrays | None:
    """Projections along the spine of a part of a wide scene, with the centres and the class of each height.

    The part has `LINE_LENGTH` slices; what the field of view does not fill is padded with air and counts
    for nothing. Where the example does not name all vertebrae in view (not `complete`), what lies beyond the
    named ones counts for nothing either.
    """
    found = _ridge(example, rng)
    if found is None:
        return None
    low, high, ridge = found
    image = scan(recolour(example.hu, example.owner, example.tissue, rng), WIDE_SPACING_MM, rng)
    slices = image.shape[2]
    shown = min(slices, int(rng.integers(24, LINE_LENGTH + 1)))
    latest = min(slices - shown, max(0, high - 12))
    first = int(rng.integers(min(max(0, low - shown // 2), latest), latest + 1))
    image = image[:, :, first : first + shown]
    inside = (np.arange(low, high + 1) >= first) & (np.arange(low, high + 1) < first + shown)
    if inside.sum() < 4:
        return None
    heights = np.arange(low, high + 1)[inside] - first
    line = extend(heights.astype(float), ridge[inside], shown)
    x = np.full((4, ACROSS, LINE_LENGTH), -1.0, np.float32)
    n = len(line.points)
    x[:, :, :n] = project(image, line)
    z = example.centres[:, 2] - first - line.bottom
    centre = np.zeros(LINE_LENGTH, np.float32)
    levels = np.full(LINE_LENGTH, IGNORED, np.uint8)
    at = np.arange(n)
    nearest = np.abs(at[:, None] - z[None]).argmin(axis=1)
    levels[:n] = _CLASS[example.labels[nearest]]
    lowest = int(z.argmin())
    gap = np.diff(np.sort(z)[:2])[0] if len(z) > 1 else 12.0
    below, above = at < z[lowest] - 0.6 * gap, at > z.max() + 0.6 * gap
    seen = np.arange(LINE_LENGTH) < n
    if complete or (example.owner == 26).any():
        levels[:n][below] = CLASS_OF[26]
    else:
        levels[:n][below] = IGNORED
        seen[:n][below] = False
    levels[:n][above] = IGNORED
    if not complete:
        seen[:n][above] = False
        if not seen.any():
            return None
    for middle in z[(z > -2) & (z < n + 1)]:
        centre[:n] = np.maximum(centre[:n], np.exp(-((at - middle) ** 2) / (2 * 1.2**2)))
    if rng.random() < 0.5:
        x[2:] = x[2:, ::-1]
    return {"x": x, "centre": centre, "levels": levels, "seen": seen}
