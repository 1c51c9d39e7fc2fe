"""Which failures of the database pass by themselves: a lock held by another, a server that starts again."""

from __future__ import annotations

import sqlite3

from django.db import InterfaceError, OperationalError

RETRY_SECONDS = 2  # when to ask again
BUSY_CODE = "busy"
BUSY_MESSAGE = "The database is busy just now and nothing was changed. Try again in a moment."
UNFINISHED_MESSAGE = "The database is busy just now and this was not finished. Try again in a moment."
SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
# SQLSTATE (PostgreSQL, appendix A): serialisation failure, deadlock, lock not available, statement timed out,
# idle transaction ended, too many connections, the server stops or starts; and the class of lost connections
POSTGRES_BUSY = frozenset({"40001", "40P01", "55P03", "57014", "25P03", "53300", "57P01", "57P02", "57P03"})
CONNECTION_CLASS = "08"


def is_busy(error: BaseException) -> bool:
    """Whether the same request may well succeed a moment later."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if cause is None:  # raised without the driver's own error: its words are all there is
        return "locked" in str(error).lower()
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)  # the low byte is the kind, the rest its variety
        return code is not None and code & 0xFF in SQLITE_BUSY
    state = getattr(cause, "sqlstate", None)
    if state is None:  # never reached a server, or none of the pool's connections came free in time
        return True
    return state in POSTGRES_BUSY or state.startswith(CONNECTION_CLASS)
