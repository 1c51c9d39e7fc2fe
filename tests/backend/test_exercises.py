"""Training, gold cases and hidden repeats: mixed in, told from work by nobody, scored, and never counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.errors import AnswerKnown, NotTrained
from backend.annotation.models import (
    Assignment,
    Case,
    CasePurpose,
    Exercise,
    ExerciseResult,
    Task,
)
from backend.annotation.quality.selectors.exercises import ready_exercises
from backend.annotation.quality.selectors.training import training_of
from backend.annotation.quality.services.exercises import (
    drop_answer_key,
    give_exercise,
    prepare_for,
    set_answer_key,
)
from backend.annotation.quality.services.scoring import score_exercise
from backend.annotation.quality.services.training import qualify, revoke_qualification
from backend.annotation.work.selectors.details import assignment_detail, start_row
from backend.annotation.work.selectors.doubt import engine_doubt
from backend.annotation.work.services import bulk
from backend.annotation.work.services.giving import assign
from backend.annotation.work.services.readiness import make_ready, prepare_next
from backend.annotation.work.services.taking import next_assignment
from backend.common.errors import Conflict, Invalid
from backend.imaging.selectors import series_of, volumes_visible_to
from backend.masks.models import MaskSource
from backend.masks.services import add_version, load_mask
from backend.progress.cases.kept import board
from backend.projects.models import Membership, Project, Role
from backend.projects.selectors import project_counts
from backend.review import services as review
from backend.science.disguise import Disguise
from backend.science.volume import MaskArray
from backend.workflow.sweep import keep_up
from tests.backend import factories, flow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
SHAPE = (24, 24, 40)


def with_quality(project: Project, **quality: Any) -> None:
    project.protocol = {**project.protocol, "quality": {**project.protocol["quality"], **quality}}
    project.save()


def spine() -> MaskArray:
    """Three blocks with room on all sides."""
    mask = np.zeros(SHAPE, np.uint8, order="F")
    for place, label in enumerate((22, 21, 20)):  # the third axis runs upwards
        mask[5:15, 6:16, 6 + 10 * place : 14 + 10 * place] = label
    return mask


def accepted_case(team: flow.Team, change: Any = None) -> Case:
    case = flow.start_case(team.project, spine())
    flow.rate(team, changes=[change] * 3)
    reviewer = team.radiologists[0]
    looked = flow.take(reviewer, team.project)
    review.decide(assignment_id=looked.pk, actor=reviewer, accept=True)
    case.refresh_from_db()
    assert case.state == "accepted"
    return case


def known_case(team: flow.Team) -> Case:
    return flow.known_case(team, spine()).case


def newcomer(team: flow.Team) -> User:
    return factories.make_member(team.project, Role.RATER)


def purpose_of(assignment: Assignment) -> str:
    return str(Case.every.get(tasks__assignments=assignment).purpose)


def test_a_newcomer_trains_first_is_scored_and_let_through() -> None:
    team = flow.make_team()
    cut = flow.erase(22, 0.05)  # what the answer has less than the mask that everybody starts from
    keys = [
        set_answer_key(case=accepted_case(team, cut), purpose="training", actor=team.manager)
        for _ in range(2)
    ]
    with_quality(team.project, training_cases=2, training_dice=0.9)
    work = flow.start_case(team.project, spine())
    rater = newcomer(team)
    for number in range(2):
        make_ready(user=rater, project=team.project)
        assignment = flow.take(rater, team.project)
        assert purpose_of(assignment) == CasePurpose.TRAINING
        assert not training_of(team.project, [rater.pk])[rater.pk].may_work
        with pytest.raises(NotTrained):
            assign(task_id=Task.objects.get(case=work).pk, user=rater, actor=team.manager)
        flow.hand_in(assignment, change=flow.erase(20, 0.9) if number == 0 else cut)
    results = list(ExerciseResult.objects.order_by("created_at"))
    assert [result.passed for result in results] == [False, True]
    assert results[1].mean_dice == 1.0
    assert {result.exercise.key for result in results} == set(keys)
    told = training_of(team.project, [rater.pk])[rater.pk]
    assert (told.required, told.scored, told.may_work) == (2, 2, False)  # 0.9 on the mean is missed
    make_ready(user=rater, project=team.project)
    assert next_assignment(user=rater, project=team.project) is None
    qualify(project=team.project, user=rater, actor=team.manager, reason="Looked at it together")
    assert purpose_of(flow.take(rater, team.project)) == CasePurpose.WORK
    with pytest.raises(Conflict):
        qualify(project=team.project, user=rater, actor=team.manager, reason="Again")
    revoke_qualification(project=team.project, user=rater, actor=team.manager)
    assert not training_of(team.project, [rater.pk])[rater.pk].may_work


def test_who_passes_needs_no_managers_word() -> None:
    team = flow.make_team()
    cut = flow.erase(22, 0.05)
    set_answer_key(case=accepted_case(team, cut), purpose="training", actor=team.manager)
    with_quality(team.project, training_cases=5)  # only one is there
    flow.start_case(team.project, spine())
    rater = newcomer(team)
    make_ready(user=rater, project=team.project)
    flow.hand_in(flow.take(rater, team.project))
    assert purpose_of(flow.take(rater, team.project)) == CasePurpose.WORK


def test_a_gold_case_looks_like_work_and_is_counted_nowhere() -> None:
    team = flow.make_team()
    source = known_case(team)
    with_quality(team.project, gold_share=0.5)
    for _ in range(4):
        flow.start_case(team.project, spine())
    counted = project_counts([team.project.pk])[team.project.pk]
    columns = {row["key"]: row["count"] for row in board(project=team.project, user=team.manager)["stages"]}
    rater = newcomer(team)
    assert prepare_next(user=rater, project=team.project) == 1
    exercise = Exercise.objects.get()
    taken = []
    for _ in range(4):
        assignment = flow.take(rater, team.project)
        taken.append((purpose_of(assignment), assignment_detail(flow.reload(assignment))))
        flow.hand_in(assignment)
    assert sorted(purpose for purpose, _ in taken) == ["gold", "work", "work", "work"]
    hidden = next(detail for purpose, detail in taken if purpose == "gold")
    usual = next(detail for purpose, detail in taken if purpose == "work")
    assert hidden["case_alias"] != source.alias
    assert hidden["volume"]["id"] != source.volume_id
    for name in ("kind", "stage_title", "start", "due_on", "priority", "return_comment", "gradable"):
        assert hidden[name] == usual[name], name
    assert ExerciseResult.objects.get(exercise=exercise).mean_dice == 1.0
    assert project_counts([team.project.pk])[team.project.pk] == counted
    after = {row["key"]: row["count"] for row in board(project=team.project, user=team.manager)["stages"]}
    assert after == columns
    assert not Case.objects.filter(pk=exercise.case_id).exists()
    assert not series_of(team.project).filter(source_format="copy").exists()
    copy = exercise.case.volume_id
    assert not volumes_visible_to(team.radiologists[0]).filter(pk=copy).exists()
    assert volumes_visible_to(rater).filter(pk=copy).exists()


def test_the_sweep_has_exercises_ready_for_everybody_in_time() -> None:
    team = flow.make_team()
    known_case(team)
    with_quality(team.project, gold_share=0.2)
    assert keep_up().exercises_made == 3
    assert keep_up().exercises_made == 0
    assert {exercise.rater for exercise in Exercise.objects.all()} == set(team.raters)


def test_nobody_gets_a_gold_case_they_have_rated() -> None:
    team = flow.make_team()
    set_answer_key(case=accepted_case(team), purpose="gold", actor=team.manager)
    with_quality(team.project, gold_share=0.5)
    assert [prepare_next(user=rater, project=team.project) for rater in team.raters] == [0, 0, 0]


@pytest.mark.parametrize("disguise", ["shift", "mirror"])
def test_a_repeat_is_disguised_and_mapped_back(disguise: str) -> None:
    team = flow.make_team()
    cut = flow.erase(21, 0.25)
    former = accepted_case(team, cut)
    doubted = np.where(spine() == 21, 192, 0).astype(np.uint8)
    flow.made_by_engine(former, doubted)
    rater = team.raters[0]
    with_quality(team.project, repeat_share=0.5, repeat_after_days=14, repeat_disguise=disguise)
    assert prepare_next(user=rater, project=team.project) == 0, "it was done just now"
    Assignment.objects.update(submitted_at=timezone.now() - timedelta(days=15))
    assert prepare_next(user=rater, project=team.project) == 1
    assert prepare_next(user=rater, project=team.project) == 0, "one is ready"
    exercise = Exercise.objects.get()
    case = exercise.case
    assert case.alias != former.alias
    assert not set(case.volume.blobs.values_list("blob_id", flat=True)) & set(
        former.volume.blobs.values_list("blob_id", flat=True)
    ), "no file of it tells what it is"
    assert case.start_mask is not None
    assert former.start_mask is not None
    moved = Disguise.from_json(exercise.transform)
    began = load_mask(case.start_mask).array
    assert (began != spine()).any()
    assert (moved.undo(began) == spine()).all()
    flow.start_case(team.project, spine())
    assignment = flow.take(rater, team.project)
    while purpose_of(assignment) != CasePurpose.REPEAT:
        flow.hand_in(assignment)
        flow.start_case(team.project, spine())
        assignment = flow.take(rater, team.project)
    assert (engine_doubt(assignment) == moved.mask(doubted)).all(), "it is not told by having no doubt"
    again = moved.mask(load_mask(exercise.former.mask).array)  # type: ignore[union-attr, arg-type]

    def same_as_before(mask: MaskArray) -> None:
        mask[...] = again

    flow.hand_in(assignment, change=same_as_before)
    result = ExerciseResult.objects.get()
    assert result.mean_dice == 1.0
    assert result.grades_exact == 1.0
    assert score_exercise(case_id=case.pk) == result, "scored once"


def test_the_share_is_kept_over_time() -> None:
    team = flow.make_team()
    for _ in range(4):
        known_case(team)
    with_quality(team.project, gold_share=0.3)
    for _ in range(8):
        flow.start_case(team.project, spine())
    rater = newcomer(team)
    purposes = []
    for _ in range(8):
        prepare_next(user=rater, project=team.project)
        assignment = flow.take(rater, team.project)
        purposes.append(purpose_of(assignment))
        flow.hand_in(assignment)
    assert 1 <= purposes.count("gold") <= 3


def test_a_manager_who_rates_gets_no_copies() -> None:
    """They choose the gold cases and read the list of series: nothing would be hidden from them."""
    team = flow.make_team()
    quality = {**team.project.protocol["quality"], "gold_share": 0.5}
    team.project.protocol = {**team.project.protocol, "quality": quality}
    team.project.save()
    rater = factories.make_member(team.project, Role.RATER)
    flow.known_case(team)
    Membership.objects.create(project=team.project, user=team.manager, role=Role.RATER)
    assert prepare_next(user=team.manager, project=team.project) == 0
    assert prepare_next(user=rater, project=team.project) == 1
    Membership.objects.create(project=team.project, user=rater, role=Role.MANAGER)
    for _ in range(4):
        flow.start_case(team.project)
        assert flow.take(rater, team.project).task.case.purpose == "work", "made before, and kept back"
        flow.hand_in(flow.take(rater, team.project))


def test_a_case_without_an_answer_cannot_be_a_key() -> None:
    team = flow.make_team()
    case = flow.start_case(team.project, spine())
    with pytest.raises(Invalid):
        set_answer_key(case=case, purpose="gold", actor=team.manager)
    key = set_answer_key(
        case=case, purpose="training", actor=team.manager, mask=case.start_mask, exclude=True
    )
    case.refresh_from_db()
    assert case.state == "excluded"
    assert Task.objects.get(case=case).state == "cancelled"
    with_quality(team.project, training_cases=1)
    make_ready(user=team.raters[0], project=team.project)
    assert flow.take(team.raters[0], team.project).blank_start, "the start would be the answer"
    drop_answer_key(key=key, actor=team.manager)
    assert training_of(team.project, [team.raters[1].pk])[team.raters[1].pk].required == 0


def test_who_had_a_copy_with_an_answer_never_gets_the_case_itself() -> None:
    team = flow.make_team()
    case = flow.start_case(team.project, spine())
    set_answer_key(case=case, purpose="gold", actor=team.manager, mask=case.start_mask)
    with_quality(team.project, gold_share=0.5)
    early, late = team.raters[:2]
    for rater in (early, late):
        prepare_next(user=rater, project=team.project)
    task = Task.objects.get(case=case)
    give_exercise(exercise=Exercise.objects.get(rater=early), like=None, blank_start=False).delete()
    assign(task_id=task.pk, user=late, actor=team.manager)
    assert not ready_exercises(late, team.project).exists(), "they have the case itself"
    copied = give_exercise(exercise=ready_exercises(early, team.project).get(), like=None, blank_start=False)
    flow.hand_in(copied)
    assert next_assignment(user=early, project=team.project) is None
    with pytest.raises(AnswerKnown):
        assign(task_id=task.pk, user=early, actor=team.manager)
    [outcome] = bulk.distribute(project=team.project, cases=[case], actor=team.manager)
    assert outcome.done
    assert early.pk not in task.assignments.values_list("rater_id", flat=True)


def test_a_gold_case_starts_as_work_does() -> None:
    team = flow.make_team()
    known_case(team)
    with_quality(team.project, gold_share=0.5)
    team.project.protocol["stages"][0]["blank_share"] = 1.0
    team.project.save()
    flow.start_case(team.project, spine())
    rater = newcomer(team)
    prepare_next(user=rater, project=team.project)
    given = [flow.take(rater, team.project)]
    flow.hand_in(given[0])
    given.append(flow.take(rater, team.project))
    assert sorted(map(purpose_of, given)) == ["gold", "work"]
    assert [assignment.blank_start for assignment in given] == [True, True]


def test_the_start_of_a_graded_gold_case_has_the_origin_that_work_has() -> None:
    team = flow.make_team("verse_2019", raters=1, radiologists=3)
    case = flow.start_case(team.project, spine())
    answer = add_version(volume=case.volume, mask=spine(), source=MaskSource.ADJUDICATION)
    set_answer_key(case=case, purpose="gold", actor=team.manager, mask=answer, exclude=True)
    flow.start_case(team.project, spine())
    for person in (team.raters[0], team.radiologists[0]):
        flow.hand_in(flow.take(person, team.project))
    work = flow.take(team.radiologists[1], team.project)
    assert work.task.stage_key == "read"
    with_quality(team.project, gold_share=0.5)
    reader = team.radiologists[2]
    assert prepare_for(user=reader, project=team.project, stage_keys=["read"]) == 1
    exercise = Exercise.objects.get(rater=reader)
    hidden = give_exercise(exercise=exercise, like=None, blank_start=False)
    assert start_row(flow.reload(hidden)) == start_row(flow.reload(work))
    assert start_row(flow.reload(hidden))["text"] == "The mask of the stage before"
