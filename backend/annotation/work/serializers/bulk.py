"""The wire shapes of acts on many cases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.work.services.bulk import MAX_CASES


class BulkInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=["give", "distribute", "take_back", "prioritise"])
    case_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_CASES)
    user_id = serializers.UUIDField(required=False, help_text="give: to whom; take_back: from whom only")
    priority = serializers.IntegerField(required=False, min_value=-100, max_value=100)
    due_on = serializers.DateField(required=False, allow_null=True)


class OutcomeSerializer(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    alias = serializers.CharField()
    done = serializers.BooleanField()
    message = serializers.CharField()
