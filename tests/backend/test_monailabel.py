"""A rater's own tasks through the addresses of MONAI Label: what its client sends, and may not reach."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import MULTIPART_CONTENT, encode_multipart

from backend.accounts.services import create_token
from backend.annotation.models import Assignment, TaskKind
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import open_assignment
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.common.scopes import Scope
from backend.common.storage import read_blob
from backend.imaging.selectors import geometry_of
from backend.interchange.monailabel.selectors import image_name, level_numbers
from backend.masks.services import add_version
from backend.projects.models import Role
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.segmentation import segmentation_bytes
from backend.science.volume import Mask, MaskArray
from tests.backend import factories, flow, rows

pytestmark = pytest.mark.django_db
LOAD: Any = nibabel.load
BOUNDARY = "limit"


def task_of_two(source: str = "engine", **fields: Any) -> list[Assignment]:
    """The work of two raters on one case, which starts from a mask of that source."""
    project = factories.make_project()
    case = rows.case_in(project)
    start = add_version(volume=case.volume, mask=factories.block_mask(), source=source)
    task = rows.task_on(case, start_mask=start)
    return [rows.held(task, factories.make_member(project, Role.RATER), **fields) for _ in range(2)]


@pytest.fixture
def mine() -> Assignment:
    return task_of_two()[0]


def client_of(assignment: Assignment, scope: Scope = Scope.ANNOTATE) -> Client:
    _, text = create_token(user=assignment.rater, name="Slicer", scope=scope)
    return Client(headers={"Authorization": f"Bearer {text}"})


def mask_file(assignment: Assignment, array: MaskArray, name: str) -> SimpleUploadedFile:
    mask = Mask(geometry_of(assignment.task.case.volume), array)
    content = segmentation_bytes(mask) if name.endswith("nrrd") else mask_bytes(mask)
    return SimpleUploadedFile(name, content)


def save(client: Client, image: str, file: SimpleUploadedFile, **params: Any) -> Any:
    form = {"label": file, "params": json.dumps({"client_id": "user-xyz", **params})}
    body = encode_multipart("limit", form)
    kind = MULTIPART_CONTENT.rpartition("=")[0] + "=limit"
    return client.put(f"/monailabel/datastore/label?image={image}&tag=final", body, content_type=kind)


def shown(content: bytes, folder: Path) -> MaskArray:
    path = folder / "shown.nii.gz"
    path.write_bytes(content)
    return np.asarray(LOAD(path).dataobj, dtype=np.uint8)


def test_the_datastore_is_one_s_own_open_work_and_nothing_else(mine: Assignment) -> None:
    client, name = client_of(mine), image_name(mine)
    told = client.get("/monailabel/info/").json()
    assert told["labels"] == list(level_numbers()), "a list: OHIF's plug-in appends to it"
    assert told["models"]["vertebase"]["labels"]["T13"] == 28
    assert list(told["models"]) == ["vertebase", "vertebase-clicks"], "the engine itself is for managers"
    assert told["datastore"]["total"] == 1
    assert list(client.get("/monailabel/datastore/?output=all").json()["objects"]) == [name]
    sample = client.post("/monailabel/activelearning/next_task", {}, content_type="application/json").json()
    assert sample["id"] == name
    image = client.get(f"/monailabel/datastore/image?image={name}")
    assert b"".join(image) == read_blob(mine.task.case.volume.nifti)
    assert Assignment.objects.get(pk=mine.pk).opened_at is None, "who only looks has not begun"


def test_nobody_reaches_the_work_of_another(mine: Assignment) -> None:
    other = Assignment.objects.exclude(pk=mine.pk).get()
    client, theirs = client_of(mine), image_name(other)
    assert theirs not in client.get("/monailabel/datastore/?output=all").content.decode()
    for address in ("datastore/image?image=", "datastore/label?label="):
        assert client.get(f"/monailabel/{address}{theirs}").status_code == 404
    assert client.post(f"/monailabel/infer/vertebase?image={theirs}").status_code == 404
    saved = save(client, theirs, mask_file(mine, factories.block_mask(), "mask.nii.gz"))
    assert saved.status_code == 404
    assert mask_state(flow.reload(other)).revision == 0
    assert Client().get("/monailabel/info/").status_code == 401
    other.task.case.project.memberships.filter(user=mine.rater).update(active=False)
    assert client.get("/monailabel/datastore/").json()["total"] == 0


def test_a_task_without_a_mask_to_edit_is_not_there() -> None:
    project = factories.make_project()
    task = rows.task_on(rows.case_in(project), TaskKind.GRADE)
    graded = rows.held(task, factories.make_member(project, Role.RATER))
    assert client_of(graded).get("/monailabel/datastore/").json()["total"] == 0


@pytest.mark.parametrize("name", ["label.nii.gz", "label.seg.nrrd"])
def test_a_saved_label_is_an_edit_of_one_s_own_mask(mine: Assignment, name: str, tmp_path: Path) -> None:
    client, image = client_of(mine), image_name(mine)
    client.get(f"/monailabel/datastore/image?image={image}")
    edited = factories.block_mask()
    edited[0:2, 0:2, 7] = 19
    saved = save(client, image, mask_file(mine, edited, name))
    assert saved.status_code == 200, saved.content
    assert (saved.json()["image"], saved.json()["changed_voxels"]) == (image, 4)
    assert np.array_equal(mask_state(flow.reload(mine)).array, edited)
    assert Record.objects.filter(verb=Verb.ASSIGNMENT_MASK_TAKEN_IN).count() == 1
    again = save(client, image, mask_file(mine, edited, name))
    assert (again.json()["changed_voxels"], again.json()["revision"]) == (0, 1)
    label = client.get(f"/monailabel/datastore/label?label={image}&tag=final")
    assert np.array_equal(shown(label.content, tmp_path), edited)
    assert flow.reload(mine).state == "open", "saving hands nothing in"


def test_a_label_made_on_an_older_mask_overwrites_nothing(mine: Assignment) -> None:
    client, image = client_of(mine), image_name(mine)
    open_assignment(assignment_id=mine.pk, actor=mine.rater)
    client.get(f"/monailabel/datastore/label?label={image}")
    flow.paint(flow.reload(mine), lambda mask: mask.__setitem__((0, 0, 4), 20))
    before = mask_state(flow.reload(mine))
    file = mask_file(mine, factories.block_mask(labels=(20,)), "label.nii.gz")
    refused = save(client, image, file)
    assert (refused.status_code, refused.json()["code"]) == (409, "mask_moved_on")
    assert mask_state(flow.reload(mine)).digest == before.digest
    file.seek(0)
    assert save(client, image, file, base_revision=before.revision).status_code == 200


def test_a_label_of_another_grid_or_of_closed_work_is_refused(mine: Assignment) -> None:
    client, image = client_of(mine), image_name(mine)
    other = Mask(geometry_of(mine.task.case.volume), factories.block_mask())
    moved = other.geometry.affine_ras_mm.copy()
    moved[:3, 3] += 40
    away = Mask(type(other.geometry)(other.geometry.shape, moved), other.array)
    refused = save(client, image, SimpleUploadedFile("label.nii.gz", mask_bytes(away)))
    assert (refused.status_code, refused.json()["code"]) == (400, "other_grid")
    Assignment.objects.filter(pk=mine.pk).update(state="submitted")
    file = mask_file(mine, factories.block_mask(), "label.nii.gz")
    assert save(client, image, file).status_code == 404


def test_a_token_that_may_only_read_saves_nothing(mine: Assignment) -> None:
    client = client_of(mine, Scope.READ)
    assert client.get("/monailabel/info/").status_code == 200
    saved = save(client, image_name(mine), mask_file(mine, factories.block_mask(), "label.nii.gz"))
    assert (saved.status_code, saved.json()["code"]) == (403, "token_scope")


def test_inference_gives_the_engine_s_proposal_as_the_client_reads_it(
    mine: Assignment, tmp_path: Path
) -> None:
    client = client_of(mine)
    address = f"/monailabel/infer/vertebase?image={image_name(mine)}"
    answer = client.post(address, {"params": "{}"})
    parsed: Any = message_from_bytes(
        f"Content-Type: {answer['Content-Type']}\r\n\r\n".encode() + answer.content
    )
    params, image = parsed.get_payload()
    assert json.loads(params.get_payload())["label_names"]["L1"] == 20
    assert str(image.get_filename()).endswith(".nii.gz")
    made = client.post(f"{address}&output=image", {"params": "{}"})
    assert np.array_equal(shown(made.content, tmp_path), factories.block_mask())
    nrrd = client.post(f"{address}&output=image", {"params": '{"result_extension": ".nrrd"}'})
    assert nrrd.content.startswith(b"NRRD")


@pytest.mark.parametrize(("source", "blank"), [("engine", True), ("import", False)])
def test_who_starts_blank_or_from_another_mask_is_shown_no_proposal(source: str, blank: bool) -> None:
    mine, _ = task_of_two(source, blank_start=blank)
    answer = client_of(mine).post(f"/monailabel/infer/vertebase?image={image_name(mine)}")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_proposal")


def test_one_signs_in_with_a_token_as_the_password(mine: Assignment) -> None:
    assert Client().get("/monailabel/auth/").json()["enabled"] is True
    _, text = create_token(user=mine.rater, name="Slicer", scope=Scope.ANNOTATE)
    given = Client().post("/monailabel/auth/token", {"username": "any", "password": text})
    assert given.json() == {"access_token": text, "token_type": "bearer"}
    refused = Client().post("/monailabel/auth/token", {"username": "any", "password": factories.PASSWORD})
    assert refused.status_code in (401, 403)
    valid = Client(headers={"Authorization": f"Bearer {text}"}).get("/monailabel/auth/token/valid")
    assert valid.json()["email"] == mine.rater.email
