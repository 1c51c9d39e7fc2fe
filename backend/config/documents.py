"""The documents under ``/docs/``, as `make docs` built them: files from disk, for everybody."""

from __future__ import annotations

import json
import mimetypes
from functools import cache
from pathlib import Path

from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.utils._os import safe_join
from django.utils.cache import patch_cache_control
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

SCRIPTS = "scripts.json"
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Vertebase</title>
<body style="font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>The documents are not built yet</h1><p>The site itself works. To build them:</p><pre>make docs</pre>
<p>The guides are under <a href="/help">Help</a>, too.</p></body></html>"""


@require_safe
def document(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file of the documents; a folder gives its first page."""
    root = Path(settings.DOCUMENTS_DIST)
    if not (root / "index.html").is_file():
        return HttpResponse(NOT_BUILT, status=503)
    try:
        file = Path(safe_join(root, path))
    except SuspiciousFileOperation:
        return _missing()
    if file.is_dir():
        if path and not path.endswith("/"):
            return HttpResponseRedirect(f"{request.path}/")
        file /= "index.html"
    if not file.is_file() or file.name == SCRIPTS:
        return _missing()
    if file.suffix == ".html":
        allowed = {"script-src": list(_scripts(root / SCRIPTS))}
        return csp_update(allowed)(lambda asked: _sent(asked, file))(request)
    return _sent(request, file)


def start(request: HttpRequest) -> HttpResponse:
    """``/docs`` as people type it: links of the first page are relative, so it needs its slash."""
    return HttpResponseRedirect("/docs/")


def _sent(request: HttpRequest, file: Path) -> HttpResponse:
    changed_at = file.stat().st_mtime
    if was_modified_since(request.headers.get("If-Modified-Since"), changed_at):
        kind, _ = mimetypes.guess_type(file.name)
        response = HttpResponse(file.read_bytes(), content_type=_with_charset(kind))
    else:
        response = HttpResponseNotModified()
    response["Last-Modified"] = http_date(changed_at)
    # Names carry no digest of their content: a browser asks whether its copy still holds.
    patch_cache_control(response, no_cache=True)
    return response


def _with_charset(kind: str | None) -> str:
    if kind is None:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/javascript" else kind


def _missing() -> HttpResponse:
    return HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")


@cache
def _scripts(listed: Path) -> tuple[str, ...]:
    """The digests of the scripts that stand in the pages; read once."""
    return tuple(json.loads(listed.read_text()))
