"""Challenges on a release: phases, teams, what they handed in, and how it was scored."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from backend.common.models import BaseModel, Blob, Job
from backend.releases.models import Release, ReleaseItem, Split


class ChallengeTask(models.TextChoices):
    LABELLING = "labelling"
    SEGMENTATION = "segmentation"
    GRADING = "grading", "Fracture grading"


USUAL_TASKS = (ChallengeTask.LABELLING.value, ChallengeTask.SEGMENTATION.value)  # where nobody says which


class PhaseSplit(models.TextChoices):
    """The part of the release that a phase is scored on."""

    VALIDATION = Split.VALIDATION.value, "Public validation"
    TEST = Split.TEST.value, "Secret test"


class SubmissionState(models.TextChoices):
    WAITING = "waiting"  # received, being checked
    REFUSED = "refused"  # something in it cannot be used; does not count
    EVALUATING = "evaluating"
    EVALUATED = "evaluated"
    FAILED = "failed"  # the site's fault; does not count


class Challenge(BaseModel):
    """A challenge on a frozen release. Once opened, its rules and tasks stay as people have accepted them."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="challenges")
    title = models.CharField(max_length=120)
    rules = models.TextField()  # Markdown
    tasks = models.JSONField(default=list)  # of `ChallengeTask`
    opened_at = models.DateTimeField(null=True)  # null: a draft, which managers alone see
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]


class Phase(BaseModel):
    """When a part is open for submissions, and how many a team may send on a day (UTC)."""

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="phases")
    split = models.CharField(max_length=12, choices=PhaseSplit)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    daily_limit = models.PositiveSmallIntegerField(default=3)
    board = models.JSONField(default=dict)  # `reports.Standings`; empty before the first evaluation
    board_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-split"]  # validation first
        constraints = [
            models.UniqueConstraint(fields=["challenge", "split"], name="one_phase_per_split"),
            models.CheckConstraint(
                name="phase_closes_after_it_opens", condition=models.Q(closes_at__gt=models.F("opens_at"))
            ),
        ]


class Team(BaseModel):
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=60)
    captain = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("challenge", Lower("name"), name="one_team_per_name"),
        ]


class TeamMember(BaseModel):
    """Somebody's place in one team of a challenge: asked for by themselves, given by the captain."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rules_sha256 = models.CharField(max_length=64)  # of the rules that they accepted
    joined_at = models.DateTimeField(null=True)  # null: the captain has not answered yet

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "user"], name="one_team_per_person"),
        ]


class Submission(BaseModel):
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="submissions")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    archive = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=SubmissionState, default=SubmissionState.WAITING)
    check_report = models.JSONField(default=dict)  # `reports.Checked`; empty before it was checked
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    evaluated_at = models.DateTimeField(null=True)
    evaluated_by = models.CharField(max_length=60, default="")  # who did so elsewhere; empty: this site

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["phase", "team", "-created_at"], name="submissions_of_a_team")]


PENDING_KEPT = timedelta(days=2)  # without a byte, or once it was handed in


class PendingSubmission(BaseModel):
    """An archive that is on its way, or has arrived and was not handed in yet. Its bytes lie in a file."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)  # as the sender calls the file, to know it again
    size_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    # what became of it: asked again, the same is answered
    submission = models.OneToOneField(Submission, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["-created_at"]


class EvaluationKey(BaseModel):
    """What results of one phase are signed with that were evaluated elsewhere."""

    phase = models.ForeignKey(Phase, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=60)  # who evaluates with it; stands on the leaderboard
    secret = models.CharField(max_length=80)  # checks signatures, so it is kept as it is
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class SignedResult(BaseModel):
    """That a submission was evaluated elsewhere; its archive is the signed result itself."""

    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, related_name="signed")
    key = models.ForeignKey(EvaluationKey, on_delete=models.PROTECT, related_name="results")
    nonce = models.CharField(max_length=64)
    signed_at = models.DateTimeField()  # as the result says

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["key", "nonce"], name="one_result_per_nonce"),
        ]


class CaseScore(BaseModel):
    """One case of a submission. Distances are in mm, null where nothing is to be measured."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="scores")
    item = models.ForeignKey(ReleaseItem, on_delete=models.PROTECT, related_name="+")
    absent = models.BooleanField(default=False)  # no prediction: every vertebra counts as missed
    report = models.JSONField()  # `reports.CaseReport`

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "item"], name="one_score_per_case"),
        ]


class Rescoring(BaseModel):
    """A phase scored again on a corrected version of its release. The first scores stay as they are."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="rescorings")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")  # the corrected version
    board = models.JSONField(default=dict)  # `reports.Standings`; empty before it was computed
    board_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["phase", "release"], name="one_rescoring_per_version"),
        ]


class CaseRescore(BaseModel):
    """One case of a submission on the corrected mask; ``item`` is that of the corrected version."""

    rescoring = models.ForeignKey(Rescoring, on_delete=models.CASCADE, related_name="scores")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="rescores")
    item = models.ForeignKey(ReleaseItem, on_delete=models.PROTECT, related_name="+")
    absent = models.BooleanField(default=False)
    report = models.JSONField()  # `reports.CaseReport`

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["rescoring", "submission", "item"], name="one_rescore_per_case"),
        ]
