"""What MONAI Label's clients can have segmented: a vertebra by clicks, and a case by the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.common.scopes import Scope
from backend.imaging.selectors import geometry_of
from backend.interchange.dicomweb.selectors import ct_series_uid
from backend.interchange.monailabel import clicks, engine
from backend.interchange.monailabel.selectors import image_name
from backend.pipeline.models import Run
from backend.pipeline.runs.refining import VoxelClick
from backend.projects.models import Project, Role
from backend.science.formats.dicom_series import upright
from backend.science.volume import Mask, MaskArray
from tests.backend import factories, flow, rows, test_pipeline
from tests.backend.test_monailabel import client_of, shown, task_of_two

pytestmark = pytest.mark.django_db
runs = pytest.mark.django_db(transaction=True)  # a job begins once its row is there
CLICKS, ENGINE = "/monailabel/infer/vertebase-clicks", "/monailabel/infer/engine"


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> Assignment:
    """Somebody's task, whose refiner draws the positive clicks and takes the negative ones away."""

    def refined(*, volume: Any, mask: MaskArray, label: int, clicks: Sequence[VoxelClick]) -> MaskArray:
        after = mask.copy(order="F")
        for click in clicks:
            after[click.voxel] = label if click.positive else 0
        return after

    monkeypatch.setattr(clicks, "refined_mask", refined)
    return task_of_two()[0]


def ask(assignment: Assignment, **params: Any) -> Any:
    address = f"{CLICKS}?image={image_name(assignment)}&output=image"
    return client_of(assignment).post(address, {"params": json.dumps(params)})


@pytest.mark.parametrize(
    "params",
    [
        {"label": "L1", "foreground": [[0, 1, 2]], "background": [[4, 4, 1]]},  # 3D Slicer, deepgrow
        {"L1": [[0.2, 1.0, 2.4]], "background": [[4, 4, 1]]},  # DeepEdit
    ],
)
def test_clicks_give_one_vertebra_alone_and_change_nothing(
    mine: Assignment, params: dict[str, Any], tmp_path: Path
) -> None:
    answer = ask(mine, **params)
    assert answer.status_code == 200, answer.content
    expected = np.where(factories.block_mask() == 20, 20, 0)
    expected[0, 1, 2], expected[4, 4, 1] = 20, 0
    assert np.array_equal(shown(answer.content, tmp_path), expected)
    assert np.array_equal(mask_state(flow.reload(mine)).array, factories.block_mask())


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"foreground": [[4, 4, 2], [4, 4, 4]], "background": []}, "unknown_label"),  # on two vertebrae
        ({"foreground": [], "background": []}, "no_clicks"),
        ({"label": "femur", "foreground": [[0, 1, 2]]}, "unknown_label"),
        ({"label": "L1", "foreground": [[0, 1, 99]]}, "click_outside"),
        ({"label": "L1", "foreground": [[0, 1]]}, "bad_points"),
        ({"label": "L1", "foreground": "here"}, "bad_points"),
        ({"label": "L1"}, "no_clicks"),
        ({"label": "L1", "foreground": [[0, 0, 0]] * 65}, "too_many_clicks"),
    ],
)
def test_clicks_that_cannot_be_meant_are_refused(mine: Assignment, params: dict[str, Any], code: str) -> None:
    answer = ask(mine, **params)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(("voxel", "label"), [((4, 4, 1), 20), ((4, 4, 4), 21), ((0, 0, 7), 21)])
def test_clicks_that_name_no_vertebra_are_on_the_one_they_lie_in_or_nearest_to(
    mine: Assignment, voxel: tuple[int, int, int], label: int, tmp_path: Path
) -> None:
    answer = ask(mine, foreground=[voxel], background=[])  # as OHIF sends them
    assert answer.status_code == 200, answer.content
    expected = np.where(factories.block_mask() == label, label, 0)
    expected[voxel] = label
    assert np.array_equal(shown(answer.content, tmp_path), expected)


def test_far_from_every_vertebra_a_click_has_to_say_on_which_it_is(
    mine: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clicks, "REACH_MM", 1.0)
    answer = ask(mine, foreground=[[0, 0, 7]], background=[])
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_label")


def test_a_task_is_found_by_the_series_of_its_ct_and_clicks_are_its_voxels(
    mine: Assignment, tmp_path: Path
) -> None:
    volume = mine.task.case.volume
    uid, grid = ct_series_uid(mine.task.case), geometry_of(volume)
    laid = upright(Mask(grid, factories.block_mask()))
    place = np.zeros(volume.shape, np.uint8, order="F")
    place[0, 1, 2] = 1
    ((point),) = np.argwhere(upright(Mask(grid, place)).array).tolist()
    assert point != [0, 1, 2], "the series lies as the volume does, and the test shows nothing"
    form = {"params": json.dumps({"foreground": [point], "background": []})}
    answer = client_of(mine).post(f"{CLICKS}?image={uid}&output=image", form)
    assert answer.status_code == 200, answer.content
    expected = np.where(laid.array == 20, 20, 0)
    expected[tuple(point)] = 20
    assert np.array_equal(shown(answer.content, tmp_path), expected)
    stranger = factories.make_member(factories.make_project(), Role.RATER)
    assert token_of(stranger, Scope.ANNOTATE).post(f"{CLICKS}?image={uid}", form).status_code == 404


