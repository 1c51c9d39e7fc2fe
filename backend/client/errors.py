"""What can go wrong between this program and a site. Everything raised on purpose is a ``VertebaseError``."""

from __future__ import annotations

from typing import Any


class VertebaseError(Exception):
    """Base of all; its text is a sentence for people."""


class Unreachable(VertebaseError):
    """The site did not answer, or the connection broke, however often it was tried."""


class NotGenuine(VertebaseError):
    """A message that says it comes from the site, and was not signed by it."""


class SiteError(VertebaseError):
    """The site refused. ``code`` is stable and listed in its documents; the text is the site's own sentence.

    ``extra`` holds what goes with the code, such as the labels that lack a grade.
    """

    def __init__(self, status: int, code: str, message: str, extra: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.extra = extra or {}


class NotSignedIn(SiteError):
    """401: no token, or one that is unknown or has expired."""


class Forbidden(SiteError):
    """403: you may not do this, or the token's scope is too narrow (``token_scope``)."""


class NotFound(SiteError):
    """404: there is no such thing, or it is hidden from you."""


class Conflict(SiteError):
    """409, 412: things have moved on meanwhile, such as ``stale_base`` or ``assignment_closed``."""


class Invalid(SiteError):
    """400, 413, 415: what was sent cannot be used."""


class Unavailable(SiteError):
    """429, 502 to 504, 507: not just now, however long was waited."""


class JobFailed(VertebaseError):
    """A background job that was waited for failed or was cancelled."""


class WaitedTooLong(VertebaseError):
    """Something did not happen within the time that was given."""


class Unusable(VertebaseError):
    """A file of yours cannot be used; ``code`` is the one that an upload of it would be refused with."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Damaged(VertebaseError):
    """A download is not what the site's list of digests says."""


class Changed(VertebaseError):
    """Something changed since it was taken: the mask on the site, a file while it was sent, a release."""


KINDS: dict[int, type[SiteError]] = {
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    400: Invalid,
    413: Invalid,
    415: Invalid,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
    507: Unavailable,
}


def refusal(status: int, body: Any) -> SiteError:
    """The error that an answer stands for; a proxy's, without the API's body, has code ``http_N``."""
    kind = KINDS.get(status, SiteError)
    if isinstance(body, dict) and isinstance(body.get("code"), str):
        extra = body.get("extra")
        message = str(body.get("message", ""))
        return kind(status, body["code"], message, extra if isinstance(extra, dict) else None)
    return kind(status, f"http_{status}", f"The site answered with status {status}.")
