"""Projects, who works in them and in which role, and their protocol (the workflow as data)."""

from __future__ import annotations

import secrets
from datetime import date

from django.conf import settings
from django.db import models

from backend.common.models import BaseModel


def new_secret() -> str:
    return secrets.token_hex(32)


class Role(models.TextChoices):
    MANAGER = "manager"
    RATER = "rater"  # trained student: corrects and grades
    RADIOLOGIST = "radiologist"  # expert: grades, adjudicates, reviews
    RESEARCHER = "researcher"  # downloads releases
    PHYSICIST = "physicist"  # verifies calibrations


class Project(BaseModel):
    """A data set in the making."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    protocol = models.JSONField()  # see projects/protocols.py for its schema
    guidelines = models.TextField(blank=True)  # Markdown shown to raters
    finding_rules = models.JSONField(default=dict)  # {"order": "block"}; see projects/finding_rules.py
    working_spacing_mm = models.FloatField(default=1.0)  # axes finer than this are reduced to it
    pseudonym_secret = models.CharField(max_length=64, default=new_secret, editable=False)
    dicomweb = models.BooleanField(default=False)  # other programs may read accepted cases over DICOMweb
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]


class Membership(BaseModel):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    active = models.BooleanField(default=True)
    away_from = models.DateField(null=True, blank=True)  # null: from now on, where away_until is set
    away_until = models.DateField(null=True, blank=True)
    # of the person in the project, the same in each of their memberships; null: no limit
    max_open = models.PositiveSmallIntegerField(null=True, blank=True)  # tasks in hand at once
    max_weekly_hours = models.PositiveSmallIntegerField(null=True, blank=True)  # of active time, from Monday

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "role"], name="one_membership_per_role"),
        ]

    def is_away(self, today: date) -> bool:
        """Whether the person is absent on that day."""
        if self.away_until is None:
            return False
        return self.away_until >= today and (self.away_from is None or self.away_from <= today)


class StorageUse(BaseModel):
    """What a project's files take of the disk as last counted, and may take; without one, the site's."""

    project = models.OneToOneField(Project, null=True, on_delete=models.CASCADE, related_name="storage_use")
    quota_bytes = models.BigIntegerField(null=True)  # null: as much as the disk holds
    kept_bytes = models.JSONField(default=dict)  # {"scans": 1000}; by what registers itself, see storage.py
    counted_at = models.DateTimeField(null=True)


class Invitation(BaseModel):
    """A role that is offered to whoever has an e-mail address, to be taken up or declined by them.

    Who has no account makes one by the link, of whose secret only the digest is kept.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()  # lower case
    role = models.CharField(max_length=16, choices=Role)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "email", "role"],
                condition=models.Q(accepted_at=None),
                name="one_open_invitation",
            ),
        ]
