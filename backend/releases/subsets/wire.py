"""A subset's query as it stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from backend.releases.subsets.query import Query
from backend.science.labels import LEVELS

MOST_SUBJECTS = 500
_ORDER = {level.name: number for number, level in enumerate(LEVELS)}


class SubsetQuery(serializers.Serializer[Any]):
    """Lists are separated by commas."""

    levels = serializers.CharField(required=False, help_text="All of these are in the mask: T12,L1")
    fracture_from = serializers.IntegerField(
        required=False, min_value=0, max_value=3, help_text="The worst Genant grade is this at the least"
    )
    contrast = serializers.CharField(required=False, max_length=40, help_text="As bone_density.csv names it")
    sex = serializers.CharField(required=False, max_length=10, help_text="As participants.tsv names it")
    age_from = serializers.IntegerField(required=False, min_value=0, max_value=150)
    age_to = serializers.IntegerField(required=False, min_value=0, max_value=150)
    subjects = serializers.CharField(required=False, help_text="Only these patients: sub-0001,sub-0002")

    def validate_levels(self, value: str) -> tuple[str, ...]:
        names = {name.strip().upper() for name in value.split(",") if name.strip()}
        unknown = sorted(names - _ORDER.keys())
        if unknown:
            raise serializers.ValidationError(f"There is no level {unknown[0][:20]}.")
        return tuple(sorted(names, key=_ORDER.__getitem__))

    def validate_subjects(self, value: str) -> tuple[str, ...]:
        names = sorted({name.strip() for name in value.split(",") if name.strip()})
        if len(names) > MOST_SUBJECTS:
            raise serializers.ValidationError(f"Name at most {MOST_SUBJECTS} patients.")
        return tuple(names)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        low, high = attrs.get("age_from"), attrs.get("age_to")
        if low is not None and high is not None and low > high:
            raise serializers.ValidationError({"age_to": "The oldest are younger than the youngest."})
        return attrs


def query_of(said: Mapping[str, Any]) -> Query:
    """The query that was read."""
    return Query(**said)
