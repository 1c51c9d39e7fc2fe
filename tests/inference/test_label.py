"""Naming: sequences made by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from inference.levels import CLASS_OF, CLASSES, STATION, expected_step_mm
from inference.stages.anchors import Anchors, find_anchors, places_of, state
from inference.stages.evidence import Evidence
from inference.stages.label import decode


def evidence(
    labels: list[int],
    *,
    strength: float = 4.0,
    wrong: dict[int, int] | None = None,
    sacrum: float = 0.0,
    steps: list[float] | None = None,
) -> Evidence:
    """Level scores that peak at the labels (or at `wrong[row]`); usual distances and ribs."""
    scores = np.full((len(labels), len(CLASSES)), -8.0)
    for row, label in enumerate(labels):
        shown = (wrong or {}).get(row, label)
        for other in CLASSES:
            away = abs(STATION[other] - STATION[shown])
            scores[row, CLASS_OF[other]] = -strength * min(2.0, away)
        scores[row, CLASS_OF[shown]] = 0.0
    usual = [expected_step_mm((STATION[a] + STATION[b]) / 2 - 0.5) for a, b in pairwise(labels)]
    ribs = np.array([2.4 if 7 <= STATION[label] < 18.9 else 0.0 for label in labels])
    return Evidence(scores, np.array(steps if steps is not None else usual), ribs, sacrum)


@pytest.mark.parametrize(
    "labels",
    [
        list(range(20, 25)),
        list(range(1, 8)),
        list(range(10, 22)),
        list(range(1, 25)),
        [21],
        [17, 18, 19, 28, 20, 21],
        [16, 17, 18, 20, 21, 22],
        [22, 23, 24, 25],
    ],
    ids=["lumbar", "cervical", "thoracolumbar", "whole", "single", "T13", "no T12", "L6"],
)
def test_clear_evidence_is_followed(labels: list[int]) -> None:
    found, confidence, overall = decode(evidence(labels, sacrum=1.0 if labels[-1] >= 24 else 0.0))
    assert list(found) == labels
    assert overall <= min(confidence)
    assert overall > 0.6


def test_one_wrong_level_is_outvoted() -> None:
    labels = list(range(18, 25))
    found, _, _ = decode(evidence(labels, strength=2.0, wrong={2: 24, 5: 19}))
    assert list(found) == labels


def test_names_are_consecutive_without_any_evidence() -> None:
    shape = evidence(list(range(15, 24)))
    blank = Evidence(np.zeros_like(shape.level_scores), shape.steps_mm, np.full(9, 1.2))
    found, _, overall = decode(blank)
    order = [CLASS_OF[label] for label in found]
    assert all(b > a for a, b in pairwise(order))
    assert len(set(found)) == 9
    assert overall < 0.5


def test_the_sacrum_moves_a_weak_chain_into_place() -> None:
    shifted = {row: label - 1 for row, label in enumerate(range(20, 25))}
    ambiguous = evidence(list(range(20, 25)), strength=0.8, wrong=shifted)
    ambiguous = Evidence(ambiguous.level_scores, ambiguous.steps_mm, np.full(5, 1.2), 0.0)
    assert decode(ambiguous)[0][-1] == 23
    anchored = Evidence(ambiguous.level_scores, ambiguous.steps_mm, ambiguous.rib_ml, 1.0)
    assert list(decode(anchored)[0]) == list(range(20, 25))


def test_a_body_that_was_not_found_leaves_a_gap_in_the_names() -> None:
    labels = [18, 19, 21, 22, 23]
    steps = [expected_step_mm(17), 2 * expected_step_mm(19), expected_step_mm(20), expected_step_mm(21)]
    assert list(decode(evidence(labels, strength=1.5, steps=steps))[0]) == labels


def test_nothing_found_is_named_nothing() -> None:
    empty = Evidence(np.zeros((0, len(CLASSES))), np.zeros(0), np.zeros(0))
    assert decode(empty) == ((), (), 0.0)
    assert state((), 0.0, Anchors()) == "No vertebra was found."


def test_the_statement_says_what_the_names_rest_on() -> None:
    labels = [18, 19, 20, 21]
    with_rib = evidence(labels)
    assert find_anchors(labels, [0.9] * 4, with_rib).last_rib
    without = Evidence(with_rib.level_scores, with_rib.steps_mm, np.zeros(4))
    anchors = find_anchors(labels, [0.9] * 4, without)
    assert anchors.names() == []
    assert "guess" in state(labels, 0.9, anchors)
    assert "uncertain" in state(labels, 0.5, Anchors(sacrum=True))
    assert state(labels, 0.95, Anchors(sacrum=True)) == "T11 to L2: named by sacrum."


def with_ribs(labels: list[int], rib_ml: list[float], in_view: list[bool]) -> Evidence:
    """Clear evidence for the labels, with ribs of its own."""
    clear = evidence(labels)
    return Evidence(clear.level_scores, clear.steps_mm, np.array(rib_ml), 0.0, np.array(in_view))


def test_the_last_rib_is_no_anchor_where_the_edge_would_hide_the_next() -> None:
    labels = [17, 18, 19, 20]
    ribs = [6.0, 5.0, 3.0, 0.0]
    assert find_anchors(labels, [0.9] * 4, with_ribs(labels, ribs, [True] * 4)).last_rib
    at_edge = with_ribs(labels, ribs, [True, True, True, False])
    assert not find_anchors(labels, [0.9] * 4, at_edge).last_rib


def test_the_first_rib_is_an_anchor_where_the_neck_is_seen_to_have_none() -> None:
    labels = [6, 7, 8, 9]
    seen = with_ribs(labels, [0.0, 0.2, 4.0, 6.0], [True] * 4)
    anchors = find_anchors(labels, [0.9] * 4, seen)
    assert anchors.names() == ["first rib"]
    assert state(labels, 0.95, anchors) == "C6 to T2: named by first rib."
    cervical_rib = with_ribs(labels, [0.0, 3.0, 4.0, 6.0], [True] * 4)
    hidden = with_ribs(labels, [0.0, 0.2, 4.0, 6.0], [False, False, True, True])
    for other in (cervical_rib, hidden):
        assert find_anchors(labels, [0.9] * 4, other).names() == []


def test_near_the_upper_edge_the_first_rib_counts_only_beside_another_anchor() -> None:
    labels = [*range(7, 21)]
    ribs = [0.2, 2.0, *[6.0] * 9, 5.0, 3.0, 0.0]
    clear = evidence(labels)
    edge = np.array([False] + [True] * 13)

    def seen(rib_ml: list[float], heads: bool) -> Evidence:
        in_view = edge | heads
        return replace(clear, rib_ml=np.array(rib_ml), ribs_in_view=edge, heads_in_view=in_view)

    anchors = find_anchors(labels, [0.9] * 14, seen(ribs, True))
    assert anchors.names() == ["last rib", "first rib"]
    centres = [np.array([20.0, 21.0, 150.0 - 8 * k]) for k in range(14)]
    places = places_of(anchors, labels, [0.9] * 14, seen(ribs, True), centres)
    assert [(place.name, place.centre[2]) for place in places] == [("last rib", 54), ("first rib", 142)]
    assert find_anchors(labels, [0.9] * 14, seen(ribs, False)).names() == ["last rib"]
    assert find_anchors(labels, [0.9] * 14, seen([*ribs[:-1], 3.0], True)).names() == []


def test_each_anchor_tells_its_certainty_and_its_place() -> None:
    labels = [18, 19, 20, 21]
    seen = with_ribs(labels, [5.0, 1.8, 0.3, 0.0], [True] * 4)
    anchors = find_anchors(labels, [0.9] * 4, seen)
    centres = [np.array([20.0, 21.0, 50.0 - 9 * k]) for k in range(4)]
    (rib,) = places_of(anchors, labels, [0.9] * 4, seen, centres)
    assert rib.name == "last rib"
    assert rib.centre == (20.0, 21.0, 41.0)
    assert rib.certainty == pytest.approx(0.5)
    sacral = Evidence(seen.level_scores, seen.steps_mm, np.zeros(4), 0.9)
    (below,) = places_of(Anchors(sacrum=True), labels, [0.9] * 4, sacral, centres)
    assert (below.name, below.certainty) == ("sacrum", 0.9)
    assert below.centre[2] < centres[-1][2] - 8


def test_ribs_that_are_out_of_view_do_not_speak_for_a_lumbar_level() -> None:
    labels = [14, 15, 16]
    weak = evidence(labels, strength=0.7)
    blank = np.zeros(3)
    hidden = Evidence(weak.level_scores, weak.steps_mm, blank, 0.0, np.zeros(3, bool))
    shown = Evidence(weak.level_scores, weak.steps_mm, blank, 0.0, np.ones(3, bool))
    assert list(decode(hidden)[0]) == labels
    assert list(decode(shown)[0]) != labels
