"""REST of comparing, fusing and adjudicating."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import numpy as np
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.api import MASK_RESPONSE, mask_response
from backend.annotation.models import Assignment, Case
from backend.annotation.selectors import cases_managed_by, cases_open_to
from backend.common.api import ApiView
from backend.common.errors import Forbidden, NotFound
from backend.consensus import serializers as wire
from backend.consensus.models import AdjudicationSource, Comparison
from backend.consensus.selectors import (
    adjudications_of,
    agreed_grades_of,
    decisions_of,
    fusions_open_to,
    latest_comparison,
)
from backend.consensus.services import adjudicating, fusing
from backend.masks.models import EditSession, MaskVersion
from backend.masks.services import load_mask
from backend.science.edits import encode_slices


class CaseView(ApiView):
    """Base of views on a case whose every work the user may see."""

    def case(self, pk: UUID) -> Case:
        case = cases_open_to(self.actor).filter(pk=pk).select_related("project", "volume").first()
        if case is None:
            raise NotFound
        return case

    def managed_case(self, pk: UUID) -> Case:
        """The same for acts that only a manager may do."""
        case = self.case(pk)
        if not cases_managed_by(self.actor).filter(pk=pk).exists():
            raise Forbidden
        return case


def comparison_row(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {
        "id": comparison.pk,
        "state": comparison.state,
        "error": comparison.error,
        "software_version": comparison.software_version,
        "report": comparison.report,
        "spots": list(comparison.spots.all()),
        "created_at": comparison.created_at,
    }


class CaseConsensus(CaseView):
    @extend_schema(operation_id="case_consensus", responses=wire.ConsensusSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """How the raters compare, what was fused, and what was decided. Raters are letters here."""
        case = self.case(pk)
        comparison = latest_comparison(case)
        fusions = comparison.task.fusions.all() if comparison is not None else []
        row = {
            "comparison": comparison_row(comparison),
            "fusions": fusions,
            "decisions": decisions_of(case),
            "agreed_grades": agreed_grades_of(case),
        }
        return Response(wire.ConsensusSerializer(row).data)


class CaseFusions(CaseView):
    @extend_schema(
        operation_id="case_fuse", request=wire.FuseSerializer, responses={202: wire.StartedSerializer}
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Fuse again with other parameters (manager); the former results stay."""
        case = self.managed_case(pk)
        asked = self.parse(wire.FuseSerializer)
        comparison = latest_comparison(case)
        if comparison is None:
            raise fusing.FusionImpossible
        job = fusing.start_fusion(comparison=comparison, requested_by=self.actor, **asked)
        return Response(wire.StartedSerializer({"job_id": job.pk}).data, status=202)


class ChooseFusion(CaseView):
    @extend_schema(operation_id="fusion_choose", request=None, responses=wire.FusionSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        """Let this fused mask stand for its task (manager)."""
        fusion = fusions_open_to(self.actor).filter(pk=pk).first()
        if fusion is None:
            raise NotFound
        self.managed_case(fusion.task.case_id)
        chosen = fusing.choose_fusion(fusion_id=fusion.pk, actor=self.actor)
        return Response(wire.FusionSerializer(chosen).data)


class CaseMask(CaseView):
    @extend_schema(operation_id="case_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, pk: UUID, mask_id: UUID) -> HttpResponse:
        """Any mask version of a case (VBD1), for those who may see everybody's work."""
        case = self.case(pk)
        version = MaskVersion.objects.filter(pk=mask_id, volume=case.volume).select_related("volume").first()
        if version is None:
            raise NotFound
        return mask_response(load_mask(version).array, revision=0, digest=version.digest)


class AdjudicationView(ApiView):
    """Base of views on one of the user's own adjudications."""

    def adjudication(self, pk: UUID) -> Assignment:
        assignment = adjudications_of(self.actor).filter(pk=pk).first()
        if assignment is None:
            raise NotFound
        return assignment


class SourceMask(AdjudicationView):
    @extend_schema(operation_id="adjudication_source_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, pk: UUID, key: str) -> HttpResponse:
        """A mask that the adjudicator may take from: ``fused``, ``A``, ``B``, ..."""
        task = self.adjudication(pk).task
        source = AdjudicationSource.objects.filter(task=task, key=key).select_related("mask__volume").first()
        if source is None:
            raise NotFound
        return mask_response(load_mask(source.mask).array, revision=0, digest=source.mask.digest)


class Choices(AdjudicationView):
    @extend_schema(
        operation_id="adjudication_choose", request=wire.ChoiceSerializer, responses=wire.AppliedSerializer
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """Take one vertebra from a source; the server edits the mask, the client applies the delta."""
        assignment = self.adjudication(pk)
        choice = adjudicating.Choice(**self.parse(wire.ChoiceSerializer))
        operation = adjudicating.apply_choice(assignment_id=assignment.pk, choice=choice, actor=self.actor)
        if operation is not None:
            payload = bytes(operation.payload)
            row = {
                "revision": operation.revision,
                "operation_id": operation.operation_id,
                "payload_b64": base64.b64encode(payload).decode(),
                "digest": operation.digest,
            }
        else:
            session = EditSession.objects.get(assignment=assignment.pk)
            nothing = encode_slices(np.zeros(tuple(assignment.task.case.volume.shape), dtype=np.uint8), [])
            row = {
                "revision": session.revision,
                "operation_id": None,
                "payload_b64": base64.b64encode(nothing).decode(),
                "digest": session.digest,
            }
        return Response(wire.AppliedSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:pk>/consensus", CaseConsensus.as_view()),
    path("cases/<uuid:pk>/fusions", CaseFusions.as_view()),
    path("cases/<uuid:pk>/masks/<uuid:mask_id>", CaseMask.as_view()),
    path("fusions/<uuid:pk>/choose", ChooseFusion.as_view()),
    path("assignments/<uuid:pk>/sources/<str:key>/mask", SourceMask.as_view()),
    path("assignments/<uuid:pk>/choices", Choices.as_view()),
]
