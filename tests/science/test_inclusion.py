"""Inclusion rules I1 to I10 against facts with known answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backend.science.errors import BadInput
from backend.science.inclusion import (
    CATALOGUE,
    WHOLE_SPINE,
    Known,
    Rule,
    check,
    default_rules,
    keeps_out,
    parse_rules,
)

FACTS: dict[str, Any] = {
    "kvp": 120.0,
    "kernel": "B70s",
    "manufacturer": "Siemens",
    "reconstruction": "fbp",
    "contrast": "none",
    "plane": "sag",
    "original_spacing_mm": [0.4, 2.0, 0.9],
    "original_axes": "PRI",
    "slice_thickness_mm": 0.9,
    "pitch": 0.8,
}
WHOLE = Known(FACTS, age_years=66, levels=sorted(WHOLE_SPINE), acquired_year=2015)


def asked(*ids: str, **parameters: Any) -> list[Rule]:
    return parse_rules([{"id": one, "enabled": True, "parameters": parameters} for one in ids])


def state(rule: str, known: Known, **parameters: Any) -> str:
    return check(asked(rule, **parameters), known)[rule].state


def with_facts(**facts: Any) -> Known:
    return replace(WHOLE, facts={**FACTS, **facts})


def test_ten_rules_ship_and_none_is_asked() -> None:
    assert [template.id for template in CATALOGUE] == [f"I{n}" for n in range(1, 11)]
    assert check(default_rules(), WHOLE) == {}


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [
        ("I1", WHOLE, "unknown"),
        ("I1", replace(WHOLE, levels=[8, 9]), "failed"),
        ("I2", WHOLE, "passed"),
        ("I2", replace(WHOLE, levels=None), "unknown"),
        ("I2", replace(WHOLE, levels=[20, 21, 22]), "failed"),
        ("I2", with_facts(contrast="enhanced"), "failed"),
        ("I2", with_facts(contrast="unknown"), "unknown"),
        ("I3", replace(WHOLE, age_years=31), "passed"),
        ("I3", replace(WHOLE, age_years=30), "failed"),
        ("I3", replace(WHOLE, age_years=None), "unknown"),
        ("I4", WHOLE, "unknown"),
        ("I5", WHOLE, "passed"),
        ("I5", with_facts(kvp=100), "failed"),
        ("I5", with_facts(kvp=None), "unknown"),
        ("I6", WHOLE, "passed"),
        ("I6", with_facts(plane="ax"), "failed"),
        ("I7", WHOLE, "passed"),
        ("I7", with_facts(kernel="B30f"), "failed"),
        ("I7", with_facts(kernel="I70f", reconstruction="iterative"), "failed"),
        ("I7", with_facts(manufacturer="Philips", kernel="YB", reconstruction=None), "unknown"),
        ("I7", with_facts(manufacturer="GE", kernel="BONE"), "unknown"),
        ("I8", WHOLE, "passed"),
        ("I8", with_facts(original_spacing_mm=[0.4, 2.0, 1.04]), "passed"),
        ("I8", with_facts(original_spacing_mm=[0.4, 2.0, 1.2]), "failed"),
        ("I9", WHOLE, "unknown"),
        ("I9", with_facts(slice_thickness_mm=3.0), "failed"),
        ("I9", replace(WHOLE, acquired_year=2018), "failed"),
        ("I9", replace(WHOLE, acquired_year=2017, acquired=date(2017, 12, 1)), "failed"),
        ("I10", WHOLE, "failed"),
    ],
)
def test_each_rule(rule: str, known: Known, expected: str) -> None:
    assert state(rule, known) == expected


def test_a_rule_takes_the_projects_numbers() -> None:
    assert state("I3", replace(WHOLE, age_years=45), years=50) == "failed"
    assert state("I9", WHOLE, adaptive_tube_load=False) == "passed"
    assert state("I9", replace(WHOLE, acquired_year=2017), adaptive_tube_load=False) == "unknown"
    by_day = replace(WHOLE, acquired_year=2017, acquired=date(2017, 11, 30))
    assert state("I9", by_day, adaptive_tube_load=False) == "passed"
    assert state("I10", WHOLE, irb="27/19 S-SR", consent_waived=True) == "passed"


def test_a_failed_rule_keeps_out_until_it_is_waived() -> None:
    assert keeps_out({"I3": "passed", "I5": "failed", "I8": "unknown"}) == ["I5"]
    assert keeps_out({"I3": "passed", "I5": "failed"}, waived=["I5"]) == []


def test_a_patient_comes_in_by_one_study_or_the_other() -> None:
    assert keeps_out({"I1": "unknown", "I2": "failed"}) == []
    assert keeps_out({"I1": "failed", "I2": "passed"}) == []
    assert keeps_out({"I1": "failed", "I2": "failed"}) == ["I1", "I2"]
    assert keeps_out({"I2": "failed"}) == ["I2"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        [{"id": "I11"}],
        [{"id": "I3", "parameters": {"years": "thirty"}}],
        [{"id": "I3", "parameters": {"months": 1}}],
        [{"id": "I9", "parameters": {"first": "January"}}],
        [{"id": "I9", "parameters": {"slice_mm": [1.0]}}],
        [{"id": "I7", "parameters": {"sharp_kernels": {"Siemens": "["}}}],
        [{"id": "I10", "parameters": {"consent_waived": 1}}],
    ],
)
def test_rules_that_make_no_sense_are_refused(raw: Any) -> None:
    with pytest.raises(BadInput):
        parse_rules(raw)
