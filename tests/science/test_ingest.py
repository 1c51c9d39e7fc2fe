from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import dcm2niix
import nibabel as nib
import numpy as np
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.geometry import to_canonical
from backend.science.ingest import IngestedSeries, IngestResult, Source, ingest
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from tests.science import dicom_files
from tests.science.real_data import real_data

SECRET = b"a secret of enough bytes for tests"
HU = dicom_files.voxels()
RAS_AFFINE = np.array([[-0.6, 0, 0, 30], [0, -0.8, 0, 40], [0, 0, 1.5, 100], [0, 0, 0, 1]])


def _ingest(*paths: Path | Source, spacing_mm: float = 0.1) -> IngestResult:
    """Ingest at a working resolution finer than the test's voxels, so that they are kept as they are."""
    return ingest(paths, secret=SECRET, working_spacing_mm=spacing_mm)


def _only(result: IngestResult) -> IngestedSeries:
    assert not result.refused
    (series,) = result.series
    return series


def _codes(result: IngestResult) -> set[str]:
    return {refused.code for refused in result.refused}


def _check_codes(series: IngestedSeries) -> set[str]:
    return {check["code"] for check in series.checks}


def _converted_by_dcm2niix(folder: Path, out: Path) -> Volume:
    out.mkdir()
    command = [dcm2niix.bin, "-o", str(out), "-f", "converted", "-z", "n", "-b", "n", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return nifti.read_volume(out / "converted.nii")


# --- geometry and voxels


def test_a_series_becomes_a_canonical_volume_with_every_voxel_in_its_place(tmp_path) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU))
    series = _only(_ingest(tmp_path))
    expected = to_canonical(Volume(VolumeGeometry(HU.shape, RAS_AFFINE), HU))
    assert series.volume.geometry.matches(expected.geometry, 1e-6)
    assert np.array_equal(series.volume.array, expected.array)
    assert (series.source_format, len(series.source_names)) == ("dicom", HU.shape[2])


@pytest.mark.parametrize("degrees", [(0, 0, 0), (8, -15, 30), (-90, 0, 0), (90, 90, 0)])
def test_any_orientation_agrees_with_dcm2niix(tmp_path, degrees) -> None:
    orientation, normal = dicom_files.oblique(degrees)
    slices = dicom_files.make_series(HU, step=tuple(1.5 * normal), orientation=orientation)
    dicom_files.save(tmp_path / "in", slices)
    series = _only(_ingest(tmp_path / "in"))
    reference = to_canonical(_converted_by_dcm2niix(tmp_path / "in", tmp_path / "out"))
    assert series.volume.geometry.matches(reference.geometry, 0.01)
    assert np.array_equal(series.volume.array, reference.array)


def test_the_real_series_agrees_with_dcm2niix_and_takes_the_mask_beside_it(tmp_path) -> None:
    folder = real_data("totalsegmentator-dicom")
    series = _only(ingest(folder, secret=SECRET, working_spacing_mm=1.0))
    reference = to_canonical(_converted_by_dcm2niix(folder / "series", tmp_path / "out"))
    assert series.volume.geometry.matches(reference.geometry, 1e-3)
    assert np.array_equal(series.volume.array, reference.array)
    stored = np.asanyarray(nib.load(folder / "vertebrae.nii.gz").dataobj)
    assert series.mask is not None
    assert label_voxels(series.mask.array) == {18: int((stored == 18).sum()), 19: int((stored == 19).sum())}
    assert series.facts["osteo_regression_candidate"]["slope"] == 0.9236
    assert series.facts["osteo_regression_candidate"]["intercept"] == -1.6565


def test_a_zip_of_the_real_series_is_the_same_series(tmp_path) -> None:
    folder = real_data("totalsegmentator-dicom/series")
    archive = shutil.make_archive(str(tmp_path / "series"), "zip", folder)
    zipped, plain = _only(_ingest(Path(archive))), _only(_ingest(folder))
    assert zipped.uid_hmac == plain.uid_hmac
    assert np.array_equal(zipped.volume.array, plain.volume.array)


