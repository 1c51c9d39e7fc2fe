"""The wire shapes of boards, cards and cases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import (
    CasePersonSerializer,
    NamingOfOtherSerializer,
    RaterSerializer,
    TaskAssignmentSerializer,
)
from backend.annotation.measuring.serializers import RulerSerializer
from backend.annotation.models import CaseState, NamingState, TaskKind, TaskState
from backend.audit.acts.case_acts import CONCERNS, EXCLUSION_CHOICES
from backend.consensus.serializers import AgreedGradeSerializer, DecisionSerializer
from backend.masks.models import MaskSource
from backend.masks.serializers import ProvenanceSerializer
from backend.progress.cases.selectors.cards import MOST_AT_ONCE, ORDERINGS
from backend.progress.keeping.serializers import WithAsOfSerializer


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
    excluded_for = serializers.ChoiceField(
        choices=EXCLUSION_CHOICES, allow_null=True, help_text="Why somebody excluded it"
    )
    progress = CaseProgressSerializer()
    flags = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField(), help_text="Words of the managers, in order")
    updated_at = serializers.DateTimeField()


class CaseQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=CaseState.choices, default="", allow_blank=True)
    stage = serializers.CharField(default="", allow_blank=True, max_length=40)
    search = serializers.CharField(default="", allow_blank=True, max_length=100)
    tag = serializers.CharField(default="", allow_blank=True, max_length=40)
    ordering = serializers.ChoiceField(choices=sorted(ORDERINGS), default="priority")


class CaseTagSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    cases = serializers.IntegerField(help_text="How many have it")


class CaseIdsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many match")
    ids = serializers.ListField(
        child=serializers.UUIDField(), help_text=f"The first {MOST_AT_ONCE} of them in their order"
    )


class CaseMaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    source = serializers.ChoiceField(choices=MaskSource.choices)  # type: ignore[assignment]
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    provenance = ProvenanceSerializer()
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


class ConcernSerializer(serializers.Serializer[Any]):
    """What somebody told of their task; ``id`` is the assignment's."""

    id = serializers.UUIDField()
    rater = CasePersonSerializer()
    stage_title = serializers.CharField()
    concern = serializers.ChoiceField(choices=list(CONCERNS.items()))
    text = serializers.CharField(allow_blank=True)
    gave_back = serializers.BooleanField(help_text="The task is free again")
    at = serializers.DateTimeField()


class TimelineSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    verb = serializers.CharField()
    text = serializers.CharField()
    mask_id = serializers.UUIDField(allow_null=True, help_text="The mask that it is about")
    label = serializers.IntegerField(  # type: ignore[assignment]
        allow_null=True, help_text="The vertebra that it is about"
    )


class ExclusionSerializer(serializers.Serializer[Any]):
    """Why a case is not part of the data."""

    reason = serializers.ChoiceField(choices=EXCLUSION_CHOICES)
    note = serializers.CharField(allow_blank=True)
    by = serializers.CharField()
    at = serializers.DateTimeField()


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
    rulers = RulerSerializer(many=True, help_text="Distances and angles that people drew, oldest first")
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
    concerns = ConcernSerializer(many=True)
    timeline = TimelineSerializer(many=True)
    names_hidden = serializers.BooleanField(help_text="Double blind: people are letters here")
    unblindings = UnblindingSerializer(many=True)
    exclusion = ExclusionSerializer(
        allow_null=True, help_text="Null: nobody excluded it (or it gave its answer to measure raters)"
    )


class CaseChangesInput(serializers.Serializer[Any]):
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


class BoardSerializer(WithAsOfSerializer):
    """Cases as they are now; people and days as of a moment ago in a large project."""

    stages = BoardStageSerializer(many=True)
    raters = BoardRaterSerializer(many=True)
    throughput = ThroughputSerializer(many=True)
