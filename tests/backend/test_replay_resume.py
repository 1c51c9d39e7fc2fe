"""A replay goes on where it was; its report says what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from backend.replay import checking, dicom, report
from backend.replay.recipe import column_of, make_recipe
from backend.replay.state import OtherReplay, State
from backend.replay.table import SPLITS
from backend.science.volume import Volume, VolumeGeometry

ASKED = {"share": 0.1, "seed": 1}


class Killed(BaseException):
    """As Ctrl-C or a signal comes."""


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    path, done = tmp_path / "state.json", []

    def step(name: str) -> dict[str, Any]:
        done.append(name)
        return {"name": name}

    first = State(path, ASKED)
    first.run("one", lambda: step("one"))

    def dies() -> dict[str, Any]:
        step("two")
        raise Killed

    with pytest.raises(Killed):
        first.run("two", dies)
    again = State(path, ASKED)
    assert again.run("one", lambda: step("one")) == {"name": "one"}
    assert again.run("two", lambda: step("two")) == {"name": "two"}
    assert done == ["one", "two", "two"]
    assert [again.steps[name]["starts"] for name in ("one", "two")] == [1, 2]
    assert State(path, ASKED).steps["two"]["done"]


def test_a_state_that_was_cut_off_in_writing_leaves_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    State(path, ASKED).run("one", lambda: {"n": 1})
    path.with_suffix(".part").write_text('{"asked": {"sh')
    assert State(path, ASKED).steps["one"]["done"]


def test_another_replay_is_not_gone_on_with(tmp_path: Path) -> None:
    State(tmp_path / "state.json", ASKED).note("something")
    with pytest.raises(OtherReplay, match=r"share 0\.1"):
        State(tmp_path / "state.json", {"share": 1.0, "seed": 1})


def statistics(**changed: dict[str, str]) -> dict[str, Any]:
    """What a release would tell that counts as the recipe does."""
    recipe = make_recipe(0.1)
    columns = {split: column_of(recipe.of(split)) for split in SPLITS}
    rows: dict[str, list[str]] = {}
    for line in checking.table_lines(recipe, {"columns": [], "rows": []}):
        rows.setdefault(line.name, ["0"] * 3)[SPLITS.index(line.group)] = line.wanted
    for name, cells in changed.items():
        for split, cell in cells.items():
            rows[name.replace("_", " ")][SPLITS.index(split)] = cell
    tests = [
        {
            "groups": f"{one}, {two}",
            "name": name,
            "variant": result.variant,
            "p": result.p if result.p == result.p else None,
        }
        for one, two in checking.PAIRS
        for name, result in checking.recipe_p(columns[one], columns[two]).items()
    ]
    return {
        "columns": list(SPLITS),
        "rows": [{"name": name, "cells": cells} for name, cells in rows.items()],
        "tests": tests,
        "figures": {"vertebrae": {"L1": 3}, "fractured": {"L1": 1}},
    }


def test_a_release_that_counts_alike_passes_and_one_count_more_is_told() -> None:
    recipe = make_recipe(0.1)
    assert all(line.ok for line in checking.table_lines(recipe, statistics()))
    assert all(line.ok for line in checking.p_lines(recipe, statistics()))
    wrong = [
        line
        for line in checking.table_lines(recipe, statistics(Fractured_vertebrae={"test": "99"}))
        if not line.ok
    ]
    assert [(line.group, line.name, line.found) for line in wrong] == [("test", "Fractured vertebrae", "99")]
    other = statistics()
    other["tests"][2]["p"] = (other["tests"][2]["p"] or 0) + 0.1
    assert sum(not line.ok for line in checking.p_lines(recipe, other)) == 1


def test_the_report_names_what_differs_and_what_went_wrong(tmp_path: Path) -> None:
    recipe = make_recipe(0.1)
    told = statistics(Women={"training": "<3>"})
    lines = checking.table_lines(recipe, told)
    steps = {
        "rate": {"seconds": 90.0, "starts": 2},
        "release": {"seconds": 6, "starts": 1, "result": {"statistics": told}},
    }
    made, figures = report.make_report(
        {"asked": ASKED, "steps": steps, "notes": ["rater1 fell ill"], "table": lines, "p": []}
    )
    page = made.write(tmp_path, figures)
    text, shown = (tmp_path / "report.md").read_text(), page.read_text()
    assert "| training | Women |" in text.split("## Minutes")[0]
    assert "rater1 fell ill" in text
    assert "| Rated, fused, adjudicated, reviewed | 1.5 | 2 |" in text
    assert "&lt;3&gt;" in shown
    assert "<3>" not in shown
    assert (tmp_path / "minutes-per-stage.svg").read_text().startswith("<svg")


def test_a_slice_says_where_it_lies_and_who_it_is_of() -> None:
    (patient, series), *_ = make_recipe(0.1).series()
    affine = np.diag([2.0, 2.5, 3.0, 1.0])
    affine[:3, 3] = [-10, -20, -30]
    array = np.arange(4 * 5 * 2, dtype=np.int16).reshape(4, 5, 2)
    _, upper = dicom.slices(patient, series, Volume(VolumeGeometry((4, 5, 2), affine), array))
    read = dcmread(DicomBytesIO(upper))
    assert (read.PatientSex, int(read.PatientAge[:3])) == (patient.sex, patient.age_years)
    assert f"{read.Manufacturer} {read.ManufacturerModelName}" == patient.scanner
    assert [float(v) for v in read.ImagePositionPatient] == [4.0, 10.0, -27.0]
    assert [float(v) for v in read.PixelSpacing] == [2.5, 2.0]
    hu = read.pixel_array.T.astype(int) + int(read.RescaleIntercept)
    assert np.array_equal(hu[::-1, ::-1], array[:, :, 1])
