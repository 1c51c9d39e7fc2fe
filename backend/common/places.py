"""Places on the wire: points in RAS+ mm, voxels and lines, each of a fixed length that the schema tells."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers


class FixedList(serializers.ListField):
    """A list of so many of one kind: a component of its own in the schema."""

    name: ClassVar[str]
    words: ClassVar[str]
    of: ClassVar[type[serializers.Field[Any, Any, Any, Any]]]
    length: ClassVar[int]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=self.of(), min_length=self.length, max_length=self.length, **kwargs)


class PointField(FixedList):
    """A place or a shift in RAS+ mm, a direction, or a voxel with its fractions."""

    name, words, of, length = "Point", "x, y, z; RAS+ mm if not said otherwise", serializers.FloatField, 3


class VoxelField(FixedList):
    """A voxel, 0-based, or a count of voxels along each axis."""

    name, words, of, length = "Voxel", "i, j, k", serializers.IntegerField, 3


class LineField(FixedList):
    """A height line."""

    name, words, of, length = "Line", "From its lower to its upper end", PointField, 2


class FixedListExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Written out in place, lists in lists would lose their lengths in TypeScript."""

    target_class = "backend.common.places.FixedList"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        field = self.target
        items = auto_schema._map_serializer_field(field.child, direction)  # type: ignore[no-untyped-call]
        schema = {
            "type": "array",
            "items": items,
            "minItems": field.length,
            "maxItems": field.length,
            "description": field.words,
        }
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=field.name, type=ResolvedComponent.SCHEMA, object=field.name, schema=schema
        )
        auto_schema.registry.register_on_missing(component)
        reference: dict[str, Any] = component.ref
        return reference
