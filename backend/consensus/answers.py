"""Several readers' answers on one vertebra, made into one: pure functions on plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.science.fusion.grades import FusedGrade, GradeMethod, fuse_grades

AGREED_FIELDS = (
    "grade",
    "fracture_type",
    "foreign_material",
    "not_gradable_reason",
    "deformity",
    "osteoporotic",
    "transitional",
)
# Readers who differ in one of these disagree about the vertebra; in the others they complete each other.
DISPUTED_FIELDS = ("grade", "fracture_type", "foreign_material")
GRADE_REASON = "grade"  # why a vertebra goes to an expert: its grades


@dataclass(frozen=True)
class Agreed:
    """One answer for all, and how it came about. ``tied``: an expert has to settle it."""

    method: str  # single, unanimous, median, majority, dawid_skene
    fields: dict[str, Any]
    tied: bool = False


def slot_name(slot: int) -> str:
    """A, B, C: how raters are called where they must not be named."""
    return chr(ord("A") + slot)


def slot_number(name: str) -> int:
    """The reverse of `slot_name`; -1 for anything that is not one capital letter."""
    return ord(name) - ord("A") if len(name) == 1 and "A" <= name <= "Z" else -1


def differ(answers: Sequence[dict[str, Any]], readers: int) -> bool:
    """Whether an expert has to look: answers differ, or not every reader gave one."""
    if len(answers) != readers:
        return True
    return any(len({answer.get(name) for answer in answers}) > 1 for name in DISPUTED_FIELDS)


def agree(
    answers: Sequence[dict[str, Any]],
    method: GradeMethod = "median",
    modelled: FusedGrade | None = None,
) -> Agreed:
    """The answer that stands when no expert is asked.

    All alike: that one. Otherwise the grade by ``method`` (``modelled`` is that of Dawid and Skene's model,
    which needs more than one vertebra; without it the median stands in), with the most frequent value of the
    other fields among those who gave that grade. An answer "not gradable" counts only when most gave it.
    """
    if len(answers) == 1:
        return Agreed("single", {name: answers[0].get(name) for name in AGREED_FIELDS})
    if all(len({answer.get(name) for answer in answers}) == 1 for name in DISPUTED_FIELDS):
        return Agreed("unanimous", _with_grade(answers, answers[0].get("grade")))
    given = [answer.get("grade") for answer in answers]
    graded = sum(grade is not None for grade in given)
    if 2 * graded < len(answers) or not graded:
        return Agreed("median", _with_grade(answers, None))
    if method == "dawid_skene" and modelled is not None and modelled.grade is not None:
        return Agreed("dawid_skene", _with_grade(answers, modelled.grade), modelled.tied)
    used: GradeMethod = "majority" if method == "majority" else "median"
    fused = fuse_grades([given], used)[0]
    return Agreed(used, _with_grade(answers, fused.grade), fused.tied)


def _with_grade(answers: Sequence[dict[str, Any]], grade: int | None) -> dict[str, Any]:
    """The other fields as most of those who gave that grade have them (the first of equally many)."""
    same = [answer for answer in answers if answer.get("grade") == grade] or answers
    fields: dict[str, Any] = {"grade": grade}
    for name in AGREED_FIELDS[1:]:
        fields[name] = Counter(answer.get(name) for answer in same).most_common(1)[0][0]
    if not grade:
        fields["fracture_type"] = ""
    return fields
