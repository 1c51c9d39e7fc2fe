"""A table of a release as a workbook (XLSX): its rows with types, and the meaning of its columns."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from backend.releases.dictionary import Column

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = (1 << 20) - 1  # that a sheet holds below its heading
WIDEST = 60
_NOTES = ("column", "kind", "unit", "values", "meaning")
# the earliest date a zip archive can hold: a workbook must be the same bytes whenever it is made
_EPOCH = datetime(1980, 1, 1)  # noqa: DTZ001 - openpyxl takes naive datetimes
_PROPERTIES = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def workbook_bytes(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[str | int | float | None]]
) -> bytes:
    """The same bytes for the same rows: numbers as numbers, nothing for None, and text never as a formula."""
    import openpyxl  # here: no process waits for it at its start

    book = openpyxl.Workbook(write_only=True)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = _EPOCH
    _fill(book.create_sheet(title), [column.name for column in columns], rows)
    notes = [(one.name, one.kind, one.unit, one.values, one.meaning) for one in columns]
    _fill(book.create_sheet("columns"), _NOTES, ([cell or None for cell in row] for row in notes))
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_times(buffer.getvalue())


def _fill(
    sheet: WriteOnlyWorksheet,
    headings: Sequence[str],
    rows: Iterable[Sequence[str | int | float | None]],
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    def cell(value: str | int | float | None, **style: Any) -> Any:
        made: Any = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            made.data_type = "s"  # text stays text, even where it begins with "="
        for name, of in style.items():
            setattr(made, name, of)
        return made

    sheet.freeze_panes = "A2"
    for column, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(12, len(heading) + 2))
    sheet.append([cell(heading, font=Font(bold=True)) for heading in headings])
    for row in rows:
        sheet.append([cell(value) if isinstance(value, str) else value for value in row])


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
