"""REST of training, gold cases, bulk acts and unblinding."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts.models import User
from backend.annotation import quality_serializers as wire
from backend.annotation.models import AnswerKey, Case
from backend.annotation.naming import unblind
from backend.annotation.quality_selectors import (
    feedback_of,
    feedback_picture,
    hasty_work,
    my_training,
    project_quality,
    trained_assignment,
)
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.annotation.services import bulk, exercises, training
from backend.common.api import ApiView
from backend.common.errors import Invalid, NotFound
from backend.masks.models import MaskVersion
from backend.projects.models import Project, Role
from backend.projects.selectors import project_visible_to, require_role


class ManagedProjectView(ApiView):
    """Base of views for the managers of a project."""

    def project(self, slug: str) -> Project:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return project

    def member(self, project: Project, user_id: UUID) -> User:
        user = User.objects.filter(pk=user_id, memberships__project=project).distinct().first()
        if user is None:
            raise NotFound("no_such_member", "This person is not in the project.")
        return user


class ProjectQuality(ManagedProjectView):
    @extend_schema(operation_id="project_quality", responses=wire.ProjectQualitySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Training, gold cases, repeats and open places of a project (manager)."""
        report = project_quality(self.project(slug))
        return Response(wire.ProjectQualitySerializer(report).data)


