"""A CT on the grid of nnU-Net's plans, as nnU-Net 2 lays it there: what its networks were trained on.

Cubic splines between borders that stay where they are, and no smoothing before: on a coarser grid the noise
stays, and a network that learned with it misreads a smooth image. Of thick slices the nearest one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import VolumeGeometry
from inference.adapters.windows import Float32

THICK = 3.0  # how many times thicker than its pixels a slice has to be


def on_plan(geometry: VolumeGeometry, spacing_mm: Sequence[float]) -> VolumeGeometry:
    """The grid over the same space whose voxels are as near to those of the plans as whole numbers allow."""
    old = np.asarray(geometry.spacing_mm)
    shape = np.maximum(1, np.rint(np.array(geometry.shape) * old / spacing_mm)).astype(int)
    step = np.array(geometry.shape) / shape
    affine = geometry.affine_ras_mm.copy()
    affine[:3, :3] = affine[:3, :3] * step
    affine[:3, 3] = geometry.voxel_to_ras_mm((step - 1) / 2)
    return VolumeGeometry((int(shape[0]), int(shape[1]), int(shape[2])), affine)


def resized(image: Float32, old: VolumeGeometry, new: VolumeGeometry, planned_mm: Sequence[float]) -> Float32:
    """The values of an image that lies on ``old``, on ``new`` (`on_plan`)."""
    if old.shape == new.shape:
        return image
    from scipy import ndimage

    zoom: Callable[..., Any] = ndimage.zoom  # comes without types
    ratios = [n / m for n, m in zip(new.shape, image.shape, strict=True)]
    thick = thick_axis(old.spacing_mm, planned_mm)
    made = image.astype(np.float64)
    if thick is not None:
        made = np.take(made, _nearest(image.shape[thick], new.shape[thick]), axis=thick)
        within = [ratio for axis, ratio in enumerate(ratios) if axis != thick]
        planes = np.moveaxis(made, thick, 0)
        drawn = [zoom(plane, within, order=3, mode="nearest", grid_mode=True) for plane in planes]
        made = np.moveaxis(np.stack(drawn), 0, thick)
    else:
        made = zoom(made, ratios, order=3, mode="nearest", grid_mode=True)
    return np.asarray(np.clip(made, image.min(), image.max()), np.float32)


def thick_axis(*spacings_mm: Sequence[float]) -> int | None:
    """The axis along which slices are thick: of the CT, else of the plans; none where there are several."""
    for spacing in spacings_mm:
        if max(spacing) / min(spacing) > THICK:
            longest = [axis for axis, size in enumerate(spacing) if np.isclose(size, max(spacing))]
            return longest[0] if len(longest) == 1 else None
    return None


def _nearest(count: int, wanted: int) -> Any:
    places = (np.arange(wanted) + 0.5) * count / wanted - 0.5
    return np.clip(np.rint(places), 0, count - 1).astype(int)


def chosen(found: Float32, shape: Sequence[int]) -> NDArray[np.uint8]:
    """The class with the highest score on another grid over the same space: scores go there linearly.

    ``found`` is (classes, x, y, z). Classes that are highest nowhere on its own grid are left out.
    """
    highest: NDArray[np.uint8] = found.argmax(axis=0).astype(np.uint8)
    if highest.shape == tuple(shape):
        return highest
    from scipy import ndimage

    zoom: Callable[..., Any] = ndimage.zoom
    ratios = [n / m for n, m in zip(shape, highest.shape, strict=True)]
    best: Float32 | None = None
    made: NDArray[np.uint8] = np.zeros(tuple(shape), np.uint8)
    for number in np.unique(highest):
        score = np.asarray(zoom(found[number], ratios, order=1, mode="nearest", grid_mode=True), np.float32)
        if best is None:
            best = score
            made[:] = number
        else:
            better = score > best
            made[better] = number
            np.maximum(best, score, out=best)
    return made
