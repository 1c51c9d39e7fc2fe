"""Pages whose head is written for programs that read no JavaScript, search engines foremost."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from backend.common.errors import NotFound
from backend.config.views import spa
from backend.releases.publishing.head import catalogue_head, head_of
from backend.releases.publishing.selectors import page_for

USUAL = re.compile(r"<title>.*?</title>|<meta name=\"description\"[^>]*>", re.DOTALL)


def catalogue_page(request: HttpRequest) -> HttpResponse:
    """The catalogue of public releases."""
    return _with_head(spa(request), catalogue_head())


def release_page(request: HttpRequest, release_id: UUID) -> HttpResponse:
    """The page of a release; of one that is not there for whoever asks, the page that says so, with 404."""
    response = spa(request)
    try:
        release = page_for(request.user, release_id)
    except NotFound:
        response.status_code = 404 if response.status_code == 200 else response.status_code
        return response
    return _with_head(response, head_of(release, request.build_absolute_uri(f"/data/{release_id}")))


def _with_head(response: HttpResponse, head: str) -> HttpResponse:
    """The page with this head in place of its own title and description."""
    if response.status_code == 200:
        text = USUAL.sub("", response.content.decode())
        response.content = text.replace("</head>", f"    {head}\n  </head>", 1).encode()
    return response
