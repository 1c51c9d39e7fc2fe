"""The wire shapes of uploads, batches, series and volumes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.common.models import JobState
from backend.imaging.models import RuleState, RuleVerdict, SameScanAnswer, Series, Upload, UploadBatch, Volume
from backend.imaging.selectors import thumbnail_url
from backend.science.inclusion import TEMPLATES
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


class BatchSourceSerializer(serializers.Serializer[Any]):
    """The uploads that a series of the batch was read from."""

    series = serializers.UUIDField()
    uploads = serializers.ListField(child=serializers.UUIDField())


class BatchQuery(serializers.Serializer[Any]):
    size_bytes = serializers.IntegerField(
        required=False, min_value=0, help_text="Of all files: where there is no room, they are refused here"
    )


class BatchSerializer(serializers.ModelSerializer[UploadBatch]):
    """Files that were dropped together."""

    project_slug = serializers.CharField(source="project.slug", read_only=True)
    job = JobBriefSerializer(read_only=True, allow_null=True)
    uploads = UploadSerializer(many=True, read_only=True)
    series = serializers.SerializerMethodField()
    sources = serializers.SerializerMethodField()

    class Meta:
        model = UploadBatch
        fields = (
            *("id", "project_slug", "state", "created_at", "raw_until"),
            *("job", "uploads", "series", "sources"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_series(self, batch: UploadBatch) -> list[str]:
        return [str(series.pk) for series in batch.series.all()]

    @extend_schema_field(BatchSourceSerializer(many=True))
    def get_sources(self, batch: UploadBatch) -> list[dict[str, Any]]:
        return [
            {"series": str(series.pk), "uploads": [str(row.upload_id) for row in series.sources.all()]}
            for series in batch.series.all()
        ]


class QuarantinedSerializer(UploadSerializer):
    """A file that could not be used, with the reason."""

    batch_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = Upload
        fields = (*UploadSerializer.Meta.fields, "batch_id", "created_at")
        read_only_fields = fields


class ResolveInput(serializers.Serializer[Any]):
    note = serializers.CharField(allow_blank=True, max_length=2000)
    alike = serializers.BooleanField(
        default=False, help_text="close all of its batch that were kept apart for the same reason"
    )


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
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What the engine left out and why, and what the image cuts"
    )


class SameScanBriefSerializer(serializers.Serializer[Any]):
    """That the voxels of a series are those of another one, and what was said about it."""

    id = serializers.UUIDField()
    other_series = serializers.UUIDField()
    other = serializers.CharField(help_text="the other's patient and number, such as sub-0002, series 1")
    answer = serializers.ChoiceField(choices=SameScanAnswer.choices, allow_blank=True)
    came_second = serializers.BooleanField(help_text="the other one was there before")


class VerdictSerializer(serializers.ModelSerializer[RuleVerdict]):
    """How one rule stands on a series."""

    title = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=RuleState.choices, read_only=True)
    stated_by = serializers.CharField(source="stated_by.name", default=None, allow_null=True)
    waived_by = serializers.CharField(source="waived_by.name", default=None, allow_null=True)

    class Meta:
        model = RuleVerdict
        fields = (
            *("rule_id", "title", "state", "fact", "stated_by"),
            *("waived_by", "waived_at", "waived_reason"),
        )
        read_only_fields = fields

    def get_title(self, row: RuleVerdict) -> str:
        template = TEMPLATES.get(row.rule_id)
        return template.title if template is not None else row.rule_id


class SeriesSerializer(serializers.ModelSerializer[Series]):
    """A series with its facts.

    Context: ``run``, ``case_id`` and ``levels`` by volume id, ``same_scans`` by series.
    """

    patient = PatientSerializer(read_only=True)
    facts = serializers.DictField(read_only=True)
    checks = CheckSerializer(many=True, read_only=True)
    verdicts = VerdictSerializer(many=True, read_only=True)
    held = serializers.BooleanField(read_only=True, help_text="an inclusion rule keeps it out")
    same_scans = serializers.SerializerMethodField()
    volume = serializers.SerializerMethodField()
    run = serializers.SerializerMethodField()
    case_id = serializers.SerializerMethodField()
    levels = serializers.SerializerMethodField(
        help_text="labels in the newest mask by an engine or an import; empty while there is none"
    )

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
            "levels",
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

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_levels(self, series: Series) -> list[int]:
        return self._of_volume("levels", series) or []


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
