"""A candidate held against the current model, on cases that neither was trained on."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.common.models import JobState
from backend.common.tasks import JobContext, enqueue, finish_job
from backend.pipeline.events import ModelChanged
from backend.pipeline.jobs.selectors import OPEN_STATES
from backend.pipeline.models import ModelComparison, ModelVersion
from backend.pipeline.registry.model_folders import model_folder
from backend.pipeline.registry.reports import TrainedCase, trained_with
from backend.pipeline.registry.selectors import current_model
from backend.pipeline.registry.services.case_files import case_files
from backend.pipeline.registry.training_cases import training_cases
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.science.training_api import DiceRow

COMPARE = "pipeline.compare"
MAX_CASES = 40
SOURCE = "accepted"


class NothingToCompareOn(Conflict):
    code = "nothing_to_compare_on"
    message = (
        "Every accepted case is of a patient that one of the two models was trained on. Accept a case of "
        "another patient first."
    )


class ComparisonOpen(Conflict):
    code = "comparison_open"
    message = "This comparison is at work already."


class SameModel(Conflict):
    code = "same_model"
    message = "This model is the current one: there is nothing to compare it with."


def trained_on(model: ModelVersion | None) -> set[str]:
    """The patients that a model has seen, its ancestors' included."""
    seen: set[str] = set()
    while model is not None:
        sets = trained_with(model)
        seen |= {case.patient for case in (*sets.train, *sets.undrawn)}
        model = model.parent
    return seen


def comparison_cases(project: Project, models: Iterable[ModelVersion | None]) -> list[dict[str, Any]]:
    """Accepted cases of patients that none of the models has seen.

    ``held_out`` says of each whether it is of the fixed validation set of a training or came in later.
    """
    listed = list(models)
    seen = set().union(*(trained_on(model) for model in listed))
    fixed = {case.patient for model in listed if model is not None for case in trained_with(model).validation}
    return [
        case.to_json() | {"held_out": "validation" if case.patient in fixed else "new"}
        for case in training_cases(project, SOURCE)
        if case.patient not in seen
    ][:MAX_CASES]


def compare(*, actor: User, model: ModelVersion) -> ModelComparison:
    """Queue a comparison with the current model. Managers only; raises as `start_comparison`."""
    require_role(actor, model.project, Role.MANAGER)
    comparison = start_comparison(model=model, requested_by=actor)
    assert comparison is not None
    made = comparison
    made.refresh_from_db()  # its job may have begun
    return made


@transaction.atomic
def start_comparison(
    *, model: ModelVersion, requested_by: User | None, only_if_possible: bool = False
) -> ModelComparison | None:
    """Queue a comparison of ``model`` with the project's current one.

    Raises
    ------
    SameModel, ComparisonOpen, NothingToCompareOn
        unless ``only_if_possible``, which gives None then.
    """
    against = current_model(model.project)
    cases = comparison_cases(model.project, (model, against))
    refusal = _refusal(model, against, cases)
    if refusal is not None:
        if only_if_possible:
            return None
        raise refusal
    job = enqueue(COMPARE, subject_id=model.pk, project_id=model.project_id, requested_by=requested_by)
    comparison = ModelComparison.objects.create(candidate=model, against=against, job=job, cases=cases)
    audit.record(
        actor=requested_by,
        act=product_acts.ModelCompared(against=against.pk if against is not None else None, cases=len(cases)),
        subject=model,
        project_id=model.project_id,
    )
    publish(ModelChanged(model.pk, model.project_id, model.state))
    return comparison


def _refusal(
    model: ModelVersion, against: ModelVersion | None, cases: list[dict[str, Any]]
) -> Conflict | None:
    if against is not None and against.pk == model.pk:
        return SameModel()
    if ModelComparison.objects.filter(candidate=model, state__in=OPEN_STATES).exists():
        return ComparisonOpen()
    return None if cases else NothingToCompareOn()


