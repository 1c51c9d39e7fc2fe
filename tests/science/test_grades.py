"""Agreement and fusion of grades, against hand-made figures and the packages that compute the same."""

from __future__ import annotations

import math

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from statsmodels.stats import inter_rater

from backend.science.agreement.grades import (
    bootstrap,
    cohen_kappa,
    compare_grades,
    fleiss_kappa,
    gwet_ac2,
    icc_2_1,
    krippendorff_alpha,
)
from backend.science.fusion.grades import dawid_skene, fuse_grades, majority_grade, median_grade

RATINGS = arrays.arrays(np.float64, (12, 3), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0]))
NAN = float("nan")


def test_kappa_by_hand() -> None:
    # 3 of 4 agree; marginals 2/2 and 3/1: expected 0.5*0.75 + 0.5*0.25 = 0.5
    assert cohen_kappa([0, 0, 1, 1], [0, 0, 0, 1], categories=(0, 1)) == pytest.approx(0.5)
    # quadratic: one disagreement of one step of three costs a ninth
    assert cohen_kappa([0, 3, 1, 0], [0, 3, 0, 0]) > cohen_kappa([0, 3, 3, 0], [0, 3, 0, 0])


@settings(deadline=None)
@given(RATINGS)
def test_kappa_is_that_of_statsmodels(ratings: np.ndarray) -> None:
    table = np.zeros((4, 4))
    np.add.at(table, (ratings[:, 0].astype(int), ratings[:, 1].astype(int)), 1)
    own = cohen_kappa(ratings[:, 0], ratings[:, 1])
    if math.isnan(own):
        assert (ratings[:, :2] == ratings[0, 0]).all()
        return
    theirs = inter_rater.cohens_kappa(table, wt="quadratic", return_results=False)
    assert own == pytest.approx(theirs)


@settings(deadline=None)
@given(RATINGS)
def test_fleiss_is_that_of_statsmodels(ratings: np.ndarray) -> None:
    own = fleiss_kappa(ratings)
    if math.isnan(own):
        assert len(np.unique(ratings)) == 1
        return
    table, _ = inter_rater.aggregate_raters(ratings.astype(int), n_cat=4)
    assert own == pytest.approx(inter_rater.fleiss_kappa(table))


@settings(deadline=None)
@given(arrays.arrays(np.float64, (10, 3), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, NAN])))
def test_alpha_is_that_of_the_krippendorff_package(ratings: np.ndarray) -> None:
    own = krippendorff_alpha(ratings)
    pairable = ratings[(~np.isnan(ratings)).sum(axis=1) >= 2]
    if math.isnan(own):
        assert len(np.unique(pairable[~np.isnan(pairable)])) < 2
        return
    theirs = krippendorff.alpha(ratings.T, level_of_measurement="ordinal", value_domain=[0, 1, 2, 3])
    assert own == pytest.approx(theirs)


def test_ac1_by_hand() -> None:
    # 9 of 10 agree; share of 1: 0.05; expected 2*0.05*0.95 = 0.095
    first, second = [0] * 10, [0] * 9 + [1]
    ratings = np.array([first, second], float).T
    assert gwet_ac2(ratings, categories=(0, 1), weights="identity") == pytest.approx((0.9 - 0.095) / 0.905)
    # the paradox: kappa says there is no agreement at all
    assert cohen_kappa(first, second, categories=(0, 1)) == pytest.approx(0.0)


def test_icc_of_shrout_and_fleiss() -> None:
    """Their table of six targets and four judges: ICC(2,1) = 0.29."""
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert icc_2_1(table) == pytest.approx(0.29, abs=0.005)


@pytest.mark.parametrize("statistic", [fleiss_kappa, krippendorff_alpha, gwet_ac2])
def test_full_agreement_is_one_and_does_not_depend_on_raters_order(statistic: object) -> None:
    assert callable(statistic)
    same = np.repeat([[0.0], [1.0], [3.0], [0.0]], 3, axis=1)
    assert statistic(same) == pytest.approx(1.0)
    mixed = np.array([[0.0, 1, 0], [2, 2, 3], [1, 0, 0], [3, 3, 3]])
    assert statistic(mixed) == pytest.approx(statistic(mixed[:, ::-1]))


def test_what_cannot_be_said_is_nan() -> None:
    assert math.isnan(cohen_kappa([0, 0], [0, 0]))
    assert math.isnan(krippendorff_alpha([[0.0, NAN], [NAN, 1.0]]))
    assert math.isnan(icc_2_1([[1.0, 2.0]]))
    with pytest.raises(ValueError, match="grade 7"):
        fleiss_kappa([[0.0, 7.0]])


