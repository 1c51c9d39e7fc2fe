"""Naming disputes, weights, changes between versions and what failed: through the services and the REST."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backend.annotation.models import Assignment, Case, RaterWeights
from backend.annotation.work.selectors.findings import ANSWERED, FindingAnswer, findings_of
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import submitting
from backend.annotation.work.services.working import open_assignment
from backend.common.errors import Conflict, Invalid
from backend.common.models import Job, JobState
from backend.consensus.models import AdjudicationItem, AgreedGrade, Comparison, Fusion, NamingDispute
from backend.consensus.reports import ComparisonReport
from backend.consensus.selectors import decisions_of
from backend.consensus.services import adjudicating, comparing, fusing, naming, retrying
from backend.consensus.services.items import find_items
from backend.masks.selectors import load_mask
from backend.projects.protocols import Thresholds
from backend.science import edits
from backend.science.volume import MaskArray
from backend.workflow.sweep import keep_up
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    cache.clear()
    return flow.make_team()


def start(team: flow.Team) -> Case:
    """A case with L1 above L2."""
    return flow.start_case(team.project, factories.block_mask(labels=(21, 20)))


def one_lower(mask: MaskArray) -> None:
    """Count one level lower: L1 and L2 become L2 and L3."""
    table = np.arange(256, dtype=np.uint8)
    table[20:25] += 1
    mask[:] = table[mask]


def both(*changes: Callable[[MaskArray], None]) -> Callable[[MaskArray], None]:
    def change(mask: MaskArray) -> None:
        for one in changes:
            one(mask)

    return change


def opened(team: flow.Team) -> Assignment:
    expert = team.radiologists[0]
    assignment = flow.take(expert, team.project)
    open_assignment(assignment_id=assignment.pk, actor=expert)
    return flow.reload(assignment)


def ask(user: Any, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    client = Client()
    client.force_login(user)
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


# Names


def test_a_naming_dispute_is_one_question_with_the_sequences_that_were_given(team: flow.Team) -> None:
    start(team)
    flow.rate(team, changes=[None, one_lower, None], grades=[{20: 1}, {21: 1}, {20: 1}])
    items = {item.label: item for item in AdjudicationItem.objects.all()}
    assert set(items) == {20, 21}
    assert items[20].names == {"fused": 20, "A": 20, "B": 21, "C": 20}
    # the readers graded one vertebra, whatever they call it
    assert [row["grade"] for row in items[20].grades] == [1, 1, 1]
    assert all(item.reasons == ["naming"] for item in items.values())
    dispute = NamingDispute.objects.get()
    assert {tuple(c["labels"]): c["sources"] for c in dispute.candidates} == {
        (20, 21): ["fused", "A", "C"],
        (21, 22): ["B"],
    }


def test_names_are_settled_once_and_shapes_stay(team: flow.Team) -> None:
    case = start(team)
    flow.rate(
        team, changes=[None, both(one_lower, flow.erase(21, 0.2)), None], grades=[{20: 1}, {21: 1}, {20: 1}]
    )
    assignment = opened(team)
    path = f"assignments/{assignment.pk}"
    expert = team.radiologists[0]
    assert ask(expert, "get", path).json()["adjudication"]["naming"]["chosen"] is None
    before = mask_state(assignment).array.copy()
    answer = ask(expert, "post", f"{path}/names", {"labels": [21, 22], "reason": "ribs end one above"})
    assert answer.status_code == 200, answer.content
    delta = edits.decode(base64.b64decode(answer.json()["payload_b64"]), shape=before.shape)
    edits.apply(before, delta)
    assert sorted(np.unique(before)) == [0, 21, 22]
    assert set(AdjudicationItem.objects.values_list("label", flat=True)) == {21, 22}
    # L3 differs by its name alone, which is decided; L2 was drawn otherwise too
    decided = {
        row["label"]: row["decision"] for row in ask(expert, "get", path).json()["adjudication"]["items"]
    }
    assert decided[21] is None
    assert decided[22]["choice"] == "named"
    # B's smaller L2 is the vertebra that the others call L1 and the expert calls L2 now
    taken = adjudicating.apply_choice(
        assignment_id=assignment.pk, choice=adjudicating.Choice(21, "rater", "B"), actor=expert
    )
    assert taken is not None
    theirs = load_mask(flow.latest_masks(case)["B"]).array
    mine = mask_state(flow.reload(assignment)).array
    assert np.array_equal(mine == 21, theirs == 21)
    submitting.submit(
        assignment_id=assignment.pk,
        actor=expert,
        hand_in=submitting.HandIn(digest=mask_state(flow.reload(assignment)).digest, active_seconds=60),
    )
    assert {row["label"] for row in decisions_of(case)} == {21, 22}
    agreed = AgreedGrade.objects.get(case=case, label=21, current=True)
    assert (agreed.grade, agreed.method) == (1, "unanimous")
    assert not AgreedGrade.objects.filter(case=case, label=20).exists()


@pytest.mark.parametrize(("labels", "error"), [([22, 21], naming.NotASequence), ([20], Invalid)])
def test_names_that_no_spine_has_are_refused(
    team: flow.Team, labels: list[int], error: type[Exception]
) -> None:
    start(team)
    flow.rate(team, changes=[None, one_lower, None])
    assignment = opened(team)
    with pytest.raises(error):
        naming.settle_names(
            assignment_id=assignment.pk, naming=naming.Naming(labels), actor=team.radiologists[0]
        )


def test_nothing_to_settle_where_all_count_alike(team: flow.Team) -> None:
    start(team)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    assignment = opened(team)
    with pytest.raises(naming.NoDispute):
        naming.settle_names(
            assignment_id=assignment.pk, naming=naming.Naming([20, 21]), actor=team.radiologists[0]
        )


# Grades


def test_a_tie_of_grades_goes_to_the_expert_even_where_differences_need_not() -> None:
    def answers(*grades: int) -> dict[int, list[dict[str, Any]]]:
        return {20: [{"slot": "ABCD"[n], "grade": grade} for n, grade in enumerate(grades)]}

    lax = Thresholds(grade_disagreement=False)
    report = ComparisonReport(slots=("A", "B", "C", "D"))
    assert find_items(report=report, answers=answers(1, 1, 2, 2), thresholds=lax)[0].reasons == ("grade",)
    assert find_items(report=report, answers=answers(1, 1, 1, 2), thresholds=lax)[0].reasons == ()
    strict = Thresholds(grade_disagreement=False, grades="majority")
    assert find_items(report=report, answers=answers(0, 1, 1, 2), thresholds=strict)[0].reasons == ("grade",)


def test_dawid_and_skene_need_enough_readings_else_the_median_stands(team: flow.Team) -> None:
    case = start(team)
    flow.rate(team, grades=[{20: 2}, {20: 1}, {20: 1}])
    task = Comparison.objects.get().task
    rule = Thresholds(grade_disagreement=False, grades="dawid_skene")
    adjudicating.sign_by_rule(comparison=Comparison.objects.get(), thresholds=rule)
    assert task.case == case
    agreed = AgreedGrade.objects.get(case=case, label=20, current=True)
    assert (agreed.grade, agreed.method) == (1, "median")


# Weights


def weigh(team: flow.Team, *weights: float) -> RaterWeights:
    return RaterWeights.objects.create(
        project=team.project,
        chosen_by=team.manager,
        basis="given",
        weights={str(rater.pk): weight for rater, weight in zip(team.raters, weights, strict=True)},
    )


def test_a_weighted_fusion_takes_the_projects_choice_and_notes_it(team: flow.Team) -> None:
    case = start(team)
    submissions = flow.rate(team, changes=[None, None, flow.erase(20)])
    comparison = Comparison.objects.get()
    with pytest.raises(Invalid, match="no weights"):
        fusing.start_fusion(comparison=comparison, method="weighted")
    by_rater = dict(zip([s.assignment.rater_id for s in submissions], (0.2, 0.2, 0.9), strict=True))
    chosen = weigh(team, *(by_rater[rater.pk] for rater in team.raters))
    answer = ask(team.manager, "post", f"cases/{case.pk}/fusions", {"method": "weighted"})
    assert answer.status_code == 202, answer.content
    fusion = Fusion.objects.get(method="weighted")
    assert fusion.parameters["weights_choice"] == str(chosen.pk)
    by_slot = sorted(submissions, key=lambda s: s.assignment.slot)
    assert fusion.parameters["weights"] == [by_rater[s.assignment.rater_id] for s in by_slot]
    provenance = fusion.result.provenance
    assert provenance["used"]["weights"] == fusion.parameters["weights"]
    assert len(provenance["inputs"]) == 3
    assert provenance["software"]
    # two who agree are not outvoted by one, whatever weight was chosen; the report says so
    lighter = min(by_slot, key=lambda s: by_rater[s.assignment.rater_id])
    assert lighter.mask is not None
    assert np.array_equal(load_mask(fusion.result).array, load_mask(lighter.mask).array)
    capped = [by_rater[s.assignment.rater_id] == 0.9 for s in by_slot]
    assert [rater["capped"] for rater in fusion.report["raters"]] == capped
    assert max(rater["share"] for rater in fusion.report["raters"]) < 0.5


# Changes between versions


def test_a_fused_mask_carries_the_raters_reasons_for_what_blocks(team: flow.Team) -> None:
    team.project.finding_rules = {"order": "block"}
    team.project.save()
    case = flow.start_case(team.project)  # L1 below L2
    for number, rater in enumerate(team.raters):
        assignment = flow.take(rater, team.project)
        open_assignment(assignment_id=assignment.pk, actor=rater)
        flow.grade_all(assignment, {})
        blocking = [row for row in findings_of(flow.reload(assignment)) if row["rule"] == "block"]
        hand_in = submitting.HandIn(
            digest=mask_state(flow.reload(assignment)).digest,
            active_seconds=60,
            answers=tuple(
                FindingAnswer(code=row["code"], label=row["label"], reason=f"Head down {number}.")
                for row in blocking
            ),
        )
        submitting.submit(assignment_id=assignment.pk, actor=rater, hand_in=hand_in)
    fused = Fusion.objects.get(task__case=case, chosen=True).result
    assert [(row["code"], row["label"]) for row in fused.provenance[ANSWERED]] == [
        (row["code"], row["label"]) for row in blocking
    ]
    assert {row["reason"] for row in fused.provenance[ANSWERED]} == {
        "A: Head down 0.; B: Head down 1.; C: Head down 2."
    }


def test_changes_between_two_versions(team: flow.Team) -> None:
    case = start(team)
    flow.rate(team, changes=[None, None, flow.erase(20, 0.25)])
    told = ask(team.manager, "get", f"cases/{case.pk}/consensus").json()
    ids = {version["title"]: version["id"] for version in told["versions"]}
    assert list(ids)[:4] == ["Start", "Rating: rater A", "Rating: rater B", "Rating: rater C"]
    path = f"cases/{case.pk}/masks/{ids['Start']}/changes/{ids['Rating: rater C']}"
    rows = {row["label"]: row for row in ask(team.manager, "get", path).json()["labels"]}
    assert case.start_mask is not None
    voxels = int(np.count_nonzero(load_mask(case.start_mask).array == 20))
    assert (rows[20]["added_voxels"], rows[20]["removed_voxels"]) == (0, voxels // 4)
    assert rows[20]["dice"] == pytest.approx(2 * 0.75 / 1.75, abs=0.01)
    assert (rows[21]["added_voxels"], rows[21]["removed_voxels"], rows[21]["dice"]) == (0, 0, 1.0)
    assert ask(team.raters[0], "get", path).status_code == 404


# What failed


def fail(comparison: Comparison) -> None:
    comparing.end_comparison(comparison_id=comparison.pk, state=JobState.FAILED, error="the disk is full")
    Comparison.objects.filter(pk=comparison.pk).update(state=JobState.FAILED)


def test_a_failed_comparison_is_made_again_by_a_manager(team: flow.Team) -> None:
    case = start(team)
    flow.rate(team)
    comparison = Comparison.objects.get()
    path = f"cases/{case.pk}/comparison/retry"
    assert ask(team.manager, "post", path).status_code == 409
    fail(comparison)
    assert ask(team.raters[0], "post", path).status_code == 404
    assert ask(team.manager, "post", path).status_code == 202
    comparison.refresh_from_db()
    assert comparison.state == JobState.SUCCEEDED


def test_the_sweep_makes_it_again_after_a_while_and_gives_up(team: flow.Team) -> None:
    start(team)
    flow.rate(team)
    comparison = Comparison.objects.get()
    tries = Job.objects.filter(kind=comparing.COMPARE_KIND)
    for expected in (2, 3, 3):
        fail(comparison)
        assert keep_up().comparisons_retried == 0
        later = timezone.now() + timedelta(hours=2)
        retrying.retry_failed(now=later)
        assert tries.count() == expected


def test_a_failed_fusion_is_shown_and_made_again(team: flow.Team, monkeypatch: pytest.MonkeyPatch) -> None:
    case = start(team)
    flow.rate(team)
    with monkeypatch.context() as broken:
        broken.setattr(fusing, "fuse", lambda *_, **__: 1 / 0)
        ask(team.manager, "post", f"cases/{case.pk}/fusions", {"method": "sba"})
    (failed,) = ask(team.manager, "get", f"cases/{case.pk}/consensus").json()["failed_fusions"]
    assert failed["method"] == "sba"
    path = f"cases/{case.pk}/fusions/retry"
    assert ask(team.manager, "post", path, {"job_id": failed["job_id"]}).status_code == 202
    assert Fusion.objects.filter(method="sba").exists()
    assert ask(team.manager, "get", f"cases/{case.pk}/consensus").json()["failed_fusions"] == []
    with pytest.raises(Conflict):
        retrying.retry_fusion(
            comparison=Comparison.objects.get(), job_id=failed["job_id"], actor=team.manager
        )


def test_a_staple_far_from_the_majority_is_flagged_in_the_consensus(team: flow.Team) -> None:
    """Two who draw half a vertebra against one who draws all of it: STAPLE believes somebody else."""
    case: Case = start(team)
    flow.rate(team, changes=[flow.erase(20, 0.5), flow.erase(20, 0.45), None])
    report = Fusion.objects.get(chosen=True).report["labels"]["20"]
    apart = abs(report["staple_voxels"] - report["majority_voxels"]) > 0.1 * report["majority_voxels"]
    assert ("staple_volume" in report["flags"]) == apart
    assert case.stage_key is not None
