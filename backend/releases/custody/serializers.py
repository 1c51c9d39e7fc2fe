"""The wire shapes of an embargo and its custodians."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.releases.models import CustodianState


class CustodianInput(serializers.Serializer[Any]):
    email = serializers.EmailField(help_text="Of their account; they may be from outside the project")
    instead_of_me = serializers.BooleanField(default=False, help_text="A custodian hands their place over")


class CustodyAnswerInput(serializers.Serializer[Any]):
    accept = serializers.BooleanField()


class OpeningInput(serializers.Serializer[Any]):
    opens = serializers.BooleanField(help_text="False: take my confirmation back")


class CustodianSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=CustodianState.choices)
    asked_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(
        allow_null=True, help_text="When they confirmed the opening, while that holds"
    )
    mine = serializers.BooleanField()
    may_take_back = serializers.BooleanField(help_text="I may take the question back")


class SealedAccessSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    what = serializers.CharField(help_text="files, statistics, a case, or an archive")
    created_at = serializers.DateTimeField()


class EmbargoSerializer(serializers.Serializer[Any]):
    """The sealed part of a release: who keeps it, and who has read of it."""

    locked_until = serializers.DateField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True, help_text="By two custodians, before its day")
    in_custody = serializers.BooleanField(help_text="Managers who are no custodians do not read it any more")
    reads = serializers.BooleanField(help_text="I read the sealed part")
    may_name = serializers.BooleanField(help_text="I may ask somebody to take a free place")
    custodians = CustodianSerializer(many=True)
    accesses = SealedAccessSerializer(many=True, help_text="The newest, of the time while it was sealed")
