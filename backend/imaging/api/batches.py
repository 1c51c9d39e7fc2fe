"""REST of batches of uploads."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.imaging import selectors
from backend.imaging.serializers import BatchQuery, BatchSerializer
from backend.imaging.services import uploads, withdrawing
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


class BatchListView(ApiView):
    tells = {"POST": Told(refuses=(404, 413))}

    @extend_schema(operation_id="batches", responses=paged(BatchSerializer))
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return self.page(selectors.batches_of(project), BatchSerializer)

    @extend_schema(
        operation_id="batch_create", request=None, parameters=[BatchQuery], responses={201: BatchSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Open a batch; 413 where its files would go over what the project or the site may keep."""
        project = project_visible_to(self.actor, slug)
        batch = uploads.create_batch(actor=self.actor, project=project, **self.parse_query(BatchQuery))
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch.pk)).data, status=201)


class BatchView(ApiView):
    @extend_schema(operation_id="batch", responses=BatchSerializer)
    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


class BatchProcessView(ApiView):
    @extend_schema(operation_id="batch_process", request=None, responses=BatchSerializer)
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Start the ingest; asked again, it changes nothing."""
        uploads.process_batch(actor=self.actor, batch=selectors.batch_visible_to(self.actor, batch_id))
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


class BatchWithdrawView(ApiView):
    @extend_schema(operation_id="batch_withdraw", request=None, responses=BatchSerializer)
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Take back an upload that is incomplete, stuck, failed or refused whole; its files are deleted."""
        batch = selectors.batch_visible_to(self.actor, batch_id)
        withdrawing.withdraw_batch(actor=self.actor, batch=batch)
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/batches", BatchListView.as_view()),
    path("batches/<uuid:batch_id>", BatchView.as_view()),
    path("batches/<uuid:batch_id>/process", BatchProcessView.as_view()),
    path("batches/<uuid:batch_id>/withdraw", BatchWithdrawView.as_view()),
]
