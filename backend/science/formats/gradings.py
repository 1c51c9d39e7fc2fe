"""The spreadsheet of a release: one row per graded vertebra, one row per patient.

The columns are our own: those of the VerSe spreadsheet were not available to us. Grade and "osteoporotic"
stand apart, because later readings of the same data set agreed on the first and not on the second.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from backend.science.labels import BY_LABEL, name_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Cell = str | int | float | None
NOT_APPLICABLE = "NA"
# the earliest date a zip archive can hold: a spreadsheet must be the same bytes whenever it is made
_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - openpyxl takes naive datetimes
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
_NOTES = (
    (
        "fx_grade",
        "Genant: 0 none (below 20 % loss of height), 1 mild (20-25 %), 2 moderate (25-40 %), 3 severe",
    ),
    ("fx_type", "wedge, biconcave or crush; NA without a fracture"),
    ("NA", "not graded: only T1-L6 and T13 are, and only where not_gradable_reason is NA too"),
    ("label", "VerSe number in the mask: C1-C7 1-7, T1-T12 8-19, T13 28, L1-L6 20-25, S 26, Cocc 27"),
    ("age_years", "whole years at the first scan; 90 stands for 90 and over"),
)


def grading_cells(rows: Iterable[GradingRow]) -> list[list[Cell]]:
    """The gradings as cells of ``GRADING_COLUMNS``, from the head down in each series; NA for nothing."""
    return list(_cells(GRADING_COLUMNS, _sorted(rows)))


def workbook_bytes(gradings: Iterable[GradingRow], patients: Iterable[PatientRow] = ()) -> bytes:
    """Both tables and the meaning of the columns as XLSX: the same bytes for the same rows."""
    import openpyxl  # here: no process waits for it at its start

    book = openpyxl.Workbook()
    book.properties.creator = ""
    book.properties.created = book.properties.modified = _EPOCH
    first = book.active
    if first is None:
        raise RuntimeError("a new workbook has a worksheet")
    first.title = "gradings"
    _fill(first, GRADING_COLUMNS, grading_cells(gradings))
    by_subject = sorted(patients, key=lambda row: row.subject)
    _fill(book.create_sheet("patients"), PATIENT_COLUMNS, _cells(PATIENT_COLUMNS, by_subject))
    _fill(book.create_sheet("columns"), ("column", "meaning"), _NOTES)
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_times(buffer.getvalue())


def _sorted(rows: Iterable[GradingRow]) -> list[GradingRow]:
    return sorted(rows, key=lambda row: (row.subject, row.series, BY_LABEL[row.label].order))


def _cells(columns: Sequence[str], rows: Iterable[object]) -> Iterable[list[Cell]]:
    for row in rows:
        values = (getattr(row, column) for column in columns)
        yield [NOT_APPLICABLE if value is None or value == "" else value for value in values]


def harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet program would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _fill(sheet: Worksheet, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.append(list(columns))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # text stays text, even where it begins with "="
    sheet.freeze_panes = "A2"
    for column, title in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(12, len(title) + 2)


def _without_times(content: bytes) -> bytes:
    """The archive with one date for all that is in it; openpyxl notes the second in which it saves."""
    source = zipfile.ZipFile(io.BytesIO(content))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            part = source.read(name)
            if name == _PROPERTIES:
                part = _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", part)
            target.writestr(entry, part)
    return buffer.getvalue()
