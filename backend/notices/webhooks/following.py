"""What happened in a project, for programs that ask instead of being called: what webhooks are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.notices.kinds import TOLD
from backend.notices.webhooks.messages import messages_of
from backend.projects.models import Project

NOW = "now"
AT_ONCE = 200


class UnknownEvent(Invalid):
    code = "unknown_event"
    message = "There is no such event in this project: ask from its beginning, or from now on."


@dataclass(frozen=True, slots=True)
class Followed:
    """Events, oldest first; ``cursor`` is what to ask after next, ``more`` whether there is more already."""

    events: list[dict[str, Any]]
    cursor: str
    more: bool


def events_after(project: Project, after: str) -> Followed:
    """At most `AT_ONCE` events after the one with this id; "" is the beginning, `NOW` the end.

    Raises
    ------
    UnknownEvent
        the id is none of this project's.
    """
    acts = _told(project)
    if after == NOW:
        last = acts.last()
        return Followed([], last.digest if last is not None else "", more=False)
    if after:
        last = acts.filter(digest=after).first()
        if last is None:
            raise UnknownEvent
        acts = acts.filter(sequence__gt=last.sequence)
    rows = list(acts[: AT_ONCE + 1])
    more = len(rows) > AT_ONCE
    rows = rows[:AT_ONCE]
    return Followed(messages_of(rows, project.slug), rows[-1].digest if rows else after, more=more)


def _told(project: Project) -> QuerySet[Record]:
    return Record.objects.filter(project_id_ref=project.pk, verb__in=[*TOLD]).order_by("sequence")
