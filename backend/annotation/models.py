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
    places_looked = models.JSONField(default=list)  # ticked of the places to look at: kind, label, voxel
    concern = models.CharField(max_length=16, blank=True)  # of CONCERNS: what its rater told the manager
    concern_text = models.TextField(blank=True)
    concern_at = models.DateTimeField(null=True)  # null: told nothing, or it was dealt with
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
    never_in_view = models.JSONField(null=True)  # labels of the mask that no pane showed; null: not told
    places_looked = models.JSONField(default=list)  # as the assignment had them
    pace = models.JSONField(null=True)  # seconds per vertebra; see work/selectors/pace.py
    fast = models.BooleanField(default=False)  # as its pace says, to be found among all
    naming = models.JSONField(null=True)  # {"answer", "note", "renamed", "labels"}; null: nobody was asked

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["-created_at"], condition=Q(fast=True), name="hasty_submissions")]


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


class AnswerKey(BaseModel):
    """A case whose answer is known, so that raters can be trained on it or measured by it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answer_keys")
    purpose = models.CharField(
        max_length=16, choices=[(CasePurpose.TRAINING, "training"), (CasePurpose.GOLD, "gold")]
    )
    mask = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")
    grades = models.JSONField(default=list)  # [{"label", "grade", "fracture_type"}]
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at"]
        constraints = [models.UniqueConstraint(fields=["case", "purpose"], name="one_answer_key_per_purpose")]


class Exercise(BaseModel):
    """A copy of a case made for one person, to train or to measure them; its own case holds their work."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="exercise")
    source = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="copies")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exercises")
    key = models.ForeignKey(AnswerKey, null=True, on_delete=models.PROTECT, related_name="exercises")
    former = models.ForeignKey(  # of a repeat: what the person handed in the first time
        Submission, null=True, on_delete=models.PROTECT, related_name="repeats"
    )
    stage_key = models.CharField(max_length=40)
    transform = models.JSONField(default=dict)  # {"mirror": bool, "shift": [i, j, k]}

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["rater", "key"], name="one_exercise_per_key"),
            models.UniqueConstraint(fields=["former"], name="one_repeat_per_submission"),
            models.CheckConstraint(
                name="exercise_has_an_answer",
                condition=Q(key__isnull=False, former__isnull=True)
                | Q(key__isnull=True, former__isnull=False),
            ),
        ]


class ExerciseResult(BaseModel):
    """How a person's work on an exercise compares with its answer; made once, kept."""

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="results")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="exercise_result")
    report = models.JSONField(default=dict)  # ScoreReport of quality/reports.py
    mean_dice = models.FloatField(null=True)
    grades_exact = models.FloatField(null=True)  # share of the graded vertebrae
    passed = models.BooleanField(default=False)

    class Meta:
        ordering = ["created_at"]


class Qualification(BaseModel):
    """A manager's word that a person may do real work without (more) training."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="qualifications")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="qualifications"
    )
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"],
                condition=Q(revoked_at__isnull=True),
                name="one_standing_qualification",
            )
        ]


class RaterWeights(BaseModel):
    """How much each rater counts in weighted fusion: a choice, by whom, when and from what. Never changed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rater_weights")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=20)  # gold, final, staple, manual
    weights = models.JSONField(default=dict)  # {user id: weight from 0}
    excluded = models.JSONField(default=dict)  # {user id: why, in a sentence}: their weight is 0
    evidence = models.JSONField(default=dict)  # {user id: the figures the weights came from}
    note = models.TextField(blank=True)
    current = models.BooleanField(default=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(current=True), name="one_current_weights_per_project"
            )
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
