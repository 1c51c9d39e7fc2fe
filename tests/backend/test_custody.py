"""Custodians of a sealed part: who is named and by whom, who reads it, and who opens it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.utils import timezone

from backend.accounts.models import Language, User
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.challenge.selectors import knows_answers
from backend.common.errors import Forbidden, NotFound
from backend.imaging.models import Volume
from backend.projects.models import Project, Role
from backend.releases import errors
from backend.releases.custody import services
from backend.releases.custody.recording import note_access, note_overview
from backend.releases.custody.selectors import CONFIRMED_FOR, embargo_row
from backend.releases.details import with_counts
from backend.releases.embargo import locked_until
from backend.releases.models import Custodian, Release, SealedAccess
from backend.releases.selectors import (
    items_open_to,
    mask_is_open,
    releases_visible_to,
    sees_sealed,
    volumes_through_releases_q,
)
from backend.releases.services.downloading import accept_terms
from backend.releases.statistics import release_report
from tests.backend import contest, factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def release(project: Project) -> Release:
    """An open part and a sealed one."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return contest.frozen_release(project, ["training", "test"], embargo_until=tomorrow)


@pytest.fixture
def manager(project: Project) -> User:
    return project.created_by


def named(release: Release, actor: User, person: User, *, instead_of_me: bool = False) -> Custodian:
    return services.name_custodian(
        release=release, actor=actor, email=person.email, instead_of_me=instead_of_me
    )


def accepted(release: Release, actor: User, person: User, *, instead_of_me: bool = False) -> Custodian:
    row = named(release, actor, person, instead_of_me=instead_of_me)
    return services.answer(release=release, actor=person, custodian_id=row.pk, accept=True)


def two(release: Release, manager: User) -> tuple[User, User]:
    first, second = factories.make_user("first"), factories.make_user("second")
    accepted(release, manager, first)
    accepted(release, manager, second)
    return first, second


def again(release: Release) -> Release:
    return Release.objects.get(pk=release.pk)


def opens(release: Release, user: User, *, yes: bool = True) -> bool:
    """Whether the part is open after this person has confirmed."""
    services.confirm_opening(release=release, actor=user, opens=yes)
    return locked_until(again(release)) is None


def reads(user: User, release: Release) -> bool:
    """Whether the sealed part is told to them, the same in every place that tells of it."""
    release = again(release)
    case = release.items.get(release_patient__split="test")
    told = {
        case in items_open_to(user, release),
        mask_is_open(user, case),
        "test" in release_report(release, user).columns,
    }
    assert len(told) == 1, told
    return told.pop()


def test_once_a_custodian_has_accepted_the_part_is_theirs_and_no_managers(
    release: Release, manager: User
) -> None:
    outsider = factories.make_user("outsider")
    assert reads(manager, release)
    row = named(release, manager, outsider)
    assert sees_sealed(manager, release), "asked is not accepted"
    assert not reads(outsider, release)
    assert release in releases_visible_to(outsider), "they read what they are asked"
    services.answer(release=release, actor=outsider, custodian_id=row.pk, accept=True)
    assert reads(outsider, release)
    assert not reads(manager, release)
    listed: Any = with_counts(Release.objects.filter(pk=release.pk), manages=True).get()
    assert (listed.patients_count, listed.cases_count) == (1, 1)
    assert knows_answers(outsider, release.project), "a custodian takes no part in the challenge"


def test_custodians_read_sealed_volumes_once_they_have_accepted_the_terms(
    release: Release, manager: User
) -> None:
    keeper, researcher = (
        factories.make_user("keeper"),
        factories.make_member(release.project, Role.RESEARCHER),
    )
    accepted(release, manager, keeper)
    asked = factories.make_user("asked")
    named(release, manager, asked)
    sealed = release.items.get(release_patient__split="test").case.volume

    def sees(user: User) -> bool:
        return Volume.objects.filter(volumes_through_releases_q(user), pk=sealed.pk).exists()

    assert not sees(keeper)
    for user in (keeper, researcher, manager, asked):
        accept_terms(release=release, user=user)
    assert [sees(user) for user in (keeper, researcher, manager, asked)] == [True, False, False, False]
    row = named(release, keeper, factories.make_user("heir"), instead_of_me=True)
    services.answer(release=release, actor=row.user, custodian_id=row.pk, accept=True)
    assert not sees(keeper)


def test_only_whoever_is_asked_answers(release: Release, manager: User) -> None:
    outsider, other = factories.make_user("outsider"), factories.make_user("other")
    row = named(release, manager, outsider)
    for user in (other, manager):
        with pytest.raises(NotFound):
            services.answer(release=release, actor=user, custodian_id=row.pk, accept=True)
    services.answer(release=release, actor=outsider, custodian_id=row.pk, accept=False)
    assert release not in releases_visible_to(outsider)
    with pytest.raises(NotFound):
        services.answer(release=release, actor=outsider, custodian_id=row.pk, accept=True)
    assert sees_sealed(manager, release)


def test_it_takes_two_each_by_themselves_and_no_manager(release: Release, manager: User) -> None:
    first, second = two(release, manager)
    with pytest.raises(errors.NotACustodian):
        opens(release, manager)
    assert not opens(release, first)
    assert not reads(manager, release)
    assert not opens(release, first), "the same person twice is one"
    assert opens(release, second)
    opened = again(release)
    assert {opened.opening.first.user, opened.opening.second.user} == {first, second}
    assert reads(manager, opened)
    assert reads(factories.make_member(release.project, Role.RESEARCHER), opened)
    listed: Any = with_counts(Release.objects.filter(pk=release.pk), manages=False).get()
    assert (listed.patients_count, listed.cases_count) == (2, 2)
    with pytest.raises(errors.NothingSealed):
        opens(release, first)


