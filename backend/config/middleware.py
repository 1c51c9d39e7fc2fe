"""Headers that no package sets, and the form of refusals."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from backend.config.views import API_PREFIX, refusal


def _in_json(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code < 400 or not request.path.startswith(API_PREFIX):
        return response
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    told = refusal(response.status_code)
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition"):
            told.headers[name] = value
    return told


@sync_and_async_middleware
def api_errors(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., object]:
    """Every refusal under the API is JSON, whichever part of the site or its packages made it."""
    if inspect.iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponseBase:
            return _in_json(request, await get_response(request))

        return middleware

    def sync_middleware(request: HttpRequest) -> HttpResponseBase:
        return _in_json(request, get_response(request))

    return sync_middleware


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
