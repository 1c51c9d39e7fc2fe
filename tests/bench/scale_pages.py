"""Every GET of a seeded project as each role, on the database that the settings name; see `bench_scale`.

Run in a process of its own, for a process has one database: ``python -m tests.bench.scale_pages FILE SERIES
GRADINGS``. Figures that a job makes are made before anything is timed; how long that took stands beside.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from backend.accounts.models import User  # noqa: E402
from backend.annotation.models import Assignment, AssignmentState, Case, CaseState  # noqa: E402
from backend.progress.models import KeptFigures  # noqa: E402
from backend.projects.models import Project, Role  # noqa: E402
from backend.workflow.seeding.plan import Plan  # noqa: E402
from backend.workflow.seeding.seed import seed  # noqa: E402
from backend.workflow.sweep import sweep  # noqa: E402
from tests.permissions.routes import PREFIX, api_routes  # noqa: E402

ROUNDS = 11
ROLES = (Role.MANAGER, Role.RADIOLOGIST, Role.RATER, Role.PHYSICIST, Role.RESEARCHER)
# They read voxels, which a seeded project has none of, or stream what lies in the store.
WITHOUT_VOXELS = (
    "mask",
    "surfaces",
    "measurements",
    "sources",
    "blobs",
    "index",
    "files",
    ".png",
    "doubt",
    "desktop",
    "nifti",
)
# Not a page's
NOT_TIMED = ("schema",)


def addresses(project: Project, user: User) -> Iterator[tuple[str, str]]:
    """Each GET route whose names can be filled from the project's rows, with an address."""
    case = Case.objects.filter(project=project, state=CaseState.ACCEPTED).order_by("created_at").first()
    own = Assignment.objects.filter(rater=user).exclude(state=AssignmentState.CANCELLED).first()
    names: dict[str, Any] = {"slug": project.slug}
    if case is not None:
        series = case.volume.series_id
        names |= {"case_id": case.pk, "volume_id": case.volume_id, "series_id": series, "pk": case.pk}
    if own is not None:
        names["assignment_id"] = own.pk
    for route in api_routes():
        skipped = any(word in route.path for word in (*WITHOUT_VOXELS, *NOT_TIMED))
        if route.method != "GET" or skipped:
            continue
        filled = route.path
        for name, value in names.items():
            for converter in ("uuid", "slug", "str"):
                filled = filled.replace(f"<{converter}:{name}>", str(value))
        if "<" not in filled:
            yield route.path, f"/{PREFIX}{filled}"


def timed(client: Client, address: str) -> dict[str, Any] | None:
    """Median and 95th percentile in ms, bytes and queries; None where the role gets none, or a file."""
    answer = client.get(address)
    if answer.status_code != 200 or answer.streaming:  # a file is sent as it is made, however large
        return None
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
        asked = list(captured)  # the log is emptied with the next request
    seconds, worked = [], []
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), time.process_time()
        body = client.get(address).content
        seconds.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - busy))
    return {
        "p50_ms": round(statistics.median(seconds), 1),
        "p95_ms": round(max(seconds), 1),  # the slowest of so few
        "cpu_ms": round(statistics.median(worked), 1),  # of this process: a busy machine does not change it
        "db_ms": round(1000 * sum(float(query["time"]) for query in asked), 1),
        "bytes": len(body),
        "queries": len(asked),
    }


def measure(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for role in ROLES:
        person = User.objects.filter(memberships__project=project, memberships__role=role).order_by("email")[
            0
        ]
        client = Client()
        client.force_login(person)
        for route, address in addresses(project, person):
            row = timed(client, address)
            if row is not None:
                found[f"{role} {route}"] = row
                print(f"{role:12} {route:60} {row}", flush=True)
    return found


def main() -> int:
    out, series, gradings = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings.DEBUG = False
    project = Project.objects.filter(slug=Plan().slug).first() if _is_made() else None
    began = time.perf_counter()
    if project is None:
        call_command("migrate", verbosity=0)
        project = seed(Plan(series=series, gradings=gradings), print)
    seeded = time.perf_counter() - began
    pages = measure(project)
    began = time.perf_counter()
    swept = sweep()
    swept_in = time.perf_counter() - began
    kept = KeptFigures.objects.filter(project=project, computed_at__isnull=False).order_by("-seconds")
    result = {
        "database": connection.vendor,
        "series": series,
        "gradings": gradings,
        "seed_seconds": round(seeded, 1),
        "sweep_seconds": round(swept_in, 2),
        "sweep_found": dict(swept.missed),
        "job_seconds": {row.kind: round(row.seconds, 1) for row in kept.reverse()},
        "pages": pages,
    }
    out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return 0


def _is_made() -> bool:
    return "annotation_case" in connection.introspection.table_names()


if __name__ == "__main__":
    sys.exit(main())
