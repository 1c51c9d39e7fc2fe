"""Engine runs and their stages, and the models that engines run with: versions, trainings, comparisons."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.common.models import BaseModel, Blob, Job, JobState
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion
from backend.projects.models import Project


class ModelState(models.TextChoices):
    CANDIDATE = "candidate"
    CURRENT = "current"
    RETIRED = "retired"


class ModelFramework(models.TextChoices):
    TORCH = "torch"
    ONNX = "onnx"


class ModelVersion(BaseModel):
    """The weights of one engine in one project. Where none is current, the weights that ship are used.

    ``training_set`` names the patients it was trained on and those it was never shown, so that what it is
    measured on later can leave the former out.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="models")
    number = models.PositiveIntegerField()  # counted in the project
    name = models.CharField(max_length=80)
    engine = models.CharField(max_length=60, default="builtin")  # the engine that runs it
    framework = models.CharField(max_length=10, choices=ModelFramework, default=ModelFramework.TORCH)
    digest = models.CharField(max_length=64)  # SHA-256 over the names and digests of its files
    state = models.CharField(max_length=16, choices=ModelState, default=ModelState.CANDIDATE)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    config = models.JSONField(default=dict)  # ModelConfig of registry/reports.py
    training_set = models.JSONField(default=dict)  # TrainingSet of the same
    metrics = models.JSONField(default=dict)  # TrainingMetrics of the same
    notes = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    promoted_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_model_number_per_project"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="current"), name="one_current_model_per_project"
            ),
        ]


class ModelFile(models.Model):
    """One file of a model version, by its name in the model's folder."""

    model = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=80)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="one_file_name_per_model")]


class Training(BaseModel):
    """A fine-tuning of a model on a project's accepted masks, as background work."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="trainings")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="training")
    base = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="trainings")
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    config = models.JSONField(default=dict)  # TrainingSettings of registry/reports.py
    training_set = models.JSONField(default=dict)  # TrainingSet of the same
    curve = models.JSONField(default=list)  # [{"network", "round", "step", "loss", "dice", "validation"?}]
    outcome = models.JSONField(default=dict)  # TrainingMetrics of the same: what became of each network
    ending_early = models.BooleanField(default=False)  # asked to end before its last step, and to keep
    seconds = models.FloatField(null=True)
    error = models.TextField(blank=True)
    result = models.OneToOneField(ModelVersion, null=True, on_delete=models.PROTECT, related_name="made_by")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(  # of the whole site: two would take each other's machine
                models.Value(1),
                condition=models.Q(state__in=(JobState.QUEUED, JobState.RUNNING)),
                name="one_open_training",
            ),
        ]


class ModelComparison(BaseModel):
    """A candidate and what it would replace, on the same cases that neither was trained on.

    ``against`` null means the weights that ship with the product.
    """

    candidate = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="comparisons")
    against = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="comparison")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    cases = models.JSONField(default=list)  # the cases asked for: [{"id", "patient", "mask", "held_out"}]
    rows = models.JSONField(default=list)  # [{"case", "patient", "label", "candidate", "against"}], Dice
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class Run(BaseModel):
    """One engine on one volume. Its result is a mask version; nothing is overwritten."""

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="runs")
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="run")
    engine = models.CharField(max_length=120)  # its name as it calls itself
    engine_version = models.CharField(max_length=60, blank=True)
    model = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    priority = models.SmallIntegerField(default=0)
    parent = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    correction = models.JSONField(
        default=dict
    )  # CorrectionPlan of masks/reports.py; empty for a run from nothing
    device = models.CharField(max_length=60, blank=True)
    seconds = models.FloatField(null=True)
    report = models.JSONField(default=dict)  # EngineReport of masks/reports.py
    log = models.TextField(blank=True)
    error = models.TextField(blank=True)
    result = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="runs")
    uncertainty = models.FloatField(null=True)  # of the result as a whole; higher: look at it first
    entropy = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")  # zlib, u8
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class StageRun(BaseModel):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=16, choices=JobState, default=JobState.QUEUED)
    progress = models.FloatField(default=0.0)
    seconds = models.FloatField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_stage_per_position")]


class EditEffort(models.Model):
    """How much people changed of the engine's mask that they started from."""

    mask = models.OneToOneField(MaskVersion, on_delete=models.CASCADE, related_name="effort")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="efforts")
    changed_voxels = models.PositiveIntegerField()  # that differ from the engine's mask
    changed_mm3 = models.FloatField()
    engine_voxels = models.PositiveIntegerField()  # of all labels in the engine's mask
    dice = models.FloatField(null=True)  # mean over the labels of either mask
    created_at = models.DateTimeField(auto_now_add=True)
