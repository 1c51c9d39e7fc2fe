"""Writing and checking the audit chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from backend.audit.acts.act import Act
from backend.audit.models import ChainHead, Record

GENESIS = "0" * 64
CHUNK = 2000  # records read at a time


class Actor(Protocol):
    """Whoever acts: a user row."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class ChainFault:
    """The first record at which the chain does not hold."""

    sequence: int
    reason: str


@dataclass(slots=True)
class ChainLook:
    """What reading the chain has shown: how many records were read, the last of them, the first fault."""

    length: int = 0
    last: int = 0
    fault: ChainFault | None = None


def _plain(detail: dict[str, Any]) -> dict[str, Any]:
    """``detail`` as JSON will give it back, so the digest is of what is stored."""
    plain: dict[str, Any] = json.loads(json.dumps(detail, cls=DjangoJSONEncoder))
    return plain


def _digest(record: Record) -> str:
    """SHA-256 over the digest before it and the record's canonical JSON."""
    content = {
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": str(record.actor_id) if record.actor_id else None,
        "verb": record.verb,
        "project": str(record.project_id_ref) if record.project_id_ref else None,
        "subject": [record.subject_kind, record.subject_id],
        "detail": record.detail,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{record.previous_digest}\n{text}".encode()).hexdigest()


def _now() -> datetime:
    return timezone.now()


def record(
    *,
    actor: Actor | None,
    act: Act,
    subject: models.Model,
    project_id: UUID | None = None,
) -> Record:
    """Append one act, in the transaction of the act itself. ``actor`` None is the system."""
    (row,) = record_all(actor=actor, act=act, subjects=[subject], project_id=project_id)
    return row


@transaction.atomic(savepoint=False)  # an act whose record fails is undone as a whole
def record_all(
    *,
    actor: Actor | None,
    act: Act,
    subjects: Sequence[models.Model],
    project_id: UUID | None = None,
) -> list[Record]:
    """Append one act upon several things, a record for each, in statements that do not grow with them."""
    if not subjects:
        return []
    head, _ = ChainHead.objects.select_for_update().get_or_create(pk=1)
    rows = []
    for subject in subjects:
        row = Record(
            at=_now(),
            actor_id=actor.pk if actor is not None else None,
            verb=act.verb.value,
            project_id_ref=project_id,
            subject_kind=subject._meta.label_lower,
            subject_id=str(subject.pk),
            detail=_plain(vars(act)),
            previous_digest=head.digest,
        )
        row.digest = head.digest = _digest(row)
        rows.append(row)
    Record.objects.bulk_create(rows)
    head.length += len(rows)
    head.save()
    return rows


def verify_chain(read: Callable[[int], None] = lambda length: None) -> ChainFault | None:
    """The first fault of the chain (changed, removed, reordered, cut-off records), or None where it holds."""
    return look_at_chain(read).fault


def look_at_chain(read: Callable[[int], None] = lambda length: None) -> ChainLook:
    """Read the whole chain from its first record on; ``read`` is told how many were read so far.

    Others may write meanwhile: what they append is read as well, before the end of the chain is judged.
    """
    look = ChainLook()
    previous = GENESIS
    while True:
        began = look.length
        for row in Record.objects.filter(sequence__gt=look.last).order_by("sequence").iterator(CHUNK):
            look.length, look.last = look.length + 1, row.sequence
            look.fault = _fault_of(row, previous)
            if look.fault is not None:
                return look
            previous = row.digest
            if look.length % CHUNK == 0:
                read(look.length)
        read(look.length)
        head = ChainHead.objects.filter(pk=1).first()
        look.fault = _fault_of_end(head, look, previous)
        if look.fault is None or look.length == began:
            return look


def _fault_of(row: Record, previous: str) -> ChainFault | None:
    if row.previous_digest != previous:
        return ChainFault(row.sequence, "does not follow the record before it")
    if row.digest != _digest(row):
        return ChainFault(row.sequence, "was changed after it was written")
    return None


def _fault_of_end(head: ChainHead | None, look: ChainLook, previous: str) -> ChainFault | None:
    if head is None:
        return ChainFault(look.last, "is not recorded as the end of the chain") if look.length else None
    if head.length != look.length or head.digest != previous:
        return ChainFault(look.last, "is not the last: records after it are missing")
    return None
