"""REST of calibration records and contrast phases: for a project's physicists and managers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.stored_wire import StoredSerializer
from backend.measurements import calibrations
from backend.measurements.calibrations import KEEPERS, CalibrationDraft, Verification
from backend.measurements.grading_schema import SHIPPED, Schema
from backend.measurements.models import CalibrationKind, CalibrationRecord, CalibrationState, ContrastPhase
from backend.measurements.selectors import schema_of
from backend.measurements.services import set_schema
from backend.projects.selectors import project_visible_to, require_role


class CalibrationSerializer(serializers.ModelSerializer[CalibrationRecord]):
    """A record that turns HU into bone density, or HU with contrast into HU without."""

    kind = serializers.ChoiceField(choices=CalibrationKind.choices, read_only=True)
    state = serializers.ChoiceField(choices=CalibrationState.choices, read_only=True)
    phase = serializers.ChoiceField(choices=ContrastPhase.choices, read_only=True)
    verified_by = serializers.CharField(source="verified_by.name", default=None, allow_null=True)

    class Meta:
        model = CalibrationRecord
        fields = (
            *("id", "kind", "state", "scanner_model", "device_hash", "kvp", "kernel", "phase", "slope"),
            *("intercept", "phantom", "valid_from", "valid_to", "source", "from_header", "note"),
            *("verified_by", "verified_at", "created_at"),
        )
        read_only_fields = fields


class CalibrationInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=CalibrationKind.choices, default=CalibrationKind.DENSITY)
    scanner_model = serializers.CharField(max_length=120)
    device_hash = serializers.CharField(max_length=64, required=False, allow_blank=True)
    kvp = serializers.FloatField(min_value=40, max_value=200)
    kernel = serializers.CharField(max_length=40, required=False, allow_blank=True)
    phase = serializers.ChoiceField(choices=ContrastPhase.choices, default=ContrastPhase.NONE)
    slope = serializers.FloatField()
    intercept = serializers.FloatField()
    phantom = serializers.CharField(max_length=200, required=False, allow_blank=True)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_to = serializers.DateField(required=False, allow_null=True)
    source = serializers.CharField(required=False, allow_blank=True)  # type: ignore[assignment]
    note = serializers.CharField(required=False, allow_blank=True)


class VerificationInput(serializers.Serializer[Any]):
    phantom = serializers.CharField(max_length=200)
    source = serializers.CharField()  # type: ignore[assignment]
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(required=False, allow_blank=True)


class RetirementInput(serializers.Serializer[Any]):
    note = serializers.CharField(help_text="Why it counts no more")


class PhaseInput(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=ContrastPhase.choices)


class PeriodInput(serializers.Serializer[Any]):
    record_id = serializers.UUIDField()
    within = serializers.BooleanField()


class GradingSchemaSerializer(StoredSerializer):
    model = Schema


class SchemaInput(serializers.Serializer[Any]):
    schema = GradingSchemaSerializer()


class ShippedSchemaSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    schema = GradingSchemaSerializer()


class ProjectSchemaSerializer(serializers.Serializer[Any]):
    schema = GradingSchemaSerializer()
    shipped = ShippedSchemaSerializer(many=True)


class CalibrationListView(ApiView):
    @extend_schema(operation_id="calibrations", responses=paged(CalibrationSerializer))
    def get(self, request: Request, slug: str) -> Response:
        """The project's records (physicist, manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, *KEEPERS)
        return self.page(calibrations.calibrations_of(project), CalibrationSerializer)

    @extend_schema(
        operation_id="calibration_enter", request=CalibrationInput, responses={201: CalibrationSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Enter a record; it counts once it is verified."""
        project = project_visible_to(self.actor, slug)
        draft = CalibrationDraft(**self.parse(CalibrationInput))
        record = calibrations.enter_calibration(project=project, actor=self.actor, draft=draft)
        return Response(CalibrationSerializer(record).data, status=201)


class VerifyCalibrationView(ApiView):
    @extend_schema(
        operation_id="calibration_verify", request=VerificationInput, responses=CalibrationSerializer
    )
    def post(self, request: Request, calibration_id: UUID) -> Response:
        """Let a candidate count."""
        record = calibrations.calibration_kept_by(self.actor, calibration_id)
        given = Verification(**self.parse(VerificationInput))
        record = calibrations.verify(calibration_id=record.pk, actor=self.actor, given=given)
        return Response(CalibrationSerializer(record).data)


class RetireCalibrationView(ApiView):
    @extend_schema(
        operation_id="calibration_retire", request=RetirementInput, responses=CalibrationSerializer
    )
    def post(self, request: Request, calibration_id: UUID) -> Response:
        """Let a record count no more."""
        record = calibrations.calibration_kept_by(self.actor, calibration_id)
        note = self.parse(RetirementInput)["note"]
        record = calibrations.retire(calibration_id=record.pk, actor=self.actor, note=note)
        return Response(CalibrationSerializer(record).data)


class ContrastPhaseView(ApiView):
    @extend_schema(operation_id="series_phase", request=PhaseInput, responses=PhaseInput)
    def put(self, request: Request, series_id: UUID) -> Response:
        """State the contrast phase of a series (physicist, manager)."""
        phase = self.parse(PhaseInput)["phase"]
        row = calibrations.state_phase(series_id=series_id, actor=self.actor, phase=phase)
        return Response(PhaseInput({"phase": row.phase}).data)


class PeriodView(ApiView):
    @extend_schema(operation_id="series_period", request=PeriodInput, responses=PeriodInput)
    def put(self, request: Request, series_id: UUID) -> Response:
        """Say whether a record held when a series was scanned (physicist, manager)."""
        row = calibrations.state_period(series_id=series_id, actor=self.actor, **self.parse(PeriodInput))
        return Response(PeriodInput({"record_id": row.record_id, "within": row.within}).data)


class GradingSchemaView(ApiView):
    @extend_schema(operation_id="grading_schema", responses=ProjectSchemaSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the project asks of each vertebra, and the schemas that ship."""
        project = project_visible_to(self.actor, slug)
        return self._answer(schema_of(project))

    @extend_schema(operation_id="grading_schema_set", request=SchemaInput, responses=ProjectSchemaSerializer)
    def put(self, request: Request, slug: str) -> Response:
        """Change what is asked (manager); it holds for answers given from now on."""
        project = project_visible_to(self.actor, slug)
        raw = self.parse(SchemaInput)["schema"]
        return self._answer(set_schema(project=project, actor=self.actor, raw=raw))

    def _answer(self, schema: Schema) -> Response:
        shipped = [{"key": key, "schema": one} for key, one in SHIPPED.items()]
        return Response(ProjectSchemaSerializer({"schema": schema, "shipped": shipped}).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/grading-schema", GradingSchemaView.as_view()),
    path("projects/<slug:slug>/calibrations", CalibrationListView.as_view()),
    path("calibrations/<uuid:calibration_id>/verify", VerifyCalibrationView.as_view()),
    path("calibrations/<uuid:calibration_id>/retire", RetireCalibrationView.as_view()),
    path("series/<uuid:series_id>/calibration-period", PeriodView.as_view()),
    path("series/<uuid:series_id>/contrast-phase", ContrastPhaseView.as_view()),
]
