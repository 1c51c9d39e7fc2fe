"""Reports that take too long for a request, as stored; and what managers want of their project."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.common.fields import OrderedJSONField
from backend.common.models import BaseModel, Job
from backend.projects.models import Project


class AgreementReport(BaseModel):
    """The agreement of a project's raters over one set of comparisons; null while it is computed.

    A comparison never changes once it is made, so a report stands for its set for good.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="agreement_reports")
    digest = models.CharField(max_length=64)  # of the set
    comparisons = models.JSONField()  # ids of the set
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    report = models.JSONField(null=True)  # AgreementFigures of progress/raters/reports.py
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "digest"], name="one_agreement_report_per_set")
        ]


class AgreementPairLine(models.Model):
    """Two raters of a report that has too many pairs to be sent at once, with their place by each measure."""

    id = models.BigAutoField(primary_key=True)
    report = models.ForeignKey(AgreementReport, on_delete=models.CASCADE, related_name="pair_lines")
    place = models.PositiveIntegerField()  # by Dice
    place_by_hd95 = models.PositiveIntegerField()
    place_by_kappa = models.PositiveIntegerField()
    first = models.UUIDField()
    second = models.UUIDField()
    body = models.JSONField()  # AgreementPair of progress/raters/reports.py

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["report", "place"], name="one_pair_of_raters_per_place")
        ]


class KeptFigures(BaseModel):
    """One kind of figures over a project, as computed the last time; ``head`` is null before the first.

    ``scope`` says whose view they are of: who may see the same cases sees the same figures. Other cases open
    to somebody are another scope, so that nothing is ever shown that was computed from what is closed.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="kept_figures")
    kind = models.CharField(max_length=40)
    scope = models.CharField(max_length=64)
    viewer = models.ForeignKey(  # null: everybody who may ask for them sees the same
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    stamp = models.CharField(max_length=100, blank=True)  # of what they are computed from
    head = OrderedJSONField(null=True)  # as it is sent, less what is paged
    revision = models.PositiveIntegerField(default=0)  # of the lines that go with the head
    seconds = models.FloatField(default=0.0)  # that computing took
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "scope"], name="one_row_of_kept_figures_per_scope"
            )
        ]


class CoverageTarget(BaseModel):
    """How many accepted vertebrae of one level or region a project wants."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="coverage_targets")
    part = models.CharField(max_length=16)  # PARTS of progress/managing/selectors/coverage.py
    wanted = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "part"], name="one_target_per_part")]


class SavedView(BaseModel):
    """Filters of the list of cases under a name: a manager's own, or shared with the project's managers."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    filters = models.JSONField(default=dict)  # as the list of cases is asked
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "owner", "name"], name="one_view_of_a_name_per_owner")
        ]


class KeptLine(models.Model):
    """One line of kept figures, so that a page of them is read without the others."""

    id = models.BigAutoField(primary_key=True)
    figures = models.ForeignKey(KeptFigures, on_delete=models.CASCADE, related_name="lines")
    revision = models.PositiveIntegerField()
    group = models.CharField(max_length=20)
    place = models.PositiveIntegerField()
    body = OrderedJSONField()  # as it is sent

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(
                fields=["figures", "revision", "group", "place"], name="one_kept_line_per_place"
            )
        ]


class DriftWatch(BaseModel):
    """When a project's raters were last looked over for drift."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="drift_watch")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    stamp = models.CharField(max_length=100, blank=True)  # of what it was computed from
    computed_at = models.DateTimeField(null=True)


class DriftFigure(models.TextChoices):
    """What is watched of each rater."""

    DICE = "dice", "agreement with the accepted mask"
    LEVEL_DICE = "level_dice", "agreement with the accepted mask, of one level"
    GOLD_DICE = "gold_dice", "agreement with the answer of gold cases"
    EDITED = "edited", "share of the mask that was edited"
    MINUTES = "minutes", "minutes per vertebra"


class DriftState(models.TextChoices):
    OPEN = "open"
    DISMISSED = "dismissed"
    RETRAINED = "retrained"


class DriftAlarm(BaseModel):
    """That a rater's figures have left their own band, and what a manager did about it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="drift_alarms")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    figure = models.CharField(max_length=12, choices=DriftFigure)
    label = models.PositiveSmallIntegerField(default=0)  # of LEVEL_DICE; 0: of all levels
    side = models.CharField(max_length=4, choices=[("down", "down"), ("up", "up")])
    state = models.CharField(max_length=12, choices=DriftState, default=DriftState.OPEN)
    since = models.DateTimeField()  # hand-in with which the change probably began
    until = models.DateTimeField()  # hand-in that raised the alarm
    values_before = models.PositiveIntegerField()  # in the band
    mean_before = models.FloatField()
    mean_since = models.FloatField()
    submissions = models.JSONField(default=list)  # ids, of the run that left the band
    reason = models.TextField(blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-until"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "rater", "figure", "label"],
                condition=models.Q(state="open"),
                name="one_open_drift_alarm_per_chart",
            ),
            models.CheckConstraint(
                name="settled_drift_alarm_has_reason", condition=models.Q(state="open") | ~models.Q(reason="")
            ),
        ]
