"""``manage.py replay``: the paper's project made again through the public API, by bots."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.client import VertebaseError
from backend.replay.people import SignInFailed
from backend.replay.recipe import SEED
from backend.replay.run import Asked, replay
from backend.replay.state import OtherReplay

SLUG = "replay"


class Command(BaseCommand):
    help = "Make the paper's project again: 141 synthetic patients, bots as raters, a release, a challenge."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--share", type=float, default=1.0, help="of the paper's counts: 0.1 for a tenth")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument(
            "--folder", type=Path, help="everything it makes, and the report; build/replay-SHARE"
        )
        parser.add_argument("--address", default="", help="a running site; without it a site of its own")
        parser.add_argument("--accounts", type=Path, help="with --address: JSON of e-mails and passwords")
        parser.add_argument("--project", default=SLUG, help="the project's name in addresses")
        parser.add_argument("--workers", type=int, default=2, help="jobs at once on a site of its own")

    def handle(self, *args: Any, **options: Any) -> None:
        share: float = options["share"]
        if not 0 < share <= 1:
            raise CommandError("--share is more than 0 and at most 1.")
        if bool(options["address"]) != bool(options["accounts"]):
            raise CommandError("--address and --accounts go together.")
        folder = options["folder"] or Path(settings.ROOT) / "build" / f"replay-{share:g}"
        asked = Asked(
            share=share,
            seed=options["seed"],
            slug=options["project"],
            folder=folder.resolve(),
            address=options["address"].rstrip("/"),
            accounts=options["accounts"],
            workers=options["workers"],
            synthesis=settings.VERTEBASE_PHANTOM,
        )
        self._began = time.monotonic()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # else a line for each request
        try:
            page, wrong = replay(asked, self._tell)
        except (OtherReplay, SignInFailed, ValueError) as error:
            raise CommandError(str(error)) from error
        except VertebaseError as error:
            raise CommandError(f"{error}\nStarted again, it goes on where it was.") from error
        self._tell(f"The report: {page}")
        if wrong:
            raise CommandError(f"{wrong} figures of the release are not the recipe's: see the report.")

    def _tell(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        self.stdout.write(f"{minutes:3d}:{seconds:02d}  {text}")
        self.stdout.flush()
