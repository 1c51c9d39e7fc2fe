"""Managers with a browser session each, in the database of a site; see `bench_boards`.

In a process of its own, with the site's settings: ``python -m tests.bench.boards_people COUNT``. Prints JSON.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from backend.accounts.services import create_user  # noqa: E402
from backend.annotation.models import Case, CaseState  # noqa: E402
from backend.projects.models import Membership, Role  # noqa: E402
from backend.workflow.seeding.plan import Plan  # noqa: E402
from backend.workflow.seeding.seed import seed  # noqa: E402


def main() -> int:
    project = seed(Plan(slug="boards", series=40, people=20, gradings=400))
    sessions = []
    for number in range(int(sys.argv[1])):
        person = create_user(email=f"board-{number}@x.test", password=None)
        Membership.objects.create(project=project, user=person, role=Role.MANAGER)
        client = Client()
        client.force_login(person)
        sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    cases = Case.objects.filter(project=project, state=CaseState.IN_PROGRESS).values_list("pk", flat=True)
    told = {
        "slug": project.slug,
        "cookie": settings.SESSION_COOKIE_NAME,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "sessions": sessions,
        "cases": [str(pk) for pk in cases[:8]],
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
