"""The tables of a release as Parquet: the rows of the CSV beside them, with types and meanings."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pyarrow import parquet

from backend.annotation.models import Submission
from backend.imaging.models import RuleVerdict
from backend.projects.guidelines import publish_text
from backend.releases import dictionary, tables
from backend.releases.dictionary import DICTIONARY, Column
from backend.releases.tables import parquet_bytes
from backend.releases.workbooks import workbook_bytes
from backend.science.formats import gradings
from tests.backend import flow
from tests.backend.test_layouts import unpacked
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards

COLUMNS = (
    Column("name", "text", "What it is called"),
    Column("count", "whole number", "How many", "pieces", "0, 1", may_lack=True),
    Column("size", "number", "How large", "mm", may_lack=True),
)
ROWS: list[tuple[gradings.Cell, ...]] = [("NA", "NA", 1.5), ("", 3, None), ("=1", "2", "0.25")]
PANDAS = {"text": "str", "whole number": "Int64", "number": "Float64"}
KINDS: dict[str, Any] = {"text": str, "whole number": "Int64", "number": "Float64"}


def test_what_is_not_known_is_nothing_and_whole_numbers_stay_whole() -> None:
    data = parquet_bytes(COLUMNS, ROWS)
    read = pd.read_parquet(io.BytesIO(data))
    assert [str(kind) for kind in read.dtypes] == ["str", "Int64", "Float64"]
    assert read["name"].tolist() == ["NA", "", "=1"], "a text that lacks nothing stays as it is"
    assert read["count"].tolist() == [pd.NA, 3, 2]
    assert read["size"].tolist() == [1.5, pd.NA, 0.25]
    none_known = pd.read_parquet(io.BytesIO(parquet_bytes(COLUMNS, [("a", "NA", "n/a")])))
    assert [str(kind) for kind in none_known.dtypes] == ["str", "Int64", "Float64"]
    assert parquet_bytes(COLUMNS, ROWS) == data, "the same rows, the same bytes"


def test_each_column_tells_what_it_means() -> None:
    schema = parquet.read_schema(io.BytesIO(parquet_bytes(COLUMNS, ROWS)))
    told = {b"description": b"How many", b"kind": b"whole number", b"unit": b"pieces", b"values": b"0, 1"}
    assert schema.field("count").metadata == told
    assert [field.nullable for field in schema] == [False, True, True]
    words = json.loads(schema.metadata[b"data_dictionary"])
    assert words[2] == {"column": "size", "description": "How large", "kind": "number", "unit": "mm"}


@pytest.mark.parametrize("row", [("a", 1.5, 1), ("a", "many", 1), (None, 1, 1), ("a", 1, "large"), ("a", 1)])
def test_a_cell_of_another_kind_is_refused(row: tuple[str | float | None, ...]) -> None:
    with pytest.raises((ValueError, IndexError)):
        parquet_bytes(COLUMNS, [row])


def test_the_dictionary_has_the_columns_in_the_order_of_the_cells() -> None:
    assert tuple(column.name for column in dictionary.GRADING_COLUMNS) == gradings.GRADING_COLUMNS


@pytest.fixture
def team() -> Iterator[flow.Team]:
    with thawed_afterwards():
        yield flow.make_team()


def as_read(path: Path) -> pd.DataFrame:
    """A table as its CSV has it, with the dictionary's types."""
    columns = DICTIONARY[path.name]
    kinds = {column.name: KINDS[column.kind] for column in columns}
    missing = {column.name: ["NA", "n/a"] for column in columns if column.may_lack}
    delimiter = "\t" if path.suffix == ".tsv" else ","
    return pd.read_csv(path, sep=delimiter, dtype=kinds, na_values=missing, keep_default_na=False)


