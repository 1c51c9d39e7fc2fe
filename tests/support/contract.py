"""Answers of the API held against its own OpenAPI schema, as they are given.

As a middleware (`watching`) it sees what every test client is answered: an undescribed status, header or kind
of body, a refusal that is none of the form that all have, and a body that is not as described are faults.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test.utils import override_settings
from drf_spectacular.renderers import OpenApiJsonRenderer

from backend.common.schema import Generator
from tests.support import bodies
from tests.support.made_once import ROOT, made_once

PREFIX = "/api/v1/"
UNDESCRIBED = {"GET /api/v1/schema"}  # the description itself
# What every answer of the site has, whatever it is about: the web's own, and the site's headers of safety
EVERYWHERE = frozenset(
    {
        *("content-type", "content-length", "content-language", "vary", "allow", "set-cookie"),
        *("x-frame-options", "x-content-type-options", "referrer-policy", "content-security-policy"),
        *("cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy"),
    }
)
JSON = "application/json"
LOOKED_AT = 4  # answers of each operation in each process
looked_at: Counter[str] = Counter()
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
faults: list[str] = []


@functools.cache
def schema() -> dict[str, Any]:
    """The OpenAPI schema as the code makes it now: by the first process of tests that asks."""

    def make() -> bytes:
        generator: Any = Generator  # drf-spectacular, its base, has no types
        made: bytes = OpenApiJsonRenderer().render(generator().get_schema(request=None, public=True))
        return made

    sources = (ROOT / "backend").rglob("*.py")
    found: dict[str, Any] = json.loads(made_once("schema", [*sources, ROOT / "requirements.txt"], make))
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, where it is named by reference."""
    while "$ref" in part:
        found: Any = schema()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def _parameter(found: re.Match[str]) -> str:
    return f"{{{found[1]}}}"


def operation_of(method: str, route: str) -> dict[str, Any] | None:
    """What the schema says of a method of a Django route; HEAD goes with GET unless it is described."""
    path = schema()["paths"].get("/" + CONVERTER.sub(_parameter, route), {})
    found: dict[str, Any] | None = path.get(method.lower()) or (path.get("get") if method == "HEAD" else None)
    return found


def faults_of(method: str, route: str, response: HttpResponseBase) -> list[str]:
    """What the schema does not say of an answer."""
    called = f"{method} /{route}"
    operation = operation_of(method, route)
    if operation is None:
        return [f"{called} is not in the schema"]
    told = operation["responses"].get(str(response.status_code))
    if told is None:
        return [f"{called} answers {response.status_code}"]
    told = resolved(told)
    described = {name.lower() for name in told.get("headers", {})} | EVERYWHERE
    found = [
        f"{called} {response.status_code} sends {name}"
        for name in response.headers
        if name.lower() not in described
    ]
    if response.status_code >= 400:
        body = json.loads(response.content) if method != "HEAD" else None  # type: ignore[attr-defined]
        if body is not None and set(body) != {"code", "message", "extra"}:
            found.append(f"{called} {response.status_code} has the body {body}")
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    kinds = set(told.get("content", {}))
    if kinds and response.status_code != 204 and kind not in kinds:
        found.append(f"{called} {response.status_code} is {kind}, not {sorted(kinds)}")
    elif kind == JSON and response.status_code < 300 and method != "HEAD":
        found += [
            f"{called} {response.status_code} {fault}" for fault in _body_faults(called, told, response)
        ]
    return found


def _body_faults(called: str, told: dict[str, Any], response: HttpResponseBase) -> list[str]:
    """Where a success's body differs from what is told. Of each operation the first answers are looked at:
    reading all of them would take longer than the tests."""
    looked_at[called] += 1
    if looked_at[called] > LOOKED_AT or response.streaming:
        return []
    body = json.loads(response.content)  # type: ignore[attr-defined]
    return bodies.faults(body, told["content"][JSON]["schema"], schema()["components"])


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Notes the faults of every answer under the API."""

    def watch(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        method = request.method or ""
        if match is None or not request.path.startswith(PREFIX) or method == "OPTIONS":
            return response
        if match.url_name is None and not hasattr(match.func, "view_class"):
            return response  # an address that is not there
        if f"{method} /{match.route}" not in UNDESCRIBED and response.status_code != 405:
            faults.extend(faults_of(method, match.route, response))
        return response

    return watch


@contextmanager
def watching() -> Iterator[list[str]]:
    """Within it every client of Django's that is made notes its faults in the list that this gives."""
    faults.clear()
    watched = [f"{__name__}.middleware", *settings.MIDDLEWARE]
    with override_settings(MIDDLEWARE=watched):
        yield faults
