"""Domain errors: what can go wrong, in words. HTTP status codes appear only in ``common/api.py``."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal that the person or program asking can understand and act on.

    ``code`` is stable and machine-readable, ``message`` is one clear sentence for people, ``extra`` holds
    what a client needs to go on (a current revision, the labels that lack a grade).
    """

    code: str = "error"
    message: str = "The request was refused."

    def __init__(
        self, code: str | None = None, message: str | None = None, extra: dict[str, Any] | None = None
    ) -> None:
        if code is not None:
            self.code = code
        if message is not None:
            self.message = message
        self.extra: dict[str, Any] = extra or {}
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotFound(DomainError):
    """There is no such thing, or the asker may not know of it."""

    code = "not_found"
    message = "Not found."


class Forbidden(DomainError):
    """The asker may know of the thing but may not do this with it."""

    code = "forbidden"
    message = "You may not do this."


class Conflict(DomainError):
    """The thing is not in the state that the request supposes."""

    code = "conflict"
    message = "The state has changed meanwhile."


class Invalid(DomainError):
    """The request itself is wrong."""

    code = "invalid"
    message = "The request is not valid."


class TooLarge(DomainError):
    """More than the site takes."""

    code = "too_large"
    message = "This is larger than the site takes."


class Unavailable(DomainError):
    """A part that the request needs is not at hand just now."""

    code = "unavailable"
    message = "This is not available just now."
