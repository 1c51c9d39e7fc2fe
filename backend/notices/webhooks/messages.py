"""What other programs are told of an act, whether they are called or ask: the same words in the same form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from backend.annotation.models import Case
from backend.audit.models import Record
from backend.releases.models import Release

CASE = "annotation.case"
RELEASE = "releases.release"


def message_of(
    event_id: str, event: str, at: datetime, slug: str, subject: dict[str, str] | None
) -> dict[str, Any]:
    """One message. Nobody is named in it, and no task, mask or grade."""
    return {
        "id": event_id,
        "event": event,
        "at": at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "project": slug,
        "subject": subject,
    }


def messages_of(rows: Iterable[Record], slug: str) -> list[dict[str, Any]]:
    """A message for each act; none for those on copies made to train or to measure."""
    rows = list(rows)
    names = names_of(rows)
    return [
        message_of(row.digest, row.verb, row.at, slug, names.get(row.digest))
        for row in rows
        if row.subject_kind != CASE or row.digest in names
    ]


def names_of(rows: Iterable[Record]) -> dict[str, dict[str, str]]:
    """What each act was done upon, where other programs may know it: cases and releases."""
    by_kind: dict[str, dict[str, str]] = {CASE: {}, RELEASE: {}}
    rows = list(rows)
    ids = {kind: {row.subject_id for row in rows if row.subject_kind == kind} for kind in by_kind}
    cases = Case.objects.filter(pk__in=ids[CASE])  # copies made to train or to measure are not among them
    by_kind[CASE] = {str(pk): alias for pk, alias in cases.values_list("pk", "alias")}
    releases = Release.objects.filter(pk__in=ids[RELEASE])
    by_kind[RELEASE] = {str(pk): version for pk, version in releases.values_list("pk", "version")}
    words = {CASE: "case", RELEASE: "release"}
    return {
        row.digest: {
            "kind": words[row.subject_kind],
            "id": row.subject_id,
            "name": by_kind[row.subject_kind][row.subject_id],
        }
        for row in rows
        if row.subject_id in by_kind.get(row.subject_kind, {})
    }
