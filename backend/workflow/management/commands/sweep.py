"""``manage.py sweep``: find what was left behind, again and again."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from backend.workflow.sweep import sweep

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Repair rows whose event was lost and jobs whose worker died, every few seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=15.0, help="seconds between two sweeps")
        parser.add_argument("--once", action="store_true", help="sweep once and tell what was done")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(sweep()))
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logger.info("the sweep looks every %g s for what was left behind", options["every"])
        while not stop.wait(options["every"]):
            close_old_connections()
            try:
                swept = sweep()
            except Error:
                logger.exception("the sweep could not reach the database; the next one tries again")
                continue
            if any(vars(swept).values()):
                logger.info("swept: %s", swept)
