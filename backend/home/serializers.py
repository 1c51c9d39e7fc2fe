"""The wire shape of the first page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.work.serializers.assignments import (
    AssignmentSummarySerializer,
    ProjectRefSerializer,
    WaitingSerializer,
)
from backend.common.stored_wire import StoredSerializer
from backend.home.first_hour import Step
from backend.projects.models import Role
from backend.projects.protocols import Stage


class WaitingWorkSerializer(WaitingSerializer):
    """What I may take in a project. How much of it is told only of what experts do."""

    to_adjudicate = serializers.IntegerField()
    to_review = serializers.IntegerField()


class StageSerializer(StoredSerializer):
    model = Stage


class ProjectNumbersSerializer(serializers.Serializer[Any]):
    series = serializers.IntegerField()
    cases = serializers.IntegerField()
    accepted = serializers.IntegerField()


class StuckSerializer(serializers.Serializer[Any]):
    """What goes no further by itself."""

    quarantined = serializers.IntegerField(help_text="Files that were held back")
    waiting_for_engine = serializers.IntegerField(help_text="Cases, for more than a day")
    concerns = serializers.IntegerField(help_text="Tasks of which somebody told the manager")
    questions = serializers.IntegerField(help_text="On cases, that nobody has answered")
    overdue = serializers.IntegerField(help_text="Tasks in somebody's hands past their day")
    idle = serializers.IntegerField(help_text="Tasks in somebody's hands, not touched for two weeks")


class ManagedSerializer(serializers.Serializer[Any]):
    project = ProjectRefSerializer()
    counts = ProjectNumbersSerializer()
    stages = StageSerializer(many=True)
    has_guidelines = serializers.BooleanField()
    tried = serializers.BooleanField(help_text="Somebody has submitted a task")
    people = serializers.ListField(
        child=serializers.ListField(child=serializers.ChoiceField(choices=Role.choices)),
        help_text="The roles of each person; empty once a case was accepted",
    )
    stuck = StuckSerializer()


class HomeReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = ProjectRefSerializer()
    version = serializers.CharField()
    title = serializers.CharField()
    frozen_at = serializers.DateTimeField()


class HomeChallengeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    project = ProjectRefSerializer(source="release.project")


class UnreadGuidelinesSerializer(serializers.Serializer[Any]):
    """That the guidelines of a project have a version which I have not read."""

    project = ProjectRefSerializer()
    number = serializers.IntegerField()
    changes = serializers.CharField(allow_blank=True)
    published_at = serializers.DateTimeField()
    read = serializers.IntegerField(allow_null=True, help_text="The newest version that I have read")
    must_read = serializers.BooleanField(help_text="No other task before I have read it")


class FirstHourStepSerializer(serializers.Serializer[Any]):
    key = serializers.ChoiceField(choices=Step.choices)
    done = serializers.BooleanField()


class FirstHourSerializer(serializers.Serializer[Any]):
    """What I do first in a project that I am new to."""

    project = ProjectRefSerializer()
    steps = FirstHourStepSerializer(many=True)
    release = serializers.UUIDField(allow_null=True, help_text="The newest release that I may look into")


class HomeSerializer(serializers.Serializer[Any]):
    tasks = AssignmentSummarySerializer(
        many=True, help_text="My tasks in hand, returned ones first; 50 at most"
    )
    tasks_total = serializers.IntegerField()
    waiting = WaitingWorkSerializer(many=True, help_text="Every project of mine, by name")
    managed = ManagedSerializer(many=True)
    releases = HomeReleaseSerializer(many=True, help_text="The newest, of projects where I am a researcher")
    challenges = HomeChallengeSerializer(many=True)
    guidelines = UnreadGuidelinesSerializer(many=True, help_text="Where the rules have changed")
    first_hours = FirstHourSerializer(
        many=True,
        help_text="Projects that I am new to and do not manage, less those put away (`preferences` of `/me`)",
    )
