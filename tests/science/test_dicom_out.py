"""Curated cases as DICOM: what is written reads back as the same voxels in the same place, and as levels."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from backend.science.errors import BadInput
from backend.science.formats.dicom_report import GRADE, MEASURED, VertebraFindings, report
from backend.science.formats.dicom_segmentation import level_of, segmentation
from backend.science.formats.dicom_series import CtSeries, Identity, file_bytes, upright
from backend.science.labels import BY_LABEL, L6, T13, label_of, name_of
from backend.science.outlines import largest_outlines
from backend.science.volume import FloatArray, Mask, Volume, VolumeGeometry

SHAPE = (7, 9, 11)
LEVELS = [label_of("T12"), T13, label_of("L1"), L6]


def turned(degrees: tuple[float, float, float], spacing: tuple[float, float, float]) -> FloatArray:
    """An affine turned about x, y and z, with its origin well away from 0."""
    a, b, c = np.deg2rad(degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_y @ about_x @ np.diag(spacing)
    affine[:3, 3] = (-123.456789, 87.654321, -1040.123456)
    return affine


FLIPPED = np.array([[-0.9, 0, 0, 40], [0, 0, -2.5, 3], [0, 1.1, 0, -700], [0, 0, 0, 1.0]])
AFFINES = {
    "straight": turned((0, 0, 0), (0.8, 0.9, 2.5)),
    "oblique": turned((17, -9, 23), (0.7, 1.3, 3.1)),
    "axes swapped and flipped": FLIPPED,
}
IDENTITY = Identity(b"secret", "case-1", "VB-17", date(2026, 3, 4), sex="F", software="1")


def scan(affine: FloatArray) -> tuple[Volume, Mask]:
    rng = np.random.default_rng(4)
    geometry = VolumeGeometry(SHAPE, affine)
    mask: NDArray[np.uint8] = np.zeros(SHAPE, dtype=np.uint8)
    for place, label in enumerate(LEVELS):
        mask[2:5, 1 + place : 7, 2 * place : 2 * place + 2] = label
    return Volume(geometry, rng.integers(-1024, 3000, SHAPE, dtype=np.int16)), Mask(geometry, mask)


def read(made: Dataset) -> Dataset:
    return pydicom.dcmread(io.BytesIO(file_bytes(made)))


def value_at(slices: list[Dataset], stacks: list[NDArray[np.integer]], point: FloatArray) -> int:
    """The voxel at a point (RAS mm) by the images' own words of where they lie."""
    lps = point * (-1, -1, 1)
    for image, pixels in zip(slices, stacks, strict=True):
        along = np.array(image.ImageOrientationPatient, dtype=float)
        spacing = np.array(image.PixelSpacing, dtype=float)
        away = lps - np.array(image.ImagePositionPatient, dtype=float)
        normal = np.cross(along[:3], along[3:])
        if abs(away @ normal) > 1e-4:
            continue
        column, row = away @ along[:3] / spacing[1], away @ along[3:] / spacing[0]
        assert abs(column - round(column)) * spacing[1] < 1e-4
        assert abs(row - round(row)) * spacing[0] < 1e-4
        return int(pixels[round(row), round(column)])
    raise AssertionError("no image lies there")


def some_voxels() -> list[tuple[int, int, int]]:
    corners = [(i, j, k) for i in (0, SHAPE[0] - 1) for j in (0, SHAPE[1] - 1) for k in (0, SHAPE[2] - 1)]
    return [*corners, (3, 4, 5), (2, 6, 1), (4, 1, 9)]


@pytest.mark.parametrize("affine", AFFINES.values(), ids=list(AFFINES))
def test_the_images_show_the_same_voxels_at_the_same_places(affine: FloatArray) -> None:
    volume, _ = scan(affine)
    series = CtSeries(volume, IDENTITY)
    images = [read(series.image(number)) for number in range(1, len(series) + 1)]
    stacks = [image.pixel_array * int(image.RescaleSlope) + int(image.RescaleIntercept) for image in images]
    assert len(images) * images[0].Rows * images[0].Columns == volume.array.size
    for voxel in some_voxels():
        point = volume.geometry.voxel_to_ras_mm(voxel)
        assert value_at(images, stacks, point) == volume.array[voxel]


