"""REST of what is new in a version."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.releases.api import ReleaseView
from backend.releases.changes import changes_of
from backend.releases.models import Split

CHANGE_KINDS = [(kind, kind) for kind in ("added", "removed", "changed")]


class ReleaseGradeChangeSerializer(serializers.Serializer[Any]):
    level = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="0 to 3, NA, or null: not graded")
    after = serializers.CharField(allow_null=True)


class ReleaseCaseChangeSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    series = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CHANGE_KINDS)
    voxels = serializers.IntegerField(
        allow_null=True, help_text="With another label than before; null: not counted yet, or no mask before"
    )
    names_added = serializers.ListField(child=serializers.CharField())
    names_removed = serializers.ListField(child=serializers.CharField())
    grades = ReleaseGradeChangeSerializer(many=True)
    split_before = serializers.ChoiceField(choices=Split.choices, allow_null=True)
    split = serializers.ChoiceField(choices=Split.choices, allow_null=True)


class ChangedSinceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()


class AnsweredErratumSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField()
    text = serializers.CharField()


class ReleaseChangesSerializer(serializers.Serializer[Any]):
    since = ChangedSinceSerializer(allow_null=True, help_text="null: the first version")
    unchanged = serializers.IntegerField(help_text="Cases that are as they were")
    cases = ReleaseCaseChangeSerializer(many=True)
    errata = AnsweredErratumSerializer(
        many=True, help_text="Of the version before, on cases that are not as they were"
    )


class ReleaseChangesView(ReleaseView):
    @extend_schema(operation_id="release_changes", responses=ReleaseChangesSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """What differs from the version before, case by case, once the terms are accepted."""
        found = changes_of(self.release(release_id), self.actor)
        return Response(ReleaseChangesSerializer(found).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/<uuid:release_id>/changes", ReleaseChangesView.as_view()),
]
