"""Who sees which case, task and assignment: each rule of the blinding with rows that differ in it alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation import selectors
from backend.annotation.cases.services.sightings import note_sighting, show_case
from backend.annotation.models import Case, Grading, Sighting, SightKind, TaskKind
from backend.audit.models import Record
from backend.common.errors import NotFound
from backend.imaging.models import Volume
from backend.projects.models import Membership, Project, Role
from tests.backend import factories, rows
from tests.backend.rows import case_in, copy_for, held, mask_of, task_on

pytestmark = pytest.mark.django_db
CORRECT, GRADE, ADJUDICATE, REVIEW = (
    TaskKind.CORRECT,
    TaskKind.GRADE,
    TaskKind.ADJUDICATE,
    TaskKind.REVIEW,
)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def manager(project: Project) -> User:
    """The project's own; in no other one."""
    return project.created_by


@pytest.fixture
def rater(project: Project) -> User:
    return factories.make_member(project, Role.RATER)


@pytest.fixture
def case(project: Project) -> Case:
    """One of two, so that a rule which looks at the other case shows."""
    case_in(project)
    return case_in(project)


@pytest.fixture
def elsewhere(rater: User) -> Project:
    """A project of other people, of which the rater was a manager once."""
    other = factories.make_project()
    Membership.objects.create(project=other, user=rater, role=Role.MANAGER, active=False)
    case_in(other)
    return other


def opened(project: Project, **quality: Any) -> None:
    """Let the protocol show everybody's work to those who have handed in."""
    asked = {**project.protocol["quality"], **quality}
    project.protocol = {**project.protocol, "open_after_submission": True, "quality": asked}
    project.save()


def sees(user: User, case: Case) -> bool:
    return selectors.cases_open_to(user).filter(pk=case.pk).exists()


def leave(user: User) -> None:
    Membership.objects.filter(user=user).update(active=False)


def test_one_manages_the_projects_where_one_is_manager_now(
    project: Project, manager: User, rater: User, case: Case, elsewhere: Project
) -> None:
    factories.make_member(elsewhere, Role.RATER, user=manager)
    assert list(selectors.managed_projects(manager)) == [project]
    assert list(selectors.managed_projects(rater)) == []
    cases = set(project.cases.all())
    assert len(cases) == 2
    assert set(selectors.cases_managed_by(manager)) == set(selectors.cases_of(project)) == cases
    assert not selectors.cases_managed_by(rater).exists()


def test_a_manager_sees_all_cases_of_the_project_and_no_other(
    project: Project, manager: User, rater: User, case: Case, elsewhere: Project
) -> None:
    assert set(selectors.cases_open_to(manager)) == set(project.cases.all())
    assert not selectors.cases_open_to(rater).exists()
    leave(manager)
    assert not selectors.cases_open_to(manager).exists()


@pytest.mark.parametrize("kind", [CORRECT, GRADE])
@pytest.mark.parametrize(
    ("state", "allowed"), [("open", False), ("returned", False), ("submitted", True), ("cancelled", True)]
)
def test_one_s_own_unfinished_independent_work_blinds_whatever_else_one_is(
    manager: User, rater: User, case: Case, kind: TaskKind, state: str, allowed: bool
) -> None:
    held(task_on(case, kind), manager, state)
    other = Case.objects.exclude(pk=case.pk).get()
    held(task_on(other, kind), rater, "open")  # another person's, on another case
    assert sees(manager, case) is allowed
    assert sees(manager, other)


@pytest.mark.parametrize("kind", [ADJUDICATE, REVIEW])
@pytest.mark.parametrize(
    ("state", "allowed"), [("open", True), ("returned", True), ("submitted", True), ("cancelled", False)]
)
def test_whoever_compares_sees_the_case_that_they_compare(
    project: Project, manager: User, case: Case, kind: TaskKind, state: str, allowed: bool
) -> None:
    expert, peer = (factories.make_member(project, Role.RADIOLOGIST) for _ in range(2))
    held(task_on(case, kind, 1), expert, state)
    assert sees(expert, case) is allowed
    assert not sees(peer, case)
    assert not sees(expert, Case.objects.exclude(pk=case.pk).get())
    held(task_on(case, kind, 1), manager, "open")
    assert sees(manager, case), "no independent work, and no blinding"
    leave(expert)
    assert not sees(expert, case)


