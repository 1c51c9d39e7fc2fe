"""REST of the acts of a project: who did and who saw what, and whether the record of it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.audit.acts.sentences import titles
from backend.audit.checking import start_check
from backend.common.contract import DOWNLOAD
from backend.common.storage import awaited
from backend.progress.auditing import selectors, services
from backend.progress.auditing import serializers as wire
from backend.progress.auditing.selectors import Asked
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project
from backend.projects.selectors import protocol_of


class AuditView(ManagedProjectView):
    @extend_schema(
        operation_id="project_audit", parameters=[wire.AuditPageQuery], responses=wire.AuditPageSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Who did and who saw what in the project, newest first (managers)."""
        project = self.project(slug)
        query = self.parse_query(wire.AuditPageQuery)
        before, size = query.pop("before", None), query.pop("page_size")
        asked = Asked(**query)
        services.note_asked(user=self.actor, project=project, asked=asked)
        records = selectors.found(self.actor, project, asked)
        if before is not None:
            records = selectors.older_than(records, before)
        rows, more = selectors.page_of(records, size)
        page = {
            "results": selectors.entries(rows, self.actor, project),
            "older": rows[-1].digest if more else None,
            "held_back": selectors.is_rating(self.actor, project),
            "names_hidden": protocol_of(project).double_blind,
        }
        return Response(wire.AuditPageSerializer(page).data)


class AuditTableView(ManagedProjectView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(
        operation_id="project_audit_table",
        parameters=[wire.AuditQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        """All acts that fit as CSV, newest first; that it was saved is on record, too (managers)."""
        project = self.project(slug)
        asked = Asked(**self.parse_query(wire.AuditQuery))
        services.note_asked(user=self.actor, project=project, asked=asked)
        services.note_saved(user=self.actor, project=project)
        rows = services.table(user=self.actor, project=project, asked=asked)
        response = StreamingHttpResponse(_sent(request, rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slug}-audit.csv"'
        response["Cache-Control"] = "private, no-store"
        return response


def _sent(request: Request, rows: Iterator[bytes]) -> Any:
    django_request = cast("HttpRequest", getattr(request, "_request", request))
    return awaited(rows) if hasattr(django_request, "scope") else rows


class AuditChoicesView(ManagedProjectView):
    @extend_schema(operation_id="project_audit_choices", responses=wire.AuditChoicesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """By whom and by what the acts can be searched (managers)."""
        people = selectors.people_to_choose(self.project(slug))
        verbs = [{"verb": verb, "title": title} for verb, title in titles().items()]
        return Response(wire.AuditChoicesSerializer({"people": people, "verbs": verbs}).data)


class AuditCheckView(ManagedProjectView):
    def answer(self, project: Project) -> Response:
        return Response(wire.ChainCheckSerializer(selectors.last_check(self.actor, project)).data)

    @extend_schema(operation_id="project_audit_check", responses=wire.ChainCheckSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the last check of the whole chain has shown (managers)."""
        return self.answer(self.project(slug))

    @extend_schema(
        operation_id="project_audit_check_start", request=None, responses={202: wire.ChainCheckSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have the whole chain read, as a job (managers)."""
        project = self.project(slug)
        start_check(actor=self.actor)
        answer = self.answer(project)
        answer.status_code = 202
        return answer


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/audit", AuditView.as_view()),
    path("projects/<slug:slug>/audit/table.csv", AuditTableView.as_view()),
    path("projects/<slug:slug>/audit/choices", AuditChoicesView.as_view()),
    path("projects/<slug:slug>/audit/check", AuditCheckView.as_view()),
]
