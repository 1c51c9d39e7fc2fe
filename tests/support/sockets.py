"""Sockets spoken to inside the test's own process, without a server."""

from __future__ import annotations

from typing import Any

from channels.testing import WebsocketCommunicator

PATIENCE_SECONDS = 30.0


class Socket(WebsocketCommunicator):
    """One that waits for an answer as long as a busy machine needs; Channels' own gives up after 1 s."""

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
