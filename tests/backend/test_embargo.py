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
from backend.projects.models import Role
from backend.releases import embargo
from backend.releases.custody import services as custody
from backend.releases.custody.selectors import embargo_row
from backend.releases.manifest import MANIFEST_PATH, SEALED_PATH
from backend.releases.models import Release
from backend.releases.publishing.head import head_of
from backend.releases.publishing.services import set_page
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
    open_ones = dict.fromkeys(("all", "training", "bids", "nnunet", "verse2019", "verse2020"))
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


def test_single_files_are_those_of_the_archives_and_none_that_is_sealed(
    team: flow.Team, release: Release, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, keeper = reader(team, release), client_of(team.manager, release)
    root = f"/api/v1/releases/{release.pk}/files"
    mask, sealed = (
        release.files.get(split=split, path__endswith="msk.nii.gz", layout="verse")
        for split in ("training", "test")
    )
    whole = body(client.get(f"{root}/{mask.path}"))
    assert hashlib.sha256(whole).hexdigest() == mask.blob_id
    part = client.get(f"{root}/{mask.path}", headers={"Range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, whole[10:20])
    assert client.get(f"{root}/{sealed.path}").status_code == 404, "as one that is not there"
    assert client.get(f"{root}/nothing.txt").status_code == 404
    assert keeper.get(f"{root}/{sealed.path}").status_code == 200
    assert sealed.path in {row["what"] for row in embargo_row(release, team.manager)["accesses"]}
    assert told(keeper, release)["downloads"] == 0, "archives alone count"
    stranger = client_of(factories.make_member(team.project, Role.RESEARCHER), None)
    assert stranger.get(f"{root}/{mask.path}").status_code == 403, "before the terms"
    open_on(monkeypatch, day)
    assert client.get(f"{root}/{sealed.path}").status_code == 200


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


ROLES = (Role.MANAGER, Role.RATER, Role.RADIOLOGIST, Role.RESEARCHER, Role.PHYSICIST)


def everybody(team: flow.Team, release: Release) -> dict[str, Client]:
    """A client of each role, of strangers, and of two custodians from outside; they accept what they may."""
    people = {role.value: factories.make_member(team.project, role) for role in ROLES}
    people["stranger"] = factories.make_user("stranger")
    for name in ("first", "second"):
        people[name] = factories.make_user(name)
        row = custody.name_custodian(release=release, actor=team.manager, email=people[name].email)
        custody.answer(release=release, actor=people[name], custodian_id=row.pk, accept=True)
    clients = {name: client_of(user, None) for name, user in people.items()} | {"nobody": Client()}
    for client in clients.values():
        client.post(f"/api/v1/releases/{release.pk}/accept-terms", {}, content_type="application/json")
    return clients


def addresses(team: flow.Team, release: Release) -> list[str]:
    """Those that tell of the release, of lists that it stands in, and of its cases."""
    root, page = f"/api/v1/releases/{release.pk}", f"/api/v1/public/releases/{release.pk}"
    own = (
        "",
        "/manifest.json",
        "/statistics",
        "/changes",
        "/faults",
        "/embargo",
        "/publication",
        "/challenges",
    )
    project = f"/api/v1/projects/{team.project.slug}"
    found = [*(f"{root}{part}" for part in own), page, "/api/v1/public/releases"]
    found += [f"{project}/releases", f"{project}/events", "/api/v1/dicomweb/studies", f"{root}/challenges"]
    for item in release.items.select_related("case"):
        found += [f"{root}/items/{item.pk}", f"{root}/items/{item.pk}/mask"]
        found += [f"/api/v1/volumes/{item.case.volume_id}"]
    return found


def told_to(client: Client, team: flow.Team, release: Release) -> dict[str, str]:
    """What somebody reads at each address, without the address itself; and the head of the public page."""
    found = {"head": head_of(Release.objects.get(pk=release.pk), "https://x.test")}
    for address in addresses(team, release):
        answer = client.get(address)
        if answer.status_code == 200:
            found[address] = body(answer).decode(errors="replace").replace(address, "")
    return found


@pytest.mark.parametrize("how", [pytest.param("by its day", marks=pytest.mark.slow), "by two"])
def test_a_crawl_as_everybody_finds_nothing_of_the_part_before_and_no_old_day_after(
    team: flow.Team, release: Release, day: date, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    said: dict[str, Any] = {"public": True, "access": "on_request", "pictures": [], "looked_at": True}
    set_page(release_id=release.pk, actor=team.manager, **said)
    clients = everybody(team, release)
    item = release.items.select_related("release_patient").get(release_patient__split="test")
    words = {str(item.pk), item.release_patient.subject, str(item.mask_id)}
    alike = set(release.files.exclude(split="test").values_list("blob_id", flat=True))
    files = release.files.filter(split="test").exclude(path=SEALED_PATH)
    words |= {file.path for file in files} | {file.blob_id for file in files} - alike

    def crawl() -> tuple[set[str], set[str]]:
        """Who is told of the sealed part, and where its day stands."""
        told, days = set(), set()
        for who, client in clients.items():
            for address, text in told_to(client, team, release).items():
                told |= {who for word in words if word in text}
                if day.isoformat() in text:
                    days.add(address)
        return told, days

    root = f"/api/v1/releases/{release.pk}"
    readers, days = crawl()
    assert readers == {"first", "second"}
    listed = {root, f"/api/v1/projects/{team.project.slug}/releases", f"/api/v1/public/releases/{release.pk}"}
    assert listed <= days
    for name in ("first", "second") if how == "by two" else ():
        clients[name].put(f"{root}/embargo/opening", {"opens": True}, content_type="application/json")
    if how == "by its day":
        open_on(monkeypatch, day)
    readers, days = crawl()
    assert {"manager", "researcher"} <= readers
    assert not {"rater", "radiologist", "stranger", "nobody"} & readers
    assert days <= {f"{root}/manifest.json"}, "what was frozen names the day that was set"
