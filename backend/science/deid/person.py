"""The three things that are kept of a person: a keyed hash of the identity, sex, and age in whole years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from backend.science.deid.keys import keyed_hash

# Safe Harbor: ages over 89 are one group
OLDEST_AGE = 90
_FIRST_CT_YEAR = 1971
# what anonymisers write instead of an identifier: equal values then say nothing about equal patients
_PLACEHOLDERS = re.compile(
    r"^(anon\w*|de-?id\w*|unknown|none|null|n/?a|patient|subject|test|x+|0+|1|-+|\?+)?$"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a header says of who the patient is. Lives only as long as the hash takes; never stored."""

    patient_id: str = ""
    issuer: str = ""
    name: str = ""
    birth_date: str = ""
    study_uid: str = ""
    frame_uid: str = ""

    def hashed(self, secret: bytes, voxel_digest: str) -> tuple[str, bool]:
        """The keyed hash, and whether it names a patient (True) or only a study or one volume (False)."""
        if not is_placeholder(self.patient_id):
            return keyed_hash(secret, "patient", _folded(self.patient_id), _folded(self.issuer)), True
        if not is_placeholder(self.name) and self.birth_date.strip():
            return keyed_hash(secret, "patient-name", _folded(self.name), self.birth_date.strip()), True
        for purpose, uid in (("study", self.study_uid), ("frame", self.frame_uid)):
            if uid.strip():
                return keyed_hash(secret, purpose, uid.strip()), False
        return keyed_hash(secret, "voxels", voxel_digest), False


def is_placeholder(text: str) -> bool:
    """Whether an identifier is empty or one of the words that stand for "removed"."""
    return _PLACEHOLDERS.match(_folded(text).replace("^", "").replace(" ", "")) is not None


def sex_of(value: str) -> str:
    """M, F or O; empty for anything else."""
    folded = value.strip().upper()
    return folded if folded in ("M", "F", "O") else ""


def age_years(age: str, birth_date: str, study_date: str) -> int | None:
    """Whole years at the scan, 90 for 90 and over; from the age (``065Y``) or else from two dates."""
    stated = re.fullmatch(r"\s*(\d{1,3})([DWMY])\s*", age.upper())
    if stated:
        years = int(stated[1]) // {"D": 365, "W": 52, "M": 12, "Y": 1}[stated[2]]
    else:
        born, scanned = _date(birth_date), _date(study_date)
        if born is None or scanned is None or scanned < born:
            return None
        years = scanned.year - born.year - ((scanned.month, scanned.day) < (born.month, born.day))
    return min(years, OLDEST_AGE) if years <= 130 else None


def day_of(text: str) -> date | None:
    """A header's date; None for anything that is no date of a CT."""
    day = _date(text)
    return day if day is not None and day.year >= _FIRST_CT_YEAR else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _date(text: str) -> date | None:
    digits = text.strip().replace(".", "").replace("-", "")
    if not re.fullmatch(r"\d{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
