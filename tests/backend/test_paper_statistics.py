"""V8: the paper's tests between its splits come out of a release with its patients, through REST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Any, TypeVar

import pytest
from rest_framework.test import APIClient
from scipy import stats

from backend.annotation.models import Case
from backend.imaging.models import Patient, Series, Volume
from backend.masks.models import MaskVersion
from backend.measurements.models import SeriesPhase
from backend.releases.models import Release, ReleaseItem, ReleasePatient
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)

Row = TypeVar("Row", Volume, MaskVersion)
AsUser = Callable[[Any], APIClient]
PHASES = ("none", "arterial", "portal_venous")
SCANNERS = (
    *(("Philips", "Brilliance 64"), ("Philips", "iCT 256"), ("Philips", "IQon")),
    *(("Siemens", "Definition AS+"), ("Siemens", "Definition AS")),
)
# split: patients, women and men, contrast none, arterial and portal venous, scanners in the order above,
# mean and standard deviation of the age
PAPER = {
    "training": (67, (48, 19), (49, 4, 14), (26, 16, 10, 14, 1), (65.7, 15.5)),
    "test": (37, (19, 18), (32, 2, 3), (13, 5, 8, 10, 1), (65.5, 15.8)),
}


def spread(values: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    return list(chain.from_iterable(repeat(value, n) for value, n in zip(values, counts, strict=True)))


def ages(n: int, mean: float, sd: float) -> list[int]:
    """Whole years of about this mean and standard deviation, evenly through a normal distribution."""
    share = [(place + 0.5) / n for place in range(n)]
    years = [round(mean + sd * 1.02 * float(stats.norm.ppf(one))) for one in share]
    years[n // 2] += round(mean * n) - sum(years)
    return years


@pytest.fixture
def release() -> Release:
    """A draft of the paper's patients, one series each; all share one small volume's voxels and mask."""
    team = flow.make_team()
    first = flow.start_case(team.project)
    release = Release.objects.create(
        project=team.project, version="1", title="The paper's", terms="-", created_by=team.manager
    )
    for split, (n, sexes, phases, scanners, (mean, sd)) in PAPER.items():
        rows = zip(
            spread(("F", "M"), sexes),
            spread(PHASES, phases),
            spread(SCANNERS, scanners),
            ages(n, mean, sd),
            strict=True,
        )
        for place, (sex, phase, scanner, age) in enumerate(rows):
            patient = Patient.objects.create(
                project=team.project,
                pseudonym=f"sub-{split}{place}",
                identity_hmac=f"{split}{place}",
                sex=sex,
                age_years=age,
            )
            add(release, first, patient, split, phase, scanner, team)
    return release


def add(
    release: Release,
    like: Case,
    patient: Patient,
    split: str,
    phase: str,
    scanner: tuple[str, str],
    team: flow.Team,
) -> None:
    maker, model = scanner
    series = Series.objects.create(
        project=release.project,
        patient=patient,
        number=1,
        uid_hmac=patient.identity_hmac,
        source_format="nifti",
        facts={"manufacturer": maker, "model": model, "kvp": 120.0},
    )
    SeriesPhase.objects.create(series=series, phase=phase, stated_by=team.manager)
    volume, mask = like.volume, like.start_mask
    assert mask is not None
    volume = copied(volume, series=series)
    mask = copied(mask, volume=volume)
    case = Case.objects.create(
        project=release.project,
        volume=volume,
        alias=patient.pseudonym,
        state="accepted",
        start_mask=mask,
        accepted_mask=mask,
    )
    row = ReleasePatient.objects.create(
        release=release, patient=patient, split=split, subject=patient.pseudonym
    )
    ReleaseItem.objects.create(release=release, release_patient=row, case=case, mask=mask)


def copied(row: Row, **changed: Any) -> Row:
    """Another row of the same content."""
    fields = {
        field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name != "id"
    }
    made: Row = type(row).objects.create(**{**fields, **changed})
    return made


def test_the_papers_tests_come_out_of_a_release(release: Release, as_user: AsUser) -> None:
    manager = release.created_by
    report = as_user(manager).get(f"/api/v1/releases/{release.pk}/statistics").json()
    assert report["columns"] == ["training", "test", "all"]
    cells = {row["name"]: row["cells"] for row in report["rows"]}
    assert cells["Patients"] == ["67", "37", "104"]
    assert cells["Women"] == ["48", "19", "67"]
    assert cells["Contrast: portal_venous"] == ["14", "3", "17"]
    assert cells["Scanner: Philips IQon"] == ["10", "8", "18"]
    tests = {(one["name"], one["variant"]): one["p"] for one in report["tests"]}
    pearson = "Pearson's chi-squared, uncorrected"
    assert tests["age", "student, equal variances"] == pytest.approx(0.950, abs=0.03)
    assert tests["sex", pearson] == pytest.approx(0.039, abs=0.001)
    assert tests["sex", "chi-squared, Yates' correction"] == pytest.approx(0.064, abs=0.001)
    assert tests["contrast", pearson] == pytest.approx(0.230, abs=0.001)
    assert tests["scanner", pearson] == pytest.approx(0.637, abs=0.001)
    # expected counts under 5: a permutation stands beside Pearson's, and says how many
    assert any(name == "scanner" and variant.startswith("permutation") for name, variant in tests)
    assert any(name == "sex" and variant == "Fisher's exact" for name, variant in tests)


def test_the_report_takes_few_queries(
    release: Release, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    client = as_user(release.created_by)
    with django_assert_max_num_queries(30):
        assert client.get(f"/api/v1/releases/{release.pk}/statistics").status_code == 200
