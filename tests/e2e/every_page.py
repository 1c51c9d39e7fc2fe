"""What the walk over every page needs besides the demo: an administrator, a challenge, ids of the addresses.

`manage.py shell -v 0 -c "from tests.e2e.every_page import main; main()"`, with the running site's
VERTEBASE_VAR.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.selectors import DEMO_PASSWORD, user_by_email
from backend.accounts.services import create_user
from backend.annotation.models import Assignment, Case
from backend.challenge.models import Challenge
from backend.challenge.services import organising
from backend.projects.models import Project
from backend.projects.services import ProjectDraft, create_project, grant
from backend.releases.models import Release, ReleaseState
from backend.releases.published import Standing, standing_of
from backend.releases.publishing.selectors import showable_items
from backend.releases.publishing.services import publish_release, set_page
from backend.workflow.demo import accounts
from tests.backend.contest import frozen_release

ADMINISTRATOR = "administrator@demo.test"
CONTEST = "Spines of a challenge"
EMPTY = "Nothing here yet"


def make_challenge(people: dict[str, User]) -> Challenge:
    manager = people["manager"]
    project = create_project(actor=manager, draft=ProjectDraft(name=CONTEST, protocol_key="multi_rater"))
    grant(actor=manager, project=project, user=people["researcher"], role="researcher")
    day = timezone.localdate() + timedelta(days=30)
    release = frozen_release(project, ["validation", "test"], embargo_until=day, open_test_images=True)
    draft = organising.Draft(title="Spine challenge", rules="Be fair.")
    challenge = organising.draft_challenge(release=release, actor=manager, draft=draft)
    now = timezone.now()
    times = organising.Times(now - timedelta(hours=1), now + timedelta(days=1), 3)
    for split in ("validation", "test"):
        organising.set_phase(challenge=challenge, actor=manager, split=split, times=times)
    return organising.open_challenge(challenge=challenge, actor=manager)


def open_to_all(release: Release, manager: User) -> None:
    """The release has a page that a visitor reads, with a picture, and takes requests."""
    if standing_of(release) != Standing.PUBLISHED:
        publish_release(release_id=release.pk, actor=manager)
    pictures = [item.pk for item in showable_items(release)[:1]]
    set_page(
        release_id=release.pk,
        actor=manager,
        public=True,
        access="on_request",
        pictures=pictures,
        looked_at=True,
    )


def main() -> None:
    people = accounts()
    if user_by_email(ADMINISTRATOR) is None:
        create_user(email=ADMINISTRATOR, password=DEMO_PASSWORD, display_name="Ida Office", is_staff=True)
    challenge = Challenge.objects.first() or make_challenge(people)
    empty = Project.objects.filter(name=EMPTY).first() or create_project(
        actor=people["manager"], draft=ProjectDraft(name=EMPTY, protocol_key="multi_rater")
    )
    demo = Project.objects.get(slug="demo")
    release = Release.objects.filter(project=demo, state=ReleaseState.FROZEN).latest("created_at")
    open_to_all(release, people["manager"])
    case = Case.objects.filter(project=demo, pk__in=release.items.values("case")).latest("created_at")
    rating = Assignment.objects.filter(task__case__project=demo, rater=people["rater1"]).latest("created_at")
    item = release.items.latest("pk")
    ids = {
        "case": case.pk,
        "series": case.volume.series_id,
        "assignment": rating.pk,
        "release": release.pk,
        "item": item.pk,
        "challenge": challenge.pk,
        "empty": empty.slug,
    }
    sys.stdout.write(json.dumps({name: str(pk) for name, pk in ids.items()}) + "\n")
