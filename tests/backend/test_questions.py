"""Questions on cases: who reads them, what comes of the answer, and that nobody who rates learns of them."""

from __future__ import annotations

import pytest

from backend.annotation.errors import NotAnswered, QuestionClosed
from backend.annotation.models import Assignment, Question, Sighting
from backend.annotation.selectors import free_tasks
from backend.annotation.work.selectors.questions import questions_answered_by
from backend.annotation.work.services import questions
from backend.annotation.work.services.concerns import raise_concern
from backend.annotation.work.services.questions import Asked, ask
from backend.annotation.work.services.working import open_assignment
from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.projects import guidelines
from backend.projects.guideline_selectors import draft_of
from backend.projects.models import Membership, Role
from tests.backend import factories, flow
from tests.permissions.asking import JSON, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=3, radiologists=1)


@pytest.fixture
def work(team: flow.Team) -> Assignment:
    flow.start_case(team.project)
    return flow.take(team.raters[0], team.project)


def asked_of(work: Assignment) -> Question:
    return ask(assignment=work, actor=work.rater, asked=Asked("Is this the last rib?", 20, (1, 2, 3)))


def test_who_rates_the_case_learns_nothing_of_a_question(team: flow.Team, work: Assignment) -> None:
    question = asked_of(work)
    other = flow.take(team.raters[1], team.project)
    rater = signed_in(other.rater)
    assert rater.get(f"/api/v1/assignments/{other.pk}/questions").json() == []
    assert rater.get(f"/api/v1/questions/{question.pk}").status_code == 404
    assert rater.get(f"/api/v1/projects/{team.project.slug}/questions").status_code == 403
    # nor does a manager or an expert who rates it just now
    for role in (Role.MANAGER, Role.RADIOLOGIST):
        factories.make_member(team.project, role, user=other.rater)
    assert not questions_answered_by(other.rater).exists()
    assert rater.get(f"/api/v1/questions/{question.pk}").status_code == 404
    listed = rater.get(f"/api/v1/projects/{team.project.slug}/questions").json()
    assert listed["results"] == []
    home = rater.get("/api/v1/home").json()["managed"]
    assert [row["stuck"]["questions"] for row in home] == [0]


def test_an_expert_who_opens_a_question_never_rates_the_case(team: flow.Team, work: Assignment) -> None:
    question = asked_of(work)
    expert = team.radiologists[0]
    factories.make_member(team.project, Role.RATER, user=expert)
    stages = [work.task.stage_key]
    assert free_tasks(user=expert, project=team.project, stage_keys=stages).exists()
    listed = signed_in(expert).get(f"/api/v1/projects/{team.project.slug}/questions").json()["results"]
    assert [(row["id"], row["label"], "text" in row) for row in listed] == [(str(question.pk), 20, False)]
    assert not Sighting.objects.exists()
    shown = signed_in(expert).get(f"/api/v1/questions/{question.pk}").json()
    assert (shown["text"], shown["voxel"]) == ("Is this the last rib?", [1, 2, 3])
    assert Sighting.objects.get().user == expert
    assert not free_tasks(user=expert, project=team.project, stage_keys=stages).exists()


def test_the_answer_reaches_who_asked_without_a_name(team: flow.Team, work: Assignment) -> None:
    question = asked_of(work)
    expert, rater = team.radiologists[0], signed_in(work.rater)
    questions.reply(question=question, actor=expert, text="It is.")
    [own] = rater.get(f"/api/v1/assignments/{work.pk}/questions").json()
    assert (own["state"], own["asked_by"], own["mine"]) == ("answered", "", True)
    assert [(row["text"], row["by"], row["mine"]) for row in own["replies"]] == [("It is.", "", False)]
    assert expert.name not in str(own)
    again = rater.post(
        f"/api/v1/questions/{question.pk}/replies", {"text": "On both sides?"}, content_type=JSON
    )
    assert (again.status_code, again.json()["state"]) == (201, "open")
    questions.close(question=question, actor=expert)
    questions.close(question=question, actor=expert)  # repeated: nothing more is noted
    assert Record.objects.filter(verb="question.closed").count() == 1
    with pytest.raises(QuestionClosed):
        questions.reply(question=question, actor=work.rater, text="And now?")
    assert not Record.objects.filter(detail__icontains="rib").exists()


