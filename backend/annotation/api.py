"""REST of one's own work: the list, the next task, opening, editing, grading, handing in."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.annotation import serializers as wire
from backend.annotation.details import assignment_detail, assignment_summary, naming_question
from backend.annotation.doubt import engine_doubt
from backend.annotation.findings import FindingAnswer, findings_of
from backend.annotation.measuring import measured_now, measurements_view
from backend.annotation.models import Assignment, AssignmentState
from backend.annotation.quality_api import urlpatterns as quality_patterns
from backend.annotation.refining import RefineVertebra
from backend.annotation.selectors import (
    WORKING_STATES,
    assignments_releasable_by,
    assignments_visible_to,
    tasks_managed_by,
)
from backend.annotation.services import assigning, naming_answers, submitting, working
from backend.annotation.surfaces import surfaces_of
from backend.common.api import IDEMPOTENCY_KEY, ApiView, paged
from backend.common.errors import NotFound, TooLarge
from backend.common.scopes import OWN_WORK
from backend.projects.selectors import project_visible_to
from backend.science.edits import encode_mask

MAX_DELTA_BYTES = 64 << 20
MASK_MEDIA_TYPE = "application/vnd.vertebase.mask"
SURFACES_MEDIA_TYPE = "application/vnd.vertebase.surfaces"
STATES = {
    "open": WORKING_STATES,
    "submitted": (AssignmentState.SUBMITTED,),
    "all": (*WORKING_STATES, AssignmentState.SUBMITTED),
}


class BytesParser(BaseParser):
    """The body as it came, up to the largest delta."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: bytes = stream.read(MAX_DELTA_BYTES + 1)
        if len(body) > MAX_DELTA_BYTES:
            raise TooLarge(message="One edit may take 64 MB at the most.")
        return body


class AssignmentView(ApiView):
    """Base of views on one of the user's own assignments; anybody else's does not exist (404)."""

    scopes = OWN_WORK

    def assignment(self, pk: UUID) -> Assignment:
        found = assignments_visible_to(self.actor).filter(pk=pk).first()
        if found is None:
            raise NotFound
        return found


def mask_response(array: Any, *, revision: int, digest: str) -> HttpResponse:
    """A mask as VBD1 with its revision and digest."""
    response = HttpResponse(encode_mask(array), content_type=MASK_MEDIA_TYPE)
    response["X-Vertebase-Revision"] = str(revision)
    response["X-Vertebase-Digest"] = digest
    response["Cache-Control"] = "private, no-store"
    return response


MASK_RESPONSE = {(200, MASK_MEDIA_TYPE): OpenApiTypes.BINARY}


class AssignmentList(ApiView):
    @extend_schema(
        operation_id="assignments_list",
        parameters=[wire.AssignmentQuerySerializer],
        responses=paged(wire.AssignmentSummarySerializer),
    )
    def get(self, request: Request) -> Response:
        """My own work over all projects, returned work first."""
        state = self.parse_query(wire.AssignmentQuerySerializer)["state"]
        rows = (
            assignments_visible_to(self.actor)
            .filter(state__in=STATES[state])
            .order_by("-state" if state == "open" else "-submitted_at", "-task__case__priority", "created_at")
        )
        return self.page(_Summaries(rows), wire.AssignmentSummarySerializer)


class _Summaries(Sequence[dict[str, Any]]):
    """The page's rows as the wire wants them; sliced before anything is read."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return int(self._rows.count())

    def __getitem__(self, span: Any) -> Any:
        return [assignment_summary(row) for row in self._rows[span]]


class NextAssignment(ApiView):
    scopes = OWN_WORK

    @extend_schema(
        operation_id="next_assignment",
        request=None,
        responses={200: wire.AssignmentSerializer, 204: OpenApiResponse(description="Nothing waits for you")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """The task I should work on now; the same one until it is handed in or given back."""
        project = project_visible_to(self.actor, slug)
        assigning.make_ready(user=self.actor, project=project)
        assignment = assigning.next_assignment(user=self.actor, project=project)
        if assignment is None:
            return Response(status=204)
        fresh = assignments_visible_to(self.actor).get(pk=assignment.pk)
        return Response(wire.AssignmentSerializer(assignment_detail(fresh)).data)


class AssignTask(ApiView):
    @extend_schema(
        operation_id="task_assign",
        request=wire.AssignSerializer,
        responses={201: wire.TaskAssignmentSerializer},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Give a task to somebody (manager)."""
        task = tasks_managed_by(self.actor).filter(pk=pk).first()
        user_id = self.parse(wire.AssignSerializer)["user_id"]
        user = User.objects.filter(
            pk=user_id, is_active=True, memberships__project=task.case.project if task else None
        ).first()
        if task is None or user is None:
            raise NotFound
        made = assigning.assign(task_id=task.pk, user=user, actor=self.actor)
        return Response(wire.TaskAssignmentSerializer(task_assignment_row(made)).data, status=201)


