"""A project's inclusion rules, as stored and sent; what each asks stands in ``science.inclusion``."""

from __future__ import annotations

from backend.common.stored import Listed, Report

RuleValue = bool | int | float | str | Listed[float] | Listed[str] | dict[str, str]


class AskedRule(Report):
    """A rule as a project asks it; numbers that are left out are the paper's."""

    what = "The inclusion rule"

    id: str
    enabled: bool = False
    parameters: dict[str, RuleValue] = {}


class Rule(AskedRule):
    """The same with its words."""

    title: str
    text: str