@pytest.mark.parametrize("kind", [CORRECT, GRADE])
def test_those_who_have_handed_in_see_the_others_where_the_protocol_opens_up(
    project: Project, rater: User, case: Case, kind: TaskKind
) -> None:
    peer = factories.make_member(project, Role.RATER)
    task = task_on(case, kind, state="complete")
    held(task, rater, "submitted")
    assert not sees(rater, case)
    opened(project)
    assert sees(rater, case)
    assert not sees(peer, case)
    other = Case.objects.exclude(pk=case.pk).get()
    assert not sees(rater, other)
    held(task_on(other, kind, state="open"), rater, "submitted")
    assert not sees(rater, other), "others are still at work"
    held(task_on(other, kind, state="complete"), peer, "submitted")
    held(task_on(other, kind, state="complete"), rater, "cancelled")
    assert not sees(rater, other), "given back is not handed in"
    opened(project, gold_share=0.1)
    assert not sees(rater, case), "a case that nothing can open would be told by that"


@pytest.mark.parametrize(
    ("shares", "copy", "mixed"),
    [
        ({}, None, False),
        ({"gold_share": 0.1}, None, True),
        ({"repeat_share": 0.1}, None, True),
        ({}, "gold", True),
        ({}, "repeat", True),
        ({}, "training", False),
    ],
)
def test_projects_that_hide_copies_among_the_work(
    project: Project, case: Case, shares: dict[str, float], copy: str | None, mixed: bool
) -> None:
    plain = factories.make_project()
    case_in(plain)
    opened(project, **shares)
    if copy:
        case_in(project, purpose=copy)
    assert list(selectors.projects_with_copies()) == ([project] if mixed else [])


def test_names_are_for_managers_with_nothing_of_their_own_left_to_do(
    project: Project, manager: User, case: Case
) -> None:
    expert = factories.make_member(project, Role.RADIOLOGIST)
    held(task_on(case, ADJUDICATE, 1), expert)
    assert sees(expert, case)
    assert not selectors.cases_unblinded_by(expert).exists()
    assert case in selectors.cases_unblinded_by(manager)
    held(task_on(case), manager)
    assert case not in selectors.cases_unblinded_by(manager)


def test_assignments_are_one_s_own_while_one_works_there(
    project: Project, manager: User, rater: User, case: Case, elsewhere: Project
) -> None:
    task, foreign = task_on(case), task_on(case_in(elsewhere))
    mine = held(task, rater)
    peers = held(task, factories.make_member(project, Role.RATER))
    given_back = held(task_on(case), rater, "cancelled")
    former = held(foreign, rater)
    assert list(selectors.assignments_visible_to(rater)) == [mine]
    assert set(selectors.assignments_managed_by(manager)) == {mine, peers, given_back}
    assert not selectors.assignments_managed_by(rater).exists()
    assert list(selectors.assignments_releasable_by(rater)) == [mine]
    own = held(foreign, manager)
    assert set(selectors.assignments_releasable_by(manager)) == {mine, peers, given_back}
    factories.make_member(elsewhere, Role.RATER, user=manager)
    assert set(selectors.assignments_releasable_by(manager)) == {mine, peers, given_back, own}
    assert former not in selectors.assignments_releasable_by(manager)
    assert set(selectors.tasks_managed_by(manager)) == {task, given_back.task}
    seen = Volume.objects.filter(selectors.volumes_through_assignments_q(rater))
    assert list(seen) == [case.volume]
    leave(rater)
    assert not selectors.assignments_visible_to(rater).exists()


def test_the_standing_grades_of_one_assignment(rater: User, case: Case) -> None:
    task = task_on(case)
    mine, other = held(task, rater), held(task, factories.make_user())
    for assignment, label, grade, current in (
        (mine, 21, 1, True),
        (mine, 20, 2, True),
        (mine, 20, 0, False),
        (other, 20, 3, True),
    ):
        Grading.objects.create(
            assignment=assignment, label=label, grade=grade, current=current, revision=1 + current
        )
    assert [(one.label, one.grade) for one in selectors.gradings_of(mine)] == [(20, 2), (21, 1)]


def test_the_case_of_a_volume_a_mask_or_a_job(project: Project, case: Case) -> None:
    other, copy = Case.objects.exclude(pk=case.pk).get(), case_in(project, purpose="gold")
    mask = mask_of(case)
    assert selectors.case_of_volume(case.volume_id) == case.pk
    assert selectors.case_of_volume(other.volume_id) == other.pk
    assert selectors.case_of_volume(copy.volume_id) is None
    assert selectors.cases_by_volume([case.volume_id, copy.volume_id]) == {case.volume_id: case.pk}
    for subject in (case.pk, case.volume_id, mask.pk):
        found = selectors.cases_of_job_subjects([subject, copy.volume_id])
        assert found == {subject: {"kind": "case", "id": case.pk, "name": case.alias}}


def test_what_stands_is_the_last_hand_in_of_each(rater: User, case: Case) -> None:
    task, other = task_on(case), task_on(case)
    peer, third = factories.make_user(), factories.make_user()
    work = [
        held(task, rater, "submitted", slot=1),
        held(task, peer, "submitted", slot=0),
        held(task, third, "returned", slot=2),
        held(other, peer, "submitted"),
    ]
    for assignment in work:
        rows.handed_in(assignment, comment="first")
    last = rows.handed_in(work[0], comment="last")
    assert [one.comment for one in selectors.latest_submissions(task)] == ["first", "last"]
    assert list(selectors.latest_submissions(task))[1] == last


