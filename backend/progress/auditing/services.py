"""What reading the acts of a project leaves behind, and the list as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import SightKind
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.csv_tables import csv_bytes
from backend.progress.auditing.selectors import Asked, Entry, case_named, entries, found, page_of
from backend.projects.models import Project

CHUNK = 500
COLUMNS = ("time", "person", "act", "in words", "about", "entry")


def note_asked(*, user: User, project: Project, asked: Asked) -> None:
    """Who asks for all acts on one case sees others' work on it: that is on record, as on its page."""
    if asked.case:
        note_sighting(case=case_named(user, project, asked.case), user=user, kind=SightKind.CASE)


@transaction.atomic
def note_saved(*, user: User, project: Project) -> None:
    """Note that somebody took the list away as a file."""
    audit.record(actor=user, act=people_acts.AuditSaved(), subject=project, project_id=project.pk)


def table(*, user: User, project: Project, asked: Asked) -> Iterator[bytes]:
    """All acts that fit as CSV, newest first, a few hundred at a time. Times are those of the site."""
    yield csv_bytes([COLUMNS])
    records = found(user, project, asked)
    rest = records
    while True:
        rows, more = page_of(rest, CHUNK)
        if rows:
            yield csv_bytes(_cells(entry) for entry in entries(rows, user, project))
        if not more:
            return
        rest = records.filter(sequence__lt=rows[-1].sequence)


def _cells(entry: Entry) -> tuple[str, ...]:
    at = timezone.localtime(entry.at).isoformat(timespec="seconds")
    about = entry.subject.name if entry.subject is not None else ""
    return (at, entry.actor or "the site", entry.verb, entry.text, about, entry.entry)
