from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science import cli
from backend.science.formats import nifti
from backend.science.volume import Mask, Volume, VolumeGeometry
from tests.science import dicom_files
from tests.science.real_data import REPOSITORY, real_data


def _fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must end with status 2, and return its one line."""
    try:
        status: object = cli.main([str(argument) for argument in arguments])
    except SystemExit as end:  # argparse ends the program itself
        status = end.code
    assert status == 2
    line: str
    (line,) = capsys.readouterr().err.splitlines()
    assert "Traceback" not in line
    return line


@pytest.fixture
def mask_file(tmp_path: Path) -> Path:
    array = np.zeros((30, 30, 60), dtype=np.uint8)
    array[10:20, 10:20, 40:52] = 19
    array[10:20, 10:20, 10:22] = 21
    path = tmp_path / "m.nii.gz"
    nifti.write_mask(path, Mask(VolumeGeometry(array.shape, np.diag([1.0, 1, 1, 1])), array))
    return path


def test_check_writes_its_findings(tmp_path: Path, mask_file: Path) -> None:
    assert cli.main(["check", str(mask_file), "--report", str(tmp_path / "r" / "out.json")]) == 0
    report = json.loads((tmp_path / "r" / "out.json").read_text())
    assert report["labels"] == {"19": 1200, "21": 1200}
    assert [(finding["code"], finding["label"]) for finding in report["findings"]] == [("missing_level", 21)]
    assert report["ok"] is True


def test_check_with_a_ct_on_another_grid_is_refused(
    tmp_path: Path, mask_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ct = dicom_files.voxels()
    nifti.write_volume(tmp_path / "ct.nii.gz", Volume(VolumeGeometry(ct.shape, np.eye(4)), ct))
    line = _fails(capsys, "check", mask_file, "--ct", tmp_path / "ct.nii.gz", "--report", tmp_path / "o.json")
    assert "the mask is on another grid than ct.nii.gz" in line


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["check"],
        ["check", "/nowhere.nii.gz", "--report", "/tmp/never.json"],
        ["check", __file__, "--report", "/tmp/never.json"],
        ["ingest", "/nowhere", "/tmp/never", "--report", "/tmp/never/r.json", "--spacing", "0"],
        ["labels", "--typescript", "/proc/nowhere/x.ts"],
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    _fails(capsys, *arguments)


def test_the_real_program_ends_the_same_way() -> None:
    command = [sys.executable, "-m", "backend.science", "check", __file__, "--report", "/tmp/never.json"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "backend.science: test_science_cli.py: it is not a NIfTI file\n"


def test_ingest_writes_verse_names_sidecars_and_one_report(tmp_path: Path) -> None:
    for index, patient in enumerate(("A-77", "A-77", "B-77")):
        options: dict[str, Any] = {
            "PatientID": patient,
            "SeriesInstanceUID": f"1.2.{index}",
            "PatientAge": "099Y",
        }
        dicom_files.save(
            tmp_path / "in" / str(index), dicom_files.make_series(dicom_files.voxels(index), **options)
        )
    (tmp_path / "in" / "readme.txt").write_text("hello")
    out = tmp_path / "out"
    assert cli.main(["ingest", str(tmp_path / "in"), str(out), "--report", str(tmp_path / "r.json")]) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert [(entry["subject"], entry["number"]) for entry in report["series"]] == [
        ("sub-0001", 1),
        ("sub-0001", 2),
        ("sub-0002", 1),
    ]
    assert report["refused"] == [
        {
            "file": "readme.txt",
            "code": "unsupported_file",
            "message": "readme.txt: it is not DICOM, NIfTI, a zip, a VerSe centroid file, a table of labels "
            "or participants.tsv",
        }
    ]
    entry = report["series"][0]
    assert entry["age_years"] == 90
    assert entry["ct"] == "rawdata/sub-0001/sub-0001_split-1_dir-ax_ct.nii.gz"
    assert nifti.read_volume(out / entry["ct"]).geometry.matches(VolumeGeometry.from_json(entry), 1e-3)
    assert json.loads((out / entry["ct"].replace(".nii.gz", ".json")).read_text()) == entry


def test_a_key_in_a_file_joins_a_patient_across_runs(tmp_path: Path) -> None:
    dicom_files.save(tmp_path / "in", dicom_files.make_series(dicom_files.voxels()))
    (tmp_path / "key").write_text("0123456789abcdef0123456789abcdef")
    hashes = []
    for name, key in (("a", ["--secret-file", str(tmp_path / "key")]),) * 2 + (("b", []),):
        report = tmp_path / f"{name}.json"
        assert (
            cli.main(["ingest", str(tmp_path / "in"), str(tmp_path / name), "--report", str(report), *key])
            == 0
        )
        hashes.append(json.loads(report.read_text())["series"][0]["patient_hmac"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_ingest_of_nothing_usable_still_reports_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.nii.gz").touch()
    report = tmp_path / "r.json"
    line = _fails(capsys, "ingest", tmp_path / "in", tmp_path / "out", "--report", report)
    assert "no series could be read (a.nii.gz: the file is empty)" in line
    assert json.loads(report.read_text())["refused"][0]["code"] == "empty_file"


def test_the_real_series_goes_through_the_command(tmp_path: Path) -> None:
    source = real_data("totalsegmentator-dicom")
    assert cli.main(["ingest", str(source), str(tmp_path), "--report", str(tmp_path / "r.json")]) == 0
    (entry,) = json.loads((tmp_path / "r.json").read_text())["series"]
    ct, mask = nifti.read_volume(tmp_path / entry["ct"]), nifti.read_mask(tmp_path / entry["mask"])
    assert ct.geometry.matches(mask.geometry, 1e-6)
    assert entry["facts"]["kvp"] == 120
    written = " ".join(path.read_text() for path in tmp_path.rglob("*.json"))
    for left_over in ("Petersgraben", "PETCT2", "NPONKINF", "60064", "QR_SNOWFOX", "20221208", "FDG_TK_KM"):
        assert left_over not in written
