"""REST of what happened in a project, for programs that ask: a list, or as server-sent events."""

from __future__ import annotations

import json
from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from backend.notices.webhooks.following import events_after
from backend.projects.managed import ManagedProjectView

AGAIN_MS = 5000  # an EventSource asks again after so long; nobody holds a connection open


class EventStreamRenderer(BaseRenderer):
    """Server-sent events: those that there are, and when to come again for more."""

    media_type = "text/event-stream"
    format = "json"  # no other word to ask for it by: Accept alone chooses
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        lines = [f"retry: {AGAIN_MS}\n"]
        for one in data.get("events", []):
            lines.append(f"id: {one['id']}\nevent: {one['event']}\ndata: {json.dumps(one)}\n")
        if "cursor" not in data:
            lines.append(f"event: refused\ndata: {json.dumps(data)}\n")
        elif data["cursor"] and not data["events"]:
            lines.append(f"id: {data['cursor']}\n")
        return "\n".join([*lines, ""]).encode()


class EventsQuery(serializers.Serializer[Any]):
    after = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        default="",
        help_text="The id of the last event that is known; `now`: only what comes; left out: all",
    )


class EventSubjectSerializer(serializers.Serializer[Any]):
    """What it happened to."""

    kind = serializers.CharField(help_text="`case` or `release`")
    id = serializers.UUIDField()
    name = serializers.CharField()


class EventSerializer(serializers.Serializer[Any]):
    """Something that happened, as a webhook is told it: nobody is named, and nothing of tasks and masks."""

    id = serializers.CharField()
    event = serializers.CharField()
    at = serializers.CharField(help_text="ISO 8601, UTC")
    project = serializers.CharField()
    subject = EventSubjectSerializer(allow_null=True)


class EventsSerializer(serializers.Serializer[Any]):
    """Events, oldest first."""

    events = EventSerializer(many=True)
    cursor = serializers.CharField(allow_blank=True, help_text="What to ask `after` next")
    more = serializers.BooleanField(help_text="There are more already")


class ProjectEventsView(ManagedProjectView):
    renderer_classes = [JSONRenderer, EventStreamRenderer]

    @extend_schema(
        operation_id="project_events",
        parameters=[EventsQuery],
        responses={(200, "application/json"): EventsSerializer},
    )
    def get(self, request: Request, slug: str) -> Response:
        """What happened after an event (managers): what webhooks are told, for programs that ask.

        With `Accept: text/event-stream` as server-sent events; `Last-Event-ID` stands for `after` then.
        """
        project = self.project(slug)
        after = self.parse_query(EventsQuery)["after"]
        followed = events_after(project, request.headers.get("Last-Event-ID") or after)
        told = {"events": followed.events, "cursor": followed.cursor, "more": followed.more}
        return Response(told)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/events", ProjectEventsView.as_view()),
]
