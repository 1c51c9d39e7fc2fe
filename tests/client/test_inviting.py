"""Inviting people from a script, into a group by its name; the site answers in this process."""

from __future__ import annotations

import httpx
import pytest

from backend.accounts.services import create_token
from backend.client import Site
from backend.client.errors import VertebaseError
from backend.projects import groups
from backend.projects.models import Invitation
from tests.backend import factories
from tests.client.test_desktop import InThisProcess

pytestmark = pytest.mark.django_db


def test_an_invitation_names_the_group_that_its_person_joins() -> None:
    project = factories.make_project()
    group = groups.make_group(actor=project.created_by, project=project, name="Students")
    _, token = create_token(user=project.created_by, name="script", scope="manage")
    site = Site("http://localhost", token)
    headers = dict(site.api._client.headers)
    site.api._client = httpx.Client(transport=InThisProcess(), base_url="http://localhost", headers=headers)
    ours = site.project(project.slug)
    assert ours.invite("ada@x.test", "rater", group="students")["group_name"] == "Students"
    assert ours.invite("bert@x.test", "rater")["group_id"] is None
    with pytest.raises(VertebaseError, match="has no group of people named 'Experts'"):
        ours.invite("carl@x.test", "rater", group="Experts")
    held = Invitation.objects.order_by("email").values_list("email", "group")
    assert list(held) == [("ada@x.test", group.pk), ("bert@x.test", None)]
