"""The outline of each vertebra in the one slice that shows most of it, for what knows 2D regions only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.volume import FloatArray

TOLERANCE_PIXELS = 0.4  # how far the corners that are left out may lie from the outline
_HALF = 0.5  # from a pixel's middle to its corner


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A closed polygon in slice ``index``: (n, 2) columns and rows, the last corner is the first.

    Counted from the outer corner of the first pixel, whose middle is (0.5, 0.5): as DICOM, PS3.3 C.18.6.
    """

    index: int
    corners: FloatArray


def largest_outlines(array: NDArray[np.uint8], labels: Sequence[int]) -> dict[int, Outline]:
    """By label, the outline of its largest piece in the slice (third axis) that has most voxels of it.

    ``array`` is (columns, rows, slices). Of equal slices the first; labels that are not there are left out.
    """
    slices = array.shape[2]
    counts = np.stack([np.bincount(array[:, :, k].reshape(-1), minlength=256) for k in range(slices)])
    found = {}
    for label in labels:
        index = int(counts[:, label].argmax())
        if counts[index, label]:
            found[label] = Outline(index, _outline(array[:, :, index] == label))
    return found


def _outline(piece: NDArray[np.bool_]) -> FloatArray:
    from skimage import measure

    contours: Callable[..., Any] = measure.find_contours
    thinned: Callable[..., Any] = measure.approximate_polygon
    closed = max(contours(np.pad(piece, 1).astype(np.float32), _HALF), key=_area)
    corners = np.asarray(thinned(closed, TOLERANCE_PIXELS), np.float64)
    return corners - 1 + _HALF  # without the margin, from the pixel's corner


def _area(closed: FloatArray) -> float:
    x, y = closed[:, 0], closed[:, 1]
    return float(abs(x[:-1] @ y[1:] - x[1:] @ y[:-1])) / 2
