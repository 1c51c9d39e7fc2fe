"""Uploads and their quarantine, patients by pseudonym, series, and volumes at working resolution."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from backend.common.models import BaseModel, Blob, Job
from backend.projects.models import Project


class BatchState(models.TextChoices):
    RECEIVING = "receiving"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # its files are deleted


class UploadBatch(BaseModel):
    """What one person dropped on the page at once: processed together, because a series spans files."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="batches")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=BatchState, default=BatchState.RECEIVING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    raw_until = models.DateTimeField(null=True)  # when it is withdrawn by itself, unless it was processed

    class Meta:
        ordering = ["-created_at"]


class UploadState(models.TextChoices):
    RECEIVING = "receiving"
    RECEIVED = "received"
    INGESTED = "ingested"
    QUARANTINED = "quarantined"


class Upload(BaseModel):
    """One file on its way in (tus 1.0). The name is shown to the project's managers only.

    Name, path and reason are emptied with the deletion of the raw file: they may name a patient.
    """

    batch = models.ForeignKey(UploadBatch, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255, blank=True)
    relative_path = models.CharField(max_length=1000, blank=True)
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    state = models.CharField(max_length=16, choices=UploadState, default=UploadState.RECEIVING)
    storage_name = models.CharField(max_length=200)  # under the private, unserved inbox
    reason_code = models.CharField(max_length=60, blank=True)  # why it was quarantined
    reason = models.TextField(blank=True)
    raw_until = models.DateTimeField(null=True, blank=True)  # quarantined: when its bytes are deleted
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["relative_path", "name"]
        constraints = [
            models.CheckConstraint(
                name="upload_offset_within_size",
                condition=models.Q(offset_bytes__gte=0) & models.Q(offset_bytes__lte=models.F("size_bytes")),
            ),
        ]


class Patient(BaseModel):
    """A patient by pseudonym. No name, no birth date, no hospital number is ever held."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="patients")
    pseudonym = models.CharField(max_length=40)  # sub-0001, counted in the project
    identity_hmac = models.CharField(max_length=64)  # keyed hash, so one patient's series stay together
    sex = models.CharField(max_length=1, blank=True)  # M, F, O or unknown
    age_years = models.PositiveSmallIntegerField(null=True)  # at the first scan; 90 stands for 90 and over
    fields = models.JSONField(default=dict, blank=True)
    # whoever it turned out to be: later series of this identity go there
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        ordering = ["pseudonym"]
        constraints = [
            models.UniqueConstraint(fields=["project", "pseudonym"], name="one_pseudonym_per_project"),
            models.UniqueConstraint(fields=["project", "identity_hmac"], name="one_identity_per_project"),
        ]


COPY_FORMAT = "copy"  # the source_format of a series that only carries a copy made for quality control


class Series(BaseModel):
    """One CT series of a patient, with the facts that the allow-list lets through."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="series")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="series")
    batch = models.ForeignKey(UploadBatch, null=True, on_delete=models.SET_NULL, related_name="series")
    number = models.PositiveIntegerField()  # counted in the patient; becomes the split- entity
    uid_hmac = models.CharField(max_length=64)  # keyed hash of the SeriesInstanceUID or of the voxels
    # keyed hash of the voxels whatever their order; empty where it came in before this was kept
    pixels_hmac = models.CharField(max_length=64, blank=True, db_index=True)
    source_format = models.CharField(max_length=10)  # dicom, nifti, or copy (see copies.py)
    facts = models.JSONField(default=dict)  # allow-listed: kvp, kernel, manufacturer, ...
    checks = models.JSONField(default=list)  # [{"code", "severity": info|warning|error, "message"}]
    # the year alone, never served and never exported (docs/adr/0002-scan-dates.md)
    acquired_year = models.PositiveSmallIntegerField(null=True)
    held = models.BooleanField(default=False, db_index=True)  # an inclusion rule keeps it out

    class Meta:
        ordering = ["patient__pseudonym", "number"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["patient", "number"], name="one_series_number_per_patient"),
            models.UniqueConstraint(fields=["project", "uid_hmac"], name="one_series_per_project"),
        ]


