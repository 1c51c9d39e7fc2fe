"""A mask in another program's numbers waits for a person; only then it is the first version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.work.services import working
from backend.audit.models import Record
from backend.common.models import JobState
from backend.common.tasks import enqueue
from backend.imaging import selectors
from backend.imaging.models import HeldMask, HeldState, Volume
from backend.imaging.selectors import imported_mask
from backend.imaging.services import held_masks
from backend.masks.models import MaskSource, MaskVersion
from backend.pipeline.models import Run
from backend.projects.models import Project, Role
from backend.science.errors import BadInput
from backend.science.formats.nifti import mask_bytes, volume_bytes
from backend.science.volume import Mask, VolumeGeometry
from backend.science.volume import Volume as Voxels
from backend.workflow import missed, tasks
from backend.workflow.sweep import sweep
from tests.backend import factories, flow
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
    assert selectors.waits_for_numbering(volume)


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


def confirmed(project: Project, held: HeldMask) -> HeldMask:
    key = held.proposals[0]["key"]
    return held_masks.confirm_numbering(
        actor=project.created_by, held=held, numbering=key, levels={28: 23, 27: 24, 26: 26}
    )


def test_a_refusal_is_taken_back_and_the_mask_takes_the_engine_s_place(
    project: Project, held: HeldMask, as_user: AsUser
) -> None:
    """Until somebody has begun: what the engine made stays as a version."""
    client = as_user(project.created_by)
    assert client.post(f"/api/v1/held-masks/{held.pk}/take-back").json()["code"] == "mask_not_refused"
    client.post(f"/api/v1/held-masks/{held.pk}/refuse", {"note": "organs"})
    before = Case.objects.get().start_mask
    assert before is not None
    # the engine of this test makes nothing; a real one's mask is what is replaced
    MaskVersion.objects.filter(pk=before.pk).update(source=MaskSource.ENGINE)
    answer = client.post(f"/api/v1/held-masks/{held.pk}/take-back").json()
    assert (answer["state"], answer["note"]) == ("waiting", "")
    assert Record.objects.get(verb="mask.refusal_taken_back").actor == project.created_by
    sweep()
    assert Run.objects.count() == 1, "nothing starts before the numbers are read"
    confirmed(project, HeldMask.objects.get())
    case = Case.objects.get()
    assert case.start_mask is not None
    assert set(map(int, case.start_mask.label_voxels)) == {23, 24, 26}
    assert {task.start_mask_id for task in case.tasks.all()} == {case.start_mask_id}
    assert MaskVersion.objects.filter(pk=before.pk).exists()
    assert Record.objects.get(verb="case.start_mask_imported").detail["parent"] == str(before.pk)
    assert list(Run.objects.order_by("created_at").values_list("engine", flat=True))[1:] == ["imported"]


def test_the_sweep_finds_a_late_mask_that_nobody_took_and_nothing_after(
    project: Project, held: HeldMask, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_masks.refuse_mask(actor=project.created_by, held=held, note="")
    MaskVersion.objects.update(source=MaskSource.ENGINE)
    held_masks.take_back_refusal(actor=project.created_by, held=HeldMask.objects.get())
    with monkeypatch.context() as lost:
        lost.setattr(held_masks, "publish", lambda event: None)
        confirmed(project, HeldMask.objects.get())
    volume = Volume.objects.get()
    assert [pk for pk, _ in missed.volumes_without_case()] == [volume.pk]
    with monkeypatch.context() as lost:
        lost.setattr(tasks, "use_imported_mask", lambda **_: False)
        sweep()
    run = Run.objects.get(engine="imported")
    assert [pk for pk, _ in missed.volumes_without_case()] == []
    assert [pk for pk, _ in missed.runs_without_follow_up()] == [run.pk]
    sweep()
    assert Case.objects.get().start_mask_id == run.result_id
    assert [pk for pk, _ in missed.runs_without_follow_up()] == []


def test_work_that_was_begun_keeps_its_mask_when_a_refusal_is_taken_back(
    project: Project, held: HeldMask
) -> None:
    held_masks.refuse_mask(actor=project.created_by, held=held, note="")
    before = Case.objects.get().start_mask
    assert before is not None
    MaskVersion.objects.filter(pk=before.pk).update(source=MaskSource.ENGINE)
    rater = factories.make_member(project, Role.RATER)
    assignment = flow.take(rater, project)
    working.open_assignment(assignment_id=assignment.pk, actor=rater)
    held_masks.take_back_refusal(actor=project.created_by, held=HeldMask.objects.get())
    confirmed(project, HeldMask.objects.get())
    assert Case.objects.get().start_mask_id == before.pk
    assert MaskVersion.objects.filter(source=MaskSource.IMPORT).count() == 1


def test_a_mask_read_while_the_engine_is_at_work_follows_it(project: Project, held: HeldMask) -> None:
    held_masks.refuse_mask(actor=project.created_by, held=held, note="")
    run = Run.objects.get()
    MaskVersion.objects.update(source=MaskSource.ENGINE)
    Run.objects.update(state=JobState.RUNNING)
    held_masks.take_back_refusal(actor=project.created_by, held=HeldMask.objects.get())
    confirmed(project, HeldMask.objects.get())
    assert Run.objects.count() == 1
    Run.objects.update(state=JobState.SUCCEEDED)
    enqueue(
        tasks.START_CASE,
        subject_id=run.pk,
        project_id=project.pk,
        requested_by=None,
        subject=str(run.pk),
    )
    assert Run.objects.filter(engine="imported").exists()


def test_nobody_but_a_manager_answers(project: Project, held: HeldMask, as_user: AsUser) -> None:
    for who in (factories.make_member(project, Role.RATER), factories.make_user()):
        client = as_user(who)
        assert client.get(f"/api/v1/projects/{project.slug}/held-masks").status_code in (403, 404)
        for verb in ("confirm", "refuse", "take-back"):
            body = {"numbering": "x", "levels": as_rows({28: 23, 27: 24, 26: 26})}
            assert client.post(f"/api/v1/held-masks/{held.pk}/{verb}", body).status_code == 404
    held.refresh_from_db()
    assert held.state == HeldState.WAITING