def test_intervals_resample_patients_not_vertebrae() -> None:
    """Twenty copies of one patient's vertebrae tell no more than the patient."""
    rng = np.random.default_rng(1)
    few = rng.integers(0, 4, (6, 2)).astype(float)
    many, patients = np.repeat(few, 20, axis=0), np.repeat(np.arange(6), 20)
    by_patient = bootstrap(gwet_ac2, many, patients.tolist(), samples=300)
    by_vertebra = bootstrap(gwet_ac2, many, list(range(120)), samples=300)
    assert by_patient.high - by_patient.low > 2 * (by_vertebra.high - by_vertebra.low)
    assert bootstrap(gwet_ac2, many, patients.tolist(), samples=300) == by_patient


def test_report_names_what_differs() -> None:
    report = compare_grades(np.array([[0, 0, 0], [1, 2, 1], [3, NAN, 3]]), ["a", "a", "b"], samples=20)
    assert report.disagreeing == [1]
    assert (report.items, report.patients, report.raters) == (3, 2, 3)
    assert set(report.to_json()["ac2"]) == {"value", "low", "high"}


@pytest.mark.parametrize(
    ("answers", "grade", "tied"),
    [
        ([0, 0, 3], 0, False),
        ([0, 1, 2], 1, False),
        ([1, 2], 1, True),
        ([2, 2], 2, False),
        ([None, 2, None], 2, False),
        ([None], None, False),
        ([0, 0, 2, 2], 0, True),
    ],
)
def test_median(answers: list[int | None], grade: int | None, tied: bool) -> None:
    fused = median_grade(answers)
    assert (fused.grade, fused.tied) == (grade, tied)


@pytest.mark.parametrize(
    ("answers", "grade", "tied"),
    [([0, 0, 3], 0, False), ([0, 1, 2], 1, True), ([0, 0, 2, 2], 0, True), ([], None, False)],
)
def test_majority(answers: list[int | None], grade: int | None, tied: bool) -> None:
    fused = majority_grade(answers)
    assert (fused.grade, fused.tied) == (grade, tied)


def test_dawid_and_skene_find_the_rater_who_grades_one_too_high() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(4, 300, p=[0.6, 0.2, 0.1, 0.1])
    careful = np.where(rng.random((300, 2)) < 0.95, truth[:, None], rng.integers(0, 4, (300, 2)))
    strict = np.minimum(truth + 1, 3)
    model = dawid_skene(np.column_stack([careful, strict]))
    assert model.reliable
    assert np.mean([fused.grade == true for fused, true in zip(model.grades(), truth, strict=True)]) > 0.97
    assert model.confusion[2, 0, 1] > 0.9
    assert model.confusion[0, 0, 0] > 0.9


def test_dawid_and_skene_flag_ties_and_leave_the_unrated_open() -> None:
    fused = fuse_grades([[0, 1], [1, 0], [None, None]], "dawid_skene")
    assert fused[0].tied
    assert fused[1].tied
    assert fused[2].grade is None
    assert not dawid_skene([[0.0, 1.0]]).reliable


@pytest.mark.slow
def test_dawid_and_skene_recover_planted_confusions_of_a_large_pool() -> None:
    """200 raters of five kinds, each with 60 of 3000 vertebrae: a fiftieth of all."""
    rng = np.random.default_rng(5)
    items, raters, each = 3000, 200, 60
    truth = rng.choice(4, items, p=[0.55, 0.2, 0.15, 0.1])
    kinds = np.array([_confusion(*kind) for kind in ((0.95, 0), (0.85, 0), (0.7, 0), (0.8, 1), (0.8, -1))])
    planted = kinds[np.arange(raters) % len(kinds)]
    ratings = np.full((items, raters), np.nan)
    for rater in range(raters):
        for item in rng.choice(items, each, replace=False):
            ratings[item, rater] = rng.choice(4, p=planted[rater, truth[item]])
    model = dawid_skene(ratings)
    assert model.reliable
    rated = ~np.isnan(ratings).all(axis=1)
    right = model.posterior[rated].argmax(axis=1) == truth[rated]
    votes = [majority_grade([int(a) for a in row if not np.isnan(a)]).grade for row in ratings[rated]]
    assert right.mean() > 0.9
    assert right.mean() > np.mean(np.array(votes) == truth[rated])
    assert model.prevalence == pytest.approx([0.55, 0.2, 0.15, 0.1], abs=0.03)
    # by kind of rater, since one alone has too few answers of a rare grade to say more
    for kind, wanted in enumerate(kinds):
        found = model.confusion[np.arange(raters) % len(kinds) == kind].mean(axis=0)
        assert np.abs(found - wanted).max() < 0.12, f"kind {kind}"


def _confusion(right: float, lean: int) -> np.ndarray:
    """Rows true grades, columns answers: right that often, else one grade higher (1), lower (-1) or any."""
    table = np.full((4, 4), (1 - right) / 3)
    for grade in range(4):
        if lean:
            table[grade] = 0.0
            table[grade, min(max(grade + lean, 0), 3)] += 1 - right
            table[grade, grade] += right
        else:
            table[grade, grade] = right
    return table
