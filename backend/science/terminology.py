"""The levels in SNOMED CT, as DICOM and the programs that follow it name them.

Source of the codes: DICOM PS3.16, CID 7602 and 7603 (vertebrae) and CID 4031 (sacrum, coccyx). Neither has a
code for a thirteenth thoracic or a sixth lumbar vertebra: those are vertebrae there, and only their name
tells which.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.science.labels import BY_LABEL, COCCYX, SACRUM, name_of

SCHEME = "SCT"


@dataclass(frozen=True, slots=True)
class Code:
    """A code of SNOMED CT with its meaning in DICOM's words."""

    value: str
    meaning: str


ANATOMICAL_STRUCTURE = Code("123037004", "Anatomical Structure")
VERTEBRA = Code("51282000", "Vertebra")
_OF_SACRAL = {SACRUM: Code("54735007", "Sacrum"), COCCYX: Code("64688005", "Coccyx")}
_VALUES = {
    1: "14806007",
    2: "39976000",
    3: "113205007",
    4: "5329002",
    5: "36978003",
    6: "36054005",
    7: "87391001",
    8: "64864005",
    9: "53733008",
    10: "1626008",
    11: "73071006",
    12: "56401006",
    13: "45296009",
    14: "62487009",
    15: "11068009",
    16: "82687006",
    17: "7610001",
    18: "12989004",
    19: "23215003",
    20: "66794005",
    21: "14293000",
    22: "36470004",
    23: "11994002",
    24: "49668003",
}
_LEVELS = {value: label for label, value in _VALUES.items()} | {
    code.value: label for label, code in _OF_SACRAL.items()
}


def code_of(label: int) -> Code:
    """The code of a level. Raises ``KeyError`` for a number that is none."""
    level = BY_LABEL[label]
    if label in _OF_SACRAL:
        return _OF_SACRAL[label]
    value = _VALUES.get(label)
    return Code(value, f"{name_of(level.label)} vertebra") if value is not None else VERTEBRA


def level_of_code(value: str) -> int | None:
    """The level that a code names; None where it names none, or not which."""
    return _LEVELS.get(value)
