"""REST of all accounts of the site, for its administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts import administration
from backend.accounts.models import User
from backend.accounts.selectors import left_without_manager
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
        )
        read_only_fields = fields

    def get_alone_in(self, account: User) -> list[str]:
        alone: dict[UUID, list[str]] = self.context["alone"]
        return alone.get(account.pk, [])


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
    return {"alone": left_without_manager([account.pk for account in accounts])}


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


urlpatterns: list[URLPattern | URLResolver] = [
    path("site/accounts", AccountListView.as_view()),
    path("site/accounts/<uuid:account_id>", AccountView.as_view()),
]