def test_fine_axes_are_reduced_to_the_working_resolution_with_the_mask(tmp_path) -> None:
    grid = VolumeGeometry((40, 40, 20), np.diag([0.5, 0.5, 2.0, 1]))
    rng = np.random.default_rng(0)
    nifti.write_volume(
        tmp_path / "ct.nii.gz", Volume(grid, rng.integers(-1000, 500, grid.shape).astype(np.int16))
    )
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[10:30, 10:30, 5:15] = 20
    nifti.write_mask(tmp_path / "ct_seg.nii.gz", Mask(grid, labels))
    series = _only(_ingest(tmp_path, spacing_mm=1.0))
    assert series.volume.geometry.shape == (20, 20, 20)
    assert np.allclose(series.volume.geometry.spacing_mm, (1, 1, 2))
    assert series.mask is not None
    assert label_voxels(series.mask.array) == {20: 1000}
    assert "reduced" in _check_codes(series)


def test_padding_outside_the_scan_becomes_air(tmp_path) -> None:
    padded = HU.copy()
    padded[0] = -2000
    series = dicom_files.make_series(padded, PixelPaddingValue=-2000 + 1024)
    dicom_files.save(tmp_path, series)
    volume = _only(_ingest(tmp_path)).volume
    assert volume.array.min() == -1024
    assert (volume.array == -1024).sum() == padded[0].size


# --- slices that make no volume


def test_a_missing_slice_is_refused_with_its_place(tmp_path) -> None:
    slices = dicom_files.make_series(HU)
    del slices[3]
    dicom_files.save(tmp_path, slices)
    result = _ingest(tmp_path)
    assert not result.series
    assert _codes(result) == {"missing_slices"}
    assert len(result.refused) == 7
    assert "1 slice is missing (after slice 3" in result.refused[0].message


def test_uneven_spacing_is_refused(tmp_path) -> None:
    slices = dicom_files.make_series(HU)
    slices[4].ImagePositionPatient[2] = float(slices[4].ImagePositionPatient[2]) + 0.3
    dicom_files.save(tmp_path, slices)
    assert _codes(_ingest(tmp_path)) == {"uneven_spacing"}


def test_a_hair_of_unevenness_is_not(tmp_path) -> None:
    slices = dicom_files.make_series(HU)
    slices[4].ImagePositionPatient[2] = float(slices[4].ImagePositionPatient[2]) + 0.01
    dicom_files.save(tmp_path, slices)
    assert _only(_ingest(tmp_path)).volume.geometry.shape == (12, 10, 8)


def test_slices_sent_twice_are_taken_once(tmp_path) -> None:
    dicom_files.save(tmp_path / "a", dicom_files.make_series(HU))
    dicom_files.save(tmp_path / "b", dicom_files.make_series(HU))
    series = _only(_ingest(tmp_path))
    assert series.volume.geometry.shape == (12, 10, 8)
    assert "duplicate_slices" in _check_codes(series)
    assert len(series.source_names) == 16


def test_two_series_mixed_in_one_folder_are_separated(tmp_path) -> None:
    other = dicom_files.voxels(1)
    dicom_files.save(tmp_path, dicom_files.make_series(HU), prefix="a")
    dicom_files.save(tmp_path, dicom_files.make_series(other, SeriesInstanceUID="1.2.3.5"), prefix="b")
    result = _ingest(tmp_path)
    assert not result.refused
    assert len(result.series) == 2
    assert len({series.uid_hmac for series in result.series}) == 2
    assert len({series.patient_hmac for series in result.series}) == 1


@pytest.mark.parametrize("shift_mm", [0.0, 0.4])
def test_two_series_under_one_uid_are_separated_by_their_acquisition(tmp_path, shift_mm) -> None:
    first = dicom_files.make_series(HU, AcquisitionNumber=1)
    second = dicom_files.make_series(
        dicom_files.voxels(1), AcquisitionNumber=2, origin=(-30.0, -40.0, 100.0 + shift_mm)
    )
    dicom_files.save(tmp_path, first + second)
    result = _ingest(tmp_path)
    assert not result.refused
    assert len(result.series) == 2
    assert all("separated" in _check_codes(series) for series in result.series)


