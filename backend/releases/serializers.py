"""The wire shapes of releases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.common.stored_wire import StoredSerializer
from backend.releases.creators import Creator
from backend.releases.datasheet.said import Datasheet
from backend.releases.embargo import day_told
from backend.releases.listing import Manifest, ReleaseCounts
from backend.releases.models import Layout, ReleaseState, Split
from backend.releases.planning.rules import Rules
from backend.releases.published import Standing, standing_of
from backend.releases.services.drafting import DEFAULT_FRACTIONS


class CreatorSerializer(StoredSerializer):
    model = Creator


class DatasheetSerializer(StoredSerializer):
    model = Datasheet


class RulesSerializer(StoredSerializer):
    model = Rules


class DraftInput(serializers.Serializer[Any]):
    version = serializers.RegexField(r"^[0-9A-Za-z][0-9A-Za-z._-]*$", max_length=20)
    title = serializers.CharField(max_length=120)
    notes = serializers.CharField(allow_blank=True, default="")
    licence = serializers.CharField(max_length=40, default="CC-BY-SA-4.0")
    terms = serializers.CharField(allow_blank=True, default="", help_text="Empty: the terms that ship")
    fractions = serializers.DictField(child=serializers.FloatField(), default=DEFAULT_FRACTIONS)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    embargo_until = serializers.DateField(allow_null=True, default=None)
    open_test_images = serializers.BooleanField(default=False)
    creators = CreatorSerializer(many=True, default=list)
    publisher = serializers.CharField(
        max_length=160, allow_blank=True, default="", help_text="Empty: the project's name"
    )
    doi = serializers.RegexField(
        r"^(10\.\d{4,9}/\S+)?$", max_length=120, allow_blank=True, default="", help_text="10.1234/abc"
    )
    released_on = serializers.DateField(allow_null=True, default=None, help_text="null: today")
    dicom = serializers.BooleanField(
        default=False, help_text="Masks and measurements as DICOM SEG and SR, too, with the images"
    )
    rater_masks = serializers.BooleanField(
        default=False, help_text="Each rater's own mask, of cases that several people did"
    )
    stable_raters = serializers.BooleanField(
        default=False, help_text="A rater has the same pseudonym in every case, not a letter by case"
    )
    disagreement_maps = serializers.BooleanField(
        default=False, help_text="Share of raters whose label differs from the mask, by voxel"
    )
    probability_maps = serializers.BooleanField(
        default=False, help_text="Share of raters who marked a vertebra, by voxel"
    )
    datasheet = DatasheetSerializer(default=dict)
    rules = RulesSerializer(default=dict, help_text="Which accepted cases go in; empty: all")


class CitationsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    bibtex = serializers.CharField()
    ris = serializers.CharField()


class StandingField(serializers.ChoiceField):
    """How a release's row stands now."""

    def __init__(self) -> None:
        super().__init__(choices=Standing.choices, source="*", read_only=True)

    def to_representation(self, value: Any) -> str:
        return standing_of(value)


class EmbargoDayField(serializers.DateField):
    """Until when a part of a release's row is secret; null once it has opened, however that came."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True, allow_null=True)

    def to_representation(self, value: Any) -> Any:
        day = day_told(value)
        return None if day is None else super().to_representation(day)


class ReleaseSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=ReleaseState.choices)
    standing = StandingField()
    licence = serializers.CharField()
    embargo_until = EmbargoDayField()
    patients_count = serializers.IntegerField()
    cases_count = serializers.IntegerField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ManifestSerializer(StoredSerializer):
    model = Manifest


class ReleaseCountsSerializer(StoredSerializer):
    model = ReleaseCounts


class ReleasePatientSerializer(serializers.Serializer[Any]):
    pseudonym = serializers.CharField(help_text="The subject's name in the archive")
    split = serializers.ChoiceField(choices=Split.choices)


class ReleaseFileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    split = serializers.CharField(allow_blank=True, help_text="Empty: in every archive")
    item_id = serializers.UUIDField(allow_null=True, help_text="The case it shows, to look at")


class ArchiveSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="all, a split, or the layout for another tool")
    layout = serializers.ChoiceField(choices=Layout.choices)
    size_bytes = serializers.IntegerField(allow_null=True)
    url = serializers.CharField()
    locked_until = serializers.DateField(allow_null=True)


class ErratumSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    subject = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReleaseProjectSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class ReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    project = ReleaseProjectSerializer()
    version = serializers.CharField()
    title = serializers.CharField()
    notes = serializers.CharField()
    licence = serializers.CharField()
    state = serializers.ChoiceField(choices=ReleaseState.choices)
    standing = serializers.ChoiceField(choices=Standing.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    public = serializers.BooleanField(help_text="Anybody may read its page, once it is published")
    withdrawn_reason = serializers.CharField()
    dicom = serializers.BooleanField()
    rater_masks = serializers.BooleanField()
    stable_raters = serializers.BooleanField()
    disagreement_maps = serializers.BooleanField()
    probability_maps = serializers.BooleanField()
    error = serializers.CharField()
    job_id = serializers.UUIDField(allow_null=True)
    fractions = serializers.DictField(child=serializers.FloatField())
    seed = serializers.IntegerField()
    rules = RulesSerializer()
    embargo_until = serializers.DateField(allow_null=True)
    custody = serializers.BooleanField(help_text="I read who keeps its sealed part, or kept it")
    open_test_images = serializers.BooleanField()
    creators = CreatorSerializer(many=True)
    publisher = serializers.CharField()
    doi = serializers.CharField()
    released_on = serializers.DateField(allow_null=True)
    datasheet = DatasheetSerializer()
    citations = CitationsSerializer()
    manifest_sha256 = serializers.CharField()
    frozen_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    counts = ReleaseCountsSerializer()
    patients = ReleasePatientSerializer(many=True)
    files = ReleaseFileSerializer(many=True, help_text="Empty before the terms are accepted")
    terms = serializers.CharField()
    accepted = serializers.BooleanField()
    archives = ArchiveSerializer(many=True)
    errata = ErratumSerializer(many=True)
    downloads = serializers.IntegerField(
        help_text="Downloads, not counting what was taken up again; managers only, else 0"
    )


class AcceptTermsInput(serializers.Serializer[Any]):
    affiliation = serializers.CharField(max_length=200, allow_blank=True, default="")
    purpose = serializers.CharField(max_length=2000, allow_blank=True, default="")


class ErratumInput(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000)
    subject = serializers.CharField(max_length=40, allow_blank=True, default="")
