"""What a project does about each finding of the plausibility checks: nothing, point it out, or insist."""

from __future__ import annotations

from typing import Any, Literal, cast, get_args

from backend.common.errors import Invalid
from backend.science.finding import FINDING_CODES

RuleLevel = Literal["off", "warn", "block"]
LEVELS: tuple[str, ...] = get_args(RuleLevel)

# Each of these makes a mask unusable as it stands: a name twice, names in a wrong order, no name at all, two
# ends of the patient exchanged.
BLOCKING_BY_DEFAULT = frozenset({"unknown_label", "orientation", "order", "duplicate"})


class FindingRulesInvalid(Invalid):
    code = "finding_rules_invalid"
    message = "The rules for findings are not valid."


def parse_rules(raw: Any) -> dict[str, RuleLevel]:
    """Check rules from outside: ``{code: "off" | "warn" | "block"}``. Codes left out keep the default.

    Raises
    ------
    FindingRulesInvalid
        with one sentence that names the rule at fault.
    """
    if not isinstance(raw, dict):
        raise FindingRulesInvalid(message="The rules must be an object of codes and levels.")
    for code, level in raw.items():
        if code not in FINDING_CODES:
            raise FindingRulesInvalid(message=f"There is no finding {code!r}.")
        if level not in LEVELS:
            raise FindingRulesInvalid(message=f"{code} must be one of {', '.join(LEVELS)}, not {level!r}.")
    return cast("dict[str, RuleLevel]", raw)


def rules_of(stored: dict[str, str]) -> dict[str, RuleLevel]:
    """Every code with its level: what the project says, else the default."""
    return {
        code: cast("RuleLevel", stored.get(code, "block" if code in BLOCKING_BY_DEFAULT else "warn"))
        for code in FINDING_CODES
    }
