"""The page itself, and refusals that arise outside the API's own views."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from backend.common.database import BUSY_CODE, RETRY_SECONDS, UNFINISHED_MESSAGE, is_busy

NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Vertebase</title>
<body style="font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>The front end is not built yet</h1>
<p>The server runs, and its <a href="/api/v1/schema">API</a> answers. To build the pages:</p>
<pre>make setup</pre><p>or, with Node.js at hand, <code>npm ci &amp;&amp; npm run build</code> in
<code>frontend/</code>; then load this page again.</p></body></html>"""


def spa(request: HttpRequest) -> HttpResponse:
    """The single page for every address that is not the API's; it routes in the browser."""
    index = Path(settings.FRONTEND_DIST) / "index.html"
    if not index.is_file():
        return HttpResponse(NOT_BUILT, status=503)
    response = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


API_PREFIX = ("/api/", "/_allauth/")
CODES = {400: "invalid", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
SENTENCES = {
    400: "The request is not valid.",
    403: "You may not do this.",
    404: "Not found.",
    405: "This address does not take that method.",
    413: "The request body is larger than the site takes.",
    500: "Something went wrong in the site. It is in the log; nothing of this request was kept.",
}


def refusal(status: int) -> JsonResponse:
    """A refusal without anything to add, in the form of every other."""
    code = CODES.get(status, "server_error" if status >= 500 else "error")
    message = SENTENCES.get(status, "The request was refused.")
    return JsonResponse({"code": code, "message": message, "extra": {}}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django refuses before a view runs, such as an unknown host."""
    return refusal(400) if request.path.startswith(API_PREFIX) else defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """An error that nobody foresaw; the log has it. A busy database is none, wherever it was met.

    What is met outside of a view (a session that could not be saved) comes here, from Django's `except`.
    """
    error = sys.exception()
    if error is not None and is_busy(error):
        body = {"code": BUSY_CODE, "message": UNFINISHED_MESSAGE, "extra": {}}
        return JsonResponse(body, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return refusal(500) if request.path.startswith(API_PREFIX) else defaults.server_error(request)


def api_not_found(request: HttpRequest) -> JsonResponse:
    """An address under the API's prefix that does not exist."""
    return refusal(404)


def asset_not_found(request: HttpRequest) -> HttpResponse:
    """A file of the front end that is not there (any more): never the page, which a script tag would run."""
    response = HttpResponse("Not found.\n", status=404, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    """A request from a signed-in browser without the CSRF header."""
    return JsonResponse(
        {"code": "csrf_failed", "message": "The CSRF header is missing or wrong.", "extra": {}}, status=403
    )


def healthy(request: HttpRequest) -> JsonResponse:
    """Answers as soon as the process serves; used by the supervisor and by load balancers."""
    return JsonResponse({"ok": True, "version": settings.VERTEBASE_VERSION})