def test_images_go_to_the_left_the_back_and_the_head() -> None:
    series = CtSeries(scan(FLIPPED)[0], IDENTITY)
    first, last = series.header(1), series.header(len(series))
    assert np.allclose(first.ImageOrientationPatient, (1, 0, 0, 0, 1, 0))
    assert last.ImagePositionPatient[2] > first.ImagePositionPatient[2]


def test_a_sheared_grid_is_refused() -> None:
    sheared = np.eye(4)
    sheared[1, 2] = 0.2
    with pytest.raises(BadInput, match="right angles") as refused:
        CtSeries(scan(sheared)[0], IDENTITY)
    assert refused.value.code == "sheared_grid"


@pytest.mark.parametrize("affine", AFFINES.values(), ids=list(AFFINES))
def test_a_segmentation_shows_each_level_where_the_mask_has_it(affine: FloatArray) -> None:
    volume, mask = scan(affine)
    made = segmentation(mask, CtSeries(volume, IDENTITY), digest="d")
    found = hd.seg.Segmentation.from_dataset(read(made))
    assert [entry.SegmentLabel for entry in found.SegmentSequence] == [name_of(label) for label in LEVELS]
    for number, label in enumerate(LEVELS, start=1):
        shown = found.get_volume(segment_numbers=[number], combine_segments=True)
        ours = np.argwhere(mask.array == label)
        points = mask.geometry.voxel_to_ras_mm(ours) * (-1, -1, 1)
        places = shown.map_reference_to_indices(points)
        assert np.abs(places - np.rint(places)).max() < 1e-4
        theirs = np.argwhere(shown.array == 1 if shown.array.max() == 1 else shown.array == number)
        assert {tuple(place) for place in np.rint(places).astype(int)} == {tuple(p) for p in theirs}


def test_segments_have_codes_and_colours_and_levels_without_a_code_say_so() -> None:
    volume, mask = scan(AFFINES["straight"])
    found = read(segmentation(mask, CtSeries(volume, IDENTITY), digest="d"))
    types = [entry.SegmentedPropertyTypeCodeSequence[0] for entry in found.SegmentSequence]
    assert [level_of(code) for code in types] == LEVELS
    assert [code.CodingSchemeDesignator for code in types] == ["SCT", "99VERTEBASE", "SCT", "99VERTEBASE"]
    assert types[1].CodeMeaning == "T13 vertebra (no SNOMED CT code)"
    for entry, label in zip(found.SegmentSequence, LEVELS, strict=True):
        shown = hd.color.CIELabColor.from_dicom_value(entry.RecommendedDisplayCIELabValue).to_rgb()
        assert np.abs(np.subtract(shown, BY_LABEL[label].rgb)).max() <= 2


def test_an_empty_mask_has_no_segmentation() -> None:
    volume, mask = scan(AFFINES["straight"])
    empty = Mask(mask.geometry, np.zeros(SHAPE, dtype=np.uint8))
    with pytest.raises(BadInput, match="no vertebra"):
        segmentation(empty, CtSeries(volume, IDENTITY), digest="d")


def test_a_report_says_what_was_measured_of_each_level_and_of_which_segment() -> None:
    volume, mask = scan(AFFINES["oblique"])
    ct = CtSeries(volume, IDENTITY)
    segmented = segmentation(mask, ct, digest="d")
    l1, t12 = label_of("L1"), label_of("T12")
    findings = {
        l1: VertebraFindings(24.5, 21.25, 26.0, trabecular_hu=131.4, grade=2, fracture_type="wedge"),
        t12: VertebraFindings(anterior_mm=23.0),
        label_of("C2"): VertebraFindings(anterior_mm=1.0),  # not in the mask
    }
    made = read(report(findings, mask, segmented, ct, digest="d"))
    content = hd.sr.Comprehensive3DSR.from_dataset(made).content
    assert isinstance(content, hd.sr.MeasurementReport)
    groups = content.get_volumetric_roi_measurement_groups()
    assert [level_of(group.finding_sites[0].value) for group in groups] == [t12, l1]
    group = groups[1]
    assert group.referenced_segment is not None
    assert group.referenced_segment.referenced_sop_instance_uid == segmented.SOPInstanceUID
    said = {row.name.value: (row.value, row.unit.value) for row in group.get_measurements()}
    assert said[MEASURED["anterior_mm"][0].value] == (24.5, "mm")
    assert said[MEASURED["trabecular_hu"][0].value] == (131.4, "[hnsf'U]")
    assert MEASURED["volume_ml"][0].value not in said
    grades: list[Any] = [row.value for row in group.get_qualitative_evaluations() if row.name == GRADE]
    assert [grade.value for grade in grades] == ["GENANT_2"]
    assert group.tracking_uid == segmented.SegmentSequence[2].TrackingUID


