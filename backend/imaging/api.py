"""Batches, quarantine, series and volumes over REST. Uploads themselves are in ``tus.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.errors import NotFound
from backend.common.models import JobState
from backend.common.storage import blob_response, file_response
from backend.imaging import selectors, services, withdrawing
from backend.imaging.inclusion_api import VerdictSerializer
from backend.imaging.models import SameScanAnswer, Series, Upload, UploadBatch, Volume
from backend.imaging.same_scans import pairs_by_series
from backend.imaging.selectors import thumbnail_url
from backend.imaging.tus import UploadListView, UploadView
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role
from backend.science.refusal_advice import advice_on


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """One file on its way in, and what became of it."""

    advice = serializers.SerializerMethodField(
        help_text="what to do about a refusal, where there is more to say"
    )

    class Meta:
        model = Upload
        fields = (
            "id",
            "name",
            "relative_path",
            "size_bytes",
            "offset_bytes",
            "state",
            "reason_code",
            "reason",
            "advice",
            "raw_until",
            "resolved_at",
        )
        read_only_fields = fields

    def get_advice(self, upload: Upload) -> str:
        return advice_on(upload.reason_code)


class JobBriefSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=JobState.choices)
    progress = serializers.FloatField()
    message = serializers.CharField()
    error = serializers.CharField()


class BatchSerializer(serializers.ModelSerializer[UploadBatch]):
    """Files that were dropped together."""

    project_slug = serializers.CharField(source="project.slug", read_only=True)
    job = JobBriefSerializer(read_only=True, allow_null=True)
    uploads = UploadSerializer(many=True, read_only=True)
    series = serializers.SerializerMethodField()

    class Meta:
        model = UploadBatch
        fields = ("id", "project_slug", "state", "created_at", "raw_until", "job", "uploads", "series")
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_series(self, batch: UploadBatch) -> list[str]:
        return [str(series.pk) for series in batch.series.all()]


class BatchListView(ApiView):
    @extend_schema(operation_id="batches", responses=paged(BatchSerializer))
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        return self.page(selectors.batches_visible_to(self.actor).filter(project=project), BatchSerializer)

    @extend_schema(operation_id="batch_create", request=None, responses={201: BatchSerializer})
    def post(self, request: Request, slug: str) -> Response:
        batch = services.create_batch(actor=self.actor, project=project_visible_to(self.actor, slug))
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch.pk)).data, status=201)


class BatchView(ApiView):
    @extend_schema(operation_id="batch", responses=BatchSerializer)
    def get(self, request: Request, batch_id: UUID) -> Response:
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


class BatchProcessView(ApiView):
    @extend_schema(operation_id="batch_process", request=None, responses=BatchSerializer)
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Start the ingest; asked again, it changes nothing."""
        services.process_batch(actor=self.actor, batch=selectors.batch_visible_to(self.actor, batch_id))
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


class BatchWithdrawView(ApiView):
    @extend_schema(operation_id="batch_withdraw", request=None, responses=BatchSerializer)
    def post(self, request: Request, batch_id: UUID) -> Response:
        """Take back an upload that is incomplete, stuck, failed or refused whole; its files are deleted."""
        batch = selectors.batch_visible_to(self.actor, batch_id)
        withdrawing.withdraw_batch(actor=self.actor, batch=batch)
        return Response(BatchSerializer(selectors.batch_visible_to(self.actor, batch_id)).data)


class QuarantinedSerializer(UploadSerializer):
    """A file that could not be used, with the reason."""

    batch_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = Upload
        fields = (*UploadSerializer.Meta.fields, "batch_id", "created_at")
        read_only_fields = fields


class QuarantineView(ApiView):
    @extend_schema(
        operation_id="quarantine",
        responses=paged(QuarantinedSerializer),
        parameters=[OpenApiParameter("resolved", bool, description="only the resolved, or only the open")],
    )
    def get(self, request: Request, slug: str) -> Response:
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        rows = selectors.quarantine_of(project)
        resolved = request.query_params.get("resolved")
        if resolved is not None:
            rows = rows.filter(resolved_at__isnull=resolved.lower() not in ("1", "true"))
        return self.page(rows, QuarantinedSerializer)


class ResolveInput(serializers.Serializer[Any]):
    note = serializers.CharField(allow_blank=True, max_length=2000)
    alike = serializers.BooleanField(
        default=False, help_text="close all of its batch that were kept apart for the same reason"
    )


