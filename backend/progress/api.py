"""REST of boards and cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.services.cases import update_case
from backend.annotation.cases.services.sightings import show_case
from backend.annotation.models import Case, SightKind
from backend.annotation.selectors import cases_managed_by
from backend.annotation.work.selectors.details import naming_answers_of
from backend.common.api import ApiView, paged
from backend.common.errors import NotFound
from backend.consensus.selectors import agreed_grades_of, decisions_of
from backend.measurements.calibrations import KEEPERS
from backend.progress import report_serializers as reports
from backend.progress import selectors
from backend.progress import serializers as wire
from backend.progress.agreement_reports import compute_again, project_agreement
from backend.progress.bone_density import densities, density_row
from backend.progress.edit_effort import edit_effort
from backend.progress.quality_api import urlpatterns as quality_patterns
from backend.progress.reliability import project_reliability
from backend.progress.statistics import Report, figures_csv, project_report, table_csv
from backend.projects.models import Project, Role
from backend.projects.selectors import MANAGERS_AND_EXPERTS, project_visible_to, require_role


class Board(ApiView):
    @extend_schema(operation_id="project_board", responses=wire.BoardSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The project at a glance. Managers see cases and people, others the numbers and themselves."""
        project = project_visible_to(self.actor, slug)
        return Response(wire.BoardSerializer(selectors.board(project=project, user=self.actor)).data)


class EditEffort(ApiView):
    @extend_schema(operation_id="edit_effort", responses=reports.EditEffortSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """What raters changed of the engine's masks, by the model that made them (managers)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return Response(reports.EditEffortSerializer(edit_effort(project), many=True).data)


class _Cards(Sequence[dict[str, Any]]):
    """The page's cases as cards; sliced before anything is read."""

    def __init__(self, rows: Any, project: Project) -> None:
        self._rows = rows
        self._project = project

    def __len__(self) -> int:
        return int(self._rows.count())

    def __getitem__(self, span: Any) -> Any:
        return selectors.case_cards(self._rows[span], self._project)


class CaseList(ApiView):
    @extend_schema(
        operation_id="cases_list",
        parameters=[wire.CaseQuerySerializer],
        responses=paged(wire.CaseCardSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The cases of a project that I manage; nothing for others."""
        project = project_visible_to(self.actor, slug)
        asked = self.parse_query(wire.CaseQuerySerializer)
        mine = cases_managed_by(self.actor).filter(project=project)
        rows = selectors.filtered_cases(cases=mine, **asked)
        return self.page(_Cards(rows, project), wire.CaseCardSerializer)


class CaseDetail(ApiView):
    def case(self, pk: UUID) -> Case:
        """A case that the user manages, and whose every work they may see."""
        managed = cases_managed_by(self.actor).filter(pk=pk)
        if not managed.exists():
            raise NotFound
        case = show_case(case_id=pk, user=self.actor, kind=SightKind.CASE)
        return selectors.with_card_data(managed).get(pk=case.pk)

    def answer(self, case: Case) -> Response:
        card = selectors.case_cards([case], case.project)[0]
        names = PeopleNames(self.actor, case)
        row = {
            **card,
            "project_slug": case.project.slug,
            "volume_id": case.volume_id,
            "accepted_mask_id": case.accepted_mask_id,
            "masks": selectors.mask_rows(case, names),
            "tasks": selectors.task_rows(case, names),
            "naming_doubt": case.naming_doubt,
            "naming_state": case.naming_state,
            "naming_answers": naming_answers_of(case),
            "agreed_grades": agreed_grades_of(case),
            "decisions": decisions_of(case),
            "timeline": selectors.timeline(case, names),
            "names_hidden": names.hidden,
            "unblindings": selectors.unblinding_rows(case),
        }
        return Response(wire.CaseDetailSerializer(row).data)

    @extend_schema(operation_id="case_get", responses=wire.CaseDetailSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """A case with everything that happened to it (manager)."""
        return self.answer(self.case(pk))

    @extend_schema(
        operation_id="case_patch", request=wire.CasePatchSerializer, responses=wire.CaseDetailSerializer
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Change how urgent a case is (manager)."""
        asked = self.parse(wire.CasePatchSerializer)
        update_case(
            case_id=self.case(pk).pk,
            actor=self.actor,
            priority=asked.get("priority"),
            due_on=asked.get("due_on"),
            clear_due="due_on" in asked and asked["due_on"] is None,
        )
        return self.answer(self.case(pk))


class BoneDensity(ApiView):
    @extend_schema(operation_id="bone_density", responses=wire.SeriesDensitySerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """HU and bone density of every series (physicist, manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *KEEPERS)
        rows = [density_row(found) for found in densities(project)]
        return Response(wire.SeriesDensitySerializer(rows, many=True).data)


CSV_RESPONSE = {(200, "text/csv"): OpenApiTypes.STR}


class StatisticsView(ApiView):
    def report(self, slug: str) -> Report:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *MANAGERS_AND_EXPERTS)
        return project_report(project)

    @extend_schema(operation_id="project_statistics", responses=wire.StatisticsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Table 1 and the figures of all accepted cases (manager, radiologist)."""
        return Response(wire.StatisticsSerializer(self.report(slug).to_json()).data)


class StatisticsTable(StatisticsView):
    @extend_schema(operation_id="project_statistics_table", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """Table 1 as CSV."""
        return csv_response(table_csv(self.report(slug)), f"{slug}-table-1.csv")


class StatisticsFigures(StatisticsView):
    @extend_schema(operation_id="project_statistics_figures", responses=CSV_RESPONSE)
    def get(self, request: Request, slug: str) -> HttpResponse:  # type: ignore[override]
        """The counts behind the figures as CSV."""
        return csv_response(figures_csv(self.report(slug)), f"{slug}-figures.csv")


def csv_response(content: bytes, filename: str) -> HttpResponse:
    """A table to download, made anew each time."""
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "private, no-store"
    return response


class Agreement(ApiView):
    def answer(self, project: Project) -> Response:
        report = project_agreement(project=project, user=self.actor)
        return Response(reports.AgreementSerializer(report).data)

    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return project

    @extend_schema(operation_id="project_agreement", responses=reports.AgreementSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How well the raters agree over all compared cases, as far as that is computed (manager)."""
        return self.answer(self.project(slug))

    @extend_schema(
        operation_id="project_agreement_compute", request=None, responses=reports.AgreementSerializer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Compute the report again that failed (manager)."""
        project = self.project(slug)
        compute_again(project=project, user=self.actor)
        return self.answer(project)


class Reliability(ApiView):
    @extend_schema(operation_id="project_reliability", responses=reports.ReliabilitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What is known of each rater's work (manager), or of one's own, as far as blinding allows."""
        project = project_visible_to(self.actor, slug)
        report = project_reliability(project=project, user=self.actor)
        return Response(reports.ReliabilitySerializer(report).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/edit-effort", EditEffort.as_view()),
    path("projects/<slug:slug>/board", Board.as_view()),
    path("projects/<slug:slug>/agreement", Agreement.as_view()),
    path("projects/<slug:slug>/reliability", Reliability.as_view()),
    path("projects/<slug:slug>/cases", CaseList.as_view()),
    path("cases/<uuid:pk>", CaseDetail.as_view()),
    path("projects/<slug:slug>/statistics", StatisticsView.as_view()),
    path("projects/<slug:slug>/statistics/table.csv", StatisticsTable.as_view()),
    path("projects/<slug:slug>/statistics/figures.csv", StatisticsFigures.as_view()),
    path("projects/<slug:slug>/bone-density", BoneDensity.as_view()),
    *quality_patterns,
]