def test_a_report_outlines_each_level_in_an_image_under_the_name_of_its_measurements() -> None:
    """OHIF puts groups of one tracking UID together, and fails on a vertebra without a region in an image."""
    volume, mask = scan(AFFINES["oblique"])
    ct = CtSeries(volume, IDENTITY)
    segmented = segmentation(mask, ct, digest="d")
    made = read(report({label: VertebraFindings() for label in LEVELS}, mask, segmented, ct, digest="d"))
    content = hd.sr.Comprehensive3DSR.from_dataset(made).content
    assert isinstance(content, hd.sr.MeasurementReport)
    measured = content.get_volumetric_roi_measurement_groups()
    outlined = content.get_planar_roi_measurement_groups()
    assert [group.tracking_uid for group in outlined] == [group.tracking_uid for group in measured]
    images = {ct.header(number).SOPInstanceUID: number for number in range(1, len(ct) + 1)}
    for label, group in zip(LEVELS, outlined, strict=True):
        region = group.roi
        assert isinstance(region, hd.sr.ImageRegion)
        (source,) = region.ContentSequence
        number = images[source.referenced_sop_instance_uid]
        shown = upright(mask).array[:, :, number - 1] == label
        assert shown.sum() == (upright(mask).array == label).sum(axis=(0, 1)).max()
        assert np.array_equal(region.value[0], region.value[-1])
        # a voxel is in the outline where its middle is: DICOM counts from the corner of the first pixel
        middles = np.indices(shown.shape).reshape(2, -1).T + 0.5
        inside = Path(region.value).contains_points(middles, radius=1e-6).reshape(shown.shape)
        inside |= Path(region.value[::-1]).contains_points(middles, radius=1e-6).reshape(shown.shape)
        assert np.array_equal(inside, shown)


def test_an_outline_is_of_the_largest_piece_in_its_fullest_slice_and_goes_round_the_canal() -> None:
    array: NDArray[np.uint8] = np.zeros((12, 10, 4), np.uint8)
    array[1:7, 1:7, 2] = 20
    array[3:5, 3:5, 2] = 0
    array[9, 8, 2] = array[2, 2, 1] = 20
    outlines = largest_outlines(array, [20, 21])
    assert list(outlines) == [20]
    assert outlines[20].index == 2
    assert (outlines[20].corners.min(), outlines[20].corners.max()) == (1.0, 7.0)


def test_nothing_tells_who_where_or_when_and_the_same_case_gives_the_same_bytes() -> None:
    volume, mask = scan(AFFINES["straight"])
    ct = CtSeries(volume, IDENTITY)

    def all_made() -> list[Dataset]:
        segmented = segmentation(mask, ct, digest="d")
        findings = {LEVELS[0]: VertebraFindings(anterior_mm=20)}
        return [ct.image(1), segmented, report(findings, mask, segmented, ct, digest="d")]

    first, second = all_made(), all_made()
    assert [file_bytes(one) for one in first] == [file_bytes(one) for one in second]
    for made in first:
        assert (made.PatientID, made.PatientSex, made.PatientIdentityRemoved) == ("VB-17", "F", "YES")
        dated = {e.value for e in made.iterall() if e.VR in ("DA", "DT") and e.value}
        assert dated <= {"20260304"}
        assert "InstitutionName" not in made
        assert made.StudyInstanceUID == IDENTITY.study_uid


def test_uids_hang_on_the_site_s_secret_the_case_and_the_mask() -> None:
    other_site = Identity(b"other", "case-1", "VB-17", date(2026, 3, 4))
    other_case = Identity(b"secret", "case-2", "VB-17", date(2026, 3, 4))
    studies = {one.study_uid for one in (IDENTITY, other_site, other_case)}
    assert len(studies) == 3
    assert IDENTITY.series_uid("SEG", "a") != IDENTITY.series_uid("SEG", "b")
    assert IDENTITY.study_uid == Identity(b"secret", "case-1", "x", date(2020, 1, 1)).study_uid
    assert IDENTITY.study_uid.is_valid