@pytest.mark.django_db(transaction=True)
def test_every_table_is_there_in_each_form_with_the_same_rows(team: flow.Team, tmp_path: Path) -> None:
    case = accept_case(team, grades=[{20: 2}] * 3)
    fact = "=1+1 of a sheet"
    RuleVerdict.objects.create(series=case.volume.series, rule_id="E1", state="passed", fact=fact)
    newer = publish_text(actor=team.manager, project=team.project, text="Mind the arch.")
    last = Submission.objects.filter(assignment__task__case=case)[0]
    Submission.objects.filter(pk=last.pk).update(guidelines=newer)
    release = freeze(team, fractions={"training": 1.0}, rater_masks=True)
    root = unpacked(client_of(team.manager, release), release, "all", tmp_path)
    tables = [path for path in root.rglob("*") if path.name in DICTIONARY]
    assert {path.name for path in tables} == DICTIONARY.keys()
    listed = {row["path"] for row in release.manifest["files"]}
    for path in tables:
        beside = path.with_suffix(".parquet")
        read = pd.read_parquet(beside)
        assert [str(kind) for kind in read.dtypes] == [
            PANDAS[column.kind] for column in DICTIONARY[path.name]
        ]
        expected = as_read(path)
        if path.name == "inclusion.csv":
            assert read["fact"].tolist()[-1] == fact, "no apostrophe: no program runs a cell of Parquet"
            expected["fact"] = expected["fact"].str.removeprefix("'")
        assert len(read)
        pd.testing.assert_frame_equal(read, expected, check_dtype=False)
        assert str(beside.relative_to(root)) in listed
        book = path.with_suffix(".xlsx")
        sheet = pd.read_excel(book, sheet_name=path.stem, keep_default_na=False, na_values=[""])
        sheet = sheet.fillna({one.name: "" for one in DICTIONARY[path.name] if not one.may_lack})
        pd.testing.assert_frame_equal(sheet.astype(read.dtypes), read, check_dtype=False)
        meant = pd.read_excel(book, sheet_name="columns")
        assert meant["column"].tolist() == list(read.columns)
        assert str(book.relative_to(root)) in listed
        assert f"  {beside.name}\n" in (path.parent / "SHA256SUMS").read_text()
    graded = pd.read_parquet(root / "01_training" / "gradings.parquet").set_index("level")
    assert graded["fx_grade"].to_dict() == {"L1": 2, "L2": 0}
    assert graded["fx_type"].isna().to_dict() == {"L1": False, "L2": True}
    of_case = pd.read_parquet(root / "01_training" / "cases.parquet").iloc[0]
    assert of_case["guidelines"] == f"{newer.number - 1} {newer.number}"
    mask = release.items.get().mask
    measured = pd.read_parquet(root / "01_training" / "measurements.parquet").set_index("label")
    assert set(measured.index) == set(map(int, mask.label_voxels))
    for row in mask.measurements.all():
        assert measured.loc[row.label, "volume_ml"] == pytest.approx(row.volume_ml, abs=1e-3)
    density = pd.read_parquet(root / "01_training" / "bone_density.parquet").iloc[0]
    assert density["missing"], "without a calibration there is no density, and the table says why"
    datalist = json.loads((root / "monai_datalist.json").read_text())
    assert (datalist["numTraining"], datalist["validation"]) == (1, [])
    (entry,) = datalist["training"]
    assert {(root / entry[name]).name for name in ("image", "label")} == {
        path.name for pattern in ("*_ct.nii.gz", "*_seg-vert_msk.nii.gz") for path in root.rglob(pattern)
    }
    assert (root / entry["label"]).is_file()
    assert datalist["labels"]["20"] == "L1"
    croissant = json.loads((root / "01_training" / "croissant.json").read_text())
    assert [file["contentUrl"] for file in croissant["distribution"]] == [
        f"{table}.{form}" for table in ("cases", "gradings", "raters") for form in ("csv", "parquet")
    ]


@pytest.mark.django_db(transaction=True)
def test_of_a_sealed_part_no_parquet_tells(team: flow.Team, tmp_path: Path) -> None:
    for _ in range(2):
        accept_case(team)
    opens = timezone.localdate() + timedelta(days=9)
    release = freeze(team, fractions={"training": 0.5, "test": 0.5}, embargo_until=opens)
    secret = release.patients.get(split="test").subject
    open_one = release.patients.get(split="training").subject
    assert team.researcher is not None
    theirs = unpacked(client_of(team.researcher, release), release, "all", tmp_path / "theirs")
    ours = unpacked(client_of(team.manager, release), release, "all", tmp_path / "ours")
    tables = list(theirs.rglob("*.parquet"))
    assert {str(path.relative_to(theirs)) for path in tables} == {
        "participants.parquet",
        *(f"01_training/{name}.parquet" for name in ("bone_density", "cases", "gradings", "measurements")),
    }
    for path in tables:
        assert set(pd.read_parquet(path).iloc[:, 0]) == {open_one}
    for name in ("participants", "cases", "gradings"):
        assert set(pd.read_parquet(ours / "03_test" / f"{name}.parquet").iloc[:, 0]) == {secret}


TYPED: list[tuple[str | int | float | None, ...]] = [("=1+1", 2, 0.5), ("-x", None, 2.0), ("plain", 3, None)]


def test_a_workbook_has_numbers_as_numbers_and_no_formula() -> None:
    book = load_workbook(io.BytesIO(workbook_bytes("cases", COLUMNS, TYPED)))
    assert book.sheetnames == ["cases", "columns"]
    assert [tuple(row) for row in book["cases"].values][1:] == TYPED
    kinds = {cell.data_type for row in book["cases"].iter_rows(min_row=2) for cell in row if cell.value}
    assert kinds == {"s", "n"}
    assert book["cases"].freeze_panes == "A2"


def test_a_workbook_is_the_same_bytes_whenever_it_is_made() -> None:
    content = workbook_bytes("cases", COLUMNS, TYPED)
    assert content == workbook_bytes("cases", COLUMNS, iter(TYPED))
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert {entry.date_time[0] for entry in files.infolist()} == {1980}
        core = files.read("docProps/core.xml")
    assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {b"1980-01-01T00:00:00Z"}
    assert b"openpyxl" not in core


def test_a_table_that_no_sheet_holds_has_no_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 1)
    monkeypatch.setattr(tables, "put_blob", lambda *, data, media_type: data)
    rows = [("sub-1", "training", 40, "F")] * 2
    assert [made.path for made in tables.table_files("participants.tsv", "", rows)] == [
        "participants.tsv",
        "participants.parquet",
    ]
    assert len(list(tables.table_files("participants.tsv", "", rows[:1]))) == 3
