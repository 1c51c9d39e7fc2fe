"""Faults that users report in a release: who reports and reads what, and what managers make of it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState, Sighting, TaskKind
from backend.common.errors import NotFound
from backend.progress.managing.selectors.stages import moves_of, stays_in
from backend.projects.models import Project, Role
from backend.releases.errors import FaultAnsweredAlready, TermsNotAccepted, TooManyWait, Withdrawn
from backend.releases.faults import services
from backend.releases.faults.selectors import fault_row, faults_seen_by
from backend.releases.models import FaultReport, Release
from backend.releases.publishing.services import withdraw
from backend.releases.services.downloading import accept_terms
from backend.review import services as review
from backend.review.reopening import NotAccepted, review_again
from tests.backend import contest, factories, flow, rows
from tests.backend.test_releases import body

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def release(project: Project) -> Release:
    """An open part and a sealed one."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return contest.frozen_release(project, ["training", "test"], embargo_until=tomorrow)


def reader_of(release: Release) -> User:
    user = factories.make_member(release.project, Role.RESEARCHER)
    accept_terms(release=release, user=user)
    return user


def item_of(release: Release, split: str = "training") -> Any:
    return release.items.get(release_patient__split=split)


def report(release: Release, user: User, **said: Any) -> FaultReport:
    item_id = said.pop("item_id", None) or item_of(release).pk
    usual = {"text": "L1 leaks into the canal"}
    return services.report_fault(release=release, actor=user, item_id=item_id, **usual | said)


def test_only_who_may_download_reports_and_nothing_of_a_sealed_part(release: Release) -> None:
    stranger = factories.make_member(release.project, Role.RESEARCHER)
    with pytest.raises(TermsNotAccepted):
        report(release, stranger)
    reader = reader_of(release)
    sealed = item_of(release, "test")
    with pytest.raises(NotFound):
        report(release, reader, item_id=sealed.pk)
    assert report(release, reader, label=20).item == item_of(release)
    withdraw(release_id=release.pk, actor=release.created_by, reason="A mix-up")
    with pytest.raises(Withdrawn):
        report(Release.objects.get(pk=release.pk), reader)


def test_of_a_sealed_mask_whose_ct_is_open_nothing_is_reported(project: Project) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    release = contest.frozen_release(project, ["test"], embargo_until=tomorrow, open_test_images=True)
    with pytest.raises(NotFound):
        report(release, reader_of(release), item_id=item_of(release, "test").pk)


def test_reporters_read_their_own_and_managers_all_but_of_what_they_rate_now(release: Release) -> None:
    ann, ben, manager = reader_of(release), reader_of(release), release.created_by
    mine, other = report(release, ann, label=20), report(release, ben)
    assert list(faults_seen_by(ann, release)) == [mine]
    assert set(faults_seen_by(manager, release)) == {mine, other}
    told = fault_row(mine, ann, release)
    assert (told["level"], told["reporter"], told["case_id"]) == ("L1", None, None)
    assert fault_row(mine, manager, release)["case_id"] == mine.item.case_id
    task = rows.task_on(mine.item.case)
    factories.make_member(release.project, Role.RATER, user=manager)
    rows.held(task, manager)
    assert not faults_seen_by(manager, release)


def test_who_reads_anothers_report_has_seen_the_case(release: Release) -> None:
    ann, manager = reader_of(release), release.created_by
    found = report(release, ann)
    rows.held(rows.task_on(found.item.case), factories.make_user(), "submitted")
    services.read_faults(reports=[found], reader=ann)
    assert not Sighting.objects.exists()
    services.read_faults(reports=[found], reader=manager)
    assert Sighting.objects.get().user == manager


def test_a_picture_keeps_its_pixels_alone_and_its_reporter_alone_sets_it(release: Release) -> None:
    ann = reader_of(release)
    found = report(release, ann)
    words = PngInfo()
    words.add_text("Patient", "Jane Roe")
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG", pnginfo=words)
    client = Client()
    client.force_login(ann)
    address = f"/api/v1/releases/{release.pk}/faults/{found.pk}/picture"
    assert client.get(address).status_code == 404
    sent = client.put(address, out.getvalue(), content_type="application/octet-stream")
    assert sent.json()["picture"] == address
    got = client.get(address)
    assert got["Content-Type"] == "image/png"
    assert b"Jane Roe" not in body(got)
    with pytest.raises(NotFound):
        services.add_picture(report=found, actor=release.created_by, data=out.getvalue())


def test_a_report_is_answered_once_and_told_to_its_reporter(release: Release) -> None:
    ann, manager = reader_of(release), release.created_by
    wrong, right = report(release, ann), report(release, ann)
    services.decline(report=wrong, actor=manager, reason="It is a rib")
    services.take_up(report=right, actor=manager, text="L1 leaks", review=False)
    told = {row.pk: (row.state, row.answer) for row in faults_seen_by(ann, release)}
    assert told == {wrong.pk: ("declined", "It is a rib"), right.pk: ("taken_up", "L1 leaks")}
    erratum = release.errata.get()
    assert (erratum.text, erratum.item) == ("L1 leaks", right.item)
    with pytest.raises(FaultAnsweredAlready):
        services.decline(report=right, actor=manager, reason="Not so")
    with pytest.raises(FaultAnsweredAlready):
        services.add_picture(report=right, actor=ann, data=b"")


def test_what_cannot_be_reviewed_stays_unanswered(release: Release) -> None:
    ann = reader_of(release)
    found = report(release, ann)  # its case is in progress
    with pytest.raises(NotAccepted):
        services.take_up(report=found, actor=release.created_by, text="L1 leaks", review=True)
    assert not release.errata.exists()
    assert FaultReport.objects.get().state == "waiting"


def test_too_many_waiting_reports_of_one_person(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_WAITING", 1)
    ann, ben = reader_of(release), reader_of(release)
    report(release, ann)
    with pytest.raises(TooManyWait):
        report(release, ann)
    assert report(release, ben)


@pytest.mark.django_db(transaction=True)
def test_an_accepted_case_goes_through_review_again() -> None:
    team = flow.make_team()
    expert, reviewer = team.radiologists
    case = flow.start_case(team.project)
    flow.rate(team)

    def look(*, accept: bool) -> Case:
        looked = flow.take(reviewer, team.project)
        review.decide(assignment_id=looked.pk, actor=reviewer, accept=accept, comment="Mend L1")
        return Case.objects.get(pk=case.pk)

    first = look(accept=True)
    assert first.state == CaseState.ACCEPTED
    task = review_again(case_id=case.pk, actor=team.manager, note="L1 leaks")
    said = (task.kind, task.round, task.note, task.start_mask)
    assert said == (TaskKind.REVIEW, 2, "L1 leaks", first.accepted_mask)
    assert look(accept=False).state == CaseState.IN_PROGRESS
    flow.hand_in(flow.take(expert, team.project), change=flow.erase(20))
    again = look(accept=True)
    assert again.state == CaseState.ACCEPTED
    assert again.accepted_mask != first.accepted_mask
    assert len(stays_in(moves_of(team.project))["review"]) == 3
