"""REST of masks whose numbers somebody has to read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.imaging import selectors
from backend.imaging.models import HeldMask, HeldState
from backend.imaging.selectors import thumbnail_url
from backend.imaging.services import held_masks
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role


class NumberSerializer(serializers.Serializer[Any]):
    """A number that was found in a mask, and what a reading makes of it."""

    number = serializers.IntegerField()
    voxels = serializers.IntegerField()
    volume_ml = serializers.FloatField()
    level = serializers.IntegerField(allow_null=True, help_text="VerSe's label; null: left out")
    reason = serializers.CharField()


class ReadingSerializer(serializers.Serializer[Any]):
    """One reading of a mask's numbers."""

    key = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()
    names_levels = serializers.BooleanField()
    rows = NumberSerializer(many=True)


class HeldMaskSerializer(serializers.ModelSerializer[HeldMask]):
    """A mask that waits for somebody to say what its numbers mean, with the readings, the likeliest first."""

    series_id = serializers.UUIDField(read_only=True)
    pseudonym = serializers.CharField(source="series.patient.pseudonym", read_only=True)
    series_number = serializers.IntegerField(source="series.number", read_only=True)
    thumbnail_url = serializers.SerializerMethodField()
    readings = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=HeldState.choices, read_only=True)
    levels = serializers.DictField(child=serializers.IntegerField(allow_null=True), read_only=True)
    answered_by = serializers.CharField(source="answered_by.name", default=None, allow_null=True)

    class Meta:
        model = HeldMask
        fields = (
            *("id", "series_id", "pseudonym", "series_number", "thumbnail_url", "readings", "state"),
            *("numbering", "levels", "note", "answered_by", "answered_at"),
        )
        read_only_fields = fields

    def get_thumbnail_url(self, held: HeldMask) -> str | None:
        return thumbnail_url(held.series.volume)

    @extend_schema_field(ReadingSerializer(many=True))
    def get_readings(self, held: HeldMask) -> Any:
        return ReadingSerializer(held.proposals, many=True).data


class LevelInput(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, max_value=255)
    level = serializers.IntegerField(min_value=1, max_value=255, allow_null=True)


class NumberingInput(serializers.Serializer[Any]):
    numbering = serializers.CharField(max_length=60, help_text="the key of the reading that was chosen")
    levels = LevelInput(many=True)


class RefuseMaskInput(serializers.Serializer[Any]):
    note = serializers.CharField(allow_blank=True, default="", max_length=2000)


class HeldMaskListView(ApiView):
    @extend_schema(
        operation_id="held_masks",
        responses=paged(HeldMaskSerializer),
        parameters=[OpenApiParameter("open", bool, description="only those that wait for an answer")],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Masks whose numbers are not plainly VerSe's; for the project's managers."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        only_open = request.query_params.get("open", "").lower() in ("1", "true")
        return self.page(selectors.held_masks_of(project, only_open=only_open), HeldMaskSerializer)


class HeldMaskConfirmView(ApiView):
    @extend_schema(operation_id="held_mask_confirm", request=NumberingInput, responses=HeldMaskSerializer)
    def post(self, request: Request, held_mask_id: UUID) -> Response:
        """Say which level each number is: the mask becomes the CT's first one."""
        held = selectors.held_mask_visible_to(self.actor, held_mask_id)
        data = self.parse(NumberingInput)
        levels = {row["number"]: row["level"] for row in data["levels"]}
        row = held_masks.confirm_numbering(
            actor=self.actor, held=held, numbering=data["numbering"], levels=levels
        )
        return Response(HeldMaskSerializer(row).data)


class HeldMaskRefuseView(ApiView):
    @extend_schema(operation_id="held_mask_refuse", request=RefuseMaskInput, responses=HeldMaskSerializer)
    def post(self, request: Request, held_mask_id: UUID) -> Response:
        """Do without the mask: the project's engine makes the first one."""
        held = selectors.held_mask_visible_to(self.actor, held_mask_id)
        row = held_masks.refuse_mask(actor=self.actor, held=held, **self.parse(RefuseMaskInput))
        return Response(HeldMaskSerializer(row).data)


class HeldMaskTakeBackView(ApiView):
    @extend_schema(operation_id="held_mask_take_back", request=None, responses=HeldMaskSerializer)
    def post(self, request: Request, held_mask_id: UUID) -> Response:
        """Take a refusal back: the mask waits again for its numbers to be confirmed."""
        held = selectors.held_mask_visible_to(self.actor, held_mask_id)
        row = held_masks.take_back_refusal(actor=self.actor, held=held)
        return Response(HeldMaskSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/held-masks", HeldMaskListView.as_view()),
    path("held-masks/<uuid:held_mask_id>/confirm", HeldMaskConfirmView.as_view()),
    path("held-masks/<uuid:held_mask_id>/refuse", HeldMaskRefuseView.as_view()),
    path("held-masks/<uuid:held_mask_id>/take-back", HeldMaskTakeBackView.as_view()),
]
