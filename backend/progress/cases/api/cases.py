"""REST of the cases of a project, and of one with everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases.selectors.people import PeopleNames
from backend.annotation.cases.services.cases import update_case
from backend.annotation.cases.services.sightings import show_case
from backend.annotation.measuring.rulers import rulers_to_show
from backend.annotation.models import Case, SightKind
from backend.annotation.selectors import cases_managed_by
from backend.annotation.work.selectors.details import naming_answers_of
from backend.common.api import ApiView, Late, paged
from backend.common.selectors import one_of
from backend.consensus.selectors import agreed_grades_of, decisions_of
from backend.progress.cases import serializers as wire
from backend.progress.cases.selectors.cards import (
    case_cards,
    filtered_cases,
    matching_ids,
    tags_in,
    with_card_data,
)
from backend.progress.cases.selectors.case_page import (
    concern_rows,
    exclusion_row,
    mask_rows,
    task_rows,
    timeline,
    unblinding_rows,
)
from backend.projects.managed import ManagedProjectView
from backend.projects.models import Project
from backend.projects.selectors import project_visible_to


class _Cards(Sequence[dict[str, Any]]):
    """The page's cases as cards; sliced before anything is read."""

    def __init__(self, rows: Any, project: Project) -> None:
        self._rows = rows
        self._project = project

    def __len__(self) -> int:
        return int(self._rows.count())

    def __getitem__(self, span: Any) -> Any:
        return case_cards(Late(self._rows)[span], self._project)


class CaseListView(ApiView):
    @extend_schema(
        operation_id="cases_list",
        parameters=[wire.CaseQuery],
        responses=paged(wire.CaseCardSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The cases of a project that I manage; nothing for others."""
        project = project_visible_to(self.actor, slug)
        asked = self.parse_query(wire.CaseQuery)
        rows = filtered_cases(user=self.actor, project=project, **asked)
        return self.page(_Cards(rows, project), wire.CaseCardSerializer)


class CaseIdsView(ManagedProjectView):
    @extend_schema(operation_id="cases_ids", parameters=[wire.CaseQuery], responses=wire.CaseIdsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The ids of all cases that match, over all pages, in their order, to act on them (manager)."""
        project = self.project(slug)
        found = matching_ids(user=self.actor, project=project, **self.parse_query(wire.CaseQuery))
        return Response(wire.CaseIdsSerializer(found).data)


class CaseTagsView(ManagedProjectView):
    @extend_schema(operation_id="cases_tags", responses=wire.CaseTagSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The tags that cases of the project have (manager)."""
        found = tags_in(self.actor, self.project(slug))
        return Response(wire.CaseTagSerializer(found, many=True).data)


class CaseDetailView(ApiView):
    def case(self, case_id: UUID) -> Case:
        """A case that the user manages, and whose every work they may see."""
        managed = cases_managed_by(self.actor)
        one_of(managed, case_id)
        case = show_case(case_id=case_id, user=self.actor, kind=SightKind.CASE)
        return one_of(with_card_data(managed), case.pk)

    def answer(self, case: Case) -> Response:
        card = case_cards([case], case.project)[0]
        names = PeopleNames(self.actor, case)
        row = {
            **card,
            "project_slug": case.project.slug,
            "volume_id": case.volume_id,
            "accepted_mask_id": case.accepted_mask_id,
            "masks": mask_rows(case, names),
            "tasks": task_rows(case, names),
            "rulers": rulers_to_show(case, self.actor, everybody=True),
            "naming_doubt": case.naming_doubt,
            "naming_state": case.naming_state,
            "naming_answers": naming_answers_of(case),
            "agreed_grades": agreed_grades_of(case),
            "decisions": decisions_of(case),
            "concerns": concern_rows(case, names),
            "timeline": timeline(case, names),
            "names_hidden": names.hidden,
            "unblindings": unblinding_rows(case),
            "exclusion": exclusion_row(case, names),
        }
        return Response(wire.CaseDetailSerializer(row).data)

    @extend_schema(operation_id="case_get", responses=wire.CaseDetailSerializer)
    def get(self, request: Request, case_id: UUID) -> Response:
        """A case with everything that happened to it (manager)."""
        return self.answer(self.case(case_id))

    @extend_schema(
        operation_id="case_patch", request=wire.CaseChangesInput, responses=wire.CaseDetailSerializer
    )
    def patch(self, request: Request, case_id: UUID) -> Response:
        """Change how urgent a case is (manager)."""
        asked = self.parse(wire.CaseChangesInput)
        update_case(
            case_id=self.case(case_id).pk,
            actor=self.actor,
            priority=asked.get("priority"),
            due_on=asked.get("due_on"),
            clear_due="due_on" in asked and asked["due_on"] is None,
        )
        return self.answer(self.case(case_id))


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/cases", CaseListView.as_view()),
    path("projects/<slug:slug>/cases/ids", CaseIdsView.as_view()),
    path("projects/<slug:slug>/cases/tags", CaseTagsView.as_view()),
    path("cases/<uuid:case_id>", CaseDetailView.as_view()),
]
