"""The same anatomy in another person and another scanner: colour, blur, kernel, slices, noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter, zoom

from inference.synthesis.grid import Float32, noise


def recolour(
    hu: npt.NDArray[np.int16],
    owner: npt.NDArray[np.uint8],
    tissue: npt.NDArray[np.uint8],
    rng: np.random.Generator,
) -> Float32:
    """Shift every tissue by a little, and give bone another density and shell."""
    shift = rng.normal(0, 15, 32).astype(np.float32)
    shift[0] = 0
    out = hu.astype(np.float32)
    out += shift[np.minimum(tissue, 31)] * (out > -600)
    bone = owner > 0
    if bone.any():
        # Spongy bone of the elderly is no denser than muscle; only its shell is. Two points of the
        # scene's own distribution are moved to where those of real scans lie (a quarter at 20 to 220 HU,
        # the densest twentieth 250 to 800 HU above).
        spongy, shell = (float(v) for v in np.percentile(out[bone], (25, 95)))
        wanted = float(rng.uniform(20, 220))
        gain = float(rng.uniform(250, 800)) / max(shell - spongy, 60.0)
        out = np.where(bone, wanted + (out - spongy) * np.float32(gain), out)
    return np.asarray(out * rng.uniform(0.95, 1.05) + rng.normal(0, 8), np.float32)


def strange_bones(
    image: Float32,
    owner: npt.NDArray[np.uint8],
    spacing_mm: float,
    rng: np.random.Generator,
    *,
    clear_mm: float = 18.0,
) -> Float32:
    """Put lumps of bone of any shape beside the spine: shell and spongy bone as the image's own.

    The skeleton's other bones are drawn roughly, so that a network can tell them by their make; these teach
    it that round bone with a shell (a hip, a shoulder) is no vertebral body unless it stands in a column.
    """
    own = image[owner > 0]
    if own.size < 200:
        return image
    spongy, shell = (float(v) for v in np.percentile(own, (30, 92)))
    keep_off = distance_transform_edt(owner[::2, ::2, ::2] == 0) * (2 * spacing_mm)
    keep_off = np.kron(keep_off, np.ones((2, 2, 2)))[tuple(slice(0, n) for n in image.shape)]
    index = np.indices(image.shape, dtype=np.float32)
    out = image.copy()
    for _ in range(int(rng.integers(1, 5))):
        radii = rng.uniform(9, 38, 3) * rng.uniform(0.6, 1.0) / spacing_mm
        free = np.argwhere((keep_off > clear_mm + 0.8 * float(radii.mean()) * spacing_mm) & (image > -300))
        if len(free) == 0:
            continue
        centre = free[int(rng.integers(len(free)))]
        away = np.sqrt(sum(((index[a] - centre[a]) / radii[a]) ** 2 for a in range(3)))
        away = away + 0.22 * noise(rng, image.shape, [14 / spacing_mm] * 3)
        depth = (1 - away) * float(radii.mean()) * spacing_mm
        cover = np.clip(0.5 + depth / spacing_mm, 0, 1) * (keep_off > clear_mm)
        core = np.clip((depth - rng.uniform(0.8, 2.5)) / spacing_mm + 0.5, 0, 1)
        out += (shell * (1 - core) + spongy * core - out) * cover
    return np.asarray(out, np.float32)


def _thick_slices(image: Float32, spacing_mm: float, rng: np.random.Generator) -> Float32:
    """Average along one axis to thick slices and interpolate back."""
    axis = 2 if rng.random() < 0.8 else int(rng.integers(0, 2))
    n = image.shape[axis]
    slices = max(8, int(n * spacing_mm / rng.uniform(2.0, 5.5)))
    if slices >= n:
        return image
    sigma = [0.0, 0.0, 0.0]
    sigma[axis] = 0.35 * n / slices
    factor = [1.0, 1.0, 1.0]
    factor[axis] = slices / n
    thick = zoom(gaussian_filter(image, sigma), factor, order=1)
    factor[axis] = n / thick.shape[axis]
    return np.asarray(zoom(thick, factor, order=1), np.float32)


def _coarse_voxels(image: Float32, spacing_mm: float, rng: np.random.Generator) -> Float32:
    """Average to a coarser grid in all directions and interpolate back, as for a CT kept at 2 to 3.5 mm."""
    shrink = spacing_mm / rng.uniform(2.0, 3.5)
    coarse = zoom(gaussian_filter(image, 0.3 / shrink), shrink, order=1)
    factor = [n / m for n, m in zip(image.shape, coarse.shape, strict=True)]
    return np.asarray(zoom(coarse, factor, order=1), np.float32)


def scan(image: Float32, spacing_mm: float, rng: np.random.Generator) -> Float32:
    """What a random scanner and reconstruction make of the image."""
    blur = rng.uniform(0.2, 0.8) * (1.6 if rng.random() < 0.3 else 1.0) / spacing_mm
    out = gaussian_filter(image, [blur, blur, blur * rng.uniform(0.6, 1.8)])
    if rng.random() < 0.3:  # sharp kernel
        out = out + rng.uniform(0.3, 1.2) * (out - gaussian_filter(out, 1.0 / spacing_mm))
    if rng.random() < 0.35:
        out = _thick_slices(out, spacing_mm, rng)
    level = rng.uniform(3, 60) if rng.random() < 0.7 else rng.uniform(40, 130)
    grain = gaussian_filter(rng.standard_normal(out.shape, dtype=np.float32), rng.uniform(0.3, 0.8))
    out = out + grain * np.float32(level / (float(grain.std()) * np.sqrt(spacing_mm)))
    if rng.random() < 0.5:
        out = out + noise(rng, out.shape, [40 / spacing_mm] * 3) * np.float32(rng.uniform(0, 12))
    if spacing_mm < 2 and rng.random() < 0.25:
        out = _coarse_voxels(out, spacing_mm, rng)
    if rng.random() < 0.2:
        out = np.minimum(out, np.float32(rng.uniform(600, 1500)))
    return np.asarray(np.clip(out, -1024, 3071), np.float32)
