"""A picture of one vertebra with two outlines: what a reader drew, and what the answer has.

Three views through the middle of the vertebra (sagittal, coronal, axial), bone window, stretched to
millimetres. Superior is up, anterior is left in the sagittal and up in the axial view, the patient's right is
left in the other two.
"""

from __future__ import annotations

import io

import numpy as np
import scipy
from numpy.typing import NDArray
from PIL import Image

from backend.science.geometry import to_canonical
from backend.science.previews import WINDOW_HU
from backend.science.volume import Mask, Volume

OWN_RGB, ANSWER_RGB = (255, 140, 0), (0, 220, 130)
MARGIN_MM = 12.0
PIXELS_PER_MM = 4.0
_GAP = 12
_BACKGROUND = (14, 17, 22)


def difference_png(volume: Volume, own: Mask, answer: Mask, label: int, *, named: int | None = None) -> bytes:
    """The reader's outline in orange over the answer's in green; ``named`` is the reader's own name for it.

    Raises
    ------
    KeyError
        Neither mask has the vertebra.
    """
    volume, own, answer = to_canonical(volume), to_canonical(own), to_canonical(answer)
    drawn, right = own.array == (named or label), answer.array == label
    where = np.argwhere(right if right.any() else drawn)
    if where.size == 0:
        raise KeyError(label)
    middle = [round(float(value)) for value in where.mean(axis=0)]
    spacing = volume.geometry.spacing_mm
    box = tuple(
        slice(max(0, int(low - MARGIN_MM / step)), int(high + MARGIN_MM / step) + 2)
        for low, high, step in zip(where.min(axis=0), where.max(axis=0), spacing, strict=True)
    )
    panels = [_panel(volume.array, drawn, right, box, middle, spacing, axis) for axis in (0, 1, 2)]
    height = max(panel.height for panel in panels)
    canvas = Image.new("RGB", (sum(p.width for p in panels) + 2 * _GAP, height), _BACKGROUND)
    left = 0
    for panel in panels:
        canvas.paste(panel, (left, (height - panel.height) // 2))
        left += panel.width + _GAP
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _panel(
    hu: NDArray[np.generic],
    drawn: NDArray[np.bool_],
    right: NDArray[np.bool_],
    box: tuple[slice, ...],
    middle: list[int],
    spacing: tuple[float, ...],
    axis: int,
) -> Image.Image:
    """The slice through the middle across one axis, cut to the box."""
    cut: list[slice | int] = list(box)
    cut[axis] = middle[axis]
    key = tuple(cut)
    low, high = WINDOW_HU
    grey = np.clip((hu[key].astype(np.float32) - low) / (high - low), 0, 1)
    steps = [spacing[other] for other in range(3) if other != axis]

    def shown(plane: NDArray[np.generic], order: int) -> NDArray[np.float32]:
        zoomed = scipy.ndimage.zoom(plane.astype(np.float32), [s * PIXELS_PER_MM for s in steps], order=order)
        return np.asarray(_oriented(zoomed), dtype=np.float32)

    picture = np.repeat((shown(grey, 1) * 255).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    for inside, colour in ((right[key], ANSWER_RGB), (drawn[key], OWN_RGB)):
        picture[_edge(shown(inside, 1) > 0.5)] = colour
    return Image.fromarray(picture)


def _oriented(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows from the top. The grid is RAS+: the second axis grows upwards (superior, or anterior), the first
    one to the left (the patient's right is left, anterior is left in the sagittal view)."""
    return plane.T[::-1, ::-1]


def _edge(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    thick: NDArray[np.bool_] = inside & ~scipy.ndimage.binary_erosion(inside, iterations=2)
    return thick
