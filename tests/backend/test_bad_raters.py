"""Raters whose masks cannot be meant: seen, named, left out of the weights by rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.annotation.quality.selectors.weights import fusion_weights
from backend.annotation.quality.services.weights import WeightsChoice, choose_weights
from backend.consensus.models import Comparison, Fusion
from backend.consensus.services.weights import with_weights
from backend.progress.raters.selectors.reliability import project_reliability
from backend.progress.raters.selectors.weighting import exclusion, weight_proposals
from backend.science.volume import MaskArray
from tests.backend import flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
LABELS = (20, 21, 22)


def spine() -> MaskArray:
    mask = np.zeros((24, 24, 40), np.uint8, order="F")
    for place, label in enumerate(reversed(LABELS)):  # the third axis runs upwards
        mask[5:15, 6:16, 6 + 10 * place : 14 + 10 * place] = label
    return mask


def empty(mask: MaskArray) -> None:
    mask[...] = 0


def one_level_off(mask: MaskArray) -> None:
    mask[mask > 0] += 1


def elsewhere(mask: MaskArray) -> None:
    mask[...] = np.roll(mask, 10, axis=0)
    mask[:14] = 0


def unlike_anybody(mask: MaskArray) -> None:
    kept = mask[9:12, 9:13].copy()
    mask[...] = 0
    mask[9:12, 9:13] = kept


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (empty, "empty"),
        (one_level_off, "shifted_level"),
        (elsewhere, "elsewhere"),
        (unlike_anybody, "disagrees"),
    ],
)
def test_a_bad_rater_is_named_and_loses_nobody_a_vertebra(
    bad: Callable[[MaskArray], None], code: str
) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project, spine())
    flow.rate(team, changes=[None, bad, None])
    comparison = Comparison.objects.get()
    assert comparison.state == "succeeded", comparison.error
    assert [(one["slot"], one["code"]) for one in comparison.report["suspects"]] == [("B", code)]
    fused = Fusion.objects.get(task__case=case, chosen=True)
    assert set(fused.result.label_voxels) == {str(label) for label in LABELS}
    lines = project_reliability(project=team.project, user=team.manager)["raters"]
    told = {line["user"]["id"]: [row["code"] for row in line["warnings"]] for line in lines}
    assert told == {team.raters[0].pk: [], team.raters[1].pk: [code], team.raters[2].pk: []}
    own = project_reliability(project=team.project, user=team.raters[1])["raters"]
    assert [line["warnings"] for line in own] == [[]], "blinded"
    # of this case they count nothing, whatever weight was chosen; after a second such mask they are left out
    choice = WeightsChoice(basis="manual", weights={rater.pk: 1.0 for rater in team.raters})
    choose_weights(project=team.project, actor=team.manager, choice=choice)
    weighted = with_weights(comparison, {})
    assert (weighted["weights"], weighted["left_out"]) == ([1.0, 0.0, 1.0], {"B": code})
    warned = next(line["warnings"] for line in lines if line["user"]["id"] == team.raters[1].pk)
    assert exclusion(warned, 1) == ""
    assert "2 of 2 masks cannot be meant" in exclusion(warned * 2, 2)


def test_two_such_masks_exclude_a_rater_and_the_choice_is_kept(as_user: Callable[..., APIClient]) -> None:
    team = flow.make_team()
    for _ in range(2):
        flow.start_case(team.project, spine())
        flow.rate(team, changes=[None, one_level_off, None])
    lines = project_reliability(project=team.project, user=team.manager)["raters"]
    proposals = weight_proposals(lines)
    staple = next(proposal for proposal in proposals if proposal["basis"] == "staple")
    by_rater = {row["user"]["id"]: row for row in staple["rows"]}
    assert by_rater[team.raters[1].pk]["weight"] == 0
    assert "2 of 2 masks cannot be meant" in by_rater[team.raters[1].pk]["why"]
    assert by_rater[team.raters[0].pk]["weight"] > 0
    assert fusion_weights(team.project) is None
    manager = as_user(team.manager)
    address = f"/api/v1/projects/{team.project.slug}/rater-weights"
    rows = [
        {"user_id": str(row["user"]["id"]), "weight": row["weight"], "why": row["why"]}
        for row in staple["rows"]
    ]
    asked = {"basis": "staple", "note": "First month", "rows": rows}
    stored = manager.post(address, asked, format="json")
    assert stored.status_code == 201
    first = stored.json()["stored"][0]
    assert (first["chosen_by"], first["note"], first["current"]) == (team.manager.name, "First month", True)
    chosen = fusion_weights(team.project)
    assert chosen is not None
    assert chosen.of([rater.pk for rater in team.raters])[1] == 0
    assert chosen.of([team.raters[1].pk]) == (1.0,), "a mask must come out of every case"
    assert manager.post(address, {**asked, "basis": "moon"}, format="json").status_code == 400
    everybody_out = [{**row, "why": "Gone"} for row in rows]
    assert manager.post(address, {**asked, "rows": everybody_out}, format="json").status_code == 400
    manager.post(address, {**asked, "basis": "manual"}, format="json")
    again = manager.get(address).json()["stored"]
    assert [row["current"] for row in again] == [True, False]


def test_all_empty_is_seen_and_breaks_nothing() -> None:
    team = flow.make_team()
    flow.start_case(team.project, spine())
    flow.rate(team, changes=[empty, empty, empty])
    comparison = Comparison.objects.get()
    assert comparison.state == "succeeded", comparison.error
    assert {one["code"] for one in comparison.report["suspects"]} == {"empty"}
