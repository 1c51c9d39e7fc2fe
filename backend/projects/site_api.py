"""REST of the storage of the site and of each project, for administrators of the site."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.administration import require_administrator
from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.common.scopes import SESSION_ONLY
from backend.projects import storage
from backend.projects.models import Project, StorageUse


class StorageSerializer(serializers.Serializer[Any]):
    """What is kept, as last counted, and what waits to be read."""

    quota_bytes = serializers.IntegerField(allow_null=True, help_text="Null: no limit")
    kept_bytes = serializers.DictField(child=serializers.IntegerField(), help_text="By kind")
    used_bytes = serializers.IntegerField(help_text="Kept and waiting together")
    waiting_bytes = serializers.IntegerField(help_text="Announced or sent, and not read yet")
    counted_at = serializers.DateTimeField(allow_null=True, help_text="Null: never")


class ProjectStorageSerializer(StorageSerializer):
    slug = serializers.CharField()
    name = serializers.CharField()


class QuotaInput(serializers.Serializer[Any]):
    quota_bytes = serializers.IntegerField(allow_null=True, help_text="Null takes the limit away")


class CountingSerializer(serializers.Serializer[Any]):
    counting = serializers.BooleanField()


def _told(row: StorageUse | None, waiting: int) -> dict[str, Any]:
    row = row or StorageUse()
    return {
        "quota_bytes": row.quota_bytes,
        "kept_bytes": row.kept_bytes,
        "used_bytes": sum(row.kept_bytes.values()) + waiting,
        "waiting_bytes": waiting,
        "counted_at": row.counted_at,
    }


class _ProjectRow(serializers.BaseSerializer[Project]):
    """A project with what it takes; the context comes from `_about`."""

    def to_representation(self, project: Project) -> Any:
        row = getattr(project, "storage_use", None)
        told = _told(row, self.context["waiting"].get(project.pk, 0))
        return ProjectStorageSerializer({**told, "slug": project.slug, "name": project.name}).data


def _about(projects: list[Project]) -> dict[str, Any]:
    return {"waiting": storage.waiting_bytes([project.pk for project in projects])}


def _site() -> dict[str, Any]:
    return _told(storage.site_use(), sum(storage.waiting_bytes(None).values()))


class SiteStorageView(ApiView):
    scopes = {"GET": SESSION_ONLY, "PUT": SESSION_ONLY}

    @extend_schema(operation_id="site_storage", responses=StorageSerializer)
    def get(self, request: Request) -> Response:
        """What the whole site keeps (administrators of the site)."""
        require_administrator(self.actor)
        return Response(StorageSerializer(_site()).data)

    @extend_schema(operation_id="site_storage_limit", request=QuotaInput, responses=StorageSerializer)
    def put(self, request: Request) -> Response:
        """Limit what the whole site keeps; only uploads are refused, nothing is deleted."""
        storage.set_quota(actor=self.actor, slug=None, **self.parse(QuotaInput))
        return Response(StorageSerializer(_site()).data)


class SiteStorageCountView(ApiView):
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(operation_id="site_storage_count", request=None, responses={202: CountingSerializer})
    def post(self, request: Request) -> Response:
        """Have all that is kept counted, as a job (administrators of the site)."""
        storage.start_count(actor=self.actor)
        return Response(CountingSerializer({"counting": True}).data, status=202)


class ProjectStorageListView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(operation_id="site_storage_projects", responses=paged(ProjectStorageSerializer))
    def get(self, request: Request) -> Response:
        """What each project keeps (administrators of the site)."""
        return self.page(storage.projects_by_name(self.actor), _ProjectRow, _about)


class ProjectStorageView(ApiView):
    tells = {"PUT": Told(refuses=(404,))}
    scopes = {"PUT": SESSION_ONLY}

    @extend_schema(
        operation_id="site_storage_project_limit", request=QuotaInput, responses=ProjectStorageSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Limit what a project keeps; only uploads are refused, nothing is deleted."""
        storage.set_quota(actor=self.actor, slug=slug, **self.parse(QuotaInput))
        project = storage.projects_by_name(self.actor).get(slug=slug)
        return Response(_ProjectRow(project, context=_about([project])).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("site/storage", SiteStorageView.as_view()),
    path("site/storage/count", SiteStorageCountView.as_view()),
    path("site/storage/projects", ProjectStorageListView.as_view()),
    path("site/storage/projects/<slug:slug>", ProjectStorageView.as_view()),
]
