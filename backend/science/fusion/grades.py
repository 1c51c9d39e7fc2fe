"""One grade from several raters: median, majority, or Dawid and Skene's model of each rater's confusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.science.agreement.pair import number

FloatArray = NDArray[np.float64]
GradeMethod = Literal["median", "majority", "dawid_skene"]

# Fewer rated items than this per rater leave the confusion matrices to chance (SCIENCE 6).
DAWID_SKENE_ITEMS = 50
# A posterior this near the next one is a tie.
_TIE = 1e-6


@dataclass(frozen=True, slots=True)
class FusedGrade:
    """A grade, or None where nobody graded; ``tied`` says that it is for an expert to settle."""

    grade: int | None
    tied: bool
    unanimous: bool
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """For JSON; nan becomes null."""
        return {
            "grade": self.grade,
            "tied": self.tied,
            "unanimous": self.unanimous,
            "confidence": number(self.confidence),
        }


def median_grade(answers: Sequence[int | None]) -> FusedGrade:
    """The middle answer. Where the two middle ones differ the lower stands, flagged as a tie."""
    given = sorted(answer for answer in answers if answer is not None)
    if not given:
        return FusedGrade(None, False, False, float("nan"))
    lower, upper = given[(len(given) - 1) // 2], given[len(given) // 2]
    return FusedGrade(lower, lower != upper, given[0] == given[-1], given.count(lower) / len(given))


def majority_grade(answers: Sequence[int | None]) -> FusedGrade:
    """The answer of more than half. Without one the median stands, flagged as a tie."""
    given = [answer for answer in answers if answer is not None]
    if not given:
        return FusedGrade(None, False, False, float("nan"))
    grade, votes = Counter(given).most_common(1)[0]
    if 2 * votes > len(given):
        return FusedGrade(grade, False, votes == len(given), votes / len(given))
    middle = median_grade(given)
    return FusedGrade(middle.grade, True, False, middle.confidence)


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """The model's result: posterior per item and grade, confusion per rater (true grade x answer), shares.

    ``reliable`` is false when a rater graded too few items for a confusion matrix to mean much.
    """

    posterior: FloatArray
    confusion: FloatArray
    prevalence: FloatArray
    iterations: int
    reliable: bool

    def grades(self) -> list[FusedGrade]:
        """The likeliest grade of each item; equally likely ones are flagged as a tie, the lower stands."""
        result = []
        for row in self.posterior:
            if np.isnan(row).any():
                result.append(FusedGrade(None, False, False, float("nan")))
                continue
            best = int(row.argmax())
            close = int((row >= row[best] - _TIE).sum()) > 1
            result.append(FusedGrade(best, close, bool(row[best] > 1 - _TIE), float(row[best])))
        return result


def dawid_skene(
    ratings: ArrayLike,
    *,
    categories: int = 4,
    iterations: int = 100,
    smoothing: float = 0.1,
    tolerance: float = 1e-6,
) -> DawidSkene:
    """Expectation-maximisation over true grades and raters' confusions.

    Dawid and Skene, Appl Stat 1979;28:20. ``ratings`` are items x raters, nan where missing. ``smoothing`` is
    added to every cell, so that a rare grade 3 does not lose its row.
    """
    table = np.asarray(ratings, dtype=np.float64)
    answers = np.stack([table == grade for grade in range(categories)], axis=2).astype(np.float64)
    rated = answers.sum(axis=(1, 2)) > 0
    if not rated.any():
        return DawidSkene(
            np.full((len(table), categories), np.nan),
            np.full((table.shape[1], categories, categories), np.nan),
            np.full(categories, np.nan),
            0,
            False,
        )
    seen = answers[rated]
    flat = seen.reshape(len(seen), -1)  # items x (raters x answers), so that each step is a matrix product
    posterior = seen.sum(axis=1) / seen.sum(axis=(1, 2))[:, None]
    done, moved = 0, np.inf
    while done < iterations and moved > tolerance:
        counts = (posterior.T @ flat).reshape(categories, -1, categories)  # grade x rater x answer
        confusion = counts.transpose(1, 0, 2) + smoothing
        confusion /= confusion.sum(axis=2, keepdims=True)
        prevalence = (posterior.sum(axis=0) + smoothing) / (len(posterior) + smoothing * categories)
        logs = np.log(prevalence) + flat @ np.log(confusion).transpose(0, 2, 1).reshape(-1, categories)
        updated = np.exp(logs - logs.max(axis=1, keepdims=True))
        updated /= updated.sum(axis=1, keepdims=True)
        moved = float(np.abs(updated - posterior).max())
        posterior = updated
        done += 1
    full = np.full((len(table), categories), np.nan)
    full[rated] = posterior
    enough = bool((answers.sum(axis=(0, 2)) >= DAWID_SKENE_ITEMS).all())
    return DawidSkene(full, confusion, prevalence, done, enough)


def fuse_grades(ratings: Sequence[Sequence[int | None]], method: GradeMethod = "median") -> list[FusedGrade]:
    """One grade per item from its answers, rater by rater (None: not graded)."""
    if method == "dawid_skene":
        table = [[np.nan if answer is None else float(answer) for answer in row] for row in ratings]
        return dawid_skene(np.array(table, dtype=np.float64).reshape(len(ratings), -1)).grades()
    return [median_grade(row) if method == "median" else majority_grade(row) for row in ratings]
