"""The wire shapes of the acts of a project."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.audit.acts.sentences import titles

MOST = 200


class AuditQuery(serializers.Serializer[Any]):
    """What to look for; everything that is said has to fit."""

    person = serializers.UUIDField(required=False, help_text="Who did it")
    verb = serializers.CharField(required=False, help_text="What was done, as `thing.done`")
    case = serializers.CharField(required=False, help_text="The name of a case")
    since = serializers.DateField(required=False, help_text="The first day")
    until = serializers.DateField(required=False, help_text="The last day, included")
    said = serializers.CharField(required=False, help_text="Words that the sentence has, its values aside")
    seen = serializers.BooleanField(
        required=False, default=False, help_text="Only who saw or took away what others made"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        verb = attrs.get("verb")
        if verb is not None and verb not in titles():
            raise serializers.ValidationError({"verb": f"Nothing is done by the name of {verb}."})
        since, until = attrs.get("since"), attrs.get("until")
        if since is not None and until is not None and until < since:
            raise serializers.ValidationError({"until": "The last day is before the first."})
        return attrs


class AuditPageQuery(AuditQuery):
    before = serializers.CharField(required=False, help_text="Go on after this entry (`older` of a page)")
    page_size = serializers.IntegerField(required=False, default=50, min_value=1, max_value=MOST)


class AuditSubjectSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["case", "release", "person"])
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()


class AuditEntrySerializer(serializers.Serializer[Any]):
    """One act. Where names are hidden the actor is a letter, without an id."""

    entry = serializers.CharField(help_text="Its digest in the chain")
    at = serializers.DateTimeField()
    actor_id = serializers.UUIDField(allow_null=True)
    actor = serializers.CharField(allow_null=True, help_text="Null: the site itself")
    verb = serializers.CharField()
    text = serializers.CharField()
    subject = AuditSubjectSerializer(allow_null=True)


class AuditPageSerializer(serializers.Serializer[Any]):
    """Newest first. Not counted: how many there are would tell of those that are held back."""

    results = AuditEntrySerializer(many=True)
    older = serializers.CharField(allow_null=True, help_text="`before` of the next page; null: the last one")
    held_back = serializers.BooleanField(
        help_text="Acts on the cases that I rate at this moment are left out until I have handed in"
    )
    names_hidden = serializers.BooleanField(
        help_text="Double blind: acts on cases are under letters, and not found by person"
    )


class AuditPersonSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class AuditVerbSerializer(serializers.Serializer[Any]):
    verb = serializers.CharField()
    title = serializers.CharField(help_text="Its sentence, values left out")


class AuditChoicesSerializer(serializers.Serializer[Any]):
    """What the list can be searched by."""

    people = AuditPersonSerializer(many=True)
    verbs = AuditVerbSerializer(many=True)


class ChainCheckSerializer(serializers.Serializer[Any]):
    """What reading the whole chain of the site has shown the last time."""

    state = serializers.ChoiceField(choices=["never", "checking", "unbroken", "broken", "failed"])
    progress = serializers.FloatField(help_text="Of the check that is under way, 0 to 1")
    error = serializers.CharField(allow_blank=True, help_text="Why the last check could not be made")
    checked_at = serializers.DateTimeField(allow_null=True)
    length = serializers.IntegerField(
        allow_null=True, help_text="Entries read; null for those who rate: it would tell of others' work"
    )
    broken_at = serializers.IntegerField(allow_null=True, help_text="Number of the first entry at fault")
    reason = serializers.CharField(allow_blank=True, help_text="What is wrong with it, after `it`")
