"""Who has which part in a project: the selectors that every check of a permission starts from."""

from __future__ import annotations

from uuid import uuid4

import pytest

from backend.accounts.models import User
from backend.common.errors import Forbidden, NotFound
from backend.projects import selectors
from backend.projects.models import Membership, Project, Role
from tests.backend import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    factories.make_project()  # of strangers
    return factories.make_project()


@pytest.fixture
def person(project: Project) -> User:
    """Rater and radiologist here, a former manager of this project and of another."""
    user = factories.make_member(project, Role.RATER)
    factories.make_member(project, Role.RADIOLOGIST, user=user)
    for place in (project, factories.make_project()):
        Membership.objects.create(project=place, user=user, role=Role.MANAGER, active=False)
    return user


def test_a_project_is_there_for_those_who_have_a_part_in_it(project: Project, person: User) -> None:
    assert list(selectors.projects_visible_to(person)) == [project]
    assert selectors.project_visible_to(person, project.slug) == project
    second = factories.make_project()
    factories.make_member(second, Role.RESEARCHER, user=person)
    assert selectors.project_visible_to(person, second.slug) == second
    assert selectors.project_visible_to(person, project.slug) == project
    for hidden in Project.objects.exclude(pk__in=[project.pk, second.pk]):
        with pytest.raises(NotFound):
            selectors.project_visible_to(person, hidden.slug)
    assert list(selectors.projects_visible_to(factories.make_user())) == []


def test_only_roles_that_one_holds_now_count(project: Project, person: User) -> None:
    other = factories.make_project()
    factories.make_member(other, Role.RATER, user=person)
    assert selectors.roles_of(person, project) == {"rater", "radiologist"}
    assert selectors.roles_of(project.created_by, project) == {"manager"}
    assert selectors.roles_of(project.created_by, other) == set()
    assert set(selectors.projects_with_role(person, Role.RATER)) == {project, other}
    assert list(selectors.projects_with_role(person, Role.RADIOLOGIST, Role.MANAGER)) == [project]
    assert list(selectors.projects_with_role(person, Role.MANAGER)) == []
    asked = [project.pk, *Project.objects.exclude(pk__in=[project.pk, other.pk]).values_list("pk", flat=True)]
    assert selectors.roles_by_project(person, asked) == {project.pk: ["radiologist", "rater"]}


@pytest.mark.parametrize(
    ("roles", "held"),
    [
        ((), True),
        (("rater",), True),
        (("manager", "radiologist"), True),
        (("manager",), False),
        (("researcher", "physicist"), False),
    ],
)
def test_one_of_the_roles_named_is_needed(
    project: Project, person: User, roles: tuple[str, ...], held: bool
) -> None:
    stranger = factories.make_user()
    assert selectors.has_role(person, project, *roles) is held
    assert not selectors.has_role(stranger, project, *roles)
    if not roles:
        return
    with pytest.raises(NotFound):  # that there is such a project is nothing to be told
        selectors.require_role(stranger, project, *roles)
    if held:
        selectors.require_role(person, project, *roles)
    else:
        with pytest.raises(Forbidden, match=f"Only a {' or '.join(roles)} of the project"):
            selectors.require_role(person, project, *roles)


def test_members_and_people_are_the_project_s_own(project: Project, person: User) -> None:
    gone = factories.make_member(project, Role.RATER, name="gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    rows = {(row.user_id, row.role, row.active) for row in selectors.members_of(project)}
    assert rows == {
        (project.created_by_id, "manager", True),
        (person.pk, "rater", True),
        (person.pk, "radiologist", True),
        (person.pk, "manager", False),
        (gone.pk, "rater", True),
    }
    everybody = sorted(user.email for user in (project.created_by, person, gone))
    assert sorted(user.email for user in selectors.people_in(project)) == everybody
    with_account = selectors.people_in(project, with_account=True)
    assert set(with_account) == {project.created_by, person}
    for user in (person, gone):
        assert selectors.person_in(project, user.pk) == user
    for unknown in (factories.make_user().pk, uuid4()):
        with pytest.raises(NotFound) as refused:
            selectors.person_in(project, unknown)
        assert refused.value.code == "no_such_member"


def test_higher_layers_add_their_counts_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "_counts", [])
    nothing = {"series": 0, "cases": 0, "accepted": 0, "quarantined": 0}
    assert selectors.project_counts([project.pk]) == {project.pk: nothing}
    asked = []

    def counts(ids: object) -> dict[object, dict[str, int]]:
        asked.append(ids)
        return {project.pk: {"series": 3, "cases": 2}}

    for _ in range(2):
        selectors.register_project_counts(counts)  # type: ignore[arg-type]
    assert selectors.project_counts(iter([project.pk])) == {project.pk: nothing | {"series": 3, "cases": 2}}
    assert asked == [[project.pk]]
