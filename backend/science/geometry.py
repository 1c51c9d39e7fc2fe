"""Changing the grid: closest canonical axis order, the working resolution, resampling.

Volumes are resampled with a kernel that widens with the reduction, so that fine detail is averaged rather
than aliased; masks label by label with the same weights, so that borders stay smooth and every label competes
on equal terms with its neighbours and with background. Grids that share their axes go through one sparse
matrix per axis; any other pair of grids through an affine transform.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import numpy as np
import scipy
from numpy.typing import NDArray

from backend.science.volume import (
    FloatArray,
    Mask,
    MaskArray,
    Volume,
    VolumeGeometry,
    closest_axes,
    label_boxes,
)

AIR_HU = -1024
# An axis within this share of the working spacing is kept: resampling it would blur and save next to nothing.
KEPT_WITHIN = 0.05
_SAME_AXES_TOLERANCE = 1e-4
_FWHM_PER_SIGMA = 2 * np.sqrt(2 * np.log(2))

Gridded = TypeVar("Gridded", Volume, Mask)
MaskMethod = Literal["smooth", "nearest"]


def canonical_geometry(geometry: VolumeGeometry) -> VolumeGeometry:
    """The grid with its axes reordered and flipped to lie as near to R, A, S as they can."""
    order, signs = closest_axes(geometry.directions)
    source_axes = np.argsort(order)
    reorder = np.zeros((4, 4))
    reorder[3, 3] = 1
    for target, source in enumerate(source_axes):
        reorder[source, target] = signs[source]
        if signs[source] < 0:
            reorder[source, 3] = geometry.shape[source] - 1
    shape = tuple(geometry.shape[source] for source in source_axes)
    return VolumeGeometry((shape[0], shape[1], shape[2]), geometry.affine_ras_mm @ reorder)


def to_canonical(gridded: Gridded) -> Gridded:
    """The same voxels in closest canonical (RAS+) axis order: a lossless transposition with flips."""
    order, signs = closest_axes(gridded.geometry.directions)
    flipped = gridded.array[tuple(slice(None, None, sign) for sign in signs)]
    array = np.asfortranarray(flipped.transpose(np.argsort(order)))
    return type(gridded)(canonical_geometry(gridded.geometry), array)


def working_geometry(geometry: VolumeGeometry, spacing_mm: float) -> VolumeGeometry:
    """The grid with every axis finer than ``spacing_mm`` reduced to it; coarser axes are kept as they are.

    The outer border of the first voxel stays where it is, so that the field of view is the same to within
    half a voxel.
    """
    if spacing_mm <= 0:
        raise ValueError("spacing_mm must be positive")
    scale = np.eye(4)
    shape = list(geometry.shape)
    for axis, spacing in enumerate(geometry.spacing_mm):
        if spacing >= spacing_mm * (1 - KEPT_WITHIN):
            continue
        factor = spacing_mm / spacing
        shape[axis] = max(1, round(geometry.shape[axis] / factor))
        scale[axis, axis] = factor
        scale[axis, 3] = (factor - 1) / 2
    if tuple(shape) == geometry.shape and np.array_equal(scale, np.eye(4)):
        return geometry
    return VolumeGeometry((shape[0], shape[1], shape[2]), geometry.affine_ras_mm @ scale)


def resample_volume(
    volume: Volume, geometry: VolumeGeometry, *, order: int = 3, padding: float = AIR_HU
) -> Volume:
    """The volume on another grid; what lies outside the old field of view becomes ``padding``.

    ``order`` 3 is cubic, 1 linear. Integer input gives rounded integers within the range of the input, so
    that cubic overshoot invents no density.
    """
    if volume.geometry.matches(geometry, tolerance_mm=1e-3):
        return Volume(geometry, volume.array)
    mapping = _voxel_mapping(volume.geometry, geometry)
    low, high = float(volume.array.min()), float(volume.array.max())
    if _is_axis_aligned(mapping):
        weights = [
            _axis_weights(n_out, n_in, mapping[axis, axis], mapping[axis, 3], cubic=order > 1)
            for axis, (n_out, n_in) in enumerate(zip(geometry.shape, volume.geometry.shape, strict=True))
        ]
        result = _apply_axes(volume.array, weights)
    else:
        result = _affine_resample(volume.array, mapping, geometry.shape, order)
    np.clip(result, low, high, out=result)
    result[_outside(mapping, geometry.shape, volume.geometry.shape)] = padding
    if np.issubdtype(volume.array.dtype, np.integer):
        np.rint(result, out=result)
    return Volume(geometry, np.asfortranarray(result.astype(volume.array.dtype)))


def resample_mask(mask: Mask, geometry: VolumeGeometry, *, method: MaskMethod = "smooth") -> Mask:
    """The mask on another grid. No label arises that was not there before.

    ``smooth`` gives each voxel to the label, or to background, that covers most of it (linear weights);
    ``nearest`` takes the nearest voxel's label.
    """
    if mask.geometry.matches(geometry, tolerance_mm=1e-3):
        return Mask(geometry, mask.array)
    mapping = _voxel_mapping(mask.geometry, geometry)
    if method == "nearest":
        array = scipy.ndimage.affine_transform(
            mask.array, mapping[:3, :3], mapping[:3, 3], geometry.shape, order=0, mode="nearest"
        )
        array[_outside(mapping, geometry.shape, mask.geometry.shape)] = 0
        return Mask(geometry, np.asfortranarray(array))
    return Mask(geometry, _resample_labels(mask, geometry, mapping))


def _resample_labels(mask: Mask, geometry: VolumeGeometry, mapping: FloatArray) -> MaskArray:
    best = np.zeros(geometry.shape, dtype=np.float32, order="F")
    total = np.zeros(geometry.shape, dtype=np.float32, order="F")
    result = np.zeros(geometry.shape, dtype=np.uint8, order="F")
    for label, box in label_boxes(mask.array).items():
        placed = _resample_box(mask, label, box, geometry, mapping)
        if placed is None:
            continue
        window, share = placed
        total[window] += share
        wins = share > best[window]
        best[window][wins] = share[wins]
        result[window][wins] = label
    result[best <= 1 - total] = 0
    result[_outside(mapping, geometry.shape, mask.geometry.shape)] = 0
    return result


def _resample_box(
    mask: Mask, label: int, box: tuple[slice, slice, slice], geometry: VolumeGeometry, mapping: FloatArray
) -> tuple[tuple[slice, ...], NDArray[np.float32]] | None:
    """The share of each target voxel that one label covers, in the window of the target that it can reach."""
    reach = [int(np.ceil(np.abs(mapping[axis, :3]).sum())) + 1 for axis in range(3)]
    low = [max(0, side.start - pad) for side, pad in zip(box, reach, strict=True)]
    high = [min(n, side.stop + pad) for side, pad, n in zip(box, reach, mask.array.shape, strict=True)]
    ends = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    inverse = np.linalg.inv(mapping)
    target = ends @ inverse[:3, :3].T + inverse[:3, 3]
    start = np.maximum(np.floor(target.min(axis=0)).astype(int), 0)
    stop = np.minimum(np.ceil(target.max(axis=0)).astype(int) + 1, geometry.shape)
    if (stop <= start).any():
        return None
    window = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    inside = mask.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] == label
    local = mapping.copy()
    local[:3, 3] += mapping[:3, :3] @ start - np.array(low)
    shape = tuple(int(n) for n in stop - start)
    if _is_axis_aligned(mapping):
        weights = [
            _axis_weights(shape[axis], inside.shape[axis], local[axis, axis], local[axis, 3], cubic=False)
            for axis in range(3)
        ]
        return window, _apply_axes(inside, weights)
    return window, _affine_resample(inside, local, shape, order=1)


def _voxel_mapping(source: VolumeGeometry, target: VolumeGeometry) -> FloatArray:
    """Affine from voxel indices of the target to voxel indices of the source."""
    mapping: FloatArray = np.linalg.inv(source.affine_ras_mm) @ target.affine_ras_mm
    return mapping


def _is_axis_aligned(mapping: FloatArray) -> bool:
    matrix = mapping[:3, :3]
    diagonal = np.diag(np.diag(matrix))
    return bool((np.diag(matrix) > 0).all() and np.abs(matrix - diagonal).max() < _SAME_AXES_TOLERANCE)


def _kernel(distance: FloatArray, *, cubic: bool) -> FloatArray:
    """Weight at a distance in (widened) voxels: Catmull-Rom cubic, or a triangle."""
    d = np.abs(distance)
    if not cubic:
        triangle: FloatArray = np.maximum(1 - d, 0.0)
        return triangle
    near = 1.5 * d**3 - 2.5 * d**2 + 1
    far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    weights: FloatArray = np.where(d < 1, near, np.where(d < 2, far, 0.0))
    return weights


def _axis_weights(
    n_out: int, n_in: int, step: float, offset: float, *, cubic: bool
) -> scipy.sparse.csr_array:
    """Rows of weights that make n_out samples from n_in along one axis; edges repeat the last voxel.

    A reduction (``step`` above 1) widens the kernel by the same factor.
    """
    width = max(1.0, step)
    reach = int(np.ceil((2 if cubic else 1) * width))
    centres = offset + step * np.arange(n_out)
    taps = np.floor(centres)[:, None] + np.arange(-reach + 1, reach + 1)
    weights = _kernel((taps - centres[:, None]) / width, cubic=cubic)
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(n_out), taps.shape[1])
    columns = np.clip(taps, 0, n_in - 1).astype(np.int64).ravel()
    return scipy.sparse.csr_array((weights.astype(np.float32).ravel(), (rows, columns)), shape=(n_out, n_in))


def _apply_axes(array: NDArray[Any], weights: list[scipy.sparse.csr_array]) -> NDArray[np.float32]:
    """Apply one weight matrix per axis; the first two slice by slice, which keeps the memory small."""
    n_slices = array.shape[2]
    reduced = np.empty((weights[0].shape[0], weights[1].shape[0], n_slices), dtype=np.float32, order="F")
    for k in range(n_slices):
        plane = weights[0] @ array[:, :, k].astype(np.float32)
        reduced[:, :, k] = (weights[1] @ np.ascontiguousarray(plane.T)).T
    columns = reduced.reshape(-1, n_slices, order="F")
    result = np.ascontiguousarray(weights[2] @ columns.T).T
    return result.reshape((*reduced.shape[:2], weights[2].shape[0]), order="F")


def _affine_resample(
    array: NDArray[Any], mapping: FloatArray, shape: tuple[int, ...], order: int
) -> NDArray[np.float32]:
    """Sample after a Gaussian whose width at half maximum makes up for the larger voxels of the target."""
    reduction = np.maximum(np.linalg.norm(mapping[:3, :3], axis=1), 1)
    sigma = np.sqrt(reduction**2 - 1) / _FWHM_PER_SIGMA
    smooth = array.astype(np.float32)
    if sigma.max() > 0.1:
        smooth = scipy.ndimage.gaussian_filter(smooth, sigma, mode="nearest")
    result: NDArray[np.float32] = scipy.ndimage.affine_transform(
        smooth,
        mapping[:3, :3],
        mapping[:3, 3],
        shape,
        order=order,
        mode="nearest",
        output=np.float32,
    )
    return result


def _outside(mapping: FloatArray, shape: tuple[int, ...], source_shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which target voxels have their centre beyond the outer border of the source's outer voxels."""
    result = np.zeros(shape, dtype=bool, order="F")
    ranges = [np.arange(n, dtype=np.float64) for n in shape]
    for axis, n in enumerate(source_shape):
        i, j, k = (mapping[axis, a] * ranges[a] for a in range(3))
        spread = [(v.min(), v.max()) for v in (i, j, k)]
        low = mapping[axis, 3] + sum(s[0] for s in spread)
        high = mapping[axis, 3] + sum(s[1] for s in spread)
        if low >= -0.5 - 1e-6 and high <= n - 0.5 + 1e-6:
            continue
        plane = mapping[axis, 3] + i[:, None] + j[None, :]
        for index, shift in enumerate(k):
            position = plane + shift
            result[:, :, index] |= (position < -0.5 - 1e-6) | (position > n - 0.5 + 1e-6)
    return result
