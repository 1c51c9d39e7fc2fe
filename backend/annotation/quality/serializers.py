"""The wire shapes of training and quality control."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import PaceSerializer, RaterSerializer
from backend.annotation.quality.reports import GradeScore, VertebraScore
from backend.common.stored_wire import StoredSerializer


class AnswerKeyInput(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=["training", "gold"])
    mask_id = serializers.UUIDField(required=False)
    exclude = serializers.BooleanField(default=False, help_text="The case itself is no work any more")


class AnswerKeySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    case_id = serializers.UUIDField()
    case_alias = serializers.CharField()
    purpose = serializers.ChoiceField(choices=["training", "gold"])
    graded = serializers.IntegerField(help_text="Vertebrae with a known grade")
    vertebrae = serializers.IntegerField()
    given = serializers.IntegerField(help_text="Copies that were handed in")
    mean_dice = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()


class TrainingSerializer(serializers.Serializer[Any]):
    """How far somebody is with the training."""

    wanted = serializers.IntegerField(help_text="Training cases before real work; 0: none")
    available = serializers.IntegerField()
    handed_in = serializers.IntegerField()
    scored = serializers.IntegerField()
    mean_dice = serializers.FloatField(allow_null=True)
    grades_exact = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()
    overridden = serializers.BooleanField()
    may_work = serializers.BooleanField()


class TraineeSerializer(TrainingSerializer):
    user = RaterSerializer()
    reason = serializers.CharField(help_text="Why a manager let them through; empty where none did")


class HiddenSerializer(serializers.Serializer[Any]):
    """Gold cases or repeats: how many are ready, in somebody's hands, and scored."""

    purpose = serializers.CharField(help_text="gold or repeat")
    ready = serializers.IntegerField()
    in_hand = serializers.IntegerField()
    scored = serializers.IntegerField()
    mean_dice = serializers.FloatField(allow_null=True)


class PlacesSerializer(serializers.Serializer[Any]):
    """The open tasks of a stage: how many places they have, and how many are taken."""

    key = serializers.CharField()
    overlap = serializers.IntegerField()
    tasks = serializers.IntegerField()
    places = serializers.IntegerField()
    taken = serializers.IntegerField()


class ProjectQualitySerializer(serializers.Serializer[Any]):
    answer_keys = AnswerKeySerializer(many=True)
    raters = TraineeSerializer(many=True)
    hidden = HiddenSerializer(many=True)
    places = PlacesSerializer(many=True)


class MyTrainingCaseSerializer(serializers.Serializer[Any]):
    assignment_id = serializers.UUIDField()
    case_alias = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    scored = serializers.BooleanField()
    passed = serializers.BooleanField()
    mean_dice = serializers.FloatField(allow_null=True)
    grades_exact = serializers.FloatField(allow_null=True)


class MyTrainingSerializer(TrainingSerializer):
    dice_wanted = serializers.FloatField()
    grades_wanted = serializers.FloatField()
    cases = MyTrainingCaseSerializer(many=True)


class QualificationInput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=1000)


class VertebraScoreSerializer(StoredSerializer):
    model = VertebraScore


class GradeScoreSerializer(StoredSerializer):
    model = GradeScore


class FeedbackSerializer(serializers.Serializer[Any]):
    """A training case after it was handed in; ``ready`` is false while it is being scored."""

    ready = serializers.BooleanField()
    case_alias = serializers.CharField()
    project = serializers.DictField(child=serializers.CharField())
    passed = serializers.BooleanField()
    mean_dice = serializers.FloatField(allow_null=True)
    grades_exact = serializers.FloatField(allow_null=True)
    dice_wanted = serializers.FloatField()
    grades_wanted = serializers.FloatField()
    note = serializers.CharField(help_text="What is wrong with the mask as a whole; empty where nothing is")
    vertebrae = VertebraScoreSerializer(many=True)
    grades = GradeScoreSerializer(many=True)


class HastyWorkSerializer(serializers.Serializer[Any]):
    """Work handed in too fast, with the figures as they were then."""

    case_id = serializers.UUIDField()
    alias = serializers.CharField()
    stage_title = serializers.CharField()
    name = serializers.CharField(help_text="In a double-blind project a letter")
    submitted_at = serializers.DateTimeField()
    pace = PaceSerializer()
    never_in_view = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
