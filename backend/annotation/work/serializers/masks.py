"""The wire shapes of edits."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class OperationSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    operation_id = serializers.UUIDField()
    kind = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    payload_b64 = serializers.CharField()


class OperationsQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, default=0)


class EditHeadersSerializer(serializers.Serializer[Any]):
    operation_id = serializers.UUIDField()
    base_revision = serializers.IntegerField(min_value=0)
    kind = serializers.CharField(max_length=40)
    label = serializers.IntegerField(min_value=0, max_value=255, allow_null=True, default=None)  # type: ignore[assignment]


class SavedSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    digest = serializers.CharField()
    saved_at = serializers.DateTimeField(allow_null=True)