class SeriesSource(models.Model):
    """That a series was read from an uploaded file; what that file was called is kept nowhere."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="sources")
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "upload"], name="one_row_per_series_and_upload")
        ]


class Volume(BaseModel):
    """A series as voxels at working resolution: closest canonical (RAS+) axis order, int16 HU."""

    series = models.OneToOneField(Series, on_delete=models.PROTECT, related_name="volume")
    shape = models.JSONField()  # [nx, ny, nz]
    affine_ras_mm = models.JSONField()  # 4x4, row by row
    spacing_mm = models.JSONField()  # [sx, sy, sz]
    hu_min = models.IntegerField()
    hu_max = models.IntegerField()
    voxels_sha256 = models.CharField(max_length=64)
    nifti = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    slab_index = models.JSONField()  # see science/formats/slabs.py
    thumbnail = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    imported_centroids_ras_mm = models.JSONField(default=dict, blank=True)  # {"20": [x, y, z]}, as uploaded
    created_at_version = models.CharField(max_length=20, default="1")

    @property
    def geometry_json(self) -> dict[str, Any]:
        return {"shape": self.shape, "affine_ras_mm": self.affine_ras_mm, "spacing_mm": self.spacing_mm}


class VolumeBlob(models.Model):
    """Which blobs belong to a volume: who may see the volume may fetch them, nobody else."""

    volume = models.ForeignKey(Volume, on_delete=models.CASCADE, related_name="blobs")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)  # slab, coarse, thumbnail, nifti

    class Meta:
        constraints = [models.UniqueConstraint(fields=["volume", "blob"], name="one_blob_per_volume")]


class InclusionRules(BaseModel):
    """What a project asks of a series before anybody works on it; see science/inclusion.py."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="inclusion_rules")
    rules = models.JSONField(default=list)  # AskedRule of rules.py
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class RuleState(models.TextChoices):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class RuleVerdict(BaseModel):
    """One rule on one series: what the check says or a person has said, and whether it is waived."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="verdicts")
    rule_id = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=RuleState)
    fact = models.TextField(blank=True)
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the check
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    waived_at = models.DateTimeField(null=True)
    waived_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "rule_id"], name="one_verdict_per_rule"),
            models.CheckConstraint(
                name="waiver_has_a_reason",
                condition=models.Q(waived_by__isnull=True) | ~models.Q(waived_reason=""),
            ),
        ]


class SameScanAnswer(models.TextChoices):
    KEEP_OUT = "keep_out"  # one scan: the second is kept out of the data set, its patient is the first's
    KEEP_BOTH = "keep_both"  # one scan (another reconstruction of its files, say): one patient, both stay
    DIFFERENT = "different"  # two patients, whatever the voxels say


class SameScan(BaseModel):
    """Two series with the same voxels, and what a manager has said about them. Empty: nothing yet."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="same_scans")
    first = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="+")  # came in later
    answer = models.CharField(max_length=10, choices=SameScanAnswer, blank=True)
    note = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="one_row_per_pair_of_scans")]


class HeldState(models.TextChoices):
    WAITING = "waiting"
    CONFIRMED = "confirmed"  # it is the imported mask now
    REFUSED = "refused"


class HeldMask(BaseModel):
    """A mask beside a CT in numbers that are not plainly VerSe's: used once a person has read them."""

    series = models.OneToOneField(Series, on_delete=models.CASCADE, related_name="held_mask")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")  # VBD1 in its own numbers
    proposals = models.JSONField()  # readings, the likeliest first; see science/numbering.py
    state = models.CharField(max_length=10, choices=HeldState, default=HeldState.WAITING)
    numbering = models.CharField(max_length=60, blank=True)  # the key of the reading chosen, or "by hand"
    levels = models.JSONField(default=dict)  # as confirmed: {"27": 24, "1": null}
    note = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
