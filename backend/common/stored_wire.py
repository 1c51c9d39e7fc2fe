"""Stored JSON as a part of requests and answers: read by its model, described in the schema by its model."""

from __future__ import annotations

from typing import Any, ClassVar, get_args

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers

from backend.common.stored import Stored

_PARTS = "#/components/schemas/{model}"


class StoredSerializer(serializers.BaseSerializer[Any]):
    """A part whose form is that of ``model``.

    What comes in is handed on as it is: the service that takes it reads it and refuses it in its own words.
    What goes out may be the model or stored JSON; JSON of a former version has today's defaults added.
    """

    model: ClassVar[type[Stored]]

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, instance: Any) -> dict[str, Any]:
        read = instance if isinstance(instance, Stored) else self.model.read(instance)
        return read.to_json()


class StoredExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """A component for the model and each model in it; requests may leave out what has a default."""

    target_class = "backend.common.stored_wire.StoredSerializer"
    match_subclasses = True

    def get_identity(self, auto_schema: AutoSchema, direction: str) -> type[Stored]:
        """The model: a part is the same wherever it occurs, and another one of its name is found out."""
        model: type[Stored] = self.target.model
        return model

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        asked = direction == "request"
        template = _PARTS + "Request" if asked else _PARTS
        mode = "validation" if asked else "serialization"
        schema: dict[str, Any] = self.target.model.model_json_schema(ref_template=template, mode=mode)
        parts = _parts(self.target.model)
        for name, part in schema.pop("$defs", {}).items():
            full = f"{name}Request" if asked else name
            component = ResolvedComponent(  # type: ignore[no-untyped-call]
                name=full, type=ResolvedComponent.SCHEMA, object=parts[name], schema=_plain(part)
            )
            auto_schema.registry.register_on_missing(component)
        plain: dict[str, Any] = _plain(schema)
        return plain


def _parts(kind: Any) -> dict[str, type[Stored]]:
    """The models that a type consists of, itself among them, by name."""
    found: dict[str, type[Stored]] = {}
    if isinstance(kind, type) and issubclass(kind, Stored):
        found[kind.__name__] = kind
        inner: list[Any] = [field.annotation for field in kind.model_fields.values()]
    else:
        inner = [*get_args(kind)]
    for part in inner:
        found |= _parts(part)
    return found


def _plain(schema: Any) -> Any:
    """As OpenAPI 3.0 has it: null as ``nullable``, one constant as an enum; without titles that repeat names.

    Defaults are left out: the client's generator would ask callers for every field that has one.
    """
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: {name: _plain(part) for name, part in value.items()} if key == "properties" else _plain(value)
        for key, value in schema.items()
        if key != "default" and not (key == "title" and isinstance(value, str))
    }
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    choices = kept.get("anyOf", [])
    if {"type": "null"} in choices:
        (only,) = [choice for choice in choices if choice != {"type": "null"}]
        del kept["anyOf"]
        kept |= {"allOf": [only]} if "$ref" in only else only
        kept["nullable"] = True
    if "$ref" in kept and len(kept) > 1:
        kept["allOf"] = [{"$ref": kept.pop("$ref")}]
    if "prefixItems" in kept:
        kept["items"] = kept.pop("prefixItems")[0]
    return kept
