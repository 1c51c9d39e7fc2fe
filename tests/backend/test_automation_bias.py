"""The table of automation bias with work in it, against figures worked out by hand.

Masks are boxes of 72 voxels of 2 mm3 for L1 and as many for L2; everybody says that they took one minute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from backend.annotation.work.services import taking
from backend.projects.models import Role
from backend.projects.protocols import PROTOCOLS, Protocol
from backend.review import services as review
from backend.science.volume import MaskArray
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)

L1, L2 = 20, 21
Change = Callable[[MaskArray], None]


def draw_both(mask: MaskArray) -> None:
    mask[...] = factories.block_mask()


def draw_l1(mask: MaskArray) -> None:
    draw_both(mask)
    mask[mask == L2] = 0


def draw_more(mask: MaskArray) -> None:
    """18 voxels more of L1, at its side."""
    draw_both(mask)
    mask[9:10, 2:5, 1:3] = L1
    mask[2:3, 2:8, 1:3] = L1


def make_team(protocol: Protocol) -> flow.Team:
    team = flow.make_team(raters=3)
    team.project.protocol = protocol.to_json()
    team.project.save()
    return team


def unadjudicated() -> Protocol:
    """Three raters, whose majority goes to the reviewer whatever they differ in."""
    usual = PROTOCOLS["multi_rater"]
    return usual.model_copy(
        update={"stages": tuple(stage for stage in usual.stages if stage.kind != "adjudicate")}
    )


def decide(team: flow.Team, *, accept: bool = True) -> None:
    looked = flow.take(team.radiologists[0], team.project)
    review.decide(
        assignment_id=looked.pk,
        actor=team.radiologists[0],
        accept=accept,
        comment="" if accept else "Mend L1",
    )


def one_case(team: flow.Team, *, blank: bool, changes: list[Change | None]) -> None:
    flow.start_case(team.project)
    with patch.object(taking, "starts_blank", return_value=blank):
        flow.rate(team, changes=changes)
    decide(team)


def told(team: flow.Team) -> dict[str, Any]:
    client = Client()
    client.force_login(team.manager)
    answer = client.get(f"/api/v1/projects/{team.project.slug}/automation-bias")
    assert answer.status_code == 200
    return dict(answer.json())


def close(value: float, low: float | None = None, high: float | None = None) -> Any:
    return pytest.approx({"value": value, "low": low, "high": high})


def test_both_starts_and_their_difference() -> None:
    team = make_team(unadjudicated())
    one_case(team, blank=False, changes=[None, None, flow.erase(L1)])  # Dice of L1 2 * 36 / (36 + 72)
    one_case(team, blank=False, changes=[None, None, None])
    one_case(team, blank=True, changes=[draw_both, draw_both, draw_l1])  # L2 missing: 0
    one_case(team, blank=True, changes=[draw_both, draw_both, draw_more])  # L1 2 * 72 / (72 + 90)
    bias = told(team)
    counts = {"submissions": 6, "cases": 2, "patients": 2}
    for group in ("engine", "blank"):
        assert {name: bias[group][name] for name in counts} == counts
    # Of two patients a sample is twice the one, twice the other, or both: the interval spans their means.
    engine, blank, difference = bias["engine"], bias["blank"], bias["difference"]
    first = (2 + (2 / 3 + 1) / 2) / 3
    third, fourth = (2 + 1 / 2) / 3, (2 + (8 / 9 + 1) / 2) / 3
    assert engine["final_dice"] == close((first + 1) / 2, first, 1)
    assert blank["final_dice"] == close((third + fourth) / 2, third, fourth)
    assert difference["final_dice"] == close(
        (third + fourth) / 2 - (first + 1) / 2, third - 1, fourth - first
    )
    ml = 0.002
    assert engine["volume_difference_ml"] == close(-36 / 6 * ml, -36 / 3 * ml, 0)
    assert blank["volume_difference_ml"] == close((18 - 72) / 6 * ml, -72 / 3 * ml, 18 / 3 * ml)
    assert difference["volume_difference_ml"] == close(-3 * ml, -24 * ml, (6 + 12) * ml)
    # half a minute for each vertebra of a mask, a minute where there is one only
    assert engine["minutes_per_vertebra"] == close(1 / 2, 1 / 2, 1 / 2)
    assert blank["minutes_per_vertebra"] == close(7 / 12, 1 / 2, 2 / 3)
    assert difference["minutes_per_vertebra"] == close(1 / 12, 0, 1 / 6)


def test_work_on_a_colleague_s_mask_is_in_neither_group() -> None:
    """And a share that starts blank at such a stage has no engine's group to stand beside."""
    usual = PROTOCOLS["verse_2019"]
    correct, refine, *_, looked = usual.stages
    team = make_team(usual.model_copy(update={"stages": (correct, refine, looked)}))
    refiner = factories.make_member(team.project, Role.RADIOLOGIST)
    for blank in (False, True):
        flow.start_case(team.project)
        flow.hand_in(flow.take(team.raters[0], team.project))
        with patch.object(taking, "starts_blank", return_value=blank):
            second = flow.take(refiner, team.project)
        assert (second.task.stage_key, second.blank_start) == (refine.key, blank)
        flow.hand_in(second, change=draw_both if blank else None)
        decide(team)
    bias = told(team)
    assert (bias["engine"]["submissions"], bias["blank"]["submissions"]) == (2, 0)
    assert bias["difference"]["final_dice"] == {"value": None, "low": None, "high": None}


def test_what_was_sent_back_counts_as_it_was_first_handed_in() -> None:
    usual = PROTOCOLS["verse_2019"]
    team = make_team(usual.model_copy(update={"stages": (usual.stages[0], usual.stages[-1])}))
    flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project), change=flow.erase(L1))
    decide(team, accept=False)
    again = flow.take(team.raters[0], team.project)
    assert again.task.round == 2
    flow.hand_in(again, change=draw_both)
    decide(team)
    bias = told(team)
    assert (bias["engine"]["submissions"], bias["engine"]["cases"]) == (1, 1)
    assert bias["engine"]["volume_difference_ml"] == close(-36 * 0.002), "one patient: no interval"
