"""The wire shapes of questions on cases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.work.selectors.questions import STATES
from backend.common.places import VoxelField


class QuestionInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    label = serializers.IntegerField(min_value=1, max_value=255, required=False, allow_null=True)  # type: ignore[assignment]
    voxel = VoxelField(required=False, allow_null=True)


class ReplyInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)


class QuestionOutlineSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    case_id = serializers.UUIDField()
    case_alias = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxel = VoxelField(allow_null=True)
    state = serializers.ChoiceField(choices=STATES, help_text="open: nobody has answered what was asked last")
    in_draft = serializers.BooleanField(help_text="Its answer is in the draft of the guidelines")
    version = serializers.IntegerField(allow_null=True, help_text="Of the guidelines, which answers it")
    asked_at = serializers.DateTimeField()
    asked_by = serializers.CharField(allow_blank=True, help_text="Empty: I have")


class QuestionLineSerializer(QuestionOutlineSerializer):
    replies = serializers.IntegerField()


class ReplySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    mine = serializers.BooleanField()
    by = serializers.CharField(allow_blank=True, help_text="Empty to who asked")
    text = serializers.CharField()
    at = serializers.DateTimeField()


class QuestionSerializer(QuestionOutlineSerializer):
    mine = serializers.BooleanField()
    text = serializers.CharField()
    replies = ReplySerializer(many=True)


class QuestionsQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["open", "all"], default="open")


class AnsweredQuestionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    case_alias = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]


class AnsweredByVersionSerializer(serializers.Serializer[Any]):
    """What a version of the guidelines answers, of what I may read."""

    number = serializers.IntegerField()
    questions = AnsweredQuestionSerializer(many=True)
