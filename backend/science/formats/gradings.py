"""The spreadsheet of a release: one row per graded vertebra, one row per patient.

The columns are our own: those of the VerSe spreadsheet were not available to us. Grade and "osteoporotic"
stand apart, because later readings of the same data set agreed on the first and not on the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from backend.science.labels import BY_LABEL, name_of

Cell = str | int | float | None
NOT_APPLICABLE = "NA"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class GradingRow:
    """The agreed grading of one vertebra. None is written as NA."""

    subject: str
    series: str
    split: str
    label: int
    fx_grade: int | None = None
    fx_type: str | None = None
    foreign_material: str = "none"
    not_gradable_reason: str | None = None
    osteoporotic: str | None = None
    deformity: str | None = None
    transitional: str | None = None
    readers: int | None = None
    decided_by: str | None = None

    @property
    def level(self) -> str:
        """Name of the vertebra, such as L1."""
        return name_of(self.label)


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient. ``age_years`` 90 stands for 90 and over."""

    subject: str
    split: str
    age_years: int | None = None
    sex: str | None = None
    bmd_mg_per_cm3: float | None = None
    bmd_levels: str | None = None
    contrast_phase: str | None = None
    scanner: str | None = None


GRADING_COLUMNS = (
    *("subject", "series", "split", "level", "label", "fx_grade", "fx_type", "foreign_material"),
    *("not_gradable_reason", "osteoporotic", "deformity", "transitional", "readers", "decided_by"),
)
PATIENT_COLUMNS = tuple(field.name for field in fields(PatientRow))


def grading_cells(rows: Iterable[GradingRow]) -> list[list[Cell]]:
    """The gradings as cells of ``GRADING_COLUMNS``, from the head down in each series; NA for nothing."""
    return list(_cells(GRADING_COLUMNS, _sorted(rows)))


def _sorted(rows: Iterable[GradingRow]) -> list[GradingRow]:
    return sorted(rows, key=lambda row: (row.subject, row.series, BY_LABEL[row.label].order))


def _cells(columns: Sequence[str], rows: Iterable[object]) -> Iterable[list[Cell]]:
    for row in rows:
        values = (getattr(row, column) for column in columns)
        yield [NOT_APPLICABLE if value is None or value == "" else value for value in values]


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet program would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
