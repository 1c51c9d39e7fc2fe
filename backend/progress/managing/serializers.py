"""The wire shapes of how a project stands."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import RaterSerializer
from backend.progress.keeping.serializers import WithAsOfSerializer
from backend.progress.managing.selectors.coverage import PARTS, WANTED_REGIONS

MOST_WANTED = 1_000_000


class WeekSerializer(serializers.Serializer[Any]):
    begins = serializers.DateField(help_text="Its Monday")
    total = serializers.IntegerField(help_text="Cases at its end, without excluded ones")
    begun = serializers.IntegerField(help_text="Of them begun by its end, accepted ones among them")
    accepted = serializers.IntegerField(help_text="Of them accepted by its end")
    newly_accepted = serializers.IntegerField()
    submitted = serializers.IntegerField()
    complete = serializers.BooleanField(help_text="False: under way")


class ForecastSerializer(serializers.Serializer[Any]):
    """When 10, 50 and 90 % of simulated futures are done; null: not within ten years."""

    state = serializers.ChoiceField(choices=["ready", "too_little", "stalled", "done"])
    remaining = serializers.IntegerField()
    weeks = serializers.IntegerField(help_text="Complete weeks that it rests on")
    accepted = serializers.IntegerField(help_text="In those weeks")
    early = serializers.DateTimeField(allow_null=True)
    median = serializers.DateTimeField(allow_null=True)
    late = serializers.DateTimeField(allow_null=True)
    least_weeks = serializers.IntegerField()
    least_accepted = serializers.IntegerField()


class CourseStageSerializer(serializers.Serializer[Any]):
    """Stays that have ended in seconds; active minutes of all, and of what was handed in."""

    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="'former': the protocol has it no more")
    cases = serializers.IntegerField(help_text="In it now")
    stays = serializers.IntegerField()
    quartile_low_s = serializers.IntegerField(allow_null=True)
    median_s = serializers.IntegerField(allow_null=True)
    quartile_high_s = serializers.IntegerField(allow_null=True)
    active_minutes = serializers.FloatField()
    hand_ins = serializers.IntegerField()
    minutes_per_hand_in = serializers.FloatField(allow_null=True)
    vertebrae = serializers.IntegerField()
    minutes_per_vertebra = serializers.FloatField(allow_null=True)


class WorkloadSerializer(serializers.Serializer[Any]):
    user = RaterSerializer()
    open = serializers.IntegerField(help_text="In hand, returned work among it")
    overdue = serializers.IntegerField()
    submitted = serializers.IntegerField()
    active_minutes = serializers.FloatField()
    away_until = serializers.DateField(allow_null=True)


class CostByModelSerializer(serializers.Serializer[Any]):
    """What accepted cases cost that started from one model; means over cases. ``number`` null: what ships."""

    model_id = serializers.UUIDField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    accepted = serializers.IntegerField()
    changed_voxels = serializers.FloatField(allow_null=True)
    minutes = serializers.FloatField(allow_null=True)
    first_accepted_at = serializers.DateTimeField()
    last_accepted_at = serializers.DateTimeField()


class LeftOutSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(help_text="In words")
    count = serializers.IntegerField()


class FlowSerializer(serializers.Serializer[Any]):
    """Series on their way into the data set: came in = held + excluded + included."""

    came_in = serializers.IntegerField()
    held = serializers.IntegerField(help_text="Kept out by inclusion rules")
    rules = LeftOutSerializer(many=True, help_text="By rule; one series can fail several")
    excluded = serializers.IntegerField(help_text="Of the others, excluded by people")
    reasons = LeftOutSerializer(many=True)
    included = serializers.IntegerField()
    accepted = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="For the engine, or no case yet")


class CourseFiguresSerializer(serializers.Serializer[Any]):
    weeks = WeekSerializer(many=True)
    forecast = ForecastSerializer()
    stages = CourseStageSerializer(many=True)
    people = WorkloadSerializer(many=True)
    models = CostByModelSerializer(many=True)
    flow = FlowSerializer()


class KeptProgressSerializer(CourseFiguresSerializer):
    """What is kept; targets are set against the vertebrae when the page is asked for."""

    vertebrae = serializers.DictField(child=serializers.IntegerField())


class CoverageSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(choices=PARTS, help_text="A region or a level")
    region = serializers.ChoiceField(choices=WANTED_REGIONS)
    accepted = serializers.IntegerField()
    wanted = serializers.IntegerField(allow_null=True)


class AgeingCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    alias = serializers.CharField()
    stage_key = serializers.CharField()
    stage_title = serializers.CharField()
    since = serializers.DateTimeField(help_text="When it came into its stage")
    usual_s = serializers.IntegerField(allow_null=True, help_text="The median of stays there that have ended")


class CourseSerializer(WithAsOfSerializer, CourseFiguresSerializer):
    coverage = CoverageSerializer(many=True)
    ageing = AgeingCaseSerializer(many=True)


class TargetSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(choices=PARTS)
    wanted = serializers.IntegerField(min_value=1, max_value=MOST_WANTED)


class TargetsInput(serializers.Serializer[Any]):
    targets = TargetSerializer(many=True)

    def validate_targets(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["part"] for row in rows}) < len(rows):
            raise serializers.ValidationError("A level or region can have one target only.")
        return rows