@pytest.mark.parametrize(
    ("kind", "state", "part"),
    [
        (CORRECT, "open", True),
        (GRADE, "submitted", True),
        (ADJUDICATE, "submitted", True),
        (CORRECT, "cancelled", False),
        (REVIEW, "submitted", False),
    ],
)
def test_who_has_a_part_in_a_case(rater: User, case: Case, kind: TaskKind, state: str, part: bool) -> None:
    other = Case.objects.exclude(pk=case.pk).get()
    held(task_on(case, kind), rater, state)
    held(task_on(other), factories.make_user())
    assert selectors.has_worked_on(rater.pk, case) is part
    assert not selectors.has_worked_on(factories.make_user().pk, case)
    assert not selectors.has_worked_on(rater.pk, other)


@pytest.mark.parametrize(
    ("kind", "overlap", "blind"),
    [(CORRECT, 2, True), (GRADE, 3, True), (CORRECT, 1, False), (ADJUDICATE, 2, False), (REVIEW, 2, False)],
)
def test_work_is_blind_where_several_do_it_alone(
    case: Case, kind: TaskKind, overlap: int, blind: bool
) -> None:
    assert selectors.is_blind(task_on(case, kind, overlap)) is blind


def test_who_knows_others_work(rater: User, manager: User, case: Case) -> None:
    expert, given, corrected = (factories.make_user() for _ in range(3))
    held(task_on(case, ADJUDICATE, 1), expert, opened_at=timezone.now())
    held(task_on(case, REVIEW, 1), given)
    held(task_on(case), corrected, opened_at=timezone.now())
    other = Case.objects.exclude(pk=case.pk).get()
    held(task_on(other, REVIEW, 1), rater, opened_at=timezone.now())
    Sighting.objects.create(case=other, user=rater, kind=SightKind.CASE)
    Sighting.objects.create(case=case, user=manager, kind=SightKind.MASK)
    assert selectors.who_have_seen(case) == {expert.pk, manager.pk}


def test_who_was_given_a_copy_with_a_known_answer(rater: User, case: Case) -> None:
    peer, third = factories.make_user(), factories.make_user()
    given, waits = copy_for(rater, case), copy_for(peer, case, "gold")
    held(task_on(given.case, overlap=1), rater)
    assert waits.rater == peer
    other = copy_for(third, Case.objects.exclude(pk=case.pk).get())
    held(task_on(other.case, overlap=1), third)
    repeat = copy_for(peer, case)
    former = rows.handed_in(held(task_on(case), peer, "submitted"))
    repeat.key, repeat.former = None, former
    repeat.save()
    held(task_on(repeat.case, overlap=1), peer)
    assert selectors.who_know_the_answer(case) == {rater.pk}


def test_a_look_is_noted_where_there_is_others_work_to_see(manager: User, rater: User, case: Case) -> None:
    other = Case.objects.exclude(pk=case.pk).get()
    held(task_on(other), rater)

    def noted() -> list[tuple[Any, str]]:
        shown = show_case(case_id=case.pk, user=manager, kind=SightKind.CASE)
        assert shown == case
        return list(Sighting.objects.values_list("user_id", "kind"))

    assert noted() == [], "nobody works on it"
    held(task_on(case), manager, "submitted")
    assert noted() == [], "nobody but the one who looks"
    held(task_on(case), rater, "cancelled")
    assert noted() == [], "and who has given it back"
    held(task_on(case, REVIEW, 1), factories.make_user())
    assert noted() == [], "a reviewer hands in no work of their own"
    held(task_on(case), rater)
    assert noted() == [(manager.pk, "case")]
    assert noted() == [(manager.pk, "case")]
    record = Record.objects.get(verb="case.seen")
    assert (record.actor, record.subject_id) == (manager, str(case.pk))
    assert (record.project_id_ref, record.detail) == (case.project_id, {"through": "the page of the case"})
    show_case(case_id=case.pk, user=manager, kind=SightKind.MASK)
    show_case(case_id=other.pk, user=manager, kind=SightKind.CASE)
    peer = factories.make_member(case.project, Role.MANAGER)
    note_sighting(case=case, user=peer, kind=SightKind.CASE)
    assert Sighting.objects.count() == Record.objects.filter(verb="case.seen").count() == 4


def test_a_case_that_is_not_open_to_somebody_does_not_exist(rater: User, case: Case) -> None:
    with pytest.raises(NotFound):
        show_case(case_id=case.pk, user=rater, kind=SightKind.CASE)
    assert not Sighting.objects.exists()
