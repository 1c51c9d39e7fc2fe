"""REST of subsets: how many cases a query finds, before they are downloaded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.releases.api import ReleaseView
from backend.releases.custody.recording import note_overview
from backend.releases.services import downloading
from backend.releases.subsets.archives import subset_told
from backend.releases.subsets.wire import SubsetQuery, query_of


class SubsetChoicesSerializer(serializers.Serializer[Any]):
    levels = serializers.ListField(child=serializers.CharField())
    worst_grade = serializers.IntegerField(allow_null=True, help_text="null: no grade is known")
    contrasts = serializers.ListField(child=serializers.CharField())
    sexes = serializers.ListField(child=serializers.CharField())
    age_from = serializers.IntegerField(allow_null=True)
    age_to = serializers.IntegerField(allow_null=True)


class SubsetSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField(help_text="That fit")
    cases_of = serializers.IntegerField(help_text="All that are open to me")
    patients = serializers.IntegerField()
    size_bytes = serializers.IntegerField(allow_null=True, help_text="null: nothing asked, or nothing fits")
    url = serializers.CharField()
    choices = SubsetChoicesSerializer()


class SubsetView(ReleaseView):
    @extend_schema(operation_id="release_subset", parameters=[SubsetQuery], responses=SubsetSerializer)
    def get(self, request: Request, release_id: UUID, name: str) -> Response:
        """How many cases of an archive a query finds, and how large they are, once the terms are accepted."""
        release = self.release(release_id)
        downloading.check_may_download(release=release, user=self.actor)
        told = subset_told(release, self.actor, name, query_of(self.parse_query(SubsetQuery)))
        note_overview(release=release, user=self.actor, what="files")
        return Response(SubsetSerializer(told).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/<uuid:release_id>/archives/<str:name>/subset", SubsetView.as_view()),
]
