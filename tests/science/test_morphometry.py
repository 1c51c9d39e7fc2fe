"""Bodies, heights, losses and suggested grades, on analytic columns and real masks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from backend.science.cli import main
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, read_volume, write_mask
from backend.science.formats.verse import read_centroids
from backend.science.morphometry import body_centroids, fracture_type, genant_grade, measure
from backend.science.morphometry.expected import expected_heights, intact_levels
from backend.science.morphometry.judging import heights_of_lines, judge
from backend.science.morphometry.profile import Three, profile_mm, rims_mm
from backend.science.volume import Mask
from tests.science import columns
from tests.science.columns import BICONCAVE, CRUSH, INTACT, WEDGE, Column, make, truth
from tests.science.real_data import real_data

KINDS = {"wedge": WEDGE, "biconcave": BICONCAVE, "crush": CRUSH, "intact": INTACT}
VERSE004 = "verse004/sub-verse004_seg-vert_msk.nii.gz"
TURNS = [(0.0, 0.0, 0.0), (15.0, 0.0, 0.0), (0.0, 12.0, 0.0), (0.0, 0.0, 20.0), (-12.0, 10.0, 8.0)]


def _found(mask: Mask, label: int = 22) -> tuple[float, float, float]:
    heights = measure(mask, labels=[label]).vertebrae[label].heights
    assert heights is not None
    return heights.all_mm


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", KINDS)
def test_heights_within_half_a_millimetre(kind: str, turn: tuple[float, float, float]) -> None:
    mask, _ = make(Column(heights={22: KINDS[kind]}, turn_deg=turn, labels=(21, 22, 23)))
    assert _found(mask) == pytest.approx(truth(KINDS[kind]), abs=0.5)


@pytest.mark.parametrize("spacing", [(2.0, 0.8, 0.8), (0.7, 0.7, 1.2), (1.0, 1.0, 1.0)])
@pytest.mark.parametrize("kind", ["wedge", "biconcave"])
def test_anisotropic_grids(kind: str, spacing: tuple[float, float, float]) -> None:
    mask, _ = make(
        Column(heights={22: KINDS[kind]}, spacing_mm=spacing, labels=(21, 22, 23), shift_mm=(3.3, 5.2, 7.4))
    )
    assert _found(mask) == pytest.approx(truth(KINDS[kind]), abs=0.6)


@pytest.mark.parametrize("slice_mm", [1.0, 2.0, 3.0])
def test_what_thick_slices_hide_is_in_the_uncertainty(slice_mm: float) -> None:
    """Flat endplates between two slices are in neither: an error of up to a slice, which no mask can tell."""
    for shift in (0.1, 0.7, 1.3):
        spacing = (0.8, 0.8, slice_mm)
        mask, _ = make(Column(spacing_mm=spacing, labels=(21, 22, 23), shift_mm=(0.3, 0.2, shift * slice_mm)))
        entry = measure(mask, labels=[22]).vertebrae[22]
        assert entry.heights is not None
        assert entry.heights.all_mm == pytest.approx(INTACT, abs=slice_mm + 0.01)
        assert entry.uncertainty_percent == pytest.approx(
            100 * max(0.5, slice_mm / np.sqrt(6)) / max(entry.heights.all_mm), rel=0.05
        )


@pytest.mark.parametrize("sway_deg", [4.0, 8.0, 12.0])
def test_a_scoliotic_column_is_measured_in_its_own_axes(sway_deg: float) -> None:
    mask, _ = make(Column(heights={22: WEDGE}, sway_deg=sway_deg))
    report = measure(mask)
    for label, entry in report.vertebrae.items():
        assert entry.heights is not None
        assert entry.heights.all_mm == pytest.approx(truth(WEDGE if label == 22 else INTACT), abs=0.5)


def test_turning_the_spine_does_not_change_heights() -> None:
    """Up to 20 degrees about each axis, within 1 mm."""
    straight = np.array(_found(make(Column(heights={22: BICONCAVE}, labels=(21, 22, 23)))[0]))
    for axis in range(3):
        for degrees in (-20.0, 20.0):
            turn = [0.0, 0.0, 0.0]
            turn[axis] = degrees
            mask, _ = make(
                Column(heights={22: BICONCAVE}, turn_deg=(turn[0], turn[1], turn[2]), labels=(21, 22, 23))
            )
            assert np.abs(np.array(_found(mask)) - straight).max() < 1.0


def test_the_body_is_told_from_the_arch() -> None:
    mask, middles = make(Column(turn_deg=(10.0, 5.0, 5.0)))
    for label, centroid in body_centroids(mask).items():
        assert np.linalg.norm(np.array(centroid) - middles[label]) < 1.0


def test_a_mask_of_bodies_alone_is_measured_too() -> None:
    mask, _ = make(Column(arch=False, labels=(21, 22, 23)))
    assert _found(mask) == pytest.approx(INTACT, abs=0.5)


@pytest.mark.parametrize(("kind", "grade"), [("wedge", 2), ("biconcave", 3), ("crush", 3), ("intact", 0)])
def test_grades_and_types_of_phantoms(kind: str, grade: int) -> None:
    mask, _ = make(Column(heights={22: KINDS[kind]}))
    report = measure(mask)
    entry = report.vertebrae[22]
    assert entry.suggested_grade == grade
    assert entry.suggested_type == (kind if grade else None)
    others = [report.vertebrae[label].suggested_grade for label in (20, 21, 23, 24)]
    assert others == [0, 0, 0, 0]


# Heights (front, middle, back; mm) beside neighbours of 26 mm, with the loss that each grade stands for.
GRADED = {
    ("wedge", 1): (19.0, 22.5, 26.0),
    ("wedge", 2): (16.5, 21.2, 26.0),
    ("wedge", 3): (12.5, 19.2, 26.0),
    ("biconcave", 1): (26.0, 20.1, 26.0),
    ("biconcave", 2): (26.0, 17.5, 26.0),
    ("biconcave", 3): (26.0, 13.0, 26.0),
    ("crush", 1): (20.1, 20.1, 20.1),
    ("crush", 2): (17.5, 17.5, 17.5),
    ("crush", 3): (14.0, 14.0, 14.0),
}


def _healthy_neighbours() -> dict[int, Three]:
    """L1, L2, L4 and L5 of a patient whose L3 would be 26 mm high."""
    found: dict[int, Three] = {}
    for label in (20, 21, 23, 24):
        front, back = np.array(_rims(label)) * 26.0 / np.mean(_rims(22))
        found[label] = (float(front), float(front + back) / 2, float(back))
    return found


@pytest.mark.parametrize(("kind", "grade"), GRADED)
@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), pytest.param((10.0, -8.0, 6.0), marks=pytest.mark.slow)])
def test_each_type_and_grade_is_measured_and_told(
    kind: str, grade: int, turn: tuple[float, float, float]
) -> None:
    """Within half a millimetre at 1 mm voxels, straight and oblique; a mild loss is left to a reader."""
    wanted = GRADED[kind, grade]
    mask, _ = make(Column(heights={**_healthy_neighbours(), 22: wanted}, turn_deg=turn))
    entry = measure(mask).vertebrae[22]
    assert entry.heights is not None
    assert entry.heights.all_mm == pytest.approx(truth(wanted), abs=0.5)
    assert entry.suggested_type == kind
    assert entry.suggested_grade == (None if grade == 1 else grade)
    assert ("needs_reader" in entry.flags) == (grade == 1)


def test_an_even_crush_shows_only_against_the_neighbours() -> None:
    entry = measure(make(Column(heights={22: CRUSH}))[0]).vertebrae[22]
    assert entry.loss_percent is not None
    assert entry.loss_percent < 10
    assert entry.expected_loss_percent == pytest.approx(46, abs=3)


def test_two_crushed_neighbours_are_not_each_others_reference() -> None:
    report = measure(make(Column(heights={21: CRUSH, 22: CRUSH}, labels=(19, 20, 21, 22, 23, 24)))[0])
    assert report.intact == [19, 20, 23, 24]
    assert [report.vertebrae[label].suggested_grade for label in (21, 22)] == [3, 3]


def test_a_mild_loss_is_left_to_a_reader() -> None:
    mask, _ = make(Column(heights={22: (19.2, 22.8, 26.0)}))
    entry = measure(mask).vertebrae[22]
    assert entry.suggested_grade is None
    assert "needs_reader" in entry.flags


@pytest.mark.parametrize(
    ("loss", "grade"), [(19.99, 0), (20, 1), (24.99, 1), (25, 2), (39.99, 2), (40, 3), (0, 0), (100, 3)]
)
def test_thresholds_are_the_papers(loss: float, grade: int) -> None:
    """V9."""
    assert genant_grade(loss, 20) == genant_grade(loss, 28) == grade


@pytest.mark.parametrize("label", [1, 7, 26, 27])
def test_cervical_and_sacral_levels_are_not_graded(label: int) -> None:
    assert genant_grade(50.0, label) is None


@pytest.mark.parametrize(
    ("losses", "kind"),
    [
        ((40, 20, 0), "wedge"),
        ((5, 45, 8), "biconcave"),
        ((35, 38, 33), "crush"),
        ((10, 12, 40), "crush"),
        ((49, 66, 38), "biconcave"),
    ],
)
def test_types(losses: tuple[float, float, float], kind: str) -> None:
    assert fracture_type(losses) == kind


def test_a_vertebra_at_the_images_end_gets_no_grade() -> None:
    mask, _ = make(Column())
    cut = Mask(mask.geometry, mask.array.copy(order="F"))
    top = int(np.argwhere((cut.array == 20).any(axis=(0, 1))).max())
    shape = (*cut.geometry.shape[:2], top - 12)
    cropped = Mask(
        type(mask.geometry)((shape[0], shape[1], shape[2]), mask.geometry.affine_ras_mm),
        cut.array[:, :, : shape[2]],
    )
    entry = measure(cropped).vertebrae[20]
    assert {"touches_border", "cut_off"} <= set(entry.flags)
    assert entry.suggested_grade is None


def test_one_edited_vertebra_is_measured_as_in_the_whole() -> None:
    mask, _ = make(Column(heights={22: WEDGE}))
    whole = measure(mask)
    known = {label: entry.heights.all_mm for label, entry in whole.vertebrae.items() if entry.heights}
    again = measure(mask, labels=[22], known=known)
    assert list(again.vertebrae) == [22]
    assert again.vertebrae[22].to_json() == whole.vertebrae[22].to_json()


def test_levels_without_three_heights_are_named() -> None:
    array = np.zeros((40, 40, 40), np.uint8)
    array[5:30, 5:30, 2:12], array[5:30, 5:30, 20:35] = 26, 1
    report = measure(Mask(make(Column(labels=(20,)))[0].geometry.__class__((40, 40, 40), np.eye(4)), array))
    assert all(entry.flags == ("not_measured",) for entry in report.vertebrae.values())


@pytest.mark.parametrize("voxels", [1, 2, 30])
def test_specks_do_not_crash(voxels: int) -> None:
    mask, _ = make(Column(labels=(20, 21, 22)))
    mask.array[0, 0, :voxels] = 25
    mask.array[mask.array == 20] = 0
    entry = measure(mask).vertebrae[25]
    assert entry.suggested_grade is None


def test_the_outline_and_the_lines_lie_on_the_body() -> None:
    mask, middles = make(Column(heights={22: WEDGE}, turn_deg=(0.0, 12.0, 5.0), labels=(21, 22, 23)))
    heights = measure(mask, labels=[22]).vertebrae[22].heights
    assert heights is not None
    assert heights_of_lines(heights.lines_ras_mm) == pytest.approx(heights.all_mm, abs=0.6)
    outline = np.array(heights.outline_ras_mm)
    assert np.linalg.norm(outline.mean(axis=0) - middles[22]) < 2.0
    local = (outline - heights.frame.centre) @ heights.frame.axes
    assert np.ptp(local[:, 0]) == pytest.approx(heights.depth_mm, abs=1.5)
    assert np.abs(local[:, 1]).max() < 1.0


@pytest.mark.parametrize(
    "lines", [[], [[[0, 0, 0], [0, 0, 9]]] * 2, [[[0, 0, 0], [0, 0, 1]]] * 3, [[[0, 0, 0], [0, 0, 90]]] * 3]
)
def test_lines_that_are_no_heights_are_refused(lines: list[list[list[float]]]) -> None:
    with pytest.raises(BadInput, match=r"lines|height"):
        heights_of_lines(lines)


def test_heights_set_by_hand_are_judged_like_measured_ones() -> None:
    found = judge(22, (15.0, 20.0, 25.0), (25.0, 25.0, 25.0), 1.0)
    assert found.loss_percent == pytest.approx(40.0)
    assert found.expected_loss_percent == pytest.approx(40.0)
    assert found.uncertainty_percent == pytest.approx(4.0)
    assert (found.suggestion.grade, found.suggestion.type) == (3, "wedge")
    assert "borderline" in found.suggestion.flags
    alone = judge(22, (24.0, 24.0, 25.0), None, 1.0)
    assert (alone.suggestion.grade, alone.expected_loss_percent) == (0, None)
    assert "no_reference" in alone.suggestion.flags


def test_an_empty_mask_has_nothing_to_measure() -> None:
    mask, _ = make(Column(labels=(20,)))
    mask.array[:] = 0
    assert measure(mask).to_json() == {"vertebrae": {}, "reference_levels": []}
    assert body_centroids(mask) == {}


# Real masks


def test_verse004_has_one_severe_fracture() -> None:
    """V10: L1 is grade 3 and flagged; T9 and T10 are for a reader; nothing else is fractured.

    The healthy levels lose next to nothing against the profile: T11 no more than 3 percent, none more than 6.
    """
    report = measure(read_mask(real_data(VERSE004)))
    losses = {label: entry.expected_loss_percent or 0.0 for label, entry in report.vertebrae.items()}
    assert losses[18] < 3
    assert all(losses[label] < 6 for label in (18, 19, 21, 22, 23, 24))
    expected_t10 = report.vertebrae[17].expected_mm
    assert expected_t10 is not None
    assert max(expected_t10) < 23
    grades = {label: entry.suggested_grade for label, entry in report.vertebrae.items()}
    assert grades == {16: None, 17: None, 18: 0, 19: 0, 20: 3, 21: 0, 22: 0, 23: 0, 24: 0}
    assert "spread" in report.vertebrae[20].flags
    assert all("needs_reader" in report.vertebrae[label].flags for label in (16, 17))
    assert report.vertebrae[20].expected_loss_percent == pytest.approx(66, abs=4)


def test_verse004_t10_is_no_moderate_fracture_whatever_serves_as_reference() -> None:
    """From lumbar levels alone a line expected 28.9 mm of T10, which made it grade 2."""
    mask = read_mask(real_data(VERSE004))
    whole = measure(mask)
    known = {label: entry.heights.all_mm for label, entry in whole.vertebrae.items() if entry.heights}
    for excluded in ([], [18, 19, 20], [16, 18, 19, 20, 21], [16, 18, 19, 20, 23, 24]):
        entry = measure(mask, labels=[17], known=known, excluded=excluded).vertebrae[17]
        assert entry.expected_mm is not None
        assert max(entry.expected_mm) < 24
        assert entry.suggested_grade != 2
        assert "needs_reader" in entry.flags


@pytest.mark.parametrize(
    ("label", "heights"),
    [
        (16, (16.8, 15.8, 20.5)),
        (17, (17.9, 16.6, 21.6)),
        (18, (23.3, 22.2, 24.2)),
        (19, (24.0, 23.9, 26.1)),
        (21, (29.1, 26.1, 27.0)),
    ],
)
def test_verse004_heights(label: int, heights: tuple[float, float, float]) -> None:
    """V10, within 1 mm; the collapsed L1 has no single posterior height (it varies by 3.6 mm)."""
    assert _found(read_mask(real_data(VERSE004)), label) == pytest.approx(heights, abs=1.0)


def test_verse004_l1_has_no_single_posterior_height() -> None:
    """V10 gives 16.7 mm for one choice of slices; the retropulsed corner makes it 13 to 19 mm, which is told.

    In the midline the station lies before the corner (13 to 14 mm), beside it on the corner (15 to 19 mm).
    """
    entry = measure(read_mask(real_data(VERSE004)), labels=[20]).vertebrae[20]
    assert entry.heights is not None
    low, high = entry.heights.range_mm[2]
    assert low < 14.0
    assert high > 16.7
    assert low < entry.heights.posterior_mm < high
    assert entry.heights.spread_mm[2] > 1.5
    steady = measure(read_mask(real_data(VERSE004)), labels=[22]).vertebrae[22]
    assert steady.heights is not None
    assert max(top - bottom for bottom, top in steady.heights.range_mm) < 3.0


def test_verse004_centroids_are_those_published() -> None:
    mask = read_mask(real_data(VERSE004))
    published = read_centroids(
        real_data("verse004/sub-verse004_seg-subreg_ctd.json"), mask.geometry, mask=mask
    ).points_ras_mm
    for label, centroid in body_centroids(mask).items():
        assert np.linalg.norm(np.subtract(centroid, published[label])) < 2.5


def test_bodies_of_hand_drawn_subregions() -> None:
    mask = read_mask(real_data("tptbox-lumbar/vertebrae.nii.gz"))
    parts = read_mask(real_data("tptbox-lumbar/subregions.nii.gz"), labels=None)
    body = (mask.array == 22) & np.isin(parts.array, (49, 50))
    expected = mask.geometry.voxel_to_ras_mm(np.argwhere(body).mean(axis=0))
    assert np.linalg.norm(np.subtract(body_centroids(mask)[22], expected)) < 1.5


def test_no_false_fracture_on_a_real_lumbar_spine() -> None:
    folder = real_data("totalsegmentator-abdomen")
    report = measure(read_mask(folder / "vertebrae.nii.gz"), volume=read_volume(folder / "ct.nii.gz"))
    for label in (20, 21, 22, 23, 24):
        assert report.vertebrae[label].suggested_grade in (None, 0)
        hu = report.vertebrae[label].hu
        assert hu is not None
        assert 60 < hu.mean < 200


def test_the_command_writes_the_agreed_shape(tmp_path: Path) -> None:
    mask, _ = make(Column(heights={22: WEDGE}, labels=(21, 22, 23), spacing_mm=(1.5, 1.5, 1.5)))
    write_mask(tmp_path / "m.nii.gz", mask)
    report = tmp_path / "out.json"
    assert main(["measure", "--mask", str(tmp_path / "m.nii.gz"), "--report", str(report)]) == 0
    entry = json.loads(report.read_text())["vertebrae"]["22"]
    expected = {
        "anterior_mm",
        "middle_mm",
        "posterior_mm",
        "loss_percent",
        "expected_loss_percent",
        "suggested_grade",
        "suggested_type",
        "flags",
        "hu_mean",
    }
    assert expected <= set(entry)
    assert entry["hu_mean"] is None
    assert entry["anterior_mm"] == pytest.approx(columns.truth(WEDGE)[0], abs=1.0)


def test_heights_of_a_mean_adult_by_level() -> None:
    """Values of the sources at the rims; what is measured at 15 and 85 % of the depth lies between them."""
    for label, rims in (
        (20, (24.54, 26.57)),
        (22, (26.83, 26.67)),
        (24, (27.44, 24.11)),
        (19, (22.81, 25.34)),
    ):
        assert _rims(label) == pytest.approx(rims, abs=0.01)
    assert _rims(17)[1] / _rims(21)[1] == pytest.approx(0.835, abs=0.001)
    assert profile_mm(24) == pytest.approx((26.9405, 25.775, 24.6095))
    assert profile_mm(25) == profile_mm(24)
    assert profile_mm(7) is None
    behind = [_rims(label)[1] for label in range(8, 22)]
    assert behind == sorted(behind)
    assert _rims(19) < _rims(28) < _rims(20)


def _rims(label: int) -> tuple[float, float]:
    found = rims_mm(label)
    assert found is not None
    return found


def _adult(labels: Sequence[int], scale: Sequence[float] = (1.0, 1.0, 1.0)) -> dict[int, Three]:
    """Healthy heights of a patient, each site by its own scale."""
    found: dict[int, Three] = {}
    for label in labels:
        a, m, p = np.array(profile_mm(label)) * scale
        found[label] = (float(a), float(m), float(p))
    return found


@pytest.mark.parametrize("label", [8, 13, 17, 19, 20, 24, 28])
def test_a_healthy_patient_of_any_size_has_lost_nothing(label: int) -> None:
    heights = _adult([*range(8, 25), 28], (1.08, 1.03, 1.0))
    intact = [other for other in heights if other != label]
    assert expected_heights(label, heights, intact) == pytest.approx(heights[label])
    assert set(intact_levels(heights)) == set(heights)


def test_a_lower_thoracic_body_is_not_expected_to_be_as_high_as_a_lumbar_one() -> None:
    """T10 with lumbar references only: 0.835 of L2 behind, and no more."""
    heights = _adult(range(17, 25))
    expected = expected_heights(17, heights, [21, 22, 23, 24])
    assert expected == pytest.approx(profile_mm(17))


def test_the_scale_is_a_median_of_the_nearest_five() -> None:
    heights = _adult(range(8, 25))
    for label, factor in ((21, 1.5), (23, 0.6)):
        a, m, p = heights[label]
        heights[label] = (a * factor, m * factor, p * factor)
    assert expected_heights(22, heights, [19, 20, 21, 23, 24]) == pytest.approx(heights[22])
    far = {**heights, 13: (1.0, 1.0, 1.0), 14: (1.0, 1.0, 1.0), 15: (1.0, 1.0, 1.0)}
    intact = [13, 14, 15, 17, 18, 19, 20, 24]
    assert expected_heights(22, far, intact) == pytest.approx(heights[22])
    assert expected_heights(22, far, [8, 9, 13]) is None
    assert expected_heights(7, {**far, 6: (16.0, 15.0, 16.0)}, [6]) is None
    assert expected_heights(22, heights, [22]) is None


def test_a_spine_without_t13_has_no_step_between_t12_and_l1() -> None:
    """L5 is the eighth level below T9, and the ninth with a T13 between."""
    heights = _adult(range(16, 25))
    assert expected_heights(16, heights, [24]) == pytest.approx(heights[16])
    assert expected_heights(16, {**heights, **_adult([28])}, [24]) is None


def test_uneven_levels_are_told_apart_from_intact_ones() -> None:
    heights = _adult(range(16, 25))
    a, m, p = heights[20]
    crushed = {**heights, 20: (0.75 * a, 0.75 * m, 0.75 * p)}
    assert intact_levels(crushed) == [16, 17, 18, 19, 21, 22, 23, 24]
    assert intact_levels({**heights, 20: (0.85 * a, 0.85 * m, 0.85 * p)}) == list(heights)
    assert 20 not in intact_levels(heights, excluded=[20])
    assert intact_levels({label: crushed[label] for label in (20, 21)}) == [20, 21]
