"""Chunks of any length, taken piece by piece.

A tus client may send a whole file as one chunk, and stock clients do unless they are told otherwise. Django
gathers a body before it hands it on, so that what a broken line has brought would be lost, and a large file
would be on disk twice. In front of it, such a chunk is cut into chunks of the size that the browser sends:
each is kept as soon as it is there, and what came before a line broke is kept, too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]  # of scope, receive and send, as each library types them
Headers = list[tuple[bytes, bytes]]

PIECE_BYTES = 8 << 20
_UPLOAD = re.compile(r"^/api/v1/uploads/(predictions/)?[0-9a-f-]{36}/$")
_OVERRIDABLE = frozenset({"PATCH", "DELETE", "HEAD"})
_NO_CONTENT = 204


def header(headers: Headers, name: bytes) -> bytes | None:
    """The header's value; None where it is not sent."""
    return next((value for key, value in headers if key.lower() == name), None)


class ChunksInPieces:
    """ASGI around ``application``: long tus chunks reach it as several of at most ``piece_bytes``.

    tus's ``X-HTTP-Method-Override`` is honoured for uploads, for clients behind proxies that know no PATCH.
    A chunk with a checksum is left whole: it is kept whole or not at all.
    """

    def __init__(self, application: Application, *, piece_bytes: int = PIECE_BYTES) -> None:
        self.application = application
        self.piece_bytes = piece_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _UPLOAD.match(scope["path"]):
            await self.application(scope, receive, send)
            return
        asked = (header(scope["headers"], b"x-http-method-override") or b"").decode("latin-1").upper()
        if scope["method"] == "POST" and asked in _OVERRIDABLE:
            scope = {**scope, "method": asked}
        if scope["method"] == "PATCH" and self._is_long(scope["headers"]):
            await self._in_pieces(scope, receive, send)
        else:
            await self.application(scope, receive, send)

    def _is_long(self, headers: Headers) -> bool:
        offset = header(headers, b"upload-offset") or b""
        if header(headers, b"upload-checksum") is not None or not offset.isdigit():
            return False
        length = header(headers, b"content-length")
        return length is None or (length.isdigit() and int(length) > self.piece_bytes)

    async def _in_pieces(self, scope: Message, receive: Receive, send: Send) -> None:
        offset = int(header(scope["headers"], b"upload-offset") or 0)
        waiting = bytearray()
        ended = gone = False
        while True:
            while len(waiting) < self.piece_bytes and not ended:
                message = await receive()
                gone = message["type"] == "http.disconnect"
                waiting += message.get("body", b"")
                ended = gone or not message.get("more_body", False)
            piece = bytes(waiting[: self.piece_bytes])
            del waiting[: self.piece_bytes]
            answer = _Answer()
            await self.application(_piece_scope(scope, offset, len(piece)), _Body(piece), answer)
            if answer.status != _NO_CONTENT or (ended and not waiting):
                if not gone:
                    await answer.pass_on(send)
                return
            offset += len(piece)


def _piece_scope(scope: Message, offset: int, length: int) -> Message:
    replaced = (b"content-length", b"upload-offset", b"transfer-encoding", b"expect")
    headers = [(key, value) for key, value in scope["headers"] if key.lower() not in replaced]
    headers += [(b"content-length", b"%d" % length), (b"upload-offset", b"%d" % offset)]
    return {**scope, "headers": headers}


class _Body:
    """Gives the piece, then nothing: the sender of a piece does not go away."""

    def __init__(self, piece: bytes) -> None:
        self._piece: bytes | None = piece

    async def __call__(self) -> Message:
        if self._piece is None:
            await asyncio.Event().wait()
        piece, self._piece = self._piece, None
        return {"type": "http.request", "body": piece, "more_body": False}


@dataclass
class _Answer:
    """What the application answers to a piece, held back until it is known to be the last."""

    messages: list[Message] = field(default_factory=list)

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return next((int(m["status"]) for m in self.messages if m["type"] == "http.response.start"), 500)

    async def pass_on(self, send: Send) -> None:
        for message in self.messages:
            await send(message)
