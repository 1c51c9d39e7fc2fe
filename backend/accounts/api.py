"""Accounts over REST: oneself, one's tokens, what a visitor may know of the site. Sign-in is allauth's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts import selectors, services
from backend.accounts.models import ApiToken, Language, User
from backend.common.api import ApiView
from backend.common.contract import Told
from backend.common.scopes import SESSION_ONLY, Scope


class ProjectBriefSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()


class MyMembershipSerializer(serializers.Serializer[Any]):
    project = ProjectBriefSerializer()
    role = serializers.CharField()


class MeSerializer(serializers.ModelSerializer[User]):
    """The signed-in person."""

    memberships = serializers.SerializerMethodField()
    may_create_projects = serializers.BooleanField(read_only=True)
    language = serializers.CharField(read_only=True, help_text="Of the pages and mails; empty: never chosen")

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "display_name",
            "is_staff",
            "may_create_projects",
            "preferences",
            "language",
            "memberships",
        )
        read_only_fields = fields

    @extend_schema_field(MyMembershipSerializer(many=True))
    def get_memberships(self, user: User) -> list[dict[str, Any]]:
        return selectors.membership_rows(user)


class MeInput(serializers.Serializer[Any]):
    display_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    preferences = serializers.DictField(required=False)
    language = serializers.ChoiceField(choices=Language.choices, required=False)


class MeView(ApiView):
    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(self.actor).data)

    @extend_schema(operation_id="me_update", request=MeInput, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        user = services.update_profile(user=self.actor, **self.parse(MeInput))
        return Response(MeSerializer(user).data)


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ("id", "name", "scope", "created_at", "expires_at", "last_used_at")
        read_only_fields = fields


class TokenInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=Scope.choices, required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class NewTokenSerializer(TokenSerializer):
    """A token with its text, which is shown this once."""

    token = serializers.CharField(read_only=True)

    class Meta:
        model = ApiToken
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class TokenListView(ApiView):
    scopes = {"GET": SESSION_ONLY, "POST": SESSION_ONLY}

    @extend_schema(operation_id="tokens", responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(TokenSerializer(selectors.tokens_of(self.actor), many=True).data)

    @extend_schema(operation_id="token_create", request=TokenInput, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        """A new token: without an end given it lasts 90 days, without a scope it may only read."""
        token, text = services.create_token(user=self.actor, **self.parse(TokenInput))
        return Response({**TokenSerializer(token).data, "token": text}, status=201)


class TokenView(ApiView):
    scopes = {"DELETE": SESSION_ONLY}

    @extend_schema(operation_id="token_revoke", responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        services.revoke_token(user=self.actor, token_id=token_id)
        return Response(status=204)


class ProjectRightInput(serializers.Serializer[Any]):
    email = serializers.EmailField()
    allowed = serializers.BooleanField()


class ProjectRightSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    may_create_projects = serializers.BooleanField()


class ProjectRightView(ApiView):
    tells = {"PUT": Told(refuses=(404,))}
    scopes = {"PUT": SESSION_ONLY}

    @extend_schema(operation_id="project_right", request=ProjectRightInput, responses=ProjectRightSerializer)
    def put(self, request: Request) -> Response:
        """Let an account create projects, or no longer; for administrators of the site."""
        asked = self.parse(ProjectRightInput)
        user = services.allow_projects_by_email(actor=self.actor, **asked)
        return Response(ProjectRightSerializer(user).data)


class DemoAccountSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    password = serializers.CharField()
    role = serializers.CharField()
    display_name = serializers.CharField()


class ConfigSerializer(serializers.Serializer[Any]):
    site_name = serializers.CharField()
    version = serializers.CharField()
    open_signup = serializers.BooleanField()
    sends_mail = serializers.BooleanField()
    contact = serializers.CharField(help_text="Whom to ask about this site; may be empty")
    demo_accounts = DemoAccountSerializer(many=True)


@method_decorator(ensure_csrf_cookie, name="get")
class ConfigView(ApiView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="config", responses=ConfigSerializer, auth=[])
    def get(self, request: Request) -> Response:
        """What a visitor may know of the site; demo accounts in the embedded demo only."""
        return Response(
            {
                "site_name": settings.VERTEBASE_SITE_NAME,
                "version": settings.VERTEBASE_VERSION,
                "open_signup": selectors.sign_up_is_open(),
                "sends_mail": settings.VERTEBASE_SENDS_MAIL,
                "contact": settings.VERTEBASE_CONTACT,
                "demo_accounts": selectors.demo_accounts(),
            }
        )


urlpatterns: list[URLPattern | URLResolver] = [
    path("me", MeView.as_view()),
    path("me/tokens", TokenListView.as_view()),
    path("me/tokens/<uuid:token_id>", TokenView.as_view()),
    path("project-rights", ProjectRightView.as_view()),
    path("config", ConfigView.as_view()),
]
