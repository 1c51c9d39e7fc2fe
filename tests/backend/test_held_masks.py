"""A mask in another program's numbers waits for a person; only then it is the first version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.audit.models import Record
from backend.imaging import held_masks
from backend.imaging.models import HeldMask, HeldState, Volume
from backend.imaging.selectors import imported_mask
from backend.masks.models import MaskVersion
from backend.pipeline.models import Run
from backend.projects.models import Project, Role
from backend.science.errors import BadInput
from backend.science.formats.nifti import mask_bytes, volume_bytes
from backend.science.volume import Mask, VolumeGeometry
from backend.science.volume import Volume as Voxels
from backend.workflow.sweep import sweep
from tests.backend import factories
from tests.backend.test_ingest import drop

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]
SHAPE = (40, 40, 60)
# three blocks of lumbar size from the head down, as TotalSegmentator numbers L4, L5 and the sacrum
BLOCKS = {28: (42, 56), 27: (24, 38), 26: (6, 20)}


@pytest.fixture
def project(settings: Any) -> Project:
    settings.VERTEBASE_ENGINES = {
        "imported": "backend.pipeline.engines.built_in.ImportedMaskEngine",
        "empty": "backend.pipeline.engines.built_in.EmptyMaskEngine",
        "builtin": "backend.pipeline.engines.built_in.EmptyMaskEngine",
    }
    return factories.make_project()


def files(numbers: dict[int, tuple[int, int]]) -> dict[str, bytes]:
    geometry = VolumeGeometry(SHAPE, np.diag([2.0, 2.0, 2.0, 1.0]))
    values = np.random.default_rng(1).integers(-1000, 1200, SHAPE).astype(np.int16)
    array = np.zeros(SHAPE, np.uint8, order="F")
    for number, (low, high) in numbers.items():
        array[8:32, 6:34, low:high] = number
    ct = volume_bytes(Voxels(geometry, np.asfortranarray(values)))
    return {"a/ct.nii.gz": ct, "a/vertebrae_mask.nii.gz": mask_bytes(Mask(geometry, array))}


@pytest.fixture
def held(project: Project) -> HeldMask:
    drop(project, files(BLOCKS))
    return HeldMask.objects.get()


def as_rows(levels: dict[int, int | None]) -> list[dict[str, Any]]:
    return [{"number": number, "level": level} for number, level in levels.items()]


def test_a_held_mask_is_no_version_and_no_engine_starts(project: Project, held: HeldMask) -> None:
    volume = Volume.objects.get()
    assert imported_mask(volume) is None
    assert volume.case.state == "waiting"
    sweep()
    assert not Run.objects.exists()
    assert not MaskVersion.objects.exists()
    assert held_masks.waits_for_numbering(volume)


def test_the_readings_are_shown_and_a_confirmed_one_is_the_first_version(
    project: Project, held: HeldMask, as_user: AsUser
) -> None:
    client = as_user(project.created_by)
    (row,) = client.get(f"/api/v1/projects/{project.slug}/held-masks?open=true").json()["results"]
    assert row["pseudonym"] == "sub-0001"
    reading = row["readings"][0]
    assert "TotalSegmentator" in reading["name"]
    levels = {line["number"]: line["level"] for line in reading["rows"]}
    assert levels == {26: 26, 27: 24, 28: 23}
    said = client.post(
        f"/api/v1/held-masks/{held.pk}/confirm",
        {"numbering": reading["key"], "levels": as_rows(levels)},
    )
    assert said.status_code == 200, said.json()
    assert (said.json()["state"], said.json()["numbering"]) == ("confirmed", reading["key"])
    case = Case.objects.get()
    assert case.start_mask is not None
    assert set(map(int, case.start_mask.label_voxels)) == {23, 24, 26}
    record = Record.objects.get(verb="mask.numbering_confirmed")
    assert record.actor == project.created_by
    assert record.detail["levels"] == {"26": 26, "27": 24, "28": 23}
    assert client.get(f"/api/v1/projects/{project.slug}/held-masks?open=true").json()["results"] == []
    again = client.post(f"/api/v1/held-masks/{held.pk}/refuse", {})
    assert (again.status_code, again.json()["code"]) == (409, "mask_answered")


def test_a_table_changed_by_hand_is_kept_as_such(project: Project, held: HeldMask) -> None:
    key = held.proposals[0]["key"]
    row = held_masks.confirm_numbering(
        actor=project.created_by, held=held, numbering=key, levels={28: 22, 27: 23, 26: None}
    )
    assert row.numbering == held_masks.BY_HAND
    found = imported_mask(Volume.objects.get())
    assert found is not None
    assert set(np.unique(found.array)) == {0, 22, 23}


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ({28: 23, 27: 24}, "unknown_labels"),
        ({28: 23, 27: 24, 26: 99}, "unknown_labels"),
        ({28: 23, 27: 23, 26: 26}, "level_twice"),
        ({28: None, 27: None, 26: None}, "no_levels"),
    ],
)
def test_a_table_that_cannot_be_is_refused(
    project: Project, held: HeldMask, levels: dict[int, int | None], code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        held_masks.confirm_numbering(actor=project.created_by, held=held, numbering="x", levels=levels)
    assert refused.value.code == code
    held.refresh_from_db()
    assert held.state == HeldState.WAITING


def test_a_refused_mask_leaves_the_case_to_the_engine(
    project: Project, held: HeldMask, as_user: AsUser
) -> None:
    said = as_user(project.created_by).post(f"/api/v1/held-masks/{held.pk}/refuse", {"note": "organs"})
    assert (said.status_code, said.json()["state"]) == (200, "refused")
    assert Run.objects.get().engine != "imported"
    assert imported_mask(Volume.objects.get()) is None


def test_nobody_but_a_manager_answers(project: Project, held: HeldMask, as_user: AsUser) -> None:
    for who in (factories.make_member(project, Role.RATER), factories.make_user()):
        client = as_user(who)
        assert client.get(f"/api/v1/projects/{project.slug}/held-masks").status_code in (403, 404)
        for verb in ("confirm", "refuse"):
            body = {"numbering": "x", "levels": as_rows({28: 23, 27: 24, 26: 26})}
            assert client.post(f"/api/v1/held-masks/{held.pk}/{verb}", body).status_code == 404
    held.refresh_from_db()
    assert held.state == HeldState.WAITING
