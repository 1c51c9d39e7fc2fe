"""What a background job works on, named for whoever reads the list of jobs.

A job knows the id of its subject only; the layers that own cases and releases tell which ids are theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal, TypedDict
from uuid import UUID


class JobSubject(TypedDict):
    """A thing that has a page of its own."""

    kind: Literal["case", "release"]
    id: UUID
    name: str


Finder = Callable[[Collection[UUID]], Mapping[UUID, JobSubject]]
_finders: list[Finder] = []


def register_job_subjects(finder: Finder) -> None:
    """Let a higher layer name subjects: ``finder(ids)`` gives those it knows, in few queries."""
    if finder not in _finders:
        _finders.append(finder)


def job_subjects(ids: Collection[UUID]) -> dict[UUID, JobSubject]:
    """What is known of these ids of subjects."""
    found: dict[UUID, JobSubject] = {}
    for finder in _finders if ids else ():
        found.update(finder(ids))
    return found
