"""REST of refining one vertebra by clicks: a preview that is not applied."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from backend.annotation.errors import NotEditable
from backend.annotation.work.api.base import AssignmentView
from backend.annotation.work.selectors import in_hand
from backend.common.contract import Told
from backend.common.errors import Invalid
from backend.common.places import VoxelField
from backend.pipeline.runs.refining import VoxelClick, refined_mask
from backend.science.edits import encode_delta
from backend.science.labels import BY_LABEL

DELTA_MEDIA_TYPE = "application/vnd.vertebase.mask"
MAX_CLICKS = 64


class RefineInput(serializers.Serializer[Any]):
    """The clicks made so far on one vertebra, as voxels (i, j, k) of the volume."""

    label = serializers.IntegerField(min_value=1, max_value=255)  # type: ignore[assignment]
    positive = serializers.ListField(child=VoxelField(), max_length=MAX_CLICKS, help_text="belong to it")
    negative = serializers.ListField(child=VoxelField(), max_length=MAX_CLICKS, help_text="do not")


class RefineVertebraView(AssignmentView):
    tells = {"POST": Told(sends=("X-Vertebase-Revision", "X-Vertebase-Changed", "Cache-Control"))}

    @extend_schema(
        operation_id="assignment_refine",
        request=RefineInput,
        responses={(200, DELTA_MEDIA_TYPE): OpenApiTypes.BINARY},
    )
    def post(self, request: Request, assignment_id: UUID) -> HttpResponse:
        """What the mask would become, as a VBD1 delta on the saved mask; nothing is changed.

        Send all clicks since the last edit each time. On a level without a voxel the first positive click is
        taken for the middle of its body, and the engine draws what is there. X-Vertebase-Revision names the
        revision that the delta is for, X-Vertebase-Changed the number of voxels it changes.
        """
        assignment = self.assignment(assignment_id)
        if not in_hand.can_edit(assignment):
            raise NotEditable
        data = self.parse(RefineInput)
        clicks = [
            VoxelClick((voxel[0], voxel[1], voxel[2]), positive)
            for positive, name in ((True, "positive"), (False, "negative"))
            for voxel in data[name]
        ]
        volume = assignment.task.case.volume
        _check(data["label"], clicks, volume.shape)
        state = in_hand.mask_state(assignment)
        after = refined_mask(volume=volume, mask=state.array, label=data["label"], clicks=clicks)
        response = HttpResponse(encode_delta(state.array, after), content_type=DELTA_MEDIA_TYPE)
        response["X-Vertebase-Revision"] = str(state.revision)
        response["X-Vertebase-Changed"] = str(int((state.array != after).sum()))
        response["Cache-Control"] = "private, no-store"
        return response


def _check(label: int, clicks: list[VoxelClick], shape: list[int]) -> None:
    if label not in BY_LABEL:
        raise Invalid("unknown_label", f"{label} names no vertebra.")
    if not clicks:
        raise Invalid("no_clicks", "Click at least once: on what belongs to it, or on what does not.")
    for click in clicks:
        if not all(0 <= v < n for v, n in zip(click.voxel, shape, strict=True)):
            raise Invalid("click_outside", "A click lies outside the image.")


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/refine", RefineVertebraView.as_view()),
]
