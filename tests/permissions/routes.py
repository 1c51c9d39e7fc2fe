"""The URL table of the API, read from Django's resolver: what is there, not what somebody listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFIX = "api/v1/"
EXAMPLES = {"uuid": "00000000-0000-0000-0000-000000000007", "int": "20", "slug": "x", "str": "x", "path": "x"}
CONVERTER = re.compile(r"<(?:(\w+):)?\w+>")


@dataclass(frozen=True)
class Route:
    """One method of one address, without the prefix: ``GET`` ``projects/<slug:slug>``."""

    method: str
    path: str
    view: Any

    def address(self) -> str:
        """An address of that form, of things that do not exist."""
        return f"/{PREFIX}" + CONVERTER.sub(lambda found: EXAMPLES[found[1] or "str"], self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _patterns(entries: Any, before: str) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        address = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, address)
        elif isinstance(entry, URLPattern) and address.startswith(PREFIX):
            yield address.removeprefix(PREFIX), entry.callback


def api_routes() -> list[Route]:
    """Every method of every address under the API's prefix; HEAD and OPTIONS go with GET."""
    routes = []
    for path, callback in _patterns(get_resolver().url_patterns, ""):
        view = callback.view_class
        taken = [name for name in METHODS if name.lower() in view.http_method_names]
        routes += [Route(name, path, view) for name in taken if hasattr(view, name.lower())]
    return routes
