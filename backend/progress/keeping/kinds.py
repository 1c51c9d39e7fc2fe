"""The kinds of figures over a project that are computed as a job where the project is large."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer

from backend.accounts.models import User
from backend.projects.models import Project

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """Figures as they are sent: what stands once, and what is paged, by the name of its group."""

    head: Json
    lines: Mapping[str, Sequence[Json]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """Whose view figures are of; ``viewer`` null where all who may ask for them see the same."""

    scope: str
    viewer: User | None = None


SHARED = View("all")


def everybody_alike(project: Project, user: User) -> View:
    """The view of figures that do not depend on who looks."""
    return SHARED


def view_of(viewer: User | None, *parts: object) -> View:
    """A view that changes with any of its parts (who looks, what is open to them, what is named)."""
    who = str(viewer.pk) if viewer is not None else ""
    text = json.dumps([who, *parts], default=sorted_text, sort_keys=True)
    return View(sha256(text.encode()).hexdigest(), viewer)


def sorted_text(value: Any) -> Any:
    """Sets of ids in an order of their own."""
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)


@dataclass(frozen=True, slots=True)
class Kind:
    """How figures are made: from everything, as it is now.

    ``reads`` is what they are counted from: only where it is no more than a few hundred rows are they counted
    in the request. ``form`` goes up with the shape of what is kept: what
    is kept in a former form is not shown any more, and computed anew.
    """

    name: str
    make: Callable[[Project, User], Made]
    empty: Made
    reads: Callable[[Project, User], QuerySet[Any]]
    seen_by: Callable[[Project, User], View] = everybody_alike
    form: int = 1

    def is_small(self, project: Project, user: User) -> bool:
        """Whether the figures can be counted anew for each request."""
        most: int = settings.VERTEBASE_FIGURES_AT_ONCE
        return self.reads(project, user).order_by()[: most + 1].count() <= most


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Let workers compute this kind."""
    KINDS[kind.name] = kind
    return kind


def plain(answer: Any) -> Any:
    """An answer as whoever asked reads it: kept figures are the very same as those counted at once."""
    return json.loads(JSONRenderer().render(answer))
