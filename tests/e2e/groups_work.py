"""Leave a project with three raters and two cases that wait, for the story of groups and guidelines.

`manage.py shell -v 0 -c "from tests.e2e.groups_work import main; main()"`, with the running site's
VERTEBASE_VAR; writes its slug as JSON.
"""

from __future__ import annotations

import json
import sys

from backend.workflow.demo import accounts, upload
from backend.workflow.demo_patients import make_patients
from backend.workflow.management.commands.demo import jobs_here
from tests.e2e.offline_work import quiet
from tests.e2e.people_work import make_project, started


def main() -> None:
    people = accounts()
    patients = make_patients(quiet)
    with jobs_here():
        project = make_project(people, "Groups", "multi_rater", ["rater1", "rater2", "rater3"])
        # the last one of a list is what the demo keeps for the engine
        for case in upload(project, people["manager"], [patients[0], patients[2], patients[-1]], quiet)[:2]:
            started(case)
    sys.stdout.write(json.dumps({"slug": project.slug}) + "\n")