class UploadResolveView(ApiView):
    @extend_schema(operation_id="upload_resolve", request=ResolveInput, responses=QuarantinedSerializer)
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Close a quarantined file, or all that are like it; their bytes are deleted."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        row = withdrawing.resolve_upload(actor=self.actor, upload=upload, **self.parse(ResolveInput))
        return Response(QuarantinedSerializer(row).data)


class UploadFileView(ApiView):
    @extend_schema(
        operation_id="upload_file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, upload_id: UUID) -> HttpResponseBase:
        """The file as it came, for the manager who must see what is wrong; it may name a patient."""
        upload = selectors.upload_visible_to(self.actor, upload_id)
        path = Path(services.inbox_path(upload))
        if not path.is_file():
            raise NotFound(message="The file's bytes are deleted.")
        return file_response(request=request._request, path=path, filename=upload.name)


class PatientSerializer(serializers.Serializer[Any]):
    pseudonym = serializers.CharField()
    sex = serializers.CharField()
    age_years = serializers.IntegerField(allow_null=True)


class CheckSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["info", "warning", "error"])
    message = serializers.CharField()


class VolumeBriefSerializer(serializers.ModelSerializer[Volume]):
    shape = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    spacing_mm = serializers.ListField(child=serializers.FloatField(), read_only=True)
    thumbnail_url = serializers.SerializerMethodField()

    class Meta:
        model = Volume
        fields = ("id", "shape", "spacing_mm", "hu_min", "hu_max", "thumbnail_url")
        read_only_fields = fields

    def get_thumbnail_url(self, volume: Volume) -> str | None:
        return thumbnail_url(volume)


class RunBriefSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=JobState.choices)
    engine = serializers.CharField()
    progress = serializers.FloatField()
    naming_doubt = serializers.CharField(
        help_text="The engine's sentence where its names are a guess; empty: not that anybody knows"
    )


