"""No number becomes Hounsfield units that is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence

from backend.science.formats.hounsfield import to_hounsfield
from backend.science.hu_values import doubt, require_hounsfield_values
from backend.science.ingest import IngestResult
from tests.science import dicom_files
from tests.science.ct_phantom import COLUMNS, ROWS, SLICES, SPACING, phantom_slices, wrong_voxels
from tests.science.ingesting import check_codes, codes, ingested, only
from tests.science.real_data import real_data


def _saved(folder: Path, slices: list[FileDataset]) -> IngestResult:
    dicom_files.save(folder, slices)
    return ingested(folder)


# --- the unit


@pytest.mark.parametrize(
    "tags",
    [
        *({"RescaleType": unit} for unit in ("Z_EFF", "MGML", "EDW", "ED", "PCT", "OD", "mg/ml", "g/cm3")),
        *(
            {"ImageType": ["DERIVED", "SECONDARY", "AXIAL", word]}
            for word in (
                "IODINE",
                "Z_EFF",
                "EFF_ATOMIC_NUM",
                "ELECTRON_DENSITY",
                "MAT_SPECIFIC",
                "Z EFF",
                "CBF",
            )
        ),
        {"ModalityLUTSequence": DicomSequence([Dataset()])},
    ],
)
def test_maps_that_are_no_hounsfield_units_are_refused(tmp_path: Path, tags: dict[str, Any]) -> None:
    result = _saved(tmp_path, phantom_slices(**tags))
    assert not result.series
    assert codes(result) == {"not_hounsfield"}


@pytest.mark.parametrize("unit", ["HU", "hu", "US", "", "Hounsfield Units"])
def test_hounsfield_units_are_taken_by_any_of_their_names(tmp_path: Path, unit: str) -> None:
    series = only(_saved(tmp_path, phantom_slices(RescaleType=unit)))
    assert wrong_voxels(series) == 0
    assert not check_codes(series) & {"unknown_unit", "hu_doubtful"}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"RescaleType": "HU_MOD"}, "modified_hu"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VNC"]}, "modified_hu"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "MAT_REMOVED"]}, "modified_hu"),
        ({"RescaleType": "ANONYMOUS"}, "unknown_unit"),
        ({"SeriesDescription": "Iodine density"}, "called_a_map"),
    ],
)
def test_what_may_be_hounsfield_units_comes_with_a_remark(
    tmp_path: Path, tags: dict[str, Any], code: str
) -> None:
    assert code in check_codes(only(_saved(tmp_path, phantom_slices(**tags))))


# --- slope and intercept


@pytest.mark.parametrize("keywords", [("RescaleSlope", "RescaleIntercept"), ("RescaleIntercept",)])
@pytest.mark.parametrize("empty", [False, True])
def test_a_slice_without_its_rescale_values_refuses_the_series_by_its_name(
    tmp_path: Path, keywords: tuple[str, ...], empty: bool
) -> None:
    slices = phantom_slices()
    for keyword in keywords:
        if empty:
            setattr(slices[7], keyword, "")
        else:
            delattr(slices[7], keyword)
    result = _saved(tmp_path, slices)
    assert not result.series
    assert codes(result) == {"rescale_missing"}
    assert f"missing in 1 of {SLICES} slices: IM0007" in result.refused[0].message


def test_a_slope_without_an_intercept_is_no_pair(tmp_path: Path) -> None:
    assert codes(_saved(tmp_path, phantom_slices(RescaleIntercept=None))) == {"rescale_missing"}


def test_a_series_without_any_is_taken_as_stored_and_said(tmp_path: Path) -> None:
    slices = phantom_slices(intercept=0, RescaleSlope=None, RescaleIntercept=None)
    series = only(_saved(tmp_path, slices))
    assert wrong_voxels(series) == 0
    assert "no_rescale" in check_codes(series)


def test_slices_may_have_values_of_their_own(tmp_path: Path) -> None:
    slices = phantom_slices()
    for one in slices[::2]:
        stored = np.frombuffer(one.PixelData, "<i2")
        one.PixelData = (stored * 2).astype("<i2").tobytes()
        one.RescaleSlope = 0.5
    assert wrong_voxels(only(_saved(tmp_path, slices))) == 0


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "a lot", "1,024", "1.02,5"])
def test_values_that_are_no_finite_number_are_refused_naming_the_element(
    tmp_path: Path, keyword: str, value: str
) -> None:
    result = _with_raw(tmp_path, keyword, value)
    assert not result.series
    assert codes(result) == {"bad_rescale"}
    assert keyword in result.refused[0].message


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_slope_must_rise(tmp_path: Path, value: str) -> None:
    assert codes(_with_raw(tmp_path, "RescaleSlope", value)) == {"bad_rescale"}


def _with_raw(folder: Path, keyword: str, value: str) -> IngestResult:
    """A series with the text of a decimal as a careless program would write it."""
    slices = phantom_slices()
    for one in slices:
        setattr(one, keyword, "77777")
    folder.mkdir(exist_ok=True)
    for path in dicom_files.save(folder, slices):
        content = path.read_bytes()
        assert content.count(b"77777 ") == 1
        path.write_bytes(content.replace(b"77777 ", value.encode().ljust(6)))
    return ingested(folder)


def test_a_decimal_comma_is_a_point(tmp_path: Path) -> None:
    slices = phantom_slices()
    for one in slices:
        one.RescaleIntercept = "-1024.0"
        one.RescaleSlope = "1.0 "
    for path in dicom_files.save(tmp_path, slices):
        content = path.read_bytes()
        assert content.count(b"-1024.0") == 1
        content = content.replace(b"-1024.0", b"-1024,0").replace(b"1.0 ", b"1,0 ")
        path.write_bytes(content)
    assert wrong_voxels(only(ingested(tmp_path))) == 0


# --- bits


def test_bits_above_those_stored_are_left_out_and_said(tmp_path: Path) -> None:
    slices = phantom_slices(BitsStored=12, HighBit=11, PixelRepresentation=0)
    for one in slices:
        stored = np.frombuffer(one.PixelData, "<u2").copy()
        stored[::5] |= 1 << 12
        one.PixelData = stored.tobytes()
    series = only(_saved(tmp_path, slices))
    assert wrong_voxels(series) == 0
    assert "stray_bits" in check_codes(series)


@pytest.mark.parametrize("signed", [False, True])
def test_bits_are_left_out_of_decoded_pictures_whatever_the_compression(signed: bool) -> None:
    header = Dataset()
    header.BitsAllocated, header.BitsStored, header.PixelRepresentation = 16, 12, int(signed)
    header.RescaleSlope, header.RescaleIntercept = 1, 0
    values = np.array([[-2048, -1, 0, 2047]]) if signed else np.array([[0, 1, 2048, 4095]])
    pixels = ((values & 0xFFF) | 0x1000).astype(np.uint16).view(np.int16 if signed else np.uint16)
    decoded = to_hounsfield(pixels, header)
    assert decoded.hu.T.tolist() == values.tolist()
    assert decoded.stray_bits == (4 if not signed else np.count_nonzero(pixels != values))


@pytest.mark.parametrize(
    ("tags", "element"),
    [
        ({"HighBit": 12, "BitsStored": 12}, "HighBit"),
        ({"BitsStored": 17}, "BitsStored"),
        ({"BitsAllocated": 24}, "BitsAllocated"),
        ({"PixelRepresentation": 7}, "PixelRepresentation"),
    ],
)
def test_bits_that_cannot_be_are_refused_naming_the_element(
    tmp_path: Path, tags: dict[str, Any], element: str
) -> None:
    result = _saved(tmp_path, phantom_slices(**tags))
    assert codes(result) == {"bad_pixels"}
    assert element in result.refused[0].message


# --- padding


def test_a_padding_value_amid_the_patients_is_pointed_out_and_not_applied(tmp_path: Path) -> None:
    amid = phantom_slices([*range(-6, 6)], intercept=0, PixelPaddingValue=50)  # the muscle at z = 0
    series = only(_saved(tmp_path / "amid", amid))
    assert wrong_voxels(series) == 0
    assert "padding_amid_values" in check_codes(series)
    apart = phantom_slices([*range(-6, 6)], intercept=0, PixelPaddingValue=333)
    assert "padding_amid_values" not in check_codes(only(_saved(tmp_path / "apart", apart)))


@pytest.mark.parametrize("limit", [None, -1990])
def test_padding_round_the_scan_becomes_air_with_its_range(tmp_path: Path, limit: int | None) -> None:
    tags: dict[str, Any] = {} if limit is None else {"PixelPaddingRangeLimit": limit}
    slices = phantom_slices(intercept=0, PixelPaddingValue=-2000, **tags)
    for one in slices:
        stored = np.frombuffer(one.PixelData, "<i2").reshape(ROWS, COLUMNS).copy()
        stored[0] = -2000
        stored[-1] = -2000 if limit is None else -1995
        one.PixelData = stored.tobytes()
    array = only(_saved(tmp_path, slices)).volume.array
    assert array.min() == -1024
    assert (array == -1024).sum() == 2 * COLUMNS * SLICES


def test_a_frame_padded_with_a_value_of_tissue_becomes_air_and_tissue_stays(tmp_path: Path) -> None:
    slices = phantom_slices(intercept=0, PixelPaddingValue=0)
    for one in slices:
        stored = np.frombuffer(one.PixelData, "<i2").reshape(ROWS, COLUMNS).copy()
        stored[[0, -1]] = 0
        stored[:, [0, -1]] = 0
        stored[ROWS // 2, COLUMNS // 2] = 0
        one.PixelData = stored.tobytes()
    series = only(_saved(tmp_path, slices))
    assert (series.volume.array == -1024).sum() == (2 * COLUMNS + 2 * ROWS - 4) * SLICES
    assert (series.volume.array == 0).sum() >= SLICES
    assert "padding_amid_values" in check_codes(series)


# --- the voxels themselves


def _ct() -> np.ndarray:
    slices = phantom_slices()
    planes = [np.frombuffer(one.PixelData, "<i2").reshape(ROWS, COLUMNS).T - 1024 for one in slices]
    return np.stack(planes, axis=-1).astype(np.int16)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda hu: hu + 1024, "above 600"),
        (lambda hu: np.clip(hu, -1000, 3000) - 2000, "fat or muscle"),
        (lambda hu: np.where(hu > -500, 10 + hu / 9, 0), "lie within"),
        (lambda hu: np.clip(1000 + hu, 0, None), "above 600"),
        (lambda hu: np.clip((hu + 160) / 400 * 255, 0, 255), "without fat"),
    ],
)
def test_voxels_that_cannot_be_hounsfield_units_are_refused_in_nifti_too(
    tmp_path: Path, make: Callable[[np.ndarray], np.ndarray], words: str
) -> None:
    affine = np.diag([-SPACING[1], -SPACING[0], 2.0, 1.0])
    # more kinds of values than labels have, so that none is taken for a mask
    noise = np.random.default_rng(0).integers(0, 70, _ct().shape)
    values = np.asarray(make(_ct() + noise)).astype(np.int16)
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "sub-1_ct.nii.gz")
    result = ingested(tmp_path)
    assert not result.series
    assert codes(result) == {"not_hounsfield"}
    assert words in result.refused[0].message


def test_a_shifted_dicom_series_is_refused(tmp_path: Path) -> None:
    slices = phantom_slices()
    for one in slices:
        one.RescaleIntercept = 0
    assert codes(_saved(tmp_path, slices)) == {"not_hounsfield"}


@pytest.mark.parametrize(
    "name",
    [
        *("real-ct/lidc-0001.nii.gz", "real-ct/cptac-pda.nii.gz", "real-ct/neck-to-t6.nii.gz"),
        *("real-ct/chest-upper.nii.gz", "totalsegmentator-abdomen/ct.nii.gz", "tptbox-lumbar/ct.nii.gz"),
        *("no-spine/test/sts-008.nii.gz", "no-spine/test/sts-033.nii.gz", "no-spine/training/sts-019.nii.gz"),
    ],
)
def test_real_cts_of_all_regions_raise_no_doubt_and_are_refused_when_shifted(name: str) -> None:
    hu = np.asanyarray(nib.Nifti1Image.from_filename(real_data(name)).dataobj)
    assert doubt(require_hounsfield_values(hu)) == ""
    for shift in (1024, -1024, 4096):
        with pytest.raises(ValueError, match="not Hounsfield units"):
            require_hounsfield_values(hu + shift)


def test_a_crop_without_air_is_taken_with_a_remark() -> None:
    body = _ct()
    body = body[body > -500]
    assert "as light as air" in doubt(require_hounsfield_values(body))


def test_real_mr_is_no_ct() -> None:
    mr = np.asanyarray(nib.Nifti1Image.from_filename(real_data("mr_t2.nii.gz")).dataobj)
    with pytest.raises(ValueError, match="without fat"):
        require_hounsfield_values(mr)
