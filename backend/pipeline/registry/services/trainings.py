"""Fine-tuning on accepted masks: asked for, carried out in the background, stopped."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.errors import Conflict, Invalid, Unavailable
from backend.common.events import deliver, publish
from backend.common.models import JobState
from backend.common.tasks import JobContext, enqueue, finish_job, request_cancel
from backend.pipeline.events import TrainingChanged
from backend.pipeline.jobs.selectors import OPEN_STATES
from backend.pipeline.models import ModelFramework, ModelVersion, Training
from backend.pipeline.registry.model_folders import model_folder
from backend.pipeline.registry.reports import TrainingSet, TrainingSettings, trained_with
from backend.pipeline.registry.selectors import current_model
from backend.pipeline.registry.services.case_files import case_files, undrawn_files
from backend.pipeline.registry.services.comparing import start_comparison
from backend.pipeline.registry.services.models import ModelDraft, add_model
from backend.pipeline.registry.training_cases import split, training_cases, undrawn_cases
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role
from backend.science.engine_api import Cancelled
from backend.science.training_api import NETWORKS, FineTuning, TrainingPoint

TRAIN = "pipeline.train"
NEWS_SECONDS = 1.0
CURVE_POINTS = 600
LEARNS = {"localise": "Finding", "label": "Naming", "segment": "Borders"}


class TrainingOpen(Conflict):
    code = "training_open"
    message = "A training is at work on this site already. Wait for its end, or stop it."


class NotTraining(Conflict):
    code = "not_training"
    message = "This training has not begun or is over: there is nothing to end and keep."


class NothingToTrainOn(Conflict):
    code = "nothing_to_train_on"
    message = "There is no accepted case to train on."


class CannotTrain(Conflict):
    code = "cannot_train"
    message = "The current model was not trained here and cannot be trained further."


class NoTrainer(Unavailable):
    code = "no_trainer"
    message = "The code that trains networks is not installed here."


@dataclass(frozen=True)
class TrainingDraft:
    """What a manager asks for."""

    name: str
    source: str = "accepted"
    reference: str = ""
    steps: int = 400
    learning_rate: float = 3e-4
    synthetic_share: float = 0.3
    seed: int = 1
    networks: tuple[str, ...] = ("segment",)
    undrawn: bool = False
    processor_only: bool = False


LIMITS: dict[str, tuple[float, float]] = {
    "steps": (1, 20_000),
    "learning_rate": (1e-6, 1e-2),
    "synthetic_share": (0.0, 0.9),
    "seed": (0, 2**31 - 1),
}


def _check(draft: TrainingDraft) -> None:
    for name, (low, high) in LIMITS.items():
        if not low <= getattr(draft, name) <= high:
            raise Invalid("bad_training", f"{name} must lie between {low:g} and {high:g}.")
    if not draft.name.strip():
        raise Invalid("bad_training", "Give the new model a name.")
    if not draft.networks or not set(draft.networks) <= set(NETWORKS):
        raise Invalid("bad_training", "Say what should learn: finding, naming, borders, or some of them.")


def _trainer() -> Callable[..., dict[str, Any]]:
    """The function that fine-tunes, found by the dotted path in settings. Raises `NoTrainer`."""
    try:
        return cast("Callable[..., dict[str, Any]]", import_string(f"{settings.VERTEBASE_TRAINER}.fine_tune"))
    except ImportError as exc:
        raise NoTrainer(message=f"{NoTrainer.message} ({exc})") from exc


@transaction.atomic
def start_training(*, actor: User, project: Project, draft: TrainingDraft) -> Training:
    """Queue a fine-tuning from the current weights on the cases of a source. Managers only.

    Raises
    ------
    TrainingOpen, NothingToTrainOn, CannotTrain, Invalid
        one is at work; no case; the current model is of another kind; a number is out of range.
    """
    require_role(actor, project, Role.MANAGER)
    _check(draft)
    Project.objects.select_for_update().get(pk=project.pk)
    if Training.objects.filter(state__in=OPEN_STATES).exists():
        raise TrainingOpen
    base = current_model(project)
    if base is not None and base.framework != ModelFramework.TORCH:
        raise CannotTrain
    train, validation = split(project, training_cases(project, draft.source, draft.reference))
    if not train:
        raise NothingToTrainOn
    held = {case.patient for case in validation}
    undrawn = undrawn_cases(project, apart=held) if draft.undrawn else []
    job = enqueue(TRAIN, subject_id=None, project_id=project.pk, requested_by=actor)
    training = Training(
        project=project,
        job=job,
        base=base,
        name=draft.name.strip()[:80],
        config=TrainingSettings.read(
            {name: getattr(draft, name) for name in LIMITS}
            | {
                "networks": [name for name in NETWORKS if name in draft.networks],
                "undrawn": draft.undrawn,
                "processor_only": draft.processor_only,
            }
        ).to_json(),
        training_set=TrainingSet.read(
            {
                "source": draft.source,
                "reference": draft.reference,
                "train": [case.to_json() for case in train],
                "validation": [case.to_json() for case in validation],
                "undrawn": [case.to_json() for case in undrawn],
            }
        ).to_json(),
        created_by=actor,
    )
    try:
        with transaction.atomic():
            training.save()
    except IntegrityError as exc:  # another project was faster at this very moment
        raise TrainingOpen from exc
    audit.record(
        actor=actor,
        act=product_acts.TrainingStarted(
            cases=len(train),
            validation=len(validation),
            steps=draft.steps,
            learning_rate=draft.learning_rate,
            synthetic_share=draft.synthetic_share,
            seed=draft.seed,
            networks=tuple(draft.networks),
            undrawn=len(undrawn),
        ),
        subject=training,
        project_id=project.pk,
    )
    publish(TrainingChanged(training.pk, project.pk, training.state))
    return training


def stop_training(*, actor: User, training: Training) -> Training:
    """Ask a training to stop; what it has learned is dropped. Managers only."""
    require_role(actor, training.project, Role.MANAGER)
    with transaction.atomic():
        request_cancel(job_id=training.job_id)
        audit.record(
            actor=actor, act=product_acts.TrainingStopped(), subject=training, project_id=training.project_id
        )
    training.refresh_from_db()
    return training


@transaction.atomic
def end_early(*, actor: User, training: Training) -> Training:
    """Ask a training to take no further step and to make a model of what it has learned. Managers only.

    Raises `NotTraining` unless it is at work.
    """
    require_role(actor, training.project, Role.MANAGER)
    row = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
    if row.state != JobState.RUNNING:
        raise NotTraining
    row.ending_early = True
    row.save(update_fields=["ending_early", "updated_at"])
    audit.record(actor=actor, act=product_acts.TrainingEndedEarly(), subject=row, project_id=row.project_id)
    publish(TrainingChanged(row.pk, row.project_id, row.state))
    return row


def training_folder(training_id: UUID) -> Path:
    return Path(settings.VERTEBASE_VAR) / "scratch" / "trainings" / str(training_id)


def carry_out_training(*, job: JobContext) -> None:
    """The body of a training's job. After a lost worker it goes on from its last checkpoint."""
    training = Training.objects.select_related("project", "base", "created_by").get(job_id=job.id)
    if training.state in (JobState.SUCCEEDED, JobState.CANCELLED):
        return
    training.state = JobState.RUNNING
    training.started_at = training.started_at or timezone.now()
    training.save(update_fields=["state", "started_at", "updated_at"])
    publish(TrainingChanged(training.pk, training.project_id, training.state))
    folder = training_folder(training.pk)
    began = time.monotonic()
    asked = _fine_tuning(training, folder)
    curve = _Curve(training, job)
    try:
        about = _trainer()(asked, curve, job.cancelled, curve.enough)
    except Cancelled:
        job.check_cancelled()
        raise
    job.check_cancelled()
    curve.save()
    _succeed(job, training, asked, about, time.monotonic() - began)
    shutil.rmtree(folder, ignore_errors=True)