class SameScanBriefSerializer(serializers.Serializer[Any]):
    """That the voxels of a series are those of another one, and what was said about it."""

    id = serializers.UUIDField()
    other_series = serializers.UUIDField()
    other = serializers.CharField(help_text="the other's patient and number, such as sub-0002, series 1")
    answer = serializers.ChoiceField(choices=SameScanAnswer.choices, allow_blank=True)
    came_second = serializers.BooleanField(help_text="the other one was there before")


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """A series with its facts. Context: ``runs`` and ``cases`` by volume id, ``same_scans`` by series."""

    patient = PatientSerializer(read_only=True)
    facts = serializers.DictField(read_only=True)
    checks = CheckSerializer(many=True, read_only=True)
    verdicts = VerdictSerializer(many=True, read_only=True)
    held = serializers.BooleanField(read_only=True, help_text="an inclusion rule keeps it out")
    same_scans = serializers.SerializerMethodField()
    volume = serializers.SerializerMethodField()
    run = serializers.SerializerMethodField()
    case_id = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = (
            "id",
            "patient",
            "number",
            "source_format",
            "facts",
            "checks",
            "verdicts",
            "held",
            "same_scans",
            "volume",
            "case_id",
            "run",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(SameScanBriefSerializer(many=True))
    def get_same_scans(self, series: Series) -> list[dict[str, Any]]:
        rows = []
        for pair in self.context["same_scans"].get(series.pk, []):
            second = pair.second_id == series.pk
            other = pair.first if second else pair.second
            called = f"{other.patient.pseudonym}, series {other.number}"
            rows.append(
                {
                    "id": str(pair.pk),
                    "other_series": str(other.pk),
                    "other": called,
                    "answer": pair.answer,
                    "came_second": second,
                }
            )
        return rows

    @extend_schema_field(VolumeBriefSerializer(allow_null=True))
    def get_volume(self, series: Series) -> dict[str, Any] | None:
        volume = getattr(series, "volume", None)
        return VolumeBriefSerializer(volume).data if volume is not None else None

    def _of_volume(self, name: str, series: Series) -> Any:
        volume = getattr(series, "volume", None)
        return self.context[name].get(volume.pk) if volume is not None else None

    @extend_schema_field(RunBriefSerializer(allow_null=True))
    def get_run(self, series: Series) -> Any:
        run = self._of_volume("run", series)
        return RunBriefSerializer(run).data if run is not None else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_case_id(self, series: Series) -> Any:
        return self._of_volume("case_id", series)


class _SeriesViewBase(ApiView):
    def context(self, series: list[Series]) -> dict[str, Any]:
        ids = [row.volume.pk for row in series if getattr(row, "volume", None) is not None]
        facts: dict[str, Any] = {name: selectors.series_facts(name, ids) for name in ("run", "case_id")}
        return {**facts, "same_scans": pairs_by_series([row.pk for row in series])}


SERIES_ORDERINGS = {
    "created_at": "created_at",
    "pseudonym": "patient__pseudonym",
    "number": "number",
}


class SeriesListView(_SeriesViewBase):
    @extend_schema(
        operation_id="series_list",
        responses=paged(SeriesSerializer),
        parameters=[
            OpenApiParameter("search", str, description="part of a pseudonym"),
            OpenApiParameter("ordering", str, enum=[*SERIES_ORDERINGS, *(f"-{k}" for k in SERIES_ORDERINGS)]),
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        """The project's series; for its managers."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        rows = selectors.series_of(project)
        search = request.query_params.get("search", "").strip()
        if search:
            rows = rows.filter(Q(patient__pseudonym__icontains=search))
        ordering = request.query_params.get("ordering", "pseudonym")
        field = SERIES_ORDERINGS.get(ordering.lstrip("-"), "patient__pseudonym")
        rows = rows.order_by(("-" if ordering.startswith("-") else "") + field, "number", "pk")
        return self.page(rows, SeriesSerializer, self.context)


class SeriesView(_SeriesViewBase):
    @extend_schema(operation_id="series", responses=SeriesSerializer)
    def get(self, request: Request, series_id: UUID) -> Response:
        rows = selectors.with_verdicts(selectors.series_visible_to(self.actor))
        series = rows.select_related("patient", "volume").filter(pk=series_id).first()
        if series is None:
            raise NotFound
        return Response(SeriesSerializer(series, context=self.context([series])).data)


class SlabSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    k0 = serializers.IntegerField()
    k1 = serializers.IntegerField()
    bytes = serializers.IntegerField()
    url = serializers.CharField()


class CoarseSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    shape = serializers.ListField(child=serializers.IntegerField())
    factor = serializers.ListField(child=serializers.IntegerField())
    bytes = serializers.IntegerField()
    url = serializers.CharField()


class SlabIndexSerializer(serializers.Serializer[Any]):
    """Where the volume's slabs are: gzip of int16 HU, first axis fastest."""

    version = serializers.IntegerField()
    shape = serializers.ListField(child=serializers.IntegerField())
    affine_ras_mm = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    spacing_mm = serializers.ListField(child=serializers.FloatField())
    dtype = serializers.CharField()
    hu_range = serializers.ListField(child=serializers.IntegerField())
    coarse = CoarseSerializer()
    slabs = SlabSerializer(many=True)


class VolumeIndexView(ApiView):
    @extend_schema(operation_id="volume_index", responses=SlabIndexSerializer)
    def get(self, request: Request, volume_id: UUID) -> Response:
        volume = selectors.volume_visible_to(self.actor, volume_id)
        base = f"/api/v1/volumes/{volume.pk}/blobs/"
        index = dict(volume.slab_index)
        index["slabs"] = [{**slab, "url": base + slab["sha256"]} for slab in index["slabs"]]
        index["coarse"] = {**index["coarse"], "url": base + index["coarse"]["sha256"]}
        return Response(index)


class VolumeBlobView(ApiView):
    @extend_schema(
        operation_id="volume_blob",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, volume_id: UUID, sha256: str) -> HttpResponseBase:
        """A slab, the coarse volume or the thumbnail; immutable, with Range."""
        volume = selectors.volume_visible_to(self.actor, volume_id)
        return blob_response(request=request._request, blob=selectors.served_blob(volume, sha256))

    @extend_schema(exclude=True)
    def head(self, request: Request, volume_id: UUID, sha256: str) -> HttpResponseBase:
        return self.get(request, volume_id, sha256)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/batches", BatchListView.as_view()),
    path("batches/<uuid:batch_id>", BatchView.as_view()),
    path("batches/<uuid:batch_id>/process", BatchProcessView.as_view()),
    path("batches/<uuid:batch_id>/withdraw", BatchWithdrawView.as_view()),
    path("uploads/", UploadListView.as_view()),
    path("uploads/<uuid:upload_id>/", UploadView.as_view()),
    path("uploads/<uuid:upload_id>/resolve", UploadResolveView.as_view()),
    path("uploads/<uuid:upload_id>/file", UploadFileView.as_view()),
    path("projects/<slug:slug>/quarantine", QuarantineView.as_view()),
    path("projects/<slug:slug>/series", SeriesListView.as_view()),
    path("series/<uuid:series_id>", SeriesView.as_view()),
    path("volumes/<uuid:volume_id>/index", VolumeIndexView.as_view()),
    path("volumes/<uuid:volume_id>/blobs/<str:sha256>", VolumeBlobView.as_view()),
]
