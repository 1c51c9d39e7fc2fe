"""Tables that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from backend.science.formats.gradings import Cell, harmless


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV in UTF-8; None is empty, and what people wrote is no formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def csv_response(content: bytes, filename: str) -> HttpResponse:
    """A table to download, made anew each time."""
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
