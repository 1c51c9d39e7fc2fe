"""The wire shapes of figures: density, table 1, effort."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.measurements.models import ContrastPhase
from backend.progress.keeping.serializers import WithAsOfSerializer


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


class ProjectStatisticsSerializer(WithAsOfSerializer, StatisticsSerializer):
    """Those of all accepted cases of a project."""


class EffortPointSerializer(serializers.Serializer[Any]):
    """One rater's mask, or the mean of several that follow one another."""

    at = serializers.DateTimeField()
    masks = serializers.IntegerField()
    changed_percent = serializers.FloatField(allow_null=True)
    active_minutes = serializers.FloatField(allow_null=True)


class EditEffortSerializer(serializers.Serializer[Any]):
    """What raters changed of one model's masks: means, and each mask. ``number`` null: what ships."""

    model_id = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    masks = serializers.IntegerField()
    changed_voxels = serializers.FloatField()
    changed_ml = serializers.FloatField()
    changed_percent = serializers.FloatField(allow_null=True)
    dice = serializers.FloatField(allow_null=True)
    active_minutes = serializers.FloatField(allow_null=True)
    points = EffortPointSerializer(many=True)


class EditEffortReportSerializer(WithAsOfSerializer):
    models = EditEffortSerializer(many=True)
