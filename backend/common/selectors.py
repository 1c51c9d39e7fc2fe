"""What every selector builds on."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from backend.common.errors import NotFound

M = TypeVar("M", bound=Model)


def one_of(rows: QuerySet[M], pk: UUID) -> M:
    """The row with this id among those that somebody may see.

    Raises
    ------
    NotFound
        It is not among them: for this person it does not exist.
    """
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
