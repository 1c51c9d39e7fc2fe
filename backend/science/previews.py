"""Pictures of a series: a small one for lists, a large one to keep beside the released mask.

Sagittal and coronal views follow the spine: each row of the picture shows the voxels through the middle of
the spine at that height, so that a scoliotic spine stays in view from end to end. Views are stretched to
millimetres, superior is up, anterior is left in the sagittal view and the patient's right is left in the
coronal one.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from backend.science.geometry import to_canonical
from backend.science.labels import BY_LABEL, order_of
from backend.science.volume import Mask, MaskArray, Volume, VolumeGeometry, mask_centroids

Point = tuple[float, float, float]
RgbArray = NDArray[np.uint8]

# the "hard bone" window of the data set's own previews
WINDOW_HU = (-200, 1000)
FILL_ALPHA = 0.35
BONE_HU = 200
THUMBNAIL_PIXELS = 320
PREVIEW_HEIGHT = 960
_BACKGROUND = (14, 17, 22)
_TEXT = (235, 238, 243)
_GAP = 24


@dataclass(frozen=True, slots=True)
class _View:
    """A picture of the spine: HU and labels by (row from the head, column), and where voxels land in it."""

    hu: NDArray[np.float32]
    labels: MaskArray
    size_mm: tuple[float, float]  # height, width
    columns_from: int  # the voxel axis that runs along the columns: 0 coronal, 1 sagittal
    ends: tuple[str, str]  # the letters at the left and the right edge


def thumbnail_png(volume: Volume, mask: Mask | None = None) -> bytes:
    """A sagittal view through the spine, at most 320 pixels on a side, with the mask in colour if any."""
    volume, mask = _canonical(volume, mask)
    view = _sagittal(volume, mask, _course(volume, mask, {}))
    height_mm, width_mm = view.size_mm
    scale = THUMBNAIL_PIXELS / max(height_mm, width_mm)
    return _png(Image.fromarray(_paint(view, scale)))


def preview_png(
    volume: Volume, mask: Mask | None, centroids_ras_mm: Mapping[int, Point] | None = None
) -> bytes:
    """Mid-sagittal and mid-coronal view side by side with coloured vertebrae, their centroids and names.

    Without centroids the centres of the mask's vertebrae are marked.
    """
    volume, mask = _canonical(volume, mask)
    points = dict(centroids_ras_mm or (mask_centroids(mask) if mask is not None else {}))
    voxels = {
        label: volume.geometry.ras_mm_to_voxel(point)
        for label, point in points.items()
        if label in BY_LABEL and np.isfinite(point).all()
    }
    course = _course(volume, mask, {label: tuple(voxel) for label, voxel in voxels.items()})
    views = [_sagittal(volume, mask, course), _coronal(volume, mask, course)]
    scale = PREVIEW_HEIGHT / views[0].size_mm[0]
    scale = min(scale, 2 * PREVIEW_HEIGHT / sum(view.size_mm[1] for view in views))
    panels = [_annotated(view, voxels, volume.geometry, scale) for view in views]
    width = sum(panel.width for panel in panels) + _GAP * (len(panels) + 1)
    height = max(panel.height for panel in panels) + 2 * _GAP
    canvas = Image.new("RGB", (width, height), _BACKGROUND)
    left = _GAP
    for panel in panels:
        canvas.paste(panel, (left, _GAP))
        left += panel.width + _GAP
    return _png(canvas)


def _canonical(volume: Volume, mask: Mask | None) -> tuple[Volume, Mask | None]:
    if mask is not None and not mask.geometry.matches(volume.geometry):
        raise ValueError("the mask lies on another grid than the volume")
    return to_canonical(volume), None if mask is None else to_canonical(mask)


def _course(
    volume: Volume, mask: Mask | None, centroids: Mapping[int, tuple[float, ...]]
) -> NDArray[np.float64]:
    """The middle of the spine as (x, y) voxels for every k: from centroids, else the mask, else bone."""
    known = np.array(sorted((v[2], v[0], v[1]) for v in centroids.values()))
    if len(known) == 0 and mask is not None and mask.array.any():
        known = _slice_centres(mask.array > 0)
    if len(known) == 0:
        return _bone_course(volume)
    n = volume.geometry.shape[2]
    course = np.column_stack([np.interp(np.arange(n), known[:, 0], known[:, axis]) for axis in (1, 2)])
    width = 10 / volume.geometry.spacing_mm[2]
    return np.asarray(
        scipy.ndimage.gaussian_filter1d(course, width, axis=0, mode="nearest"), dtype=np.float64
    )


def _slice_centres(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rows of (k, x, y): the centre of mass of each slice that has any."""
    along_x, along_y = inside.sum(axis=1), inside.sum(axis=0)
    total = along_x.sum(axis=0)
    ks = np.flatnonzero(total)
    x = (np.arange(inside.shape[0]) @ along_x)[ks] / total[ks]
    y = (np.arange(inside.shape[1]) @ along_y)[ks] / total[ks]
    return np.column_stack([ks, x, y]).astype(np.float64)


