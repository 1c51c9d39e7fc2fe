"""What a bearer token may be used for. A session, with a person at the browser, may do all that they may.

`ApiView` refuses what goes beyond a token's scope, for every route, before the view runs. A view that says
nothing asks for `read` on GET and for `manage` on everything else; ``scopes`` of the view says what differs.
"""

from __future__ import annotations

from django.db import models


class Scope(models.TextChoices):
    """From least to most; each includes those before it."""

    READ = "read"  # see and download what the person may see
    ANNOTATE = "annotate"  # and work on their own tasks: edit, grade, comment, hand in
    MANAGE = "manage"  # and all else that the person may do in projects


SESSION_ONLY = "session"  # credentials, and a person's own yes or no: never by a token
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# For views of a person's own tasks
OWN_WORK: dict[str, str] = dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), Scope.ANNOTATE.value)
_ORDER = list(Scope.values)


def needed(scopes: dict[str, str], method: str) -> str:
    """The scope that a view with these ``scopes`` asks for on ``method``."""
    asked = scopes.get("GET" if method == "HEAD" else method)
    return asked or (Scope.READ.value if method in SAFE_METHODS else Scope.MANAGE.value)


def covers(held: str, asked: str) -> bool:
    """Whether a token of scope ``held`` does where ``asked`` is needed; an unknown scope covers nothing."""
    return held in _ORDER and asked in _ORDER and _ORDER.index(held) >= _ORDER.index(asked)
