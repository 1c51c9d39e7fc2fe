"""The pages of the API under ``/api/docs``: Swagger UI from the site itself, so that no network is needed.

Nothing is asked of another host, and no script stands in the page: the site's content policy holds.
"""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_safe

from backend.config.views import api_not_found

_SIDECAR = "drf_spectacular_sidecar"  # the package that holds the files
_OF_SWAGGER = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Vertebase</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="stylesheet" href="/api/docs/theme.css">
</head>
<body>
<noscript>This page needs JavaScript; the <a href="/api/v1/schema">schema itself</a> does not.</noscript>
<div id="api"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
# Reading can be tried from the page, as whoever is signed in; what changes something is not sent from here.
START = """"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();
SwaggerUIBundle({
  url: "/api/v1/schema",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  supportedSubmitMethods: ["get"],
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
"""
THEME = """body { margin: 0; background: #fafafa; }
html.dark-mode, html.dark-mode body { background: #1c2022; }
"""
_OWN = {
    "start.js": (START, _OF_SWAGGER["swagger-ui-bundle.js"]),
    "theme.css": (THEME, _OF_SWAGGER["swagger-ui.css"]),
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page; it reads the schema of this site."""
    return HttpResponse(PAGE, content_type="text/html; charset=utf-8")


@require_safe
def part(request: HttpRequest, name: str) -> HttpResponse:
    """One of the files that the page is made of."""
    if name in _OWN:
        text, media_type = _OWN[name]
        response = HttpResponse(text, content_type=media_type)
    elif name in _OF_SWAGGER:
        folder = Path(apps.get_app_config(_SIDECAR).path) / "static" / _SIDECAR / "swagger-ui-dist"
        content = (folder / name).read_bytes()
        response = HttpResponse(content, content_type=_OF_SWAGGER[name])
    else:
        return api_not_found(request)
    response["Cache-Control"] = "public, max-age=3600"
    return response


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs", page),
    path("api/docs/", page),
    path("api/docs/<str:name>", part),
]
