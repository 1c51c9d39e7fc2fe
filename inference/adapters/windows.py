"""A network over a whole volume: windows that overlap by half and fade at their edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Shape = tuple[int, int, int]


def fading(shape: Sequence[int]) -> Float32:
    """Weights of a window: a Gaussian with a sigma of an eighth of each side, as nnU-Net has it."""
    axes = [np.exp(-(((np.arange(n) - (n - 1) / 2) / (n / 8)) ** 2) / 2) for n in shape]
    weights = axes[0][:, None, None] * axes[1][None, :, None] * axes[2][None, None, :]
    return np.asarray(np.maximum(weights, 1e-4), np.float32)


def starts(n: int, size: int) -> list[int]:
    """Where windows of `size` begin along an axis of `n` (at least `size`) so that they overlap by half."""
    if n <= size:
        return [0]
    count = int(np.ceil((n - size) / (size / 2))) + 1
    return [round(step) for step in np.linspace(0, n - size, count)]


def windows(shape: Sequence[int], size: Sequence[int]) -> Iterator[tuple[slice, slice, slice]]:
    """The windows over a volume."""
    for a, b, c in product(*(starts(n, m) for n, m in zip(shape, size, strict=True))):
        yield slice(a, a + size[0]), slice(b, b + size[1]), slice(c, c + size[2])


def sweep(
    image: Float32, size: Shape, predict: Callable[[Float32], Float32], check: Callable[[float], None]
) -> npt.NDArray[np.int64]:
    """The class with the highest of the `scores` at each voxel."""
    return np.asarray(scores(image, size, predict, check).argmax(axis=0), np.int64)


def scores(
    image: Float32,
    size: Shape,
    predict: Callable[[Float32], Float32],
    check: Callable[[float], None],
    outside: float | None = None,
) -> Float32:
    """The scores of all classes (classes, x, y, z), in the proportions that they have at each voxel.

    `predict` gives scores (classes, x, y, z) of a window (1, x, y, z); `check` hears how far it is and may
    raise to stop. A volume smaller than the window is padded round it with its lowest value, or `outside`.
    """
    missing = [max(0, m - n) for n, m in zip(image.shape, size, strict=True)]
    before = [n // 2 for n in missing]
    pad = [(first, n - first) for first, n in zip(before, missing, strict=True)]
    padded = np.pad(image, pad, constant_values=float(image.min()) if outside is None else outside)
    weights = fading(size)
    total: Float32 | None = None
    weight = np.zeros(padded.shape, np.float32)
    listed = list(windows(padded.shape, size))
    for number, box in enumerate(listed):
        check(number / len(listed))
        found = predict(padded[box][None])
        if total is None:
            total = np.zeros((found.shape[0], *padded.shape), np.float32)
        total[(slice(None), *box)] += found * weights
        weight[box] += weights
    assert total is not None
    total /= weight
    inner = tuple(slice(first, first + n) for first, n in zip(before, image.shape, strict=True))
    return total[(slice(None), *inner)]
