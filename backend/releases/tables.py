"""The tables of a release: as CSV, and beside it as Parquet and as a workbook, in which columns have types.

All hold the same rows. Parquet has no word for what is not known, but nothing, and each column tells what it
means: in the metadata of its field, and for readers without Arrow in the file's ``data_dictionary``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from backend.common.storage import put_blob
from backend.releases.dictionary import DICTIONARY, Column, Kind
from backend.releases.made import PARQUET_TYPE, Made
from backend.releases.workbooks import MOST_ROWS, XLSX_TYPE, workbook_bytes
from backend.science.formats.gradings import NOT_APPLICABLE, Cell, harmless

PARQUET = ".parquet"
XLSX = ".xlsx"
_LACKING = (None, "", NOT_APPLICABLE, "n/a")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_MEDIA_TYPES = {".csv": "text/csv", ".tsv": "text/tab-separated-values"}
# Arrow's type, and the two by which pandas knows it: of its types for numbers only these can lack one
_TYPES: dict[Kind, tuple[str, str, str]] = {
    "text": ("string", "unicode", "object"),
    "whole number": ("int64", "int64", "Int64"),
    "number": ("float64", "float64", "Float64"),
}
_READ: dict[Kind, Callable[[str], Cell]] = {"text": str, "whole number": int, "number": float}


def parquet_path(path: str) -> str:
    """Where the Parquet of a table lies: beside it, under its name."""
    return str(PurePosixPath(path).with_suffix(PARQUET))


def table_files(path: str, split: str, rows: Sequence[Sequence[Cell]]) -> Iterator[Made]:
    """A table that the dictionary knows by its name, in each form; cells in the order of its columns.

    One with more rows than a sheet holds has no workbook.
    """
    suffix = PurePosixPath(path).suffix
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_DELIMITERS[suffix], lineterminator="\n")
    writer.writerow(column.name for column in _columns(path))
    for row in rows:
        writer.writerow(harmless(cell) for cell in row)
    yield Made(path, split, put_blob(data=out.getvalue().encode(), media_type=_MEDIA_TYPES[suffix]))
    yield parquet_file(path, split, rows)
    if len(rows) <= MOST_ROWS:
        yield workbook_file(path, split, rows)


def workbook_file(path: str, split: str, rows: Sequence[Sequence[Cell]]) -> Made:
    """The workbook of the table at ``path``."""
    columns = _columns(path)
    typed = ([_value(column, cell) for column, cell in zip(columns, row, strict=True)] for row in rows)
    data = workbook_bytes(PurePosixPath(path).stem, columns, typed)
    return Made(str(PurePosixPath(path).with_suffix(XLSX)), split, put_blob(data=data, media_type=XLSX_TYPE))


def parquet_file(path: str, split: str, rows: Sequence[Sequence[Cell]]) -> Made:
    """The Parquet of the table at ``path``."""
    data = parquet_bytes(_columns(path), rows)
    return Made(parquet_path(path), split, put_blob(data=data, media_type=PARQUET_TYPE))


def _columns(path: str) -> tuple[Column, ...]:
    return DICTIONARY[PurePosixPath(path).name]


def parquet_bytes(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The same bytes for the same rows (and the same pyarrow, which writes its version into them).

    Raises
    ------
    ValueError
        A cell is of another kind than its column, or nothing where its column lacks nothing.
    """
    import pyarrow as pa  # here: no process waits for it at its start
    from pyarrow import parquet

    fields = [
        pa.field(column.name, _TYPES[column.kind][0], column.may_lack, _told(column)) for column in columns
    ]
    metadata = {
        "data_dictionary": _json([{"column": column.name} | _told(column) for column in columns]),
        "pandas": _json(_for_pandas(columns)),
    }
    found = [
        pa.array([_value(column, row[place]) for row in rows], field.type)
        for place, (column, field) in enumerate(zip(columns, fields, strict=True))
    ]
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays(found, schema=pa.schema(fields, metadata)), out)
    return out.getvalue()


def _value(column: Column, cell: Cell) -> Cell:
    if column.may_lack and cell in _LACKING:
        return None
    if cell is None:
        raise ValueError(f"{column.name} lacks nothing, and here is nothing")
    text = str(cell)  # of which no fraction becomes a whole number in silence
    return _READ[column.kind](text)


def _told(column: Column) -> dict[str, str]:
    """What the dictionary says of a column; what it does not say is left out."""
    told = {
        "description": column.meaning,
        "kind": column.kind,
        "unit": column.unit,
        "values": column.values,
    }
    return {key: value for key, value in told.items() if value}


def _for_pandas(columns: Sequence[Column]) -> dict[str, Any]:
    """That a whole number stays one where another is not known (pandas would make fractions of them)."""
    return {
        "index_columns": [],
        "column_indexes": [],
        "columns": [
            {
                "name": column.name,
                "field_name": column.name,
                "pandas_type": _TYPES[column.kind][1],
                "numpy_type": _TYPES[column.kind][2],
                "metadata": None,
            }
            for column in columns
        ],
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
