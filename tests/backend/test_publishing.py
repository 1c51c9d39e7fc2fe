"""Publishing: who sees a frozen release when, what its public page tells, and what withdrawing takes away."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.audit.models import Record
from backend.common.errors import NotFound
from backend.common.storage import put_blob
from backend.projects.models import Project, Role
from backend.releases import selectors
from backend.releases.content import case_paths
from backend.releases.errors import (
    NotPublishable,
    NotPublished,
    PicturesInvalid,
    PublishedAlready,
    Withdrawn,
)
from backend.releases.models import Publication, Release, ReleaseFile, TermsAcceptance
from backend.releases.published import Standing, standing_of
from backend.releases.publishing import head, page, services
from backend.releases.publishing.selectors import figure_for, open_items, showable_items
from backend.releases.services import downloading
from backend.releases.services.drafting import add_erratum
from tests.backend import contest, factories, rows
from tests.backend.thaw import unheld

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def frozen(project: Project, splits: list[str], version: str = "1.0", **fields: Any) -> Release:
    """A frozen release that nobody has published, with previews and a table of each part."""
    release = contest.frozen_release(project, splits, version, **fields)
    Publication.objects.all().filter(release=release).delete()
    with unheld():
        for item in release.items.select_related("release_patient", "case__volume__series"):
            name = item.release_patient.subject
            folder = {"training": "01_training", "test": "03_test"}[item.release_patient.split]
            preview = f"{folder}/{case_paths(item, 1).preview}"
            add_file(release, item.release_patient.split, preview, b"\x89PNG " + name.encode())
            add_file(
                release,
                item.release_patient.split,
                f"{folder}/statistics/table_1.csv",
                f",{folder}\nAge,{name} years\n\ntest,groups\n".encode(),
            )
            add_file(release, item.release_patient.split, f"{folder}/statistics/e4_age.svg", b"<svg/>")
    return Release.objects.select_related("project").get(pk=release.pk)


def add_file(release: Release, split: str, path: str, data: bytes) -> None:
    blob = put_blob(data=data)
    ReleaseFile.objects.get_or_create(
        release=release, path=path, split=split, defaults={"blob": blob, "size_bytes": len(data), "crc32": 1}
    )


def again(release: Release) -> Release:
    return Release.objects.select_related("project", "publication").get(pk=release.pk)


def publish(release: Release, *, public: bool = True, pictures: list[Any] | None = None) -> Release:
    manager = release.created_by
    services.set_page(
        release_id=release.pk,
        actor=manager,
        public=public,
        access="on_request",
        pictures=pictures or [],
        looked_at=True,
    )
    services.publish_release(release_id=release.pk, actor=manager)
    return again(release)


def told(release: Release, **headers: str) -> Any:
    return Client().get(f"/api/v1/public/releases/{release.pk}", headers=headers)


def test_researchers_see_a_release_from_the_hour_it_is_published(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = frozen(project, ["training"])
    reader, manager = factories.make_member(project, Role.RESEARCHER), project.created_by
    assert list(selectors.releases_visible_to(manager)) == [release]
    assert not selectors.releases_visible_to(reader).exists()
    hour = timezone.now() + timedelta(hours=2)
    services.publish_release(release_id=release.pk, actor=manager, at=hour)
    assert standing_of(again(release)) == Standing.PLANNED
    assert not selectors.releases_visible_to(reader).exists()
    monkeypatch.setattr(timezone, "now", lambda: hour)
    assert list(selectors.releases_visible_to(reader)) == [release]
    assert standing_of(again(release)) == Standing.PUBLISHED
    with pytest.raises(PublishedAlready):
        services.take_back(release_id=release.pk, actor=manager)


def test_a_set_time_can_be_taken_back_and_a_past_one_is_now(project: Project) -> None:
    release, manager = frozen(project, ["training"]), project.created_by
    services.publish_release(release_id=release.pk, actor=manager, at=timezone.now() + timedelta(days=1))
    services.take_back(release_id=release.pk, actor=manager)
    assert standing_of(again(release)) == Standing.UNPUBLISHED
    with pytest.raises(NotPublished):
        services.take_back(release_id=release.pk, actor=manager)
    before = timezone.now()
    services.publish_release(release_id=release.pk, actor=manager, at=before - timedelta(days=9))
    published = again(release).publication.published_at
    assert published is not None
    assert published >= before, "nobody could read it before"
    verbs = Record.objects.filter(subject_id=str(release.pk)).values_list("verb", flat=True)
    assert list(verbs.order_by("sequence")) == [
        "release.publishing_planned",
        "release.publishing_taken_back",
        "release.published",
    ]


def test_a_draft_cannot_be_published(project: Project) -> None:
    draft = Release.objects.create(project=project, version="9", title="D", created_by=project.created_by)
    with pytest.raises(NotPublishable):
        services.publish_release(release_id=draft.pk, actor=project.created_by)


def test_a_withdrawn_release_tells_why_and_gives_nothing(project: Project) -> None:
    release = publish(frozen(project, ["training"]))
    reader: User = factories.make_member(project, Role.RESEARCHER)
    downloading.accept_terms(release=release, user=reader)
    volumes = release.items.filter(case__volume__in=_volumes(reader))
    assert volumes.count() == 1
    with pytest.raises(Exception, match="Say why"):
        services.withdraw(release_id=release.pk, actor=project.created_by, reason="  ")
    services.withdraw(release_id=release.pk, actor=project.created_by, reason="A patient said no.")
    gone = again(release)
    for who in (reader, project.created_by):
        TermsAcceptance.objects.get_or_create(
            release=gone, user=who, terms_sha256=selectors.terms_sha256(gone)
        )
        with pytest.raises(Withdrawn):
            downloading.check_may_download(release=gone, user=who)
    assert selectors.archive_rows(gone, reader) == []
    assert volumes.count() == 0
    assert list(selectors.releases_visible_to(reader)) == [gone], "it is still there to be read of"
    body = told(gone).json()
    assert (body["standing"], body["withdrawn_reason"]) == ("withdrawn", "A patient said no.")
    assert body["citations"]["bibtex"]
    assert (body["counts"], body["pictures"], body["figures"], body["levels"]) == (None, [], [], [])
    with pytest.raises(Withdrawn):
        services.publish_release(release_id=gone.pk, actor=project.created_by)
    assert "noindex" in head.head_of(gone, "https://x.test/data/1")


def _volumes(user: User) -> Any:
    from backend.imaging.models import Volume

    return Volume.objects.filter(selectors.volumes_through_releases_q(user)).values("pk")


def test_a_page_is_for_everybody_only_where_its_manager_opens_it(project: Project) -> None:
    release = frozen(project, ["training"])
    manager, stranger = Client(), Client()
    manager.force_login(project.created_by)
    stranger.force_login(factories.make_user("stranger"))
    address = f"/api/v1/public/releases/{release.pk}"
    preview = manager.get(address)
    assert (preview.status_code, preview.json()["preview"]) == (200, True)
    assert preview["Cache-Control"] == "private, no-store"
    assert [one.get(address).status_code for one in (Client(), stranger)] == [404, 404]
    release = publish(release, public=False)
    assert [one.get(address).status_code for one in (Client(), stranger)] == [404, 404]
    assert page.catalogue(page.Wanted()) == []
    release = publish_page(release)
    answer = told(release)
    assert (answer.status_code, answer.json()["preview"]) == (200, False)
    assert answer["Cache-Control"] == "public, no-cache"
    assert told(release, **{"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().get(f"/api/v1/public/releases/{uuid4()}").status_code == 404


def publish_page(release: Release, **fields: Any) -> Release:
    said: dict[str, Any] = {"public": True, "access": "members", "pictures": [], "looked_at": True} | fields
    services.set_page(release_id=release.pk, actor=release.created_by, **said)
    return again(release)


def test_nothing_of_a_sealed_part_is_told_to_anybody(project: Project) -> None:
    day = timezone.localdate() + timedelta(days=30)
    release = frozen(
        project, ["training", "test"], embargo_until=day, open_test_images=True, title="Both", notes="N"
    )
    shown, sealed = release.items.order_by("release_patient__split").reverse()
    assert (shown.release_patient.split, sealed.release_patient.split) == ("training", "test")
    with pytest.raises(PicturesInvalid):
        publish(release, pictures=[shown.pk, sealed.pk])
    release = publish(release, pictures=[shown.pk])
    # as if it had been chosen while the embargo was not there yet
    Publication.objects.filter(release=release).update(pictures=[str(shown.pk), str(sealed.pk)])
    name = sealed.release_patient.subject
    add_erratum(release=release, actor=project.created_by, text="Its L1 is L2", subject=name)
    release = again(release)
    root = f"/api/v1/public/releases/{release.pk}"
    everything = told(release).content + Client().get("/api/v1/public/releases").content
    everything += head.head_of(release, "https://x.test/").encode()
    for secret in (name, str(sealed.pk), "Its L1 is L2", "03_test"):
        assert secret not in everything.decode(), secret
    assert Client().get(f"{root}/items/{sealed.pk}/picture.png").status_code == 404
    assert Client().get(f"{root}/items/{shown.pk}/picture.png").status_code == 200
    assert Client().get(f"{root}/figures/test/e4_age.svg").status_code == 404
    assert Client().get(f"{root}/figures/training/e4_age.svg").status_code == 200
    assert [item.pk for item in open_items(release)] == [shown.pk]
    assert page.page_of(release)["table"]["columns"] == ["training"]


def test_no_picture_of_a_case_in_a_raters_hands_or_that_measures_them(project: Project) -> None:
    release = frozen(project, ["training", "training", "training"])
    busy, known, free = release.items.order_by("release_patient__subject").select_related("case")
    task = rows.task_on(busy.case, overlap=1)
    rows.held(task, factories.make_member(project, Role.RATER))
    known.case.answer_keys.create(purpose="gold", mask=known.mask, created_by=project.created_by)
    assert [item.pk for item in showable_items(release)] == [free.pk]
    for item in (busy, known):
        with pytest.raises(PicturesInvalid, match="rates blindly"):
            publish_page(release, pictures=[item.pk])
    with pytest.raises(PicturesInvalid, match="Look at each"):
        publish_page(release, pictures=[free.pk], looked_at=False)
    assert page.page_of(publish_page(release, pictures=[free.pk]))["pictures"][0]["item_id"] == free.pk
    free.case.answer_keys.create(purpose="gold", mask=free.mask, created_by=project.created_by)
    stays = page.page_of(again(release))["pictures"]
    assert len(stays) == 1, "one that went away would tell which case measures raters"


def test_the_catalogue_finds_by_word_level_contrast_licence_and_size(project: Project) -> None:
    first = frozen(project, ["training"], title="Lumbar spines", licence="CC-BY-4.0")
    with unheld():
        Release.objects.filter(pk=first.pk).update(
            manifest={"counts": {"patients": 3, "series": 3, "vertebrae": 9, "fractures": 1, "splits": {}}}
        )
    publish(first)
    publish(frozen(project, ["training"], "2.0", title="Whole spines", licence="CC0-1.0"))
    (level, *_) = page.catalogue(page.Wanted(search="lumbar"))[0]["levels"]

    def found(**sought: Any) -> set[str]:
        return {row["title"] for row in page.catalogue(page.Wanted(**sought))}

    assert found() == {"Lumbar spines", "Whole spines"}
    assert found(search="SPINES lumb") == {"Lumbar spines"}
    assert found(licence="CC0-1.0") == {"Whole spines"}
    assert found(cases=3) == {"Lumbar spines"}
    assert found(cases=4) == set()
    assert found(level=level) == {"Lumbar spines", "Whole spines"}
    assert found(level="coccyx") == found(level="Co") == set()
    assert found(contrast="arterial") == set()
    assert found(contrast="unknown") == {"Lumbar spines", "Whole spines"}
    assert Client().get("/api/v1/public/releases?level=L99").status_code == 400


def test_search_engines_read_what_the_page_is_about(project: Project) -> None:
    release = publish(
        frozen(
            project,
            ["training"],
            title='Spines </script><script>alert("x")</script>',
            doi="10.1234/abc",
            released_on=date(2026, 3, 1),
            creators=[{"name": "Doe, Jane", "affiliation": "U", "orcid": ""}],
        )
    )
    text = head.head_of(release, "https://x.test/data/1")
    assert text.count("</script>") == 1
    assert "<script>alert" not in text
    (data,) = re.findall(r'<script type="application/ld\+json">(.*)</script>', text)
    found = json.loads(data)
    assert found["@type"] == "sc:Dataset"
    assert found["name"] == release.title
    assert found["identifier"] == "https://doi.org/10.1234/abc"
    assert found["creator"][0] | {"name": "Doe, Jane"} == found["creator"][0]
    assert '<meta name="citation_doi" content="10.1234/abc" />' in text
    assert "noindex" not in text


def test_the_served_page_has_its_head_and_says_404_of_others(
    project: Project, tmp_path: Any, settings: Any
) -> None:
    usual = '<html><head><title>V</title><meta name="description" content="x" /></head><body></body></html>'
    (tmp_path / "index.html").write_text(usual)
    settings.FRONTEND_DIST = tmp_path
    assert tmp_path == site_settings.FRONTEND_DIST
    release = publish(frozen(project, ["training"]))
    served = Client().get(f"/data/{release.pk}").content.decode()
    assert "<title>Spines, version 1.0</title>" in served
    assert "<title>V</title>" not in served
    assert f"http://testserver/data/{release.pk}" in served
    missing = Client().get(f"/data/{uuid4()}")
    assert (missing.status_code, "<title>V</title>" in missing.content.decode()) == (404, True)
    assert "annotated spine CTs" in Client().get("/data").content.decode()


def test_versions_and_errata_stand_on_the_page(project: Project) -> None:
    first = publish(frozen(project, ["training"], released_on=date(2026, 1, 1), notes="The first."))
    frozen(project, ["training"], "1.1")  # nobody has published it
    second = publish(frozen(project, ["training"], "2.0", notes="L6 mended."))
    add_erratum(release=first, actor=project.created_by, text="L5 is L6", subject="sub-verse000")
    body = told(first).json()
    assert [row["version"] for row in body["versions"]] == ["2.0", "1.0"]
    assert body["versions"][0]["notes"] == "L6 mended."
    assert [(row["subject"], row["text"]) for row in body["errata"]] == [("sub-verse000", "L5 is L6")]
    assert "email" not in told(second).content.decode()
    with pytest.raises(NotFound):
        figure_for(second, "training", "../../secret")
