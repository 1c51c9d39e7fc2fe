"""Inclusion rules of a study: a project's own choice and numbers, checked against what is known of a series.

The ten rules are those of the VerSe 2019 paper (Löffler et al. 2020); a project turns them on, changes their
numbers, or leaves them out. What is not known is "unknown", never "passed": a person says, with the fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from backend.science.errors import BadInput
from backend.science.labels import label_of, name_of, sort_labels

State = Literal["passed", "failed", "unknown"]
Parameters = Mapping[str, Any]

LUMBAR = frozenset(label_of(f"L{n}") for n in range(1, 6))
WHOLE_SPINE = (
    frozenset(label_of(f"C{n}") for n in range(1, 8))
    | frozenset(label_of(f"T{n}") for n in range(1, 12))
    | LUMBAR
)
_TOLERANCE_MM = 0.05
_OLDEST_KNOWN_AGE = 90  # stands for 90 and over


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as a project uses it."""

    id: str
    enabled: bool
    parameters: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For JSON: id, whether it is asked, its parameters."""
        return {"id": self.id, "enabled": self.enabled, "parameters": self.parameters}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a series. ``levels`` are those of all series of the patient; None before any mask.

    ``acquired`` is known while the upload is read and never kept; ``acquired_year`` is all that remains.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    age_years: int | None = None
    levels: Collection[int] | None = None
    acquired: date | None = None
    acquired_year: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check says, with the fact that it rests on or that is missing."""

    state: State
    fact: str


@dataclass(frozen=True, slots=True)
class Template:
    """A rule as it ships: its words, its numbers and its check."""

    id: str
    title: str
    text: str
    parameters: dict[str, Any]
    check: Callable[[Known, Parameters], Outcome]


def _unknown(missing: str) -> Outcome:
    return Outcome("unknown", missing)


def _told(passed: bool, fact: str) -> Outcome:
    return Outcome("passed" if passed else "failed", fact)


def _names(labels: Iterable[int]) -> str:
    return ", ".join(name_of(label) for label in sort_labels(labels))


def _dxa(known: Known, parameters: Parameters) -> Outcome:
    if known.levels is not None and not LUMBAR & set(known.levels):
        return Outcome("failed", "no lumbar vertebra in the image")
    days = parameters["days"]
    return _unknown(f"whether lumbar DXA and CT lie within {days} days is not in the image: say it by hand")


def _whole_spine(known: Known, parameters: Parameters) -> Outcome:
    contrast = known.facts.get("contrast")
    if contrast == "enhanced":
        return Outcome("failed", "contrast medium was given")
    if known.levels is None:
        return _unknown("the levels are not known before there is a mask")
    missing = WHOLE_SPINE - set(known.levels)
    if missing:
        return Outcome("failed", f"not in the patient's series: {_names(missing)}")
    if contrast != "none":
        return _unknown("the header does not say whether contrast medium was given")
    return Outcome("passed", "no contrast medium; C1 to L5 in the patient's series")


def _age(known: Known, parameters: Parameters) -> Outcome:
    if known.age_years is None:
        return _unknown("the age is not known")
    over = known.age_years >= _OLDEST_KNOWN_AGE
    return _told(
        known.age_years > parameters["years"], f"{known.age_years}{' or more' if over else ''} years"
    )


def _no_metastases(known: Known, parameters: Parameters) -> Outcome:
    return _unknown("the history is not in the image: say it by hand")


def _kvp(known: Known, parameters: Parameters) -> Outcome:
    kvp = known.facts.get("kvp")
    if kvp is None:
        return _unknown("the tube voltage is not known")
    return _told(abs(float(kvp) - parameters["kvp"]) < 0.5, f"{float(kvp):g} kVp")


def _sagittal(known: Known, parameters: Parameters) -> Outcome:
    plane = known.facts.get("plane")
    if not plane:
        return _unknown("the plane of reformation is not known")
    return _told(plane in parameters["planes"], f"plane {plane}")


