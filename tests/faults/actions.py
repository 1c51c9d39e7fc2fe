"""What the fault tests do in a running site's database, in a process of its own: ``actions VERB``."""

from __future__ import annotations

import json
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "backend.config.settings.development"
django.setup()

from backend.common.tasks import request_cancel  # noqa: E402
from backend.masks.models import MaskVersion  # noqa: E402
from backend.pipeline.models import Run  # noqa: E402
from backend.pipeline.services import start_run  # noqa: E402
from tests.backend import factories  # noqa: E402


def start() -> None:
    start_run(volume=factories.make_volume(factories.make_project()))


def cancel() -> None:
    request_cancel(job_id=Run.objects.get().job_id)


def state() -> None:
    """Nothing to do: only tell."""


if __name__ == "__main__":
    {"start": start, "cancel": cancel, "state": state}[sys.argv[1]]()
    run = Run.objects.select_related("job").get()
    told = {
        "state": run.state,
        "job": run.job.state,
        "progress": run.job.progress,
        "attempts": run.job.attempts,
        "worker": run.job.worker,
        "masks": MaskVersion.objects.count(),
    }
    sys.stdout.write(json.dumps(told) + "\n")
