"""The site's addresses: each app's ``api.py`` brings its own under ``/api/v1/``."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView

from backend.config import views

API_APPS = (
    "accounts",
    "projects",
    "imaging",
    "measurements",
    "pipeline",
    "annotation",
    "consensus",
    "progress",
    "review",
    "releases",
)
# modules beside ``api.py`` where an app has more than one file can hold
MORE_API = (
    "backend.annotation.answers_api",
    "backend.annotation.measuring_api",
    "backend.imaging.inclusion_api",
    "backend.imaging.same_scans_api",
    "backend.imaging.held_masks_api",
    "backend.consensus.history_api",
)

api_patterns: list[URLPattern | URLResolver] = [
    pattern
    for module in (*(f"backend.{app}.api" for app in API_APPS), *MORE_API)
    for pattern in import_module(module).urlpatterns
]

handler400 = "backend.config.views.bad_request"
handler500 = "backend.config.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthy),
    path("api/v1/schema", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[])),
    path("api/v1/", include(api_patterns)),
    path("_allauth/", include("allauth.headless.urls")),
    re_path(r"^(?:api|_allauth|ws|static)(?:/|$)", views.api_not_found),
    re_path(r"^assets/", views.asset_not_found),
    re_path(r"^.*$", require_safe(ensure_csrf_cookie(views.spa))),
]
