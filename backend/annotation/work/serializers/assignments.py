"""The wire shapes of assignments: a line of the list, everything the workstation needs, a hand-in."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import NamingOfOtherSerializer
from backend.annotation.models import (
    AssignmentState,
    NamingChoice,
    TaskKind,
)
from backend.annotation.work.serializers.adjudication import AdjudicationSerializer
from backend.audit.acts.case_acts import CONCERNS
from backend.common.places import PointField, VoxelField
from backend.measurements.api import GradingSchemaSerializer


class ProjectRefSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class AssignmentSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    round = serializers.IntegerField()
    project = ProjectRefSerializer()
    case_id = serializers.UUIDField()
    case_alias = serializers.CharField()
    naming_doubt = serializers.BooleanField(help_text="The engine called the names of this case a guess")
    training = serializers.BooleanField(help_text="Scored with feedback; no real work")
    stage_title = serializers.CharField()
    thumbnail_url = serializers.CharField(allow_null=True)
    priority = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    return_comment = serializers.CharField()
    concern = serializers.CharField(help_text="What I told the manager and is not dealt with; or empty")
    opened_at = serializers.DateTimeField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    active_seconds = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class AssignmentVolumeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    shape = VoxelField()
    spacing_mm = PointField()
    affine_ras_mm = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    index_url = serializers.CharField()


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    digest = serializers.CharField()
    saved_at = serializers.DateTimeField(allow_null=True)


class StartSerializer(serializers.Serializer[Any]):
    source = serializers.ChoiceField(choices=["engine", "import", "empty", "blank", "previous", "fused"])  # type: ignore[assignment]
    engine = serializers.CharField(allow_null=True)
    text = serializers.CharField()


class LevelSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    voxels = serializers.IntegerField()
    centroid_ras_mm = PointField()


class NamingAnswerInput(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(
        choices=NamingChoice.choices,
        help_text="confirmed: right as they are; renamed: were wrong, are right now; unknown: cannot be told",
    )
    note = serializers.CharField(allow_blank=True, required=False, max_length=1000)


class NamingQuestionSerializer(serializers.Serializer[Any]):
    """Names that an engine called a guess, and what this person says of them."""

    statement = serializers.CharField(help_text="The engine's sentence on its naming")
    asked = serializers.BooleanField(help_text="Not to be handed in, or accepted, without an answer")
    answer = serializers.ChoiceField(choices=NamingChoice.choices, allow_null=True)
    note = serializers.CharField(allow_blank=True)
    outdated = serializers.BooleanField(help_text="Names were changed since: to be answered again")
    others = NamingOfOtherSerializer(many=True, help_text="For who adjudicates or reviews; empty for raters")


class NamesAnchorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="sacrum, last rib, first rib, C1 and C2")
    certainty = serializers.FloatField(allow_null=True, help_text="0..1, of the anchor by itself")
    place_ras_mm = PointField(allow_null=True)


class OtherNamesSerializer(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField(), help_text="In the order of levels")
    probability = serializers.FloatField(help_text="0..1")


class EngineNamesSerializer(serializers.Serializer[Any]):
    """What the engine's names rest on, how likely they are, and what they may be instead."""

    levels = serializers.ListField(
        child=serializers.IntegerField(), help_text="As it named them, head to foot"
    )
    probability = serializers.FloatField(help_text="0..1, that all of these names are right")
    anchors = NamesAnchorSerializer(many=True)
    alternatives = OtherNamesSerializer(many=True, help_text="The likeliest first")


class AssignmentSerializer(AssignmentSummarySerializer):
    volume = AssignmentVolumeSerializer()
    session = SessionSerializer(allow_null=True)
    start = StartSerializer()
    gradable = serializers.ListField(child=serializers.IntegerField())
    needs_grades = serializers.BooleanField()
    can_edit = serializers.BooleanField()
    guidelines = serializers.CharField()
    grading_schema = GradingSchemaSerializer()
    levels = LevelSerializer(many=True)
    adjudication = AdjudicationSerializer(allow_null=True)
    naming_question = NamingQuestionSerializer(allow_null=True)
    engine_names = EngineNamesSerializer(
        allow_null=True, help_text="Null where this work does not start from names of an engine that tells"
    )


class ConcernInput(serializers.Serializer[Any]):
    concern = serializers.ChoiceField(choices=list(CONCERNS.items()))
    text = serializers.CharField(allow_blank=True, default="", max_length=2000)
    give_back = serializers.BooleanField(default=False)


class WaitingSerializer(serializers.Serializer[Any]):
    """A project with work that I may take."""

    project = ProjectRefSerializer()
    training = serializers.BooleanField(help_text="The training comes first")
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=TaskKind.choices))


class AssignmentQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["open", "submitted", "all"], default="open")


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["info", "warning", "error"])
    message = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxels = serializers.IntegerField(allow_null=True)
    voxel = VoxelField(allow_null=True, help_text="A place to jump to")
    rule = serializers.ChoiceField(
        choices=["warn", "block"], help_text="block: mend it or answer it before handing in"
    )
    answer = serializers.CharField(help_text="The reason given when the mask was handed in; empty: none")


class FindingAnswerSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    reason = serializers.CharField(max_length=1000)


MAX_INCREMENT_S = 3600


class ActiveTimeInput(serializers.Serializer[Any]):
    seconds = serializers.IntegerField(min_value=1, max_value=MAX_INCREMENT_S)


class ActiveTimeSerializer(serializers.Serializer[Any]):
    active_seconds = serializers.IntegerField(help_text="Of the whole assignment so far")


class SubmitInput(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64, allow_blank=True, default="")
    active_seconds = serializers.IntegerField(
        min_value=0,
        max_value=86400 * 30,
        default=0,
        help_text="Time that was not reported to active-time before",
    )
    comment = serializers.CharField(allow_blank=True, default="", max_length=4000)
    answers = FindingAnswerSerializer(many=True, required=False)
    seen = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=255),
        required=False,
        allow_null=True,
        max_length=255,
        help_text="Levels that a visible pane has shown while the case was open; left out: not looked for",
    )


class SubmissionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    digest = serializers.CharField(allow_null=True)
    edited_voxels = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class LoadSerializer(serializers.Serializer[Any]):
    """What a person has in hand in a project, and what limits them."""

    open = serializers.IntegerField(help_text="Tasks in hand")
    week_seconds = serializers.IntegerField(help_text="Active time since Monday")
    max_open = serializers.IntegerField(allow_null=True, help_text="Null: no limit")
    max_weekly_hours = serializers.IntegerField(allow_null=True)
    away_until = serializers.DateField(allow_null=True, help_text="Where they are away today")
    reason = serializers.ChoiceField(
        choices=["away", "open", "hours", ""], help_text="Why nothing new is handed out; empty: it is"
    )
