"""A task's folder between the site and 3D Slicer or ITK-SNAP; the site answers in this process."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import nibabel as nib
import numpy as np
import pytest
from django.test import Client

from backend.accounts.services import create_token
from backend.annotation.work.services.working import open_assignment
from backend.client import Changed, Pulled, Site, Task, Unusable
from backend.client.cli import parser
from backend.client.commands import Said, pushed
from backend.client.desktop import save_masks
from backend.client.errors import VertebaseError
from backend.projects.models import Role
from backend.science.formats.segmentation import read_segmentation, segmentation_bytes
from backend.science.volume import Mask, MaskArray
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db
NIFTI, SLICER = "mask.nii.gz", "mask.seg.nrrd"


class InThisProcess(httpx.BaseTransport):
    """To the site without a socket, in the test's own transaction."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = Client().generic(
            request.method,
            request.url.raw_path.decode(),
            request.read(),
            content_type=request.headers.get("Content-Type", ""),
            headers=dict(request.headers),
        )
        return httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)


@pytest.fixture
def task() -> Task:
    """A task of somebody's, whose client speaks to the site in this process."""
    project = factories.make_project()
    case = rows.case_in(project)
    mine = rows.held(
        rows.task_on(case, start_mask=rows.mask_of(case)), factories.make_member(project, Role.RATER)
    )
    open_assignment(assignment_id=mine.pk, actor=mine.rater)
    _, token = create_token(user=mine.rater, name="client", scope="annotate")
    site = Site("http://localhost", token)
    headers = dict(site.api._client.headers)
    site.api._client = httpx.Client(transport=InThisProcess(), base_url="http://localhost", headers=headers)
    return Task(site.api, site.api.assignment_get(str(mine.pk)))


@pytest.fixture
def folder(task: Task, tmp_path: Path) -> Path:
    """The task's folder as it is pulled, without the CT."""
    answer = task.api.assignment_mask(task.id)
    save_masks(tmp_path, task.row, task.mask())
    note = {"site": task.api.url, "task": task.id, "kind": task.kind, "case": task.row["case_alias"]}
    digest = answer.headers["X-Vertebase-Digest"]
    (tmp_path / "task.json").write_text(json.dumps(note | {"revision": 0, "digest": digest}))
    return tmp_path


def in_itk_snap(folder: Path, array: MaskArray) -> None:
    affine = nib.Nifti1Image.from_filename(folder / NIFTI).affine
    nib.Nifti1Image(array, affine).to_filename(folder / NIFTI)


def in_slicer(folder: Path, array: MaskArray) -> None:
    mask, _ = read_segmentation(folder / SLICER)
    (folder / SLICER).write_bytes(segmentation_bytes(Mask(mask.geometry, array)))


def with_hole(task: Task, slice_index: int = 1) -> MaskArray:
    array = task.mask().copy(order="F")
    array[3:5, 2:4, slice_index] = 0
    return array


def test_the_file_that_was_edited_is_sent_and_the_other_one_follows(task: Task, folder: Path) -> None:
    assert task.push(folder) is None
    drawn = with_hole(task)
    in_slicer(folder, drawn)
    saved = task.push(folder)
    assert saved is not None
    assert np.array_equal(task.mask(), drawn)
    assert Pulled.read(folder).digest == saved["digest"]
    assert np.array_equal(np.asarray(nib.Nifti1Image.from_filename(folder / NIFTI).dataobj), drawn)
    assert task.push(folder) is None, "nothing is sent twice, and nothing is taken back"
    (sent,) = task.api.operations_list(task.id)
    assert sent["kind"] == "desktop"
    in_itk_snap(folder, with_hole(task, 4))
    assert task.push(folder) is not None
    assert np.array_equal(read_segmentation(folder / SLICER)[0].array, task.mask())


def test_two_that_were_edited_are_not_chosen_between(task: Task, folder: Path) -> None:
    in_slicer(folder, with_hole(task, 1))
    in_itk_snap(folder, with_hole(task, 4))
    with pytest.raises(VertebaseError, match="both edited"):
        task.push(folder)
    before = (folder / NIFTI).read_bytes()
    assert task.push(folder, mask=folder / SLICER) is not None
    assert (folder / NIFTI).read_bytes() == before, "what was not sent is not written over"
    for name in (NIFTI, SLICER):
        (folder / name).unlink()
    with pytest.raises(VertebaseError, match="holds none of"):
        task.push(folder)


def test_a_change_is_told_before_it_is_made(task: Task, folder: Path) -> None:
    drawn = with_hole(task)
    drawn[0, 0, 7] = 19
    drawn[drawn == 21] = 0
    in_slicer(folder, drawn)
    change = task.change_of(folder)
    assert [(row.label, row.added, row.removed) for row in change.levels] == [
        (19, 1, 0),
        (20, 0, 4),
        (21, 0, 72),
    ]
    assert list(task.api.operations_list(task.id)) == []


def test_on_the_command_line_it_is_shown_and_asked_for(task: Task, folder: Path) -> None:
    drawn = with_hole(task)
    drawn[drawn == 21] = 0
    in_slicer(folder, drawn)

    def said(sure: bool, *words: str) -> Said:
        options = parser().parse_args(["push", str(folder), *words])
        return pushed(task, options, lambda shown: shown.startswith("level") and sure)

    for kept in (said(False), said(True, "--dry-run"), said(False, "--dry-run", "--yes")):
        assert kept.data["pushed"] is None
        assert kept.text.splitlines() == [
            "level  added  removed  ml",
            "L1     +0     -4       -0.01",
            "L2     +0     -72      -0.14  gone",
        ]
    assert list(task.api.operations_list(task.id)) == []
    done = said(False, "--yes")
    assert done.data["pushed"]["revision"] == 1
    assert done.text.endswith("Pushed: revision 1 on the site.")
    assert said(True).text == "Nothing differs."


def test_what_cannot_be_taken_is_said_with_what_to_do(task: Task, folder: Path) -> None:
    anew = np.where(task.mask() == 20, 2, np.where(task.mask() == 21, 1, 0)).astype(np.uint8)
    in_itk_snap(folder, anew)
    with pytest.raises(Unusable, match="--numbering") as unclear:
        task.push(folder)
    assert unclear.value.code == "numbering_unconfirmed"
    in_itk_snap(folder, with_hole(task))
    task.push_array(with_hole(task, 4))
    with pytest.raises(Changed, match="revision 1, and yours began at 0"):
        task.push(folder)
    assert task.push(folder, force=True) is not None
    other = Task(task.api, {**task.row, "id": "another"})
    with pytest.raises(VertebaseError, match="another task"):
        other.push(folder)
