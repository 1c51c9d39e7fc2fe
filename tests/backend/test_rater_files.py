"""Masks of single raters in a release, and maps made from them: what they hold, and that they name nobody."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import nibabel as nib
import numpy as np
import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Case, CasePurpose, Submission, Task
from backend.masks.selectors import load_mask
from backend.releases.models import Release
from backend.releases.planning.plan import Asked, make_plan
from backend.releases.planning.rules import Rules
from backend.releases.planning.shown import plan_row
from backend.releases.raters import pseudonyms, rated_by_several
from backend.releases.services import building
from backend.science.volume import MaskArray
from tests.backend import flow, rows
from tests.backend.test_releases import accept_case, archive, body, client_of, freeze
from tests.backend.thaw import thawed_afterwards
from tests.support.replay import replayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
CHOSEN = {"rater_masks": True, "disagreement_maps": True, "probability_maps": True}
ALL = {"training": 1.0}
OPENS = timezone.localdate() + timedelta(days=30)


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


def one_voxel_off(mask: MaskArray) -> None:
    """Too little for an expert to be asked."""
    mask[tuple(np.argwhere(mask == 20)[0])] = 0


@replayable
def differing() -> tuple[flow.Team, Case]:
    """An accepted case of which one rater took a voxel of L1 away."""
    team = flow.make_team()
    return team, accept_case(team, changes=[one_voxel_off, None, None])


class Quiet:
    """A job that nobody looks at."""

    def progress(self, fraction: float, message: str = "") -> None: ...
    def check_cancelled(self) -> None: ...


def content_of(release: Release, user: User, name: str = "all") -> dict[str, bytes]:
    """The archive's files by their path, unpacked to the last."""
    with zipfile.ZipFile(io.BytesIO(body(archive(client_of(user, release), release, name)))) as files:
        found = {path.partition("/")[2]: files.read(path) for path in files.namelist()}
    return {path: gzip.decompress(data) if path.endswith(".gz") else data for path, data in found.items()}


def voxels(data: bytes) -> Any:
    return np.asarray(nib.Nifti1Image.from_bytes(data).dataobj)


def ending(files: dict[str, bytes], end: str) -> list[bytes]:
    return [data for path, data in sorted(files.items()) if path.endswith(end)]


def test_the_archive_holds_each_raters_mask_and_the_maps() -> None:
    """Equal to what was handed in, listed and described, made twice the same, and nobody is named."""
    team, case = differing()
    release = freeze(team, fractions=ALL, **CHOSEN)
    files = content_of(release, team.manager)
    handed = [load_mask(row.mask).array for row in Submission.objects.exclude(mask=None) if row.mask]
    masks = {path: data for path, data in files.items() if "_desc-rater" in path}
    assert [path.partition("_desc-")[2] for path in sorted(masks)] == [
        f"rater{letter}_msk.nii.gz" for letter in "ABC"
    ]
    assert sorted(voxels(data).tobytes("F") for data in masks.values()) == sorted(
        mask.tobytes("F") for mask in handed
    )
    assert case.accepted_mask is not None
    accepted = load_mask(case.accepted_mask).array
    (differ,), (share,) = ending(files, "_desc-disagreement_map.nii.gz"), ending(files, "_probseg.nii.gz")
    np.testing.assert_allclose(voxels(differ), sum(m != accepted for m in handed) / 3, rtol=1e-6)
    np.testing.assert_allclose(voxels(share), sum(m != 0 for m in handed) / 3, rtol=1e-6)
    assert voxels(differ).any()
    (ct,) = ending(files, "_ct.nii.gz")
    grid = nib.Nifti1Image.from_bytes(ct)
    for data in (*masks.values(), differ, share):
        np.testing.assert_array_equal(nib.Nifti1Image.from_bytes(data).affine, grid.affine)
    rows = list(csv.DictReader(io.StringIO(files["01_training/raters.csv"].decode())))
    assert [row["rater"] for row in rows] == ["A", "B", "C", "NA", "NA"]
    told = "\n".join(files[name].decode() for name in ("01_training/SHA256SUMS", "manifest.json"))
    for row in rows:
        assert f"01_training/{row['file']}" in files
        assert told.count(row["file"]) == 2
    assert "raters.csv" in files["01_training/croissant.json"].decode()
    for said in ("rater*_msk", "disagreement_map", "probseg", "one person alone"):
        assert said in files["README.md"].decode()
        assert said in files["datasheet.md"].decode()
    for person in (*team.raters, *team.radiologists):
        for word in (person.email, person.name, str(person.pk)):
            assert word
            assert not [path for path, data in files.items() if word.encode() in data or word in path]
    made = {file.path: file.blob_id for file in release.files.filter(layout="verse")}
    for file in building._make_files(Quiet(), release, building.items_of(release)):  # type: ignore[arg-type]
        if file.layout == "verse":
            assert made[file.path] == file.blob.sha256


