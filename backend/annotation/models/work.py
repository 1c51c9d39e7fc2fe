"""Tasks, assignments, gradings and submissions: the raters' work, blinded."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.annotation.models.cases import Case
from backend.common.models import BaseModel
from backend.masks.models import EditSession, MaskVersion
from backend.projects.models import GuidelineVersion, Project


class TaskKind(models.TextChoices):
    CORRECT = "correct"  # mask, and grades where the protocol says so
    GRADE = "grade"  # grades only
    ADJUDICATE = "adjudicate"
    REVIEW = "review"


class TaskState(models.TextChoices):
    OPEN = "open"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class Task(BaseModel):
    """One stage of one case, to be done by ``overlap`` people who do not see each other."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    stage_key = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=TaskKind)
    overlap = models.PositiveSmallIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)  # goes up when work is returned and redone
    state = models.CharField(max_length=16, choices=TaskState, default=TaskState.OPEN, db_index=True)
    start_mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True)
    asks_grades = models.BooleanField(null=True)  # as the stage said when the task was opened
    required_labels = models.JSONField(null=True)  # to be graded; null: every gradable vertebra of the mask
    note = models.TextField(blank=True)  # why it is to be done, shown to whoever takes it

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage_key", "round"], name="one_task_per_stage_and_round"
            )
        ]


class AssignmentState(models.TextChoices):
    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"  # sent back with a comment; the rater works on
    CANCELLED = "cancelled"


class Assignment(BaseModel):
    """A task in one person's hands."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    slot = models.PositiveSmallIntegerField()  # 0..overlap-1; shown as A, B, C to those who may compare
    state = models.CharField(max_length=16, choices=AssignmentState, default=AssignmentState.OPEN)
    session = models.OneToOneField(
        EditSession, null=True, on_delete=models.PROTECT, related_name="assignment"
    )
    blank_start = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    active_seconds = models.PositiveIntegerField(default=0)
    return_comment = models.TextField(blank=True)
    places_looked = models.JSONField(default=list)  # ticked of the places to look at: kind, label, voxel
    # vertebrae that an expert ticked as looked at: {"20": digest of its shape}; "" where it was unticked
    levels_looked = models.JSONField(default=dict)
    concern = models.CharField(max_length=16, blank=True)  # of CONCERNS: what its rater told the manager
    concern_text = models.TextField(blank=True)
    concern_at = models.DateTimeField(null=True)  # null: told nothing, or it was dealt with
    due_on = models.DateField(null=True, blank=True)
    due_moved_at = models.DateTimeField(null=True)  # when an absence last moved it

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "rater"], condition=~Q(state="cancelled"), name="one_assignment_per_rater"
            ),
            models.UniqueConstraint(
                fields=["task", "slot"], condition=~Q(state="cancelled"), name="one_assignment_per_slot"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "updated_at"], name="assignments_by_state"),
            models.Index(fields=["state", "-submitted_at"], name="newest_hand_ins"),
            models.Index(
                fields=["concern_at"], condition=Q(concern_at__isnull=False), name="assignments_told_of"
            ),
        ]


class ActiveWeek(models.Model):
    """Active time that a person gave to a project in the week from that Monday on, for limits on it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    monday = models.DateField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "monday"], name="one_active_week_per_person")
        ]


class Submission(BaseModel):
    """What a rater handed in; each round adds one, none is overwritten."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="submissions")
    gradings = models.JSONField(default=list)  # the gradings as they were
    vertebrae = models.PositiveSmallIntegerField()  # as `vertebrae_of` counts them
    active_seconds = models.PositiveIntegerField(default=0)
    edited_voxels = models.PositiveIntegerField(default=0)
    comment = models.TextField(blank=True)
    never_in_view = models.JSONField(null=True)  # labels of the mask that no pane showed; null: not told
    places_looked = models.JSONField(default=list)  # as the assignment had them
    places_found = models.PositiveSmallIntegerField(null=True)  # listed when last asked for; null: never
    pace = models.JSONField(null=True)  # seconds per vertebra; see work/selectors/pace.py
    fast = models.BooleanField(default=False)  # as its pace says, to be found among all
    naming = models.JSONField(null=True)  # {"answer", "note", "renamed", "labels"}; null: nobody was asked
    guidelines = models.ForeignKey(  # in force when it was handed in; null: nobody had written any
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="submissions"
    )

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["-created_at"], condition=Q(fast=True), name="hasty_submissions")]


def vertebrae_of(mask: MaskVersion | None, gradings: Sequence[object]) -> int:
    """How many vertebrae were handed in: those of the mask, or those graded where none was drawn."""
    return len(mask.label_voxels) if mask is not None else len(gradings)


class NamingChoice(models.TextChoices):
    """What a person says of names that an engine called a guess."""

    CONFIRMED = "confirmed"  # right as they are
    RENAMED = "renamed"  # were wrong, are right now
    UNKNOWN = "unknown"  # cannot be told from this scan


class NamingAnswer(BaseModel):
    """One person's answer to "are these names right?" for the work in hand. Revisions are kept."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="naming_answers")
    answer = models.CharField(max_length=12, choices=NamingChoice)
    note = models.TextField(blank=True)
    renamed = models.JSONField(default=dict)  # {"19": 20}: against the mask that the task started from
    labels = models.JSONField(default=list)  # of the mask at that moment
    revision = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)

    class Meta:
        ordering = ["assignment", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(current=True), name="one_current_naming_answer"
            )
        ]


class FractureType(models.TextChoices):
    WEDGE = "wedge"
    BICONCAVE = "biconcave"
    CRUSH = "crush"


class ForeignMaterial(models.TextChoices):
    NONE = "none"
    PMMA = "pmma"
    SCREW_ROD = "screw_rod"
    CAGE = "cage"
    OTHER = "other"


class Grading(BaseModel):
    """One rater's answer on one thoracolumbar vertebra (Genant 0-3). Revisions are kept."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="gradings")
    label = models.PositiveSmallIntegerField()
    revision = models.PositiveSmallIntegerField(default=1)
    current = models.BooleanField(default=True)
    grade = models.PositiveSmallIntegerField(null=True)  # null where not gradable
    fracture_type = models.CharField(max_length=16, choices=FractureType, blank=True)
    foreign_material = models.CharField(max_length=16, choices=ForeignMaterial, default=ForeignMaterial.NONE)
    not_gradable_reason = models.CharField(max_length=60, blank=True)
    deformity = models.CharField(max_length=60, blank=True)  # a reason code that is not a fracture
    osteoporotic = models.BooleanField(null=True)
    transitional = models.BooleanField(default=False)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["assignment", "label", "revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "label"],
                condition=Q(current=True),
                name="one_current_grading_per_label",
            ),
            models.CheckConstraint(name="grade_0_3", condition=Q(grade__isnull=True) | Q(grade__lte=3)),
            models.CheckConstraint(
                name="type_needs_fracture", condition=Q(fracture_type="") | Q(grade__gte=1)
            ),
        ]
