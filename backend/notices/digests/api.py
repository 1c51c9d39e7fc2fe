"""REST of one's wish for mail."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.selectors import verified_addresses
from backend.common.api import ApiView
from backend.common.scopes import SESSION_ONLY
from backend.notices.digests import selectors, services
from backend.notices.digests.serializers import MailWishInput, MailWishSerializer
from backend.notices.models import Often


class MailWishView(ApiView):
    scopes = {"PUT": SESSION_ONLY}

    def answer(self) -> Response:
        told = {
            "often": selectors.wish_of(self.actor).often,
            "sends_mail": settings.VERTEBASE_SENDS_MAIL,
            "address": self.actor.email,
            "proved": self.actor.email.lower() in verified_addresses(self.actor),
        }
        return Response(MailWishSerializer(told).data)

    @extend_schema(operation_id="mail_wish", responses=MailWishSerializer)
    def get(self, request: Request) -> Response:
        """How often I am told by mail what is new."""
        return self.answer()

    @extend_schema(operation_id="mail_wish_set", request=MailWishInput, responses=MailWishSerializer)
    def put(self, request: Request) -> Response:
        """Say how often to be told: never, daily or weekly."""
        services.choose_often(user=self.actor, often=Often(self.parse(MailWishInput)["often"]))
        return self.answer()


urlpatterns: list[URLPattern | URLResolver] = [path("me/mail", MailWishView.as_view())]
