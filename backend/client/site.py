"""A site and its projects: where everything begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Literal, Self

from . import wire_generated as wire
from .errors import JobFailed, VertebaseError
from .events import NOW, follow
from .keeping import find_login
from .operations_generated import Operations
from .predictions import send_predictions
from .releases import Release
from .tasks import Task
from .transport import PATIENCE_SECONDS
from .uploads import Sent, Uploading
from .waiting import wait_for

ENDED = frozenset({"succeeded", "failed", "cancelled"})
Role = Literal["rater", "radiologist", "researcher", "manager"]


class Site:
    """A Vertebase site, as the person whose token it is.

    ``api`` has one method for every operation of the API, named as in its schema; the rest stands on those.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        insecure: bool = False,
    ) -> None:
        self.api = Operations(url, token, patience_seconds=patience_seconds, insecure=insecure)

    @classmethod
    def signed_in(cls, url: str | None = None) -> Self:
        """With the token of the environment, or the one that ``vertebase sign-in`` kept."""
        login = find_login(url)
        return cls(login.url, login.token, insecure=login.insecure)

    @property
    def url(self) -> str:
        """The site's address."""
        return self.api.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.api.close()

    def __repr__(self) -> str:
        return f"<Site {self.url}>"

    def me(self) -> wire.Me:
        """Who the token is for."""
        return self.api.me()

    def projects(self) -> Iterator[wire.Project]:
        """The projects that you are in."""
        return self.api.projects()

    def project(self, slug: str) -> Project:
        """One of them. Raises ``NotFound``."""
        return Project(self.api, self.api.project(slug))

    def create_project(self, name: str, *, protocol: str, slug: str = "") -> Project:
        """A new project by one of the site's protocols (their names, or keys: ``api.protocols()``)."""
        keys = {word: told["key"] for told in self.api.protocols() for word in (told["name"], told["key"])}
        if protocol not in keys:
            raise VertebaseError(f"The site knows no protocol {protocol!r}: {', '.join(sorted(keys))}")
        body: wire.ProjectInputRequest = {"name": name, "protocol_key": keys[protocol]}
        if slug:
            body["slug"] = slug
        return Project(self.api, self.api.project_create(body))

    def task(self, assignment_id: str) -> Task:
        """A task of yours, by the assignment's id; work on it begins."""
        return Task.opened(self.api, assignment_id)

    def tasks(self, state: Literal["open", "submitted", "all"] = "open") -> Iterator[wire.AssignmentSummary]:
        """Your tasks in all projects."""
        return self.api.assignments_list(state=state)

    def release(self, release_id: str) -> Release:
        """A release, by its id."""
        return Release(self.api, self.api.release_get(release_id))

    def public_releases(self, words: str = "") -> list[wire.CatalogueRow]:
        """The site's releases with a public page, newest first; ``words`` are searched for."""
        return self.api.public_releases(search=words or None)["releases"]

    def public_release(self, release_id: str) -> wire.ReleasePage:
        """The public page of a release: counts, terms, citation, versions, errata."""
        return self.api.public_release(release_id)

    def ask_for(self, release_id: str, *, institution: str, purpose: str) -> wire.AccessAsked:
        """Accept the terms of a public release, and ask its managers for the files in your name."""
        me = self.me()
        body: wire.AccessInputRequest = {
            "name": me["display_name"],
            "email": me["email"],
            "institution": institution,
            "purpose": purpose,
            "terms_sha256": self.public_release(release_id)["terms_sha256"],
        }
        return self.api.public_release_ask(release_id, body)

    def challenges(self) -> Iterator[wire.ChallengeSummary]:
        """The challenges that one may see, newest first."""
        return self.api.challenges_list()

    def send_predictions(
        self,
        challenge_id: str,
        phase: Literal["validation", "test"],
        archive: Path,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> wire.ChallengeSubmission:
        """Send a zip of predictions and hand it in; see ``predictions.send_predictions``."""
        return send_predictions(self.api, challenge_id, phase, archive, progress=progress)

    def wait(self, job_id: str, *, seconds: float | None = None) -> wire.Job:
        """Wait until a background job has succeeded. Raises ``JobFailed``, ``WaitedTooLong``."""

        def ended() -> wire.Job | None:
            now = self.api.job(job_id)
            return now if now["state"] in ENDED else None

        job = wait_for(ended, seconds=seconds, what=f"job {job_id}")
        if job["state"] != "succeeded":
            raise JobFailed(job["error"] or f"the job was {job['state']}")
        return job


class Picture(bytes):
    """A PNG that a notebook shows."""

    def _repr_png_(self) -> bytes:
        return bytes(self)


class Project:
    """One project. ``row`` is what the site said of it when it was asked."""

    def __init__(self, api: Operations, row: wire.Project) -> None:
        self.api = api
        self.row = row

    @property
    def slug(self) -> str:
        """The project's name in addresses."""
        return self.row["slug"]

    def __repr__(self) -> str:
        return f"<Project {self.row['name']!r} ({self.slug})>"

    def invite(self, email: str, role: Role, *, group: str | None = None) -> wire.NewInvitation:
        """Ask somebody in; they answer at the site. ``group``: the name of one that they join."""
        asked: wire.InvitationInputRequest = {"email": email, "role": role}
        if group is not None:
            asked["group_id"] = self.group(group)["id"]
        return self.api.invitation_create(self.slug, asked)

    def group(self, name: str) -> wire.PeopleGroup:
        """The project's group of people of that name, for managers."""
        found = [group for group in self.api.groups(self.slug) if group["name"].lower() == name.lower()]
        if not found:
            raise VertebaseError(f"{self.slug} has no group of people named {name!r}.")
        return found[0]

    def upload(
        self,
        source: Path,
        *,
        progress: Callable[[Sent], None] | None = None,
        wait_seconds: float | None = None,
    ) -> wire.Batch:
        """Upload a folder (or a file) and wait until it is read in; the batch with what came of each file.

        Broken off, the same call goes on where it was. Raises ``JobFailed`` where nothing could be read in;
        single files that cannot be used stand in ``uploads`` as ``quarantined``, with a reason.
        """
        batch = self.send(source, progress=progress)
        return self.wait_for_batch(batch["id"], seconds=wait_seconds)

    def send(self, source: Path, *, progress: Callable[[Sent], None] | None = None) -> wire.Batch:
        """Upload and have it read in, without waiting for that."""
        return Uploading(self.api, self.slug, source, progress=progress).run()

    def wait_for_batch(self, batch_id: str, *, seconds: float | None = None) -> wire.Batch:
        """Wait until a batch is read in. Raises ``JobFailed``, ``WaitedTooLong``."""

        def read_in() -> wire.Batch | None:
            now = self.api.batch(batch_id)
            return now if now["job"] is not None and now["job"]["state"] in ENDED else None

        batch = wait_for(read_in, seconds=seconds, what="the upload to be read in")
        job = batch["job"]
        if job is not None and job["state"] != "succeeded":
            raise JobFailed(job["error"] or f"reading in was {job['state']}")
        return batch

    def batches(self) -> Iterator[wire.Batch]:
        """Uploads, the latest first."""
        return self.api.batches(self.slug)

    def series(self) -> Iterator[wire.Series]:
        """All series, for managers."""
        return self.api.series_list(self.slug)

    def picture(self, series: wire.Series) -> Picture:
        """A series at a glance. Raises ``VertebaseError`` where it has none (yet)."""
        address = series["volume"]["thumbnail_url"] if series["volume"] else None
        if address is None:
            raise VertebaseError(f"Series {series['number']} has no picture.")
        return Picture(self.api.send("GET", address).content)

    def cases(self) -> Iterator[wire.CaseCard]:
        """All cases, for managers."""
        return self.api.cases_list(self.slug)

    def members(self) -> Iterator[wire.Member]:
        """Who is in the project, for managers; a row for each role."""
        return self.api.members(self.slug)

    def assign(self, aliases: Collection[str], to: str = "", *, preview: bool = False) -> list[wire.Outcome]:
        """Give cases to one person (``to``: e-mail), or spread them; what became of each.

        With ``preview`` nothing is changed. Raises ``VertebaseError`` for an unknown case or person.
        """
        known = {case["alias"]: case["id"] for case in self.cases()}
        if unknown := sorted(set(aliases) - known.keys()):
            raise VertebaseError(f"{self.slug} has no case {', '.join(unknown)}")
        body: wire.BulkInputRequest = {
            "action": "give" if to else "distribute",
            "case_ids": [known[alias] for alias in aliases],
            "preview": preview,
        }
        if to:
            body["user_id"] = self._person(to)
        return self.api.cases_bulk(self.slug, body)

    def _person(self, email: str) -> str:
        for member in self.members():
            if member["user"]["email"].lower() == email.lower():
                return member["user"]["id"]
        raise VertebaseError(f"Nobody in {self.slug} has the address {email}")

    def jobs(self, state: wire.JobState | None = None) -> Iterator[wire.Job]:
        """Background work, the latest first."""
        return self.api.jobs(self.slug, state=state)

    def events(self, *, after: str = NOW, forever: bool = True) -> Iterator[wire.Event]:
        """What happens in the project, for managers, as it happens: see ``events.follow``."""
        return follow(self.api, self.slug, after=after, forever=forever)

    def releases(self) -> Iterator[wire.ReleaseSummary]:
        """Releases that you may see."""
        return self.api.releases_list(self.slug)

    def release(self, version: str) -> Release:
        """The release of a version. Raises ``VertebaseError`` where there is none."""
        for found in self.releases():
            if found["version"] == version:
                return Release(self.api, self.api.release_get(found["id"]))
        raise VertebaseError(f"{self.slug} has no release {version}")

    def draft_release(self, draft: wire.DraftInputRequest) -> Release:
        """A release that is not frozen yet."""
        return Release(self.api, self.api.release_create(self.slug, draft))

    def next_task(self, *, wait_seconds: float = 0) -> Task | None:
        """What you should do next, opened; None where nothing is there within the time given."""
        given = self.api.next_assignment(self.slug)
        if given is None and wait_seconds > 0:
            given = wait_for(
                lambda: self.api.next_assignment(self.slug), seconds=wait_seconds, what="something to do"
            )
        return None if given is None else Task.opened(self.api, given["id"])
