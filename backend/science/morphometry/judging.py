"""From three heights to losses and a suggestion: for measured heights and for those a person set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.labels import THORACOLUMBAR
from backend.science.morphometry.expected import own_loss_percent, site_losses_percent
from backend.science.morphometry.genant import Suggestion, suggest

Three = tuple[float, float, float]
Line = Sequence[Sequence[float]]

# A person places an end of a line to about a voxel; two ends, as independent.
HAND_SD_MM = 1.0
# No vertebral body is outside; a line that is was not meant.
_LENGTHS_MM = (2.0, 60.0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Losses in percent against the own largest and the expected heights, and what they suggest."""

    loss_percent: float
    expected_loss_percent: float | None
    uncertainty_percent: float
    suggestion: Suggestion

    def to_json(self) -> dict[str, Any]:
        """For JSON: losses in percent, their uncertainty, the suggested grade and its reasons."""
        return {
            "loss_percent": self.loss_percent,
            "expected_loss_percent": self.expected_loss_percent,
            "uncertainty_percent": self.uncertainty_percent,
            "suggested_grade": self.suggestion.grade,
            "suggested_type": self.suggestion.type,
            "flags": list(self.suggestion.flags),
        }


def judge(label: int, heights_mm: Three, expected_mm: Three | None, sd_mm: float) -> Judgement:
    """Judge three heights; ``sd_mm`` is the standard deviation of the lowest of them.

    Without heights to expect, the losses per site are against the body's own largest height.
    """
    loss = own_loss_percent(heights_mm)
    reference = expected_mm or (max(heights_mm),) * 3
    losses = site_losses_percent(heights_mm, reference)
    expected_loss = max(losses) if expected_mm else None
    uncertainty = 100.0 * sd_mm / max(reference)
    found = suggest(label, max(loss, expected_loss or 0.0), losses, uncertainty)
    missed = expected_mm is None and label in THORACOLUMBAR
    flags = (*found.flags, *(("no_reference",) if missed else ()))
    return Judgement(loss, expected_loss, uncertainty, Suggestion(found.grade, found.type, flags))


def heights_of_lines(lines_ras_mm: Sequence[Line]) -> Three:
    """Lengths of the anterior, middle and posterior line, each from its lower to its upper end (RAS mm).

    Raises
    ------
    BadInput
        ``bad_lines`` for anything but three lines of a plausible length.
    """
    points = np.asarray(lines_ras_mm, dtype=np.float64)
    if points.shape != (3, 2, 3) or not np.isfinite(points).all():
        raise BadInput("bad_lines", "three lines with two ends each are needed")
    a, m, p = (float(length) for length in np.linalg.norm(points[:, 1] - points[:, 0], axis=1))
    low, high = _LENGTHS_MM
    if not all(low <= length <= high for length in (a, m, p)):
        raise BadInput("bad_lines", f"a height lies between {low:g} and {high:g} mm")
    return a, m, p
