"""``manage.py demo``: load the demo project."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from backend.accounts.selectors import DEMO_PASSWORD, DEMO_ROLES
from backend.workflow.demo import accounts, is_loaded, load_demo, upload_unsegmented
from backend.workflow.demo_patients import make_patients


@contextmanager
def jobs_here() -> Iterator[None]:
    """Run background work in this process meanwhile."""
    before = settings.VERTEBASE_JOBS_INLINE
    settings.VERTEBASE_JOBS_INLINE = True
    try:
        yield
    finally:
        settings.VERTEBASE_JOBS_INLINE = before


class Command(BaseCommand):
    help = "Make the demo accounts and the demo project; done once, it does nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--no-engine", action="store_true", help="leave out the CT that the worker's engine segments"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if is_loaded():
            self._tell("The demo project is there.")
            return
        began = time.monotonic()
        # The raters' steps wait for what the background work makes, so it runs here, one after the other.
        with jobs_here():
            project = load_demo(tell=self._tell)
        if not options["no_engine"] and self._broker_answers():
            manager = accounts()["manager"]
            upload_unsegmented(project, manager, make_patients(self._tell)[-1])
        self._tell(f"The demo project is loaded after {time.monotonic() - began:.0f} s.")
        self._tell(f"Accounts (password {DEMO_PASSWORD}): {', '.join(f'{n}@demo.test' for n in DEMO_ROLES)}")

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _broker_answers(self) -> bool:
        """Whether a worker could hear of the last CT; without one the demo goes without it."""
        try:
            with current_app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except OperationalError:
            self._tell("  no broker answers: the CT for the engine is left out")
            return False
        return True
