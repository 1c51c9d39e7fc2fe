"""Genant's grades and types at their edges, and what is suggested beside them."""

from __future__ import annotations

import pytest

from backend.science.morphometry.genant import Losses, Suggestion, fracture_type, genant_grade, suggest

WEDGE = (30.0, 10.0, 0.0)


@pytest.mark.parametrize(
    ("loss", "grade"), [(0, 0), (19.99, 0), (20, 1), (24.99, 1), (25, 2), (39.99, 2), (40, 3), (100, 3)]
)
def test_a_grade_begins_at_its_threshold(loss: float, grade: int) -> None:
    assert genant_grade(loss) == genant_grade(loss, 20) == grade


@pytest.mark.parametrize(("label", "graded"), [(7, False), (8, True), (24, True), (25, True), (26, False)])
def test_thoracic_and_lumbar_levels_are_graded(label: int, graded: bool) -> None:
    assert (genant_grade(30.0, label) is not None) is graded


@pytest.mark.parametrize(
    ("losses", "kind"),
    [
        ((20.0, 20.0, 20.0), "crush"),
        ((32.5, 20.0, 20.0), "crush"),  # losses that differ by 12.5 are uniform
        ((32.6, 20.0, 20.0), "wedge"),
        ((20.0, 32.6, 20.0), "biconcave"),
        ((5.0, 10.0, 30.0), "crush"),  # the back has lost most
        ((5.0, 10.0, 19.9), "biconcave"),  # the back has lost nothing that counts
        ((19.9, 19.9, 19.9), "wedge"),
        ((25.0, 25.0, 0.0), "wedge"),
        ((24.9, 25.0, 0.0), "biconcave"),
    ],
)
def test_a_type_begins_at_its_edge(losses: Losses, kind: str) -> None:
    assert fracture_type(losses) == kind


@pytest.mark.parametrize(
    ("loss", "uncertainty", "grade", "kind", "flags"),
    [
        (5.0, 1.0, 0, None, ()),
        (18.0, 2.0, 0, None, ("borderline",)),
        (18.0, 1.9, 0, None, ()),
        (22.5, 2.4, None, "wedge", ("needs_reader",)),
        (22.5, 2.5, None, "wedge", ("needs_reader", "borderline")),
        (30.0, 4.9, 2, "wedge", ()),
        (30.0, 5.0, 2, "wedge", ("borderline",)),
        (38.0, 2.0, 2, "wedge", ("borderline",)),
        (45.0, 4.9, 3, "wedge", ()),
        (45.0, 5.0, 3, "wedge", ("borderline",)),
    ],
)
def test_what_is_suggested(
    loss: float, uncertainty: float, grade: int | None, kind: str | None, flags: tuple[str, ...]
) -> None:
    """A mild loss is for a reader; one standard deviation that reaches a threshold is borderline."""
    assert suggest(20, loss, WEDGE, uncertainty) == Suggestion(grade, kind, flags)  # type: ignore[arg-type]


def test_nothing_is_suggested_of_a_level_that_is_not_graded() -> None:
    assert suggest(3, 50.0, WEDGE, 1.0) == Suggestion(None, None, ("not_applicable",))
