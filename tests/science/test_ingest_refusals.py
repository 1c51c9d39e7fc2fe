from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from backend.science.ingest import IngestResult, Source, ingest
from tests.science import dicom_files
from tests.science.ingesting import HU, check_codes, codes, ingested, only, write_nifti

# --- slices that make no volume


def test_a_missing_slice_is_refused_with_its_place(tmp_path: Path) -> None:
    slices = dicom_files.make_series(HU)
    del slices[3]
    dicom_files.save(tmp_path, slices)
    result = ingested(tmp_path)
    assert not result.series
    assert codes(result) == {"missing_slices"}
    assert len(result.refused) == 7
    assert "1 slice is missing (after slice 3" in result.refused[0].message


def test_uneven_spacing_is_refused(tmp_path: Path) -> None:
    slices = dicom_files.make_series(HU)
    slices[4].ImagePositionPatient[2] = float(slices[4].ImagePositionPatient[2]) + 0.3
    dicom_files.save(tmp_path, slices)
    assert codes(ingested(tmp_path)) == {"uneven_spacing"}


def test_a_hair_of_unevenness_is_not(tmp_path: Path) -> None:
    slices = dicom_files.make_series(HU)
    slices[4].ImagePositionPatient[2] = float(slices[4].ImagePositionPatient[2]) + 0.01
    dicom_files.save(tmp_path, slices)
    assert only(ingested(tmp_path)).volume.geometry.shape == (12, 10, 8)


def test_slices_sent_twice_are_taken_once(tmp_path: Path) -> None:
    dicom_files.save(tmp_path / "a", dicom_files.make_series(HU))
    dicom_files.save(tmp_path / "b", dicom_files.make_series(HU))
    series = only(ingested(tmp_path))
    assert series.volume.geometry.shape == (12, 10, 8)
    assert "duplicate_slices" in check_codes(series)
    assert len(series.source_names) == 16


def test_two_series_mixed_in_one_folder_are_separated(tmp_path: Path) -> None:
    other = dicom_files.voxels(1)
    dicom_files.save(tmp_path, dicom_files.make_series(HU), prefix="a")
    dicom_files.save(tmp_path, dicom_files.make_series(other, SeriesInstanceUID="1.2.3.5"), prefix="b")
    result = ingested(tmp_path)
    assert not result.refused
    assert len(result.series) == 2
    assert len({series.uid_hmac for series in result.series}) == 2
    assert len({series.patient_hmac for series in result.series}) == 1


@pytest.mark.parametrize("shift_mm", [0.0, 0.4])
def test_two_series_under_one_uid_are_separated_by_their_acquisition(tmp_path: Path, shift_mm: float) -> None:
    first = dicom_files.make_series(HU, AcquisitionNumber=1)
    second = dicom_files.make_series(
        dicom_files.voxels(1), AcquisitionNumber=2, origin=(-30.0, -40.0, 100.0 + shift_mm)
    )
    dicom_files.save(tmp_path, first + second)
    result = ingested(tmp_path)
    assert not result.refused
    assert len(result.series) == 2
    assert all("separated" in check_codes(series) for series in result.series)


def test_two_series_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU) + dicom_files.make_series(dicom_files.voxels(1)))
    result = ingested(tmp_path)
    assert not result.series
    assert codes(result) == {"mixed_series"}


def test_slices_of_another_size_or_direction_are_parted_from_the_series(tmp_path: Path) -> None:
    stray = dicom_files.make_series(HU[:6, :, :2], origin=(0.0, 0.0, 500.0))
    turned = dicom_files.make_series(HU, orientation=(0, 1, 0, 0, 0, -1), step=(1.5, 0, 0))
    dicom_files.save(tmp_path, dicom_files.make_series(HU) + stray + turned)
    result = ingested(tmp_path)
    assert [series.volume.geometry.shape for series in result.series] == [(12, 10, 8), (8, 12, 10)]
    assert [refused.code for refused in result.refused] == ["mixed_series"] * 2


def test_a_tilted_gantry_and_too_few_slices_are_refused(tmp_path: Path) -> None:
    dicom_files.save(tmp_path / "tilted", dicom_files.make_series(HU, step=(0, 0.4, 1.5)))
    short = dicom_files.make_series(HU[:, :, :2], SeriesInstanceUID="1.2.3.6")
    dicom_files.save(tmp_path / "short", short)
    assert codes(ingested(tmp_path)) == {"gantry_tilt", "too_few_slices"}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "not_a_scan"),
        ({"ImageType": "LOCALIZER"}, "not_a_scan"),
        (
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4", "Modality": "SEG", "NumberOfFrames": 3},
            "dicom_seg",
        ),
        ({"Modality": "RTSTRUCT"}, "dicom_seg"),
        ({"ImageType": ["DERIVED", "SECONDARY", "PROJECTION IMAGE"]}, "not_a_scan"),
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "not_ct"),
        ({"Modality": "MR"}, "not_ct"),
        ({"BurnedInAnnotation": "YES"}, "burned_in_text"),
        ({"NumberOfFrames": 3}, "multi_frame"),
        ({"ImagePositionPatient": None}, "no_geometry"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "no_geometry"),
        ({"PixelSpacing": [0, 0]}, "no_geometry"),
    ],
)
def test_what_is_not_a_ct_slice_is_refused_and_the_series_goes_on(
    tmp_path: Path, tags: dict[str, Any], code: str
) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU))
    dicom_files.save(tmp_path / "other", [dicom_files.make_slice(HU[:, :, 0], (0, 0, 0), **tags)])
    result = ingested(tmp_path)
    assert len(result.series) == 1
    assert [(refused.name, refused.code) for refused in result.refused] == [("other/IM0000", code)]
    assert result.refused[0].message.startswith("IM0000: ")


