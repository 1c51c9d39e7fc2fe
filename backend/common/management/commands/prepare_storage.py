"""Make sure that the place for stored files is there, before the site starts."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Create the bucket of the object store if it is missing; nothing to do where files are on disk."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.VERTEBASE_OBJECT_STORE:
            self.stdout.write("files are kept on disk: nothing to prepare")
            return
        bucket = default_storage.bucket  # type: ignore[attr-defined]
        client = bucket.meta.client
        try:
            existing = {entry["Name"] for entry in client.list_buckets()["Buckets"]}
            if bucket.name in existing:
                self.stdout.write(f"bucket {bucket.name} is there")
                return
            bucket.create()
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the object store refused: {error}") from error
        self.stdout.write(f"bucket {bucket.name} created")
