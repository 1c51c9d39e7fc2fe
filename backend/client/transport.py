"""Requests to one site: signed, sent again where that is safe, refusals as errors."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Self
from urllib.parse import quote, urlsplit

import httpx

from .errors import Unreachable, VertebaseError, refusal

PATIENCE_SECONDS = 120.0  # for how long one request is tried
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 20.0
TIMEOUT = httpx.Timeout(120.0, connect=20.0)
PAGE_SIZE = 200
BUSY = frozenset({429, 503})  # the site says that nothing was changed
BETWEEN = frozenset({502, 504})  # a proxy's: who knows what the site did
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TUS_VERSION = "1.0.0"


def part(value: str | int) -> str:
    """One part of an address, whatever stands in it."""
    return quote(str(value), safe="")


class Pauses:
    """How long to wait before a request is sent again; the end of patience raises what went wrong.

    ``stop`` ends a wait early.
    """

    def __init__(self, patience_seconds: float, stop: threading.Event | None = None) -> None:
        self._until = time.monotonic() + patience_seconds
        self._next = FIRST_PAUSE_SECONDS
        self._stop = stop or threading.Event()

    def wait(self, why: VertebaseError, asked_seconds: float | None = None) -> None:
        """Wait as long as the site asks, else a little longer each time."""
        pause = self._next if asked_seconds is None else asked_seconds
        if time.monotonic() + pause > self._until:
            raise why
        self._next = min(2 * self._next, LONGEST_PAUSE_SECONDS)
        self._stop.wait(pause)


class Transport:
    """A connection to the site at ``url``, as the person whose ``token`` it is; may be shared by threads.

    Raises ``VertebaseError`` where the token would travel unencrypted; ``insecure`` allows it.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        insecure: bool = False,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise VertebaseError(f"{url!r} is no address of a site: it starts with https://")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not insecure:
            raise VertebaseError(f"{url} is not encrypted, and anybody on the way could read the token")
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self.patience_seconds = patience_seconds
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, */*"}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        content_type: str = "",
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, BinaryIO] | None = None,
        repeatable: bool = False,
        keyed: bool = False,
    ) -> httpx.Response:
        """One request; its answer where the site accepts.

        ``repeatable`` says that a write may be sent again after a broken connection; ``keyed`` that it gets
        an ``Idempotency-Key`` for that. Raises ``SiteError``, ``Unreachable``.
        """
        said = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        request = self._client.build_request(
            method,
            path,
            params=said or None,  # an empty one would take away what the path itself asks
            headers=self._headers(path, headers, content_type, keyed=keyed),
            json=body,
            content=content,
            data=dict(form) if form is not None else None,
            files=dict(files) if files is not None else None,
        )
        once_only = files is not None  # a stream cannot be read twice
        return self._tried(request, again=(repeatable or method in SAFE_METHODS) and not once_only)

    def json(self, method: str, path: str, **arguments: Any) -> Any:
        """The JSON of the answer; None where it is empty."""
        response = self.send(method, path, **arguments)
        return response.json() if response.content else None

    def pages(self, path: str, *, query: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The rows of a list, page by page as they are asked for."""
        page = 1
        while True:
            found = self.json("GET", path, query={**(query or {}), "page": page, "page_size": PAGE_SIZE})
            yield from found["results"]
            if not found["next"]:
                return
            page += 1

    @contextmanager
    def streaming(self, path: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """An answer whose body has not been read; not tried again. Raises as ``send`` does."""
        try:
            with self._client.stream("GET", path, headers=dict(headers)) as response:
                if response.status_code >= 300 and response.status_code != 416:
                    response.read()
                    raise refusal(response.status_code, _body(response))
                yield response
        except httpx.TransportError as broken:
            raise Unreachable(f"{self.url} broke off: {_said(broken)}") from broken

    def _headers(
        self, path: str, given: Mapping[str, Any] | None, content_type: str, *, keyed: bool
    ) -> dict[str, str]:
        headers = {name: str(value) for name, value in (given or {}).items() if value is not None}
        if content_type:
            headers["Content-Type"] = content_type
        if keyed:
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if path.startswith("/api/v1/uploads/"):
            headers["Tus-Resumable"] = TUS_VERSION
        return headers

    def _tried(self, request: httpx.Request, *, again: bool) -> httpx.Response:
        pauses = Pauses(self.patience_seconds)
        while True:
            try:
                response = self._client.send(request)
            except httpx.TransportError as broken:
                error = Unreachable(f"{self.url} does not answer: {_said(broken)}")
                never_arrived = isinstance(broken, httpx.ConnectError | httpx.ConnectTimeout)
                if not (again or never_arrived):
                    raise error from broken
                pauses.wait(error)
                continue
            if response.status_code < 300:
                return response
            refused = refusal(response.status_code, _body(response))
            if response.status_code not in BUSY and not (again and response.status_code in BETWEEN):
                raise refused
            pauses.wait(refused, retry_after(response))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds after which the site wants to be asked again; None where it does not say in seconds."""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdigit() else None


def _body(response: httpx.Response) -> Any:
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        return None
    try:
        return response.json()
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
