"""What happens in a project, one event after the other: what webhooks are told, for programs that ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import wire_generated as wire
from .operations_generated import Operations
from .waiting import pause_for

NOW = "now"
PAUSE_SECONDS = 5.0


def follow(
    api: Operations,
    slug: str,
    *,
    after: str = NOW,
    forever: bool = True,
    wait: Callable[[float], None] = pause_for,
) -> Iterator[wire.Event]:
    """Events after the one with the id ``after`` ("" is the beginning), and those to come as they come.

    Resume with the id of the last event that was worked on. Not ``forever``: what there is now. Raises
    ``Invalid`` (``unknown_event``) for an id that is none of the project's.
    """
    while True:
        told = api.project_events(slug, after=after)
        yield from told["events"]
        after = told["cursor"]
        if told["more"]:
            continue
        if not forever:
            return
        wait(PAUSE_SECONDS)
