"""Other names for a chain: which there are, how likely they are, and what reaches the report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.report import _namings
from inference.stages.anchors import Anchors
from inference.stages.label import Naming, name, weigh_names
from inference.stages.localise import Candidate
from inference.stages.successions import (
    ANCHORED,
    KINDS,
    LAST_RIB_ALONE,
    NO_ANCHOR,
    Succession,
    Sureness,
    as_likely,
    body_shares,
    kind_of,
)
from inference.weights import find_weights
from tests.inference.test_label import evidence

LUMBAR = [20, 21, 22, 23, 24]
UNSURE = Sureness(dict.fromkeys(KINDS, 2.0))


def weak(labels: list[int], strength: float = 0.8) -> list[Succession]:
    """What a chain may be called whose ribs say nothing."""
    shape = evidence(labels, strength=strength)
    return list(as_likely(weigh_names(replace(shape, rib_ml=np.full(len(labels), 1.2)))))


def test_all_namings_of_a_chain_add_up_to_one_and_the_first_is_the_likeliest() -> None:
    found = weak(LUMBAR)
    assert sum(s.probability for s in found) == pytest.approx(1, abs=0.05)
    assert [s.probability for s in found] == sorted((s.probability for s in found), reverse=True)
    assert list(found[0].labels) == LUMBAR
    assert tuple(label - 1 for label in LUMBAR) in {s.labels for s in found}
    assert len({s.labels for s in found}) == len(found)


def test_a_chain_with_one_vertebra_too_many_may_have_t13_or_l6() -> None:
    found = weak([17, 18, 19, 28, 20, 21, 22, 23, 24], strength=0.6)
    assert any(28 in s.labels for s in found)
    found = weak([19, 20, 21, 22, 23, 24, 25], strength=1.0)
    assert any(25 in s.labels for s in found)


def test_a_body_is_surer_than_the_whole_where_namings_agree_on_it() -> None:
    found = [Succession((18, 19, 20), 0.6), Succession((18, 19, 28), 0.3), Succession((19, 20, 21), 0.1)]
    assert body_shares(found) == pytest.approx((0.9, 0.9, 0.6))
    assert body_shares([]) == ()


def test_a_larger_divisor_makes_names_less_sure_and_changes_none() -> None:
    weighed = weigh_names(evidence(LUMBAR, strength=1.0))
    sure, unsure = as_likely(weighed), as_likely(weighed, 3.0)
    assert unsure[0].labels == sure[0].labels
    assert unsure[0].probability < sure[0].probability - 0.1


def test_the_divisor_is_that_of_the_anchors_in_view() -> None:
    assert kind_of(Anchors()) == NO_ANCHOR
    assert kind_of(Anchors(last_rib=True)) == LAST_RIB_ALONE
    assert kind_of(Anchors(last_rib=True, first_rib=True)) == kind_of(Anchors(sacrum=True)) == ANCHORED
    bodies = [Candidate(np.array([20.0, 20.0, 90.0 - 12 * k]), 1.0) for k in range(5)]
    seen = evidence(LUMBAR, strength=0.5, sacrum=1.0)
    by_kind = [
        name(seen, bodies, Sureness(dict.fromkeys(KINDS, 1.0) | {kind: 8.0})).overall for kind in KINDS
    ]
    assert by_kind[KINDS.index(ANCHORED)] < min(by_kind[0], by_kind[1]) - 0.1


def test_without_an_anchor_names_say_how_likely_they_are_only_once_that_was_fitted() -> None:
    bodies = [Candidate(np.array([20.0, 20.0, 90.0 - 12 * k]), 1.0) for k in range(5)]
    clear = evidence(LUMBAR, strength=4.0)
    told, fitted = name(clear, bodies, None), name(clear, bodies, UNSURE)
    assert told.overall <= 0.5 < fitted.overall
    assert told.others == ()
    assert fitted.others
    assert "guess" in fitted.statement(LUMBAR)
    assert f"({round(100 * fitted.overall)} %)" in fitted.statement(LUMBAR)
    assert fitted.doubtful
    again = Naming.from_json(fitted.to_json())
    assert (again.others, again.labels) == (fitted.others, fitted.labels)


def test_the_report_tells_namings_of_the_mask_alone() -> None:
    bodies = tuple(Candidate(np.zeros(3), 1.0) for _ in range(3))
    others = (Succession((18, 19, 28), 0.2), Succession((19, 20, 21), 0.15), Succession((19, 20, 28), 0.05))
    naming = Naming(bodies, (18, 19, 20), (0.8, 0.8, 0.6), 0.6, Anchors(), (), others)
    share, rows = _namings(naming, [18, 19, 20])
    assert share == pytest.approx(0.6)
    assert [row["labels"] for row in rows] == [[18, 19, 28], [19, 20, 21], [19, 20, 28]]
    share, rows = _namings(naming, [18, 19])
    assert share == pytest.approx(0.8), "they differ below the mask only"
    assert rows == [{"labels": [19, 20], "probability": pytest.approx(0.2)}]


def test_the_weights_that_ship_say_how_sure_names_are() -> None:
    sureness = Sureness.of(find_weights().about)
    assert sureness is not None
    assert Sureness.of({"naming": sureness.stated()}) == sureness
    assert Sureness.of({}) is None
