"""REST of looking at a case without working on it: its CT, its masks, and where raters differ."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.measuring.api import SURFACES, SURFACES_RESPONSE, surfaces_response
from backend.annotation.measuring.serializers import RulerSerializer, SurfacesQuery
from backend.annotation.measuring.surfaces import surfaces_of_version
from backend.annotation.work.api.base import MASK, MASK_RESPONSE, mask_response
from backend.annotation.work.selectors.details import volume_row
from backend.annotation.work.serializers.assignments import AssignmentVolumeSerializer, ProjectRefSerializer
from backend.common.api import ApiView
from backend.common.contract import Told
from backend.consensus import serializers as wire
from backend.consensus.selectors import spots_total
from backend.consensus.services.showing import ShownCase, case_to_look_at, mask_to_look_at
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.science.agreement.changes import mask_changes


class ShownMaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField(help_text="Raters are letters")
    kind = serializers.CharField(help_text="start, rater, fused, adjudicated, accepted, other")
    created_at = serializers.DateTimeField()


class CaseToLookAtSerializer(serializers.Serializer[Any]):
    """What the viewer needs of a case. Nothing in it can be changed."""

    id = serializers.UUIDField()
    alias = serializers.CharField()
    project = ProjectRefSerializer()
    volume = AssignmentVolumeSerializer()
    masks = ShownMaskSerializer(many=True, help_text="Oldest first")
    first_mask = serializers.UUIDField(allow_null=True, help_text="The mask that stands; null: there is none")
    own_only = serializers.BooleanField(help_text="Others' work on the case is closed to this person")
    spots = wire.SpotSerializer(many=True, help_text="Where the raters differ")
    spots_total = serializers.IntegerField(help_text="Of which `spots` has the largest")
    rulers = RulerSerializer(many=True, help_text="Distances and angles drawn by hand; my own where own_only")


def case_row(shown: ShownCase) -> dict[str, Any]:
    case, comparison = shown.case, shown.comparison
    spots = list(comparison.spots.all()) if comparison is not None else []
    return {
        "id": case.pk,
        "alias": case.alias,
        "project": {"slug": case.project.slug, "name": case.project.name},
        "volume": volume_row(case.volume),
        "masks": [
            {
                "id": mask.version.pk,
                "title": mask.title,
                "kind": mask.kind,
                "created_at": mask.version.created_at,
            }
            for mask in shown.masks
        ],
        "first_mask": shown.first,
        "own_only": shown.own_only,
        "spots": spots,
        "spots_total": spots_total(comparison, len(spots)) if comparison is not None else 0,
        "rulers": shown.rulers,
    }


class CaseToLookAtView(ApiView):
    @extend_schema(operation_id="case_view", responses=CaseToLookAtSerializer)
    def get(self, request: Request, case_id: UUID) -> Response:
        """A case to look at: with every mask, or for who rates it blindly with their own."""
        shown = case_to_look_at(case_id=case_id, user=self.actor)
        return Response(CaseToLookAtSerializer(case_row(shown)).data)


class MaskView(ApiView):
    """Base of views on one mask of a case, as far as it is open to the user."""

    def version(self, case_id: UUID, mask_id: UUID) -> MaskVersion:
        return mask_to_look_at(case_id=case_id, mask_id=mask_id, user=self.actor)


class CaseMaskView(MaskView):
    tells = {"GET": MASK}

    @extend_schema(operation_id="case_mask", responses=MASK_RESPONSE)
    def get(self, request: Request, case_id: UUID, mask_id: UUID) -> HttpResponse:
        """Any mask version of a case (VBD1), for those who may see everybody's work; to others their own."""
        version = self.version(case_id, mask_id)
        return mask_response(load_mask(version).array, revision=0, digest=version.digest)


class CaseMaskSurfacesView(MaskView):
    tells = {"GET": SURFACES}

    @extend_schema(
        operation_id="case_mask_surfaces",
        parameters=[SurfacesQuery],
        responses=SURFACES_RESPONSE,
    )
    def get(self, request: Request, case_id: UUID, mask_id: UUID) -> HttpResponse:
        """Surfaces of the vertebrae of such a mask (VBS1), as those of one's own work."""
        asked = self.parse_query(SurfacesQuery)
        return surfaces_response(surfaces_of_version(self.version(case_id, mask_id), **asked))


class MaskChangesView(MaskView):
    tells = {"GET": Told(sends=("Cache-Control",))}

    @extend_schema(operation_id="case_mask_changes", responses=wire.ChangesSerializer)
    def get(self, request: Request, case_id: UUID, mask_id: UUID, other_id: UUID) -> Response:
        """What the second version adds to and takes from the first, label by label."""
        before, after = self.version(case_id, mask_id), self.version(case_id, other_id)
        changes = mask_changes(load_mask(before), load_mask(after))
        row = {"labels": [change.to_json() for change in changes]}
        answer = Response(wire.ChangesSerializer(row).data)
        answer["Cache-Control"] = "private, max-age=86400, immutable"  # versions never change
        return answer


urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:case_id>/view", CaseToLookAtView.as_view()),
    path("cases/<uuid:case_id>/masks/<uuid:mask_id>", CaseMaskView.as_view()),
    path("cases/<uuid:case_id>/masks/<uuid:mask_id>/surfaces", CaseMaskSurfacesView.as_view()),
    path("cases/<uuid:case_id>/masks/<uuid:mask_id>/changes/<uuid:other_id>", MaskChangesView.as_view()),
]