class HastyWork(ManagedProjectView):
    @extend_schema(operation_id="project_hasty_work", responses=wire.HastyWorkSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Work that was handed in faster than anybody can look at it, newest first (manager)."""
        rows = hasty_work(self.project(slug), self.actor)
        return Response(wire.HastyWorkSerializer(rows, many=True).data)


class AnswerKeys(ManagedProjectView):
    @extend_schema(operation_id="answer_key_set", request=wire.AnswerKeyInput, responses={201: None})
    def post(self, request: Request, slug: str) -> Response:
        """Use a case for training, or as a gold case (manager). Its accepted mask is the answer."""
        project = self.project(slug)
        asked = self.parse(wire.AnswerKeyInput)
        case = Case.objects.filter(project=project, pk=asked["case_id"]).first()
        if case is None:
            raise NotFound
        mask = None
        if "mask_id" in asked:
            mask = MaskVersion.objects.filter(volume=case.volume_id, pk=asked["mask_id"]).first()
            if mask is None:
                raise NotFound
        exercises.set_answer_key(
            case=case, purpose=asked["purpose"], actor=self.actor, mask=mask, exclude=asked["exclude"]
        )
        return Response(status=201)


class AnswerKeyDetail(ApiView):
    @extend_schema(operation_id="answer_key_drop", responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Make no new copies of this case (manager)."""
        managed = cases_managed_by(self.actor)
        key = AnswerKey.objects.filter(pk=pk, case__in=managed, active=True).select_related("case").first()
        if key is None:
            raise NotFound
        exercises.drop_answer_key(key=key, actor=self.actor)
        return Response(status=204)


class Qualifications(ManagedProjectView):
    @extend_schema(operation_id="rater_qualify", request=wire.QualificationInput, responses={201: None})
    def post(self, request: Request, slug: str) -> Response:
        """Let a rater work without (more) training, for a reason (manager)."""
        project = self.project(slug)
        asked = self.parse(wire.QualificationInput)
        user = self.member(project, asked["user_id"])
        training.qualify(project=project, user=user, actor=self.actor, reason=asked["reason"])
        return Response(status=201)


class QualificationDetail(ManagedProjectView):
    @extend_schema(operation_id="rater_disqualify", responses={204: None})
    def delete(self, request: Request, slug: str, user_id: UUID) -> Response:
        """Let the training count again (manager)."""
        project = self.project(slug)
        training.revoke_qualification(project=project, user=self.member(project, user_id), actor=self.actor)
        return Response(status=204)


class MyTraining(ApiView):
    @extend_schema(operation_id="my_training", responses=wire.MyTrainingSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """How far I am with the training of a project."""
        project = project_visible_to(self.actor, slug)
        return Response(wire.MyTrainingSerializer(my_training(project, self.actor)).data)


class Feedback(ApiView):
    @extend_schema(operation_id="assignment_feedback", responses=wire.FeedbackSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """How my training case went; only training has this."""
        report = feedback_of(trained_assignment(self.actor, pk))
        return Response(wire.FeedbackSerializer(report).data)


class FeedbackPicture(ApiView):
    @extend_schema(
        operation_id="assignment_feedback_picture",
        responses={(200, "image/png"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: UUID, label: int) -> HttpResponse:
        """My outline of one vertebra (orange) over the answer's (green)."""
        content = feedback_picture(trained_assignment(self.actor, pk), label)
        response = HttpResponse(content, content_type="image/png")
        response["Cache-Control"] = "private, max-age=3600"
        return response


class Unblind(ApiView):
    @extend_schema(operation_id="case_unblind", request=wire.UnblindInput, responses={204: None})
    def post(self, request: Request, pk: UUID) -> Response:
        """See the names behind a case of a double-blind project, for a reason kept on record (manager)."""
        mine = cases_open_to(self.actor).filter(pk__in=cases_managed_by(self.actor).values("pk"))
        case = mine.filter(pk=pk).select_related("project").first()
        if case is None:
            raise NotFound
        unblind(case=case, actor=self.actor, reason=self.parse(wire.UnblindInput)["reason"])
        return Response(status=204)


class BulkCases(ManagedProjectView):
    @extend_schema(
        operation_id="cases_bulk",
        request=wire.BulkInput,
        responses=wire.OutcomeSerializer(many=True),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give, spread, take back or prioritise many cases; answers for each case by itself (manager)."""
        project = self.project(slug)
        asked = self.parse(wire.BulkInput)
        ids = list(dict.fromkeys(asked["case_ids"]))
        found = Case.objects.filter(project=project, pk__in=ids).select_related("project", "start_mask")
        cases = {case.pk: case for case in found}
        outcomes = self._act(project, asked, [cases[pk] for pk in ids if pk in cases])
        rows = [
            {"case_id": one.case.pk, "alias": one.case.alias, "done": one.done, "message": one.message}
            for one in outcomes
        ]
        return Response(wire.OutcomeSerializer(rows, many=True).data)

    def _act(self, project: Project, asked: dict[str, Any], cases: list[Case]) -> list[bulk.Outcome]:
        user = self.member(project, asked["user_id"]) if "user_id" in asked else None
        match asked["action"]:
            case "give":
                if user is None:
                    raise Invalid("user_missing", "Say to whom the cases are given.")
                return bulk.give(cases=cases, user=user, actor=self.actor)
            case "distribute":
                return bulk.distribute(project=project, cases=cases, actor=self.actor)
            case "take_back":
                return bulk.take_back(cases=cases, actor=self.actor, user=user)
            case _:
                return bulk.prioritise(
                    cases=cases,
                    actor=self.actor,
                    priority=asked.get("priority"),
                    due_on=asked.get("due_on"),
                    clear_due="due_on" in asked and asked["due_on"] is None,
                )


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/quality", ProjectQuality.as_view()),
    path("projects/<slug:slug>/hasty-work", HastyWork.as_view()),
    path("projects/<slug:slug>/answer-keys", AnswerKeys.as_view()),
    path("answer-keys/<uuid:pk>", AnswerKeyDetail.as_view()),
    path("projects/<slug:slug>/qualifications", Qualifications.as_view()),
    path("projects/<slug:slug>/qualifications/<uuid:user_id>", QualificationDetail.as_view()),
    path("projects/<slug:slug>/training", MyTraining.as_view()),
    path("projects/<slug:slug>/cases/bulk", BulkCases.as_view()),
    path("assignments/<uuid:pk>/feedback", Feedback.as_view()),
    path("assignments/<uuid:pk>/feedback/<int:label>.png", FeedbackPicture.as_view()),
    path("cases/<uuid:pk>/unblind", Unblind.as_view()),
]
