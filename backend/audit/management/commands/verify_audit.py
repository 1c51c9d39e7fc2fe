"""`manage.py verify_audit`: read the whole audit chain and say whether it holds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.models import Record
from backend.audit.services import verify_chain


class Command(BaseCommand):
    help = (
        "Check that no audit record was changed, removed, moved or cut off. Exit status 1 at the first fault."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        fault = verify_chain()
        if fault is not None:
            raise CommandError(f"The audit chain is broken at record {fault.sequence}: it {fault.reason}.")
        self.stdout.write(f"The audit chain holds: {Record.objects.count()} records.")