def test_in_a_double_blind_project_a_question_names_nobody(team: flow.Team, work: Assignment) -> None:
    team.project.protocol["double_blind"] = True
    team.project.save()
    question = asked_of(work)
    manager = signed_in(team.manager)
    for address in (f"projects/{team.project.slug}/questions", f"questions/{question.pk}"):
        answer = manager.get(f"/api/v1/{address}")
        assert answer.status_code == 200
        assert work.rater.name not in answer.content.decode()
        assert str(work.rater_id) not in answer.content.decode()


def test_what_needs_discussion_becomes_a_question_that_the_answer_settles(
    team: flow.Team, work: Assignment
) -> None:
    raise_concern(assignment_id=work.pk, actor=work.rater, concern="discuss", text="Which level is this?")
    question = Question.objects.get()
    assert question.text == "Which level is this?"
    assert flow.reload(work).concern_at is not None
    questions.reply(question=question, actor=team.manager, text="L5")
    assert flow.reload(work).concern_at is None
    raise_concern(assignment_id=work.pk, actor=work.rater, concern="wrong_region", text="A knee")
    assert Question.objects.count() == 1


def test_an_answer_goes_into_the_draft_and_the_version_lists_what_it_answers(
    team: flow.Team, work: Assignment
) -> None:
    question = asked_of(work)
    with pytest.raises(NotAnswered):
        questions.take_into_draft(question=question, actor=team.manager)
    questions.reply(question=question, actor=team.manager, text="A last rib is left out.")
    questions.take_into_draft(question=question, actor=team.manager)
    draft = draft_of(team.project)
    assert draft.text.startswith(team.project.guidelines.rstrip())
    assert draft.text.endswith("A last rib is left out.\n")
    assert question.text not in draft.text
    assert work.task.case.alias not in draft.text
    made = guidelines.publish_draft(
        actor=team.manager, project=team.project, revision=draft.revision, changes="Ribs", must_read=False
    )
    question.refresh_from_db()
    assert (question.version, question.in_draft) == (made, False)
    assert Record.objects.get(verb="guidelines.published", detail__version=2).detail["questions"] == 1
    address = f"/api/v1/projects/{team.project.slug}/questions/answered"
    for reader, ids in ((team.manager, [str(question.pk)]), (work.rater, [str(question.pk)])):
        [row] = signed_in(reader).get(address).json()
        assert (row["number"], [one["id"] for one in row["questions"]]) == (2, ids)
    assert signed_in(team.raters[1]).get(address).json() == []


def test_a_question_has_words_and_a_place_inside_the_volume(team: flow.Team, work: Assignment) -> None:
    with pytest.raises(Invalid):
        ask(assignment=work, actor=work.rater, asked=Asked("  "))
    with pytest.raises(Invalid):
        ask(assignment=work, actor=work.rater, asked=Asked("Here?", voxel=(0, 0, 99)))


def test_who_left_the_project_reads_their_questions_no_more(team: flow.Team, work: Assignment) -> None:
    question = asked_of(work)
    open_assignment(assignment_id=work.pk, actor=work.rater)
    Membership.objects.filter(user=work.rater).update(active=False)
    answer = signed_in(work.rater).post(
        f"/api/v1/questions/{question.pk}/replies", {"text": "And?"}, content_type=JSON
    )
    assert answer.status_code == 404


def test_who_asked_withdraws_and_the_concern_goes_with_it(team: flow.Team, work: Assignment) -> None:
    open_assignment(assignment_id=work.pk, actor=work.rater)
    raise_concern(assignment_id=work.pk, actor=work.rater, concern="discuss", text="Is this the last rib?")
    question = Question.objects.get()
    address = f"/api/v1/questions/{question.pk}/close"
    assert signed_in(team.raters[1]).post(address).status_code == 404
    assert signed_in(work.rater).post(address).status_code == 204
    work.refresh_from_db()
    assert work.concern_at is None
    expert = signed_in(team.radiologists[0])
    listed = f"/api/v1/projects/{team.project.slug}/questions"
    assert expert.get(listed).json()["results"] == []
    assert [row["state"] for row in expert.get(f"{listed}?state=all").json()["results"]] == ["closed"]
    with pytest.raises(QuestionClosed):
        questions.reply(question=question, actor=team.radiologists[0], text="It is.")
