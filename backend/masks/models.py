"""Append-only mask versions, and edit sessions made of slice deltas."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.common.models import BaseModel, Blob
from backend.imaging.models import Volume


class MaskSource(models.TextChoices):
    ENGINE = "engine"
    IMPORT = "import"
    EMPTY = "empty"
    RATER = "rater"
    FUSION = "fusion"
    ADJUDICATION = "adjudication"
    REVIEW = "review"


class MaskVersion(BaseModel):
    """A labelled mask on a volume's grid; never changed after it is written.

    ``digest`` is the tree digest of science/edits.py: SHA-256 over the SHA-256 of every axial slice.
    """

    volume = models.ForeignKey(Volume, on_delete=models.PROTECT, related_name="masks")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    number = models.PositiveIntegerField()  # counted in the volume
    source = models.CharField(max_length=16, choices=MaskSource)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(max_length=64)
    voxels = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")  # VBD1, see science/edits.py
    label_voxels = models.JSONField()  # {"20": 12345}
    centroids_ras_mm = models.JSONField(default=dict)  # {"20": {"body": [x, y, z] or null, "mask": [...]}}
    provenance = models.JSONField(default=dict)  # Provenance of reports.py

    class Meta:
        ordering = ["volume", "number"]
        constraints = [
            models.UniqueConstraint(fields=["volume", "number"], name="one_mask_number_per_volume")
        ]


class EditSession(BaseModel):
    """One person's edits on top of a base version, as a sequence of slice deltas."""

    base = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="sessions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)  # of the mask at this revision
    slice_digests = models.BinaryField()  # 32 bytes per axial slice at this revision
    snapshot = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    snapshot_revision = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    result = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(null=True)


DESKTOP_EDIT = "desktop"
"""The kind of an operation that takes in a whole mask, as another program has edited it."""


class EditOperation(models.Model):
    """A delta as the browser sent it: acknowledged once, whatever the retries."""

    id = models.BigAutoField(primary_key=True)
    session = models.ForeignKey(EditSession, on_delete=models.PROTECT, related_name="operations")
    operation_id = models.UUIDField()
    revision = models.PositiveIntegerField()  # the session's revision after it
    kind = models.CharField(max_length=40)  # brush, erase, undo, desktop, ...
    label = models.PositiveSmallIntegerField(null=True)
    payload = models.BinaryField()  # VBD1 delta, zlib
    changed_voxels = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(fields=["session", "operation_id"], name="one_operation_per_id"),
            models.UniqueConstraint(fields=["session", "revision"], name="one_operation_per_revision"),
        ]
