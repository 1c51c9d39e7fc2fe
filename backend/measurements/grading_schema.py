"""What a project asks of each vertebra, as data: which fields, which answers, and which must be given.

The Genant grade itself is always asked; everything beside it is the project's choice. The model is the one
definition: of what is stored, of the API's schema and with it of the browser's types. The JSON in
`GradingSchema` is always one that `Schema.read` has accepted.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, field_validator, model_validator

from backend.common.errors import Invalid
from backend.common.stored import Listed, Stored, listed

FieldName = Literal[
    "fracture_type",
    "foreign_material",
    "not_gradable_reason",
    "deformity",
    "osteoporotic",
    "transitional",
    "comment",
]
# When an answer must be given: never, wherever there is a fracture (grade 1 to 3), or always.
Needed = Literal["never", "fracture", "always"]

MAX_OPTIONS = 40
# Reason codes that every project knows; SCIENCE section 4 lists the pitfalls that they stand for.
REASONS = {
    "cut_off": "Cut off by the image's border",
    "metal_artefact": "Metal artefact",
    "cement": "Cement hides the shape",
    "fused": "Fused with its neighbour",
    "motion": "Motion or noise",
    "tumour": "Destroyed by tumour",
    "other": "Other",
}
DEFORMITIES = {
    "scheuermann": "Scheuermann's disease",
    "cupids_bow": "Cupid's bow",
    "physiological_wedge": "Physiological wedging",
    "short_height": "Short vertebral height",
    "limbus": "Limbus vertebra",
    "block_vertebra": "Block vertebra",
    "butterfly": "Butterfly vertebra",
    "haemangioma": "Haemangioma",
    "scoliosis": "Scoliosis (obliquity)",
    "osteophytes": "Osteophytes",
}


class SchemaInvalid(Invalid):
    code = "grading_schema_invalid"
    message = "The grading schema is not valid."


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise ValueError(message)


class GradingOption(Stored):
    """An answer that may be given: its code, which is stored, and its words."""

    code: Annotated[str, Field(min_length=1, max_length=60)]
    title: Annotated[str, Field(min_length=1, max_length=80)]

    @model_validator(mode="after")
    def _is_code(self) -> Self:
        plain = self.code.replace("_", "").isalnum() and self.code == self.code.lower()
        _require(plain, f"{self.code!r} is no code (small letters and _).")
        return self


def _options(words: dict[str, str]) -> tuple[GradingOption, ...]:
    return tuple(GradingOption(code=code, title=title) for code, title in words.items())


_SHIPPED_OPTIONS: dict[FieldName, tuple[GradingOption, ...]] = {
    "fracture_type": _options({"wedge": "Wedge", "biconcave": "Biconcave", "crush": "Crush"}),
    "foreign_material": _options(
        {
            "none": "None",
            "pmma": "Bone cement (PMMA)",
            "screw_rod": "Screws and rods",
            "cage": "Cage or fusion",
            "other": "Other",
        }
    ),
    "not_gradable_reason": _options(REASONS),
    "deformity": _options(DEFORMITIES),
}
# Fields whose codes have a meaning of their own to the counts; a project may leave some out, not add any.
_CLOSED = ("fracture_type", "foreign_material")
# An answer is a grade or a reason for none, so these two cannot be left out.
_ALWAYS_ASKED = ("fracture_type", "not_gradable_reason")


class GradingField(Stored):
    """A field of the grading form. ``options`` only where an answer is one of a list."""

    name: FieldName
    asked: bool = True
    needed: Needed = "never"
    options: Annotated[Listed[GradingOption], listed(most=MAX_OPTIONS)] = ()

    @model_validator(mode="before")
    @classmethod
    def _with_options(cls, raw: Any) -> Any:
        """Options that are not named are those that ship; where an answer is free there are none."""
        if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
            return raw
        shipped = _SHIPPED_OPTIONS.get(raw["name"])
        if shipped is None:
            return {**raw, "options": ()}
        return {**raw, "options": shipped} if raw.get("options") is None else raw

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        name = self.name
        _require(self.asked or name not in _ALWAYS_ASKED, f"{name} cannot be left out.")
        _require(self.asked or self.needed == "never", f"{name} cannot be needed without being asked.")
        reason = name == "not_gradable_reason"
        _require(not reason or self.needed == "never", "A reason is needed only without a grade.")
        self._require_options()
        return self

    def _require_options(self) -> None:
        shipped = [option.code for option in _SHIPPED_OPTIONS.get(self.name, ())]
        codes = [option.code for option in self.options]
        _require(bool(codes) or not shipped, f"{self.name} needs 1 to {MAX_OPTIONS} answers.")
        for place, code in enumerate(codes):
            _require(code not in codes[:place], f"{self.name}: {code} comes twice.")
            known = self.name not in _CLOSED or code in shipped
            _require(known, f"{self.name}: {code} is not one that can be counted.")
        begins = self.name != "foreign_material" or codes[0] == "none"
        _require(begins, "Foreign material begins with none.")


_NAMES: tuple[FieldName, ...] = get_args(FieldName)


class Schema(Stored):
    """The form of a project. Fields that are not named are not asked, unless they cannot be left out."""

    what = "The grading schema"
    items = {"fields": "Field", "options": "answer"}
    refused = SchemaInvalid

    title: Annotated[str, Field(min_length=1, max_length=80)]
    fields: Listed[GradingField]

    @field_validator("fields")
    @classmethod
    def _every_field(cls, given: tuple[GradingField, ...]) -> tuple[GradingField, ...]:
        names = [one.name for one in given]
        for name in names:
            _require(names.count(name) == 1, f"The field {name} comes twice.")
        rest = [GradingField(name=n, asked=n in _ALWAYS_ASKED) for n in _NAMES if n not in names]
        return tuple(sorted((*given, *rest), key=lambda one: _NAMES.index(one.name)))

    def field(self, name: str) -> GradingField:
        """The field of that name; `KeyError` where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


