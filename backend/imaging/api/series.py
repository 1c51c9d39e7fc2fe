"""REST of series."""

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
from backend.imaging.matching import MOST_AT_ONCE, matching_series
from backend.imaging.models import Series
from backend.imaging.selectors import pairs_by_series
from backend.imaging.serializers import SeriesSerializer
from backend.imaging.services.inclusion import LEVELS
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role

KEPT_OUT = OpenApiParameter(
    "kept_out", str, description="the id of a rule that keeps them out, or `any` for whatever does"
)


class SeriesIdsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many match")
    ids = serializers.ListField(child=serializers.UUIDField(), help_text=f"The first {MOST_AT_ONCE} of them")


class _SeriesViewBase(ApiView):
    def context(self, series: list[Series]) -> dict[str, Any]:
        ids = [row.volume.pk for row in series if getattr(row, "volume", None) is not None]
        names = ("run", "case_id", LEVELS)
        facts: dict[str, Any] = {name: selectors.series_facts(name, ids) for name in names}
        return {**facts, "same_scans": pairs_by_series([row.pk for row in series])}


class SeriesListView(_SeriesViewBase):
    @extend_schema(
        operation_id="series_list",
        responses=paged(SeriesSerializer),
        parameters=[
            OpenApiParameter(
                "search", str, description="part of a pseudonym, a manufacturer, a model or a kernel"
            ),
            KEPT_OUT,
            OpenApiParameter(
                "ordering",
                str,
                enum=[sign + key for sign in ("", "-") for key in selectors.SERIES_ORDERINGS],
            ),
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's series; for its managers."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        asked = request.query_params
        search, ordering = asked.get("search", "").strip(), asked.get("ordering", "pseudonym")
        rows = selectors.series_of(project, search, ordering, asked.get("kept_out", ""))
        return self.page(rows, SeriesSerializer, self.context)


class SeriesIdsView(ManagedProjectView):
    @extend_schema(
        operation_id="series_ids",
        responses=SeriesIdsSerializer,
        parameters=[OpenApiParameter("search", str), KEPT_OUT],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The ids of all series that match, over all pages, to act on them (manager)."""
        asked = request.query_params
        project, search = self.project(slug), asked.get("search", "").strip()
        found = matching_series(project, search, asked.get("kept_out", ""))
        return Response(SeriesIdsSerializer(found).data)


class SeriesView(_SeriesViewBase):
    @extend_schema(operation_id="series", responses=SeriesSerializer)
    def get(self, request: Request, series_id: UUID) -> Response:
        series = one_of(selectors.with_verdicts(selectors.series_visible_to(self.actor)), series_id)
        return Response(SeriesSerializer(series, context=self.context([series])).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/series", SeriesListView.as_view()),
    path("projects/<slug:slug>/series/ids", SeriesIdsView.as_view()),
    path("series/<uuid:series_id>", SeriesView.as_view()),
]
