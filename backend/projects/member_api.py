"""Members of a project over REST."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.projects import selectors, services
from backend.projects.models import Membership, Role


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()


class MemberSerializer(serializers.ModelSerializer[Membership]):
    user = PersonSerializer(read_only=True)
    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Membership
        fields = (
            "id",
            "user",
            "role",
            "active",
            "away_from",
            "away_until",
            "work_waits",
            "max_open",
            "max_weekly_hours",
            "created_at",
        )
        read_only_fields = fields


class MemberInput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class LimitsInput(serializers.Serializer[Any]):
    """How much work a person gets; null: no limit."""

    max_open = serializers.IntegerField(min_value=0, max_value=1000, allow_null=True)
    max_weekly_hours = serializers.IntegerField(min_value=0, max_value=168, allow_null=True)


class MemberChangesInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    active = serializers.BooleanField(required=False)
    away_from = serializers.DateField(required=False, allow_null=True)
    away_until = serializers.DateField(required=False, allow_null=True)
    limits = LimitsInput(required=False, help_text="Of the person, in all their roles in the project")


class MemberListView(ApiView):
    @extend_schema(operation_id="members", responses=paged(MemberSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """Everybody in the project; for its managers, since raters do not know of each other."""
        project = selectors.project_visible_to(self.actor, slug)
        selectors.require_role(self.actor, project, Role.MANAGER)
        return self.page(selectors.members_of(project), MemberSerializer)

    @extend_schema(operation_id="member_add", request=MemberInput, responses={201: MemberSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Another role for who is in the project; everybody else is invited, and joins by their own yes."""
        project = selectors.project_visible_to(self.actor, slug)
        member = services.add_role(actor=self.actor, project=project, **self.parse(MemberInput))
        return Response(MemberSerializer(member).data, status=201)


class MemberView(ApiView):
    @extend_schema(operation_id="member_update", request=MemberChangesInput, responses=MemberSerializer)
    def patch(self, request: Request, slug: str, member_id: UUID) -> Response:
        project = selectors.project_visible_to(self.actor, slug)
        changes = self.parse(MemberChangesInput)
        member = services.update_member(
            actor=self.actor,
            project=project,
            membership_id=member_id,
            role=changes.get("role"),
            active=changes.get("active"),
            absence=services.Absence(changes.get("away_from"), changes["away_until"])
            if "away_until" in changes
            else None,
            limits=services.Limits(**changes["limits"]) if "limits" in changes else None,
        )
        return Response(MemberSerializer(member).data)

    @extend_schema(operation_id="member_remove", responses={204: None})
    def delete(self, request: Request, slug: str, member_id: UUID) -> Response:
        project = selectors.project_visible_to(self.actor, slug)
        services.remove_member(actor=self.actor, project=project, membership_id=member_id)
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/members", MemberListView.as_view()),
    path("projects/<slug:slug>/members/<uuid:member_id>", MemberView.as_view()),
]
