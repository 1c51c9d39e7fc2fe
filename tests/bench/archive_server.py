"""The site's own answer to a download, over an archive of files that lie on disk: what `bench_download` asks.

`python -m tests.bench.archive_server FOLDER PORT`, each file of the folder an entry. Storage and database are
left out, all else is what a release is sent by: the plan of the archive, the response, Django's ASGI handler
and the server that production runs.
"""

from __future__ import annotations

import os
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def crc32_of(path: Path) -> int:
    crc = 0
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 22):
            crc = zlib.crc32(chunk, crc)
    return crc


def main(folder: Path, port: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings.testing")
    import django

    django.setup()

    import uvicorn
    from django.core.handlers.asgi import ASGIHandler
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.test.utils import override_settings
    from django.urls import path as address

    from backend.releases import api
    from backend.releases.selectors import Archive
    from backend.releases.zipping import ArchiveEntry, ArchivePlan

    entries = [
        ArchiveEntry(one.name, one.stat().st_size, crc32_of(one), str(one))
        for one in sorted(folder.iterdir())
    ]
    made = Archive("all", ArchivePlan(entries, modified_at=MADE_AT), '"bench"')

    def opened(key: str) -> BinaryIO:
        return Path(key).open("rb")

    def send(request: HttpRequest) -> HttpResponseBase:
        asked: Any = request
        return api.archive_response(asked, made, "all.zip", api.span_of(asked, made))

    vars(api)["_open"] = opened
    urls = type("Addresses", (), {"urlpatterns": [address("all.zip", send)]})
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        uvicorn.run(ASGIHandler(), host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
