"""A chunk of any length is kept piece by piece, and what came before a line broke is kept."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.common.tus_pieces import ChunksInPieces, Message

PATH = "/api/v1/uploads/0b9f2f6e-51d6-4f1e-8a55-0d2d6f1f4a11/"


class Shelf:
    """An application that keeps one upload: answers 204 at its offset, 409 elsewhere, 413 beyond its size."""

    def __init__(self, size: int) -> None:
        self.kept = b""
        self.size = size
        self.calls: list[tuple[str, int]] = []

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = dict(scope["headers"])
        self.calls.append((scope["method"], len(body)))
        offset = int(headers.get(b"upload-offset", b"0"))
        status = 204
        if offset != len(self.kept):
            status = 409
        elif offset + len(body) > self.size:
            status = 413
        else:
            self.kept += body
        answer = [(b"upload-offset", b"%d" % len(self.kept))]
        await send({"type": "http.response.start", "status": status, "headers": answer})
        await send({"type": "http.response.body", "body": b""})


def ask(
    shelf: Shelf,
    *parts: bytes,
    breaks: bool = False,
    method: str = "PATCH",
    path: str = PATH,
    length: bool = True,
    **headers: str,
) -> tuple[int, dict[bytes, bytes]] | None:
    """Send a chunk in the given parts; None where the line broke and nobody was answered."""
    given = {"upload-offset": "0"} | {k.replace("_", "-"): v for k, v in headers.items()}
    if length:
        given["content-length"] = str(sum(map(len, parts)) + 10 * breaks)
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": breaks or part is not parts[-1]} for part in parts
    ]
    if breaks:
        messages.append({"type": "http.disconnect"})
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(key.encode(), value.encode()) for key, value in given.items()],
    }
    asyncio.run(ChunksInPieces(shelf, piece_bytes=4)(scope, receive, send))
    return (sent[0]["status"], dict(sent[0]["headers"])) if sent else None


@pytest.mark.parametrize("parts", [[b"0123456789"], [b"01", b"23456", b"7", b"89"], [b"01234567", b"89"]])
@pytest.mark.parametrize("length", [True, False])
def test_a_long_chunk_arrives_in_pieces(parts: list[bytes], length: bool) -> None:
    shelf = Shelf(10)
    assert ask(shelf, *parts, length=length) == (204, {b"upload-offset": b"10"})
    assert shelf.kept == b"0123456789"
    assert [size for _, size in shelf.calls] == [4, 4, 2]


def test_a_chunk_of_whole_pieces_has_no_empty_one_behind() -> None:
    shelf = Shelf(8)
    assert ask(shelf, b"01234567") == (204, {b"upload-offset": b"8"})
    assert [size for _, size in shelf.calls] == [4, 4]


def test_what_came_before_the_line_broke_is_kept() -> None:
    shelf = Shelf(20)
    assert ask(shelf, b"01234", b"56", breaks=True) is None
    assert shelf.kept == b"0123456"


@pytest.mark.parametrize(("offset", "status", "kept"), [("3", 409, b""), ("0", 413, b"0123")])
def test_a_refused_piece_is_the_answer_and_the_last(offset: str, status: int, kept: bytes) -> None:
    shelf = Shelf(6)
    answer = ask(shelf, b"0123456789", upload_offset=offset)
    assert answer is not None
    assert answer[0] == status
    assert shelf.kept == kept


@pytest.mark.parametrize(
    "how",
    [
        {"upload_checksum": "sha1 aaaa"},
        {"upload_offset": "one"},
        {"method": "PUT"},
        {"path": "/api/v1/masks/"},
    ],
)
def test_other_requests_go_through_as_they_are(how: dict[str, Any]) -> None:
    shelf = Shelf(10)
    how = {"upload_offset": "0"} | how
    if how["upload_offset"] == "one":
        with pytest.raises(ValueError, match="one"):
            ask(shelf, b"0123456789", **how)
    else:
        ask(shelf, b"0123456789", **how)
    assert shelf.calls == [(how.get("method", "PATCH"), 10)]


def test_the_method_may_be_overridden_where_tus_says_so() -> None:
    shelf = Shelf(10)
    assert ask(shelf, b"0123456789", method="POST", x_http_method_override="PATCH") is not None
    assert shelf.calls[0][0] == "PATCH"
    shelf = Shelf(10)
    ask(shelf, b"0123", method="POST", x_http_method_override="GET")
    assert shelf.calls[0][0] == "POST"
