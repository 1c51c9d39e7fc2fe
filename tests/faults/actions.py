"""What the fault tests do in a running site, in one process: a line of words in, a line of JSON out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "backend.config.settings.development"
django.setup()

from django.utils import timezone  # noqa: E402

from backend.common.models import Job  # noqa: E402
from backend.common.tasks import request_cancel  # noqa: E402
from backend.masks.models import MaskVersion  # noqa: E402
from backend.pipeline.models import Run  # noqa: E402
from backend.pipeline.runs.services.runs import start_run  # noqa: E402
from tests.backend import factories  # noqa: E402


def start(engine: str, priority: str = "0") -> Run:
    volume = factories.make_volume(factories.make_project())
    return start_run(volume=volume, engine=engine, priority=int(priority))


def cancel(run_id: str) -> Run:
    run = Run.objects.get(pk=run_id)
    request_cancel(job_id=run.job_id)
    return run


def expire(run_id: str) -> Run:
    """Let the lease of a run whose worker is gone end now instead of in half a minute."""
    run = Run.objects.get(pk=run_id)
    Job.objects.filter(pk=run.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    return run


def state(run_id: str) -> Run:
    return Run.objects.get(pk=run_id)


def person() -> dict[str, Any]:
    """A manager who can sign in with the factories' password."""
    return {"email": factories.make_project().created_by.email}


def tell(run: Run) -> dict[str, Any]:
    run = Run.objects.select_related("job").get(pk=run.pk)
    return {
        "id": str(run.pk),
        "state": run.state,
        "job": run.job.state,
        "attempts": run.job.attempts,
        "worker": run.job.worker,
        "error": run.error,
        "masks": MaskVersion.objects.filter(volume=run.volume).count(),
        "started_at": str(run.started_at),
        "stages": [[stage.name, stage.state, stage.detail] for stage in run.stages.all()],
    }


VERBS: dict[str, Callable[..., Run | dict[str, Any]]] = {
    "start": start,
    "cancel": cancel,
    "expire": expire,
    "state": state,
    "person": person,
}

if __name__ == "__main__":
    for line in sys.stdin:
        verb, *words = line.split()
        done = VERBS[verb](*words)
        sys.stdout.write(json.dumps(tell(done) if isinstance(done, Run) else done) + "\n")
        sys.stdout.flush()
