"""JSON bodies held against OpenAPI 3.0, which says null, and that nothing else may come, in its own way."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft4Validator

_validators: dict[str, Draft4Validator] = {}
_parts: list[dict[str, Any]] = []  # the components as JSON Schema has them, worked out once


def strict(part: Any, *, whole: bool = True) -> Any:
    """As JSON Schema has it: null by name, and no keys but those described. A part of an ``allOf`` is no
    ``whole``: its keys may be described beside it."""
    if isinstance(part, list):
        return [strict(one, whole=whole) for one in part]
    if not isinstance(part, dict):
        return part
    made = {
        key: {name: strict(one) for name, one in value.items()}
        if key in ("properties", "schemas")
        else strict(value, whole=key != "allOf")
        for key, value in part.items()
        if key not in ("nullable", "example", "default")
    }
    if whole and "properties" in made and "allOf" not in made:
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") is True else made


def faults(body: Any, described: dict[str, Any], components: dict[str, Any]) -> list[str]:
    """Each place at which the body differs, with what is wrong."""
    if not _parts:
        _parts.append({"schemas": strict(components["schemas"])})
    key = json.dumps(described, sort_keys=True)
    if key not in _validators:
        _validators[key] = Draft4Validator({**strict(described), "components": _parts[0]})
    return [f"body: {fault.json_path} {fault.message[:200]}" for fault in _validators[key].iter_errors(body)]
