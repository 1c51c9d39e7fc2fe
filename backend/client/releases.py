"""A release: drafted, frozen, its terms accepted, downloaded and verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self, TypedDict
from urllib.parse import urlsplit

from . import wire_generated as wire
from .downloads import Downloading, Received
from .errors import Damaged, JobFailed, VertebaseError
from .operations_generated import Operations
from .transport import part
from .verifying import unpack, verify_archive
from .waiting import wait_for

ALL = "all"


class Only(TypedDict, total=False):
    """Which cases; lists are separated by commas."""

    levels: str
    fracture_from: int
    contrast: str
    sex: str
    age_from: int
    age_to: int
    subjects: str


class Release:
    """One version of a project's data set. ``row`` is what the site said of it when it was last asked."""

    def __init__(self, api: Operations, row: wire.Release) -> None:
        self.api = api
        self.row = row

    @property
    def id(self) -> str:
        """The release's id."""
        return self.row["id"]

    def __repr__(self) -> str:
        return f"<Release {self.row['title']!r} {self.row['version']} ({self.row['state']}) {self.id}>"

    def freeze(self, *, wait_seconds: float | None = None) -> Self:
        """Freeze it, and wait until it is built. Raises ``JobFailed`` with the site's reason."""
        self.row = self.api.release_freeze(self.id)

        def built() -> wire.Release | None:
            now = self.api.release_get(self.id)
            if now["state"] == "failed":
                raise JobFailed(now["error"] or "the release could not be built")
            return now if now["state"] == "frozen" else None

        self.row = wait_for(built, seconds=wait_seconds, what="the release to be frozen")
        return self

    def publish(self, *, at: datetime | None = None) -> Self:
        """Open a frozen release to its readers, now or at a set time (with its time zone)."""
        self.api.release_publish(self.id, {"at": at.isoformat() if at is not None else None})
        self.row = self.api.release_get(self.id)
        return self

    def accept_terms(self, *, affiliation: str = "", purpose: str = "") -> Self:
        """Accept the terms of use (``row["terms"]``), as every download asks."""
        self.row = self.api.release_accept_terms(self.id, {"affiliation": affiliation, "purpose": purpose})
        return self

    def download(
        self,
        folder: Path,
        *,
        name: str = ALL,
        only: Only | None = None,
        unpacked: bool = False,
        progress: Callable[[Received], None] | None = None,
    ) -> Path:
        """Fetch an archive into a folder and verify every file; its path, or its folder where ``unpacked``.

        ``name`` is ``all``, a part (``training``, ``validation``, ``test``) or a layout (``bids``,
        ``nnunet``, ``dicom``, ``verse2019``, ``verse2020``), of those that ``row["archives"]`` lists;
        ``only`` narrows all or a part to some cases. Broken off, it is taken up again by the same call; what
        is there and sound is not fetched again. Raises ``Damaged`` where a file is not as listed,
        ``NotFound`` where no case fits.
        """
        archive = self._archive(name)
        address = self.subset(only, name=name)["url"] if only else archive["url"]
        manifest = self.api.send("GET", f"/api/v1/releases/{part(self.id)}/manifest.json").content
        asked = urlsplit(address).query
        which = f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}" if asked else name
        target = folder / f"{self.row['project']['slug']}-{self.row['version']}-{which}.zip"

        def verify() -> None:
            verify_archive(
                target,
                manifest,
                self.row["manifest_sha256"],
                name=name,
                layout=archive["layout"],
                subset=bool(asked),
            )

        try:
            verify()  # there from an earlier call
        except (FileNotFoundError, Damaged):
            Downloading(self.api, address, target, progress=progress).run()
            verify()
        return unpack(target, folder) if unpacked else target

    def subset(self, only: Only | None = None, *, name: str = ALL) -> wire.Subset:
        """How many cases fit, how large their archive is, and what can be asked for."""
        return self.api.release_subset(self.id, name, **(only or {}))

    def requests(self) -> Iterator[wire.AccessRequest]:
        """Who has asked for the files, those who wait first (managers)."""
        return self.api.release_access_requests(self.id)

    def grant(self, request_id: str, *, days: int | None = None) -> wire.AccessRequest:
        """Grant a request; left out, for as many days as the site's pages suggest."""
        body: wire.GrantInputRequest = {} if days is None else {"days": days}
        return self.api.release_access_grant(self.id, request_id, body)

    def refuse(self, request_id: str, reason: str) -> wire.AccessRequest:
        """Refuse a request; whoever asked is told the reason."""
        return self.api.release_access_refuse(self.id, request_id, {"reason": reason})

    def take_back(self, request_id: str, reason: str) -> wire.AccessRequest:
        """Take back what was granted, from the next download on."""
        return self.api.release_access_revoke(self.id, request_id, {"reason": reason})

    def _archive(self, name: str) -> wire.Archive:
        self.row = self.api.release_get(self.id)
        offered = {archive["name"]: archive for archive in self.row["archives"]}
        if name not in offered:
            raise VertebaseError(
                f"There is no archive {name!r}: {', '.join(offered) or 'it is not frozen yet'}"
            )
        if offered[name]["locked_until"]:
            raise VertebaseError(f"{name} is under embargo until {offered[name]['locked_until']}")
        return offered[name]
