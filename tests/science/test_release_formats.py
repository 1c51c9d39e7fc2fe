"""Slabs for the viewer, spreadsheets and pictures for a release."""

from __future__ import annotations

import gzip
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from backend.science import previews
from backend.science.formats import nifti
from backend.science.formats.gradings import (
    GRADING_COLUMNS,
    GradingRow,
    PatientRow,
    grading_cells,
    harmless,
)
from backend.science.formats.slabs import COARSE_BYTES, block_means, build_slabs, coarse_factors
from backend.science.labels import BY_LABEL
from backend.science.quality import Point
from backend.science.volume import Mask, Volume, VolumeGeometry
from tests.science.real_data import real_data

AFFINE = np.array([[0.7, 0.1, 0, -80], [-0.1, 0.9, 0.05, 20.5], [0, -0.04, 2.5, 900.25], [0, 0, 0, 1]])


def _volume(shape: tuple[int, int, int] = (130, 140, 70)) -> Volume:
    rng = np.random.default_rng(0)
    return Volume(VolumeGeometry(shape, AFFINE), rng.integers(-1024, 3000, shape).astype(np.int16))


# --- slabs


def test_slabs_put_together_are_the_volume() -> None:
    volume = _volume()
    index, blobs = build_slabs(volume)
    whole = np.zeros(volume.array.shape, dtype=np.int16)
    expected_start = 0
    for slab in index["slabs"]:
        blob = blobs[slab["sha256"]]
        assert hashlib.sha256(blob).hexdigest() == slab["sha256"]
        assert (len(blob), slab["k0"]) == (slab["bytes"], expected_start)
        voxels = np.frombuffer(gzip.decompress(blob), dtype="<i2")
        whole[:, :, slab["k0"] : slab["k1"]] = voxels.reshape((130, 140, -1), order="F")
        expected_start = slab["k1"]
    assert expected_start == 70
    assert np.array_equal(whole, volume.array)
    assert index["hu_range"] == [int(volume.array.min()), int(volume.array.max())]
    assert (index["version"], index["shape"], index["dtype"]) == (1, [130, 140, 70], "int16")
    assert VolumeGeometry.from_json(index).matches(volume.geometry, 1e-9)
    assert build_slabs(volume)[0] == index


