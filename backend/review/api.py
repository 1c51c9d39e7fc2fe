"""REST of reviewing: the decision, and comments pinned to a place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.annotation.selectors import assignments_visible_to
from backend.common.api import IDEMPOTENCY_KEY, ApiView
from backend.common.places import VoxelField
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.consensus.selectors import agreed_grades_of
from backend.consensus.serializers import AgreedGradeSerializer
from backend.review import services
from backend.review.models import PinnedComment
from backend.review.selectors import author_name, reviews_of


class DecideInput(serializers.Serializer[Any]):
    accept = serializers.BooleanField()
    comment = serializers.CharField(allow_blank=True, default="", max_length=4000)
    active_seconds = serializers.IntegerField(min_value=0, max_value=86400 * 30, default=0)


class ReviewDecisionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    accepted = serializers.BooleanField()
    comment = serializers.CharField()
    created_at = serializers.DateTimeField()


class PinInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    label = serializers.IntegerField(allow_null=True, default=None, min_value=1, max_value=255)  # type: ignore[assignment]
    voxel = VoxelField(allow_null=True, default=None)
    parent = serializers.UUIDField(allow_null=True, default=None)  # type: ignore[assignment]


class CommentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    author = serializers.CharField(help_text="A name only where the reader may know it")
    mine = serializers.BooleanField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxel = VoxelField(allow_null=True)
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]
    text = serializers.CharField()
    resolved = serializers.BooleanField(help_text="Whether the thread that it opened is closed")
    created_at = serializers.DateTimeField()


def comment_row(comment: PinnedComment, reader: User) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "author": author_name(comment, reader),
        "mine": comment.author_id == reader.pk,
        "label": comment.label,
        "voxel": comment.voxel,
        "parent": comment.parent_id,
        "text": comment.text,
        "resolved": comment.resolved_at is not None,
        "created_at": comment.created_at,
    }


class DecisionView(ApiView):
    scopes = OWN_WORK

    @extend_schema(
        operation_id="review_decide",
        parameters=[IDEMPOTENCY_KEY],
        request=DecideInput,
        responses=ReviewDecisionSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Accept the case, or return it with a comment."""
        assignment = one_of(reviews_of(self.actor), assignment_id)
        asked = self.parse(DecideInput)

        def act() -> Response:
            decision = services.decide(assignment_id=assignment.pk, actor=self.actor, **asked)
            return Response(ReviewDecisionSerializer(decision).data)

        return self.once(act)


class ReviewedGradesView(ApiView):
    @extend_schema(operation_id="review_grades", responses=AgreedGradeSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """The grades that stand for the case: what the reviewer accepts beside the mask."""
        assignment = one_of(reviews_of(self.actor), assignment_id)
        return Response(AgreedGradeSerializer(agreed_grades_of(assignment.task.case), many=True).data)


class CommentsView(ApiView):
    scopes = OWN_WORK

    def assignment(self, assignment_id: UUID) -> Assignment:
        return one_of(assignments_visible_to(self.actor), assignment_id)

    @extend_schema(operation_id="comments_list", responses=CommentSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """The comments on this case that I may read."""
        rows = services.read_comments(case=self.assignment(assignment_id).task.case, reader=self.actor)
        return Response(CommentSerializer([comment_row(row, self.actor) for row in rows], many=True).data)

    @extend_schema(
        operation_id="comment_add",
        parameters=[IDEMPOTENCY_KEY],
        request=PinInput,
        responses={201: CommentSerializer},
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Pin a comment to a vertebra or a voxel, or answer one."""
        pin = services.Pin(**self.parse(PinInput))
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            made = services.add_comment(assignment_id=assignment.pk, actor=self.actor, pin=pin)
            return Response(CommentSerializer(comment_row(made, self.actor)).data, status=201)

        return self.once(act)


class ThreadInput(serializers.Serializer[Any]):
    resolved = serializers.BooleanField()


class CommentResolvedView(CommentsView):
    http_method_names = ["put", "options"]

    @extend_schema(
        operation_id="comment_resolve",
        parameters=[IDEMPOTENCY_KEY],
        request=ThreadInput,
        responses=CommentSerializer,
    )
    def put(self, request: Request, assignment_id: UUID, comment_id: UUID) -> Response:
        """Close a thread, or open it again."""
        asked = self.parse(ThreadInput)
        assignment = self.assignment(assignment_id)

        def act() -> Response:
            found = services.resolve_comment(
                assignment_id=assignment.pk, comment_id=comment_id, actor=self.actor, **asked
            )
            return Response(CommentSerializer(comment_row(found, self.actor)).data)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/decision", DecisionView.as_view()),
    path("assignments/<uuid:assignment_id>/agreed-grades", ReviewedGradesView.as_view()),
    path("assignments/<uuid:assignment_id>/comments", CommentsView.as_view()),
    path(
        "assignments/<uuid:assignment_id>/comments/<uuid:comment_id>/resolved", CommentResolvedView.as_view()
    ),
]
