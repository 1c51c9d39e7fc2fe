"""What a release's manifests and counts say, and leave out while the test split is sealed; row by row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone

from backend.common.models import Blob
from backend.common.storage import put_blob, read_blob
from backend.consensus.models import AgreedGrade
from backend.projects.models import Project
from backend.releases import manifest
from backend.releases.embargo import seal_salt
from backend.releases.made import Made
from backend.releases.models import Release, ReleaseFile, ReleaseItem, ReleasePatient
from tests.backend import factories
from tests.backend.rows import case_in, mask_of

pytestmark = pytest.mark.django_db
TOMORROW = date(2026, 3, 2)
FOUR = ("patients", "series", "vertebrae", "fractures")


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def release_of(project: Project, **fields: Any) -> Release:
    usual = {"version": "1.0", "title": "Spines", "terms": "Cite us.", "seed": 7, "licence": "CC0"}
    usual |= {"fractions": {"training": 0.5, "test": 0.5}, "created_by": project.created_by}
    return Release.objects.create(project=project, **usual | fields)


def item(release: Release, split: str, grades: dict[int, int | None], *, of: Any = None) -> ReleaseItem:
    """A case with two vertebrae (L1, L2) of a patient of its own, or one more of an earlier patient's."""
    case = case_in(release.project)
    patient = of or ReleasePatient.objects.create(
        release=release,
        patient=case.volume.series.patient,
        split=split,
        subject=f"sub-{release.patients.count()}",
    )
    for label, grade in grades.items():
        AgreedGrade.objects.create(case=case, label=label, grade=grade)
        AgreedGrade.objects.create(case=case, label=label, grade=3, current=False)
    return ReleaseItem.objects.create(release=release, release_patient=patient, case=case, mask=mask_of(case))


@pytest.fixture
def items(project: Project) -> list[ReleaseItem]:
    """Three series of two patients for training, one for testing: 2 + 1 and 1 fractures."""
    release = release_of(project, embargo_until=TOMORROW)
    first = item(release, "training", {20: 1, 21: 2})
    second = item(release, "training", {20: 3, 21: 0}, of=first.release_patient)
    third = item(release, "training", {20: None})
    item(release_of(project, version="0.9"), "training", {20: 3, 21: 3})  # of another release
    return [first, second, third, item(release, "test", {20: 1})]


TRAINED = dict(zip(FOUR, (2, 3, 6, 3), strict=True))
TESTED = dict(zip(FOUR, (1, 1, 2, 1), strict=True))
NOTHING = dict.fromkeys(FOUR, 0)
SPLITS = {"training": TRAINED, "validation": NOTHING, "test": TESTED}


def blob(text: str) -> Blob:
    return put_blob(data=text.encode())


def made_of(items: list[ReleaseItem]) -> list[Made]:
    return [
        Made("03_test/b_msk", "test", blob("mask b")),
        Made("01_training/a_msk", "training", blob("mask a")),
        Made("03_test/b_ct", "test", blob("ct b"), image=True),
        Made("01_training/a_ct", "training", blob("ct a"), image=True),
        Made("README.md", "", blob("read me")),
    ]


