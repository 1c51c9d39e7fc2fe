"""From accepted cases to an archive that reads back voxel by voxel, and never changes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.audit.models import Record
from backend.common.storage import local_path, own_copy, put_blob
from backend.imaging.models import Patient
from backend.masks.selectors import load_mask
from backend.releases import content
from backend.releases.errors import NotADraft, NothingAccepted, SelfCheckFailed, VersionTaken
from backend.releases.models import Release, ReleaseFile, ReleaseState
from backend.releases.services import building, downloading, drafting
from backend.review import services as review
from backend.science.formats.nifti import mask_bytes
from tests.backend import factories, flow
from tests.backend.out import publish
from tests.backend.thaw import thawed_afterwards
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
LOAD: Any = nib.load
# From upload to acceptance by three raters and a reviewer, with what the test itself asks; begins and ends of
# transactions, which each database writes in its own way, are not counted.
STATEMENTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
MOST_STATEMENTS = 600


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@replayable
def accept_case(team: flow.Team, **how: Any) -> Case:
    case = flow.start_case(team.project)
    flow.rate(team, **how)
    reviewer = team.radiologists[1]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=True)
    case.refresh_from_db()
    return case


def draft(team: flow.Team, **fields: Any) -> Release:
    spec = drafting.Draft(**{"version": "1.0", "title": "Spines", **fields})
    return drafting.create_release(project=team.project, actor=team.manager, draft=spec)


def freeze(team: flow.Team, **fields: Any) -> Release:
    release = draft(team, **fields)
    building.start_freeze(release_id=release.pk, actor=team.manager)
    release.refresh_from_db()
    assert release.state == ReleaseState.FROZEN, release.error
    return publish(release)


def client_of(user: User, release: Release | None = None) -> Client:
    client = Client()
    client.force_login(user)
    if release is not None:
        downloading.accept_terms(release=release, user=user)
    return client


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def archive(client: Client, release: Release, name: str = "all", **headers: str) -> Any:
    return client.get(f"/api/v1/releases/{release.pk}/archives/{name}.zip", headers=headers)


def test_the_archive_holds_every_accepted_voxel(team: flow.Team, tmp_path: Path) -> None:
    with CaptureQueriesContext(connection) as statements:
        case = accept_case(team, grades=[{20: 2}] * 3)
    asked = [one["sql"] for one in statements.captured_queries if one["sql"].startswith(STATEMENTS)]
    assert len(asked) < MOST_STATEMENTS
    release = freeze(team)
    client = client_of(team.researcher or team.manager, release)
    with zipfile.ZipFile(io.BytesIO(body(archive(client, release)))) as files:
        assert files.testzip() is None
        files.extractall(tmp_path)
        names = files.namelist()
    root = tmp_path / f"{team.project.slug}-1.0"
    ct, mask = (next(root.rglob(pattern)) for pattern in ("*_ct.nii.gz", "*_msk.nii.gz"))
    image, labels = LOAD(ct), LOAD(mask)
    assert image.shape == labels.shape
    assert np.array_equal(image.affine, labels.affine)
    assert labels.get_data_dtype() == np.uint8
    assert image.get_data_dtype() == np.int16
    assert case.accepted_mask is not None
    assert np.array_equal(np.asarray(labels.dataobj), load_mask(case.accepted_mask).array)
    number = int(case.volume.series.patient.pseudonym.removeprefix("sub-"))
    assert np.array_equal(np.asarray(image.dataobj), factories.hounsfield(image.shape, number))
    manifest = json.loads((root / "manifest.json").read_text())
    for row in manifest["files"]:
        assert hashlib.sha256((root / row["path"]).read_bytes()).hexdigest() == row["sha256"]
    assert len(names) == len(manifest["files"]) + 1
    graded = list(csv.DictReader(next(root.rglob("gradings.csv")).open()))
    assert {row["level"]: (row["fx_grade"], row["fx_type"]) for row in graded} == {
        "L1": ("2", "wedge"),
        "L2": ("0", "NA"),
    }
    centroids = json.loads(next(root.rglob("*_ctd.json")).read_text())
    assert centroids[0] == {"direction": ["R", "A", "S"]}
    assert [entry["label"] for entry in centroids[1:]] == [20, 21]
    assert next(root.rglob("*_snp.png")).read_bytes().startswith(b"\x89PNG")


def test_the_job_that_froze_a_release_names_it(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    job = client_of(team.manager).get(f"/api/v1/jobs/{release.job_id}").json()
    assert job["subject"] == {"kind": "release", "id": str(release.pk), "name": f"{release.title} 1.0"}


def test_all_series_of_a_patient_stand_in_one_split(team: flow.Team) -> None:
    cases = [accept_case(team) for _ in range(3)]
    patients = [case.volume.series.patient for case in cases]
    moved = cases[2].volume.series
    moved.patient, moved.number = patients[0], 2
    moved.save()
    Patient.objects.filter(pk=patients[2].pk).delete()
    release = freeze(team, fractions={"training": 0.5, "test": 0.5})
    assert release.patients.count() == 2
    folders = {
        item.case_id: item.release_patient.split for item in release.items.select_related("release_patient")
    }
    assert folders[cases[0].pk] == folders[cases[2].pk]
    cts = release.files.filter(path__endswith="_ct.nii.gz").values_list("path", flat=True)
    assert sum("_split-1_" in path for path in cts) == 1
    assert sum("_split-2_" in path for path in cts) == 1


def test_a_broken_download_goes_on_where_it_ended(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    client = client_of(team.researcher or team.manager, release)
    first = archive(client, release)
    data, etag = body(first), first["ETag"]
    assert int(first["Content-Length"]) == len(data)
    rest = archive(client, release, Range="bytes=1000-", **{"If-Range": etag})
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes 1000-{len(data) - 1}/{len(data)}"
    assert body(rest) == data[1000:]
    middle = archive(client, release, Range="bytes=700-1999")
    assert body(middle) == data[700:2000]
    other = archive(client, release, Range="bytes=1000-", **{"If-Range": '"another"'})
    assert (other.status_code, body(other)) == (200, data)
    assert archive(client, release, Range=f"bytes={len(data)}-").status_code == 416
    assert list(release.downloads.values_list("bytes_from", flat=True)) == [0, 1000, 700, 0]


def test_nothing_in_a_frozen_release_changes_even_by_sql(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    with pytest.raises(NotADraft):
        building.start_freeze(release_id=release.pk, actor=team.manager)
    file = release.files.first()
    assert file is not None
    with pytest.raises(NotADraft):
        drafting.discard_draft(release_id=release.pk, actor=team.manager)
    with pytest.raises(NotADraft):
        drafting.change_draft(
            release_id=release.pk, actor=team.manager, draft=drafting.Draft(version="1.0", title="Other")
        )
    attempts: list[Callable[[], object]] = [
        lambda: Release.objects.filter(pk=release.pk).update(title="Other"),
        lambda: Release.objects.filter(pk=release.pk).update(state="draft"),
        lambda: Release.objects.filter(pk=release.pk).update(creators=[{"name": "Other"}]),
        lambda: Release.objects.filter(pk=release.pk).update(released_on=None),
        lambda: Release.objects.filter(pk=release.pk).update(datasheet={"purpose": "Another"}),
        lambda: ReleaseFile.objects.filter(pk=file.pk).update(crc32=0),
        lambda: ReleaseFile.objects.filter(pk=file.pk)._raw_delete("default"),
        lambda: ReleaseFile.objects.create(
            release=release, path="extra", blob=file.blob, size_bytes=1, crc32=0
        ),
        lambda: connection.cursor().execute("DELETE FROM releases_releaseitem"),
        lambda: connection.cursor().execute("UPDATE releases_releasepatient SET split = 'test'"),
    ]
    for attempt in attempts:
        with pytest.raises(DatabaseError, match="frozen release"), transaction.atomic():
            attempt()
    Release.objects.filter(pk=release.pk).update(updated_at=timezone.now())


def test_building_twice_gives_the_same_release(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    before = (release.manifest_sha256, release.files.count(), release.frozen_at)

    class Job:
        def progress(self, fraction: float, message: str = "") -> None: ...
        def check_cancelled(self) -> None: ...

    building.run_freeze(job=Job(), release_id=release.pk)  # type: ignore[arg-type]
    release.refresh_from_db()
    assert (release.manifest_sha256, release.files.count(), release.frozen_at) == before


def test_reading_back_leaves_alone_the_copies_that_others_read(team: flow.Team) -> None:
    accept_case(team)
    first = freeze(team)
    masks = [file.blob for file in first.files.filter(path__endswith=".nii.gz", image=False)]
    shared = [local_path(blob, suffix=".nii.gz") for blob in masks]
    assert {file.layout for file in first.files.filter(blob__in=masks)} >= {"verse", "nnunet"}
    freeze(team, version="1.1")
    assert all(path.exists() for path in shared)


def test_a_copy_of_ones_own_is_nobody_elses_and_goes_at_the_end() -> None:
    blob = put_blob(data=b"an archive", media_type="application/zip")
    shared = local_path(blob, suffix=".zip")
    with own_copy(blob, suffix=".zip") as path:
        assert path != shared
        assert path.read_bytes() == b"an archive"
    assert not path.exists()
    assert shared.exists()


def test_a_mask_that_does_not_read_back_stops_the_release(
    team: flow.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept_case(team)
    release = draft(team)
    written = mask_bytes

    def damaged(mask: Any) -> bytes:
        array = mask.array.copy(order="F")
        array[array == 20] = 21
        return written(type(mask)(mask.geometry, array))

    with monkeypatch.context() as patch:
        patch.setattr(content, "mask_bytes", damaged)
        building.start_freeze(release_id=release.pk, actor=team.manager)
    release.refresh_from_db()
    assert release.state == ReleaseState.FAILED
    assert "does not hold the accepted voxels" in release.error
    assert SelfCheckFailed.code == "self_check_failed"
    building.start_freeze(release_id=release.pk, actor=team.manager)
    release.refresh_from_db()
    assert release.state == ReleaseState.FROZEN


def test_what_no_worker_has_measured_is_measured_before_the_statistics(team: flow.Team) -> None:
    accept_case(team)
    release = draft(team)
    mask = release.items.get().mask
    mask.measurements.all().delete()
    building.start_freeze(release_id=release.pk, actor=team.manager)
    release.refresh_from_db()
    assert release.state == ReleaseState.FROZEN
    assert {row.label for row in mask.measurements.all()} == set(map(int, mask.label_voxels)) - {0}


def test_terms_come_before_the_download(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team)
    client = client_of(team.researcher or team.manager)
    refused = archive(client, release)
    assert (refused.status_code, refused.json()["code"]) == (403, "terms_not_accepted")
    address = f"/api/v1/releases/{release.pk}/accept-terms"
    told = client.post(address, {"purpose": "research"}, content_type="application/json").json()
    assert told["accepted"] is True
    assert archive(client, release).status_code == 200


def test_drafts_that_cannot_be(team: flow.Team) -> None:
    with pytest.raises(NothingAccepted):
        draft(team)
    accept_case(team)
    draft(team)
    with pytest.raises(VersionTaken):
        draft(team)


def test_a_draft_is_changed_with_what_is_accepted_now_or_deleted(team: flow.Team) -> None:
    first = accept_case(team)
    release = draft(team, seed=1)
    second = accept_case(team)
    client = client_of(team.manager)
    address = f"/api/v1/releases/{release.pk}"
    asked = {"version": "1.1", "title": "More spines", "creators": [{"name": "Doe, Jane"}], "doi": "10.1/x"}
    refused = client.put(address, asked, content_type="application/json")
    assert refused.status_code == 400, "10.1 is no DOI's prefix"
    told = client.put(address, asked | {"doi": ""}, content_type="application/json").json()
    assert (told["version"], told["title"], told["seed"]) == ("1.1", "More spines", 0)
    assert told["creators"] == [{"name": "Doe, Jane", "affiliation": "", "orcid": ""}]
    assert told["released_on"] == timezone.localdate().isoformat()
    assert set(release.items.values_list("case_id", flat=True)) == {first.pk, second.pk}
    assert client_of(team.raters[0]).delete(address).status_code == 404
    assert client.delete(address).status_code == 204
    assert not Release.objects.exists()
    assert Case.objects.filter(state="accepted").count() == 2
    verbs = list(Record.objects.filter(verb__startswith="release.").values_list("verb", flat=True))
    assert sorted(verbs) == ["release.discarded", "release.drafted", "release.redrafted"]
