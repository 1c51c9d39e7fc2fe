"""Writes of the model registry: register, promote, roll back, retire."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import product_acts
from backend.common.errors import Conflict, Invalid, TooLarge
from backend.common.events import publish
from backend.common.models import JobState
from backend.pipeline.engines.finding import make_engine
from backend.pipeline.events import ModelChanged
from backend.pipeline.models import ModelComparison, ModelFramework, ModelState, ModelVersion
from backend.pipeline.registry.model_folders import model_folder, store_files
from backend.pipeline.registry.reports import ModelConfig, TrainingMetrics
from backend.pipeline.registry.selectors import current_model
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role

MAX_MODEL_BYTES = 512 << 20
ONNX_FILE, ONNX_ABOUT = "model.onnx", "model.json"


class NotACandidate(Conflict):
    code = "not_a_candidate"
    message = "Only a candidate or a retired model can be made the current one."


class NotCompared(Conflict):
    code = "not_compared"
    message = "Compare this model with the current one on the same cases first."


class NothingToRollBack(Conflict):
    code = "nothing_to_roll_back"
    message = "The project uses the weights that ship with the product: there is nothing to go back to."


class ModelUnusable(Invalid):
    code = "model_unusable"


@dataclass(frozen=True)
class ModelDraft:
    """What a new version is registered with."""

    name: str
    engine: str = "builtin"
    framework: str = ModelFramework.TORCH
    parent: ModelVersion | None = None
    config: dict[str, Any] = field(default_factory=dict)
    training_set: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    notes: str = ""


@transaction.atomic
def add_model(*, project: Project, draft: ModelDraft, folder: Path, created_by: User | None) -> ModelVersion:
    """Register the files in ``folder`` as the project's next version, a candidate."""
    Project.objects.select_for_update().get(pk=project.pk)  # numbers are given out one at a time
    last = ModelVersion.objects.filter(project=project).aggregate(n=Max("number"))["n"] or 0
    model = ModelVersion.objects.create(
        project=project,
        number=last + 1,
        name=draft.name[:80],
        engine=draft.engine,
        framework=draft.framework,
        parent=draft.parent,
        config=ModelConfig.read(draft.config).kept(),
        training_set=draft.training_set,
        metrics=TrainingMetrics.read(draft.metrics).kept(),
        notes=draft.notes,
        created_by=created_by,
    )
    store_files(model, folder)
    model.save()
    audit.record(
        actor=created_by,
        act=product_acts.ModelAdded(number=model.number, digest=model.digest),
        subject=model,
        project_id=project.pk,
    )
    publish(ModelChanged(model.pk, project.pk, model.state))
    return model


def register_onnx(
    *, actor: User, project: Project, name: str, data: bytes, about: dict[str, Any], notes: str = ""
) -> ModelVersion:
    """Register a network exported as ONNX with the description of its input and labels. Managers only.

    Raises
    ------
    ModelUnusable, TooLarge
        the description is wrong or the engine cannot open the file (in words); more than 512 MB.
    """
    require_role(actor, project, Role.MANAGER)
    if len(data) > MAX_MODEL_BYTES:
        raise TooLarge(message="A model may take 512 MB at the most.")
    if not re.fullmatch(r"[\w .+-]{1,80}", name):
        raise ModelUnusable(message="A model's name has letters, digits, spaces, dots and dashes.")
    draft = ModelDraft(
        name=name, engine="onnx", framework=ModelFramework.ONNX, config={"about": about}, notes=notes
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / ONNX_FILE).write_bytes(data)
        (folder / ONNX_ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True) + "\n")
        with transaction.atomic():
            model = add_model(project=project, draft=draft, folder=folder, created_by=actor)
            try:
                make_engine(model.engine, model_folder(model), model)
            except Exception as exc:  # whatever it was: a model that cannot be opened is not registered
                raise ModelUnusable(message=str(exc)) from exc
    return model


@transaction.atomic
def promote(*, actor: User, model: ModelVersion) -> ModelVersion:
    """Make a model the one that the project's runs use. Managers only.

    Raises
    ------
    NotACandidate, NotCompared
        it is the current one already; no finished comparison holds it against the current one.
    """
    require_role(actor, model.project, Role.MANAGER)
    Project.objects.select_for_update().get(pk=model.project_id)
    row = ModelVersion.objects.select_for_update().get(pk=model.pk)
    if row.state == ModelState.CURRENT:
        raise NotACandidate
    current = current_model(model.project)
    comparison = ModelComparison.objects.filter(
        candidate=row, against=current, state=JobState.SUCCEEDED
    ).first()
    if comparison is None:
        raise NotCompared
    _retire(current)
    # Promoted again, it leaves its former place in the line: rolling back must always end at what ships.
    ModelVersion.objects.filter(replaces=row).update(replaces=row.replaces_id)
    row.replaces = current
    _make_current(row)
    audit.record(
        actor=actor,
        act=product_acts.ModelPromoted(
            replaces=current.pk if current is not None else None, comparison=comparison.pk
        ),
        subject=row,
        project_id=row.project_id,
    )
    return row


@transaction.atomic
def roll_back(*, actor: User, project: Project) -> ModelVersion | None:
    """Go back to what the current model replaced; None: to the weights that ship. Managers only.

    Raises
    ------
    NothingToRollBack
        no model of the project's own is current.
    """
    require_role(actor, project, Role.MANAGER)
    Project.objects.select_for_update().get(pk=project.pk)
    current = current_model(project)
    if current is None:
        raise NothingToRollBack
    former = current.replaces
    _retire(current)
    if former is not None:
        _make_current(former)
    audit.record(
        actor=actor,
        act=product_acts.ModelRolledBack(to=former.pk if former is not None else None),
        subject=current,
        project_id=project.pk,
    )
    return former


def _retire(model: ModelVersion | None) -> None:
    if model is None:
        return
    model.state = ModelState.RETIRED
    model.retired_at = timezone.now()
    model.save()
    publish(ModelChanged(model.pk, model.project_id, model.state))


def _make_current(model: ModelVersion) -> None:
    model.state = ModelState.CURRENT
    model.promoted_at = timezone.now()
    model.retired_at = None
    model.save()
    publish(ModelChanged(model.pk, model.project_id, model.state))