def test_two_series_that_nothing_tells_apart_are_refused(tmp_path) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU) + dicom_files.make_series(dicom_files.voxels(1)))
    result = _ingest(tmp_path)
    assert not result.series
    assert _codes(result) == {"mixed_series"}


def test_slices_of_another_size_or_direction_are_parted_from_the_series(tmp_path) -> None:
    stray = dicom_files.make_series(HU[:6, :, :2], origin=(0.0, 0.0, 500.0))
    turned = dicom_files.make_series(HU, orientation=(0, 1, 0, 0, 0, -1), step=(1.5, 0, 0))
    dicom_files.save(tmp_path, dicom_files.make_series(HU) + stray + turned)
    result = _ingest(tmp_path)
    assert [series.volume.geometry.shape for series in result.series] == [(12, 10, 8), (8, 12, 10)]
    assert [refused.code for refused in result.refused] == ["mixed_series"] * 2


def test_a_tilted_gantry_and_too_few_slices_are_refused(tmp_path) -> None:
    dicom_files.save(tmp_path / "tilted", dicom_files.make_series(HU, step=(0, 0.4, 1.5)))
    short = dicom_files.make_series(HU[:, :, :2], SeriesInstanceUID="1.2.3.6")
    dicom_files.save(tmp_path / "short", short)
    assert _codes(_ingest(tmp_path)) == {"gantry_tilt", "too_few_slices"}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "not_a_scan"),
        ({"ImageType": "LOCALIZER"}, "not_a_scan"),
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
def test_what_is_not_a_ct_slice_is_refused_and_the_series_goes_on(tmp_path, tags, code) -> None:
    dicom_files.save(tmp_path, dicom_files.make_series(HU))
    dicom_files.save(tmp_path / "other", [dicom_files.make_slice(HU[:, :, 0], (0, 0, 0), **tags)])
    result = _ingest(tmp_path)
    assert len(result.series) == 1
    assert [(refused.name, refused.code) for refused in result.refused] == [("other/IM0000", code)]
    assert result.refused[0].message.startswith("IM0000: ")


def test_a_slice_whose_pixels_are_cut_off_refuses_its_series_by_name(tmp_path) -> None:
    paths = dicom_files.save(tmp_path, dicom_files.make_series(HU))
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    result = _ingest(tmp_path)
    assert not result.series
    assert len(result.refused) == 8
    assert _codes(result) == {"bad_pixels"}
    assert sum("a slice of its series failed" in refused.message for refused in result.refused) == 7


def test_damaged_bytes_anywhere_refuse_files_but_never_break_the_upload(tmp_path) -> None:
    paths = dicom_files.save(tmp_path, dicom_files.make_series(HU, AcquisitionNumber=1))
    rng = np.random.default_rng(5)
    for _ in range(40):
        path = paths[rng.integers(len(paths))]
        good = path.read_bytes()
        damaged = bytearray(good)
        for position in rng.integers(128, len(good) - 240, size=4):
            damaged[position] = rng.integers(256)
        path.write_bytes(damaged)
        result = _ingest(tmp_path)
        named = {refused.name for refused in result.refused}
        named |= {name for series in result.series for name in series.source_names}
        assert named == {path.name for path in paths}
        path.write_bytes(good)


# --- files that are none


def _write_nifti(path: Path, array: np.ndarray = HU, affine: np.ndarray = RAS_AFFINE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def test_one_bad_file_of_each_kind_never_blocks_the_good_ones(tmp_path) -> None:
    good = _write_nifti(tmp_path / "good.nii.gz")
    (tmp_path / "empty.nii.gz").touch()
    (tmp_path / "text.nii.gz").write_text("this is a text file\n" * 50)
    (tmp_path / "cut.nii.gz").write_bytes(good.read_bytes()[:-300])
    _write_nifti(tmp_path / "four.nii.gz", np.stack([HU, HU], axis=-1))
    singular = bytearray((_write_nifti(tmp_path / "singular.nii")).read_bytes())
    singular[280:328] = bytes(48)
    (tmp_path / "singular.nii").write_bytes(singular)
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "slice.dcm").write_bytes(b"nothing of the sort")
    (tmp_path / "half.dcm").write_bytes(bytes(128) + b"DICM" + b"\x99" * 40)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and then nothing")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    result = _ingest(tmp_path)
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


