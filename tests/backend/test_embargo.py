"""The embargo of a release's test split: what is told before its day, on it, and what binds the publisher."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.common.storage import read_blob
from backend.releases import embargo
from backend.releases.custody import services as custody
from backend.releases.custody.selectors import embargo_row
from backend.releases.manifest import MANIFEST_PATH, SEALED_PATH
from backend.releases.models import Release
from backend.releases.services import drafting
from tests.backend import factories, flow
from tests.backend.test_releases import accept_case, archive, body, client_of, freeze
from tests.backend.thaw import thawed_afterwards
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
HALVES = {"training": 0.5, "test": 0.5}


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def day() -> date:
    return timezone.localdate() + timedelta(days=30)


@pytest.fixture
def release(team: flow.Team, day: date) -> Release:
    return sealed_release(team, day)


@replayable
def sealed_release(team: flow.Team, day: date) -> Release:
    """One training and one sealed test case, each with fractures."""
    for _ in range(2):
        accept_case(team, grades=[{20: 2}] * 3)
    return freeze(team, fractions=HALVES, embargo_until=day)


def reader(team: flow.Team, release: Release | None) -> Client:
    return client_of(team.researcher or team.manager, release)


def told(client: Client, release: Release) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"/api/v1/releases/{release.pk}").json()
    return answer


def open_on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """Let the site's clock stand on a day."""
    monkeypatch.setattr("backend.releases.embargo.timezone.localdate", lambda: day)


def test_the_part_opens_on_its_day_and_no_day_later() -> None:
    release = Release(embargo_until=date(2026, 12, 1))
    assert embargo.locked_until(release, date(2026, 11, 30)) == date(2026, 12, 1)
    assert embargo.locked_until(release, date(2026, 12, 1)) is None
    assert embargo.locked_until(release, date(2026, 12, 2)) is None
    assert embargo.locked_until(Release(embargo_until=None), date(2026, 12, 1)) is None


