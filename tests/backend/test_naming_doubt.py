"""Names that the engine called a guess: asked of everybody, compared, and never passed by rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client

from backend.accounts.models import User
from backend.annotation.errors import NamingNotAsked, NamingUnanswered, WrongKind
from backend.annotation.models import Assignment, Case, CaseState, Exercise, NamingAnswer, Task
from backend.annotation.quality.services import exercises
from backend.annotation.work.selectors import naming as naming_answers
from backend.annotation.work.selectors.details import assignment_detail, assignment_summary
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import open_assignment
from backend.audit.models import Record
from backend.common.errors import Conflict
from backend.consensus.models import AdjudicationItem, AgreedGrade, NamingDispute, VertebraDecision
from backend.consensus.services import naming
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskSource
from backend.masks.services import add_version, load_mask
from backend.pipeline.runs.naming_doubt import doubt_in, names_of, naming_doubt_of, statement_in
from backend.progress.cases.selectors.cards import case_cards, with_card_data
from backend.projects.protocols import parse
from backend.review.services import decide
from backend.science.disguise import Disguise
from backend.science.volume import MaskArray
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]

L1, L2, L3 = 20, 21, 22


@pytest.fixture
def team() -> flow.Team:
    cache.clear()
    return flow.make_team()


def doubted(team: flow.Team) -> Case:
    """A case with L1 above L2, whose names are a guess."""
    case = flow.start_case(team.project, factories.block_mask(labels=(L2, L1)))
    flow.doubt_names(case)
    return Case.objects.get(pk=case.pk)


def renamed(*moves: tuple[int, int]) -> Callable[[MaskArray], None]:
    table = np.arange(256, dtype=np.uint8)
    for old, new in moves:
        table[old] = new

    def change(mask: MaskArray) -> None:
        mask[:] = table[mask]

    return change


one_lower = renamed((L1, L2), (L2, L3))
one_higher = renamed((L2, L1), (L3, L2))


def opened(user: User, team: flow.Team) -> Assignment:
    assignment = flow.take(user, team.project)
    open_assignment(assignment_id=assignment.pk, actor=user)
    return flow.reload(assignment)


def ask(user: User, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    client = Client()
    client.force_login(user)
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")


# Where the doubt comes from


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"naming": {"statement": "a guess", "doubt": True}}, "a guess"),
        ({"naming": {"statement": "sure", "doubt": False, "anchors": [], "levels": {"20": 0.1}}}, ""),
        # reports of before the flag
        (
            {"naming": {"statement": "a guess", "anchors": [], "confidence": 0.5, "levels": {"20": 0.5}}},
            "a guess",
        ),
        (
            {"naming": {"statement": "low", "anchors": ["C2"], "confidence": 0.79, "levels": {"20": 0.7}}},
            "low",
        ),
        ({"naming": {"statement": "sure", "anchors": ["C2"], "confidence": 0.8, "levels": {"20": 0.8}}}, ""),
        (
            {
                "naming": {
                    "statement": "Named by the request.",
                    "anchors": [],
                    "confidence": 1.0,
                    "levels": {},
                }
            },
            "",
        ),
        ({"naming": "The labels are those of the uploaded mask."}, ""),
        ({}, ""),
    ],
)
def test_a_doubt_is_what_the_report_says(report: dict[str, Any], expected: str) -> None:
    assert doubt_in(report) == expected


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"naming": {"statement": "L1 to L3, by the sacrum.", "doubt": False}}, "L1 to L3, by the sacrum."),
        ({"naming": "L1 to L3"}, "L1 to L3"),
        ({"naming": {"levels": {}}}, ""),
        ({"naming": ["L1"]}, ""),
        ({}, ""),
    ],
)
def test_an_engine_says_its_naming_in_a_sentence_or_not_at_all(report: dict[str, Any], expected: str) -> None:
    assert statement_in(report) == expected


def test_a_case_takes_the_doubt_of_the_mask_that_it_starts_from(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    assert (case.naming_state, case.naming_doubt) == ("", ""), "an imported mask: no doubt is known"
    case = doubted(team)
    assert (case.naming_state, case.naming_doubt) == ("open", flow.GUESS)
    start = case.start_mask
    assert start is not None
    corrected = add_version(
        volume=case.volume,
        mask=load_mask(start),
        source=MaskSource.ENGINE,
        parent=start,
        provenance={
            "correction": {"renamed": {}},
            "report": {"naming": {"statement": "Named by the request."}},
        },
    )
    assert naming_doubt_of(corrected) == flow.GUESS, "moving a centre settles no name"


# Answering


def test_a_guess_is_answered_before_the_mask_is_handed_in(team: flow.Team) -> None:
    doubted(team)
    rater = team.raters[0]
    assignment = opened(rater, team)
    with pytest.raises(NamingUnanswered):
        flow.hand_in(assignment)
    path = f"assignments/{assignment.pk}/naming-answer"
    assert ask(rater, "put", path, {"answer": "confirmed"}).json()["answer"] == "confirmed"
    assert ask(rater, "put", path, {"answer": "confirmed"}).status_code == 200
    assert NamingAnswer.objects.count() == 1, "the same again adds nothing"
    assert Record.objects.filter(verb="naming.answered").count() == 1
    submission = flow.hand_in(assignment)
    assert submission.naming == {"answer": "confirmed", "note": "", "renamed": {}, "labels": [L1, L2]}


def test_the_hand_in_says_over_rest_what_is_missing(team: flow.Team) -> None:
    doubted(team)
    assignment = opened(team.raters[0], team)
    flow.grade_all(assignment, {})
    digest = mask_state(assignment).digest
    answer = ask(team.raters[0], "post", f"assignments/{assignment.pk}/submit", {"digest": digest})
    assert (answer.status_code, answer.json()["code"]) == (409, "naming_unanswered")


def test_an_answer_has_to_fit_what_was_done_to_the_names(team: flow.Team) -> None:
    doubted(team)
    assignment = opened(team.raters[0], team)
    with pytest.raises(Conflict, match="No name was changed yet"):
        flow.say(assignment, "renamed")
    flow.say(assignment, "confirmed")
    flow.paint(assignment, one_lower)
    with pytest.raises(Conflict, match="L1 is L2 now"):
        flow.say(assignment, "confirmed")
    with pytest.raises(NamingUnanswered, match="changed after you answered"):
        flow.hand_in(assignment)
    flow.say(assignment, "renamed")
    submission = flow.hand_in(assignment)
    assert submission.naming is not None
    assert submission.naming["renamed"] == {"20": L2, "21": L3}
    assert list(NamingAnswer.objects.values_list("answer", "current")) == [
        ("confirmed", False),
        ("renamed", True),
    ]


def test_erasing_and_painting_is_no_renaming(team: flow.Team) -> None:
    doubted(team)
    assignment = opened(team.raters[0], team)
    flow.say(assignment, "confirmed")
    flow.paint(assignment, flow.erase(L1, 0.6))
    assert flow.hand_in(assignment).naming is not None


def test_a_returned_case_is_asked_anew(team: flow.Team) -> None:
    protocol = team.project.protocol
    protocol["stages"] = [{**protocol["stages"][0], "overlap": 1}, protocol["stages"][3]]
    team.project.protocol = parse(protocol).to_json()
    team.project.save()
    case = doubted(team)
    rater, reviewer = team.raters[0], team.radiologists[0]
    flow.hand_in(opened(rater, team), change=one_lower, names="renamed")
    assert Case.objects.get().naming_state == "confirmed"
    review = opened(reviewer, team)
    decide(assignment_id=review.pk, actor=reviewer, accept=False, comment="Is this L2?")
    again = opened(rater, team)
    assert again.task.round == 2
    with pytest.raises(NamingUnanswered):
        flow.hand_in(again)
    with pytest.raises(Conflict):
        flow.say(again, "confirmed")  # held against the engine's mask, not against one's own
    flow.paint(again, one_higher)
    flow.hand_in(again, names="confirmed")
    assert case.tasks.filter(kind="review").count() == 2


def test_nobody_is_asked_where_nobody_doubts(team: flow.Team) -> None:
    flow.start_case(team.project, factories.block_mask(labels=(L2, L1)))
    assignment = opened(team.raters[0], team)
    with pytest.raises(NamingNotAsked):
        flow.say(assignment, "confirmed")
    assert assignment_detail(assignment)["naming_question"] is None
    assert flow.hand_in(assignment).naming is None


def test_a_grader_is_told_and_not_asked() -> None:
    team = flow.make_team("verse_2019")
    doubted(team)
    flow.hand_in(opened(team.raters[0], team), names="confirmed")
    flow.hand_in(opened(team.radiologists[0], team), names="unknown")
    reader = opened(team.radiologists[1], team)
    assert reader.task.kind == "grade"
    question = assignment_detail(reader)["naming_question"]
    assert (question["asked"], question["others"]) == (False, [])
    with pytest.raises(WrongKind):
        flow.say(reader, "confirmed")
    flow.hand_in(reader)
    flow.hand_in(opened(team.radiologists[0], team))
    items = AdjudicationItem.objects.all()
    assert items, "what the corrector could not tell is no more certain after grading"
    assert all("unconfirmed" in item.reasons for item in items)


# Blinding


def test_nobody_reads_anothers_answer(team: flow.Team) -> None:
    case = doubted(team)
    first = opened(team.raters[0], team)
    flow.hand_in(first, names="unknown")
    second = opened(team.raters[1], team)
    question = assignment_detail(second)["naming_question"]
    assert (question["answer"], question["others"]) == (None, [])
    assert assignment_summary(second)["naming_doubt"] is True
    assert Case.objects.get(pk=case.pk).naming_state == "open", "the flag tells nothing of one answer"
    path = f"assignments/{first.pk}/naming-answer"
    assert ask(team.raters[1], "put", path, {"answer": "unknown"}).status_code == 404


def test_who_starts_from_nothing_reads_no_name_of_the_engine(team: flow.Team) -> None:
    doubted(team)
    team.project.protocol["stages"][0]["blank_share"] = 1.0
    team.project.save()
    assignment = opened(team.raters[0], team)
    assert assignment.blank_start
    detail = assignment_detail(assignment)
    question = detail["naming_question"]
    assert "L1" not in question["statement"]
    assert detail["engine_names"] is None
    assert question["asked"]
    flow.paint(assignment, lambda mask: mask.__setitem__((slice(3, 9), slice(2, 8), slice(3, 5)), L1))
    with pytest.raises(Conflict, match="named these vertebrae yourself"):
        flow.say(assignment, "renamed")
    flow.say(assignment, "confirmed")
    flow.paint(assignment, lambda mask: mask.__setitem__((slice(3, 9), slice(2, 8), slice(1, 3)), L2))
    with pytest.raises(NamingUnanswered):
        flow.hand_in(assignment)
    assert flow.hand_in(assignment, names="unknown").naming is not None


def test_a_hidden_copy_asks_like_its_source(team: flow.Team) -> None:
    case = doubted(team)
    key = exercises.set_answer_key(
        case=case, purpose="gold", actor=team.manager, mask=case.start_mask, exclude=True
    )
    team.project.protocol["quality"]["gold_share"] = 0.5
    team.project.save()
    rater = team.raters[0]
    exercises.prepare_for(user=rater, project=team.project, stage_keys=["rate"])
    copy = Exercise.objects.get(key=key, rater=rater).case
    assert (copy.naming_state, copy.naming_doubt) == ("open", flow.GUESS)
    before, told = (names_of(row.start_mask) for row in (case, copy) if row.start_mask is not None)
    assert told == before
    assert told is not None


def test_what_a_disguised_copy_is_told_of_its_names_lies_where_the_copy_has_it(team: flow.Team) -> None:
    case = doubted(team)
    assert case.start_mask is not None
    shape = load_mask(case.start_mask).geometry.shape
    geometry = geometry_of(case.volume)
    for disguise in (Disguise(mirror=True), Disguise(shift=(2, -1, 1))):
        (naming,) = exercises._names_carried(case.start_mask, disguise)["report"].values()
        (seen,) = naming["evidence"]
        spot = np.zeros(shape, np.uint8, order="F")
        x, y, z = np.rint(geometry.ras_mm_to_voxel(flow.LAST_RIB)).astype(int)
        spot[x, y, z] = 1
        moved = np.argwhere(disguise.mask(spot))[0]
        assert np.allclose(geometry.ras_mm_to_voxel(seen["place_ras_mm"]), moved, atol=0.1)
        assert naming["alternatives"][0] == {"labels": [21, 22], "probability": 0.35}


def test_who_starts_from_the_engines_names_is_told_what_they_may_be_instead(team: flow.Team) -> None:
    case = doubted(team)
    told = assignment_detail(opened(team.raters[0], team))["engine_names"]
    assert (told["levels"], told["probability"]) == ([L1, L2], 0.4)
    assert [tuple(other["labels"]) for other in told["alternatives"]] == [(L2, L3), (19, L1)]
    assert told["anchors"] == [{"name": "last rib", "certainty": 0.3, "place_ras_mm": tuple(flow.LAST_RIB)}]
    mask = case.start_mask
    assert mask is not None
    other = add_version(
        volume=case.volume,
        mask=load_mask(mask).array,
        source=MaskSource.ENGINE,
        parent=mask,
        provenance={"correction": {"renamed": {"20": 21}}},
    )
    assert names_of(other) is None, "levels were renamed since"
    other.provenance = {"correction": {"touched": [20]}}
    assert names_of(other) == names_of(mask)


# Fusion, the expert, the reviewer


def test_names_that_all_confirm_pass_by_rule(team: flow.Team) -> None:
    case = doubted(team)
    flow.rate(team, names=["confirmed"] * 3)
    case.refresh_from_db()
    assert case.naming_state == "confirmed"
    assert not AdjudicationItem.objects.exists()
    assert Task.objects.get(case=case, state="open").kind == "review"


def test_one_who_cannot_tell_sends_the_names_to_the_expert(team: flow.Team) -> None:
    case = doubted(team)
    flow.rate(team, names=["confirmed", "unknown", "confirmed"])
    items = {item.label: item.reasons for item in AdjudicationItem.objects.all()}
    assert items == {L1: ["unconfirmed"], L2: ["unconfirmed"]}
    assert not VertebraDecision.objects.filter(choice="rule").exists()
    assert not AgreedGrade.objects.exists(), "no grade stands under a name that nobody vouches for"
    expert = opened(team.radiologists[0], team)
    others = assignment_detail(expert)["naming_question"]["others"]
    assert [(row["slot"], row["answer"]) for row in others] == [
        ("A", "confirmed"),
        ("B", "unknown"),
        ("C", "confirmed"),
    ]
    with pytest.raises(NamingUnanswered):
        flow.hand_in(expert)
    flow.say(expert, "confirmed")
    with pytest.raises(naming.NamesUndecided):
        flow.hand_in(expert)
    naming.settle_names(
        assignment_id=expert.pk, naming=naming.Naming([L2, L3], "the twelfth rib"), actor=expert.rater
    )
    submission = flow.hand_in(flow.reload(expert))
    assert submission.naming is not None
    assert submission.naming["answer"] == "renamed"
    case.refresh_from_db()
    assert case.naming_state == "confirmed"
    assert set(AgreedGrade.objects.filter(current=True).values_list("label", flat=True)) == {L2, L3}
    assert set(VertebraDecision.objects.values_list("label", flat=True)) == {L2, L3}


def test_an_answer_of_before_the_question_counts_as_none(team: flow.Team) -> None:
    """Raters who handed in before the doubt was asked for have vouched for nothing."""
    case = flow.start_case(team.project, factories.block_mask(labels=(L2, L1)))
    for rater in team.raters[:2]:
        flow.hand_in(opened(rater, team))
    flow.doubt_names(Case.objects.get(pk=case.pk))
    flow.hand_in(opened(team.raters[2], team), names="confirmed")
    assert {tuple(item.reasons) for item in AdjudicationItem.objects.all()} == {("unconfirmed",)}


def test_names_in_dispute_stay_open_though_each_is_sure(team: flow.Team) -> None:
    case = doubted(team)
    flow.rate(team, changes=[None, one_lower, None], names=["confirmed", "renamed", "confirmed"])
    case.refresh_from_db()
    assert case.naming_state == "open"
    assert all(item.reasons == ["naming"] for item in AdjudicationItem.objects.all())
    assert NamingDispute.objects.count() == 1


def test_an_expert_who_cannot_tell_says_so_and_it_stays_on_the_case(team: flow.Team) -> None:
    case = doubted(team)
    flow.rate(team, names=["unknown"] * 3)
    expert = opened(team.radiologists[0], team)
    naming.settle_names(assignment_id=expert.pk, naming=naming.Naming([L1, L2]), actor=expert.rater)
    flow.say(expert, "unknown")
    flow.hand_in(flow.reload(expert))
    case.refresh_from_db()
    assert case.naming_state == "unknown"
    reviewer = opened(team.radiologists[1], team)
    decide(assignment_id=reviewer.pk, actor=reviewer.rater, accept=True)
    case.refresh_from_db()
    assert (case.state, case.naming_state) == (CaseState.ACCEPTED, "unknown")
    (card,) = case_cards(with_card_data(Case.objects.filter(pk=case.pk)), team.project)
    assert "naming_unknown" in card["flags"]


def test_grades_that_stood_by_rule_follow_an_experts_new_names(team: flow.Team) -> None:
    doubted(team)
    flow.rate(
        team,
        changes=[None, None, flow.erase(L2)],
        grades=[{L1: 2, L2: 1}] * 3,
        names=["confirmed"] * 3,
    )
    assert dict(AgreedGrade.objects.filter(current=True).values_list("label", "grade")) == {L1: 2, L2: 1}
    expert = opened(team.radiologists[0], team)
    naming.settle_names(assignment_id=expert.pk, naming=naming.Naming([L2, L3]), actor=expert.rater)
    flow.hand_in(flow.reload(expert), grades={L2: 2, L3: 1})
    assert dict(AgreedGrade.objects.filter(current=True).values_list("label", "grade")) == {L2: 2, L3: 1}


def test_without_an_expert_before_the_reviewer_answers() -> None:
    team = flow.make_team(raters=1)
    protocol = team.project.protocol
    protocol["stages"] = [{**protocol["stages"][0], "overlap": 1}, protocol["stages"][3]]
    team.project.protocol = parse(protocol).to_json()
    team.project.save()
    case = doubted(team)
    flow.hand_in(opened(team.raters[0], team), names="unknown")
    (card,) = case_cards(with_card_data(Case.objects.filter(pk=case.pk)), team.project)
    assert "naming_open" in card["flags"]
    review = opened(team.radiologists[0], team)
    assert assignment_detail(review)["naming_question"]["asked"]
    with pytest.raises(NamingUnanswered):
        decide(assignment_id=review.pk, actor=review.rater, accept=True)
    flow.say(review, "confirmed")
    decide(assignment_id=review.pk, actor=review.rater, accept=True)
    case.refresh_from_db()
    assert (case.state, case.naming_state) == (CaseState.ACCEPTED, "confirmed")


def test_what_counts_as_a_new_name() -> None:
    before = factories.block_mask(labels=(L2, L1))
    after = before.copy(order="F")
    one_lower(after)
    assert naming_answers.renamed_levels(before, after) == {L1: L2, L2: L3}
    nearly = before.copy(order="F")
    flow.erase(L1, 0.9)(nearly)
    assert naming_answers.renamed_levels(before, nearly) == {}
    assert naming_answers.renamed_levels(before, np.zeros_like(before)) == {}
