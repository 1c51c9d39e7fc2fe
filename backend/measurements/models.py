"""Measurements that belong to one mask version, and the records that turn HU into bone density."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.common.models import BaseModel
from backend.imaging.models import Series, Volume
from backend.masks.models import MaskVersion
from backend.projects.models import Project
from backend.science.morphometry.rulers import RULER_KINDS

PLANES = ("sagittal", "coronal", "axial")


class VertebraMeasurement(BaseModel):
    """Heights (mm), losses (percent) and HU of one vertebra of one mask version."""

    mask = models.ForeignKey(MaskVersion, on_delete=models.CASCADE, related_name="measurements")
    label = models.PositiveSmallIntegerField()
    volume_ml = models.FloatField(null=True)
    anterior_mm = models.FloatField(null=True)
    middle_mm = models.FloatField(null=True)
    posterior_mm = models.FloatField(null=True)
    loss_percent = models.FloatField(null=True)
    expected_loss_percent = models.FloatField(null=True)
    suggested_grade = models.PositiveSmallIntegerField(null=True)
    suggested_type = models.CharField(max_length=16, blank=True)
    hu_mean = models.FloatField(null=True)
    flags = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    software_version = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mask", "label"], name="one_measurement_per_label")]


class CalibrationKind(models.TextChoices):
    DENSITY = "density"  # mg/cm3 = slope * HU + intercept
    CONTRAST = "contrast"  # HU without contrast = slope * HU with contrast + intercept


class CalibrationState(models.TextChoices):
    CANDIDATE = "candidate"  # read from a header or entered; nothing is computed with it
    VERIFIED = "verified"
    RETIRED = "retired"


class ContrastPhase(models.TextChoices):
    NONE = "none"
    ARTERIAL = "arterial"
    PORTAL_VENOUS = "portal_venous"


class CalibrationRecord(BaseModel):
    """A line from HU for one scanner, tube voltage and phase. It counts once a person has verified it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="calibrations")
    kind = models.CharField(max_length=16, choices=CalibrationKind, default=CalibrationKind.DENSITY)
    state = models.CharField(max_length=16, choices=CalibrationState, default=CalibrationState.CANDIDATE)
    scanner_model = models.CharField(max_length=120)
    device_hash = models.CharField(max_length=64, blank=True)  # keyed hash of the serial; blank: any device
    kvp = models.FloatField()
    kernel = models.CharField(max_length=40, blank=True)  # blank: any
    phase = models.CharField(max_length=16, choices=ContrastPhase, default=ContrastPhase.NONE)
    slope = models.FloatField()
    intercept = models.FloatField()
    phantom = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    source = models.TextField(blank=True)  # where the numbers come from: a measurement, a paper
    from_header = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    verified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["scanner_model", "kvp", "phase", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "scanner_model", "device_hash", "kvp", "kernel", "slope", "intercept"],
                condition=models.Q(from_header=True),
                name="one_candidate_per_header",
            ),
            models.CheckConstraint(name="slope_is_positive", condition=models.Q(slope__gt=0)),
            models.CheckConstraint(
                name="verified_calibration_is_complete",
                condition=~models.Q(state="verified")
                | (
                    models.Q(verified_by__isnull=False)
                    & models.Q(valid_from__isnull=False)
                    & ~models.Q(source="")
                    & ~models.Q(phantom="")
                ),
            ),
        ]


class SeriesPhase(BaseModel):
    """The contrast phase of a series, as a person has stated it."""

    series = models.OneToOneField(Series, on_delete=models.CASCADE, related_name="stated_phase")
    phase = models.CharField(max_length=16, choices=ContrastPhase)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class AdjustmentKind(models.TextChoices):
    LINES = "lines"  # the three height lines
    REGION = "region"  # the trabecular region of interest


class Adjustment(BaseModel):
    """A line or a region of interest that a person moved, with what was measured before and after.

    The automatic measurement keeps its own row (`VertebraMeasurement`); ``automatic`` is a copy of what it
    said when it was adjusted. Moved again, or taken back, the row stays and is no longer ``current``.
    """

    volume = models.ForeignKey(Volume, on_delete=models.CASCADE, related_name="adjustments")
    label = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=AdjustmentKind)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expert = models.BooleanField(default=False)  # a radiologist's, physicist's or manager's: density uses it
    current = models.BooleanField(default=True)
    mask_digest = models.CharField(max_length=64)  # of the mask that was adjusted on
    change = models.JSONField()  # lines_ras_mm, or shift_ras_mm and scale
    automatic = models.JSONField()
    result = models.JSONField()
    software_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["volume", "label", "kind", "author"],
                condition=models.Q(current=True),
                name="one_current_adjustment",
            ),
        ]


class Ruler(BaseModel):
    """A distance or an angle that a person drew over a CT; its id is given by whoever draws it.

    A deleted one stays, so that deleting it can be undone.
    """

    volume = models.ForeignKey(Volume, on_delete=models.CASCADE, related_name="rulers")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in RULER_KINDS])
    plane = models.CharField(max_length=8, choices=[(plane, plane) for plane in PLANES])  # it was drawn in
    name = models.CharField(max_length=60, blank=True)
    points_ras_mm = models.JSONField()  # as many as its kind has
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["volume", "author"], name="rulers_of_a_person")]


class GradingSchema(BaseModel):
    """What a project asks of each vertebra, as data; see measurements/grading_schema.py."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="grading_schema")
    schema = models.JSONField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class PeriodVerdict(BaseModel):
    """Whether a series was scanned while a calibration record held. The day itself is never stored.

    Said by the ingest, which knows the day for a moment, or by a person; see docs/adr.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="period_verdicts")
    record = models.ForeignKey(CalibrationRecord, on_delete=models.CASCADE, related_name="verdicts")
    within = models.BooleanField()
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the ingest

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "record"], name="one_period_verdict"),
        ]
