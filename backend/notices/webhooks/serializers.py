"""Wire shapes of webhooks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.notices.models import Delivery, Webhook


class WebhookInput(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.CharField(max_length=80), max_length=50)


class WebhookChangeInput(WebhookInput):
    active = serializers.BooleanField()


class EventKindSerializer(serializers.Serializer[Any]):
    """Something that another program can be told."""

    event = serializers.CharField()
    title = serializers.CharField()


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook without its secret."""

    events = serializers.ListField(child=serializers.CharField())
    waiting = serializers.IntegerField(help_text="Messages that are still to be handed over")
    given_up = serializers.IntegerField(help_text="Messages that were tried for more than a day")
    last_sent_at = serializers.DateTimeField(allow_null=True)
    paused = serializers.BooleanField(
        help_text="By the site: five messages one after the other were given up"
    )

    class Meta:
        model = Webhook
        fields = (
            "id",
            "address",
            "events",
            "active",
            "paused",
            "waiting",
            "given_up",
            "last_sent_at",
            "created_at",
        )
        read_only_fields = fields


class WebhookSecretSerializer(serializers.Serializer[Any]):
    """What signs the messages of a webhook; told when it is made and to nobody later."""

    id = serializers.UUIDField()
    secret = serializers.CharField()


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message, and what became of it."""

    class Meta:
        model = Delivery
        fields = (
            "id",
            "event_id",
            "event",
            "body",
            "state",
            "attempts",
            "created_at",
            "next_at",
            "sent_at",
            "last_status",
            "last_error",
        )
        read_only_fields = fields