def _kernel(known: Known, parameters: Parameters) -> Outcome:
    kernel, reconstruction = known.facts.get("kernel"), known.facts.get("reconstruction")
    if reconstruction == "iterative":
        return Outcome("failed", f"iterative reconstruction, kernel {kernel or 'not known'}")
    if not kernel or kernel in ("other", "mixed"):
        return _unknown("the reconstruction kernel is not known")
    maker = str(known.facts.get("manufacturer") or "")
    pattern = parameters["sharp_kernels"].get(maker)
    if pattern is None:
        return _unknown(f"kernel {kernel}: no list of sharp kernels for {maker or 'an unknown manufacturer'}")
    if not re.fullmatch(pattern, str(kernel)):
        return Outcome("failed", f"kernel {kernel} is not among the sharp ones ({pattern})")
    if reconstruction is None:
        return _unknown(f"kernel {kernel} is sharp; whether it was filtered back projection is not stated")
    return Outcome("passed", f"filtered back projection, kernel {kernel}")


def _resolution(known: Known, parameters: Parameters) -> Outcome:
    spacing, axes = known.facts.get("original_spacing_mm"), known.facts.get("original_axes")
    if not spacing or not axes:
        return _unknown("the original spacing is not known")
    along = next((s for s, code in zip(spacing, axes, strict=True) if code in "SI"), None)
    if along is None:
        return _unknown("no axis of the image runs from head to foot")
    return _told(along <= parameters["mm"] + _TOLERANCE_MM, f"{along:g} mm from head to foot")


def _acquisition(known: Known, parameters: Parameters) -> Outcome:
    thickness, pitch = known.facts.get("slice_thickness_mm"), known.facts.get("pitch")
    low, high = parameters["slice_mm"]
    if thickness is not None and not low - _TOLERANCE_MM <= thickness <= high + _TOLERANCE_MM:
        return Outcome("failed", f"slices of {thickness:g} mm")
    when = _in_window(known, date.fromisoformat(parameters["first"]), date.fromisoformat(parameters["last"]))
    if when.state == "failed":
        return when
    missing = [
        *(["slice thickness"] if thickness is None else []),
        *(["helical pitch"] if pitch is None else []),
        *([when.fact] if when.state == "unknown" else []),
        "adaptive tube load",
    ]
    if missing == ["adaptive tube load"] and not parameters["adaptive_tube_load"]:
        return Outcome("passed", f"helical, slices of {thickness:g} mm, {when.fact}")
    return _unknown(f"not known: {', '.join(missing)}")


def _in_window(known: Known, first: date, last: date) -> Outcome:
    """Whether the scan lies in a time: by the day while that is known, else as far as the year tells."""
    if known.acquired is not None:
        within = first <= known.acquired <= last
        where = "within" if within else "outside"
        return _told(within, f"scanned {where} the study's time, by its day at ingest")
    year = known.acquired_year
    if year is None:
        return _unknown("the time of the scan")
    if year < first.year or year > last.year:
        return Outcome("failed", f"scanned in {year}, outside {first.isoformat()} to {last.isoformat()}")
    whole = date(year, 1, 1) >= first and date(year, 12, 31) <= last
    return Outcome("passed", f"scanned in {year}") if whole else _unknown(f"the day of the scan in {year}")


def _ethics(known: Known, parameters: Parameters) -> Outcome:
    number = str(parameters["irb"]).strip()
    if not number or not parameters["consent_waived"]:
        return Outcome("failed", "the study's approval and consent waiver are not recorded in the settings")
    return Outcome("passed", f"approval {number}, consent waived")


# Sharp kernels by manufacturer (SCIENCE: Siemens B and H 60 to 80 are filtered back projection, I* iterative;
# Philips' sharp ones are letters). A physicist edits them per project.
_SHARP = {"Siemens": r"[BH][67]\d[a-z]?|[BH]80[a-z]?", "Philips": r"D|E|L|YB|YC|YD"}

