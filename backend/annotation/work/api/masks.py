"""REST of the mask in hand: as it stands, its edits, the engine's doubt."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.work.api.base import MASK, MASK_RESPONSE, AssignmentView, BytesParser, mask_response
from backend.annotation.work.selectors.doubt import engine_doubt
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.serializers import masks as wire
from backend.annotation.work.services import working
from backend.masks.selectors import operations_after


class AssignmentMaskView(AssignmentView):
    tells = {"GET": MASK}

    @extend_schema(operation_id="assignment_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, assignment_id: UUID) -> HttpResponse:
        """The mask as it stands (VBD1); headers X-Vertebase-Revision and X-Vertebase-Digest."""
        state = mask_state(self.assignment(assignment_id))
        return mask_response(state.array, revision=state.revision, digest=state.digest)


def _header(name: str, *, required: bool, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=required, description=description
    )


class AssignmentDoubtView(AssignmentView):
    tells = {"GET": MASK}

    @extend_schema(operation_id="assignment_doubt", responses=MASK_RESPONSE)
    def get(self, request: Request, assignment_id: UUID) -> HttpResponse:
        """Where the engine doubted the mask that the work starts from (VBD1): 0 certain to 255 one bit.

        404 `no_doubt` where another than an engine made that mask.
        """
        return mask_response(engine_doubt(self.assignment(assignment_id)), revision=0, digest="")


class OperationsView(AssignmentView):
    parser_classes = [BytesParser]

    @extend_schema(
        operation_id="operations_list",
        parameters=[wire.OperationsQuery],
        responses=wire.OperationSerializer(many=True),
    )
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """The deltas after a revision, in order."""
        after = self.parse_query(wire.OperationsQuery)["after"]
        session = self.assignment(assignment_id).session
        rows = operations_after(session, after) if session else []
        return Response([operation_row(row) for row in rows])

    @extend_schema(
        operation_id="operation_append",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            _header("X-Operation-Id", required=True, description="UUID; the same one on every retry"),
            _header("X-Base-Revision", required=True, description="the revision the delta was made on"),
            _header("X-Operation-Kind", required=True, description="brush, erase, undo, ..."),
            _header("X-Operation-Label", required=False, description="label number, where there is one"),
        ],
        responses=wire.SavedSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Append one VBD1 delta; 409 `stale_base` when the mask has moved on meanwhile."""
        assignment = self.assignment(
            assignment_id
        )  # first: whoever may not know of it is told nothing of the request
        headers = wire.EditHeadersSerializer(
            data={
                "operation_id": request.headers.get("X-Operation-Id"),
                "base_revision": request.headers.get("X-Base-Revision"),
                "kind": request.headers.get("X-Operation-Kind"),
                "label": request.headers.get("X-Operation-Label") or None,
            }
        )
        headers.is_valid(raise_exception=True)
        body: Any = request.data  # bytes from the parser; something empty where there is no body
        delta = working.Edit(payload=bytes(body) if body else b"", **headers.validated_data)
        operation = working.edit(assignment_id=assignment.pk, edit=delta)
        return Response(
            wire.SavedSerializer(
                {
                    "revision": operation.revision,
                    "digest": operation.digest,
                    "saved_at": operation.created_at,
                }
            ).data
        )


def operation_row(operation: Any) -> dict[str, Any]:
    return {
        "revision": operation.revision,
        "operation_id": str(operation.operation_id),
        "kind": operation.kind,
        "label": operation.label,
        "payload_b64": base64.b64encode(bytes(operation.payload)).decode(),
    }


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/mask", AssignmentMaskView.as_view()),
    path("assignments/<uuid:assignment_id>/doubt", AssignmentDoubtView.as_view()),
    path("assignments/<uuid:assignment_id>/operations", OperationsView.as_view()),
]
