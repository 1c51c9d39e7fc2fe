"""The wire shapes of acts on many cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from backend.annotation.work.services.bulk import MAX_CASES, Outcome
from backend.audit.acts.case_acts import EXCLUSION_CHOICES


class ExcludeInput(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=EXCLUSION_CHOICES)
    note = serializers.CharField(default="", allow_blank=True, max_length=2000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["reason"] == "other" and not attrs["note"].strip():
            raise serializers.ValidationError({"note": "Say what it is."})
        return attrs


ACTIONS = ("give", "distribute", "reassign", "take_back", "prioritise", "exclude", "put_back", "tag", "untag")


class BulkInput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=ACTIONS)
    case_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_CASES)
    user_id = serializers.UUIDField(
        required=False, help_text="give, reassign: to whom; take_back: from whom only"
    )
    from_user_id = serializers.UUIDField(
        required=False, help_text="reassign: from whom, where several have a case in hand"
    )
    group_id = serializers.UUIDField(
        required=False, help_text="distribute: over the people of this group only"
    )
    priority = serializers.IntegerField(required=False, min_value=-100, max_value=100)
    due_on = serializers.DateField(required=False, allow_null=True)
    exclusion = ExcludeInput(required=False, help_text="exclude: why")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        max_length=20,
        help_text="tag, untag: which; they are kept in small letters",
    )
    untouched = serializers.BooleanField(
        required=False, help_text="take_back, reassign: only what nobody has opened yet"
    )
    preview = serializers.BooleanField(default=False, help_text="Only say what would become of each case")


class BackSerializer(serializers.Serializer[Any]):
    """An act on this case, as `BulkInput` takes it."""

    action = serializers.ChoiceField(choices=ACTIONS)
    user_id = serializers.UUIDField(required=False)
    from_user_id = serializers.UUIDField(required=False)
    untouched = serializers.BooleanField(required=False)
    priority = serializers.IntegerField(required=False)
    due_on = serializers.DateField(required=False, allow_null=True)
    tags = serializers.ListField(child=serializers.CharField(), required=False)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """What is said and no more: a null day that nobody said would take the day away."""
        told: dict[str, Any] = super().to_representation(instance)
        return {name: value for name, value in told.items() if name in instance}


class OutcomeSerializer(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    alias = serializers.CharField()
    done = serializers.BooleanField()
    message = serializers.CharField()
    back = BackSerializer(many=True, help_text="What undoes it on this case; empty: nothing does")


def outcome_rows(outcomes: Sequence[Outcome], *, preview: bool) -> list[dict[str, Any]]:
    """As they are sent; what was only tried has no way back."""
    return [
        {
            "case_id": one.case.pk,
            "alias": one.case.alias,
            "done": one.done,
            "message": one.message,
            "back": () if preview else one.back,
        }
        for one in outcomes
    ]
