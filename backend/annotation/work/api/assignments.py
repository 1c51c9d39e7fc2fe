"""REST of one's own work: the list, the next one, opening, giving back, handing in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.selectors import (
    assignments_releasable_by,
    assignments_visible_to,
)
from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.selectors.details import assignment_detail, assignment_summary
from backend.annotation.work.selectors.findings import FindingAnswer, findings_of
from backend.annotation.work.selectors.lists import work_list
from backend.annotation.work.selectors.workload import load_of
from backend.annotation.work.serializers import assignments as wire
from backend.annotation.work.services import submitting, working
from backend.annotation.work.services.giving import cancel_assignment
from backend.annotation.work.services.readiness import make_ready, waiting_for
from backend.annotation.work.services.taking import next_assignment
from backend.common.api import IDEMPOTENCY_KEY, ApiView, paged
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.projects.selectors import project_visible_to


class AssignmentListView(ApiView):
    @extend_schema(
        operation_id="assignments_list",
        parameters=[wire.AssignmentQuery],
        responses=paged(wire.AssignmentSummarySerializer),
    )
    def get(self, request: Request) -> Response:
        """My own work over all projects, returned work first."""
        state = self.parse_query(wire.AssignmentQuery)["state"]
        return self.page(_Summaries(work_list(self.actor, state)), wire.AssignmentSummarySerializer)


class _Summaries(Sequence[dict[str, Any]]):
    """The page's rows as the wire wants them; sliced before anything is read."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return int(self._rows.count())

    def __getitem__(self, span: Any) -> Any:
        return [assignment_summary(row) for row in self._rows[span]]


class WaitingView(ApiView):
    @extend_schema(operation_id="work_waiting", responses=wire.WaitingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """In which projects work waits for me, and of which kind."""
        return Response(wire.WaitingSerializer(waiting_for(self.actor), many=True).data)


class NextAssignmentView(ApiView):
    scopes = OWN_WORK

    @extend_schema(
        operation_id="next_assignment",
        request=None,
        responses={200: wire.AssignmentSerializer, 204: OpenApiResponse(description="Nothing waits for you")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """The task I should work on now; the same one until it is handed in or given back."""
        project = project_visible_to(self.actor, slug)
        make_ready(user=self.actor, project=project)
        assignment = next_assignment(user=self.actor, project=project)
        if assignment is None:
            return Response(status=204)
        fresh = one_of(assignments_visible_to(self.actor), assignment.pk)
        return Response(wire.AssignmentSerializer(assignment_detail(fresh)).data)


class MyLoadView(ApiView):
    @extend_schema(operation_id="my_load", responses=wire.LoadSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What I have in hand in a project, my limits there, and why I get nothing new just now."""
        project = project_visible_to(self.actor, slug)
        return Response(wire.LoadSerializer(load_of(self.actor, project)).data)


class ReleaseAssignmentView(ApiView):
    scopes = OWN_WORK

    @extend_schema(operation_id="assignment_release", request=None, responses={204: None})
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Give work back (one's own; managers: anybody's)."""
        assignment = one_of(assignments_releasable_by(self.actor), assignment_id)
        cancel_assignment(assignment_id=assignment.pk, actor=self.actor)
        return Response(status=204)


class AssignmentDetailView(AssignmentView):
    @extend_schema(operation_id="assignment_get", responses=wire.AssignmentSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """Everything the workstation needs."""
        return Response(wire.AssignmentSerializer(assignment_detail(self.assignment(assignment_id))).data)


class OpenAssignmentView(AssignmentView):
    @extend_schema(operation_id="assignment_open", request=None, responses=wire.AssignmentSerializer)
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Begin: makes the edit session where the mask is edited. Safe to repeat."""
        working.open_assignment(assignment_id=self.assignment(assignment_id).pk, actor=self.actor)
        return Response(wire.AssignmentSerializer(assignment_detail(self.assignment(assignment_id))).data)


class SubmitView(AssignmentView):
    @extend_schema(
        operation_id="assignment_submit",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.SubmitInput,
        responses=wire.SubmissionSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Hand in. 409 `digest_mismatch`, `findings_unanswered` or `naming_unanswered`.

        400 `gradings_missing` with labels.
        """
        said = self.parse(wire.SubmitInput)
        return self.once(lambda: self._submit(assignment_id, said))

    def _submit(self, assignment_id: UUID, said: dict[str, Any]) -> Response:
        answers = tuple(FindingAnswer(**answer) for answer in said.pop("answers", []))
        seen = said.pop("seen", None)
        hand_in = submitting.HandIn(**said, answers=answers, seen=tuple(seen) if seen is not None else None)
        assignment = self.assignment(assignment_id)
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


class ActiveTimeView(AssignmentView):
    @extend_schema(
        operation_id="assignment_active_time",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.ActiveTimeInput,
        responses=wire.ActiveTimeSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Add time that was worked since the last report."""
        seconds = self.parse(wire.ActiveTimeInput)["seconds"]
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            total = working.add_active_time(assignment_id=assignment.pk, seconds=seconds)
            return Response(wire.ActiveTimeSerializer({"active_seconds": total}).data)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments", AssignmentListView.as_view()),
    path("assignments/waiting", WaitingView.as_view()),
    path("projects/<slug:slug>/next-assignment", NextAssignmentView.as_view()),
    path("projects/<slug:slug>/my-load", MyLoadView.as_view()),
    path("assignments/<uuid:assignment_id>", AssignmentDetailView.as_view()),
    path("assignments/<uuid:assignment_id>/open", OpenAssignmentView.as_view()),
    path("assignments/<uuid:assignment_id>/release", ReleaseAssignmentView.as_view()),
    path("assignments/<uuid:assignment_id>/submit", SubmitView.as_view()),
    path("assignments/<uuid:assignment_id>/active-time", ActiveTimeView.as_view()),
]
