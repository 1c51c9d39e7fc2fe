"""Invitations over REST: for managers under the project, for the invited under `/me` or by their link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.selectors import user_by_email
from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.common.scopes import SESSION_ONLY
from backend.projects import invitations, selectors
from backend.projects.models import Invitation, Role


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation that was not taken up, as managers see it."""

    role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    group_id = serializers.UUIDField(read_only=True, allow_null=True)
    group_name = serializers.CharField(source="group.name", read_only=True, allow_null=True)
    invited_by = serializers.CharField(source="invited_by.name", read_only=True)

    class Meta:
        model = Invitation
        fields = (
            "id",
            "email",
            "role",
            "group_id",
            "group_name",
            "invited_by",
            "created_at",
            "expires_at",
            "mailed_at",
            "declined_at",
        )
        read_only_fields = fields


class NewInvitationSerializer(InvitationSerializer):
    """With its link, which is told this once, and null where it was mailed to the invited."""

    link = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Invitation
        fields = (*InvitationSerializer.Meta.fields, "link")
        read_only_fields = fields


class InvitationInput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    group_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="A group of people that whoever accepts joins"
    )


class InvitationListView(ApiView):
    @extend_schema(operation_id="invitations", responses=paged(InvitationSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """Invitations that nobody has taken up."""
        project = selectors.project_visible_to(self.actor, slug)
        selectors.require_role(self.actor, project, Role.MANAGER)
        return self.page(invitations.listed(project), InvitationSerializer)

    @extend_schema(
        operation_id="invitation_create", request=InvitationInput, responses={201: NewInvitationSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Offer a role to an address, with or without an account; a second time ends the former link."""
        project = selectors.project_visible_to(self.actor, slug)
        invited = invitations.invite(
            actor=self.actor,
            project=project,
            # Behind '#', the secret never reaches a server's or a proxy's log.
            link_of=lambda token: request.build_absolute_uri(f"/invitation#{token}"),
            **self.parse(InvitationInput),
        )
        body = {**InvitationSerializer(invited.invitation).data, "link": invited.link}
        return Response(body, status=201)


class InvitationView(ApiView):
    @extend_schema(operation_id="invitation_withdraw", responses={204: None})
    def delete(self, request: Request, slug: str, invitation_id: UUID) -> Response:
        project = selectors.project_visible_to(self.actor, slug)
        invitations.withdraw(actor=self.actor, project=project, invitation_id=invitation_id)
        return Response(status=204)


class InvitationTokenInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=100)


class AcceptInput(InvitationTokenInput):
    display_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    password = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", trim_whitespace=False
    )


class OfferSerializer(serializers.Serializer[Any]):
    """What the holder of a link is offered."""

    project_name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    invited_by = serializers.CharField()
    expires_at = serializers.DateTimeField()
    has_account = serializers.BooleanField()


class AcceptedSerializer(serializers.Serializer[Any]):
    project_slug = serializers.CharField()
    email = serializers.EmailField()


class OfferView(ApiView):
    permission_classes = ()
    tells = {"POST": Told(refuses=(404,))}

    @extend_schema(
        operation_id="invitation_offer", request=InvitationTokenInput, responses=OfferSerializer, auth=[]
    )
    def post(self, request: Request) -> Response:
        """What a link offers; 404 where it is no longer open."""
        invitation = invitations.by_token(self.parse(InvitationTokenInput)["token"])
        return Response(
            {
                "project_name": invitation.project.name,
                "email": invitation.email,
                "role": invitation.role,
                "invited_by": invitation.invited_by.name,
                "expires_at": invitation.expires_at,
                "has_account": user_by_email(invitation.email) is not None,
            }
        )


class AcceptView(ApiView):
    permission_classes = ()
    tells = {"POST": Told(refuses=(404,))}
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(
        operation_id="invitation_accept", request=AcceptInput, responses={201: AcceptedSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """Take an invitation up: with a new account, or as who one is signed in as."""
        user = self.actor if self.actor.is_authenticated else None
        member = invitations.accept(user=user, **self.parse(AcceptInput))
        body = {"project_slug": member.project.slug, "email": member.user.email}
        return Response(body, status=201)


class MyInvitationSerializer(serializers.Serializer[Any]):
    """A role that is offered to the signed-in person."""

    id = serializers.UUIDField()
    project_name = serializers.CharField(source="project.name")
    role = serializers.ChoiceField(choices=Role.choices)
    invited_by = serializers.CharField(source="invited_by.name")
    expires_at = serializers.DateTimeField()


class MyInvitationListView(ApiView):
    @extend_schema(operation_id="my_invitations", responses=MyInvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What is offered to one's own verified addresses."""
        return Response(MyInvitationSerializer(invitations.offers_to(self.actor), many=True).data)


class AnswerInput(serializers.Serializer[Any]):
    accepts = serializers.BooleanField()


class AnsweredSerializer(serializers.Serializer[Any]):
    project_slug = serializers.CharField(allow_null=True, help_text="Null where it was declined")


class MyInvitationView(ApiView):
    scopes = {"PUT": SESSION_ONLY}  # a person's own yes

    @extend_schema(operation_id="my_invitation_answer", request=AnswerInput, responses=AnsweredSerializer)
    def put(self, request: Request, invitation_id: UUID) -> Response:
        """Take an offer up, or decline it."""
        member = invitations.answer(user=self.actor, invitation_id=invitation_id, **self.parse(AnswerInput))
        return Response({"project_slug": member.project.slug if member is not None else None})


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/invitations", InvitationListView.as_view()),
    path("projects/<slug:slug>/invitations/<uuid:invitation_id>", InvitationView.as_view()),
    path("me/invitations", MyInvitationListView.as_view()),
    path("me/invitations/<uuid:invitation_id>", MyInvitationView.as_view()),
    path("invitations/offer", OfferView.as_view()),
    path("invitations/accept", AcceptView.as_view()),
]