def manifests(release: Release, items: list[ReleaseItem]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The open one and, where there is one, the sealed one."""
    *sealed, opened = manifest.add_manifests(release, made_of(items), items, "vertebase 1.2")
    assert (opened.path, opened.split) == ("manifest.json", "")
    told = json.loads(read_blob(opened.blob))
    if not sealed:
        return told, None
    assert [(one.path, one.split) for one in sealed] == [("03_test/manifest.json", "test")]
    assert told["sealed"]["sha256"] == sealed[0].blob.sha256
    return told, json.loads(read_blob(sealed[0].blob))


def test_patients_series_vertebrae_and_fractures_are_counted(items: list[ReleaseItem]) -> None:
    counts = manifest.count_content(items)
    assert counts == dict(zip(FOUR, (3, 4, 8, 4), strict=True)) | {"splits": SPLITS}


@pytest.mark.parametrize(
    ("embargo_until", "images", "hidden"),
    [(None, False, ()), (TOMORROW, False, FOUR), (TOMORROW, True, ("vertebrae", "fractures"))],
)
def test_what_is_sealed_is_in_no_count(
    items: list[ReleaseItem], embargo_until: date | None, images: bool, hidden: tuple[str, ...]
) -> None:
    release = items[0].release
    release.embargo_until, release.open_test_images = embargo_until, images
    told = manifest.open_counts(release, manifest.count_content(items))
    shown = {name: None if name in hidden else number for name, number in TESTED.items()}
    assert told["splits"] == SPLITS | {"test": shown}
    totals = {name: TRAINED[name] + (shown[name] or 0) for name in FOUR}
    assert {name: told[name] for name in FOUR} == totals
    without = {"splits": {"training": TRAINED}}
    assert manifest.open_counts(release, without)["splits"] == {"training": TRAINED}


def test_the_open_manifest_says_all_that_is_open(items: list[ReleaseItem]) -> None:
    release = items[0].release
    told, sealed = manifests(release, items)
    assert sealed is not None
    plain = {key: told[key] for key in ("format", "project", "version", "title", "licence", "seed")}
    assert plain == {
        "format": "vertebase-release-2",
        "project": release.project.slug,
        "version": "1.0",
        "title": "Spines",
        "licence": "CC0",
        "seed": 7,
    }
    assert (told["fractions"], told["software"]) == ({"training": 0.5, "test": 0.5}, "vertebase 1.2")
    assert told["embargo_until"] == told["sealed"]["opens_on"] == "2026-03-02"
    assert told["sealed"]["path"] == "03_test/manifest.json"
    assert told["counts"]["splits"]["test"] == dict.fromkeys(FOUR)
    assert [one["split"] for one in told["cases"]] == ["training"] * 3
    assert told["cases"][0] == {
        "subject": "sub-0",
        "series": 1,
        "split": "training",
        "mask_digest": items[0].mask.digest,
        "mask_source": "import",
        "levels": ["L1", "L2"],
    }
    rows = [(row["path"], row["split"], row["size_bytes"], row["sha256"]) for row in told["files"]]
    ct, mask, text = blob("ct a"), blob("mask a"), blob("read me")
    assert rows == [
        ("01_training/a_ct", "training", 4, ct.sha256),
        ("01_training/a_msk", "training", 6, mask.sha256),
        ("README.md", None, 7, text.sha256),
    ]


def test_the_sealed_manifest_says_the_rest(items: list[ReleaseItem]) -> None:
    release = items[0].release
    _, sealed = manifests(release, items)
    assert sealed is not None
    assert {key: sealed[key] for key in ("format", "salt", "project", "version")} == {
        "format": "vertebase-sealed-1",
        "salt": seal_salt(release),
        "project": release.project.slug,
        "version": "1.0",
    }
    assert sealed["counts"] == TESTED
    assert [(one["split"], one["levels"]) for one in sealed["cases"]] == [("test", ["L1", "L2"])]
    assert [row["path"] for row in sealed["files"]] == ["03_test/b_ct", "03_test/b_msk"]


def test_an_open_image_is_named_without_its_answer(items: list[ReleaseItem]) -> None:
    release = items[0].release
    release.open_test_images = True
    told, sealed = manifests(release, items)
    assert sealed is not None
    assert told["cases"][3] == {"subject": "sub-2", "series": 1, "split": "test"}
    assert "levels" in told["cases"][0]
    assert [row["path"] for row in told["files"] if row["split"] == "test"] == ["03_test/b_ct"]
    assert [row["path"] for row in sealed["files"]] == ["03_test/b_msk"]


@pytest.mark.parametrize("day", [None, date(2026, 3, 1)])
def test_without_an_embargo_that_lies_ahead_nothing_is_sealed(
    items: list[ReleaseItem], day: date | None
) -> None:
    release = items[0].release
    release.embargo_until = day
    told, sealed = manifests(release, items)
    assert (sealed, told["sealed"]) == (None, None)
    assert told["embargo_until"] == (day.isoformat() if day else None)
    assert told["counts"]["splits"] == SPLITS
    assert [len(told["cases"]), len(told["files"])] == [4, 5]
    assert all("levels" in case for case in told["cases"])


def test_a_part_that_holds_nothing_is_not_sealed(project: Project) -> None:
    release = release_of(project, embargo_until=TOMORROW)
    made = [Made("01_training/a_ct", "training", blob("ct a"), image=True)]
    (opened,) = manifest.add_manifests(release, made, [item(release, "training", {})], "vertebase 1.2")
    assert json.loads(read_blob(opened.blob))["sealed"] is None


def test_who_may_know_the_sealed_part_gets_it_in_the_counts(items: list[ReleaseItem]) -> None:
    release = items[0].release
    opened, sealed = manifests(release, items)
    release.manifest = opened
    assert manifest.full_counts(release) == opened["counts"]
    for path, content in (("01_training/a.json", {}), (manifest.SEALED_PATH, sealed), ("Z.json", {})):
        stored = blob(json.dumps(content))
        ReleaseFile.objects.create(
            release=release, path=path, blob=stored, size_bytes=stored.size_bytes, crc32=1
        )
    assert manifest.full_counts(release) == manifest.count_content(items)
