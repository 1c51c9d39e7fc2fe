"""Carrying out a run in a worker: the engine, its stages as rows, and the mask version that comes of it."""

from __future__ import annotations

import dataclasses
import time
import zlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.common.events import deliver, publish
from backend.common.models import JobState
from backend.common.queues import device_queues
from backend.common.storage import put_blob
from backend.common.tasks import JobCancelled, JobContext, LeaseLost, finish_job
from backend.imaging.selectors import imported_mask, load_volume
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.reports import EngineReport
from backend.masks.selectors import load_mask, origin_of
from backend.masks.services import add_version
from backend.pipeline.engines.finding import Engine, make_engine
from backend.pipeline.events import RunFinished
from backend.pipeline.models import ModelVersion, Run, StageRun
from backend.pipeline.registry.model_folders import model_folder
from backend.pipeline.runs.services.runs import clear_folder, run_changed, run_folder
from backend.projects.selectors import protocol_of
from backend.science.correcting import Correction, rename_and_remove
from backend.science.engine_api import Cancelled, EngineRequest, EngineResult, StageProgress
from backend.science.volume import Mask

SOURCE_OF = {"imported": MaskSource.IMPORT, "empty": MaskSource.EMPTY}
LOG_LIMIT = 200_000  # characters
REUSED = "reused"  # what an engine says of a stage whose result it found in its folder
Point = tuple[float, float, float]


def carry_out(*, job: JobContext) -> None:
    """The body of a run's job. After a lost worker it goes on at the stage that had been reached."""
    run = Run.objects.select_related(
        "volume__series__project", "volume__series__patient", "job", "model", "parent__volume"
    ).get(job_id=job.id)
    if run.state in (JobState.SUCCEEDED, JobState.CANCELLED):
        return
    engine = make_engine(run.engine, model_folder(run.model), run.model)
    _begin(run, engine)
    began = time.monotonic()
    try:
        result = _result_of(run, engine, job)
        job.check_cancelled()
    except (Cancelled, JobCancelled, LeaseLost) as exc:
        if not job.cancelled():
            raise RuntimeError("the engine stopped although nobody asked it to") from exc
        job.check_cancelled()
        raise
    _succeed(job=job, run=run, engine=engine, result=result, seconds=time.monotonic() - began)


@transaction.atomic
def _begin(run: Run, engine: Engine) -> None:
    run.state = JobState.RUNNING
    run.engine_version = engine.version
    run.started_at = run.started_at or timezone.now()
    run.error = ""
    run.save()
    names = list(engine.stages)
    if list(run.stages.values_list("name", flat=True)) != names:
        run.stages.all().delete()  # another version of the engine
        StageRun.objects.bulk_create(
            [StageRun(run=run, position=n, name=name) for n, name in enumerate(names)]
        )
    # What an attempt before this one finished stays; the engine finds it in its folder.
    run.stages.exclude(state=JobState.SUCCEEDED).update(state=JobState.QUEUED, progress=0.0)
    publish(run_changed(run))


def _result_of(run: Run, engine: Engine, job: JobContext) -> EngineResult:
    if not run.correction:
        return _run_engine(run, engine, job, imported_mask(run.volume), {})
    assert run.parent is not None
    correction = Correction.from_json(run.correction)
    parent = load_mask(run.parent)
    base = Mask(parent.geometry, rename_and_remove(parent.array, correction))
    kept = _kept_centroids(run.parent, correction)
    if not correction.touched:
        return EngineResult(base, kept, {"device": "", "touched": []})
    options = {
        "centroids_ras_mm": correction.centroids_ras_mm,
        "touched": list(correction.touched),
    }
    result = _run_engine(run, engine, job, base, options)
    made = {label: p for label, p in result.centroids_ras_mm.items() if label in correction.touched}
    return dataclasses.replace(result, centroids_ras_mm=kept | made)


def _kept_centroids(parent: MaskVersion, correction: Correction) -> dict[int, Point]:
    """Body centroids of the vertebrae that stay as they are, under their new names."""
    kept: dict[int, Point] = {}
    for text, centroid in parent.centroids_ras_mm.items():
        label = correction.renamed.get(int(text), int(text))
        if centroid["body"] is not None and int(text) not in correction.removed:
            kept[label] = tuple(centroid["body"])
    return {label: point for label, point in kept.items() if label not in correction.touched}


