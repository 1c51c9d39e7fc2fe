"""A task's files for 3D Slicer and ITK-SNAP, and the mask that comes back from there."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client

from backend.annotation.errors import MaskMovedOn
from backend.annotation.models import Assignment
from backend.annotation.work.selectors.desktop import ReturnedFile, desktop_change
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import Edit, edit, open_assignment
from backend.audit.models import Record
from backend.common.errors import DomainError, Invalid
from backend.common.storage import read_blob
from backend.imaging.selectors import geometry_of
from backend.masks.services import close_session
from backend.projects.models import Membership, Role
from backend.science.errors import BadInput
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.segmentation import segmentation_bytes
from backend.science.volume import Mask, MaskArray, VolumeGeometry
from tests.backend import factories, flow, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine() -> Assignment:
    """One rater's work, opened; another works on the same case."""
    project = factories.make_project()
    case = rows.case_in(project)
    task = rows.task_on(case, start_mask=rows.mask_of(case))
    for _ in range(2):
        assignment = rows.held(task, factories.make_member(project, Role.RATER))
        open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    return flow.reload(assignment)


def repainted(assignment: Assignment) -> MaskArray:
    """L1 with a hole, and T12 above it: what somebody drew elsewhere."""
    array = mask_state(assignment).array.copy(order="F")
    array[3:5, 2:4, 1] = 0
    array[0:2, 0:2, 7] = 19
    return array


def as_file(
    assignment: Assignment, array: MaskArray, name: str = "mask.seg.nrrd", **said: Any
) -> ReturnedFile:
    mask = Mask(geometry_of(assignment.task.case.volume), array)
    content = segmentation_bytes(mask) if name.endswith("nrrd") else mask_bytes(mask)
    return ReturnedFile(content=content, name=name, **said)


def taken_in(assignment: Assignment, returned: ReturnedFile, operation_id: UUID | None = None) -> None:
    """The two steps of whoever takes a file in: what would change, then that as an edit."""
    change = desktop_change(flow.reload(assignment), returned)
    done = edit(
        assignment_id=assignment.pk,
        edit=Edit(operation_id or uuid4(), change.revision, change.delta, "desktop"),
    )
    assert done.digest == change.digest


def test_the_zip_holds_ct_and_mask_under_the_alias_and_nothing_of_others(mine: Assignment) -> None:
    flow.paint(mine, lambda mask: mask.__setitem__((0, 0, 4), 20))
    client = Client()
    client.force_login(mine.rater)
    answer = client.get(f"/api/v1/assignments/{mine.pk}/desktop")
    case = mine.task.case
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="{case.alias}_mask_r1.zip"'
    assert int(answer["Content-Length"]) == len(body)
    with zipfile.ZipFile(io.BytesIO(body)) as made:
        assert made.testzip() is None
        stem = f"{case.alias}/{case.alias}"
        names = [".label", ".nii.gz", ".seg.nrrd", "_ColorTable.ctbl"]
        assert sorted(made.namelist()) == [f"{stem}_ct.nii.gz", *(f"{stem}_mask_r1{end}" for end in names)]
        assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert made.read(f"{stem}_ct.nii.gz") == read_blob(case.volume.nifti)
        mask = Mask(geometry_of(case.volume), mask_state(flow.reload(mine)).array)
        assert made.read(f"{stem}_mask_r1.seg.nrrd") == segmentation_bytes(mask)
        unpacked = b"".join(made.read(name) for name in made.namelist() if not name.endswith("gz"))
    people = [member.user for member in Membership.objects.filter(project=case.project)]
    assert len(people) == 3
    hidden = [word for person in people for word in (person.email, person.name, str(person.pk))]
    for word in (case.volume.series.patient.pseudonym, str(case.pk), *hidden):
        assert word.encode() not in unpacked


@pytest.mark.parametrize("name", ["mask.nii.gz", "mask.seg.nrrd"])
def test_what_would_change_is_told_by_level_and_nothing_is_written(mine: Assignment, name: str) -> None:
    before = mask_state(mine)
    edited = repainted(mine)
    edited[edited == 21] = 0
    change = desktop_change(mine, as_file(mine, edited, name))
    assert [(row.label, row.before, row.after, row.added, row.removed) for row in change.levels] == [
        (19, 0, 4, 4, 0),
        (20, 72, 68, 0, 4),
        (21, 72, 0, 0, 72),
    ]
    assert change.changed_voxels == 80
    assert change.remarks == []
    assert mask_state(flow.reload(mine)).digest == before.digest


def test_taken_in_it_is_one_step_that_the_case_tells_of(mine: Assignment) -> None:
    edited, operation_id = repainted(mine), uuid4()
    flow.paint(mine, lambda mask: mask.__setitem__((0, 0, 4), 20))
    returned = as_file(mine, edited, "mask_r0.seg.nrrd", replace=True)
    taken_in(mine, returned, operation_id)
    now = mask_state(flow.reload(mine))
    assert now.revision == 2
    assert np.array_equal(now.array, edited)
    (record,) = Record.objects.filter(verb="assignment.mask_taken_in")
    assert record.actor_id == mine.rater_id
    told = {"assignment": str(mine.pk), "revision": 2, "digest": now.digest, "changed_voxels": 9}
    assert record.detail == told
    session = flow.reload(mine).session
    assert session is not None
    version = close_session(session=session, source="rater")
    assert version.provenance["desktop_edits"] == 1
    assert version.provenance["operations"] == 2