def task_assignment_row(assignment: Assignment) -> dict[str, Any]:
    """An assignment as managers see it."""
    return {
        "id": assignment.pk,
        "slot": assignment.slot,
        "rater": {"id": assignment.rater_id, "name": assignment.rater.name},
        "state": assignment.state,
        "submitted_at": assignment.submitted_at,
        "active_seconds": assignment.active_seconds,
        "pace": None,
        "never_in_view": None,
    }


class ReleaseAssignment(ApiView):
    scopes = OWN_WORK

    @extend_schema(operation_id="assignment_release", request=None, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """Give work back (one's own; managers: anybody's)."""
        assignment = assignments_releasable_by(self.actor).filter(pk=pk).first()
        if assignment is None:
            raise NotFound
        assigning.cancel_assignment(assignment_id=assignment.pk, actor=self.actor)
        return Response(status=204)


class AssignmentDetail(AssignmentView):
    @extend_schema(operation_id="assignment_get", responses=wire.AssignmentSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Everything the workstation needs."""
        return Response(wire.AssignmentSerializer(assignment_detail(self.assignment(pk))).data)


class OpenAssignment(AssignmentView):
    @extend_schema(operation_id="assignment_open", request=None, responses=wire.AssignmentSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Begin: makes the edit session where the mask is edited. Safe to repeat."""
        working.open_assignment(assignment_id=self.assignment(pk).pk, actor=self.actor)
        return Response(wire.AssignmentSerializer(assignment_detail(self.assignment(pk))).data)


class AssignmentMask(AssignmentView):
    @extend_schema(operation_id="assignment_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The mask as it stands (VBD1); headers X-Vertebase-Revision and X-Vertebase-Digest."""
        state = working.mask_state(self.assignment(pk))
        return mask_response(state.array, revision=state.revision, digest=state.digest)


def _header(name: str, *, required: bool, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=required, description=description
    )


class AssignmentDoubt(AssignmentView):
    @extend_schema(operation_id="assignment_doubt", responses=MASK_RESPONSE)
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """Where the engine doubted the mask that the work starts from (VBD1): 0 certain to 255 one bit.

        404 `no_doubt` where another than an engine made that mask.
        """
        return mask_response(engine_doubt(self.assignment(pk)), revision=0, digest="")


class Operations(AssignmentView):
    parser_classes = [BytesParser]

    @extend_schema(
        operation_id="operations_list",
        parameters=[wire.OperationsQuerySerializer],
        responses=wire.OperationSerializer(many=True),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """The deltas after a revision, in order."""
        after = self.parse_query(wire.OperationsQuerySerializer)["after"]
        session = self.assignment(pk).session
        rows = session.operations.filter(revision__gt=after).order_by("revision") if session else []
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
    def post(self, request: Request, pk: UUID) -> Response:
        """Append one VBD1 delta; 409 `stale_base` when the mask has moved on meanwhile."""
        assignment = self.assignment(pk)  # first: whoever may not know of it is told nothing of the request
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
        edit = working.Edit(payload=bytes(body) if body else b"", **headers.validated_data)
        operation = working.edit(assignment_id=assignment.pk, edit=edit)
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


class NamingAnswered(AssignmentView):
    @extend_schema(
        operation_id="naming_answer",
        request=wire.NamingAnswerInput,
        responses=wire.NamingQuestionSerializer,
    )
    def put(self, request: Request, pk: UUID) -> Response:
        """Say whether names that the engine guessed are right.

        409 `naming_answer_unfit` (the mask tells otherwise) and `naming_not_asked`.
        """
        assignment = self.assignment(pk)
        said = self.parse(wire.NamingAnswerInput)
        naming_answers.answer_naming(assignment_id=assignment.pk, actor=self.actor, **said)
        return Response(wire.NamingQuestionSerializer(naming_question(self.assignment(pk))).data)


class Findings(AssignmentView):
    @extend_schema(operation_id="findings_list", responses=wire.FindingSerializer(many=True))
    def get(self, request: Request, pk: UUID) -> Response:
        """What looks implausible in my mask: order, gaps, islands, cut-off vertebrae."""
        return Response(wire.FindingSerializer(findings_of(self.assignment(pk)), many=True).data)


class Measurements(AssignmentView):
    @extend_schema(
        operation_id="assignment_measurements",
        parameters=[wire.MeasurementQuerySerializer],
        responses=wire.MeasurementSerializer(many=True),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        """Heights of the gradable vertebrae of my mask; what they suggest, once I have answered."""
        asked = self.parse_query(wire.MeasurementQuerySerializer)
        assignment = self.assignment(pk)
        if "label" in asked:
            rows = [measured_now(assignment, asked["label"])]
        else:
            rows = measurements_view(assignment)
        return Response(wire.MeasurementSerializer(rows, many=True).data)


class Surfaces(AssignmentView):
    @extend_schema(
        operation_id="assignment_surfaces",
        parameters=[wire.SurfacesQuerySerializer],
        responses={(200, SURFACES_MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """Surfaces of the vertebrae of my mask (VBS1), less those that `have` names by their digest.

        Header X-Vertebase-Digest names the mask, X-Vertebase-Shapes all its levels with the digests of their
        voxels (20:0123456789abcdef,21:...).
        """
        answer = surfaces_of(self.assignment(pk), **self.parse_query(wire.SurfacesQuerySerializer))
        response = HttpResponse(answer.content, content_type=SURFACES_MEDIA_TYPE)
        response["X-Vertebase-Digest"] = answer.mask_digest
        response["X-Vertebase-Shapes"] = ",".join(f"{k}:{digest}" for k, digest in answer.shapes.items())
        response["Cache-Control"] = "private, no-store"
        return response


class Submit(AssignmentView):
    @extend_schema(
        operation_id="assignment_submit",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.SubmitSerializer,
        responses=wire.SubmissionSerializer,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Hand in. 409 `digest_mismatch`, `findings_unanswered` or `naming_unanswered`.

        400 `gradings_missing` with labels.
        """
        said = self.parse(wire.SubmitSerializer)
        return self.once(lambda: self._submit(pk, said))

    def _submit(self, pk: UUID, said: dict[str, Any]) -> Response:
        answers = tuple(FindingAnswer(**answer) for answer in said.pop("answers", []))
        seen = said.pop("seen", None)
        hand_in = submitting.HandIn(**said, answers=answers, seen=tuple(seen) if seen is not None else None)
        assignment = self.assignment(pk)
        if assignment.session is not None:
            findings_of(assignment)  # worked out and kept before rows are locked: the CT has to be read
        made = submitting.submit(assignment_id=assignment.pk, actor=self.actor, hand_in=hand_in)
        row = {
            "id": made.pk,
            "digest": made.mask.digest if made.mask is not None else None,
            "edited_voxels": made.edited_voxels,
            "created_at": made.created_at,
        }
        return Response(wire.SubmissionSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments", AssignmentList.as_view()),
    path("projects/<slug:slug>/next-assignment", NextAssignment.as_view()),
    path("tasks/<uuid:pk>/assign", AssignTask.as_view()),
    path("assignments/<uuid:pk>", AssignmentDetail.as_view()),
    path("assignments/<uuid:pk>/open", OpenAssignment.as_view()),
    path("assignments/<uuid:pk>/release", ReleaseAssignment.as_view()),
    path("assignments/<uuid:pk>/mask", AssignmentMask.as_view()),
    path("assignments/<uuid:pk>/doubt", AssignmentDoubt.as_view()),
    path("assignments/<uuid:pk>/refine", RefineVertebra.as_view()),
    path("assignments/<uuid:pk>/operations", Operations.as_view()),
    path("assignments/<uuid:pk>/naming-answer", NamingAnswered.as_view()),
    path("assignments/<uuid:pk>/findings", Findings.as_view()),
    path("assignments/<uuid:pk>/measurements", Measurements.as_view()),
    path("assignments/<uuid:pk>/surfaces", Surfaces.as_view()),
    path("assignments/<uuid:pk>/submit", Submit.as_view()),
    *quality_patterns,
]
