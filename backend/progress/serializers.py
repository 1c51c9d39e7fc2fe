"""The wire shapes of boards, cards and cases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import (
    NamingOfOtherSerializer,
    RaterSerializer,
    TaskAssignmentSerializer,
)
from backend.annotation.models import CaseState, NamingState, TaskKind, TaskState
from backend.consensus.serializers import AgreedGradeSerializer, DecisionSerializer
from backend.masks.models import MaskSource
from backend.measurements.models import ContrastPhase
from backend.progress.selectors import ORDERINGS


class CaseSeriesSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    number = serializers.IntegerField()


class CaseProgressSerializer(serializers.Serializer[Any]):
    submitted = serializers.IntegerField()
    overlap = serializers.IntegerField()


class CaseCardSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    alias = serializers.CharField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    stage_key = serializers.CharField(allow_blank=True)
    stage_title = serializers.CharField()
    priority = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    series = CaseSeriesSerializer()
    thumbnail_url = serializers.CharField(allow_null=True)
    progress = CaseProgressSerializer()
    flags = serializers.ListField(child=serializers.CharField())
    updated_at = serializers.DateTimeField()


class CaseQuerySerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=CaseState.choices, default="", allow_blank=True)
    stage = serializers.CharField(default="", allow_blank=True, max_length=40)
    search = serializers.CharField(default="", allow_blank=True, max_length=100)
    ordering = serializers.ChoiceField(choices=sorted(ORDERINGS), default="priority")


class CaseMaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    source = serializers.ChoiceField(choices=MaskSource.choices)  # type: ignore[assignment]
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    provenance = serializers.DictField()
    label_voxels = serializers.DictField(child=serializers.IntegerField())


class CaseTaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    stage_key = serializers.CharField()
    stage_title = serializers.CharField()
    round = serializers.IntegerField()
    state = serializers.ChoiceField(choices=TaskState.choices)
    overlap = serializers.IntegerField()
    assignments = TaskAssignmentSerializer(many=True)


class TimelineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    verb = serializers.CharField()
    text = serializers.CharField()


class UnblindingSerializer(serializers.Serializer[Any]):
    """Who has seen the names of a double-blind case, and why."""

    name = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class CaseDetailSerializer(CaseCardSerializer):
    project_slug = serializers.CharField()
    volume_id = serializers.UUIDField()
    accepted_mask_id = serializers.UUIDField(allow_null=True)
    masks = CaseMaskSerializer(many=True)
    tasks = CaseTaskSerializer(many=True)
    naming_doubt = serializers.CharField(
        allow_blank=True, help_text="The engine's sentence where its names are a guess"
    )
    naming_state = serializers.ChoiceField(
        choices=NamingState.choices,
        allow_blank=True,
        help_text="How far guessed names are settled; empty: nobody doubted them",
    )
    naming_answers = NamingOfOtherSerializer(many=True)
    agreed_grades = AgreedGradeSerializer(many=True)
    decisions = DecisionSerializer(many=True)
    timeline = TimelineSerializer(many=True)
    names_hidden = serializers.BooleanField(help_text="Double blind: people are letters here")
    unblindings = UnblindingSerializer(many=True)


class CasePatchSerializer(serializers.Serializer[Any]):
    priority = serializers.IntegerField(min_value=-100, max_value=100, required=False)
    due_on = serializers.DateField(allow_null=True, required=False)


class BoardStageSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    count = serializers.IntegerField()
    cases = CaseCardSerializer(many=True)


class BoardRaterSerializer(serializers.Serializer[Any]):
    user = RaterSerializer()
    open = serializers.IntegerField()
    submitted = serializers.IntegerField()
    returned = serializers.IntegerField()
    active_minutes = serializers.FloatField()
    last_activity = serializers.DateTimeField(allow_null=True)


class ThroughputSerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    accepted = serializers.IntegerField()
    submitted = serializers.IntegerField()


class BoardSerializer(serializers.Serializer[Any]):
    stages = BoardStageSerializer(many=True)
    raters = BoardRaterSerializer(many=True)
    throughput = ThroughputSerializer(many=True)


class DensityLevelSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    name = serializers.CharField()
    mean = serializers.FloatField(help_text="HU")
    sd = serializers.FloatField(allow_null=True)
    voxels = serializers.IntegerField()
    volume_mm3 = serializers.FloatField()
    excluded = serializers.CharField(
        allow_blank=True, help_text="why the level is left out; empty: it is not"
    )
    adjusted_by = serializers.CharField(allow_null=True, help_text="who moved the region of interest")
    automatic_mean = serializers.FloatField(allow_null=True, help_text="HU of the automatic region, if moved")


class AppliedRecordSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slope = serializers.FloatField()
    intercept = serializers.FloatField()
    phantom = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    verified_by = serializers.CharField()


class BmdSerializer(serializers.Serializer[Any]):
    """A density with everything it rests on."""

    mg_cm3 = serializers.FloatField()
    sd_mg_cm3 = serializers.FloatField(help_text="uncertainty of the value, one standard deviation")
    sd_between_levels = serializers.FloatField()
    levels = serializers.ListField(child=serializers.CharField())
    replaced = serializers.BooleanField(help_text="other levels stand in for L1 to L3")
    category = serializers.ChoiceField(choices=["osteoporosis", "low", "normal"])
    caveats = serializers.ListField(child=serializers.CharField())
    calibration = AppliedRecordSerializer()
    correction = AppliedRecordSerializer(allow_null=True)


class MissingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    text = serializers.CharField()


class UnsurePeriodSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]


class SeriesDensitySerializer(serializers.Serializer[Any]):
    """A series' HU, and its bone density or what is missing for one."""

    case_id = serializers.UUIDField()
    series_id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    number = serializers.IntegerField()
    scanner = serializers.CharField(allow_blank=True)
    kvp = serializers.FloatField(allow_null=True)
    kernel = serializers.CharField(allow_blank=True)
    phase = serializers.ChoiceField(choices=ContrastPhase.choices, allow_null=True)
    phase_from = serializers.ChoiceField(choices=["person", "header"], allow_null=True)
    phase_hint = serializers.CharField(allow_null=True, help_text="what a description in the header suggests")
    levels = DensityLevelSerializer(many=True)
    bmd = BmdSerializer(allow_null=True)
    missing = MissingSerializer(allow_null=True)
    unsure = UnsurePeriodSerializer(many=True, help_text="records that fit but for the time they hold in")


class TableRowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField())


class StatisticalTestSerializer(serializers.Serializer[Any]):
    """A test between two columns, with the variant that was used."""

    groups = serializers.CharField()
    name = serializers.CharField()
    variant = serializers.CharField()
    statistic = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class CountsField(serializers.DictField):
    child = serializers.IntegerField()


class FiguresSerializer(serializers.Serializer[Any]):
    """The counts behind the paper's figures E1 to E4, each in the order in which it is drawn."""

    vertebrae = CountsField(help_text="E1, by level")
    fractured = CountsField(help_text="E2, by level")
    types = serializers.DictField(child=CountsField(), help_text="E3, by type, then by grade")
    decades = CountsField(help_text="E4, patients by decade of age")
    bmd_classes = CountsField(help_text="E4, patients by class of bone density in mg/cm3")


class StatisticsSerializer(serializers.Serializer[Any]):
    """Table 1 as text, its tests and its figures."""

    columns = serializers.ListField(child=serializers.CharField())
    patients = CountsField()
    rows = TableRowSerializer(many=True)
    tests = StatisticalTestSerializer(many=True)
    figures = FiguresSerializer()
    left_out = serializers.IntegerField(help_text="vertebrae cut off by the image, which are not counted")
    held = serializers.IntegerField(help_text="accepted series that an inclusion rule keeps out")