def test_one_custodian_alone_never_opens(release: Release, manager: User) -> None:
    only = factories.make_user("only")
    accepted(release, manager, only)
    assert not opens(release, only)


def test_a_confirmation_is_taken_back_runs_out_and_ends_with_the_place(
    release: Release, manager: User
) -> None:
    first, second = two(release, manager)
    assert not opens(release, first)
    assert not opens(release, first, yes=False)
    assert not opens(release, second), "the first has taken theirs back"
    late = timezone.now() - CONFIRMED_FOR
    Custodian.objects.filter(release=release, user=second).update(wants_open_at=late)
    assert not opens(release, first), "the second's has run out"
    heir = factories.make_user("heir")
    accepted(release, first, heir, instead_of_me=True)
    assert not opens(release, second), "the first's went with the place"
    assert opens(release, heir)


@pytest.mark.parametrize("why", ["the account is closed", "they rate"])
def test_a_confirmation_does_not_count_of_who_may_no_longer(
    release: Release, manager: User, why: str
) -> None:
    first, second = two(release, manager)
    assert not opens(release, first)
    if why == "they rate":
        factories.make_member(release.project, Role.RATER, user=first)
        assert not sees_sealed(first, release)
    else:
        User.objects.filter(pk=first.pk).update(is_active=False)
    assert not opens(release, second)


def test_a_place_that_falls_free_is_filled_by_the_other_custodian_and_no_manager(
    release: Release, manager: User
) -> None:
    first, second = two(release, manager)
    stooge = factories.make_user("stooge")
    with pytest.raises(errors.PlacesTaken):
        named(release, second, stooge)
    place = Custodian.objects.get(release=release, user=first)
    for user in (manager, second):
        with pytest.raises(NotFound):
            services.end_custody(release=release, actor=user, custodian_id=place.pk)
    services.end_custody(release=release, actor=first, custodian_id=place.pk)
    assert not sees_sealed(first, release)
    with pytest.raises(errors.CustodiansName):
        named(release, manager, stooge)
    last = Custodian.objects.get(release=release, user=second)
    with pytest.raises(errors.LastCustodian):
        services.end_custody(release=release, actor=second, custodian_id=last.pk)
    heir = factories.make_user("heir")
    accepted(release, second, heir)
    assert sees_sealed(heir, release)


def test_handing_over_keeps_the_place_until_it_is_accepted(release: Release, manager: User) -> None:
    first, second = two(release, manager)
    heir = factories.make_user("heir")
    row = named(release, first, heir, instead_of_me=True)
    assert sees_sealed(first, release)
    services.answer(release=release, actor=heir, custodian_id=row.pk, accept=True)
    assert [sees_sealed(user, release) for user in (first, second, heir)] == [False, True, True]
    with pytest.raises(errors.NotACustodian):
        named(release, first, first, instead_of_me=True)


def test_who_rates_has_no_account_or_a_place_is_not_named(release: Release, manager: User) -> None:
    rater = factories.make_member(release.project, Role.RATER)
    researcher = factories.make_member(release.project, Role.RESEARCHER)
    with pytest.raises(errors.CustodianUnfit) as refused:
        named(release, manager, rater)
    with pytest.raises(errors.CustodianUnfit) as unknown:
        services.name_custodian(release=release, actor=manager, email="nobody@x.test")
    assert refused.value.message == unknown.value.message, "it does not tell who rates"
    with pytest.raises(Forbidden):
        named(release, researcher, factories.make_user("friend"))
    named(release, manager, researcher)
    with pytest.raises(errors.CustodianNamed):
        named(release, manager, researcher)
    factories.make_member(release.project, Role.RATER, user=researcher)
    assert not embargo_row(release, researcher)["reads"]


def test_nothing_is_kept_where_nothing_is_sealed(project: Project) -> None:
    release = contest.frozen_release(project, ["test"])
    with pytest.raises(errors.NothingSealed):
        named(release, project.created_by, factories.make_user("a"))


def test_every_access_is_on_record_for_managers_and_custodians(release: Release, manager: User) -> None:
    first, second = two(release, manager)
    researcher = factories.make_member(release.project, Role.RESEARCHER)
    for user in (first, first, manager, researcher):
        note_overview(release=release, user=user, what="statistics")
    for _ in range(2):
        note_access(release=release, user=second, what="test.zip", each_time=True)
    told = [(row["name"], row["what"]) for row in embargo_row(release, manager)["accesses"]]
    assert told == [(second.name, "test.zip")] * 2 + [(first.name, "statistics")]
    assert SealedAccess.objects.count() == Record.objects.filter(verb=Verb.RELEASE_SEALED_READ).count()


def test_people_are_mailed_in_their_language(
    release: Release, manager: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.VERTEBASE_SENDS_MAIL = True
    person = factories.make_user("ada")
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True})
    User.objects.filter(pk=person.pk).update(language=Language.GERMAN)
    with django_capture_on_commit_callbacks(execute=True):
        named(release, manager, person)
    (letter,) = outbox.outbox
    assert letter.to == [person.email]
    assert "treuhänderisch" in letter.body
    assert f"/releases/{release.pk}" in letter.body
