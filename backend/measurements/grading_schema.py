"""What a project asks of each vertebra, as data: which fields, which answers, and which must be given.

The Genant grade itself is always asked; everything beside it is the project's choice. The JSON in
`GradingSchema` is always one that `parse` has accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from django.db import transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.common.errors import Invalid
from backend.measurements.models import GradingSchema
from backend.projects.models import Project, Role
from backend.projects.selectors import require_role

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
FRACTURE_TYPES = ("wedge", "biconcave", "crush")
MATERIALS = ("none", "pmma", "screw_rod", "cage", "other")
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


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that may be given: its code, which is stored, and its words."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. ``options`` only where an answer is one of a list."""

    name: FieldName
    asked: bool = True
    needed: Needed = "never"
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """The form of a project."""

    title: str
    fields: tuple[Field, ...] = field(default_factory=tuple)

    def field(self, name: str) -> Field:
        """The field of that name; `KeyError` where there is none."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "fields": [
                {
                    "name": one.name,
                    "asked": one.asked,
                    "needed": one.needed,
                    "options": [{"code": o.code, "title": o.title} for o in one.options],
                }
                for one in self.fields
            ],
        }


def _options(words: dict[str, str]) -> tuple[Option, ...]:
    return tuple(Option(code, title) for code, title in words.items())


_TYPES = _options({"wedge": "Wedge", "biconcave": "Biconcave", "crush": "Crush"})
_MATERIALS = _options(
    {
        "none": "None",
        "pmma": "Bone cement (PMMA)",
        "screw_rod": "Screws and rods",
        "cage": "Cage or fusion",
        "other": "Other",
    }
)
FULL = Schema(
    "Genant with foreign material and deformities",
    (
        Field("fracture_type", needed="fracture", options=_TYPES),
        Field("foreign_material", options=_MATERIALS),
        Field("not_gradable_reason", options=_options(REASONS)),
        Field("deformity", options=_options(DEFORMITIES)),
        Field("osteoporotic"),
        Field("transitional"),
        Field("comment"),
    ),
)
GENANT_ONLY = Schema(
    "Genant alone",
    (
        Field("fracture_type", needed="fracture", options=_TYPES),
        Field("foreign_material", asked=False, options=_MATERIALS),
        Field("not_gradable_reason", options=_options(REASONS)),
        Field("deformity", asked=False, options=_options(DEFORMITIES)),
        Field("osteoporotic", asked=False),
        Field("transitional", asked=False),
        Field("comment"),
    ),
)
SHIPPED: dict[str, Schema] = {"full": FULL, "genant": GENANT_ONLY}
# Fields whose codes have a meaning of their own to the counts; a project may leave some out, not add any.
_CLOSED = {"fracture_type": FRACTURE_TYPES, "foreign_material": MATERIALS}
# An answer is a grade or a reason for none, so these two cannot be left out.
_ALWAYS_ASKED = ("fracture_type", "not_gradable_reason")


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise SchemaInvalid(message=message)


def parse(raw: Any) -> Schema:
    """Read and check a schema; fields that are not named keep the full schema's form, not asked.

    Raises
    ------
    SchemaInvalid
        with one sentence that names field and fault.
    """
    _require(isinstance(raw, dict), "The schema must be an object.")
    title = raw.get("title")
    _require(isinstance(title, str) and 0 < len(title) <= 80, "The schema needs a title.")
    rows = raw.get("fields")
    _require(isinstance(rows, list), "The fields must be a list.")
    given: dict[str, Field] = {}
    for row in cast("list[Any]", rows):
        one = _parse_field(row)
        _require(one.name not in given, f"The field {one.name} comes twice.")
        given[one.name] = one
    left_out = {
        one.name: Field(one.name, one.name in _ALWAYS_ASKED, "never", one.options) for one in FULL.fields
    }
    fields = tuple(given.get(one.name, left_out[one.name]) for one in FULL.fields)
    return Schema(cast("str", title), fields)


def _parse_field(raw: Any) -> Field:
    _require(isinstance(raw, dict), "A field must be an object.")
    name = raw.get("name")
    _require(name in get_args(FieldName), f"There is no field {name!r}.")
    asked, needed = raw.get("asked", True), raw.get("needed", "never")
    _require(isinstance(asked, bool), f"{name}: asked must be true or false.")
    _require(needed in get_args(Needed), f"{name}: needed must be one of {', '.join(get_args(Needed))}.")
    _require(asked or name not in _ALWAYS_ASKED, f"{name} cannot be left out.")
    _require(asked or needed == "never", f"{name} cannot be needed without being asked.")
    _require(name != "not_gradable_reason" or needed == "never", "A reason is needed only without a grade.")
    options = _parse_options(name, raw.get("options"))
    return Field(name, asked, needed, options)


def _parse_options(name: str, raw: Any) -> tuple[Option, ...]:
    shipped = FULL.field(name).options
    if not shipped:
        return ()
    if raw is None:
        return shipped
    _require(
        isinstance(raw, list) and 0 < len(raw) <= MAX_OPTIONS, f"{name} needs 1 to {MAX_OPTIONS} answers."
    )
    found: list[Option] = []
    for row in raw:
        code = row.get("code") if isinstance(row, dict) else None
        words = row.get("title") if isinstance(row, dict) else None
        plain = isinstance(code, str) and code.replace("_", "").isalnum() and code == code.lower()
        _require(
            plain and len(cast("str", code)) <= 60, f"{name}: {code!r} is no code (small letters and _)."
        )
        _require(isinstance(words, str) and 0 < len(words) <= 80, f"{name}: {code} needs words.")
        _require(code not in [one.code for one in found], f"{name}: {code} comes twice.")
        closed = _CLOSED.get(name)
        _require(closed is None or code in closed, f"{name}: {code} is not one that can be counted.")
        found.append(Option(cast("str", code), cast("str", words)))
    _require(name != "foreign_material" or found[0].code == "none", "Foreign material begins with none.")
    return tuple(found)


def schema_of(project: Project) -> Schema:
    """The project's schema; the full one where none was set."""
    row = GradingSchema.objects.filter(project=project).first()
    return parse(row.schema) if row is not None else FULL


@transaction.atomic
def set_schema(*, project: Project, actor: User, raw: Any) -> Schema:
    """Change what is asked (manager). It holds for answers given from now on; those that stand, stand."""
    require_role(actor, project, Role.MANAGER)
    schema = parse(raw)
    GradingSchema.objects.update_or_create(
        project=project, defaults={"schema": schema.to_json(), "changed_by": actor}
    )
    audit.record(
        actor=actor,
        act=scan_acts.GradingSchemaChanged(
            title=schema.title, asked=[one.name for one in schema.fields if one.asked]
        ),
        subject=project,
        project_id=project.pk,
    )
    return schema


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
