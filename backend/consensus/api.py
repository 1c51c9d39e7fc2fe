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

from backend.annotation.cases.services.sightings import show_case
from backend.annotation.models import Assignment, Case, SightKind
from backend.annotation.work.api.base import MASK, MASK_RESPONSE, mask_response
from backend.common.api import IDEMPOTENCY_KEY, ApiView
from backend.common.errors import NotFound
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.consensus import serializers as wire
from backend.consensus.models import Comparison
from backend.consensus.reports import FusionAsked
from backend.consensus.selectors import (
    adjudication_source,
    adjudications_of,
    agreed_grades_of,
    decisions_of,
    fusions_of,
    fusions_open_to,
    latest_comparison,
    report_of,
    session_now,
    spots_total,
    versions_of,
)
from backend.consensus.services import adjudicating, comparing, fusing, naming
from backend.consensus.services.retrying import failed_fusions, retry_fusion
from backend.consensus.services.weights import has_weights
from backend.masks.models import EditOperation
from backend.masks.selectors import load_mask
from backend.projects.models import Role
from backend.projects.selectors import require_role
from backend.science.edits import encode_slices


class CaseView(ApiView):
    """Base of views on a case whose every work the user may see."""

    seen_through = SightKind.CONSENSUS

    def case(self, case_id: UUID) -> Case:
        return show_case(case_id=case_id, user=self.actor, kind=self.seen_through)

    def managed_case(self, case_id: UUID) -> Case:
        """The same for acts that only a manager may do."""
        case = self.case(case_id)
        require_role(self.actor, case.project, Role.MANAGER)
        return case


def comparison_row(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    spots = list(comparison.spots.all())
    return {
        "id": comparison.pk,
        "state": comparison.state,
        "error": comparison.error,
        "software_version": comparison.software_version,
        "report": report_of(comparison),
        "spots": spots,
        "spots_total": spots_total(comparison, len(spots)),
        "created_at": comparison.created_at,
    }


def failed_rows(comparison: Comparison | None) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job.pk,
            "method": job.arguments["method"],
            "parameters": job.arguments["parameters"],
            "error": job.error,
            "failed_at": job.updated_at,
        }
        for job in (failed_fusions(comparison) if comparison is not None else [])
    ]


class CaseConsensusView(CaseView):
    @extend_schema(operation_id="case_consensus", responses=wire.ConsensusSerializer)
    def get(self, request: Request, case_id: UUID) -> Response:
        """How the raters compare, what was fused, and what was decided. Raters are letters here."""
        case = self.case(case_id)
        comparison = latest_comparison(case)
        row = {
            "comparison": comparison_row(comparison),
            "fusions": fusions_of(comparison.task) if comparison is not None else [],
            "failed_fusions": failed_rows(comparison),
            "has_weights": comparison is not None and has_weights(comparison),
            "versions": versions_of(case),
            "decisions": decisions_of(case),
            "agreed_grades": agreed_grades_of(case),
        }
        return Response(wire.ConsensusSerializer(row).data)