def test_the_test_split_stays_shut_until_its_day(
    team: flow.Team, release: Release, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = reader(team, release)
    refused = archive(client, release, "test")
    assert (refused.status_code, refused.json()["code"]) == (403, "embargoed")
    names = zipfile.ZipFile(io.BytesIO(body(archive(client, release)))).namelist()
    assert any("01_training" in name for name in names)
    assert not any("03_test" in name for name in names)
    rows = {row["name"]: row["locked_until"] for row in told(client, release)["archives"]}
    open_ones = dict.fromkeys(("all", "training", "bids", "nnunet"))
    assert rows == open_ones | {"test": day.isoformat()}
    assert archive(client_of(team.manager, release), release, "test").status_code == 200
    open_on(monkeypatch, day - timedelta(days=1))
    assert archive(client, release, "test").status_code == 403
    open_on(monkeypatch, day)
    assert archive(client, release, "test").status_code == 200


def test_in_custody_the_managers_too_wait_for_its_day_or_its_custodians(
    team: flow.Team, release: Release
) -> None:
    """Files, counts and lists; what a custodian took is on record."""
    keepers = [factories.make_user(name) for name in ("first", "second")]
    for user in keepers:
        row = custody.name_custodian(release=release, actor=team.manager, email=user.email)
        custody.answer(release=release, actor=user, custodian_id=row.pk, accept=True)
    manager, keeper = client_of(team.manager, release), client_of(keepers[0], release)
    assert archive(manager, release, "test").status_code == 403
    told_now = told(manager, release)
    assert told_now["counts"]["splits"]["test"]["vertebrae"] is None
    assert not [file for file in told_now["files"] if file["split"] == "test"]
    assert archive(keeper, release, "test").status_code == 200
    assert told(keeper, release)["counts"]["splits"]["test"]["fractures"] == 1
    seen = {row["what"] for row in embargo_row(release, team.manager)["accesses"]}
    assert seen == {"files", "test.zip"}
    for user in keepers:
        custody.confirm_opening(release=release, actor=user, opens=True)
    assert archive(manager, release, "test").status_code == 200
    assert archive(reader(team, release), release, "test").status_code == 200
    assert told(manager, release)["embargo_until"] is None


def test_nothing_of_the_sealed_part_is_told_before_its_day(
    team: flow.Team, release: Release, monkeypatch: pytest.MonkeyPatch, day: date
) -> None:
    """No answer, list or open file holds a name, size or digest from it; afterwards all of it is there."""
    secret = list(release.files.filter(split="test"))
    # The figures of equal cases are the same files in both parts.
    alike = set(release.files.exclude(split="test").values_list("blob_id", flat=True))
    digests = {file.blob_id for file in secret} - alike
    assert len(digests) >= 6, "CT, centroids, grades, patients, inclusion of the part itself"
    subject = release.patients.get(split="test").subject
    words = {subject, *(file.path for file in secret), *digests}
    client = reader(team, release)
    address = f"/api/v1/releases/{release.pk}"
    drafting.add_erratum(release=release, actor=team.manager, text="L1 is L2", subject=subject)

    def everything() -> str:
        pages = ("", "/manifest.json", "/statistics")
        listing = f"/api/v1/projects/{team.project.slug}/releases"
        found = [body(client.get(f"{address}{page}")) for page in pages] + [body(client.get(listing))]
        archived = zipfile.ZipFile(io.BytesIO(body(archive(client, release))))
        texts = [name for name in archived.namelist() if name.endswith((".json", ".md", ".tsv", "LICENSE"))]
        return b"\n".join([*found, *map(archived.read, texts)]).decode()

    before = everything()
    # its manifest is named with its digest, which is all that is told of it
    named = {SEALED_PATH, next(file.blob_id for file in secret if file.path == SEALED_PATH)}
    assert {word for word in words if word in before} == named
    page = told(client, release)
    assert page["counts"]["splits"]["test"] == dict.fromkeys(("patients", "series", "vertebrae", "fractures"))
    assert page["counts"]["vertebrae"] == page["counts"]["splits"]["training"]["vertebrae"]
    listed = client.get(f"/api/v1/projects/{team.project.slug}/releases").json()["results"][0]
    assert (listed["patients_count"], listed["cases_count"]) == (1, 1)
    open_on(monkeypatch, day)
    after = everything()
    assert {word for word in words if word in after} == words
    assert told(client, release)["counts"]["splits"]["test"]["fractures"] == 1


def test_the_open_manifest_binds_the_sealed_one(team: flow.Team, release: Release) -> None:
    manifest = release.manifest
    sealed = release.files.select_related("blob").get(path=SEALED_PATH)
    assert manifest["sealed"]["sha256"] == sealed.blob_id
    client = client_of(team.manager, release)
    with zipfile.ZipFile(io.BytesIO(body(archive(client, release)))) as files:
        root = f"{team.project.slug}-1.0"
        data = files.read(f"{root}/{SEALED_PATH}")
        assert hashlib.sha256(data).hexdigest() == manifest["sealed"]["sha256"]
        opened = json.loads(data)
        for row in [*manifest["files"], *opened["files"]]:
            assert hashlib.sha256(files.read(f"{root}/{row['path']}")).hexdigest() == row["sha256"]
        listed = {row["path"] for row in [*manifest["files"], *opened["files"]]}
        inside = {name.removeprefix(f"{root}/") for name in files.namelist()}
        assert inside - listed == {MANIFEST_PATH, SEALED_PATH}
    assert opened["counts"]["fractures"] == 1


def test_no_guess_at_the_sealed_content_can_be_verified(release: Release) -> None:
    """Who knows everything but the salt cannot form the digest; its salt is told nowhere."""
    data = read_blob(release.files.select_related("blob").get(path=SEALED_PATH).blob)
    salt = embargo.seal_salt(release)
    assert salt.encode() in data
    guessed = hashlib.sha256(data.replace(salt.encode(), b"0" * 64)).hexdigest()
    assert guessed != release.manifest["sealed"]["sha256"]
    assert len(bytes.fromhex(salt)) == 32
    assert salt == embargo.seal_salt(release)
    other = Release(project=release.project, version="2.0")
    assert embargo.seal_salt(other) != salt
    assert salt not in json.dumps(release.manifest)


def test_no_manifest_or_list_of_files_before_the_terms(team: flow.Team, release: Release) -> None:
    client = reader(team, None)
    address = f"/api/v1/releases/{release.pk}"
    refused = client.get(f"{address}/manifest.json")
    assert (refused.status_code, refused.json()["code"]) == (403, "terms_not_accepted")
    assert told(client, release)["files"] == []
    client.post(f"{address}/accept-terms", {}, content_type="application/json")
    assert client.get(f"{address}/manifest.json").status_code == 200
    assert told(client, release)["files"]


def test_only_the_images_of_the_test_split_are_open_where_the_release_says_so(
    team: flow.Team, day: date
) -> None:
    accept_case(team, grades=[{20: 2}] * 3)
    release = freeze(team, fractions={"test": 1.0}, embargo_until=day, open_test_images=True)
    client = reader(team, release)
    names = zipfile.ZipFile(io.BytesIO(body(archive(client, release, "test")))).namelist()
    inside = [name.rsplit("_", 1)[-1] for name in names if "03_test" in name]
    assert inside == ["ct.nii.gz"]
    page = told(client, release)
    assert [file["path"] for file in page["files"] if "03_test" in file["path"]] == [
        row["path"] for row in release.manifest["files"] if row["split"] == "test"
    ]
    counts = page["counts"]["splits"]["test"]
    assert counts == {"patients": 1, "series": 1, "vertebrae": None, "fractures": None}
    assert page["patients"] == [{"pseudonym": release.patients.get().subject, "split": "test"}]
    (case,) = release.manifest["cases"]
    assert set(case) == {"subject", "series", "split"}


def test_a_release_without_embargo_has_nothing_sealed(team: flow.Team) -> None:
    accept_case(team)
    release = freeze(team, fractions={"test": 1.0})
    assert release.manifest["sealed"] is None
    assert not release.files.filter(path=SEALED_PATH).exists()
    assert told(reader(team, release), release)["counts"]["splits"]["test"]["vertebrae"] == 2
