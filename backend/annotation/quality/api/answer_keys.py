"""REST of the cases whose answer is known."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.quality import serializers as wire
from backend.annotation.quality.selectors.exercises import answer_keys_managed_by
from backend.annotation.quality.services import exercises
from backend.annotation.selectors import cases_of
from backend.common.api import ApiView
from backend.common.selectors import one_of
from backend.masks.selectors import versions_of
from backend.projects.managed import ManagedProjectView


class AnswerKeysView(ManagedProjectView):
    @extend_schema(operation_id="answer_key_set", request=wire.AnswerKeyInput, responses={201: None})
    def post(self, request: Request, slug: str) -> Response:
        """Use a case for training, or as a gold case (manager). Its accepted mask is the answer."""
        project = self.project(slug)
        asked = self.parse(wire.AnswerKeyInput)
        case = one_of(cases_of(project), asked["case_id"])
        mask = one_of(versions_of(case.volume), asked["mask_id"]) if "mask_id" in asked else None
        exercises.set_answer_key(
            case=case, purpose=asked["purpose"], actor=self.actor, mask=mask, exclude=asked["exclude"]
        )
        return Response(status=201)


class AnswerKeyDetailView(ApiView):
    @extend_schema(operation_id="answer_key_drop", responses={204: None})
    def delete(self, request: Request, answer_key_id: UUID) -> Response:
        """Make no new copies of this case (manager)."""
        exercises.drop_answer_key(
            key=one_of(answer_keys_managed_by(self.actor), answer_key_id), actor=self.actor
        )
        return Response(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/answer-keys", AnswerKeysView.as_view()),
    path("answer-keys/<uuid:answer_key_id>", AnswerKeyDetailView.as_view()),
]