def _bone_course(volume: Volume) -> NDArray[np.float64]:
    """A straight course through the median bone voxel; through the middle of the grid without any bone."""
    step = tuple(max(1, n // 96) for n in volume.geometry.shape)
    reduced = volume.array[:: step[0], :: step[1], :: step[2]]
    bone = np.argwhere(reduced > BONE_HU)
    middle = np.array(reduced.shape) / 2 if len(bone) == 0 else np.median(bone, axis=0)
    return np.tile((middle * step)[:2], (volume.geometry.shape[2], 1))


def _indices(positions: NDArray[np.float64], n: int) -> NDArray[np.intp]:
    return np.clip(np.rint(positions), 0, n - 1).astype(np.intp)


def _sagittal(volume: Volume, mask: Mask | None, course: NDArray[np.float64]) -> _View:
    nx, ny, nz = volume.geometry.shape
    sx, sy, sz = volume.geometry.spacing_mm
    slices = np.arange(nz)
    # a slab of 3 mm: less noise, and no more than a body's curvature allows
    half = round(1.5 / sx)
    planes = [
        volume.array[_indices(course[:, 0] + d, nx), :, slices].astype(np.float32)
        for d in range(-half, half + 1)
    ]
    labels = None if mask is None else mask.array[_indices(course[:, 0], nx), :, slices]
    return _view(np.mean(planes, axis=0), labels, (nz * sz, ny * sy), columns_from=1, ends=("A", "P"))


def _coronal(volume: Volume, mask: Mask | None, course: NDArray[np.float64]) -> _View:
    nx, ny, nz = volume.geometry.shape
    sx, sy, sz = volume.geometry.spacing_mm
    slices = np.arange(nz)
    half = round(1.5 / sy)
    planes = [
        volume.array[:, _indices(course[:, 1] + d, ny), slices].T.astype(np.float32)
        for d in range(-half, half + 1)
    ]
    labels = None if mask is None else mask.array[:, _indices(course[:, 1], ny), slices].T
    return _view(np.mean(planes, axis=0), labels, (nz * sz, nx * sx), columns_from=0, ends=("R", "L"))


def _view(
    hu: NDArray[np.float32],
    labels: MaskArray | None,
    size_mm: tuple[float, float],
    *,
    columns_from: int,
    ends: tuple[str, str],
) -> _View:
    """From arrays by (k, column) with both rising in RAS to a picture: both axes are turned round."""
    shown = np.zeros(hu.shape, dtype=np.uint8) if labels is None else labels
    return _View(hu[::-1, ::-1], shown[::-1, ::-1], size_mm, columns_from, ends)


def _pixels(view: _View, scale: float) -> tuple[int, int]:
    """Width and height in pixels at so many pixels per millimetre."""
    return max(1, round(view.size_mm[1] * scale)), max(1, round(view.size_mm[0] * scale))


def _paint(view: _View, scale: float) -> RgbArray:
    """The view at so many pixels per millimetre: grey CT, filled vertebrae, an outline around each."""
    low, high = WINDOW_HU
    grey = np.clip((view.hu - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    size = _pixels(view, scale)
    picture = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS))
    rgb = np.repeat(picture[:, :, None], 3, axis=2).astype(np.float32)
    labels = np.asarray(Image.fromarray(view.labels).resize(size, Image.Resampling.NEAREST))
    table = np.zeros((256, 3), dtype=np.float32)
    table[1:] = 255
    for label, level in BY_LABEL.items():
        table[label] = level.rgb
    inside = labels > 0
    rgb[inside] = (1 - FILL_ALPHA) * rgb[inside] + FILL_ALPHA * table[labels[inside]]
    outline = inside & (scipy.ndimage.minimum_filter(labels, 3) != scipy.ndimage.maximum_filter(labels, 3))
    rgb[outline] = table[labels[outline]]
    return np.clip(rgb, 0, 255).astype(np.uint8)


def _annotated(
    view: _View, voxels: Mapping[int, NDArray[np.float64]], geometry: VolumeGeometry, scale: float
) -> Image.Image:
    image = Image.fromarray(_paint(view, scale))
    draw = ImageDraw.Draw(image)
    shape = (geometry.shape[2], geometry.shape[view.columns_from])
    size = 15
    for label in sorted(voxels, key=order_of):
        voxel = voxels[label]
        row = (shape[0] - 0.5 - voxel[2]) / shape[0] * image.height
        column = (shape[1] - 0.5 - voxel[view.columns_from]) / shape[1] * image.width
        draw.ellipse((column - 4, row - 4, column + 4, row + 4), fill=BY_LABEL[label].rgb, outline=(0, 0, 0))
        _write(draw, (column + 9, row), BY_LABEL[label].name, size, anchor="lm")
    _write(draw, (8, image.height / 2), view.ends[0], size, anchor="lm")
    _write(draw, (image.width - 8, image.height / 2), view.ends[1], size, anchor="rm")
    return image


def _write(
    draw: ImageDraw.ImageDraw, where: tuple[float, float], text: str, size: int, *, anchor: str
) -> None:
    font = ImageFont.load_default(size)
    draw.text(where, text, font=font, fill=_TEXT, anchor=anchor, stroke_width=2, stroke_fill=(0, 0, 0))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
