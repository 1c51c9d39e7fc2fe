"""Mails on what is new tell of releases: what waits for a manager, and what was answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.notices.digests.selectors import fresh_for
from backend.projects.models import Role
from backend.releases.faults.services import decline
from backend.releases.models import AccessRequest, FaultReport, RequestState
from tests.backend import contest, factories

pytestmark = pytest.mark.django_db


def test_managers_hear_of_requests_and_faults_and_reporters_of_answers() -> None:
    """Each hears of their own side, since they were last told."""
    project = factories.make_project()
    release = contest.frozen_release(project, ["training"])
    reporter, other = (factories.make_member(project, Role.RESEARCHER) for _ in range(2))
    said = {"name": "Ann", "institution": "U", "purpose": "P", "terms_sha256": "0" * 64}
    for number, state in enumerate((RequestState.ASKED, RequestState.UNCONFIRMED, RequestState.GRANTED)):
        AccessRequest.objects.create(release=release, email=f"{number}@y.test", state=state, **said)
    reports = [
        FaultReport.objects.create(item=release.items.get(), text="Leaks", reporter=reporter)
        for _ in range(2)
    ]
    now = timezone.now()

    def heard(user: User, since: timedelta = timedelta(days=1)) -> list[tuple[int, int, int]]:
        return [(one.requests, one.faults, one.answered) for one in fresh_for(user, now - since, now)]

    assert heard(project.created_by) == [(1, 2, 0)]
    assert heard(project.created_by, -timedelta(days=1)) == []
    assert heard(reporter) == []
    decline(report=reports[0], actor=project.created_by, reason="It is a rib")
    assert heard(project.created_by) == [(1, 1, 0)]
    assert heard(reporter) == [(0, 0, 1)]
    assert heard(other) == []
    (fresh,) = fresh_for(reporter, now - timedelta(days=1), now)
    assert fresh.is_news
