"""The site's addresses: each API module brings its own under ``/api/v1/``."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView

from backend.config import api_docs, documents, pages, views

# a module for each resource: the address of an endpoint leads to its file
API_MODULES = (
    "accounts.api",
    "accounts.program_api",
    "accounts.site_api",
    "projects.api",
    "projects.site_api",
    "projects.member_api",
    "projects.group_api",
    "projects.invitation_api",
    "projects.guideline_api",
    "imaging.api.batches",
    "imaging.api.uploads",
    "imaging.api.quarantine",
    "imaging.api.series",
    "imaging.api.volumes",
    "imaging.api.inclusion",
    "imaging.api.waiving",
    "imaging.api.same_scans",
    "imaging.api.held_masks",
    "measurements.api",
    "pipeline.engines.api",
    "pipeline.jobs.api",
    "pipeline.jobs.site_api",
    "pipeline.registry.api.models",
    "pipeline.registry.api.trainings",
    "pipeline.runs.api.runs",
    "pipeline.runs.api.corrections",
    "annotation.cases.api",
    "annotation.quality.api.reports",
    "annotation.quality.api.answer_keys",
    "annotation.quality.api.qualifications",
    "annotation.quality.api.training",
    "annotation.work.api.assignments",
    "annotation.work.api.absence",
    "annotation.work.api.concerns",
    "annotation.work.api.questions",
    "annotation.work.api.tasks",
    "annotation.work.api.masks",
    "annotation.work.api.desktop",
    "annotation.work.api.refining",
    "annotation.work.api.findings",
    "annotation.work.api.places",
    "annotation.work.api.gradings",
    "annotation.work.api.bulk",
    "annotation.work.api.excluding",
    "annotation.measuring.api",
    "consensus.api",
    "consensus.history_api",
    "consensus.view_api",
    "progress.cases.api.board",
    "progress.cases.api.cases",
    "progress.cases.api.saved_views",
    "progress.managing.api.course",
    "progress.managing.api.simulation",
    "progress.auditing.api",
    "progress.figures.api.edit_effort",
    "progress.figures.api.bone_density",
    "progress.figures.api.statistics",
    "progress.raters.api.agreement",
    "progress.raters.api.reliability",
    "progress.raters.api.automation_bias",
    "progress.raters.api.weights",
    "progress.raters.api.credit",
    "progress.raters.api.drift",
    "review.api",
    "review.returning_api",
    "review.round_api",
    "releases.api",
    "releases.changes_api",
    "releases.planning.api",
    "releases.publishing.api",
    "releases.publishing.public_api",
    "releases.access.api",
    "releases.faults.api",
    "releases.faults.link_api",
    "releases.custody.api",
    "releases.view_api",
    "releases.subsets.api",
    "challenge.api.challenges",
    "challenge.api.teams",
    "challenge.api.submissions",
    "challenge.api.arriving",
    "challenge.api.elsewhere",
    "challenge.api.rescoring",
    "home.api",
    "notices.webhooks.api",
    "notices.webhooks.events_api",
    "interchange.slicer.api",
    "notices.digests.api",
)

# what other programs ask in their own words, beside the API
PROGRAM_MODULES = ("interchange.dicomweb.api", "interchange.monailabel.api")

program_patterns: list[URLPattern | URLResolver] = [
    pattern for module in PROGRAM_MODULES for pattern in import_module(f"backend.{module}").urlpatterns
]

api_patterns: list[URLPattern | URLResolver] = [
    pattern for module in API_MODULES for pattern in import_module(f"backend.{module}").urlpatterns
]

handler400 = "backend.config.views.bad_request"
handler500 = "backend.config.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthy),
    path("api/v1/schema", SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[])),
    path("api/v1/", include(api_patterns)),
    *api_docs.urlpatterns,
    path("_allauth/", include("allauth.headless.urls")),
    *program_patterns,
    re_path(r"^(?:api|_allauth|ws|static|dicomweb|monailabel)(?:/|$)", views.api_not_found),
    path("docs", documents.start),
    re_path(r"^docs/(?P<path>.*)$", documents.document),
    re_path(r"^assets/", views.asset_not_found),
    path("data", require_safe(ensure_csrf_cookie(pages.catalogue_page))),
    path("data/<uuid:release_id>", require_safe(ensure_csrf_cookie(pages.release_page))),
    re_path(r"^.*$", require_safe(ensure_csrf_cookie(views.spa))),
]
