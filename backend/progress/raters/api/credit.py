"""REST of what each person did, for authorship and pay."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from backend.common.contract import DOWNLOAD
from backend.common.csv_tables import csv_bytes, csv_response
from backend.progress.raters.selectors.credit import credit_table
from backend.projects.managed import ManagedProjectView


class CreditTableView(ManagedProjectView):
    tells = {"GET": DOWNLOAD}

    @extend_schema(operation_id="project_credit_table", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Hours, cases and vertebrae of each person as CSV, for authorship and pay (managers)."""
        project = self.project(slug)
        return csv_response(csv_bytes(credit_table(project)), f"{slug}-credit.csv")


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/credit.csv", CreditTableView.as_view()),
]
