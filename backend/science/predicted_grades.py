"""Fracture grades that a program predicts: read from a table, and held against the readers' grades.

The table is ``grades.csv``, a line for each vertebra: ``case`` as the masks are named, ``level`` (T12, L1),
the Genant ``grade`` 0 to 3, and, where there is one, the ``probability`` of a moderate or severe fracture.
Vertebrae without a line are taken for normal.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.science.agreement.grades import Estimate, bootstrap, cohen_kappa
from backend.science.errors import BadInput
from backend.science.labels import THORACOLUMBAR, label_of

FILE_NAME = "grades.csv"
MAX_BYTES = 4 << 20
NEEDED = ("case", "level", "grade")
PROBABILITY = "probability"
CLEAR = 2  # from this grade on a fracture is moderate or severe
HIGHEST = 3
SAMPLES = 400
FloatArray = NDArray[np.float64]
Table = Mapping[str, Mapping[int, "PredictedGrade"]]


@dataclass(frozen=True, slots=True)
class PredictedGrade:
    """What a program says of one vertebra."""

    grade: int
    probability: float | None = None


NORMAL = PredictedGrade(0, 0.0)


@dataclass(frozen=True, slots=True)
class GradePair:
    """The readers' grade of a vertebra and the program's."""

    patient: str
    wanted: int
    told: int
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class GradeScores:
    """Quadratic kappa; of moderate and severe fractures AUC, sensitivity and specificity; by patient."""

    kappa: Estimate
    auc: Estimate
    sensitivity: Estimate
    specificity: Estimate
    vertebrae: int
    fractures: int  # moderate and severe ones


def read_grades(content: bytes, cases: Collection[str]) -> dict[str, dict[int, PredictedGrade]]:
    """The grades by case and label. Raises ``BadInput`` (``bad_grades``) that names the line at fault."""
    if len(content) > MAX_BYTES:
        raise BadInput("bad_grades", f"the table is longer than {MAX_BYTES >> 20} MB")
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise BadInput("bad_grades", f"the table has no column {', '.join(missing)}")
        found: dict[str, dict[int, PredictedGrade]] = {}
        for number, row in enumerate(rows, start=2):
            case = (row["case"] or "").strip().lower()
            if case not in cases:
                raise BadInput("bad_grades", f"line {number} names no case of this part")
            label = _label(row["level"], number)
            if label in found.setdefault(case, {}):
                raise BadInput("bad_grades", f"line {number} grades a vertebra for the second time")
            found[case][label] = PredictedGrade(
                _grade(row["grade"], number), _probability(row.get(PROBABILITY), number)
            )
    except UnicodeDecodeError as error:
        raise BadInput("bad_grades", "the table is not UTF-8 text") from error
    except csv.Error as error:
        raise BadInput("bad_grades", "it is no table with commas") from error
    if not found:
        raise BadInput("bad_grades", "the table has no line")
    return found


def _label(value: str | None, number: int) -> int:
    try:
        label = label_of(value or "")
    except KeyError:
        label = 0
    if label not in THORACOLUMBAR:
        raise BadInput("bad_grades", f"line {number} has a level that is not graded: T1 to L6 are")
    return label


def _grade(value: str | None, number: int) -> int:
    text = (value or "").strip()
    if text not in {str(grade) for grade in range(HIGHEST + 1)}:
        raise BadInput("bad_grades", f"line {number} has no grade from 0 to {HIGHEST}")
    return int(text)


def _probability(value: str | None, number: int) -> float | None:
    text = (value or "").strip()
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 1:
        raise BadInput("bad_grades", f"line {number} has a probability that is not from 0 to 1")
    return found


def case_agreement(pairs: Sequence[tuple[int, int]]) -> float:
    """How near the grades of one scan are, from 0 to 1: a quadratic weight of each, their mean.

    Unlike kappa it is defined for a single scan, so teams are ranked by it. 1 where nothing is graded.
    """
    if not pairs:
        return 1.0
    return float(np.mean([1 - ((wanted - told) / HIGHEST) ** 2 for wanted, told in pairs]))


def score_grades(pairs: Sequence[GradePair], *, seed: int = 0) -> GradeScores:
    """All figures with their intervals (95 %) over resampled patients; nan where one is not defined.

    The AUC rests on the probabilities where every vertebra has one, else on the grades.
    """
    patients = [pair.patient for pair in pairs]
    by_grade = any(pair.probability is None for pair in pairs)
    table = np.array(
        [(p.wanted, p.told, p.told if by_grade else p.probability) for p in pairs], np.float64
    ).reshape(-1, 3)

    def estimate(statistic: Any) -> Estimate:
        return bootstrap(statistic, table, patients, samples=SAMPLES, seed=seed)

    return GradeScores(
        kappa=estimate(lambda rows: cohen_kappa(rows[:, 0], rows[:, 1])),
        auc=estimate(lambda rows: area_under_curve(rows[:, 0] >= CLEAR, rows[:, 2])),
        sensitivity=estimate(lambda rows: _share(rows[rows[:, 0] >= CLEAR, 1] >= CLEAR)),
        specificity=estimate(lambda rows: _share(rows[rows[:, 0] < CLEAR, 1] < CLEAR)),
        vertebrae=len(pairs),
        fractures=int((table[:, 0] >= CLEAR).sum()),
    )


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if hits.size else float("nan")


def area_under_curve(positive: NDArray[np.bool_], scores: FloatArray) -> float:
    """The share of pairs of a positive and a negative in which the positive scores higher; ties count half.

    Nan where one of the two kinds is missing.
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if not above.size or not below.size:
        return float("nan")
    lower = np.searchsorted(below, above, side="left")
    upto = np.searchsorted(below, above, side="right")
    return float((lower + upto).mean() / (2 * below.size))