def test_a_slice_whose_pixels_are_cut_off_refuses_its_series_by_name(tmp_path: Path) -> None:
    paths = dicom_files.save(tmp_path, dicom_files.make_series(HU))
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    result = ingested(tmp_path)
    assert not result.series
    assert len(result.refused) == 8
    assert codes(result) == {"bad_pixels"}
    assert sum("a slice of its series failed" in refused.message for refused in result.refused) == 7


def test_damaged_bytes_anywhere_refuse_files_but_never_break_the_upload(tmp_path: Path) -> None:
    paths = dicom_files.save(tmp_path, dicom_files.make_series(HU, AcquisitionNumber=1))
    rng = np.random.default_rng(5)
    for _ in range(40):
        path = paths[rng.integers(len(paths))]
        good = path.read_bytes()
        damaged = bytearray(good)
        for position in rng.integers(128, len(good) - 240, size=4):
            damaged[position] = rng.integers(256)
        path.write_bytes(damaged)
        result = ingested(tmp_path)
        named = {refused.name for refused in result.refused}
        named |= {name for series in result.series for name in series.source_names}
        assert named == {path.name for path in paths}
        path.write_bytes(good)


# --- files that are none


def test_one_bad_file_of_each_kind_never_blocks_the_good_ones(tmp_path: Path) -> None:
    good = write_nifti(tmp_path / "good.nii.gz")
    (tmp_path / "empty.nii.gz").touch()
    (tmp_path / "text.nii.gz").write_text("this is a text file\n" * 50)
    (tmp_path / "cut.nii.gz").write_bytes(good.read_bytes()[:-300])
    write_nifti(tmp_path / "four.nii.gz", np.stack([HU, HU], axis=-1))
    singular = bytearray((write_nifti(tmp_path / "singular.nii")).read_bytes())
    singular[280:328] = bytes(48)
    (tmp_path / "singular.nii").write_bytes(singular)
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "slice.dcm").write_bytes(b"nothing of the sort")
    (tmp_path / "half.dcm").write_bytes(bytes(128) + b"DICM" + b"\x99" * 40)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    result = ingested(tmp_path)
    assert [series.source_names for series in result.series] == [["good.nii.gz"]]
    assert {refused.name: refused.code for refused in result.refused} == {
        "empty.nii.gz": "empty_file",
        "text.nii.gz": "not_nifti",
        "cut.nii.gz": "truncated",
        "four.nii.gz": "four_dimensions",
        "singular.nii": "singular_affine",
        "notes.txt": "unsupported_file",
        "slice.dcm": "bad_dicom",
        "half.dcm": "not_ct",
        "broken.zip": "bad_zip",
        "DICOMDIR": "not_an_image",
    }
    assert all(refused.message.startswith(f"{refused.name}: ") for refused in result.refused)


def test_the_owners_names_are_told_and_not_those_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "f3a9").write_bytes(b"")
    write_nifti(tmp_path / "b7c1.nii").rename(tmp_path / "b7c1")
    result = ingested(Source(tmp_path / "f3a9", "case/mask.nii.gz"), Source(tmp_path / "b7c1", "case/ct.nii"))
    assert only(IngestResult(result.series, [])).source_names == ["case/ct.nii"]
    assert result.refused[0].message == "mask.nii.gz: the file is empty"


def test_a_file_that_is_gone_and_a_secret_that_is_too_short_are_told(tmp_path: Path) -> None:
    assert codes(ingested(tmp_path / "gone.nii.gz")) == {"not_found"}
    with pytest.raises(ValueError, match="at least 16 bytes"):
        ingest(tmp_path, secret=b"short")


# --- archives


def test_members_that_climb_out_of_the_archive_land_nowhere_else(tmp_path: Path) -> None:
    write_nifti(tmp_path / "in" / "ct.nii.gz")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "in" / "ct.nii.gz", "../../../ct.nii.gz")
        archive.write(tmp_path / "in" / "ct.nii.gz", "/etc/absolute.nii.gz")
        archive.writestr("__MACOSX/._ct.nii.gz", b"junk")
    before = sorted(tmp_path.rglob("*"))
    result = ingested(tmp_path / "a.zip")
    assert sorted(tmp_path.rglob("*")) == before
    assert [series.source_names for series in result.series] == [
        ["a.zip/ct.nii.gz"],
        ["a.zip/etc/absolute.nii.gz"],
    ]
    assert codes(result) == {"not_an_image"}


def test_a_zip_bomb_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.nii", bytes(200 << 20))
    write_nifti(tmp_path / "ct.nii.gz")
    result = ingested(tmp_path)
    assert len(result.series) == 1
    assert codes(result) == {"zip_too_large"}


def test_a_member_that_is_larger_than_the_archive_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.nii", bytes(100_000))
    content = path.read_bytes()
    true_size, stated = (100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    path.write_bytes(content.replace(true_size, stated))
    result = ingested(path)
    assert not result.series
    assert codes(result) <= {"zip_too_large", "bad_zip", "truncated", "not_nifti"}


def test_nested_encrypted_and_empty_archives_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.writestr("x.txt", b"x")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "inner.zip")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    locked = bytearray((tmp_path / "inner.zip").read_bytes())
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "inner.zip").unlink()
    result = ingested(tmp_path)
    assert {refused.name: refused.code for refused in result.refused} == {
        "outer.zip/inner.zip": "nested_zip",
        "empty.zip": "empty_zip",
        "locked.zip/x.txt": "encrypted",
    }
