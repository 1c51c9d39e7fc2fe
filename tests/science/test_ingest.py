from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import dcm2niix
import nibabel as nib
import numpy as np
import pytest

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.geometry import to_canonical
from backend.science.ingest import ingest
from backend.science.quality import Point
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from tests.science import dicom_files
from tests.science.ingesting import HU, RAS_AFFINE, SECRET, check_codes, ingested, only, write_nifti
from tests.science.real_data import real_data


def _converted_by_dcm2niix(folder: Path, out: Path) -> Volume:
    out.mkdir()
    command = [dcm2niix.bin, "-o", str(out), "-f", "converted", "-z", "n", "-b", "n", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return nifti.read_volume(out / "converted.nii")


def test_a_series_becomes_a_canonical_volume_with_every_voxel_in_its_place(tmp_path: Path) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU))
    series = only(ingested(tmp_path))
    expected = to_canonical(Volume(VolumeGeometry(HU.shape, RAS_AFFINE), HU))
    assert series.volume.geometry.matches(expected.geometry, 1e-6)
    assert np.array_equal(series.volume.array, expected.array)
    assert (series.source_format, len(series.source_names)) == ("dicom", HU.shape[2])


@pytest.mark.parametrize("degrees", [(0, 0, 0), (8, -15, 30), (-90, 0, 0), (90, 90, 0)])
def test_any_orientation_agrees_with_dcm2niix(tmp_path: Path, degrees: Point) -> None:
    orientation, normal = dicom_files.oblique(degrees)
    slices = dicom_files.make_series(HU, step=tuple(1.5 * normal), orientation=orientation)
    dicom_files.save(tmp_path / "in", slices)
    series = only(ingested(tmp_path / "in"))
    reference = to_canonical(_converted_by_dcm2niix(tmp_path / "in", tmp_path / "out"))
    assert series.volume.geometry.matches(reference.geometry, 0.01)
    assert np.array_equal(series.volume.array, reference.array)


def test_the_real_series_agrees_with_dcm2niix_and_takes_the_mask_beside_it(tmp_path: Path) -> None:
    folder = real_data("totalsegmentator-dicom")
    series = only(ingest(folder, secret=SECRET, working_spacing_mm=1.0))
    reference = to_canonical(_converted_by_dcm2niix(folder / "series", tmp_path / "out"))
    assert series.volume.geometry.matches(reference.geometry, 1e-3)
    assert np.array_equal(series.volume.array, reference.array)
    stored = np.asanyarray(nib.Nifti1Image.from_filename(folder / "vertebrae.nii.gz").dataobj)
    assert series.mask is not None
    assert label_voxels(series.mask.array) == {18: int((stored == 18).sum()), 19: int((stored == 19).sum())}
    assert series.facts["osteo_regression_candidate"]["slope"] == 0.9236
    assert series.facts["osteo_regression_candidate"]["intercept"] == -1.6565


def test_a_zip_of_the_real_series_is_the_same_series(tmp_path: Path) -> None:
    folder = real_data("totalsegmentator-dicom/series")
    archive = shutil.make_archive(str(tmp_path / "series"), "zip", folder)
    zipped, plain = only(ingested(Path(archive))), only(ingested(folder))
    assert zipped.uid_hmac == plain.uid_hmac
    assert np.array_equal(zipped.volume.array, plain.volume.array)


def test_fine_axes_are_reduced_to_the_working_resolution_with_the_mask(tmp_path: Path) -> None:
    grid = VolumeGeometry((40, 40, 20), np.diag([0.5, 0.5, 2.0, 1]))
    rng = np.random.default_rng(0)
    nifti.write_volume(
        tmp_path / "ct.nii.gz", Volume(grid, rng.integers(-1000, 500, grid.shape).astype(np.int16))
    )
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[10:30, 10:30, 5:15] = 20
    nifti.write_mask(tmp_path / "ct_seg.nii.gz", Mask(grid, labels))
    series = only(ingested(tmp_path, spacing_mm=1.0))
    assert series.volume.geometry.shape == (20, 20, 20)
    assert np.allclose(series.volume.geometry.spacing_mm, (1, 1, 2))
    assert series.mask is not None
    assert label_voxels(series.mask.array) == {20: 1000}
    assert "reduced" in check_codes(series)


def test_padding_outside_the_scan_becomes_air(tmp_path: Path) -> None:
    padded = HU.copy()
    padded[0] = -2000
    series = dicom_files.make_series(padded, PixelPaddingValue=-2000 + 1024)
    dicom_files.save(tmp_path, series)
    volume = only(ingested(tmp_path)).volume
    assert volume.array.min() == -1024
    assert (volume.array == -1024).sum() == padded[0].size


# --- who it is


def test_the_series_of_one_patient_share_a_key_that_needs_the_secret(tmp_path: Path) -> None:
    for index, patient in enumerate(("P-1", "p-1 ", "P-2")):
        options: dict[str, Any] = {"PatientID": patient, "SeriesInstanceUID": f"1.2.{index}"}
        dicom_files.save(tmp_path / str(index), dicom_files.make_series(HU, **options))
    hashes = [only(ingested(tmp_path / str(index))).patient_hmac for index in range(3)]
    assert hashes[0] == hashes[1] != hashes[2]
    other = ingest(tmp_path / "0", secret=b"another secret of enough bytes").series[0]
    assert other.patient_hmac != hashes[0]
    assert other.uid_hmac != only(ingested(tmp_path / "0")).uid_hmac


@pytest.mark.parametrize("patient", ["", "ANONYMOUS", "anon0042", "0000"])
def test_placeholders_do_not_make_two_patients_one(tmp_path: Path, patient: str) -> None:
    for index in range(2):
        options: dict[str, Any] = {
            "PatientID": patient,
            "StudyInstanceUID": f"1.2.{index}",
            "SeriesInstanceUID": f"1.3.{index}",
        }
        dicom_files.save(tmp_path / str(index), dicom_files.make_series(HU, **options))
    first, second = (only(ingested(tmp_path / str(index))) for index in range(2))
    assert first.patient_hmac != second.patient_hmac
    assert "identity_uncertain" in check_codes(first)


def test_nifti_patients_are_told_by_the_subject_or_by_the_voxels(tmp_path: Path) -> None:
    write_nifti(tmp_path / "a" / "sub-007_split-1_ct.nii.gz")
    write_nifti(tmp_path / "a" / "sub-007_split-2_ct.nii.gz", HU + 1)
    write_nifti(tmp_path / "a" / "sub-008_ct.nii.gz", HU + 2)
    one, two, three = ingested(tmp_path / "a").series
    assert one.patient_hmac == two.patient_hmac != three.patient_hmac
    write_nifti(tmp_path / "b" / "x.nii.gz")
    write_nifti(tmp_path / "b" / "y.nii.gz", HU + 1)
    one, two = ingested(tmp_path / "b").series
    assert one.patient_hmac != two.patient_hmac
    again = only(ingested(write_nifti(tmp_path / "c" / "renamed.nii.gz")))
    assert (again.patient_hmac, again.uid_hmac) == (one.patient_hmac, one.uid_hmac)


def test_bad_input_never_quotes_a_header() -> None:
    assert str(BadInput("code", "reason", source="folder/na\nme.nii")) == "na?me.nii: reason"
