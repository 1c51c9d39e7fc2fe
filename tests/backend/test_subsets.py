"""Some cases of a release by a query: exactly their files, the same bytes each time, and nothing sealed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.services import create_token
from backend.audit.models import Record
from backend.client import Damaged, NotFound, Site
from backend.client.verifying import verify_archive
from backend.releases.access.services import digest
from backend.releases.models import AccessRequest, DownloadRecord, Publication, Release
from backend.releases.selectors import terms_sha256
from backend.releases.subsets.query import Facts, Query
from tests.backend import flow
from tests.backend.test_releases import accept_case, body, client_of, freeze
from tests.backend.thaw import thawed_afterwards
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def release(team: flow.Team) -> Release:
    return three_cases(team)


@replayable
def three_cases(team: flow.Team) -> Release:
    """Worst grades 0, 2 and 3, all in training."""
    for grade in (0, 2, 3):
        accept_case(team, grades=[{20: grade}] * 3)
    return freeze(team, fractions={"training": 1.0})


def get(client: Client, release: Release, query: str, name: str = "all", **more: Any) -> Any:
    return client.get(f"/api/v1/releases/{release.pk}/archives/{name}.zip?{query}", **more)


def told(client: Client, release: Release, query: str = "", name: str = "all") -> dict[str, Any]:
    answer = client.get(f"/api/v1/releases/{release.pk}/archives/{name}/subset?{query}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def files_in(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200, answer
    with zipfile.ZipFile(io.BytesIO(body(answer))) as files:
        assert files.testzip() is None
        return {name.partition("/")[2]: files.read(name) for name in files.namelist()}


def subjects(files: dict[str, bytes]) -> set[str]:
    return {path.split("/")[2] for path in files if "/rawdata/" in path or "/derivatives/" in path}


def test_an_archive_holds_the_cases_that_fit_and_what_is_of_no_case(
    team: flow.Team, release: Release
) -> None:
    client = client_of(team.manager, release)
    whole = files_in(get(client, release, ""))
    answer = get(client, release, "fracture_from=2")
    some = files_in(answer)
    asked = json.loads(some.pop("SUBSET.json"))
    assert asked["query"] == {"fracture_from": "2"}
    assert {case["subject"] for case in asked["cases"]} == subjects(some)
    assert len(subjects(some)) == 2
    assert some == {path: data for path, data in whole.items() if path in some}, "as they are in the release"
    left_out = whole.keys() - some.keys()
    assert {path.split("/")[2] for path in left_out} == subjects(whole) - subjects(some)
    assert {row["path"] for row in asked["files"]} == some.keys()
    said = told(client, release, "fracture_from=2")
    assert (said["cases"], said["cases_of"], said["patients"]) == (2, 3, 2)
    assert said["size_bytes"] == int(answer["Content-Length"])
    assert said["choices"]["worst_grade"] == 3
    assert body(client.get(said["url"])) == body(get(client, release, "fracture_from=2"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("levels=L1", 3),
        ("levels=l2,%20L1", 3),
        ("levels=L1,T3", 0),
        ("fracture_from=3", 1),
        ("fracture_from=3&levels=L1", 1),
        ("sex=X", 0),
        ("subjects=nobody", 0),
        ("age_from=150", 0),
    ],
)
def test_each_thing_that_is_asked_narrows(team: flow.Team, release: Release, query: str, found: int) -> None:
    client = client_of(team.manager, release)
    assert told(client, release, query)["cases"] == found
    assert get(client, release, query).status_code == (200 if found else 404)


def test_equal_queries_are_equal_bytes_and_resume(team: flow.Team, release: Release) -> None:
    client = client_of(team.manager, release)
    first = get(client, release, "levels=L1,L2&fracture_from=2")
    data = body(first)
    again = get(client, release, "fracture_from=2&levels=L2,L1,L1")
    assert (body(again), again["ETag"]) == (data, first["ETag"])
    half = len(data) // 2
    rest = get(client, release, "levels=L1,L2&fracture_from=2", headers={"Range": f"bytes={half}-"})
    assert (rest.status_code, body(rest)) == (206, data[half:])
    other = get(client, release, "fracture_from=3")
    assert other["ETag"] != first["ETag"]
    assert other["Content-Disposition"] != first["Content-Disposition"], "two subsets do not share a file"
    assert get(client, release, "")["ETag"] != first["ETag"]


def test_it_is_a_download_with_its_query_on_record(team: flow.Team, release: Release) -> None:
    client = client_of(team.manager, release)
    body(get(client, release, "fracture_from=2"))
    told(client, release, "fracture_from=2")
    assert [row.archive for row in DownloadRecord.objects.all()] == ["all"]
    acts = [row.detail["archive"] for row in Record.objects.all() if "archive" in row.detail]
    assert acts == ["all?fracture_from=2"]


@pytest.mark.parametrize(
    "query",
    [
        "levels=L9",
        "fracture_from=4",
        "fracture_from=x",
        "age_from=-1",
        "age_from=9&age_to=8",
        "subjects=" + ",".join(f"s{n}" for n in range(501)),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(team: flow.Team, release: Release, query: str) -> None:
    client = client_of(team.manager, release)
    for answer in (
        get(client, release, query),
        client.get(f"/api/v1/releases/{release.pk}/archives/all/subset?{query}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_archives_for_other_tools_are_whole(team: flow.Team, release: Release) -> None:
    client = client_of(team.manager, release)
    refused = get(client, release, "levels=L1", name="nnunet")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert "whole archive" in refused.json()["message"]
    assert get(client, release, "", name="nnunet").status_code == 200
    assert get(client, release, "levels=L1", name="nothing").status_code == 404


def test_before_the_terms_nothing_is_counted(team: flow.Team, release: Release) -> None:
    client = client_of(team.manager, None)
    answer = client.get(f"/api/v1/releases/{release.pk}/archives/all/subset")
    assert (answer.status_code, answer.json()["code"]) == (403, "terms_not_accepted")


def test_of_a_sealed_part_nothing_is_found_counted_or_offered(
    team: flow.Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    for grade in (1, 3):
        accept_case(team, grades=[{20: grade}] * 3)
    day = timezone.localdate() + timedelta(days=30)
    release = freeze(team, fractions={"training": 0.5, "test": 0.5}, embargo_until=day, open_test_images=True)
    sealed = release.patients.get(split="test").subject
    client, keeper = client_of(team.researcher or team.manager, release), client_of(team.manager, release)
    said = told(client, release, "levels=L1")
    assert (said["cases"], said["cases_of"]) == (1, 1)
    assert said["choices"]["worst_grade"] in (1, 3)
    assert told(client, release, f"subjects={sealed}")["cases"] == 0
    assert get(client, release, f"subjects={sealed}").status_code == 404
    assert sealed not in json.loads(files_in(get(client, release, "levels=L1"))["SUBSET.json"])["cases"][0]
    assert told(keeper, release, "levels=L1")["cases"] == 2
    monkeypatch.setattr("backend.releases.embargo.timezone.localdate", lambda: day + timedelta(days=1))
    assert told(client, release, "levels=L1")["cases"] == 2


def test_a_granted_link_narrows_too(team: flow.Team, release: Release) -> None:
    Publication.objects.filter(release=release).update(public=True, access="on_request")
    AccessRequest.objects.create(
        release=release,
        name="Ann",
        email="ann@x.test",
        institution="U",
        purpose="To learn",
        terms_sha256=terms_sha256(release),
        state="granted",
        expires_at=timezone.now() + timedelta(days=1),
        link_sha256=digest("a link"),
    )
    root = "/api/v1/public/granted/a%20link/archives/all.zip"
    assert len(subjects(files_in(Client().get(f"{root}?fracture_from=3")))) == 1
    assert Client().get(f"{root}?fracture_from=9").status_code == 400
    assert Record.objects.filter(detail__archive="all?fracture_from=3").count() == 1


def facts(**told: Any) -> Facts:
    usual: dict[str, Any] = {
        "subject": "sub-1",
        "series": "1",
        "split": "training",
        "folder": "01_training/",
        "stem": "sub-1_dir-iso",
        "levels": frozenset({"L1", "L2"}),
        "worst_grade": 1,
        "contrast": "arterial",
        "sex": "F",
        "age": 70,
    }
    return Facts(**usual | told)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        (Query(age_from=70, age_to=70), True),
        (Query(age_from=71), False),
        (Query(age_to=69), False),
        (Query(sex="F"), True),
        (Query(sex="M"), False),
        (Query(contrast="arterial"), True),
        (Query(contrast="none"), False),
        (Query(levels=("L1", "L2")), True),
        (Query(levels=("L3",)), False),
        (Query(fracture_from=1), True),
        (Query(fracture_from=2), False),
        (Query(subjects=("sub-1", "sub-2")), True),
    ],
)
def test_a_case_fits_by_each_fact(query: Query, fits: bool) -> None:
    assert facts().fits(query) is fits


def test_what_is_not_known_fits_no_query_for_it() -> None:
    unknown = facts(age=None, sex=None, contrast=None, worst_grade=None, levels=frozenset())
    assert unknown.fits(Query())
    for query in (
        Query(age_from=0),
        Query(age_to=150),
        Query(sex="F"),
        Query(contrast="none"),
        Query(fracture_from=0),
        Query(levels=("L1",)),
    ):
        assert not unknown.fits(query)


def test_a_case_owns_its_own_files_and_no_other_series() -> None:
    one = facts()
    assert one.owns("01_training/rawdata/sub-1/sub-1_dir-iso_ct.nii.gz")
    assert one.owns("01_training/derivatives/sub-1/sub-1_dir-iso_seg-vert_desc-raterA_msk.nii.gz")
    for other in (
        "01_training/rawdata/sub-1/sub-1_split-2_dir-iso_ct.nii.gz",
        "01_training/rawdata/sub-11/sub-1_dir-iso_ct.nii.gz",
        "02_validation/rawdata/sub-1/sub-1_dir-iso_ct.nii.gz",
        "01_training/cases.csv",
    ):
        assert not one.owns(other)


def test_the_client_fetches_and_verifies_a_subset(
    team: flow.Team, release: Release, live_server: Any, tmp_path: Path
) -> None:
    client_of(team.manager, release)  # accepts the terms
    _, token = create_token(user=team.manager, name="Client", scope="manage")
    with Site(live_server.url, token) as site:
        mine = site.project(team.project.slug).release("1.0")
        assert mine.subset({"fracture_from": 2})["cases"] == 2
        path = mine.download(tmp_path, only={"fracture_from": 2, "levels": "L1"})
        with zipfile.ZipFile(path) as files:
            names = files.namelist()
        assert len({name.split("/")[3] for name in names if "/rawdata/" in name}) == 2
        with pytest.raises(NotFound):
            mine.download(tmp_path, only={"sex": "X"})
        whole = mine.download(tmp_path)
        assert whole != path
        with zipfile.ZipFile(path, "a") as files:
            files.writestr(f"{names[0].partition('/')[0]}/{names[0].partition('/')[2]}2", b"slipped in")
        manifest = site.api.send("GET", f"/api/v1/releases/{release.pk}/manifest.json").content
        with pytest.raises(Damaged, match="not in the list"):
            verify_archive(path, manifest, release.manifest_sha256, name="all", layout="verse", subset=True)
        with pytest.raises(Damaged, match="missing"):
            verify_archive(whole, manifest, release.manifest_sha256, name="all", layout="verse", subset=True)