def _run_engine(
    run: Run, engine: Engine, job: JobContext, mask: Mask | None, options: Mapping[str, Any]
) -> EngineResult:
    folder = run_folder(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    protocol = protocol_of(run.volume.series.project)
    request = EngineRequest(
        volume=load_volume(run.volume),
        imported_mask=mask,
        work_dir=folder,
        options={
            "imported_centroids_ras_mm": run.volume.imported_centroids_ras_mm,
            "device": device_queues().get(job.queue, settings.VERTEBASE_DEVICES[0]),
            "case": run.volume.series.patient.pseudonym,
            "cut": protocol.cut_vertebrae,
            "processor_only": protocol.processor_only,
            **options,
        },
    )
    return engine.run(request, _StageFollower(run, engine, job), job.cancelled)


class _StageFollower:
    """Turns an engine's progress into stage rows, the job's progress and news for pages.

    Rows are written when a stage starts and ends; between, progress is news only.
    """

    def __init__(self, run: Run, engine: Engine, job: JobContext) -> None:
        self._run = run
        self._names = tuple(engine.stages)
        self._job = job
        self._started: dict[str, float] = {}
        self._ended: set[str] = set()
        self._next_news = 0.0

    def __call__(self, report: StageProgress) -> None:
        if report.stage not in self._names:
            raise ValueError(f"the engine reported an unknown stage {report.stage!r}")
        now = time.monotonic()
        if report.stage not in self._started:
            self._started[report.stage] = now
            self._row(report.stage).update(state=JobState.RUNNING, updated_at=timezone.now())
        if report.done and report.stage not in self._ended:
            self._end(report, now)
        fraction = min(max(report.fraction, 0.0), 1.0)
        overall = (self._names.index(report.stage) + fraction) / len(self._names)
        self._job.progress(overall, report.message or report.stage)
        if report.done or now >= self._next_news:
            self._next_news = now + 0.2
            deliver(run_changed(self._run, report.stage, overall))

    def _row(self, stage: str) -> Any:
        return StageRun.objects.filter(run=self._run, position=self._names.index(stage))

    def _end(self, report: StageProgress, now: float) -> None:
        self._ended.add(report.stage)
        seconds = report.seconds if report.seconds is not None else now - self._started[report.stage]
        if report.message == REUSED and self._row(report.stage).filter(seconds__isnull=False).update(
            state=JobState.SUCCEEDED, detail={"reused": True}, updated_at=timezone.now()
        ):
            return  # an attempt before this one made it: its seconds stay
        self._row(report.stage).update(
            state=JobState.SUCCEEDED,
            progress=1.0,
            seconds=round(seconds, 3),
            digest=report.digest or "",
            updated_at=timezone.now(),
        )


@transaction.atomic
def _succeed(*, job: JobContext, run: Run, engine: Engine, result: EngineResult, seconds: float) -> None:
    finish_job(job)
    row = (
        Run.objects.select_for_update(of=("self",))
        .select_related("volume__series", "model", "parent")
        .get(pk=run.pk)
    )
    if row.state != JobState.RUNNING:
        return
    told = dict(result.report)
    log = str(told.pop("log", ""))[:LOG_LIMIT]
    report = EngineReport.read(told)
    row.result = add_version(
        volume=row.volume,
        mask=result.mask,
        source=SOURCE_OF.get(row.engine, MaskSource.ENGINE),
        parent=row.parent,
        provenance=_provenance(row, engine, report, seconds),
        centroids={int(label): point for label, point in result.centroids_ras_mm.items()},
    )
    row.uncertainty = report.uncertainty_overall
    entropy = getattr(result, "entropy", None)
    if entropy is not None:
        row.entropy = put_blob(
            data=zlib.compress(entropy.tobytes(order="F"), 1), media_type="application/zlib"
        )
    row.report = report.kept()
    row.log = log
    row.device = report.device[:60]
    row.seconds = round(seconds, 3)
    row.state = JobState.SUCCEEDED
    row.finished_at = timezone.now()
    row.save()
    row.stages.exclude(state=JobState.SUCCEEDED).update(
        state=JobState.SUCCEEDED, progress=1.0, detail={"left_out": True}
    )
    publish(run_changed(row, "", 1.0))
    publish(RunFinished(row.pk))
    transaction.on_commit(lambda: clear_folder(row.pk))


def _provenance(run: Run, engine: Engine, report: EngineReport, seconds: float) -> dict[str, Any]:
    """What a mask says of how it was made: engine, model, device, and the run it goes back to."""
    made: dict[str, Any] = {
        "engine": run.engine,
        "engine_name": engine.name,
        "engine_version": engine.version,
        "device": report.device,
        "seconds": round(seconds, 3),
        "run": str(run.pk),
        "model": model_statement(run.model, engine.version),
        "report": report.kept(),
    }
    if run.parent is not None:
        made["correction"] = run.correction
        made["parent_run"] = origin_of(run.parent).run
    return made


def model_statement(model: ModelVersion | None, version: str) -> dict[str, Any]:
    """How a mask names the model that made it; without a row it is what ships with the engine."""
    if model is None:
        return {"name": version, "number": None, "id": None, "digest": None}
    return {"name": model.name, "number": model.number, "id": str(model.pk), "digest": model.digest}
