"""Websocket addresses."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from backend.realtime.consumers import AssignmentConsumer, ProjectConsumer


class UnknownAddress(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Any other address: closed at once instead of an error in the log."""

    async def connect(self) -> None:
        await self.close(4404)


websocket_urlpatterns: list[Any] = [
    path("ws/projects/<slug:slug>/", ProjectConsumer.as_asgi()),
    path("ws/assignments/<uuid:assignment_id>/", AssignmentConsumer.as_asgi()),
    re_path(r"^.*$", UnknownAddress.as_asgi()),
]
