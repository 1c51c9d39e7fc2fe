"""Levels as the networks and the decoder count them, from head to foot, with T13, L6 and the sacrum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backend.science.labels import ANATOMICAL_ORDER, COCCYX

CLASSES: tuple[int, ...] = tuple(label for label in ANATOMICAL_ORDER if label != COCCYX)
CLASS_OF: dict[int, int] = {label: index for index, label in enumerate(CLASSES)}
SACRUM_CLASS = CLASS_OF[26]
# Place of a label on the usual spine: C1 0, L5 23, sacrum 24, the variants between their neighbours.
STATION: dict[int, float] = {label: float(label - 1) for label in range(1, 25)} | {
    28: 18.5,
    25: 23.3,
    26: 24.0,
}
_STATIONS = np.array([STATION[label] for label in CLASSES])

# Distance in mm from a body to the next below it in an average adult, by station.
SPACING_AT = ([0, 3, 6, 8, 12, 17, 20, 23], [16, 17, 18.5, 20, 24.5, 31, 36, 37])


def expected_step_mm(station: float) -> float:
    """Usual distance to the next body below."""
    return float(np.interp(station, *SPACING_AT))


def soft_targets(spread: float = 0.7) -> npt.NDArray[np.float32]:
    """For each class the distribution it is trained on: near levels get a share, variants a small one."""
    distance = _STATIONS[:, None] - _STATIONS[None]
    weights = np.exp(-(distance**2) / (2 * spread**2))
    rare = np.array([label in (25, 28) for label in CLASSES])
    weights[:, rare] *= 0.1
    np.fill_diagonal(weights, 1.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)
