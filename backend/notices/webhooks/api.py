"""REST of webhooks: other programs that are told what happens in a project."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import paged
from backend.common.scopes import SESSION_ONLY, Scope
from backend.common.selectors import one_of
from backend.notices.kinds import TOLD
from backend.notices.models import Webhook
from backend.notices.webhooks import selectors, services
from backend.notices.webhooks import serializers as wire
from backend.projects.managed import ManagedProjectView


class _WebhookView(ManagedProjectView):
    scopes = {"GET": Scope.MANAGE.value}  # an address may hold a key of the other program

    def webhook(self, slug: str, webhook_id: UUID) -> Webhook:
        return selectors.webhook_of(self.project(slug), webhook_id)

    def shown(self, webhook: Webhook) -> Response:
        row = selectors.webhook_of(webhook.project, webhook.pk)
        return Response(wire.WebhookSerializer(row).data)


class WebhooksView(_WebhookView):
    scopes = {"GET": Scope.MANAGE.value, "POST": SESSION_ONLY}

    @extend_schema(operation_id="webhooks", responses=wire.WebhookSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Programs that are told what happens in the project (managers)."""
        rows = selectors.webhooks_of(self.project(slug))
        return Response(wire.WebhookSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="webhook_add", request=wire.WebhookInput, responses={201: wire.WebhookSecretSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Tell another program; the secret that signs the messages is told this once (managers)."""
        made = services.add_webhook(
            actor=self.actor, project=self.project(slug), **self.parse(wire.WebhookInput)
        )
        return Response(wire.WebhookSecretSerializer({"id": made.pk, "secret": made.secret}).data, status=201)


class WebhookEventsView(_WebhookView):
    @extend_schema(operation_id="webhook_events", responses=wire.EventKindSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """What can be told (managers)."""
        self.project(slug)
        rows = [{"event": verb.value, "title": title} for verb, title in TOLD.items()]
        return Response(wire.EventKindSerializer(rows, many=True).data)


class WebhookView(_WebhookView):
    scopes = {"PUT": SESSION_ONLY, "DELETE": SESSION_ONLY}

    @extend_schema(
        operation_id="webhook_change", request=wire.WebhookChangeInput, responses=wire.WebhookSerializer
    )
    def put(self, request: Request, slug: str, webhook_id: UUID) -> Response:
        """Change address and events, switch it off and on (managers)."""
        webhook = self.webhook(slug, webhook_id)
        said = self.parse(wire.WebhookChangeInput)
        return self.shown(services.change_webhook(actor=self.actor, webhook=webhook, **said))

    @extend_schema(operation_id="webhook_remove", responses={204: None})
    def delete(self, request: Request, slug: str, webhook_id: UUID) -> Response:
        """Tell it nothing more, and forget what was sent (managers)."""
        services.remove_webhook(actor=self.actor, webhook=self.webhook(slug, webhook_id))
        return Response(status=204)


class WebhookSecretView(_WebhookView):
    scopes = {"POST": SESSION_ONLY}

    @extend_schema(operation_id="webhook_renew_secret", request=None, responses=wire.WebhookSecretSerializer)
    def post(self, request: Request, slug: str, webhook_id: UUID) -> Response:
        """Another secret; the former signs nothing any more (managers)."""
        renewed = services.renew_secret(actor=self.actor, webhook=self.webhook(slug, webhook_id))
        return Response(wire.WebhookSecretSerializer({"id": renewed.pk, "secret": renewed.secret}).data)


class WebhookTryView(_WebhookView):
    @extend_schema(operation_id="webhook_try", request=None, responses={202: wire.DeliverySerializer})
    def post(self, request: Request, slug: str, webhook_id: UUID) -> Response:
        """Send a message that says `ping` (managers)."""
        made = services.try_webhook(actor=self.actor, webhook=self.webhook(slug, webhook_id))
        return Response(wire.DeliverySerializer(made).data, status=202)


class DeliveriesView(_WebhookView):
    @extend_schema(operation_id="webhook_deliveries", responses=paged(wire.DeliverySerializer))
    def get(self, request: Request, slug: str, webhook_id: UUID) -> Response:
        """What was sent or waits to be, newest first (managers)."""
        return self.page(selectors.deliveries_of(self.webhook(slug, webhook_id)), wire.DeliverySerializer)


class DeliveryAgainView(_WebhookView):
    @extend_schema(operation_id="webhook_send_again", request=None, responses={202: wire.DeliverySerializer})
    def post(self, request: Request, slug: str, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Send one of its messages once more, the same to the byte (managers)."""
        delivery = one_of(selectors.deliveries_of(self.webhook(slug, webhook_id)), delivery_id)
        again = services.send_again(actor=self.actor, delivery=delivery)
        return Response(wire.DeliverySerializer(again).data, status=202)


_ONE = "projects/<slug:slug>/webhooks/<uuid:webhook_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/webhooks", WebhooksView.as_view()),
    path("projects/<slug:slug>/webhooks/events", WebhookEventsView.as_view()),
    path(_ONE, WebhookView.as_view()),
    path(f"{_ONE}/secret", WebhookSecretView.as_view()),
    path(f"{_ONE}/try", WebhookTryView.as_view()),
    path(f"{_ONE}/deliveries", DeliveriesView.as_view()),
    path(f"{_ONE}/deliveries/<uuid:delivery_id>/again", DeliveryAgainView.as_view()),
]
