"""One scan that came in twice is found, asked about, and never lies in two splits."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.audit.models import Record
from backend.imaging import selectors
from backend.imaging.models import Patient, SameScan, SameScanAnswer, Series
from backend.imaging.services import same_scans
from backend.projects.models import Project, Role
from backend.releases.errors import PatientsChanged
from backend.releases.services import building, drafting
from backend.science.formats.nifti import volume_bytes
from backend.science.volume import Volume, VolumeGeometry
from tests.backend import factories, flow
from tests.backend.test_ingest import drop
from tests.science.dicom_files import make_series, voxels

pytestmark = pytest.mark.django_db(transaction=True)
ARRAY = voxels(5, (12, 10, 8))


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def dicom(patient: str, uid: str, array: np.ndarray = ARRAY, **tags: Any) -> dict[str, bytes]:
    files = {}
    identity: dict[str, Any] = {
        "PatientID": patient,
        "SeriesInstanceUID": uid,
        "StudyInstanceUID": f"{uid}.1",
        "FrameOfReferenceUID": f"{uid}.2",
    }
    for number, dataset in enumerate(make_series(array, **identity, **tags)):
        out = BytesIO()
        dataset.save_as(out, enforce_file_format=True)
        files[f"{uid}/{number}.dcm"] = out.getvalue()
    return files


def pair(project: Project) -> SameScan:
    """The same scan under two patients, each of whom has one more series."""
    drop(project, dicom("P-1", "1.2.1") | dicom("P-1", "1.2.2", voxels(6)))
    drop(project, dicom("P-2", "1.2.3", voxels(7)) | dicom("P-2", "1.2.4"))
    return SameScan.objects.get()


def test_the_same_voxels_under_other_uids_and_another_patient_are_found(project: Project) -> None:
    found = pair(project)
    assert (found.first.patient.pseudonym, found.second.patient.pseudonym) == ("sub-0001", "sub-0002")
    assert found.answer == ""
    assert Series.objects.count() == 4


def test_they_are_found_within_one_batch_and_as_nifti_in_another_axis_order(project: Project) -> None:
    drop(project, dicom("P-1", "1.2.1") | dicom("P-2", "1.2.2"))
    assert SameScan.objects.count() == 1
    turned = np.asfortranarray(ARRAY[::-1].transpose(1, 0, 2))
    stored = Volume(VolumeGeometry(turned.shape, np.diag([0.9, 0.9, 1.5, 1.0])), turned)
    drop(project, {"other/scan.nii.gz": volume_bytes(stored)})
    assert SameScan.objects.count() == 3


def test_another_project_and_another_scan_are_no_matter(project: Project) -> None:
    drop(project, dicom("P-1", "1.2.1"))
    drop(project, dicom("P-2", "1.2.2", voxels(6)))
    drop(factories.make_project(), dicom("P-1", "1.2.1"))
    assert not SameScan.objects.exists()


def test_a_series_from_before_digests_were_kept_is_found_by_its_stored_voxels(project: Project) -> None:
    drop(project, dicom("P-1", "1.2.1"))
    Series.objects.update(pixels_hmac="")
    drop(project, dicom("P-2", "1.2.2"))
    assert SameScan.objects.count() == 1


def test_a_manager_sees_it_on_the_series_and_in_a_list(
    project: Project, as_user: Callable[[User | None], APIClient]
) -> None:
    found = pair(project)
    client = as_user(project.created_by)
    (row,) = client.get(f"/api/v1/projects/{project.slug}/same-scans?open=true").json()["results"]
    assert (row["id"], row["answer"]) == (str(found.pk), "")
    assert row["second"]["pseudonym"] == "sub-0002"
    listed = client.get(f"/api/v1/projects/{project.slug}/series").json()["results"]
    flags = {one["id"]: one["same_scans"] for one in listed}
    assert sum(bool(flag) for flag in flags.values()) == 2
    (flag,) = flags[str(found.second_id)]
    assert flag["other"] == f"sub-0001, series {found.first.number}"
    assert flag["came_second"] is True
    for who, status in ((factories.make_member(project, Role.RATER), 403), (factories.make_user(), 404)):
        assert as_user(who).get(f"/api/v1/projects/{project.slug}/same-scans").status_code == status
        answer = as_user(who).post(f"/api/v1/same-scans/{found.pk}/answer", {"answer": "different"})
        assert answer.status_code == 404


@pytest.mark.parametrize("answer", [SameScanAnswer.KEEP_OUT, SameScanAnswer.KEEP_BOTH])
def test_one_scan_makes_one_patient_of_two(
    project: Project, answer: str, as_user: Callable[[User | None], APIClient]
) -> None:
    found = pair(project)
    client = as_user(project.created_by)
    said = client.post(f"/api/v1/same-scans/{found.pk}/answer", {"answer": answer, "note": "sent twice"})
    assert (said.status_code, said.json()["answer"]) == (200, answer)
    first = Patient.objects.get(pseudonym="sub-0001")
    assert set(first.series.values_list("number", flat=True)) == {1, 2, 3, 4}
    held = set(Series.objects.filter(held=True).values_list("pk", flat=True))
    assert held == ({found.second_id} if answer == SameScanAnswer.KEEP_OUT else set())
    verbs = set(Record.objects.filter(actor=project.created_by).values_list("verb", flat=True))
    assert {"same_scan.answered", "patient.merged"} <= verbs
    drop(project, dicom("P-2", "1.2.9", voxels(9)))
    assert first.series.count() == 5, "a later series of the second identity goes to the first patient"
    back = client.post(f"/api/v1/same-scans/{found.pk}/answer", {"answer": "different"})
    assert (back.status_code, back.json()["code"]) == (409, "patients_merged")


def test_two_patients_stay_two_and_the_answer_may_be_changed(project: Project) -> None:
    found = pair(project)
    same_scans.answer_same_scan(actor=project.created_by, pair=found, answer="different")
    assert Patient.objects.filter(merged_into=None).count() == 2
    same_scans.answer_same_scan(actor=project.created_by, pair=found, answer="keep_out")
    assert Series.objects.get(held=True).pk == found.second_id
    same_scans.answer_same_scan(actor=project.created_by, pair=found, answer="keep_both")
    assert not Series.objects.filter(held=True).exists()


def accepted_twins(team: flow.Team) -> SameScan:
    """Two accepted cases of two patients, noted as one scan."""
    for _ in range(2):
        case = flow.start_case(team.project)
        case.state = "accepted"
        case.accepted_mask = case.start_mask
        case.save()
    first, second = Series.objects.order_by("created_at")
    return SameScan.objects.create(project=team.project, first=first, second=second)


def draft(team: flow.Team, version: str = "1.0") -> Any:
    fractions = {"training": 0.5, "validation": 0.0, "test": 0.5}
    spec = drafting.Draft(version=version, title="Spines", fractions=fractions)
    return drafting.create_release(project=team.project, actor=team.manager, draft=spec)


def splits(release: Any) -> list[str]:
    return sorted(item.release_patient.split for item in release.items.all())


def test_an_unanswered_pair_keeps_a_release_from_being_drafted() -> None:
    team = flow.make_team()
    found = accepted_twins(team)
    with pytest.raises(selectors.SameScansOpen) as refused:
        draft(team)
    assert "(series 1) and " in refused.value.message
    same_scans.answer_same_scan(actor=team.manager, pair=found, answer="different")
    assert splits(draft(team)) == ["test", "training"]


def test_one_scan_kept_twice_lies_in_one_split() -> None:
    team = flow.make_team()
    found = accepted_twins(team)
    same_scans.answer_same_scan(actor=team.manager, pair=found, answer="keep_both")
    release = draft(team)
    assert len(set(splits(release))) == 1
    assert release.items.count() == 2


def test_a_scan_that_is_kept_out_is_in_no_release() -> None:
    team = flow.make_team()
    found = accepted_twins(team)
    same_scans.answer_same_scan(actor=team.manager, pair=found, answer="keep_out")
    assert [item.case.volume.series_id for item in draft(team).items.all()] == [found.first_id]


def test_a_draft_from_before_patients_became_one_is_not_frozen() -> None:
    team = flow.make_team()
    found = accepted_twins(team)
    SameScan.objects.update(answer="different")
    release = draft(team)
    SameScan.objects.update(answer="")
    with pytest.raises(selectors.SameScansOpen):
        building.start_freeze(release_id=release.pk, actor=team.manager)
    same_scans.answer_same_scan(actor=team.manager, pair=found, answer="keep_both")
    with pytest.raises(PatientsChanged):
        building.start_freeze(release_id=release.pk, actor=team.manager)
