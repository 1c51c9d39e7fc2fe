"""What holds of questions on cases: who may read which, in what order, and what an answer settles."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.models import Assignment, Case, CasePurpose, Question, Sighting
from backend.annotation.work.selectors import questions as selectors
from backend.annotation.work.services import questions
from backend.annotation.work.services.questions import Asked, ask
from backend.common.errors import Forbidden, Invalid
from backend.notices.digests.selectors import fresh_for
from backend.projects.guideline_selectors import draft_of, version_of
from backend.projects.models import Project, Role
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def asked_in(project: Project, rater: User | None = None, text: str = "Which?", **case: Any) -> Question:
    """A question of somebody who rates a case of their own."""
    rater = rater or factories.make_member(project, Role.RATER)
    work = rows.held(rows.task_on(rows.case_in(project, **case)), rater)
    return ask(assignment=work, actor=rater, asked=Asked(text))


def expert_in(project: Project) -> User:
    return factories.make_member(project, Role.RADIOLOGIST)


def said(question: Question, actor: User, text: str) -> None:
    question.refresh_from_db()
    questions.reply(question=question, actor=actor, text=text)


def concern_on(question: Question, concern: str) -> Assignment:
    Assignment.objects.filter(pk=question.assignment_id).update(concern=concern, concern_at=timezone.now())
    return Assignment.objects.get(pk=question.assignment_id)


def test_a_voxel_is_one_of_the_volume(project: Project) -> None:
    work = asked_in(project).assignment
    x, y, z = work.task.case.volume.shape
    last = ask(assignment=work, actor=work.rater, asked=Asked("There?", voxel=(x - 1, y - 1, z - 1)))
    assert last.voxel == [x - 1, y - 1, z - 1]
    for voxel in ((x, 0, 0), (0, y, 0), (0, 0, z), (-1, 0, 0)):
        with pytest.raises(Invalid):
            ask(assignment=work, actor=work.rater, asked=Asked("There?", voxel=voxel))


def test_who_answers_has_seen_the_question_and_who_asked_has_seen_nothing(project: Project) -> None:
    question, expert = asked_in(project), expert_in(project)
    questions.show(question=question, reader=question.asked_by)
    said(question, question.asked_by, "Or there?")
    assert not Sighting.objects.exists()
    said(question, expert, "There.")
    assert Sighting.objects.get().user == expert
    with pytest.raises(Invalid):
        said(question, expert, "  ")


@pytest.mark.parametrize(("concern", "stays"), [("discuss", False), ("wrong_region", True)])
def test_an_answer_or_its_end_settles_what_needed_discussion_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch, concern: str, stays: bool
) -> None:
    told: list[Case] = []
    monkeypatch.setattr(questions, "assignment_changed", lambda work, case: told.append(case))
    answered, closed, expert = asked_in(project), asked_in(project), expert_in(project)
    for question in (answered, closed):
        concern_on(question, concern)
    said(answered, answered.asked_by, "Or there?")
    assert Assignment.objects.filter(concern_at__isnull=False).count() == 2, "asking again settles nothing"
    said(answered, expert, "There.")
    questions.close(question=closed, actor=expert)
    assert Assignment.objects.filter(concern_at__isnull=False).count() == (2 if stays else 0)
    assert told == ([] if stays else [answered.case, closed.case])


def test_the_last_answer_goes_into_the_draft_by_a_manager(project: Project) -> None:
    question, expert = asked_in(project), expert_in(project)
    for author, text in ((expert, "Perhaps."), (expert, "There."), (question.asked_by, "Thank you.")):
        said(question, author, text)
    with pytest.raises(Forbidden):
        questions.take_into_draft(question=question, actor=expert)
    questions.take_into_draft(question=question, actor=project.created_by)
    text = draft_of(project).text
    assert text.endswith("\n\nThere.\n")
    assert "Perhaps" not in text
    other = factories.make_project()
    assert questions.note_answered(version_of(other, 1)) == 0
    assert questions.note_answered(version_of(project, 1)) == 1
    assert questions.note_answered(version_of(project, 1)) == 0, "once"


def test_of_copies_that_measure_nobody_answers_and_nobody_answers_themselves(project: Project) -> None:
    manager = project.created_by
    asked_in(project, purpose=CasePurpose.GOLD)
    factories.make_member(project, Role.RATER, user=manager)
    own = asked_in(project, manager)
    others = asked_in(project)
    assert list(selectors.questions_answered_by(manager)) == [others]
    Assignment.objects.filter(pk=own.assignment_id).update(state="submitted")
    assert list(selectors.questions_answered_by(manager)) == [others]
    assert list(selectors.own_questions(manager)) == [own]


def test_lists_are_of_one_case_one_project_and_in_the_order_of_asking(project: Project) -> None:
    manager, other = project.created_by, factories.make_project()
    factories.make_member(other, Role.MANAGER, user=manager)
    elsewhere = asked_in(other)
    first, second, closed = asked_in(project), asked_in(project), asked_in(project)
    again = asked_in(project, first.asked_by)
    questions.close(question=closed, actor=manager)
    said(second, manager, "There.")
    said(second, second.asked_by, "Where?")
    listed = selectors.questions_in(project, manager, "open")
    assert listed == [(first, 0), (second, 2), (again, 0)]
    everything = [row for row, _ in selectors.questions_in(project, manager, "all")]
    assert everything == [first, second, again, closed]
    assert list(selectors.questions_on(first.asked_by, first.case)) == [first]
    assert set(selectors.open_questions(manager, [project.pk])) == {first, second, again}
    said(first, manager, "There.")
    assert set(selectors.open_questions(manager, [project.pk])) == {second, again}
    assert set(selectors.open_questions(manager, [other.pk])) == {elsewhere}
    lines = [row["text"] for row in selectors.thread(second, manager)["replies"]]
    assert lines == ["There.", "Where?"]


def test_what_a_version_answers_is_told_of_its_project(project: Project) -> None:
    manager, other = project.created_by, factories.make_project()
    factories.make_member(other, Role.MANAGER, user=manager)
    here, there = asked_in(project), asked_in(other)
    for question, own in ((here, project), (there, other)):
        Question.objects.filter(pk=question.pk).update(version=version_of(own, 1))
    told = selectors.answered_by_versions(project, manager)
    assert [row["id"] for row in told[1]] == [here.pk]
    assert selectors.answered_by_versions(project, expert_in(other)) == {}


def test_questions_and_answers_are_told_by_mail_to_whom_they_concern(project: Project) -> None:
    manager, expert, other = (
        project.created_by,
        expert_in(project),
        factories.make_member(project, Role.RATER),
    )
    before = timezone.now()
    question = asked_in(project)
    asked_in(project, purpose=CasePurpose.GOLD)
    now = timezone.now() + timedelta(minutes=1)

    def told(user: User, since: datetime = before) -> tuple[int, int]:
        return next(((one.questions, one.replied) for one in fresh_for(user, since, now)), (0, 0))

    rater = question.asked_by
    assert [told(user) for user in (manager, expert, other, rater)] == [(1, 0), (1, 0), (0, 0), (0, 0)]
    assert told(manager, now) == (0, 0)
    concern_on(question, "discuss")
    assert (told(manager), told(expert)) == ((0, 0), (1, 0)), "a manager has it as a concern"
    said(question, expert, "There.")
    assert [told(user) for user in (manager, expert, other, rater)] == [(0, 0), (0, 0), (0, 0), (0, 1)]
    assert told(rater, now) == (0, 0)
