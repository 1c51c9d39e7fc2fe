"""Writes that a client may send again without their being done again.

A browser that lost the answer on the way cannot know whether its write was done. It sends it again under the
same id, and is told what it would have been told the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from backend.common.errors import Conflict
from backend.common.models import AnsweredWrite

KEPT_DAYS = 30  # work that waited longer in a browser than this is done again, as any new write
CLEARED_AT_ONCE = 5_000  # rows in one statement, so that nobody waits long for it


class KeyReused(Conflict):
    code = "key_reused"
    message = "Another request was sent under this id before; give each its own."


@dataclass(frozen=True)
class Answered:
    """A status of HTTP and a body of JSON."""

    status: int
    body: Any


@transaction.atomic
def do_once(*, user: Any, key: UUID, request_digest: str, act: Callable[[], Answered]) -> Answered:
    """Do ``act`` and keep its answer; where ``key`` was used before, give that answer and do nothing.

    The row is written before the act: a retry that arrives while the first try is under way waits for it. A
    refusal undoes the row with everything else, so that the same request may be tried again.

    Raises
    ------
    KeyReused
        The key came with another request before.
    """
    try:
        with transaction.atomic():
            row = AnsweredWrite.objects.create(user=user, key=key, request_digest=request_digest)
    except IntegrityError:
        row = AnsweredWrite.objects.get(user=user, key=key)
        if row.request_digest != request_digest:
            raise KeyReused from None
        return Answered(row.status, row.answer)
    answered = act()
    row.status, row.answer = answered.status, answered.body
    row.save(update_fields=["status", "answer"])
    return answered


def clear_answers(*, now: datetime) -> int:
    """Delete answers that were kept for `KEPT_DAYS`, some at a time; how many those were."""
    due = AnsweredWrite.objects.filter(created_at__lt=now - timedelta(days=KEPT_DAYS)).order_by("created_at")
    deleted, _ = AnsweredWrite.objects.filter(
        pk__in=list(due.values_list("pk", flat=True)[:CLEARED_AT_ONCE])
    ).delete()
    return deleted
