"""The table of participants beside NIfTI files (`participants.tsv` of BIDS), whose headers name nobody.

https://bids-specification.readthedocs.io/en/stable/modality-agnostic-files/data-summary-files.html
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from backend.science.deid.person import age_years, sex_of
from backend.science.errors import BadInput

TABLE_NAME = "participants.tsv"
_MAX_BYTES = 5_000_000
_MISSING = frozenset({"", "n/a", "na", "nan", "unknown"})
_SEXES = {"male": "M", "female": "F", "other": "O"}


@dataclass(frozen=True, slots=True)
class Participant:
    """Sex as M, F, O or empty; age in whole years, 90 for 90 and over, None where it is not told."""

    sex: str
    age_years: int | None


def read_participants(path: Path) -> dict[str, Participant]:
    """The participants by their id in lower case, without ``sub-``.

    Raises ``BadInput`` (code ``bad_participants``) where a row or the table makes no sense, with the row.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise BadInput("bad_participants", "the table of participants is larger than 5 MB")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("bad_participants", "the table of participants is not UTF-8 text") from None
    rows = csv.DictReader(io.StringIO(text), delimiter="\t", strict=True)
    if "participant_id" not in (rows.fieldnames or ()):
        raise BadInput(
            "bad_participants", "the table has no column participant_id (columns stand between tabs)"
        )
    found: dict[str, Participant] = {}
    try:
        for number, row in enumerate(rows, start=2):
            subject = (row["participant_id"] or "").strip().lower().removeprefix("sub-")
            if not subject or subject in found:
                what = "names nobody" if not subject else "names somebody for the second time"
                raise BadInput("bad_participants", f"row {number} of the table {what}")
            found[subject] = Participant(
                _sex(row.get("sex") or row.get("gender")), _age(row.get("age"), number)
            )
    except csv.Error:
        raise BadInput("bad_participants", "the table of participants is no table between tabs") from None
    return found


def _sex(value: str | None) -> str:
    folded = (value or "").strip().lower()
    return _SEXES.get(folded) or sex_of(folded)


def _age(value: str | None, number: int) -> int | None:
    text = (value or "").strip().lower().removesuffix("+")
    if text in _MISSING:
        return None
    try:
        years = float(text)
    except ValueError:
        years = math.nan
    if not 0 <= years <= 130:
        raise BadInput("bad_participants", f"row {number} of the table has an age that is none")
    return age_years(f"{int(years):03d}Y", "", "")
