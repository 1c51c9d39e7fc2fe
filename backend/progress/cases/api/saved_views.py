"""REST of saved views of the list of cases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import paged
from backend.common.contract import Told
from backend.progress.cases import services
from backend.progress.cases.selectors.saved import views_visible_to
from backend.progress.cases.serializers import CaseQuery
from backend.progress.models import SavedView
from backend.projects.managed import ManagedProjectView


class CaseViewSerializer(serializers.ModelSerializer[SavedView]):
    """Filters of the list of cases under a name; the context says who reads."""

    filters = CaseQuery()
    owner = serializers.CharField(source="owner.name", read_only=True)
    mine = serializers.SerializerMethodField()

    class Meta:
        model = SavedView
        fields = ("id", "name", "filters", "shared", "owner", "mine")
        read_only_fields = fields

    def get_mine(self, view: SavedView) -> bool:
        return bool(view.owner_id == self.context["reader"])


class CaseViewInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    filters = CaseQuery()
    shared = serializers.BooleanField(default=False, help_text="The other managers see it, too")


class CaseViewsView(ManagedProjectView):
    @extend_schema(operation_id="case_views", responses=paged(CaseViewSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """My saved views of the list of cases, and those that others share (managers)."""
        views = views_visible_to(self.actor, self.project(slug))
        return self.page(views, CaseViewSerializer, lambda rows: {"reader": self.actor.pk})

    @extend_schema(operation_id="case_view_save", request=CaseViewInput, responses={201: CaseViewSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Keep filters under a name; my view of that name takes the new ones (managers)."""
        project = self.project(slug)
        view = services.save_view(user=self.actor, project=project, **self.parse(CaseViewInput))
        return Response(CaseViewSerializer(view, context={"reader": self.actor.pk}).data, status=201)


class CaseViewView(ManagedProjectView):
    tells = {"DELETE": Told(refuses=(404,))}

    @extend_schema(operation_id="case_view_remove", responses={204: None})
    def delete(self, request: Request, slug: str, case_view_id: UUID) -> Response:
        """Remove one of my views (managers)."""
        services.remove_view(user=self.actor, project=self.project(slug), view_id=case_view_id)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/case-views", CaseViewsView.as_view()),
    path("projects/<slug:slug>/case-views/<uuid:case_view_id>", CaseViewView.as_view()),
]