FULL = Schema(
    title="Genant with foreign material and deformities",
    fields=(
        GradingField(name="fracture_type", needed="fracture"),
        *(GradingField(name=name) for name in _NAMES if name != "fracture_type"),
    ),
)
GENANT_ONLY = Schema(
    title="Genant alone",
    fields=(GradingField(name="fracture_type", needed="fracture"), GradingField(name="comment")),
)
SHIPPED: dict[str, Schema] = {"full": FULL, "genant": GENANT_ONLY}


def check_fields(schema: Schema, answer: dict[str, Any]) -> None:
    """Refuse an answer that the project's schema does not know.

    What is needed is checked when the work is handed in (`lacking`): a form is filled step by step.

    Raises
    ------
    Invalid
        ``field_not_asked``, ``unknown_answer``.
    """
    for one in schema.fields:
        value = answer.get(one.name)
        empty = value in (None, "", False) or (one.name == "foreign_material" and value == "none")
        if empty:
            continue
        if not one.asked:
            raise Invalid("field_not_asked", f"This project does not ask for {one.name.replace('_', ' ')}.")
        if one.options and value not in [option.code for option in one.options]:
            raise Invalid("unknown_answer", f"{value!r} is no answer to {one.name.replace('_', ' ')} here.")


def lacking(schema: Schema, answer: dict[str, Any]) -> list[str]:
    """The fields that must still be answered."""
    fractured = bool(answer.get("grade"))
    missing = []
    for one in schema.fields:
        needed = one.needed == "always" or (one.needed == "fracture" and fractured)
        if one.needed == "always" and answer.get("grade") is None:
            needed = False  # not gradable: the reason says it all
        if needed and one.asked and answer.get(one.name) in (None, ""):
            missing.append(str(one.name))
    return missing