def test_the_coarse_volume_is_small_and_averages_blocks() -> None:
    volume = _volume()
    index, blobs = build_slabs(volume)
    coarse = index["coarse"]
    voxels = np.frombuffer(gzip.decompress(blobs[coarse["sha256"]]), dtype="<i2")
    assert voxels.nbytes <= COARSE_BYTES
    array = voxels.reshape(coarse["shape"], order="F")
    fx, fy, fz = coarse["factor"]
    assert coarse["shape"] == [-(-130 // fx), -(-140 // fy), -(-70 // fz)]
    assert array[1, 2, 3] == np.rint(
        volume.array[fx : 2 * fx, 2 * fy : 3 * fy, 3 * fz : 4 * fz].mean(dtype=np.float64)
    )


def test_the_last_block_averages_what_is_left_of_it() -> None:
    voxels = np.arange(5, dtype=np.int16).reshape((5, 1, 1))
    assert block_means(voxels, (2, 1, 1)).ravel().tolist() == [0, 2, 4]  # 0.5 and 2.5 round to even


@pytest.mark.parametrize(
    ("shape", "spacing"),
    [((512, 512, 800), (0.7, 0.7, 0.7)), ((512, 512, 20), (0.98, 0.98, 2)), ((9, 9, 9), (1, 1, 1))],
)
def test_coarse_factors_reduce_the_finest_axes_first(shape: tuple[int, int, int], spacing: Point) -> None:
    factors = coarse_factors(shape, spacing)
    assert 2 * np.prod([-(-n // f) for n, f in zip(shape, factors, strict=True)]) <= COARSE_BYTES
    steps = [f * s for f, s in zip(factors, spacing, strict=True) if f > 1]
    assert not steps or max(steps) <= 2 * max(min(steps), max(spacing))


# --- spreadsheets

ROWS = [
    GradingRow("sub-0002", "1", "test", 20, 0),
    GradingRow("sub-0001", "1", "training", 20, 2, "wedge", "pmma", decided_by="=cmd|' /C calc'!A0"),
    GradingRow("sub-0001", "1", "training", 28, None, not_gradable_reason="cut off"),
    GradingRow("sub-0001", "1", "training", 19, 3, "crush", osteoporotic="yes", readers=3),
]
PATIENTS = [PatientRow("sub-0001", "training", 90, "F", 77.9), PatientRow("sub-0000", "test")]


def test_rows_run_from_the_head_down_in_each_series_and_say_na_for_nothing() -> None:
    rows = [dict(zip(GRADING_COLUMNS, cells, strict=True)) for cells in grading_cells(ROWS)]
    assert [(row["subject"], row["level"]) for row in rows] == [
        ("sub-0001", "T12"),
        ("sub-0001", "T13"),
        ("sub-0001", "L1"),
        ("sub-0002", "L1"),
    ]
    assert rows[1]["fx_grade"] == rows[1]["fx_type"] == "NA"
    assert rows[1]["not_gradable_reason"] == "cut off"
    assert rows[3]["fx_grade"] == 0


def test_text_never_becomes_a_formula() -> None:
    assert [harmless(cell) for cell in ("=cmd", "-1", "mild", -1)] == ["'=cmd", "'-1", "mild", -1]


# --- pictures


def _spine_picture_input() -> tuple[Volume, Mask]:
    """An upright body with two vertebrae at its back, in an axis order that is not canonical."""
    affine = np.array([[0, 0, 2.0, -60], [0, -1.0, 0, 100], [1.0, 0, 0, 0], [0, 0, 0, 1]])
    grid = VolumeGeometry((120, 90, 60), affine)  # S, P, R
    hu = np.full(grid.shape, -1000, dtype=np.int16)
    hu[:, 10:80, 5:55] = 0
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[70:90, 50:70, 25:35] = 19
    labels[40:60, 50:70, 25:35] = 20
    hu[labels > 0] = 400
    return Volume(grid, hu), Mask(grid, labels)


def _pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def _place_of(pixels: np.ndarray, label: int) -> tuple[float, float]:
    """Mean row and column, as shares of the picture, of pixels in the label's own colour (its outline)."""
    where = np.argwhere((pixels == BY_LABEL[label].rgb).all(axis=2))
    assert len(where) > 20
    row, column = where.mean(axis=0) / pixels.shape[:2]
    return float(row), float(column)


def test_a_thumbnail_has_the_aspect_of_the_body_head_up_and_back_to_the_right() -> None:
    volume, mask = _spine_picture_input()
    pixels = _pixels(previews.thumbnail_png(volume, mask))
    assert pixels.shape[:2] == (320, 240)  # 120 mm high, 90 mm deep
    upper, lower = _place_of(pixels, 19), _place_of(pixels, 20)
    assert upper[0] == pytest.approx(1 - 80 / 120, abs=0.02)
    assert lower[0] == pytest.approx(1 - 50 / 120, abs=0.02)
    assert upper[1] == pytest.approx(60 / 90, abs=0.02)


def test_a_preview_shows_both_planes_in_millimetres_with_right_on_the_left() -> None:
    volume, mask = _spine_picture_input()
    shifted = Mask(mask.geometry, np.roll(mask.array, 10, axis=2))  # 20 mm to the patient's right
    moved = Volume(volume.geometry, np.roll(volume.array, 10, axis=2))
    pixels = _pixels(previews.preview_png(moved, shifted, {19: (-10.0, 40.0, 80.0), 20: (-10.0, 40.0, 50.0)}))
    sagittal_width = round((pixels.shape[1] - 72) * 90 / (90 + 120))
    coronal = pixels[24:-24, 48 + sagittal_width : -24]
    assert coronal.shape[1] / coronal.shape[0] == pytest.approx(120 / 120, abs=0.02)
    assert _place_of(coronal, 19)[1] == pytest.approx(1 - 79.5 / 120, abs=0.03)


def test_pictures_need_no_mask_and_refuse_one_from_another_grid() -> None:
    volume, mask = _spine_picture_input()
    assert _pixels(previews.thumbnail_png(volume)).shape == (320, 240, 3)
    assert _pixels(previews.preview_png(volume, None)).shape[2] == 3
    with pytest.raises(ValueError, match="another grid"):
        previews.thumbnail_png(volume, Mask(VolumeGeometry((120, 90, 60), np.eye(4)), mask.array))


def test_the_pictures_of_a_real_ct_show_every_vertebra() -> None:
    volume = nifti.read_volume(real_data("totalsegmentator-abdomen/ct.nii.gz"))
    mask = nifti.read_mask(real_data("totalsegmentator-abdomen/vertebrae.nii.gz"))
    pixels = _pixels(previews.preview_png(volume, mask))
    places = [_place_of(pixels, label)[0] for label in (19, 20, 21, 22, 23, 24)]
    assert places == sorted(places)
