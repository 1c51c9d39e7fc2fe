"""One reader's work held against an answer: shapes and names by vertebra, and grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.science.agreement.pair import compare_pair, number
from backend.science.agreement.suspects import Suspect, judge_by_answer
from backend.science.labels import sort_labels
from backend.science.volume import Mask


@dataclass(frozen=True, slots=True)
class VertebraScore:
    """One vertebra of either mask. ``state``: drawn, missing (the answer has it) or extra (only the reader).

    ``named`` is what the reader called the vertebra that the answer calls ``label``, where that differs.
    Volumes in ml, distances in mm; None where undefined. A vertebra that one of the two lacks has Dice 0.
    """

    label: int
    state: str
    dice: float
    hd95_mm: float | None = None
    volume_ml: float | None = None
    answer_ml: float | None = None
    named: int | None = None


@dataclass(frozen=True, slots=True)
class GradeScore:
    """A vertebra's grade by the reader and by the answer; None: not gradable, or not given."""

    label: int
    given: int | None
    answer: int | None

    @property
    def exact(self) -> bool:
        """Whether the grade given is the answer's."""
        return self.given == self.answer


@dataclass(frozen=True, slots=True)
class Score:
    """The whole case. ``mean_dice`` is None where no mask was asked for, ``grades_exact`` where no grade."""

    vertebrae: list[VertebraScore] = field(default_factory=list)
    grades: list[GradeScore] = field(default_factory=list)
    suspect: Suspect | None = None
    with_mask: bool = True

    @property
    def mean_dice(self) -> float | None:
        """Mean over the answer's vertebrae, one that is missing as 0; None where no mask was asked for."""
        if not self.with_mask:
            return None
        values = [row.dice for row in self.vertebrae]
        return sum(values) / len(values) if values else 0.0

    @property
    def grades_exact(self) -> float | None:
        """Share of grades equal to the answer's; None where none was asked for."""
        return sum(row.exact for row in self.grades) / len(self.grades) if self.grades else None

    def to_json(self) -> dict[str, Any]:
        """For JSON: a row per vertebra, and the means."""
        return {
            "vertebrae": [
                {name: getattr(row, name) for name in VertebraScore.__dataclass_fields__}
                for row in self.vertebrae
            ],
            "grades": [{"label": row.label, "given": row.given, "answer": row.answer} for row in self.grades],
            "suspect": {"code": self.suspect.code, "text": self.suspect.text} if self.suspect else None,
            "mean_dice": self.mean_dice,
            "grades_exact": self.grades_exact,
        }


def score(
    own: Mask | None,
    answer: Mask | None,
    own_grades: Mapping[int, int | None],
    answer_grades: Mapping[int, int | None],
) -> Score:
    """Hold a reader's mask (None: none was asked for) and grades against the answer's.

    Grades are compared on the vertebrae that the answer has a grade for.

    Raises
    ------
    BadInput
        ``other_grid`` when the masks do not lie on one grid.
    """
    grades = [
        GradeScore(label, own_grades.get(label), answer_grades[label]) for label in sort_labels(answer_grades)
    ]
    if own is None or answer is None:
        return Score(grades=grades, with_mask=False)
    return Score(_vertebrae(own, answer), grades, judge_by_answer(own, answer))


def _vertebrae(own: Mask, answer: Mask) -> list[VertebraScore]:
    found = compare_pair(own, answer)
    rows = {
        label: VertebraScore(
            label,
            "drawn",
            shape.dice,
            number(shape.hd95_mm),
            number(shape.volume_a_ml),
            number(shape.volume_b_ml),
        )
        for label, shape in found.labels.items()
    }
    for label in found.only_in_b:
        rows[label] = VertebraScore(label, "missing", 0.0)
    for label in found.only_in_a:
        rows[label] = VertebraScore(label, "extra", 0.0)
    for dispute in found.naming:  # drawn, under another name: the shape may be right, the name is not
        if dispute.label_b not in rows or not rows[dispute.label_b].dice:
            shape = dispute.shape
            rows[dispute.label_b] = VertebraScore(
                dispute.label_b,
                "drawn",
                0.0,
                number(shape.hd95_mm),
                number(shape.volume_a_ml),
                number(shape.volume_b_ml),
                dispute.label_a,
            )
    return [rows[label] for label in sort_labels(rows)]
