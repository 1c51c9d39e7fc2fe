"""Groups of people over REST, for the managers of a project."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import paged
from backend.projects import groups
from backend.projects.managed import ManagedProjectView
from backend.projects.models import PeopleGroup

MOST_AT_ONCE = 500


class PeopleGroupSerializer(serializers.ModelSerializer[PeopleGroup]):
    """A group of people, by their ids."""

    user_ids = serializers.SerializerMethodField()

    class Meta:
        model = PeopleGroup
        fields = ("id", "name", "user_ids", "created_at")
        read_only_fields = fields

    def get_user_ids(self, group: PeopleGroup) -> list[UUID]:
        return sorted(user.pk for user in group.people.all())


class PeopleGroupInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80)


def _people_ids() -> serializers.ListField:
    return serializers.ListField(child=serializers.UUIDField(), default=list, max_length=MOST_AT_ONCE)


class GroupPeopleInput(serializers.Serializer[Any]):
    """Who is put in and who is taken out, by the ids of people; the others stay as they are."""

    put_in = _people_ids()
    take_out = _people_ids()


class GroupListView(ManagedProjectView):
    @extend_schema(operation_id="groups", responses=paged(PeopleGroupSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """Groups of people, by name; for managers, since raters do not know of each other."""
        return self.page(groups.groups_of(self.project(slug)), PeopleGroupSerializer)

    @extend_schema(
        operation_id="group_create", request=PeopleGroupInput, responses={201: PeopleGroupSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a group with nobody in it."""
        group = groups.make_group(
            actor=self.actor, project=self.project(slug), **self.parse(PeopleGroupInput)
        )
        return Response(PeopleGroupSerializer(group).data, status=201)


class GroupView(ManagedProjectView):
    @extend_schema(operation_id="group_rename", request=PeopleGroupInput, responses=PeopleGroupSerializer)
    def put(self, request: Request, slug: str, group_id: UUID) -> Response:
        """Give a group another name."""
        group = groups.rename_group(
            actor=self.actor,
            project=self.project(slug),
            group_id=group_id,
            **self.parse(PeopleGroupInput),
        )
        return Response(PeopleGroupSerializer(group).data)

    @extend_schema(operation_id="group_delete", responses={204: None})
    def delete(self, request: Request, slug: str, group_id: UUID) -> Response:
        """Delete a group; its people stay in the project."""
        groups.delete_group(actor=self.actor, project=self.project(slug), group_id=group_id)
        return Response(status=204)


class GroupPeopleView(ManagedProjectView):
    @extend_schema(operation_id="group_people", request=GroupPeopleInput, responses=PeopleGroupSerializer)
    def post(self, request: Request, slug: str, group_id: UUID) -> Response:
        """Put people in and take people out, many at once."""
        group = groups.change_people(
            actor=self.actor,
            project=self.project(slug),
            group_id=group_id,
            **self.parse(GroupPeopleInput),
        )
        return Response(PeopleGroupSerializer(group).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/groups", GroupListView.as_view()),
    path("projects/<slug:slug>/groups/<uuid:group_id>", GroupView.as_view()),
    path("projects/<slug:slug>/groups/<uuid:group_id>/people", GroupPeopleView.as_view()),
]
