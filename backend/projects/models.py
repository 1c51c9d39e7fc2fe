"""Projects, who works in them and in which role, and their protocol (the workflow as data)."""

from __future__ import annotations

import secrets
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from backend.common.models import BaseModel, Blob


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
    guidelines = models.TextField(blank=True)  # Markdown shown to raters: the text of the version in force
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
    work_waits = models.BooleanField(default=False)  # while away: work stays theirs, due dates moved
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

    def keeps_work(self, today: date) -> bool:
        """Whether the person's work stays with them on that day: they are there, or away and it waits."""
        return not self.is_away(today) or self.work_waits

    def days_waited(self, today: date) -> int:
        """Days of an absence that is not over and for which work waits, its last one too."""
        if not self.active or not self.work_waits or self.away_until is None or self.away_until < today:
            return 0
        return (self.away_until - (self.away_from or today)).days + 1


class PeopleGroup(BaseModel):
    """People of a project under a name, such as "Students 2026"; somebody can be in several. Managers only.

    A group holds people, not their roles, and keeps who is paused or has left.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="people_groups")
    name = models.CharField(max_length=80)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="one_group_per_name"),
        ]


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
    # which they join with the project; the invited are not told
    group = models.ForeignKey(PeopleGroup, null=True, on_delete=models.SET_NULL, related_name="+")
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


class GuidelineVersion(BaseModel):
    """A project's guidelines as they were published; never changed. The highest number counts."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guideline_versions")
    number = models.PositiveIntegerField()  # 1, 2, ...
    text = models.TextField(blank=True)  # Markdown
    changes = models.CharField(max_length=300, blank=True)  # what is new, in a line
    must_read = models.BooleanField(default=False)  # before the next task is handed out
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["project", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_guideline_version_per_number"),
        ]


class GuidelineDraft(BaseModel):
    """What managers prepare as the next version; nobody else reads it."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="guideline_draft")
    text = models.TextField(blank=True)
    changes = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1)  # goes up with each save


class GuidelinePicture(BaseModel):
    """A picture of the guidelines, encoded anew by the site; the text names it by its address."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guideline_pictures")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class ReadHow(models.TextChoices):
    """How a person came to have read a version."""

    END = "end", "opened to the end"
    BUTTON = "button", "said so"
    WROTE = "wrote", "published it"


class GuidelineReceipt(BaseModel):
    """That a person has read a version, since when and how; the first time counts."""

    version = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, related_name="receipts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=ReadHow)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "user"], name="one_guideline_receipt_per_person"),
        ]
