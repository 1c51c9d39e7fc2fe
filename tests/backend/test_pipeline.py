"""Engine runs: result, failure, cancel, retry, a lost worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from backend.common import events, reaper, tasks
from backend.common.models import Job, JobState
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.pipeline.engines.finding import (
    EngineNotAtHand,
    UnknownEngine,
    engine_for,
    list_engines,
    make_engine,
)
from backend.pipeline.events import RunFailed, RunFinished
from backend.pipeline.models import Run
from backend.pipeline.runs import selectors
from backend.pipeline.runs.services import runs as run_services
from backend.projects.protocols import ProtocolInvalid, parse
from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.volume import Mask
from tests.backend import factories

pytestmark = pytest.mark.django_db(transaction=True)


class ThreeStages:
    """Reports three stages and labels one voxel."""

    name = "Three stages"
    version = "7"
    stages = ("one", "two", "three")

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        for stage in self.stages:
            progress(StageProgress(stage, 0.5, "half way"))
            if cancelled():
                raise Cancelled
            progress(StageProgress(stage, 1.0, digest=stage * 2))
        array = np.zeros(request.volume.geometry.shape, np.uint8)
        array[1, 2, 3] = 20
        mask = Mask(request.volume.geometry, array)
        return EngineResult(mask, {20: (1.0, 2.0, 6.0)}, {"device": "cpu", "log": "said little"})


class Breaks(ThreeStages):
    def run(self, request: Any, progress: Any, cancelled: Any) -> EngineResult:
        progress(StageProgress("one", 1.0))
        progress(StageProgress("two", 0.2))
        raise RuntimeError("out of memory")


class CancelsItself(ThreeStages):
    """Somebody cancels the run while its first stage is at work."""

    def run(self, request: Any, progress: Any, cancelled: Any) -> EngineResult:
        tasks.request_cancel(job_id=Job.objects.get(kind=run_services.RUN).pk)
        return super().run(request, progress, cancelled)


@pytest.fixture(autouse=True)
def engines(settings: Any) -> None:
    settings.VERTEBASE_ENGINES = {
        "builtin": f"{__name__}.ThreeStages",
        "breaks": f"{__name__}.Breaks",
        "cancels": f"{__name__}.CancelsItself",
        "absent": "no.such.module.Engine",
        "imported": "backend.pipeline.engines.built_in.ImportedMaskEngine",
        "empty": "backend.pipeline.engines.built_in.EmptyMaskEngine",
    }


@pytest.fixture
def news() -> Iterator[list[events.Event]]:
    heard: list[events.Event] = []
    for kind in (RunFinished, RunFailed):
        events.subscribe(kind)(heard.append)
    yield heard
    for kind in (RunFinished, RunFailed):
        events.unsubscribe(kind, heard.append)


@pytest.fixture
def volume() -> Volume:
    return factories.make_volume(factories.make_project())


def run_on(volume: Volume, engine: str | None = None) -> Run:
    run = run_services.start_run(volume=volume, engine=engine)
    run.refresh_from_db()
    return run


def test_a_run_gives_a_mask_version_with_its_provenance(volume: Volume, news: list[Any]) -> None:
    run = run_on(volume)
    assert (run.state, run.engine, run.engine_version, run.device) == ("succeeded", "builtin", "7", "cpu")
    assert run.result is not None
    assert run.result.source == "engine"
    assert run.result.provenance["engine_name"] == "Three stages"
    assert run.result.centroids_ras_mm["20"]["body"] == [1.0, 2.0, 6.0]
    assert [(s.name, s.state, s.digest) for s in run.stages.all()] == [
        ("one", "succeeded", "oneone"),
        ("two", "succeeded", "twotwo"),
        ("three", "succeeded", "threethree"),
    ]
    assert (run.log, "log" in run.report) == ("said little", False)
    assert run.job.progress == 1.0
    assert news == [RunFinished(run.pk)]


def test_the_choice_of_engine(volume: Volume) -> None:
    project = volume.series.project
    assert engine_for(volume, project) == "builtin"
    assert engine_for(volume, project, "empty") == "empty"
    with pytest.raises(UnknownEngine):
        engine_for(volume, project, "nothing")
    with pytest.raises(EngineNotAtHand):
        make_engine("absent")
    assert {entry.key: entry.available for entry in list_engines()}["absent"] is False
    with_mask = factories.make_volume(project, mask=factories.block_mask())
    assert engine_for(with_mask, project) == "imported"


def test_without_the_built_in_engine_people_start_from_nothing(volume: Volume, settings: Any) -> None:
    settings.VERTEBASE_ENGINES["builtin"] = "no.such.module.Engine"
    run = run_on(volume)
    assert (run.engine, run.state) == ("empty", "succeeded")


def test_the_imported_mask_becomes_the_first_version() -> None:
    array = factories.block_mask()
    run = run_on(factories.make_volume(factories.make_project(), mask=array))
    assert run.result is not None
    assert (run.engine, run.result.source, run.result.number) == ("imported", "import", 1)
    assert np.array_equal(load_mask(run.result).array, array)


def test_the_empty_engine_says_that_it_was_empty(volume: Volume) -> None:
    run = run_on(volume, "empty")
    assert run.result is not None
    assert (run.result.source, run.result.label_voxels) == ("empty", {})


def test_asking_for_an_imported_mask_where_there_is_none_fails_in_words(volume: Volume) -> None:
    run = run_on(volume, "imported")
    assert (run.state, run.error) == ("failed", "No mask was uploaded beside this CT.")


def test_an_engine_that_breaks_fails_its_run_and_keeps_the_stage(volume: Volume, news: list[Any]) -> None:
    run = run_on(volume, "breaks")
    assert (run.state, run.error) == ("failed", "RuntimeError: out of memory")
    assert [stage.state for stage in run.stages.all()] == ["succeeded", "failed", "cancelled"]
    assert news == [RunFailed(run.pk)]
    assert not MaskVersion.objects.exists()


def test_a_failed_run_is_tried_again_as_a_new_run(volume: Volume, settings: Any) -> None:
    run = run_on(volume, "breaks")
    settings.VERTEBASE_ENGINES["breaks"] = f"{__name__}.ThreeStages"
    again = run_services.retry_run(actor=volume.series.project.created_by, run=run)
    again.refresh_from_db()
    run.refresh_from_db()
    assert (run.state, again.state) == ("failed", "succeeded")
    with pytest.raises(run_services.RunNotEnded):
        run_services.retry_run(actor=volume.series.project.created_by, run=again)


def test_a_cancelled_run_leaves_no_mask(volume: Volume, news: list[Any]) -> None:
    run = run_on(volume, "cancels")
    assert (run.state, run.job.state) == ("cancelled", "cancelled")
    assert not MaskVersion.objects.exists()
    assert news == [RunFailed(run.pk)]


def test_the_runs_of_one_volume(volume: Volume) -> None:
    run = run_on(volume, "empty")
    project = volume.series.project
    other = factories.make_volume(project)
    run_on(other, "empty")
    assert selectors.runs_of(project).count() == 2
    assert list(selectors.runs_of(project, volume.pk)) == [run]


def test_listing_the_engines_loads_no_framework() -> None:
    """The web process lists engines; torch would cost it seconds and hundreds of megabytes."""
    program = (
        "import django, sys; django.setup()\n"
        "from backend.pipeline.engines.finding import list_engines\n"
        "keys = [entry.key for entry in list_engines()]\n"
        "assert 'builtin' in keys, keys\n"
        "assert 'torch' not in sys.modules"
    )
    variables = os.environ | {"DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}
    subprocess.run([sys.executable, "-c", program], cwd=settings.ROOT, env=variables, check=True, timeout=120)


def test_one_run_at_a_time_on_a_volume(volume: Volume) -> None:
    job = Job.objects.create(kind=run_services.RUN)
    Run.objects.create(volume=volume, job=job, engine="builtin")
    with pytest.raises(run_services.RunOpen):
        run_services.start_run(volume=volume)


def test_a_run_whose_worker_died_is_run_again_from_the_start(volume: Volume, news: list[Any]) -> None:
    job = Job.objects.create(
        kind=run_services.RUN,
        subject_id=volume.pk,
        arguments={"volume_id": str(volume.pk)},
        state=JobState.RUNNING,
        worker="gone",
        attempts=1,
        lease_expires_at=timezone.now() - timedelta(seconds=1),
    )
    run = Run.objects.create(volume=volume, job=job, engine="builtin", state=JobState.RUNNING)
    run.stages.create(position=0, name="one", state=JobState.RUNNING)
    reaper.requeue_expired()
    run.refresh_from_db()
    assert (run.state, run.stages.count(), MaskVersion.objects.count()) == ("succeeded", 3, 1)
    tasks.run_job(job.pk)
    assert (MaskVersion.objects.count(), news) == (1, [RunFinished(run.pk)])


class TellsItsOptions(ThreeStages):
    """Keeps what it was asked for in its report, and leaves something out."""

    def run(self, request: Any, progress: Any, cancelled: Any) -> EngineResult:
        result = super().run(request, progress, cancelled)
        told = {"asked": request.options["cut"], "notes": ["L4 was left out"], "cut": [6, 22, "x"]}
        return EngineResult(result.mask, result.centroids_ras_mm, {**result.report, **told})


@pytest.mark.parametrize("rule", ["keep", "leave_out"])
def test_the_project_says_what_becomes_of_cut_vertebrae(volume: Volume, settings: Any, rule: str) -> None:
    settings.VERTEBASE_ENGINES["builtin"] = f"{__name__}.TellsItsOptions"
    project = volume.series.project
    if rule != "keep":
        project.protocol = {**project.protocol, "cut_vertebrae": rule}
        project.save()
    run = run_on(volume)
    assert run.report["asked"] == rule
    assert selectors.latest_runs([volume.pk])[volume.pk]["notes"] == [
        "L4 was left out",
        "C6 and L3: cut by the border of the image, drawn as far as in view",
    ]


def test_a_rule_for_cut_vertebrae_that_is_none_is_refused(volume: Volume) -> None:
    with pytest.raises(ProtocolInvalid, match="cut_vertebrae must be one of keep, leave_out"):
        parse({**volume.series.project.protocol, "cut_vertebrae": "hide"})