class CaseFusionsView(CaseView):
    @extend_schema(operation_id="case_fuse", request=wire.FuseInput, responses={202: wire.StartedSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Fuse again with other parameters (manager); the former results stay."""
        case = self.managed_case(case_id)
        asked = self.parse(wire.FuseInput)
        comparison = latest_comparison(case)
        if comparison is None:
            raise fusing.FusionImpossible
        job = fusing.start_fusion(
            comparison=comparison,
            method=asked["method"],
            parameters=FusionAsked.read(asked["parameters"]).given(),
            requested_by=self.actor,
        )
        return Response(wire.StartedSerializer({"job_id": job.pk}).data, status=202)


class RetryComparisonView(CaseView):
    @extend_schema(operation_id="comparison_retry", request=None, responses={202: wire.StartedSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        """Make the failed comparison of a case again (manager)."""
        comparison = latest_comparison(self.managed_case(case_id))
        if comparison is None:
            raise NotFound
        again = comparing.retry_comparison(comparison_id=comparison.pk, actor=self.actor)
        return Response(wire.StartedSerializer({"job_id": again.job_id}).data, status=202)


class RetryFusionView(CaseView):
    @extend_schema(
        operation_id="fusion_retry",
        request=wire.RetryFusionInput,
        responses={202: wire.StartedSerializer},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        """Make a failed fusion again with the same parameters (manager)."""
        comparison = latest_comparison(self.managed_case(case_id))
        if comparison is None:
            raise NotFound
        asked = self.parse(wire.RetryFusionInput)
        job = retry_fusion(comparison=comparison, actor=self.actor, **asked)
        return Response(wire.StartedSerializer({"job_id": job.pk}).data, status=202)


class ChooseFusionView(CaseView):
    @extend_schema(operation_id="fusion_choose", request=None, responses=wire.FusionSerializer)
    def post(self, request: Request, fusion_id: UUID) -> Response:
        """Let this fused mask stand for its task (manager)."""
        fusion = one_of(fusions_open_to(self.actor), fusion_id)
        self.managed_case(fusion.task.case_id)
        chosen = fusing.choose_fusion(fusion_id=fusion.pk, actor=self.actor)
        return Response(wire.FusionSerializer(chosen).data)


class AdjudicationView(ApiView):
    """Base of views on one of the user's own adjudications."""

    scopes = OWN_WORK

    def adjudication(self, assignment_id: UUID) -> Assignment:
        return one_of(adjudications_of(self.actor), assignment_id)


class SourceMaskView(AdjudicationView):
    tells = {"GET": MASK}

    @extend_schema(operation_id="adjudication_source_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, assignment_id: UUID, key: str) -> HttpResponse:
        """A mask that the adjudicator may take from: ``fused``, ``A``, ``B``, ..."""
        task = self.adjudication(assignment_id).task
        source = adjudication_source(task, key)
        return mask_response(load_mask(source.mask).array, revision=0, digest=source.mask.digest)


def applied(assignment: Assignment, operation: EditOperation | None) -> Response:
    """The edit that the server made, for the client to apply; one without slices where nothing changed."""
    if operation is not None:
        payload, revision, digest = bytes(operation.payload), operation.revision, operation.digest
    else:
        session = session_now(assignment)
        shape = tuple(assignment.task.case.volume.shape)
        payload = encode_slices(np.zeros(shape, dtype=np.uint8), [])
        revision, digest = session.revision, session.digest
    row = {
        "revision": revision,
        "operation_id": operation.operation_id if operation is not None else None,
        "payload_b64": base64.b64encode(payload).decode(),
        "digest": digest,
    }
    return Response(wire.AppliedSerializer(row).data)


class ChoicesView(AdjudicationView):
    @extend_schema(
        operation_id="adjudication_choose",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.ChoiceInput,
        responses=wire.AppliedSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Take one vertebra from a source; the server edits the mask, the client applies the delta.

        ``label`` is the vertebra's name in the adjudicated mask; what the source calls it makes no odds.
        """
        assignment = self.adjudication(assignment_id)
        choice = adjudicating.Choice(**self.parse(wire.ChoiceInput))

        def act() -> Response:
            operation = adjudicating.apply_choice(
                assignment_id=assignment.pk, choice=choice, actor=self.actor
            )
            return applied(assignment, operation)

        return self.once(act)


class NamesView(AdjudicationView):
    @extend_schema(
        operation_id="adjudication_names",
        parameters=[IDEMPOTENCY_KEY],
        request=wire.NamesInput,
        responses=wire.AppliedSerializer,
    )
    def post(self, request: Request, assignment_id: UUID) -> Response:
        """Name the disputed vertebrae once, from the head down; shapes stay as they are."""
        assignment = self.adjudication(assignment_id)
        decided = naming.Naming(**self.parse(wire.NamesInput))

        def act() -> Response:
            operation = naming.settle_names(assignment_id=assignment.pk, naming=decided, actor=self.actor)
            return applied(assignment, operation)

        return self.once(act)


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:case_id>/consensus", CaseConsensusView.as_view()),
    path("cases/<uuid:case_id>/fusions", CaseFusionsView.as_view()),
    path("cases/<uuid:case_id>/fusions/retry", RetryFusionView.as_view()),
    path("cases/<uuid:case_id>/comparison/retry", RetryComparisonView.as_view()),
    path("fusions/<uuid:fusion_id>/choose", ChooseFusionView.as_view()),
    path("assignments/<uuid:assignment_id>/sources/<str:key>/mask", SourceMaskView.as_view()),
    path("assignments/<uuid:assignment_id>/choices", ChoicesView.as_view()),
    path("assignments/<uuid:assignment_id>/names", NamesView.as_view()),
]
