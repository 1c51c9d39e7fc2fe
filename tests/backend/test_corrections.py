"""Correcting an engine's result: only what is touched is made anew, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.annotation.work.services import working
from backend.audit.models import Record
from backend.common.events import publish
from backend.common.storage import put_blob
from backend.imaging.events import VolumeReady
from backend.imaging.models import VolumeBlob
from backend.masks.selectors import load_mask
from backend.masks.services import add_version, close_session, start_session
from backend.pipeline.models import Run
from backend.pipeline.runs.selectors import run_visible_to
from backend.pipeline.runs.services.effort import measure_effort
from backend.pipeline.runs.services.runs import start_run
from backend.science.correcting import Entry, plan
from backend.science.edits import encode_mask
from backend.science.engine_api import EngineRequest, EngineResult, StageProgress
from backend.science.errors import BadInput
from backend.science.volume import Mask, VolumeGeometry
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[[User | None], APIClient]
GRID = VolumeGeometry((12, 10, 8), np.diag([1.0, 1.0, 2.0, 1.0]))


class Corrects:
    """Labels two blocks; asked to correct, it puts one voxel at each touched centre."""

    name, version = "Corrects", "1"
    stages = ("find", "segment")
    corrects = True
    asked: ClassVar[list[dict[str, Any]]] = []

    def run(self, request: EngineRequest, progress: Any, cancelled: Any) -> EngineResult:
        self.asked.append(dict(request.options))
        touched = request.options.get("touched")
        if touched is None:
            progress(StageProgress("find", 1.0))
            progress(StageProgress("segment", 1.0))
            mask = Mask(request.volume.geometry, factories.block_mask())
            centres = {20: (5.0, 4.0, 2.0), 21: (5.0, 4.0, 6.0)}
            report = {"device": "cpu", "uncertainty": {"20": 0.1, "21": 0.4}, "uncertainty_overall": 0.25}
            return EngineResult(mask, centres, report)
        assert request.imported_mask is not None
        progress(StageProgress("segment", 1.0))
        array = request.imported_mask.array.copy(order="F")
        for label in touched:
            array[array == label] = 0
            point = request.options["centroids_ras_mm"][label]
            array[tuple(np.rint(request.volume.geometry.ras_mm_to_voxel(point)).astype(int))] = label
        made = {label: request.options["centroids_ras_mm"][label] for label in touched}
        return EngineResult(Mask(request.volume.geometry, array), made, {"device": "cpu"})


class CannotCorrect(Corrects):
    corrects = False


@pytest.fixture(autouse=True)
def engines(settings: Any) -> None:
    Corrects.asked.clear()
    settings.VERTEBASE_ENGINES = {"builtin": f"{__name__}.Corrects", "plain": f"{__name__}.CannotCorrect"}


@pytest.fixture
def run() -> Run:
    return run_on("builtin")


def run_on(engine: str) -> Run:
    made = start_run(volume=factories.make_volume(factories.make_project()), engine=engine)
    return Run.objects.get(pk=made.pk)


def entry(label: int, point: tuple[float, float, float], was: int | None) -> dict[str, Any]:
    return {"label": label, "point_ras_mm": list(point), "was": was}


HERE, THERE = (5.0, 4.0, 2.0), (5.0, 4.0, 6.0)


def correct(run: Run, as_user: AsUser, *entries: dict[str, Any]) -> Any:
    client = as_user(run.volume.series.project.created_by)
    return client.post(f"/api/v1/runs/{run.pk}/correct", {"centres": list(entries)}, format="json")


def done(answer: Any) -> Run:
    assert answer.status_code == 201, answer.data
    return Run.objects.select_related("result__parent").get(pk=answer.data["id"])


def test_a_moved_centre_is_segmented_again_and_the_other_vertebra_stays(run: Run, as_user: AsUser) -> None:
    made = done(correct(run, as_user, entry(20, (7.0, 4.0, 2.0), 20), entry(21, THERE, 21)))
    assert Corrects.asked[-1]["touched"] == [20]
    assert made.result is not None
    array, before = load_mask(made.result).array, factories.block_mask()
    assert np.array_equal(array == 21, before == 21)
    assert np.argwhere(array == 20).tolist() == [[7, 4, 1]]
    assert (made.result.number, made.result.parent) == (2, run.result)
    assert made.result.provenance["parent_run"] == str(run.pk)
    assert made.result.provenance["correction"]["touched"] == [20]
    assert made.result.centroids_ras_mm["21"]["body"] == list(THERE)
    assert [(s.name, s.detail) for s in made.stages.all()] == [("find", {"left_out": True}), ("segment", {})]
    assert Record.objects.filter(verb="run.corrected").count() == 1


def test_renaming_the_whole_chain_runs_no_network(run: Run, as_user: AsUser) -> None:
    made = done(correct(run, as_user, entry(21, HERE, 20), entry(22, THERE, 21)))
    assert len(Corrects.asked) == 1
    assert made.result is not None
    array, before = load_mask(made.result).array, factories.block_mask()
    assert np.array_equal(array, np.where(before > 0, before + 1, 0))
    assert made.result.centroids_ras_mm["21"]["body"] == list(HERE)


def test_one_is_removed_and_one_is_added(run: Run, as_user: AsUser) -> None:
    made = done(correct(run, as_user, entry(20, HERE, 20), entry(19, (2.0, 2.0, 14.0), None)))
    assert Corrects.asked[-1]["touched"] == [19]
    assert made.result is not None
    assert made.result.label_voxels == {"19": 1, "20": int((factories.block_mask() == 20).sum())}


def test_what_cannot_be_is_refused_in_words(run: Run, as_user: AsUser) -> None:
    for entries, code in [
        ([entry(20, HERE, 20), entry(20, THERE, 21)], "level_twice"),
        ([entry(20, HERE, 23)], "not_in_mask"),
        ([entry(99, HERE, 20)], "unknown_label"),
        ([entry(20, (500.0, 4.0, 2.0), 20)], "outside_volume"),
        ([entry(20, HERE, 20), entry(21, THERE, 21)], "nothing_changed"),
    ]:
        answer = correct(run, as_user, *entries)
        assert answer.data["code"] == code
    assert Run.objects.count() == 1


def test_an_engine_that_cannot_correct_still_lets_names_be_changed(as_user: AsUser) -> None:
    run = run_on("plain")
    moved = correct(run, as_user, entry(20, (7.0, 4.0, 2.0), 20), entry(21, THERE, 21))
    assert (moved.status_code, moved.data["code"]) == (409, "engine_cannot_correct")
    assert done(correct(run, as_user, entry(28, HERE, 20), entry(21, THERE, 21))).state == "succeeded"


def test_the_centres_over_rest(run: Run, as_user: AsUser) -> None:
    client = as_user(run.volume.series.project.created_by)
    data = client.get(f"/api/v1/runs/{run.pk}/centres").data
    assert (data["can_segment"], data["mask_number"]) == (True, 1)
    assert data["centres"][1]["voxel"] == [5.0, 4.0, 3.0]
    assert data["centres"][1]["uncertainty"] == 0.4


def test_names_can_be_swapped_at_once() -> None:
    swap = plan({20: HERE, 21: THERE}, [Entry(21, HERE, 20), Entry(20, THERE, 21)], GRID)
    assert (swap.renamed, swap.removed, swap.touched) == ({20: 21, 21: 20}, (), ())
    with pytest.raises(BadInput):
        plan({20: HERE}, [Entry(20, HERE, 20), Entry(21, HERE, 20)], GRID)


def test_a_run_keeps_its_doubt_for_the_queue(run: Run) -> None:
    assert run_visible_to(run.volume.series.project.created_by, run.pk).uncertainty == 0.25


def test_edit_effort_counts_what_differs_from_the_engine_s_mask(run: Run) -> None:
    assert run.result is not None
    rater = factories.make_user("rater")
    array = load_mask(run.result).array.copy(order="F")
    array[3:5, 2, 1] = 0
    array[0, 0, 7] = 21
    version = add_version(volume=run.volume, mask=array, source="rater", author=rater, parent=run.result)
    effort = measure_effort(mask_id=version.pk)
    assert effort is not None
    assert (effort.changed_voxels, effort.changed_mm3, effort.run) == (3, 6.0, run)
    assert effort.dice is not None
    assert 0.9 < effort.dice < 1
    session = start_session(base=version, author=rater)
    later = close_session(session=session, source="rater")
    assert measure_effort(mask_id=later.pk) is None  # it did not start from an engine's mask


def test_a_case_that_nobody_has_begun_starts_from_the_corrected_mask(as_user: AsUser) -> None:
    team = flow.make_team(raters=3)
    volume = factories.make_volume(team.project)
    publish(VolumeReady(volume.pk))
    case = Case.objects.get(volume=volume)
    run = Run.objects.get(volume=volume)
    assert case.start_mask == run.result
    first = done(correct(run, as_user, entry(21, HERE, 20), entry(22, THERE, 21)))
    case.refresh_from_db()
    assert case.start_mask == first.result
    assert [task.start_mask for task in case.tasks.all()] == [first.result]
    taken = flow.take(team.raters[0], team.project)
    working.open_assignment(assignment_id=taken.pk, actor=team.raters[0])
    done(correct(first, as_user, entry(20, HERE, 21), entry(21, THERE, 22)))
    case.refresh_from_db()
    assert case.start_mask == first.result


@pytest.mark.parametrize(
    "naming", ["The labels are those of the uploaded mask.", None, ["L1"], {"levels": 3}]
)
def test_the_centres_of_a_run_are_told_whatever_its_engine_says_of_names(
    run: Run, naming: Any, as_user: AsUser
) -> None:
    Run.objects.filter(pk=run.pk).update(report={"naming": naming, "uncertainty": "high"})
    answer = as_user(run.volume.series.project.created_by).get(f"/api/v1/runs/{run.pk}/centres")
    assert answer.status_code == 200
    rows = {row["label"]: row for row in answer.json()["centres"]}
    assert set(rows) == {20, 21}
    assert {row["confidence"] for row in rows.values()} == {None}


def test_the_centres_of_an_imported_mask_are_told(as_user: AsUser, settings: Any) -> None:
    settings.VERTEBASE_ENGINES = {"imported": "backend.pipeline.engines.built_in.ImportedMaskEngine"}
    project = factories.make_project()
    volume = factories.make_volume(project)
    blob = put_blob(data=encode_mask(factories.block_mask()))
    VolumeBlob.objects.create(volume=volume, blob=blob, role="import_mask")
    made = start_run(volume=volume, engine="imported")
    made.refresh_from_db()
    assert made.state == "succeeded"
    answer = as_user(project.created_by).get(f"/api/v1/runs/{made.pk}/centres")
    assert answer.status_code == 200
    assert [row["label"] for row in answer.json()["centres"]] == [20, 21]
    assert answer.json()["can_segment"] is False
