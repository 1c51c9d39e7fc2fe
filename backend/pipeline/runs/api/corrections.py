"""REST of correcting what an engine found."""

from __future__ import annotations

from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.contract import Told
from backend.pipeline.runs import selectors
from backend.pipeline.runs.serializers import CentresSerializer, CorrectionInput, RunSerializer
from backend.pipeline.runs.services import correcting
from backend.science.correcting import Entry


class RunCentresView(ApiView):
    tells = {"GET": Told(refuses=(409,))}  # it has no mask

    @extend_schema(operation_id="run_centres", responses=CentresSerializer)
    def get(self, request: Request, run_id: UUID) -> Response:
        """The centres of a run's vertebrae."""
        run = selectors.run_visible_to(self.actor, run_id)
        return Response(CentresSerializer(correcting.centres_view(run)).data)


class RunCorrectView(ApiView):
    @extend_schema(operation_id="run_correct", request=CorrectionInput, responses={201: RunSerializer})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Move, rename, add or remove vertebrae: what is touched is segmented again, as a new version."""
        run = selectors.run_visible_to(self.actor, run_id)
        data = self.parse(CorrectionInput)
        wanted = [
            Entry(entry["label"], tuple(entry["point_ras_mm"]), entry["was"]) for entry in data["centres"]
        ]
        made = correcting.correct_run(actor=self.actor, run=run, wanted=wanted, priority=data["priority"])
        return Response(RunSerializer(selectors.run_visible_to(self.actor, made.pk)).data, status=201)


urlpatterns: list[URLPattern | URLResolver] = [
    path("runs/<uuid:run_id>/centres", RunCentresView.as_view()),
    path("runs/<uuid:run_id>/correct", RunCorrectView.as_view()),
]
