"""What a version says that it has and the one before had not, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.annotation.models import Case
from backend.common.storage import put_blob
from backend.masks.services import add_version
from backend.projects.models import Project, Role
from backend.releases.models import Release, ReleaseState
from backend.releases.services.downloading import accept_terms
from backend.releases.services.drafting import add_erratum
from tests.backend import factories, rows
from tests.backend.out import publish
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db
LATER: date = timezone.localdate() + timedelta(days=9)
HEADER = "subject,series,split,level,label,fx_grade\n"


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def case_of(project: Project) -> Case:
    case = rows.case_in(project)
    case.accepted_mask = rows.mask_of(case)
    case.save()
    return case


def freeze(project: Project, places: dict[Case, str], grades: str = "", **fields: Any) -> Release:
    number = Release.objects.count()
    said = {
        "version": f"1.{number}",
        "title": "Spines",
        "terms": "Cite us.",
        "created_by": project.created_by,
    }
    release = Release.objects.create(project=project, **said | fields)
    for case, split in places.items():
        patient = case.volume.series.patient
        row = release.patients.create(patient=patient, split=split, subject=patient.pseudonym)
        assert case.accepted_mask is not None
        release.items.create(release_patient=row, case=case, mask=case.accepted_mask)
    blob = put_blob(data=(HEADER + grades).encode())
    release.files.create(
        split="training", path="01_training/gradings.csv", blob=blob, size_bytes=blob.size_bytes, crc32=0
    )
    release.state, release.manifest_sha256 = ReleaseState.FROZEN, f"{number:064}"
    release.frozen_at = timezone.now()
    release.save()
    return publish(release)


def renamed(case: Case) -> None:
    """Let the case's L2 be L3, and a voxel of L1 be gone."""
    mask = factories.block_mask().copy(order="F")
    mask[mask == 21] = 22
    first = next(zip(*(mask == 20).nonzero(), strict=True))
    mask[first] = 0
    case.accepted_mask = add_version(volume=case.volume, mask=mask, source="review")
    case.save()


def told(user: Any, release: Release) -> Any:
    client = Client()
    client.force_login(user)
    return client.get(f"/api/v1/releases/{release.pk}/changes")


def test_cases_voxels_names_and_grades_are_told(project: Project) -> None:
    gone, changed, same = (case_of(project) for _ in range(3))
    name = changed.volume.series.patient.pseudonym
    number = changed.volume.series.number
    places = dict.fromkeys((gone, changed, same), "training")
    first = freeze(project, places, f"{name},{number},training,L1,20,1\n")
    for case in (changed, same):
        item = first.items.get(case=case)
        add_erratum(release=first, actor=project.created_by, text="L2 is L3", item=item)
    renamed(changed)
    new = case_of(project)
    places = {changed: "validation", same: "training", new: "training"}
    second = freeze(project, places, f"{name},{number},training,L1,20,2\n")
    found = told(project.created_by, second).json()
    assert (found["since"]["version"], found["unchanged"]) == ("1.0", 1)
    kinds = {row["subject"]: row["kind"] for row in found["cases"]}
    names = {case: case.volume.series.patient.pseudonym for case in (gone, changed, new)}
    assert kinds == {names[gone]: "removed", names[changed]: "changed", names[new]: "added"}
    row = next(row for row in found["cases"] if row["kind"] == "changed")
    assert row["voxels"] == int((factories.block_mask() == 21).sum()) + 1
    assert (row["names_added"], row["names_removed"]) == (["L3"], ["L2"])
    assert row["grades"] == [{"level": "L1", "before": "1", "after": "2"}]
    assert (row["split_before"], row["split"]) == ("training", "validation")
    assert found["errata"] == [{"subject": name, "text": "L2 is L3"}]


def test_the_first_version_has_none_before_it(project: Project) -> None:
    first = freeze(project, {case_of(project): "training"})
    found = told(project.created_by, first).json()
    assert found == {"since": None, "unchanged": 0, "cases": [], "errata": []}


def test_of_a_sealed_part_no_change_is_told(project: Project) -> None:
    """Whichever of the two versions seals it: added, changed or taken out, it is as if it were not there."""
    changed, gone, public = (case_of(project) for _ in range(3))
    sealed = {changed: "test", gone: "test", public: "training"}
    first = freeze(project, sealed, embargo_until=LATER, open_test_images=True)
    item = first.items.get(case=changed)
    add_erratum(release=first, actor=project.created_by, text="L2 is L3", item=item)
    renamed(changed)
    added = case_of(project)
    second = freeze(project, {changed: "test", added: "test", public: "training"}, embargo_until=LATER)
    reader = factories.make_member(project, Role.RESEARCHER)
    assert told(reader, second).status_code == 403, "the terms come first"
    accept_terms(release=second, user=reader)
    found = told(reader, second).json()
    assert (found["cases"], found["unchanged"], found["errata"]) == ([], 1, [])
    assert len(told(project.created_by, second).json()["cases"]) == 3
    rater = factories.make_member(project, Role.RATER)
    assert told(rater, second).status_code == 404


def test_a_case_that_is_sealed_in_one_of_both_versions_is_in_no_list(project: Project) -> None:
    case, public = case_of(project), case_of(project)
    freeze(project, {case: "test", public: "training"})
    second = freeze(project, {case: "test", public: "training"}, embargo_until=LATER)
    reader = factories.make_member(project, Role.RESEARCHER)
    accept_terms(release=second, user=reader)
    found = told(reader, second).json()
    assert (found["cases"], found["unchanged"]) == ([], 1)


def test_a_case_that_somebody_rates_blindly_now_is_not_told_to_them(project: Project) -> None:
    case = case_of(project)
    freeze(project, {case: "training"})
    renamed(case)
    second = freeze(project, {case: "training"})
    assert len(told(project.created_by, second).json()["cases"]) == 1
    rows.held(rows.task_on(case), project.created_by)
    assert told(project.created_by, second).json()["cases"] == []
