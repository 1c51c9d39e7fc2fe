"""The wire shapes of requests for access."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.releases.models import RequestState
from backend.releases.serializers import ArchiveSerializer


class AccessInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField(help_text="Signed in, one's own address counts")
    institution = serializers.CharField(max_length=200)
    purpose = serializers.CharField(max_length=4000)
    terms_sha256 = serializers.CharField(
        max_length=64, help_text="SHA-256 of the terms that I have read and accept"
    )


class AccessAskedSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=RequestState.choices)


class LinkInput(serializers.Serializer[Any]):
    token = serializers.CharField(max_length=100)


class GrantInput(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=730, default=90)


class ReasonInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, help_text="Whoever asked is told it")


class AccessRequestSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.CharField()
    institution = serializers.CharField()
    purpose = serializers.CharField()
    signed_in = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=RequestState.choices)
    reason = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_signed_in(self, row: Any) -> bool:
        return row.user_id is not None


class GrantedSerializer(serializers.Serializer[Any]):
    release_id = serializers.UUIDField()
    title = serializers.CharField()
    version = serializers.CharField()
    expires_at = serializers.DateTimeField()
    manifest_sha256 = serializers.CharField()
    archives = ArchiveSerializer(many=True)
