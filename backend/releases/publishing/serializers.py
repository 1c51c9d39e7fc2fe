"""The wire shapes of publishing, of public pages and of the catalogue."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.measurements.models import ContrastPhase
from backend.releases.models import Access, Split
from backend.releases.published import Standing
from backend.releases.publishing.selectors import FIGURES, UNKNOWN
from backend.releases.serializers import CitationsSerializer, CreatorSerializer, ReleaseCountsSerializer
from backend.science.labels import LEVELS

PHASES = [*ContrastPhase.values, UNKNOWN]
MOST_CASES = 1_000_000


class PageInput(serializers.Serializer[Any]):
    public = serializers.BooleanField(help_text="A page that anybody reads without signing in")
    access = serializers.ChoiceField(choices=Access.choices, default=Access.MEMBERS)
    pictures = serializers.ListField(
        child=serializers.UUIDField(), default=list, help_text="Cases whose previews it shows, in order"
    )
    looked_at = serializers.BooleanField(
        default=False, help_text="I have looked at each picture; nobody could be known by one of them"
    )


class PublishInput(serializers.Serializer[Any]):
    at = serializers.DateTimeField(allow_null=True, default=None, help_text="null: now")


class WithdrawInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, help_text="The page of the release tells it")


class PictureChoiceSerializer(serializers.Serializer[Any]):
    item_id = serializers.UUIDField()
    subject = serializers.CharField()
    split = serializers.ChoiceField(choices=Split.choices)
    url = serializers.CharField()


class PublicationSerializer(serializers.Serializer[Any]):
    standing = serializers.ChoiceField(choices=Standing.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    public = serializers.BooleanField()
    access = serializers.ChoiceField(choices=Access.choices)
    pictures = serializers.ListField(child=serializers.UUIDField())
    choices = PictureChoiceSerializer(many=True, help_text="Cases of which a picture may be shown")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField(allow_blank=True)


class LevelCountSerializer(serializers.Serializer[Any]):
    level = serializers.CharField()
    cases = serializers.IntegerField()


class ContrastCountSerializer(serializers.Serializer[Any]):
    phase = serializers.ChoiceField(choices=PHASES)
    cases = serializers.IntegerField()


class PageTableRowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField(allow_blank=True))


class PageTableSerializer(serializers.Serializer[Any]):
    columns = serializers.ListField(child=serializers.ChoiceField(choices=Split.choices))
    rows = PageTableRowSerializer(many=True)


class PageFigureSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=Split.choices)
    name = serializers.ChoiceField(choices=list(FIGURES))
    title = serializers.CharField()
    url = serializers.CharField()


class PagePictureSerializer(serializers.Serializer[Any]):
    item_id = serializers.UUIDField()
    subject = serializers.CharField()
    url = serializers.CharField()


class PageVersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()
    released_on = serializers.DateField(allow_null=True)
    notes = serializers.CharField()
    standing = serializers.ChoiceField(choices=Standing.choices)


class PageErratumSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField(allow_null=True)
    text = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReleasePageSerializer(serializers.Serializer[Any]):
    """All that anybody may know of a public release. Nobody who worked on it but its authors is named."""

    id = serializers.UUIDField()
    version = serializers.CharField()
    title = serializers.CharField()
    notes = serializers.CharField()
    project = serializers.CharField()
    publisher = serializers.CharField()
    creators = CreatorSerializer(many=True)
    doi = serializers.CharField()
    released_on = serializers.DateField()
    licence = serializers.CharField()
    licence_url = serializers.CharField()
    citations = CitationsSerializer()
    preview = serializers.BooleanField(help_text="Only the project's managers see the page now")
    standing = serializers.ChoiceField(choices=Standing.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()
    access = serializers.ChoiceField(choices=Access.choices)
    versions = PageVersionSerializer(many=True, help_text="With a public page, newest first")
    terms = serializers.CharField()
    terms_sha256 = serializers.CharField(help_text="Whoever asks for access signs these")
    embargo_until = serializers.DateField(allow_null=True)
    manifest_sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()
    counts = ReleaseCountsSerializer(allow_null=True, help_text="null: withdrawn")
    levels = LevelCountSerializer(many=True)
    contrast = ContrastCountSerializer(many=True)
    table = PageTableSerializer(help_text="Table 1 as it was frozen, of the open parts")
    figures = PageFigureSerializer(many=True)
    pictures = PagePictureSerializer(many=True)
    errata = PageErratumSerializer(many=True)


class CatalogueQuery(serializers.Serializer[Any]):
    search = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="Words of it")
    level = serializers.ChoiceField(choices=[level.name for level in LEVELS], allow_blank=True, default="")
    contrast = serializers.ChoiceField(choices=PHASES, allow_blank=True, default="")
    licence = serializers.CharField(max_length=40, allow_blank=True, default="")
    cases = serializers.IntegerField(min_value=0, max_value=MOST_CASES, default=0, help_text="At least")


class CatalogueRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()
    title = serializers.CharField()
    notes = serializers.CharField()
    publisher = serializers.CharField()
    licence = serializers.CharField()
    released_on = serializers.DateField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    access = serializers.ChoiceField(choices=Access.choices)
    patients = serializers.IntegerField()
    cases = serializers.IntegerField()
    vertebrae = serializers.IntegerField()
    fractures = serializers.IntegerField()
    levels = serializers.ListField(child=serializers.CharField())
    contrast = serializers.ListField(child=serializers.ChoiceField(choices=PHASES))
    picture_url = serializers.CharField(allow_null=True)


class CatalogueSerializer(serializers.Serializer[Any]):
    releases = CatalogueRowSerializer(many=True)
