"""Cases, tasks, assignments, gradings and submissions: the raters' work, blinded."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from backend.common.models import BaseModel
from backend.imaging.models import Volume
from backend.masks.models import EditSession, MaskVersion
from backend.projects.models import Project


class CaseState(models.TextChoices):
    WAITING = "waiting"  # for the engine
    IN_PROGRESS = "in_progress"
    ACCEPTED = "accepted"
    EXCLUDED = "excluded"


class Case(BaseModel):
    """One volume on its way through the project's protocol."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cases")
    volume = models.OneToOneField(Volume, on_delete=models.PROTECT, related_name="case")
    alias = models.CharField(max_length=40)  # what raters see: a random word-free code
    state = models.CharField(max_length=16, choices=CaseState, default=CaseState.WAITING, db_index=True)
    stage_key = models.CharField(max_length=40, blank=True)  # of the protocol
    priority = models.SmallIntegerField(default=0)
    due_on = models.DateField(null=True, blank=True)
    difficulty = models.FloatField(null=True)
    start_mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    entered_stage_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-priority", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "alias"], name="one_alias_per_project"),
            models.CheckConstraint(
                name="accepted_case_has_mask",
                condition=~Q(state="accepted") | Q(accepted_mask__isnull=False),
            ),
        ]


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
    required_labels = models.JSONField(null=True)  # to be graded; null: every gradable vertebra of the mask
    note = models.TextField(blank=True)  # why it is to be done, shown to whoever takes it

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "stage_key", "round"], name="one_task_per_stage_and_round"
            ),
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
    state = models.CharField(
        max_length=16, choices=AssignmentState, default=AssignmentState.OPEN, db_index=True
    )
    session = models.OneToOneField(
        EditSession, null=True, on_delete=models.PROTECT, related_name="assignment"
    )
    blank_start = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    active_seconds = models.PositiveIntegerField(default=0)
    return_comment = models.TextField(blank=True)
    due_on = models.DateField(null=True, blank=True)

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


class Submission(BaseModel):
    """What a rater handed in; each round adds one, none is overwritten."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    mask = models.ForeignKey(MaskVersion, null=True, on_delete=models.PROTECT, related_name="submissions")
    gradings = models.JSONField(default=list)  # the gradings as they were
    active_seconds = models.PositiveIntegerField(default=0)
    edited_voxels = models.PositiveIntegerField(default=0)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at"]


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
