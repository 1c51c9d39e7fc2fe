"""JSON that the site stores and sends, each kind defined once: a pydantic model reads it and describes it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

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


class Foreign(Report):
    """What a program of somebody else may have written: what is in our form is read, the rest stays as it is.

    A part of a wrong kind, or one item of it, counts as not told, since a page must not fail on another
    program's words; parts that we have no name for are kept and sent.
    """

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="wrap")
    @classmethod
    def _as_far_as_it_fits(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(raw, Mapping):
            return handler(raw)
        for depth in (2, 1):  # the item of a list or the value of a table alone where that helps
            try:
                return handler(raw)
            except ValidationError as exc:
                raw = _without(raw, {fault["loc"][:depth] for fault in exc.errors() if fault["loc"]})
        return handler(raw)

    def kept(self) -> dict[str, Any]:
        """What was told and no more, as it is stored."""
        return self.model_dump(mode="json", exclude_unset=True)


def _without(told: Any, places: set[tuple[int | str, ...]]) -> Any:
    """Lists and tables without what stands at these places."""
    gone = {place[0] for place in places if len(place) == 1}
    inner = {place[0]: {rest[1:] for rest in places if rest[0] == place[0]} for place in places}
    if isinstance(told, list | tuple):
        return [_without(one, inner.get(n, set())) for n, one in enumerate(told) if n not in gone]
    if isinstance(told, Mapping):
        return {key: _without(one, inner.get(key, set())) for key, one in told.items() if key not in gone}
    return told


T = TypeVar("T")
Listed = Annotated[tuple[T, ...], Field(strict=False)]
"""A tuple of any length: JSON has lists only, and its items stay strict."""


def listed(least: int | None = None, most: int | None = None) -> Any:
    """The field of a `Listed` whose length is bounded."""
    return Field(strict=False, min_length=least, max_length=most)


Share = Annotated[float, Field(ge=0, le=1)]