def test_the_owners_names_are_told_and_not_those_of_the_store(tmp_path) -> None:
    (tmp_path / "f3a9").write_bytes(b"")
    _write_nifti(tmp_path / "b7c1.nii").rename(tmp_path / "b7c1")
    result = _ingest(Source(tmp_path / "f3a9", "case/mask.nii.gz"), Source(tmp_path / "b7c1", "case/ct.nii"))
    assert _only(IngestResult(result.series, [])).source_names == ["case/ct.nii"]
    assert result.refused[0].message == "mask.nii.gz: the file is empty"


def test_a_file_that_is_gone_and_a_secret_that_is_too_short_are_told(tmp_path) -> None:
    assert _codes(_ingest(tmp_path / "gone.nii.gz")) == {"not_found"}
    with pytest.raises(ValueError, match="at least 16 bytes"):
        ingest(tmp_path, secret=b"short")


# --- archives


def test_members_that_climb_out_of_the_archive_land_nowhere_else(tmp_path) -> None:
    _write_nifti(tmp_path / "in" / "ct.nii.gz")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "in" / "ct.nii.gz", "../../../ct.nii.gz")
        archive.write(tmp_path / "in" / "ct.nii.gz", "/etc/absolute.nii.gz")
        archive.writestr("__MACOSX/._ct.nii.gz", b"junk")
    before = sorted(tmp_path.rglob("*"))
    result = _ingest(tmp_path / "a.zip")
    assert sorted(tmp_path.rglob("*")) == before
    assert [series.source_names for series in result.series] == [
        ["a.zip/ct.nii.gz"],
        ["a.zip/etc/absolute.nii.gz"],
    ]
    assert _codes(result) == {"not_an_image"}


