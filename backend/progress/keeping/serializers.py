"""The wire shape of "as of"."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class AsOfSerializer(serializers.Serializer[Any]):
    """Of when figures are. Of a small project they are of now."""

    state = serializers.ChoiceField(choices=["ready", "computing", "failed"])
    computed_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: never yet, the figures are empty"
    )
    outdated = serializers.BooleanField(help_text="Something has changed since")
    progress = serializers.FloatField(help_text="Of the computing that is under way, 0 to 1")
    kept = serializers.BooleanField(help_text="Computed before, in the background; else for this very answer")
    error = serializers.CharField(allow_blank=True, help_text="Why they could not be computed")


class WithAsOfSerializer(serializers.Serializer[Any]):
    as_of = AsOfSerializer()