def carry_out_comparison(*, job: JobContext) -> None:
    """The body of a comparison's job: both models on the same cases."""
    row = ModelComparison.objects.select_related("candidate__project", "against").get(job_id=job.id)
    if row.state in (JobState.SUCCEEDED, JobState.CANCELLED):
        return
    ModelComparison.objects.filter(pk=row.pk).update(state=JobState.RUNNING)
    measure = import_string(f"{settings.VERTEBASE_TRAINER}.measure")
    folder = Path(settings.VERTEBASE_VAR) / "scratch" / "comparisons" / str(row.pk)
    try:
        files = case_files([TrainedCase.read(case) for case in row.cases], folder)
        rows: dict[str, list[DiceRow]] = {"candidate": [], "against": []}
        for n, one in enumerate(files):
            for name, model in (("candidate", row.candidate), ("against", row.against)):
                job.check_cancelled()
                rows[name] += measure(model_folder(model), (one,), job.cancelled)
            job.progress((n + 1) / len(files), f"case {n + 1} of {len(files)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _succeed(job, row, rows["candidate"], rows["against"])


@transaction.atomic
def _succeed(job: JobContext, row: ModelComparison, candidate: list[DiceRow], against: list[DiceRow]) -> None:
    finish_job(job)
    about = {case["id"]: case for case in row.cases}
    other = {(r.key, r.label): r.dice for r in against}
    rows = [
        {
            "case": r.key,
            "patient": about[r.key]["patient"],
            "held_out": about[r.key]["held_out"],
            "label": r.label,
            "candidate": round(r.dice, 4),
            "against": round(other[(r.key, r.label)], 4),
        }
        for r in candidate
        if (r.key, r.label) in other
    ]
    row.rows = rows
    row.summary = summarise(rows)
    row.state = JobState.SUCCEEDED
    row.finished_at = timezone.now()
    row.save()
    publish(ModelChanged(row.candidate_id, row.candidate.project_id, row.candidate.state))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means of both, how many vertebrae got better and worse, the mean difference with its 95 % interval.

    The interval is over patients (their mean differences), since vertebrae of one patient are alike; null
    with fewer than two patients. Better and worse count differences above 0.005.
    """
    if not rows:
        return {"vertebrae": 0, "patients": 0}
    by_patient: dict[str, list[float]] = {}
    for row in rows:
        by_patient.setdefault(row["patient"], []).append(row["candidate"] - row["against"])
    means = [statistics.fmean(values) for values in by_patient.values()]
    interval = None
    if len(means) > 1:
        half = _T_95[min(len(means) - 1, len(_T_95) - 1)] * statistics.stdev(means) / math.sqrt(len(means))
        interval = [round(statistics.fmean(means) - half, 4), round(statistics.fmean(means) + half, 4)]
    differences = [row["candidate"] - row["against"] for row in rows]
    return {
        "vertebrae": len(rows),
        "patients": len(by_patient),
        "candidate": round(statistics.fmean(row["candidate"] for row in rows), 4),
        "against": round(statistics.fmean(row["against"] for row in rows), 4),
        "difference": round(statistics.fmean(means), 4),
        "interval_95": interval,
        "better": sum(d > 0.005 for d in differences),
        "worse": sum(d < -0.005 for d in differences),
        "worst": round(min(differences), 4),
    }


# Two-sided 95 % points of Student's t by degrees of freedom (index), beyond the table the normal's
_T_95 = (
    math.inf, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 1.96,
)  # fmt: skip


@transaction.atomic
def end_comparison(*, job_id: UUID, state: JobState, error: str = "") -> None:
    """Note that a comparison's job failed or was cancelled."""
    row = (
        ModelComparison.objects.select_for_update(of=("self",))
        .select_related("candidate")
        .filter(job_id=job_id, state__in=OPEN_STATES)
        .first()
    )
    if row is None:
        return
    row.state, row.error, row.finished_at = state, error, timezone.now()
    row.save()
    publish(ModelChanged(row.candidate_id, row.candidate.project_id, row.candidate.state))
