"""Several readers' answers on one vertebra, made into one: pure functions on plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True)
class Agreed:
    """One answer for all, and how it came about."""

    method: str  # single, unanimous, median
    fields: dict[str, Any]


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


def agree(answers: Sequence[dict[str, Any]]) -> Agreed:
    """The answer that stands when no expert is asked.

    All alike: that one. Otherwise the lower median of the grades given, with the most frequent value of the
    other fields among those who gave that grade (the first given of equally frequent ones). An answer "not
    gradable" counts only when most readers gave it.
    """
    if len(answers) == 1:
        return Agreed("single", {name: answers[0].get(name) for name in AGREED_FIELDS})
    grades = sorted(answer["grade"] for answer in answers if answer.get("grade") is not None)
    grade = grades[(len(grades) - 1) // 2] if 2 * len(grades) >= len(answers) and grades else None
    same = [answer for answer in answers if answer.get("grade") == grade]
    fields: dict[str, Any] = {"grade": grade}
    for name in AGREED_FIELDS[1:]:
        values = [answer.get(name) for answer in (same or answers)]
        fields[name] = Counter(values).most_common(1)[0][0]
    if not grade:
        fields["fracture_type"] = ""
    unanimous = all(len({answer.get(name) for answer in answers}) == 1 for name in DISPUTED_FIELDS)
    return Agreed("unanimous" if unanimous else "median", fields)