def test_a_zip_bomb_is_refused_and_the_rest_goes_on(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.nii", bytes(200 << 20))
    _write_nifti(tmp_path / "ct.nii.gz")
    result = _ingest(tmp_path)
    assert len(result.series) == 1
    assert _codes(result) == {"zip_too_large"}


def test_a_member_that_is_larger_than_the_archive_says_is_refused(tmp_path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.nii", bytes(100_000))
    content = path.read_bytes()
    true_size, stated = (100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    path.write_bytes(content.replace(true_size, stated))
    result = _ingest(path)
    assert not result.series
    assert _codes(result) <= {"zip_too_large", "bad_zip", "truncated", "not_nifti"}


def test_nested_encrypted_and_empty_archives_are_refused(tmp_path) -> None:
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
    result = _ingest(tmp_path)
    assert {refused.name: refused.code for refused in result.refused} == {
        "outer.zip/inner.zip": "nested_zip",
        "empty.zip": "empty_zip",
        "locked.zip/x.txt": "encrypted",
    }


# --- masks and centroids beside a CT


def _labels(shape=HU.shape, label: int = 20) -> np.ndarray:
    array = np.zeros(shape, dtype=np.uint8)
    array[3:8, 3:8, 2:6] = label
    return array


@pytest.mark.parametrize("name", ["a_seg.nii.gz", "vertebrae.nii.gz", "a_msk.nii.gz", "sub/whatever.nii.gz"])
def test_a_mask_beside_its_ct_is_found_by_grid_and_name(tmp_path, name) -> None:
    _write_nifti(tmp_path / "a.nii.gz")
    _write_nifti(tmp_path / name, _labels())
    series = _only(_ingest(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)
    assert series.mask.geometry.matches(series.volume.geometry, 1e-6)


def test_a_mask_stored_in_another_axis_order_still_fits_its_ct(tmp_path) -> None:
    _write_nifti(tmp_path / "verse201.nii.gz")
    turned = nib.Nifti1Image(_labels(), RAS_AFFINE).as_reoriented(np.array([[1, -1], [2, 1], [0, 1]]))
    nib.save(turned, tmp_path / "verse201_seg.nii.gz")
    series = _only(_ingest(tmp_path))
    assert series.mask is not None
    expected = to_canonical(Mask(VolumeGeometry(HU.shape, RAS_AFFINE), _labels()))
    assert np.array_equal(series.mask.array, expected.array)


def test_each_ct_gets_its_own_mask_by_name(tmp_path) -> None:
    for name, label in (("one", 19), ("two", 22)):
        _write_nifti(tmp_path / f"{name}.nii.gz", HU + label)
        _write_nifti(tmp_path / f"{name}_seg.nii.gz", _labels(label=label))
    result = _ingest(tmp_path)
    assert not result.refused
    for series in result.series:
        assert series.mask is not None
        (label,) = label_voxels(series.mask.array)
        assert series.volume.array.max() == HU.max() + label


def test_a_mask_on_another_grid_is_refused_with_both_grids_while_the_ct_goes_on(tmp_path) -> None:
    _write_nifti(tmp_path / "a.nii.gz")
    _write_nifti(tmp_path / "a_seg.nii.gz", _labels((12, 10, 7)))
    shifted = RAS_AFFINE.copy()
    shifted[2, 3] += 3
    _write_nifti(tmp_path / "a_msk.nii.gz", _labels(), shifted)
    result = _ingest(tmp_path)
    assert [series.mask for series in result.series] == [None]
    messages = {refused.name: (refused.code, refused.message) for refused in result.refused}
    assert messages["a_seg.nii.gz"][0] == messages["a_msk.nii.gz"][0] == "other_grid"
    assert "12x10x7 voxels" in messages["a_seg.nii.gz"][1]
    assert "12x10x8 voxels" in messages["a_seg.nii.gz"][1]
    assert "3.0 mm away" in messages["a_msk.nii.gz"][1]


def test_a_second_mask_an_ambiguous_mask_and_a_mask_without_a_ct_are_refused(tmp_path) -> None:
    _write_nifti(tmp_path / "1" / "a.nii.gz")
    _write_nifti(tmp_path / "1" / "a_msk.nii.gz", _labels())
    _write_nifti(tmp_path / "1" / "a_seg.nii.gz", _labels())
    assert _codes(_ingest(tmp_path / "1")) == {"second_mask"}
    _write_nifti(tmp_path / "2" / "a.nii.gz")
    _write_nifti(tmp_path / "2" / "b.nii.gz", HU + 1)
    _write_nifti(tmp_path / "2" / "mask.nii.gz", _labels())
    result = _ingest(tmp_path / "2")
    assert (_codes(result), len(result.series)) == ({"ambiguous_mask"}, 2)
    assert _codes(_ingest(tmp_path / "2" / "mask.nii.gz")) == {"no_ct"}


def test_a_mask_with_foreign_labels_is_refused_while_the_ct_goes_on(tmp_path) -> None:
    _write_nifti(tmp_path / "a.nii.gz")
    _write_nifti(tmp_path / "subregions.nii.gz", _labels(label=49))
    result = _ingest(tmp_path)
    assert len(result.series) == 1
    assert [(refused.name, refused.code) for refused in result.refused] == [
        ("subregions.nii.gz", "unknown_labels")
    ]


def test_centroids_beside_the_ct_come_along_in_millimetres(tmp_path) -> None:
    _write_nifti(tmp_path / "sub-x_ct.nii.gz")
    (tmp_path / "sub-x_seg-subreg_ctd.json").write_text(
        '[{"direction": ["L", "P", "S"]}, {"label": 20, "X": 2.0, "Y": 3.0, "Z": 4.0}]'
    )
    series = _only(_ingest(tmp_path))
    assert np.allclose(series.centroids_ras_mm[20], (30 - 1.2, 40 - 2.4, 106))


def test_a_mask_that_reaches_the_neck_warns_of_the_face(tmp_path) -> None:
    _write_nifti(tmp_path / "a.nii.gz")
    _write_nifti(tmp_path / "a_seg.nii.gz", _labels(label=2))
    assert "face" in _check_codes(_only(_ingest(tmp_path)))


def test_two_transforms_that_disagree_are_warned_of_and_a_rounded_one_is_not(tmp_path) -> None:
    image = nib.Nifti1Image(HU, RAS_AFFINE)
    image.set_qform(RAS_AFFINE + 1e-3 * np.eye(4)[:, [3, 1, 2, 0]], code=1, strip_shears=True)
    nib.save(image, tmp_path / "rounded.nii")
    assert "transforms_differ" not in _check_codes(_only(_ingest(tmp_path / "rounded.nii")))
    image.set_qform(np.diag([-1.0, 1, 1, 1]) @ RAS_AFFINE, code=1)
    nib.save(image, tmp_path / "mirrored.nii")
    mirrored = _only(_ingest(tmp_path / "mirrored.nii"))
    assert "transforms_differ" in _check_codes(mirrored)
    expected = to_canonical(Volume(VolumeGeometry(HU.shape, RAS_AFFINE), HU))
    assert mirrored.volume.geometry.matches(expected.geometry, 1e-3)


# --- who it is


def test_the_series_of_one_patient_share_a_key_that_needs_the_secret(tmp_path) -> None:
    for index, patient in enumerate(("P-1", "p-1 ", "P-2")):
        options = {"PatientID": patient, "SeriesInstanceUID": f"1.2.{index}"}
        dicom_files.save(tmp_path / str(index), dicom_files.make_series(HU, **options))
    hashes = [_only(_ingest(tmp_path / str(index))).patient_hmac for index in range(3)]
    assert hashes[0] == hashes[1] != hashes[2]
    other = ingest(tmp_path / "0", secret=b"another secret of enough bytes").series[0]
    assert other.patient_hmac != hashes[0]
    assert other.uid_hmac != _only(_ingest(tmp_path / "0")).uid_hmac


@pytest.mark.parametrize("patient", ["", "ANONYMOUS", "anon0042", "0000"])
def test_placeholders_do_not_make_two_patients_one(tmp_path, patient) -> None:
    for index in range(2):
        options = {
            "PatientID": patient,
            "StudyInstanceUID": f"1.2.{index}",
            "SeriesInstanceUID": f"1.3.{index}",
        }
        dicom_files.save(tmp_path / str(index), dicom_files.make_series(HU, **options))
    first, second = (_only(_ingest(tmp_path / str(index))) for index in range(2))
    assert first.patient_hmac != second.patient_hmac
    assert "identity_uncertain" in _check_codes(first)


def test_nifti_patients_are_told_by_the_subject_or_by_the_voxels(tmp_path) -> None:
    _write_nifti(tmp_path / "a" / "sub-007_split-1_ct.nii.gz")
    _write_nifti(tmp_path / "a" / "sub-007_split-2_ct.nii.gz", HU + 1)
    _write_nifti(tmp_path / "a" / "sub-008_ct.nii.gz", HU + 2)
    one, two, three = _ingest(tmp_path / "a").series
    assert one.patient_hmac == two.patient_hmac != three.patient_hmac
    _write_nifti(tmp_path / "b" / "x.nii.gz")
    _write_nifti(tmp_path / "b" / "y.nii.gz", HU + 1)
    one, two = _ingest(tmp_path / "b").series
    assert one.patient_hmac != two.patient_hmac
    again = _only(_ingest(_write_nifti(tmp_path / "c" / "renamed.nii.gz")))
    assert (again.patient_hmac, again.uid_hmac) == (one.patient_hmac, one.uid_hmac)


def test_bad_input_never_quotes_a_header() -> None:
    assert str(BadInput("code", "reason", source="folder/na\nme.nii")) == "na?me.nii: reason"
