"""JSON that the site stores and sends, each kind defined once: a pydantic model reads it and describes it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.common.errors import Invalid

# What a value of a wrong kind should have been
_KINDS = {
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
}


class Stored(BaseModel):
    """Base of them: no key that is not known, no value of another kind, nothing changed once it is read.

    For errors, ``what`` names the whole, ``words`` a part whose key is not its word, and ``items`` one of a
    list: ``{"stages": "Stage"}`` makes "Stage 2" of the second.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,  # what is sent has every field
    )

    what: ClassVar[str] = "The value"
    words: ClassVar[Mapping[str, str]] = {}
    items: ClassVar[Mapping[str, str]] = {}
    refused: ClassVar[type[Invalid]] = Invalid

    @classmethod
    def read(cls, raw: Any) -> Self:
        """What was sent or stored, checked.

        Raises
        ------
        Invalid
            the model's ``refused``, with one sentence that names the place at fault and what it should be;
            ``extra.field`` has the place for programs ("stages.0.kind").
        """
        try:
            return cls.model_validate(raw)
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise cls.refused(message=cls._sentence(first), extra={"field": place}) from exc

    @classmethod
    def _sentence(cls, fault: Mapping[str, Any]) -> str:
        """The fault in words."""
        kind, told = fault["type"], fault.get("ctx", {})
        place = cls._place(fault["loc"])
        if kind == "value_error":
            return f"{place}: {told['error']}" if fault["loc"] else str(told["error"])
        if kind == "literal_error":
            allowed = str(told["expected"]).replace("'", "").replace(" or ", ", ")
            return f"{place} must be one of {allowed}, not {fault['input']!r}."
        bounds = {
            "missing": "is missing: add it",
            "extra_forbidden": "is not known: leave it out",
            "greater_than_equal": f"must be {told.get('ge')} at the least",
            "less_than_equal": f"must be {told.get('le')} at the most",
            "string_too_short": "must not be empty",
            "string_too_long": f"must have {told.get('max_length')} letters at the most",
            "too_short": f"must have {told.get('min_length')} at the least",
            "too_long": f"must have {told.get('max_length')} at the most",
        }
        said = (
            bounds.get(kind) or f"must be {_KINDS[kind]}"
            if kind in _KINDS or kind in bounds
            else fault["msg"]
        )
        return f"{place} {said}."

    @classmethod
    def _place(cls, loc: tuple[int | str, ...]) -> str:
        """("stages", 0, "kind") as "Stage 1: kind"; the whole by its name."""
        parts: list[str] = []
        for part, following in zip_longest(loc, loc[1:]):
            if isinstance(part, int):
                parts[-1] = f"{parts[-1]} {part + 1}"
            else:
                known = cls.items if isinstance(following, int) else cls.words
                parts.append(known.get(part, part))
        return ": ".join(parts) or cls.what

    def to_json(self) -> dict[str, Any]:
        """The form that is stored and sent."""
        return self.model_dump(mode="json")


class Report(Stored):
    """What was computed once and is kept as it was: those of former versions stay readable.

    Each field has a default for the reports that lack it, and what is no longer known is left out. Whoever
    computes one puts it through the model before it is stored, so that it has the form that the schema tells.
    """

    model_config = ConfigDict(extra="ignore")


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]
"""A tuple of any length: JSON has lists only, and its items stay strict."""


def listed(least: int | None = None, most: int | None = None) -> Any:
    """The field of a `Listed` whose length is bounded."""
    return Field(strict=False, min_length=least, max_length=most)


Share = Annotated[float, Field(ge=0, le=1)]