def test_nothing_of_raters_is_there_unless_it_was_asked_for() -> None:
    team, _ = differing()
    files = content_of(freeze(team, fractions=ALL), team.manager)
    assert not [path for path in files if "desc-" in path or "probseg" in path or "raters" in path]
    assert "raters.csv" not in files["README.md"].decode()


def test_a_case_that_one_person_did_has_none() -> None:
    team = flow.make_team()
    case = accept_case(team)
    Task.objects.filter(case=case, kind="correct").update(kind="grade")  # as if nobody had drawn
    assert rated_by_several([case.pk]) == {}
    files = content_of(freeze(team, fractions=ALL, **CHOSEN), team.manager)
    assert not [path for path in files if "desc-" in path or "probseg" in path]
    assert files["01_training/raters.csv"].decode().count("\n") == 1
    assert "one person alone" in files["README.md"].decode()


def test_what_was_handed_in_last_counts_and_of_the_last_round_only() -> None:
    _, case = differing()
    ((_, found),) = rated_by_several([case.pk]).items()
    again = rows.handed_in(found[0].assignment, mask=case.accepted_mask)
    ((_, now),) = rated_by_several([case.pk]).items()
    assert [row.pk for row in now] == [again.pk, *(row.pk for row in found[1:])]
    task = Task.objects.get(pk=found[0].assignment.task_id)
    task.pk, task.round = uuid4(), task.round + 1
    task._state.adding = True
    task.save()
    assert rated_by_several([case.pk]) == {}


@pytest.mark.parametrize("purpose", [CasePurpose.GOLD, CasePurpose.REPEAT, CasePurpose.TRAINING])
def test_copies_that_test_raters_are_left_out(purpose: str) -> None:
    _, case = differing()
    assert set(rated_by_several([case.pk])) == {case.pk}
    Case.objects.filter(pk=case.pk).update(purpose=purpose)
    assert rated_by_several([case.pk]) == {}


def test_the_masks_of_a_sealed_part_are_sealed() -> None:
    team, _ = differing()
    release = freeze(team, fractions={"test": 1.0}, embargo_until=OPENS, open_test_images=True, **CHOSEN)
    assert release.files.filter(path__contains="desc-rater", split="test", image=False).count() == 3
    assert team.researcher is not None
    files = content_of(release, team.researcher)
    assert ending(files, "_ct.nii.gz")
    assert not [path for path in files if "desc-" in path or "probseg" in path or "raters.csv" in path]
    assert "desc-" not in files["manifest.json"].decode()


def test_letters_are_dealt_anew_and_pseudonyms_are_stable() -> None:
    team = flow.make_team()
    release = Release(project=team.project, version="1.0")
    people = [uuid4() for _ in range(6)]
    cases = [uuid4() for _ in range(4)]
    by_case = [pseudonyms(release, case, people) for case in cases]
    assert all(sorted(one.values()) == list("ABCDEF") for one in by_case)
    assert any(one != by_case[0] for one in by_case)
    assert by_case[0] == pseudonyms(release, cases[0], people[::-1])
    release.stable_raters = True
    first, second = (pseudonyms(release, case, people) for case in cases[:2])
    assert first == second
    assert len(set(first.values())) == len(people)
    other = pseudonyms(Release(project=team.project, version="2.0", stable_raters=True), cases[0], people)
    assert not set(other.values()) & set(first.values())


def test_the_plan_tells_what_they_would_add() -> None:
    team, _ = differing()
    plan = make_plan(Asked(team.project, Rules(), ALL, 0))
    told = plan_row(team.project, plan, team.manager)["raters"]
    assert (told["cases"], told["masks"]) == (1, 3)
    assert told["masks_bytes"] >= told["map_bytes"] > 0