def test_a_series_of_several_tasks_of_mine_is_asked_back(mine: Assignment) -> None:
    case = mine.task.case
    rows.held(rows.task_on(case, start_mask=rows.mask_of(case)), mine.rater)
    answer = client_of(mine).post(f"{CLICKS}?image={ct_series_uid(case)}", {"params": "{}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "several_tasks")
    assert image_name(mine) in answer.json()["extra"]["images"]


def test_clicks_on_the_task_of_another_are_not_there(mine: Assignment) -> None:
    other = Assignment.objects.exclude(pk=mine.pk).get()
    address = f"{CLICKS}?image={image_name(other)}&output=image"
    params = {"params": json.dumps({"label": "L1", "foreground": [[0, 1, 2]]})}
    assert client_of(mine).post(address, params).status_code == 404


@pytest.fixture
def managed(settings: Any) -> Any:
    """A case, and somebody's hold on it as its manager: only `rater` and `task` are asked of that."""
    settings.VERTEBASE_ENGINES = {"builtin": f"{test_pipeline.__name__}.ThreeStages"}
    project = factories.make_project()
    case = rows.case_in(project)
    boss = factories.make_member(project, Role.MANAGER)
    return case, boss


def token_of(user: Any, scope: Scope = Scope.MANAGE) -> Any:
    return client_of(Assignment(rater=user), scope)


@runs
def test_a_manager_has_the_engine_run_on_a_case_and_is_given_its_mask(managed: Any, tmp_path: Path) -> None:
    case, boss = managed
    client, name = token_of(boss), engine.case_name(case)
    assert "engine" in client.get("/monailabel/info/").json()["models"]
    listed = client.get("/monailabel/datastore/?output=all").json()["objects"]
    assert listed[name]["labels"] == {}
    assert client.get(f"/monailabel/datastore/image?image={name}").status_code == 200
    for _ in range(2):
        made = client.post(f"{ENGINE}?image={name}&output=image", {"params": "{}"})
        assert made.status_code == 200, made.content
        assert shown(made.content, tmp_path)[1, 2, 3] == 20
    assert Run.objects.count() == 1, "what the engine has made is not made again"
    assert Run.objects.get().job.requested_by_id == boss.pk


def test_who_rates_a_case_sees_no_engine_at_work_on_it(managed: Any) -> None:
    case, boss = managed
    Project.objects.filter(pk=case.project_id).update(dicomweb=True)
    name = engine.case_name(case)
    rater = factories.make_member(case.project, Role.RATER)
    rows.held(rows.task_on(case, start_mask=rows.mask_of(case)), rater)
    rows.held(rows.task_on(case, start_mask=rows.mask_of(case)), boss)  # a manager who rates it blindly
    for user in (rater, boss, factories.make_member(factories.make_project(), Role.MANAGER)):
        client = token_of(user)
        for called in (name, ct_series_uid(case)):
            assert client.post(f"{ENGINE}?image={called}", {"params": "{}"}).status_code == 404
        assert client.get(f"/monailabel/datastore/image?image={name}").status_code == 404
        assert name not in client.get("/monailabel/datastore/?output=all").content.decode()
    assert not Run.objects.exists()


@runs
def test_a_manager_asks_the_engine_by_the_series_of_an_open_project(managed: Any, tmp_path: Path) -> None:
    case, boss = managed
    address = f"{ENGINE}?image={ct_series_uid(case)}&output=image"
    assert token_of(boss).post(address, {"params": "{}"}).status_code == 404, "DICOMweb is closed"
    Project.objects.filter(pk=case.project_id).update(dicomweb=True)
    made = token_of(boss).post(address, {"params": "{}"})
    assert made.status_code == 200, made.content
    (at,) = np.argwhere(shown(made.content, tmp_path) == 20)[:1].tolist()
    assert at != [1, 2, 3], "it lies as the series does"


def test_a_token_for_tasks_starts_no_engine(managed: Any) -> None:
    case, boss = managed
    answer = token_of(boss, Scope.ANNOTATE).post(f"{ENGINE}?image={engine.case_name(case)}")
    assert (answer.status_code, answer.json()["code"]) == (403, "token_scope")
    assert not Run.objects.exists()


@runs
def test_a_run_that_takes_longer_is_asked_for_again(managed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case, boss = managed
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.0)
    address = f"{ENGINE}?image={engine.case_name(case)}&output=image"
    client = token_of(boss)
    assert client.post(address, {"params": "{}"}).status_code == 200
    Run.objects.update(state="running")
    answer = client.post(address, {"params": "{}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_at_work")
    assert answer["Retry-After"]
    assert Run.objects.count() == 1
