"""What each process of the site takes in at its start, and what it leaves for when it is used."""

from __future__ import annotations

import subprocess
import sys

from scripts.lint import ROOT

# Seconds of processor time each, in every process of the site, for what few of them ever do.
LEFT_FOR_LATER = {
    "highdicom",
    "matplotlib",
    "nibabel",  # it takes in pydicom, and that GDCM: 34 MB of each process
    "openpyxl",
    "pandas",
    "pyarrow",
    "pydicom",
    "scipy.ndimage",
    "scipy.stats",
    "torch",
}
TAKE_IN_THE_SITE = """
import sys
import django
django.setup()
import backend.config.asgi, backend.config.celery, backend.config.urls, backend.workflow.hooks
print(*sys.modules)
"""


def test_a_start_waits_for_no_library_that_few_requests_need() -> None:
    run = subprocess.run(
        (sys.executable, "-c", TAKE_IN_THE_SITE), cwd=ROOT, capture_output=True, text=True, check=True
    )
    taken_in = set(run.stdout.split())
    assert "backend.releases.content" in taken_in, "the site is there, with what makes releases"
    assert LEFT_FOR_LATER & taken_in == set()
