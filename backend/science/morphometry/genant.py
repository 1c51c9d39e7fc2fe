"""Genant's grades and types of fracture, from losses of height.

Thresholds and types as in the VerSe 2019 paper (Löffler et al., Radiol Artif Intell 2020): under 20 % none,
from 20 mild, from 25 moderate, from 40 severe. Grades are for the thoracic and lumbar spine only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.science.labels import THORACOLUMBAR

FractureType = Literal["wedge", "biconcave", "crush"]
Losses = tuple[float, float, float]

MILD_PERCENT, MODERATE_PERCENT, SEVERE_PERCENT = 20.0, 25.0, 40.0
# Losses that differ by no more count as uniform, in points of percent: readers of CT differ by this much in a
# height loss (95 % limits of agreement; Buckens et al. 2013).
_UNIFORM = 12.5


def genant_grade(loss_percent: float, label: int | None = None) -> int | None:
    """Grade 0 to 3 of a loss of height; None for a level that is not graded (cervical, sacral)."""
    if label is not None and label not in THORACOLUMBAR:
        return None
    if loss_percent < MILD_PERCENT:
        return 0
    if loss_percent < MODERATE_PERCENT:
        return 1
    return 2 if loss_percent < SEVERE_PERCENT else 3


def fracture_type(losses_percent: Losses) -> FractureType:
    """Type from the losses at the anterior, middle and posterior site against the expected heights.

    Crush: the posterior wall has lost height itself, and either most of all or about as much as the rest.
    Otherwise the front against the middle: biconcave where the middle has lost more, else wedge.
    """
    front, middle, back = losses_percent
    most = max(losses_percent)
    uniform = most - min(losses_percent) <= _UNIFORM
    if back >= MILD_PERCENT and (uniform or back >= most):
        return "crush"
    return "wedge" if front >= middle else "biconcave"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the measurement suggests. ``grade`` is None where a reader must decide; ``flags`` say why."""

    grade: int | None
    type: FractureType | None
    flags: tuple[str, ...]


def suggest(
    label: int, loss_percent: float, losses_percent: Losses, uncertainty_percent: float
) -> Suggestion:
    """Suggest a grade from the larger loss and a type from the losses per site.

    The mild band is narrower than what readers differ by, so a grade 1 is never suggested: the answer is
    ``needs_reader``. A loss whose uncertainty (one standard deviation) reaches over a threshold is flagged
    ``borderline``.
    """
    grade = genant_grade(loss_percent, label)
    if grade is None:
        return Suggestion(None, None, ("not_applicable",))
    edges = (MILD_PERCENT, MODERATE_PERCENT, SEVERE_PERCENT)
    near = any(abs(loss_percent - edge) <= uncertainty_percent for edge in edges)
    flags = ("borderline",) if near else ()
    if grade == 1:
        return Suggestion(None, fracture_type(losses_percent), ("needs_reader", *flags))
    return Suggestion(grade, fracture_type(losses_percent) if grade else None, flags)
