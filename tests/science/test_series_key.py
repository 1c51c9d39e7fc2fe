"""Which slices make one volume: content first, with tolerances, and then the line through all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.science.ingest import IngestResult
from tests.science import dicom_files
from tests.science.ct_phantom import (
    COLUMNS,
    ORIGIN,
    ROWS,
    SLICES,
    STEP_MM,
    heights,
    phantom_slices,
    wrong_voxels,
)
from tests.science.ingesting import check_codes, codes, ingested, only

SHAPE = (COLUMNS, ROWS, SLICES)


def _whole(result: IngestResult, shape: tuple[int, int, int] = SHAPE, step_mm: float = STEP_MM) -> None:
    series = only(result)
    assert series.volume.geometry.shape == shape
    assert series.volume.geometry.spacing_mm == pytest.approx((4.4, 4.0, step_mm), abs=1e-3)
    assert wrong_voxels(series) == 0
    assert "separated" not in check_codes(series)


@pytest.mark.parametrize("noise", ["alternating", "random", "last", "minus_zero", "at_an_edge"])
def test_noise_in_the_cosines_parts_nothing(tmp_path: Path, noise: str) -> None:
    slices = phantom_slices()
    rng = np.random.default_rng(3)
    for k, one in enumerate(slices):
        last = k == len(slices) - 1
        sixth = {
            "alternating": f"{(-1) ** k * 1e-9:.12f}",
            "random": f"{rng.normal(0, 2e-9):.12f}",
            "last": "-0" if last else "0",
            "minus_zero": rng.choice(["-0", "0"]),
            "at_an_edge": f"{0.005 + (-1) ** k * 2e-5:.6f}",  # where a bin of 0.01 would end
        }[noise]
        one.ImageOrientationPatient = ["1", "0", "0", "0", "1", str(sixth)]
    dicom_files.save(tmp_path, slices)
    series = only(ingested(tmp_path))
    assert series.volume.geometry.shape == SHAPE
    assert series.volume.geometry.spacing_mm[2] == pytest.approx(STEP_MM, abs=1e-6)


def test_spacing_written_with_other_decimals_parts_nothing(tmp_path: Path) -> None:
    slices = phantom_slices()
    for one in slices[::2]:
        one.PixelSpacing = ["4.0000004", "4.4000005"]
    dicom_files.save(tmp_path, slices)
    _whole(ingested(tmp_path))


def test_another_spacing_is_parted(tmp_path: Path) -> None:
    finer = phantom_slices(heights(first_mm=200.0), spacing=(3.9, 4.3))
    dicom_files.save(tmp_path, phantom_slices() + finer)
    result = ingested(tmp_path)
    assert not result.refused
    assert [s.volume.geometry.shape for s in result.series] == [SHAPE] * 2
    assert all("separated" in check_codes(series) for series in result.series)


@pytest.mark.parametrize(("step_mm", "decimals", "count"), [(1.25, 1, 40), (0.625, 2, 40), (0.7, 1, 30)])
def test_rounded_positions_make_one_even_volume(
    tmp_path: Path, step_mm: float, decimals: int, count: int
) -> None:
    slices = phantom_slices(heights(count, step_mm))
    for one in slices:
        z = float(one.ImagePositionPatient[2])
        one.ImagePositionPatient = [*ORIGIN[:2], round(z, decimals)]
    dicom_files.save(tmp_path, slices)
    series = only(ingested(tmp_path))
    assert series.volume.geometry.shape == (COLUMNS, ROWS, count)
    assert series.volume.geometry.spacing_mm[2] == pytest.approx(step_mm, abs=0.001)


@pytest.mark.parametrize(
    ("step_mm", "off_mm", "fits"), [(1.0, 0.08, True), (2.0, 0.08, True), (2.0, 0.2, False), (5.0, 0.2, True)]
)
def test_a_slice_may_lie_a_tenth_of_a_millimetre_or_a_twentieth_of_the_step_off(
    tmp_path: Path, step_mm: float, off_mm: float, fits: bool
) -> None:
    slices = phantom_slices(heights(SLICES, step_mm))
    slices[5].ImagePositionPatient = [*ORIGIN[:2], heights(SLICES, step_mm)[5] + off_mm]
    dicom_files.save(tmp_path, slices)
    result = ingested(tmp_path)
    assert bool(result.series) is fits
    if not fits:
        assert codes(result) == {"uneven_spacing"}
        assert "IM0005 (slice 6 of 12)" in result.refused[0].message


def test_a_slice_missing_among_rounded_positions_is_found(tmp_path: Path) -> None:
    slices = phantom_slices(heights(40, 1.25))
    for one in slices:
        one.ImagePositionPatient = [*ORIGIN[:2], round(float(one.ImagePositionPatient[2]), 1)]
    del slices[20]
    dicom_files.save(tmp_path, slices)
    result = ingested(tmp_path)
    assert not result.series
    assert codes(result) == {"missing_slices"}
    assert "1 slice is missing (after slice 20, " in result.refused[0].message


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "P-2", "StudyInstanceUID": "1.9", "FrameOfReferenceUID": "1.9.9"},
        {"PatientID": "P-2"},
        {"PatientName": "Other^Name"},
        {"FrameOfReferenceUID": "1.9.9"},
        {"StudyInstanceUID": "1.9"},
        {"ImageType": ["DERIVED", "SECONDARY", "AXIAL"]},
        {"ConvolutionKernel": "B30f"},
        {"KVP": 140},
    ],
)
def test_two_contents_under_one_series_uid_make_two_volumes(
    tmp_path: Path, other: dict[str, Any], interleaved: bool
) -> None:
    first = ORIGIN[2] + (STEP_MM / 2 if interleaved else SLICES * STEP_MM)
    base: dict[str, Any] = {"ConvolutionKernel": "B60s", "KVP": 120, "PatientName": "One^Name"}
    both = phantom_slices(**base) + phantom_slices(heights(first_mm=first), **(base | other))
    dicom_files.save(tmp_path, both)
    result = ingested(tmp_path)
    assert not result.refused
    assert [series.volume.geometry.shape for series in result.series] == [SHAPE] * 2
    assert all(wrong_voxels(series) == 0 for series in result.series)
    assert all("separated" in check_codes(series) for series in result.series)
    assert len({series.patient_hmac for series in result.series}) == (2 if "PatientID" in other else 1)


def test_an_acquisition_number_that_counts_up_with_the_slices_parts_nothing(tmp_path: Path) -> None:
    slices = phantom_slices()
    for k, one in enumerate(slices):
        one.AcquisitionNumber = k + 1
    dicom_files.save(tmp_path / "each", slices)
    _whole(ingested(tmp_path / "each"))
    for k, one in enumerate(slices):
        one.AcquisitionNumber = 1 + k // 4
    dicom_files.save(tmp_path / "blocks", slices)
    _whole(ingested(tmp_path / "blocks"))
    dicom_files.save(tmp_path / "gap", slices[:5] + slices[6:])
    assert codes(ingested(tmp_path / "gap")) == {"missing_slices"}


@pytest.mark.parametrize("keyword", ["AcquisitionNumber", "SliceThickness", "TemporalPositionIdentifier"])
def test_two_scans_of_one_place_are_parted_by_what_tells_them_apart(tmp_path: Path, keyword: str) -> None:
    both = phantom_slices() + phantom_slices(heights(first_mm=ORIGIN[2] + STEP_MM / 2))
    for k, one in enumerate(both):
        setattr(one, keyword, 1 + k // SLICES)
    dicom_files.save(tmp_path, both)
    result = ingested(tmp_path)
    assert not result.refused
    assert [series.volume.geometry.shape for series in result.series] == [SHAPE] * 2


def test_files_that_each_name_a_series_are_joined_by_frame_and_grid(tmp_path: Path) -> None:
    slices = phantom_slices()
    for k, one in enumerate(slices):
        one.SeriesInstanceUID, one.StudyInstanceUID = f"1.5.{k}", f"1.6.{k}"
    dicom_files.save(tmp_path, slices)
    result = ingested(tmp_path)
    _whole(result)
    assert "joined" in check_codes(result.series[0])


@pytest.mark.parametrize("fault", ["patient", "frame", "gap"])
def test_files_that_each_name_a_series_are_refused_in_one_voice_where_nothing_joins_them(
    tmp_path: Path, fault: str
) -> None:
    slices = phantom_slices()
    for k, one in enumerate(slices):
        one.SeriesInstanceUID = f"1.5.{k}"
        if fault == "frame":
            one.FrameOfReferenceUID = f"1.7.{k}"
        if fault == "patient":
            one.PatientID = f"P-{k % 2}"
    if fault == "gap":
        del slices[4]
    dicom_files.save(tmp_path, slices)
    result = ingested(tmp_path)
    if fault == "patient":  # every second slice is another's: two volumes, never one
        assert len({series.patient_hmac for series in result.series}) == 2
        assert all(series.volume.geometry.shape[2] == SLICES // 2 for series in result.series)
        return
    assert not result.series
    assert codes(result) == {"scattered_series"}
    assert len({refused.message.split(": ", 1)[1] for refused in result.refused}) == 1


def test_a_stray_slice_of_another_patient_is_named_for_what_it_is(tmp_path: Path) -> None:
    stray = phantom_slices([400.0], PatientID="P-9")
    dicom_files.save(tmp_path / "a", phantom_slices())
    dicom_files.save(tmp_path / "b", stray)
    result = ingested(tmp_path)
    assert [series.volume.geometry.shape for series in result.series] == [SHAPE]
    (refused,) = result.refused
    assert refused.code == "mixed_series"
    assert "differs from the rest of its series by patient" in refused.message
