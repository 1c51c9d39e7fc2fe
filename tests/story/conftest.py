"""The running product and the people of the story.

The site is what `make run` starts: web server, worker, sweep and broker as processes of their own. It uses
PostgreSQL where `DATABASE_URL` names one, else SQLite.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.story.chapters import Team
from tests.support.person import Person
from tests.support.site import ROOT, Site, running_site

PASSWORD = "story-of-a-spine-1"
MAKE_PEOPLE = """
import json, os
from backend.accounts.services import create_user
for email, name in json.loads(os.environ["PEOPLE"]).items():
    create_user(email=email, password=os.environ["PASSWORD"], display_name=name, project_right=True)
"""
PEOPLE = {
    "manager@story.test": "Mara Manager",
    "rater1@story.test": "Rita One",
    "rater2@story.test": "Ruben Two",
    "rater3@story.test": "Rosa Three",
    "radiologist@story.test": "Rada Expert",
    "reviewer@story.test": "Rolf Reviewer",
    "researcher@story.test": "Remy Reader",
}


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with running_site() as running:
        make_people(running)
        yield running
        if os.environ.get("VERTEBASE_SHOW_SITE_LOG"):
            sys.stderr.write(running.log.read_text())


def make_people(site: Site) -> None:
    """Accounts as an administrator makes them."""
    environment = os.environ | {
        "VERTEBASE_VAR": str(site.var),
        "PEOPLE": json.dumps(PEOPLE),
        "PASSWORD": PASSWORD,
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", MAKE_PEOPLE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def team(site: Site) -> Team:
    manager, *raters, radiologist, reviewer, researcher = (
        Person(site.url, email, PASSWORD) for email in PEOPLE
    )
    return Team(manager, raters, radiologist, reviewer, researcher)
