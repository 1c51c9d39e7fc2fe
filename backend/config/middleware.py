"""Headers that no package sets."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def isolation_headers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., object]:
    """Cross-origin isolation, without which browsers give the viewer no SharedArrayBuffer."""

    def add(response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    if inspect.iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            return add(await get_response(request))

        return middleware

    def sync_middleware(request: HttpRequest) -> HttpResponseBase:
        return add(get_response(request))

    return sync_middleware
