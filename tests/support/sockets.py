"""Sockets spoken to inside the test's own process, without a server."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

PATIENCE_SECONDS = 30.0


@sync_to_async
def open_session(user: Any) -> Any:
    """A browser session of that user, as signing in makes it."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session


class Socket(WebsocketCommunicator):
    """One that waits for an answer as long as a busy machine needs; Channels' own gives up after 1 s."""

    async def connect(self, timeout: float = PATIENCE_SECONDS) -> Any:
        user = self.scope["user"]
        if user.is_authenticated and "session" not in self.scope:
            self.scope["session"] = await open_session(user)
        return await super().connect(max(timeout, PATIENCE_SECONDS))

    async def receive_output(self, timeout: float = PATIENCE_SECONDS) -> Any:
        return await super().receive_output(max(timeout, PATIENCE_SECONDS))

    async def wait(self, timeout: float = PATIENCE_SECONDS) -> None:
        await super().wait(max(timeout, PATIENCE_SECONDS))


def socket_of(user: Any, consumer: Any, address: str, **kwargs: Any) -> Socket:
    """A socket to `consumer`, not yet connected, as `user`; `kwargs` are those of its route."""
    socket = Socket(consumer.as_asgi(), address)
    socket.scope["user"] = user
    socket.scope["url_route"] = {"kwargs": kwargs}
    return socket
