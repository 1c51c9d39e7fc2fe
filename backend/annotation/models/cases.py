"""Cases: one volume each, on its way through the project's protocol; who has seen what of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.common.models import BaseModel
from backend.imaging.models import Volume
from backend.masks.models import MaskVersion
from backend.projects.models import Project


class CaseState(models.TextChoices):
    WAITING = "waiting"  # for the engine
    IN_PROGRESS = "in_progress"
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"


class CasePurpose(models.TextChoices):
    WORK = "work"
    TRAINING = "training"  # a copy for somebody who is new, scored with feedback
    GOLD = "gold"  # a copy of a case whose answer is known; looks like any other
    REPEAT = "repeat"  # a copy of a case that the same person has done; looks like any other


class NamingState(models.TextChoices):
    """How far the names of a case's vertebrae are settled, where an engine said that they are a guess."""

    SURE = "", "sure"  # nobody doubted them
    OPEN = "open"  # a person has to say
    CONFIRMED = "confirmed"  # by everybody who was asked, or by an expert
    UNKNOWN = "unknown"  # an expert said that they cannot be told from this scan


class WorkCases(models.Manager["Case"]):
    """The cases that become data. Copies made to measure raters are none of them, and never counted."""

    def get_queryset(self) -> models.QuerySet[Case]:
        return super().get_queryset().filter(purpose=CasePurpose.WORK)


class Case(BaseModel):
    """One volume on its way through the project's protocol.

    ``Case.objects`` are the cases that become data, which is what every list, count and release means;
    ``Case.every`` has the copies for training and quality control as well (see `Exercise`).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cases")
    volume = models.OneToOneField(Volume, on_delete=models.PROTECT, related_name="case")
    alias = models.CharField(max_length=40)  # what raters see: a random word-free code
    state = models.CharField(max_length=16, choices=CaseState, default=CaseState.WAITING, db_index=True)
    stage_key = models.CharField(max_length=40, blank=True)  # of the protocol
    priority = models.SmallIntegerField(default=0)
    due_on = models.DateField(null=True, blank=True)
    difficulty = models.FloatField(null=True)
    naming_state = models.CharField(
        max_length=12, choices=NamingState, default=NamingState.SURE, blank=True, db_index=True
    )
    naming_doubt = models.TextField(blank=True)  # the engine's sentence on its naming; empty: no doubt known
    start_mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    entered_stage_at = models.DateTimeField(null=True)
    purpose = models.CharField(
        max_length=16, choices=CasePurpose, default=CasePurpose.WORK, db_index=True, editable=False
    )

    objects = WorkCases()
    every: models.Manager[Case] = models.Manager()

    class Meta:
        ordering = ["-priority", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "alias"], name="one_alias_per_project"),
            models.CheckConstraint(
                name="accepted_case_has_mask", condition=~Q(state="accepted") | Q(accepted_mask__isnull=False)
            ),
        ]
        indexes = [  # the board's columns, each in its order
            models.Index(
                fields=["project", "purpose", "state", "stage_key", "-priority", "created_at"],
                name="cases_by_column",
            )
        ]


class CaseTag(BaseModel):
    """A word that managers have put on a case, to find it again by. Raters see none."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["case", "name"], name="one_tag_of_a_name_per_case")]


class Exclusion(BaseModel):
    """That a case was taken out of the data for good, by whom and why. It can be put back.

    ``tasks`` and ``in_hand`` are what it took back, so that putting back leaves all as it was.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exclusions")
    reason = models.CharField(max_length=16)  # of EXCLUSIONS in audit/acts/case_acts.py
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state_before = models.CharField(max_length=16, choices=CaseState)
    tasks = models.JSONField(default=list)  # ids of open tasks
    in_hand = models.JSONField(default=dict)  # {id of an assignment: its state}
    put_back_at = models.DateTimeField(null=True)
    put_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(put_back_at__isnull=True), name="one_standing_exclusion"
            ),
            models.CheckConstraint(
                name="other_exclusion_needs_note", condition=~Q(reason="other") | ~Q(note="")
            ),
        ]


class Unblinding(BaseModel):
    """In a double-blind project: who asked for the names behind one case, and why."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="unblindings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="unblindings")
    reason = models.TextField()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="one_unblinding_per_person"),
            models.CheckConstraint(name="unblinding_needs_reason", condition=~Q(reason="")),
        ]


class SightKind(models.TextChoices):
    """Through what somebody saw the work of others on a case."""

    CASE = "case", "the page of the case"
    CONSENSUS = "consensus", "the comparison"
    MASK = "mask", "a mask"
    NOTES = "notes", "the notes"
    NAMES = "names", "the names"
    QUESTION = "question", "a question"


class Sighting(BaseModel):
    """That a person has seen others' work on a case; never taken back. Such a person cannot rate it blindly.

    Adjudications and reviews need none: they are assignments.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="sightings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sightings")
    kind = models.CharField(max_length=16, choices=SightKind)

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["case", "user", "kind"], name="one_sighting_per_kind")]
