"""REST of scans that came in twice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.selectors import one_of
from backend.imaging import selectors
from backend.imaging.models import SameScan, SameScanAnswer, Series
from backend.imaging.selectors import thumbnail_url
from backend.imaging.services import same_scans
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


class ScanSerializer(serializers.Serializer[Any]):
    """One of two series that hold the same voxels."""

    series_id = serializers.UUIDField(source="id")
    pseudonym = serializers.CharField(source="patient.pseudonym")
    number = serializers.IntegerField()
    source_format = serializers.CharField()
    created_at = serializers.DateTimeField()
    thumbnail_url = serializers.SerializerMethodField()

    def get_thumbnail_url(self, series: Series) -> str | None:
        return thumbnail_url(series.volume)


class SameScanSerializer(serializers.ModelSerializer[SameScan]):
    """Two series with the same voxels; ``answer`` is empty until a manager has said what they are."""

    first = ScanSerializer(read_only=True)
    second = ScanSerializer(read_only=True)
    answer = serializers.ChoiceField(choices=SameScanAnswer.choices, allow_blank=True, read_only=True)
    answered_by = serializers.CharField(source="answered_by.name", default=None, allow_null=True)

    class Meta:
        model = SameScan
        fields = ("id", "first", "second", "answer", "note", "answered_by", "answered_at")
        read_only_fields = fields


class SameScanInput(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(choices=SameScanAnswer.choices)
    note = serializers.CharField(allow_blank=True, default="", max_length=2000)


class SameScanListView(ApiView):
    @extend_schema(
        operation_id="same_scans",
        responses=paged(SameScanSerializer),
        parameters=[OpenApiParameter("open", bool, description="only those without an answer")],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Scans that came in twice; for the project's managers."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        only_open = request.query_params.get("open", "").lower() in ("1", "true")
        return self.page(selectors.same_scans_of(project, only_open=only_open), SameScanSerializer)


class SameScanAnswerView(ApiView):
    @extend_schema(operation_id="same_scan_answer", request=SameScanInput, responses=SameScanSerializer)
    def post(self, request: Request, same_scan_id: UUID) -> Response:
        """Say whether the two are one scan (manager); if so their patients become one."""
        pair = selectors.same_scan_visible_to(self.actor, same_scan_id)
        same_scans.answer_same_scan(actor=self.actor, pair=pair, **self.parse(SameScanInput))
        row = one_of(selectors.same_scans_of(pair.project), pair.pk)
        return Response(SameScanSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/same-scans", SameScanListView.as_view()),
    path("same-scans/<uuid:same_scan_id>/answer", SameScanAnswerView.as_view()),
]
