"""How work on a copy with a known answer compares with it, as stored, sent and shown.

Formulas in science/agreement/scoring.py. Distances in mm, volumes in ml; null where not defined.
"""

from __future__ import annotations

from typing import Literal

from backend.common.stored import Listed, Report

Number = float | None


class VertebraScore(Report):
    """``state``: drawn, missing (the answer has it) or extra; ``named``: what it was called instead."""

    label: int
    state: Literal["drawn", "missing", "extra"]
    dice: float
    hd95_mm: Number = None
    volume_ml: Number = None
    answer_ml: Number = None
    named: int | None = None


class GradeScore(Report):
    """A vertebra's grade by the person and by the answer; null: not gradable, or not given."""

    label: int
    given: int | None = None
    answer: int | None = None


class Suspect(Report):
    """Why a mask cannot be meant: a code, and a sentence that goes on after "You"."""

    code: str
    text: str


class ScoreReport(Report):
    """The whole case. ``mean_dice`` null where no mask was asked for, ``grades_exact`` where no grade."""

    what = "The report of a score"

    vertebrae: Listed[VertebraScore] = ()
    grades: Listed[GradeScore] = ()
    suspect: Suspect | None = None
    mean_dice: Number = None
    grades_exact: Number = None
    minutes: Number = None
