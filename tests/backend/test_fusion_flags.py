"""What the fusion points out reaches the expert, and is never signed by rule."""

from __future__ import annotations

from typing import Any

import pytest

from backend.consensus.reports import ComparisonReport, FusionReport
from backend.consensus.services.items import find_items
from backend.progress.raters.selectors.weighting import _proposal
from backend.projects.protocols import Thresholds

THRESHOLDS = Thresholds(dice_below=0.5, hd95_mm_above=50.0)


def _reasons(flags: list[str], method: str = "majority") -> tuple[str, ...]:
    """The reasons of one vertebra on which the raters agree well within the thresholds."""
    row = {"label": 20, "names": [20, 20, 20], "missing": [], "minimum_dice": 0.99, "hd95_mm": 0.5}
    instance = {"label": 20, "names": [20, 20, 20], "flags": flags}
    found = find_items(
        report=ComparisonReport.read({"raters": 3, "slots": ["A", "B", "C"], "labels": {"20": row}}),
        answers={},
        thresholds=THRESHOLDS,
        fused=FusionReport.read({"method": method, "labels": {"20": instance}, "instances": [instance]}),
    )
    return found[0].reasons


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ("outline_left_out", "size"),
        ("too_large", "size"),
        ("sizes_differ", "sizes"),
        ("methods_differ", "methods"),
        ("staple_volume", "volume"),
    ],
)
def test_a_flag_of_the_fusion_is_a_reason_for_the_expert(flag: str, reason: str) -> None:
    assert _reasons([]) == ()
    assert _reasons([flag]) == (reason,)


def test_staple_that_did_not_converge_is_a_reason_only_where_it_made_the_mask() -> None:
    assert _reasons(["staple_not_converged"]) == ()
    assert _reasons(["staple_not_converged"], "staple") == ("not_converged",)


def _line(name: str, sensitivity: float, expected_dice: float) -> dict[str, Any]:
    return {
        "user": {"id": name, "name": name},
        "sensitivity": {"value": sensitivity},
        "expected_dice": {"value": expected_dice},
        "cases_shown": 5,
        "warnings": [],
        "submissions": 5,
        "gold": {"count": 0},
    }


def test_who_draws_everything_too_large_is_not_weighted_up() -> None:
    """A sensitivity of 1 with an expected Dice of 0.86 weighs less than 0.95 on both."""
    rows = _proposal("staple", [_line("wide", 1.0, 0.86), _line("careful", 0.95, 0.95)])["rows"]
    wide, careful = (row["weight"] for row in rows)
    assert wide < careful
    assert [row["evidence"] for row in rows] == [0.86, 0.95]
