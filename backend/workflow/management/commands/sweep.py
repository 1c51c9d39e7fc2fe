"""``manage.py sweep``: find what was left behind, again and again."""

from __future__ import annotations

import itertools
import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from backend.workflow.sweep import keep_up, sweep

logger = logging.getLogger(__name__)

KEEP_UP_EVERY = 8  # sweeps: about every two minutes


class Command(BaseCommand):
    help = "Repair rows whose event was lost and jobs whose worker died, every few seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=15.0, help="seconds between two sweeps")
        parser.add_argument("--once", action="store_true", help="sweep once and tell what was done")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{sweep()}\n{keep_up()}")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logger.info("the sweep looks every %g s for what was left behind", options["every"])
        for round_number in itertools.count():
            if stop.wait(options["every"]):
                return
            close_old_connections()
            for look in (sweep, keep_up) if round_number % KEEP_UP_EVERY == 0 else (sweep,):
                done = look()
                if done:
                    logger.info("swept: %s", done)