def _fine_tuning(training: Training, folder: Path) -> FineTuning:
    files = folder / "cases"
    config, cases = TrainingSettings.read(training.config), trained_with(training)
    return FineTuning(
        cases=case_files(cases.train, files),
        validation=case_files(cases.validation, files),
        result=folder / "result",
        work_dir=folder,
        start=model_folder(training.base),
        steps=config.steps,
        learning_rate=config.learning_rate,
        synthetic_share=config.synthetic_share,
        seed=config.seed,
        validate_every=max(1, min(50, config.steps // 8)),
        version=f"{training.name} ({training.project.slug})",
        about={"training": str(training.pk)},
        networks=tuple(config.networks),
        unlabelled=undrawn_files(cases.undrawn),
        device="cpu" if config.processor_only else settings.VERTEBASE_DEVICES[0],
    )


def _line_of(point: dict[str, Any]) -> tuple[str, int]:
    """The network and the round of a point; those of earlier versions are of the borders."""
    return point.get("network", "segment"), point.get("round", 1)


class _Curve:
    """The points of a training: kept in its row, told to pages at most once a second."""

    def __init__(self, training: Training, job: JobContext) -> None:
        self._training, self._job = training, job
        self._points: list[dict[str, Any]] = list(training.curve)
        self._next = 0.0
        self._ending = training.ending_early

    def enough(self) -> bool:
        """Whether a manager has asked for the end, as of the last point that was written."""
        return self._ending

    def __call__(self, point: TrainingPoint) -> None:
        mine = (point.network, point.round)
        self._points = [  # an attempt before went further
            p for p in self._points if _line_of(p) != mine or p["step"] < point.step
        ]
        told = {k: v for k, v in dataclasses.asdict(point).items() if v is not None}
        told.pop("part", None)
        self._points.append(told)
        part = point.step / max(1, point.of) if point.part is None else point.part
        self._job.progress(part, f"{LEARNS[point.network]}, step {point.step} of {point.of}")
        now = time.monotonic()
        if now >= self._next:
            self._next = now + NEWS_SECONDS
            self.save()

    def save(self) -> None:
        """Write the curve, thinned where it is long."""
        every = max(1, len(self._points) // CURVE_POINTS)
        kept = [p for n, p in enumerate(self._points) if n % every == 0 or "validation" in p]
        row = Training.objects.filter(pk=self._training.pk)
        row.update(curve=kept, updated_at=timezone.now())
        self._ending = bool(row.values_list("ending_early", flat=True).get())
        deliver(TrainingChanged(self._training.pk, self._training.project_id, JobState.RUNNING.value))


@transaction.atomic
def _succeed(
    job: JobContext, training: Training, asked: FineTuning, about: dict[str, Any], seconds: float
) -> None:
    finish_job(job)
    row = Training.objects.select_for_update(of=("self",)).get(pk=training.pk)
    if row.state != JobState.RUNNING:
        return
    model = None if about.get("better") == [] else _model_of(row, asked, about)
    row.result = model
    row.outcome = about
    row.seconds = round(seconds, 1)
    row.state = JobState.SUCCEEDED
    row.finished_at = timezone.now()
    row.save()
    publish(TrainingChanged(row.pk, row.project_id, row.state))
    if model is not None:
        start_comparison(model=model, requested_by=training.created_by, only_if_possible=True)


def _model_of(training: Training, asked: FineTuning, about: dict[str, Any]) -> ModelVersion:
    """The candidate that a training has made."""
    draft = ModelDraft(
        name=training.name,
        framework=ModelFramework.TORCH,
        parent=training.base,
        config=training.config,
        training_set=training.training_set,
        metrics=about,
    )
    return add_model(
        project=training.project, draft=draft, folder=asked.result, created_by=training.created_by
    )


@transaction.atomic
def end_training(*, job_id: UUID, state: JobState, error: str = "") -> None:
    """Note that a training's job failed or was stopped."""
    row = (
        Training.objects.select_for_update(of=("self",)).filter(job_id=job_id, state__in=OPEN_STATES).first()
    )
    if row is None:
        return
    row.state, row.error, row.finished_at = state, error, timezone.now()
    row.save()
    publish(TrainingChanged(row.pk, row.project_id, row.state))
    transaction.on_commit(lambda: shutil.rmtree(training_folder(row.pk), ignore_errors=True))