CATALOGUE: tuple[Template, ...] = (
    Template(
        "I1",
        "DXA within a year",
        "Study A: lumbar DXA and a CT that includes the lumbar spine within one year.",
        {"days": 365},
        _dxa,
    ),
    Template(
        "I2",
        "Whole spine without contrast",
        "Study B: non-enhanced CT of the whole spine, over all series of the patient.",
        {},
        _whole_spine,
    ),
    Template("I3", "Age", "Older than this many years at the scan.", {"years": 30}, _age),
    Template(
        "I4",
        "No bone metastases",
        "No history of bone metastases, nor of a primary bone tumour.",
        {},
        _no_metastases,
    ),
    Template("I5", "Tube voltage", "Scanned at this tube voltage.", {"kvp": 120}, _kvp),
    Template(
        "I6", "Sagittal reformation", "Sagittal reformations are there.", {"planes": ["sag"]}, _sagittal
    ),
    Template(
        "I7",
        "Bone kernel",
        "Filtered back projection with a sharp kernel.",
        {"sharp_kernels": dict(_SHARP)},
        _kernel,
    ),
    Template("I8", "Resolution", "Craniocaudal resolution at least this fine.", {"mm": 1.0}, _resolution),
    Template(
        "I9",
        "Acquisition",
        "Helical, acquired in the study's time, thin slices, adaptive tube load.",
        {"first": "2013-01-01", "last": "2017-11-30", "slice_mm": [0.9, 1.0], "adaptive_tube_load": True},
        _acquisition,
    ),
    Template(
        "I10",
        "Approval",
        "The ethics board's number and its waiver of consent are recorded.",
        {"irb": "", "consent_waived": False},
        _ethics,
    ),
)
TEMPLATES: Mapping[str, Template] = {template.id: template for template in CATALOGUE}
# A patient comes in by one study or the other: one of these is enough where both are asked.
ALTERNATIVES: tuple[frozenset[str], ...] = (frozenset({"I1", "I2"}),)


def default_rules() -> list[Rule]:
    """All rules with the paper's numbers, none of them asked."""
    return [Rule(template.id, False, dict(template.parameters)) for template in CATALOGUE]


def parse_rules(raw: Any) -> list[Rule]:
    """Read and check a project's rules; rules that are not named are not asked.

    Raises
    ------
    BadInput
        ``bad_rules``, naming rule and value.
    """
    if not isinstance(raw, list):
        raise BadInput("bad_rules", "the rules must be a list")
    given: dict[str, Rule] = {}
    for entry in raw:
        if not isinstance(entry, dict) or entry.get("id") not in TEMPLATES:
            named = entry.get("id") if isinstance(entry, dict) else entry
            raise BadInput("bad_rules", f"there is no rule {named!r}")
        template = TEMPLATES[entry["id"]]
        parameters = {**template.parameters, **(entry.get("parameters") or {})}
        _check_parameters(template, parameters)
        given[template.id] = Rule(template.id, bool(entry.get("enabled", False)), parameters)
    return [given.get(rule.id, rule) for rule in default_rules()]


def _check_parameters(template: Template, parameters: Mapping[str, Any]) -> None:
    for name, value in parameters.items():
        if name not in template.parameters:
            raise BadInput("bad_rules", f"{template.id} has no value {name!r}")
        if not _same_shape(value, template.parameters[name]):
            raise BadInput("bad_rules", f"{template.id}: {name} cannot be {value!r}")
    try:
        for name in ("first", "last"):
            if name in parameters:
                date.fromisoformat(parameters[name])
        for pattern in parameters.get("sharp_kernels", {}).values():
            re.compile(pattern)
    except (ValueError, re.error) as error:
        raise BadInput("bad_rules", f"{template.id}: {error}") from error


def _same_shape(value: Any, example: Any) -> bool:
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(example, bool)
    if isinstance(example, int | float):
        return isinstance(value, int | float)
    if isinstance(example, list):
        if not isinstance(value, list) or (isinstance(example[0], float) and len(value) != len(example)):
            return False
        return all(_same_shape(one, example[0]) for one in value)
    if isinstance(example, dict):
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    return isinstance(value, type(example))


def check(rules: Sequence[Rule], known: Known) -> dict[str, Outcome]:
    """The outcome of each rule that is asked, in the catalogue's order."""
    return {rule.id: TEMPLATES[rule.id].check(known, rule.parameters) for rule in rules if rule.enabled}


def keeps_out(states: Mapping[str, str], waived: Collection[str] = ()) -> list[str]:
    """The rules that keep a series out: failed, not waived, and without an alternative that passed.

    Unknown keeps nothing out; the page shows what is to be said.
    """
    excused = set(waived)
    for group in ALTERNATIVES:
        asked = group & states.keys()
        if any(states[rule] != "failed" or rule in waived for rule in asked):
            excused |= asked
    return [rule for rule, state in states.items() if state == "failed" and rule not in excused]