def test_an_edit_that_is_sent_again_is_noted_once(mine: Assignment) -> None:
    change = desktop_change(mine, as_file(mine, repainted(mine)))
    sent = Edit(uuid4(), change.revision, change.delta, "desktop")
    first = edit(assignment_id=mine.pk, edit=sent)
    assert edit(assignment_id=mine.pk, edit=sent).pk == first.pk
    assert Record.objects.filter(verb="assignment.mask_taken_in").count() == 1
    flow.paint(mine, lambda mask: mask.__setitem__((0, 0, 4), 20))
    assert Record.objects.filter(verb="assignment.mask_taken_in").count() == 1, "a brush is no such mask"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"base_revision": 0}, "mask.seg.nrrd"),
        ({}, "case_mask_r0.seg.nrrd"),
        ({}, "case_mask_r7 (1).seg.nrrd"),
    ],
)
def test_a_file_of_another_state_of_the_mask_is_refused_unless_it_is_to_replace_it(
    mine: Assignment, said: dict[str, Any], name: str
) -> None:
    edited = repainted(mine)
    flow.paint(mine, lambda mask: mask.__setitem__((0, 0, 4), 20))
    with pytest.raises(MaskMovedOn) as refused:
        desktop_change(flow.reload(mine), as_file(mine, edited, name, **said))
    assert refused.value.extra == {"revision": 1, "base_revision": 7 if "r7" in name else 0}
    replacing = desktop_change(flow.reload(mine), as_file(mine, edited, name, replace=True, **said))
    assert replacing.revision == 1
    fitting = name.replace("r0", "r1").replace("r7", "r1")
    desktop_change(flow.reload(mine), as_file(mine, edited, fitting, **said | dict.fromkeys(said, 1)))


def test_between_preview_and_taking_the_mask_must_not_move(mine: Assignment) -> None:
    change = desktop_change(mine, as_file(mine, repainted(mine)))
    flow.paint(mine, lambda mask: mask.__setitem__((0, 0, 4), 20))
    with pytest.raises(DomainError) as refused:
        edit(assignment_id=mine.pk, edit=Edit(uuid4(), change.revision, change.delta, "desktop"))
    assert refused.value.code == "stale_base"


def test_numbers_that_nobody_can_tell_are_asked_about_with_the_readings(mine: Assignment) -> None:
    array = mask_state(mine).array
    anew = np.asfortranarray(np.where(array == 20, 2, np.where(array == 21, 1, 0)).astype(np.uint8))
    with pytest.raises(Invalid) as refused:
        desktop_change(mine, as_file(mine, anew, "export.nii.gz"))
    assert refused.value.code == "numbering_unconfirmed"
    assert {"key", "name", "levels"} == set(refused.value.extra["readings"][0])
    told = desktop_change(mine, as_file(mine, anew, "export.nii.gz", numbering="1=L2,2=L1"))
    assert told.changed_voxels == 0


def test_no_name_of_a_file_leads_out_of_its_folder(mine: Assignment) -> None:
    moved = Mask(VolumeGeometry((12, 10, 8), np.diag([1.0, 1.0, 2.5, 1.0])), mask_state(mine).array)
    for name, shown in (
        ("../../etc/mask.nii.gz", "_.._etc_mask.nii.gz"),
        ("..", "mask"),
        ("x" * 255, "x" * 100),
    ):
        with pytest.raises(BadInput, match="another grid") as refused:
            desktop_change(mine, ReturnedFile(content=mask_bytes(moved), name=name))
        assert (refused.value.code, refused.value.source) == ("other_grid", shown)


def test_over_the_wire_a_file_is_looked_at_and_then_taken(mine: Assignment) -> None:
    client = Client()
    client.force_login(mine.rater)
    address, edited = f"/api/v1/assignments/{mine.pk}", repainted(mine)
    octets = "application/octet-stream"
    returned = as_file(mine, edited)
    asked = f"{address}/desktop/mask?name=mask_r0.seg.nrrd"
    answer = client.post(asked, returned.content, content_type=octets)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["levels"] == [
        {"label": 19, "before": 0, "after": 4, "added": 4, "removed": 0},
        {"label": 20, "before": 72, "after": 68, "added": 0, "removed": 4},
    ]
    headers = {"X-Operation-Id": str(uuid4()), "X-Base-Revision": str(told["revision"])}
    delta = base64.b64decode(told["delta_b64"])
    saved = client.post(
        f"{address}/operations",
        delta,
        content_type=octets,
        headers={**headers, "X-Operation-Kind": "desktop"},
    )
    assert saved.json()["digest"] == told["digest"]
    again = client.post(asked, returned.content, content_type=octets)
    assert (again.status_code, again.json()["code"]) == (409, "mask_moved_on")
    empty = client.post(f"{address}/desktop/mask?name=mask.nii.gz", b"", content_type=octets)
    assert (empty.status_code, json.loads(empty.content)["code"]) == (400, "empty_file")


def test_work_that_cannot_be_edited_takes_no_mask(mine: Assignment) -> None:
    returned = as_file(mine, repainted(mine))
    Assignment.objects.filter(pk=mine.pk).update(session=None)
    with pytest.raises(DomainError) as refused:
        desktop_change(flow.reload(mine), returned)
    assert refused.value.code == "assignment_not_opened"
    Assignment.objects.filter(pk=mine.pk).update(state="submitted")
    with pytest.raises(DomainError) as refused:
        desktop_change(flow.reload(mine), returned)
    assert refused.value.code == "not_editable"
