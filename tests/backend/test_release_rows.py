"""What of a release is whose, and when: releases, files, archives, terms, counts and manifests as rows."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.models import Record
from backend.common.errors import NotFound
from backend.common.storage import put_blob
from backend.projects.models import Project, Role
from backend.releases import embargo, selectors
from backend.releases.errors import Embargoed, NotFrozen, TermsNotAccepted
from backend.releases.models import Release, ReleaseFile, TermsAcceptance
from backend.releases.services import downloading
from tests.backend import factories
from tests.backend.out import publish

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOMORROW = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def reader(project: Project) -> User:
    return factories.make_member(project, Role.RESEARCHER)


def release_of(project: Project, files: dict[str, str] | None = None, **fields: Any) -> Release:
    """A frozen release with these files by path, each in the split named; ``*.ct`` are images."""
    number = Release.objects.count()
    usual: dict[str, Any] = {
        "version": f"1.{number}",
        "title": "Spines",
        "terms": "Cite us.",
        "state": "frozen",
    }
    usual |= {"project": project, "created_by": project.created_by, "manifest_sha256": f"{number:064}"}
    wanted = usual | fields
    release = Release.objects.create(**wanted | {"state": "draft"})
    for path, split in (files or {}).items():
        blob = put_blob(data=f"content of {path}".encode())
        image = path.endswith(".ct")
        ReleaseFile.objects.create(
            release=release,
            path=path,
            split=split,
            blob=blob,
            size_bytes=blob.size_bytes,
            crc32=1,
            image=image,
        )
    Release.objects.filter(pk=release.pk).update(state=wanted["state"], frozen_at=wanted.get("frozen_at"))
    release.refresh_from_db()
    return publish(release) if release.state == "frozen" else release


FILES = {
    "README.md": "",
    "manifest.json": "",
    "train/a.ct": "training",
    "train/a.msk": "training",
    "test/b.ct": "test",
    "test/b.msk": "test",
}
OPEN = {"README.md", "manifest.json", "train/a.ct", "train/a.msk"}


def paths(files: Any) -> set[str]:
    return {file.path for file in files}


def test_raters_see_no_release_and_researchers_those_that_are_frozen(project: Project, reader: User) -> None:
    draft, frozen = release_of(project, state="draft"), release_of(project)
    elsewhere = release_of(factories.make_project())
    rater = factories.make_member(project, Role.RATER)
    manager = project.created_by
    factories.make_member(elsewhere.project, Role.RESEARCHER, user=manager)
    assert set(selectors.releases_visible_to(manager)) == {draft, frozen, elsewhere}
    assert set(selectors.releases_visible_to(manager, project)) == {draft, frozen}
    assert list(selectors.releases_visible_to(reader)) == [frozen]
    assert not selectors.releases_visible_to(rater).exists()
    assert not selectors.releases_visible_to(factories.make_user()).exists()
    assert selectors.is_manager(manager, draft)
    assert not selectors.is_manager(reader, draft)
    subjects = selectors.releases_of_job_subjects([frozen.pk])
    assert subjects == {frozen.pk: {"kind": "release", "id": frozen.pk, "name": f"Spines {frozen.version}"}}


@pytest.mark.parametrize(
    ("embargo_until", "images", "hidden"),
    [
        (None, False, set()),
        (date(2026, 3, 1), False, set()),
        (TOMORROW, False, {"test/b.ct", "test/b.msk"}),
        (TOMORROW, True, {"test/b.msk"}),
    ],
)
def test_an_embargo_keeps_the_test_split_from_all_but_managers(
    project: Project, reader: User, embargo_until: date | None, images: bool, hidden: set[str]
) -> None:
    release = release_of(project, FILES, embargo_until=embargo_until, open_test_images=images)
    release_of(project, {"another.ct": "training"})
    assert paths(selectors.open_files(release, reader)) == set(FILES) - hidden
    assert paths(selectors.visible_listing(release, reader)) == set(FILES) - hidden
    assert paths(selectors.open_files(release, project.created_by)) == set(FILES)
    for image in (True, False):
        kept_back = "test/b.ct" in hidden if image else "test/b.msk" in hidden
        assert embargo.is_sealed(release, "test", image=image) is kept_back
        assert not embargo.is_sealed(release, "training", image=image)
    assert embargo.is_sealed(release, "test") is ("test/b.msk" in hidden)


def test_the_salt_is_the_project_s_secret_and_the_release_s_own(project: Project) -> None:
    """Worked out once by `openssl dgst -sha256 -mac HMAC`; another salt would not open a seal of before."""
    project.pseudonym_secret = "00ff" * 16
    release = Release(pk="00000000-0000-4000-8000-000000000001", project=project)
    salt = embargo.seal_salt(release)
    assert salt == "f5e80d78027e4d28ba277a8d1b643fbd2696052dccc984989c42accd3e7e25de"
    other = Release(pk="00000000-0000-4000-8000-000000000002", project=project)
    assert embargo.seal_salt(other) != salt


def test_an_archive_holds_its_split_and_what_stands_in_every_archive(project: Project, reader: User) -> None:
    release = release_of(project, FILES, embargo_until=TOMORROW, frozen_at=NOW)
    manager = project.created_by
    common = {"README.md", "manifest.json"}
    assert paths(selectors.archive_files(release, manager, "all")) == set(FILES)
    assert paths(selectors.archive_files(release, manager, "test")) == common | {"test/b.ct", "test/b.msk"}
    assert paths(selectors.archive_files(release, reader, "training")) == OPEN
    assert paths(selectors.archive_files(release, reader, "test")) == common
    listed = [file.path for file in selectors.archive_files(release, manager, "all")]
    assert listed == sorted(FILES)
    with pytest.raises(NotFound):
        selectors.archive_files(release, manager, "no-such")
    with pytest.raises(Embargoed) as refused:
        selectors.archive(release, reader, "test")
    assert refused.value.extra == {"locked_until": "2026-03-02"}
    with pytest.raises(NotFound):
        selectors.archive(release, reader, "validation")
    made = selectors.archive(release, reader, "training")
    assert made.name == "training"
    assert made.etag != selectors.archive(release, manager, "all").etag
    assert made.etag == selectors.archive(release, manager, "training").etag


def test_an_empty_split_of_an_embargoed_release_is_not_told_from_none(project: Project, reader: User) -> None:
    trained = release_of(project, {"README.md": "", "train/a.ct": "training"}, embargo_until=TOMORROW)
    with pytest.raises(NotFound):
        selectors.archive(trained, reader, "test")
    opened = release_of(project, {"README.md": ""})
    with pytest.raises(NotFound):
        selectors.archive(opened, reader, "test")
    sealed = release_of(project, {"README.md": "", "val/a.ct": "validation"}, embargo_until=TOMORROW)
    with pytest.raises(NotFound):
        selectors.archive(sealed, reader, "training")


def test_the_archives_on_offer_have_their_sizes_or_their_day(project: Project, reader: User) -> None:
    release = release_of(project, FILES, embargo_until=TOMORROW, frozen_at=NOW)
    rows = {row["name"]: row for row in selectors.archive_rows(release, reader)}
    assert list(rows) == ["all", "training", "test"]
    for name in ("all", "training"):
        assert rows[name]["size_bytes"] == selectors.archive(release, reader, name).plan.size_bytes
        assert rows[name]["locked_until"] is None
    assert rows["all"]["size_bytes"] == rows["training"]["size_bytes"]
    assert (rows["test"]["size_bytes"], rows["test"]["locked_until"]) == (None, TOMORROW)
    assert rows["test"]["url"] == f"/api/v1/releases/{release.pk}/archives/test.zip"
    for_managers = {row["name"]: row for row in selectors.archive_rows(release, project.created_by)}
    assert for_managers["test"]["locked_until"] is None
    assert for_managers["all"]["size_bytes"] > rows["all"]["size_bytes"]
    assert for_managers["test"]["size_bytes"] < for_managers["all"]["size_bytes"]
    assert selectors.archive_rows(release_of(project, FILES, state="draft"), project.created_by) == []


def test_two_builds_of_one_content_are_the_same_archive(project: Project) -> None:
    """Its times are those of the freeze; before it, of the draft."""
    manager = project.created_by
    early = datetime(2024, 5, 6, 7, 8, 10, tzinfo=UTC)
    plans = [
        selectors.archive(release_of(project, FILES, version=version, frozen_at=when), manager, "all").plan
        for version, when in (("2.0", early), ("3.0", NOW), ("4.0", None))
    ]

    def times(plan: Any) -> bytes:
        """Of the first entry: time and date in MS-DOS form."""
        return b"".join(plan.stream(10, 14, lambda blob: None))

    time, day = 7 << 11 | 8 << 5 | 10 // 2, (2024 - 1980) << 9 | 5 << 5 | 6
    frozen = time.to_bytes(2, "little") + day.to_bytes(2, "little")
    assert times(plans[0]) == frozen
    assert times(plans[1]) == times(plans[2]) != frozen


def test_terms_are_accepted_once_as_they_stand(project: Project, reader: User) -> None:
    release = release_of(project)
    peer = factories.make_member(project, Role.RESEARCHER)
    with pytest.raises(TermsNotAccepted):
        downloading.check_may_download(release=release, user=reader)
    for _ in range(2):
        row = downloading.accept_terms(release=release, user=reader, affiliation="TUM", purpose="a paper")
    assert (row.affiliation, row.purpose) == ("TUM", "a paper")
    assert row.terms_sha256 == hashlib.sha256(b"Cite us.").hexdigest()
    record = Record.objects.get(verb="release.terms_accepted")
    assert (record.actor, record.subject_id, record.project_id_ref) == (reader, str(release.pk), project.pk)
    downloading.check_may_download(release=release, user=reader)
    assert not selectors.has_accepted(peer, release)
    assert not selectors.has_accepted(reader, release_of(project))
    TermsAcceptance.objects.update(terms_sha256="0" * 64)  # of other terms
    assert not selectors.has_accepted(reader, release)


def test_nothing_of_an_unfrozen_release_is_accepted_or_taken(project: Project, reader: User) -> None:
    draft = release_of(project, state="draft")
    with pytest.raises(NotFrozen):
        downloading.accept_terms(release=draft, user=reader)
    with pytest.raises(NotFrozen):
        downloading.check_may_download(release=draft, user=reader)


def test_a_download_and_its_record_stand_or_fall_together(
    project: Project, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = release_of(project)
    row = downloading.record_download(release=release, user=reader, archive="all", bytes_from=7)
    record = Record.objects.get(verb="release.downloaded")
    assert (record.actor, record.detail) == (reader, {"archive": "all", "bytes_from": 7})
    assert (row.archive, row.bytes_from) == ("all", 7)

    def fails(**record: Any) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(RuntimeError):
        downloading.record_download(release=release, user=reader, archive="all", bytes_from=0)
    with pytest.raises(RuntimeError):
        downloading.accept_terms(release=release, user=reader)
    assert list(release.downloads.all()) == [row]
    assert not release.acceptances.exists()


def test_the_manifest_of_a_release_is_the_file_of_that_name(project: Project) -> None:
    release = release_of(project, FILES)
    assert selectors.manifest_of(release).path == "manifest.json"
    with pytest.raises(NotFound):
        selectors.manifest_of(release_of(project, {"README.md": ""}))
