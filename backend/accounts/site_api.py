"""REST of all accounts of the site, for its administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts import administration, signing_in
from backend.accounts.models import User
from backend.accounts.selectors import left_without_manager
from backend.audit.acts.sentences import sentence
from backend.audit.models import Record
from backend.common.api import ApiView, paged
from backend.common.contract import Told
from backend.common.scopes import SESSION_ONLY


class AccountSerializer(serializers.ModelSerializer[User]):
    """An account as administrators of the site see it; the context comes from `_about`."""

    name = serializers.CharField(read_only=True)
    project_right = serializers.BooleanField(
        read_only=True, help_text="May create projects; staff may anyhow"
    )
    alone_in = serializers.SerializerMethodField(
        help_text="Names of projects of which this is the only manager whose account is on"
    )

    sessions = serializers.SerializerMethodField(help_text="Browsers that are signed in")
    tokens = serializers.SerializerMethodField(help_text="Tokens for scripts that work")

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "name",
            "is_staff",
            "is_active",
            "project_right",
            "date_joined",
            "last_login",
            "alone_in",
            "sessions",
            "tokens",
        )
        read_only_fields = fields

    def get_alone_in(self, account: User) -> list[str]:
        alone: dict[UUID, list[str]] = self.context["alone"]
        return alone.get(account.pk, [])

    def get_sessions(self, account: User) -> int:
        doors: dict[UUID, tuple[int, int]] = self.context["doors"]
        return doors[account.pk][0]

    def get_tokens(self, account: User) -> int:
        doors: dict[UUID, tuple[int, int]] = self.context["doors"]
        return doors[account.pk][1]


class SiteActQuery(serializers.Serializer[Any]):
    account = serializers.UUIDField(required=False, help_text="Whose account, or who acted")
    kind = serializers.ChoiceField(choices=signing_in.KINDS, required=False, help_text="Else all")


class SiteActSerializer(serializers.ModelSerializer[Record]):
    """What was done with an account; the context comes from `_about_acts`."""

    actor = serializers.SerializerMethodField(help_text="Null: the site, or somebody unknown")
    account = serializers.SerializerMethodField(
        help_text="Null: none has the address that was tried, or it is of the site"
    )
    text = serializers.SerializerMethodField()

    class Meta:
        model = Record
        fields = ("digest", "at", "actor", "account", "verb", "text")
        read_only_fields = fields

    def get_actor(self, record: Record) -> str | None:
        return record.actor.name if record.actor is not None else None

    def get_account(self, record: Record) -> str | None:
        if record.subject_kind == signing_in.TOKEN:
            return self.get_actor(record)
        accounts: dict[str, User] = self.context["accounts"]
        account = accounts.get(record.subject_id)
        return account.email if account is not None else None

    def get_text(self, record: Record) -> str:
        return sentence(record.verb, record.detail, {})


class AccountQuery(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, help_text="Parts of the name or address")
    active = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Switched on, or off; else both"
    )


class AccountChangesInput(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    active = serializers.BooleanField(required=False)
    may_create_projects = serializers.BooleanField(required=False)


def _about(accounts: list[User]) -> dict[str, Any]:
    ids = [account.pk for account in accounts]
    return {"alone": left_without_manager(ids), "doors": signing_in.open_doors(ids)}


def _about_acts(records: list[Record]) -> dict[str, Any]:
    return {"accounts": signing_in.accounts_of(records)}


class AccountListView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(
        operation_id="site_accounts", parameters=[AccountQuery], responses=paged(AccountSerializer)
    )
    def get(self, request: Request) -> Response:
        """All accounts by name (administrators of the site)."""
        accounts = administration.accounts_listed_to(self.actor, **self.parse_query(AccountQuery))
        return self.page(accounts, AccountSerializer, _about)


class AccountView(ApiView):
    tells = {"PATCH": Told(refuses=(404,))}
    scopes = {"PATCH": SESSION_ONLY}

    @extend_schema(
        operation_id="site_account_change", request=AccountChangesInput, responses=AccountSerializer
    )
    def patch(self, request: Request, account_id: UUID) -> Response:
        """Switch an account off or on, let it create projects or no longer (administrators of the site)."""
        asked = self.parse(AccountChangesInput)
        account = administration.change_account(account_id=account_id, actor=self.actor, **asked)
        return Response(AccountSerializer(account, context=_about([account])).data)


class AccountSignOutView(ApiView):
    tells = {"POST": Told(refuses=(404,))}
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(operation_id="site_account_sign_out", request=None, responses=AccountSerializer)
    def post(self, request: Request, account_id: UUID) -> Response:
        """End all sessions and tokens of an account, which stays on (administrators of the site)."""
        account = administration.sign_out_everywhere(account_id=account_id, actor=self.actor)
        return Response(AccountSerializer(account, context=_about([account])).data)


class SiteActsView(ApiView):
    scopes = {"GET": SESSION_ONLY}

    @extend_schema(operation_id="site_acts", parameters=[SiteActQuery], responses=paged(SiteActSerializer))
    def get(self, request: Request) -> Response:
        """Who signed in, where it was refused, what was done with accounts (administrators of the site)."""
        acts = signing_in.acts_listed_to(self.actor, **self.parse_query(SiteActQuery))
        return self.page(acts, SiteActSerializer, _about_acts)


urlpatterns: list[URLPattern | URLResolver] = [
    path("site/accounts", AccountListView.as_view()),
    path("site/accounts/<uuid:account_id>", AccountView.as_view()),
    path("site/accounts/<uuid:account_id>/sign-out", AccountSignOutView.as_view()),
    path("site/acts", SiteActsView.as_view()),
]
